"""A timeline's blocks of samples: clips mixed at their places, and a ground everywhere else."""

from voiceguide.render.blocks import Block, Blocks, Ground, Span, Steady
from voiceguide.render.excerpts import ExcerptBlocks
from voiceguide.render.mix import ClipOf, Mix, PlacedClip, render

__all__ = [
    "Block",
    "Blocks",
    "ClipOf",
    "ExcerptBlocks",
    "Ground",
    "Mix",
    "PlacedClip",
    "Span",
    "Steady",
    "render",
]
