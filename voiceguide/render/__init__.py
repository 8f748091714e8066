"""Render a timeline as blocks of samples: clips mixed at their positions, over a ground."""

from voiceguide.render.blocks import Block, Blocks, ExcerptBlocks, Ground, Span, Steady
from voiceguide.render.mix import DAMPING, BedAt, ClipOf, FactsOf, Mix, PlacedClip, damped, render

__all__ = [
    "DAMPING",
    "BedAt",
    "Block",
    "Blocks",
    "ClipOf",
    "ExcerptBlocks",
    "FactsOf",
    "Ground",
    "Mix",
    "PlacedClip",
    "Span",
    "Steady",
    "damped",
    "render",
]
