"""From text to clip: normalise a text, apply the lexicon, and speak it with an engine.

`voiceguide.speech.pace.estimate` estimates the length of a text without an engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceguide.speech.lexicon import Lexicon, Pronunciation
from voiceguide.speech.reading import normalise, spoken_form

if TYPE_CHECKING:
    from voiceguide.speech.speaker import (
        Clips,
        ExplainedWord,
        Explanation,
        Progress,
        Speaker,
        open_speaker,
    )

__all__ = [
    "Clips",
    "ExplainedWord",
    "Explanation",
    "Lexicon",
    "Progress",
    "Pronunciation",
    "Speaker",
    "normalise",
    "open_speaker",
    "spoken_form",
]


def __getattr__(name: str) -> object:
    """Import `speaker` when a name of it is used: `check --estimate` starts without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from voiceguide.speech import speaker

    return getattr(speaker, name)
