"""How levels fall in the course of a session that winds down.

The voice falls least: words that are strained for keep people awake. Chimes fall further, since
they startle, and so does the bed, which would stand out from under a softer voice.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP = 0.5
"""dB: levels are whole steps, so that what is said again soon is the same again, and no ear
notices one."""


@dataclass(frozen=True, slots=True)
class Settling:
    """The levels at the end of a session of `length` samples, in dB below those at its start."""

    length: int
    voice: float = 4.0
    chime: float = 8.0
    bed: float = 6.0

    def of_voice(self, position: int) -> float:
        """The voice's level at a sample, in dB: zero at the start."""
        return self._at(position, self.voice)

    def of_chime(self, position: int) -> float:
        """The same for chimes, and for sounds of the author's."""
        return self._at(position, self.chime)

    def of_bed(self, position: int) -> float:
        """The same for the bed."""
        return self._at(position, self.bed)

    def _at(self, position: int, most: float) -> float:
        share = min(1.0, max(0.0, position / self.length))
        return -STEP * round(share * most / STEP)
