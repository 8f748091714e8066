"""A timeline's blocks of samples: clips mixed at their places, and a ground everywhere else."""

from voiceguide.render.blocks import Block, Blocks, Ground, Span, Steady
from voiceguide.render.excerpts import Stretch
from voiceguide.render.mix import ClipOf, Mix, Placed, render

__all__ = [
    "Block",
    "Blocks",
    "ClipOf",
    "Ground",
    "Mix",
    "Placed",
    "Span",
    "Steady",
    "Stretch",
    "render",
]
