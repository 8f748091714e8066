"""How espeak-ng speaks where a routine says no more than the language: chosen for calm.

The figures behind the choice are in docs/VOICES.md, and `benchmarks/voice.py` makes them anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """espeak-ng's settings beside voice and rate; without arguments, its own."""

    variant: str = ""
    """What stands after the `+` of a voice's name."""
    pitch: int = 50
    """Its `espeakPITCH`, 0 to 100."""
    range: int = 50
    """Its `espeakRANGE`, 0 (monotone) to 100: how far the pitch moves."""
    gap: int = 0
    """Its `espeakWORDGAP`, in tens of milliseconds at its usual rate."""
    finished: bool = False
    """Whether the sound goes through `voiceguide.engines.espeak.finishing`."""


PLAIN = Manner()
CALM = Manner(variant="edward", pitch=40, range=45, finished=True)
