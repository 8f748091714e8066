"""The handout: a routine as a sheet to read, in the hand of whoever practises it.

    Routine, Settings ─sheet▶ Sheet ─page▶ HTML
                                    └────▶ lines of a terminal

What a session says in two hours of breathing stands here on one side: doses as a physiotherapist
would write them, what to do as sentences, the first side with the other in brackets, ranges as
ranges. What only sounds, chimes and silences in prose, is left out.
"""

from voiceguide.handout.data import (
    CueLine,
    Exercise,
    Fact,
    Figure,
    NoteBlock,
    Paragraph,
    Part,
    Section,
    Sheet,
    Span,
    Words,
    data_address,
)
from voiceguide.handout.sheet import sheet

__all__ = [
    "CueLine",
    "Exercise",
    "Fact",
    "Figure",
    "NoteBlock",
    "Paragraph",
    "Part",
    "Section",
    "Sheet",
    "Span",
    "Words",
    "data_address",
    "sheet",
]
