"""`Timeline`: events at exact sample positions, the one truth about a session's time."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.errors import Place, Problem
from voiceguide.lengths import in_seconds
from voiceguide.routine import Side
from voiceguide.sequence import Kind, Source
from voiceguide.timeline.settling import Settling


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, from `position` for `length` samples.

    What sounds begins to be heard at `position`: the clip itself starts a little earlier.
    """

    position: int
    length: int
    kind: Kind
    text: str | None
    place: Place
    side: Side | None = None
    round: int | None = None
    rep: int | None = None
    chapter: int | None = None
    """The chapter it stands in, as an index."""
    source: Source | None = None
    """What it sounds like; None for a silence."""
    level: float = 0.0
    """dB by which it is turned up; below zero where the session settles."""

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.position + self.length


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """Where a chapter begins: shortly before its first sound."""

    title: str
    level: int
    position: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A session: `length` samples, its events by position, its chapters."""

    length: int
    events: tuple[Event, ...]
    chapters: tuple[ChapterMark, ...]
    problems: tuple[Problem, ...] = ()
    settling: Settling | None = None
    """How levels fall in the course of it; None where they stay."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return in_seconds(self.length)

    def sources(self) -> list[Source]:
        """Everything that sounds, once each, in order."""
        return list(dict.fromkeys(event.source for event in self.events if event.source))
