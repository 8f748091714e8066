"""Describe the present moment of a session: pure functions of a timeline and a position."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import zip_longest
from operator import attrgetter

from msgspec import Struct

from voiceguide.lengths import samples
from voiceguide.sequence import EventKind, Source, Words
from voiceguide.timeline import Event, Timeline

AGAIN = samples(3)
"""Samples after a step's start in which `back` goes to the step before instead of the start."""


class Now(Struct, frozen=True):
    """A moment of a session; position and lengths in samples."""

    position: int
    length: int
    """Length of the session."""
    chapter: str | None
    said: str | None
    """The last words spoken."""
    timed: Event | None
    """The current hold, reps, rest, …; the innermost if they are nested."""
    left: int
    """Samples left of `timed`."""
    upcoming: Event | None
    """The next hold, reps or rest."""
    side: str | None
    round: int | None
    rep: int | None


def now(timeline: Timeline, position: int) -> Now:
    """Describe the moment at a sample of the session."""
    begun = timeline.events[: bisect_right(timeline.events, position, key=attrgetter("position"))]
    timed = next((e for e in reversed(begun) if e.kind.timed and e.end > position), None)
    spoken = next((e for e in reversed(begun) if isinstance(e.source, Words)), None)
    rep = next((e for e in reversed(begun) if e.kind is EventKind.REP and e.end > position), None)
    around = rep or timed or (begun[-1] if begun else None)
    to_come = timeline.events[len(begun) :]
    chapters = [chapter for chapter in timeline.chapters if chapter.position <= position]
    return Now(
        position,
        timeline.length,
        chapters[-1].title if chapters else None,
        spoken.text if spoken else None,
        timed,
        timed.end - position if timed else 0,
        next((event for event in to_come if event.kind.step), None),
        around.side.value if around and around.side else None,
        around.round if around else None,
        around.rep if around else None,
    )


def stops(timeline: Timeline) -> list[int]:
    """Samples at which steps begin, where `next` and `back` go to.

    A step begins with the first line after the step before has ended, and with each chapter.
    """
    return sorted({0, *(c.position for c in timeline.chapters), *_after_steps(timeline)})


def next_stop(timeline: Timeline, position: int) -> int:
    """Start of the next step, or the end of the session."""
    found = stops(timeline)
    index = bisect_right(found, position)
    return found[index] if index < len(found) else timeline.length


def stop_before(timeline: Timeline, position: int) -> int:
    """Start of the current step."""
    found = stops(timeline)
    return found[max(0, bisect_right(found, position) - 1)]


def back_stop(timeline: Timeline, position: int) -> int:
    """Start of the current step, or of the step before if this one has just begun."""
    return stop_before(timeline, position - AGAIN)


def last_instruction(timeline: Timeline, position: int) -> Event | None:
    """The last words spoken before a sample, apart from counted numbers."""
    begun = timeline.events[: bisect_left(timeline.events, position, key=attrgetter("position"))]
    spoken = (e for e in reversed(begun) if e.kind is EventKind.SAY and isinstance(e.source, Words))
    return next(spoken, None)


def same_until(one: Timeline, other: Timeline) -> int:
    """First sample at which two timelines may sound different."""
    pairs = zip_longest(_sounding(one), _sounding(other))
    first = next(((a, b) for a, b in pairs if a != b), None)
    if first is None:
        return min(one.length, other.length)
    # a clip begins a little before its sound
    return min(event[0] for event in first if event) - samples(1)


def _sounding(timeline: Timeline) -> Iterator[tuple[int, Source, float]]:
    for event in timeline.events:
        if event.source:
            yield event.position, event.source, event.level


def _after_steps(timeline: Timeline) -> Iterator[int]:
    until = 0
    waiting = False
    for event in timeline.events:
        if event.kind.step:
            until, waiting = max(until, event.end), True
        elif waiting and event.position >= until and event.source and event.kind is EventKind.SAY:
            yield event.position
            waiting = False
