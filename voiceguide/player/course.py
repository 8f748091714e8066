"""What a conductor has to know of a session's course, and one that cannot be planned anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voiceguide.timeline import LengthOf, Timeline


class Course(Protocol):
    """A planned session; positions and lengths in samples. See `timeline.Course`."""

    @property
    def timeline(self) -> Timeline:
        """What happens when."""

    def refitted(self, position: int, wish: int) -> Course:
        """The course with what comes after a position fitted to a length of the whole."""

    def lengthened(self, position: int, more: int) -> Course | None:
        """The course with more time in what is held there; None where nothing can be longer."""

    def remeasured(self, length_of: LengthOf, position: int, wish: int | None = None) -> Course:
        """The course with other lengths of what sounds."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The course of a recording: it is as long as it is."""

    timeline: Timeline

    def refitted(self, position: int, wish: int) -> Fixed:
        """Itself."""
        return self

    def lengthened(self, position: int, more: int) -> None:
        """Nothing can be longer."""

    def remeasured(self, length_of: LengthOf, position: int, wish: int | None = None) -> Fixed:
        """Itself."""
        return self
