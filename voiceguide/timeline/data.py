"""`Timeline`: events at exact sample positions; all other code takes a session's times from it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import cos, log10, pi

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place, Problem
from voiceguide.lengths import in_seconds
from voiceguide.routine import Side
from voiceguide.sequence import EventKind, Source
from voiceguide.settings import Bed

# ── levels that fall over a session that winds down ──────────────────────────


STEP = 0.5
"""dB: levels move in whole steps, so that a sound repeated soon after is identical; a step is too
small to be heard."""


class Settling(Struct, frozen=True):
    """The levels at the end of a session of `length` samples, in dB below those at its start."""

    length: int
    voice: float = 4.0
    chime: float = 8.0
    bed: float = 6.0

    def of_voice(self, position: int) -> float:
        """The voice's level at a sample, in dB; 0 at the start."""
        return self._at(position, self.voice)

    def of_chime(self, position: int) -> float:
        """The level of chimes and of the author's sounds, likewise."""
        return self._at(position, self.chime)

    def of_bed(self, position: int) -> float:
        """The level of the bed, likewise."""
        return self._at(position, self.bed)

    def _at(self, position: int, most: float) -> float:
        share = min(1.0, max(0.0, position / self.length))
        return -STEP * round(share * most / STEP)


MOST_FADED = -36.0
"""dB: the level of a sound at the very end of a fade; barely audible, but not silent."""


def faded(position: int, length: int, fade: int) -> float:
    """Return the level, in dB, of a sound that starts at `position` of `length` samples.

    The session fades out over its last `fade` samples. A sound keeps its level to its end: a
    sentence does not fade while it is spoken.
    """
    share = (position - (length - fade)) / fade if fade else 0.0
    if share <= 0:
        return 0.0
    gain = 0.5 + 0.5 * cos(pi * min(1.0, share))
    return max(MOST_FADED, STEP * round(20 * log10(max(gain, 1e-3)) / STEP))


# ── the timeline and its events ──────────────────────────────────────────────


class Event(Struct, frozen=True):
    """Something that happens from `position` on, for `length` samples.

    A sound becomes audible at `position`; its clip starts a little earlier.
    """

    position: int
    length: int
    kind: EventKind
    text: str | None
    place: Place
    side: Side | None = None
    round: int | None = None
    rep: int | None = None
    chapter: int | None = None
    """The index of its chapter."""
    source: Source | None = None
    """Its sound; None for a silence."""
    level: float = 0.0
    """Gain in dB; negative where the session settles."""
    step: str | None = None
    """The name of its step, if the step has one."""

    @property
    def end(self) -> int:
        """The position just after its last sample."""
        return self.position + self.length

    @property
    def at(self) -> float:
        """Its start, in seconds."""
        return in_seconds(self.position)

    @property
    def duration(self) -> float:
        """Its length, in seconds."""
        return in_seconds(self.length)

    @property
    def label(self) -> str:
        """Text for a screen while it lasts: the name of a segment, else the label of its kind.

        Empty for an event that takes no time.
        """
        return self.text if self.kind is EventKind.SEGMENT and self.text else self.kind.label

    @property
    def called(self) -> str:
        """Its name in a list: a segment's name, else its kind."""
        return self.text if self.kind is EventKind.SEGMENT and self.text else self.kind.value


class ChapterMark(Struct, frozen=True):
    """The start of a chapter: shortly before its first sound."""

    title: str
    level: int
    position: int

    @property
    def at(self) -> float:
        """Its start, in seconds."""
        return in_seconds(self.position)


class BedChange(Struct, frozen=True):
    """A change of the bed, which starts at a sample."""

    position: int
    bed: Bed | None
    """The new bed; None for no bed."""
    place: Place
    own: bool = True
    """Whether the routine's prose names it; False if the session's own bed returns."""


class Timeline(Struct, frozen=True):
    """A session: `length` samples, its events by position, its chapters."""

    length: int
    events: tuple[Event, ...]
    chapters: tuple[ChapterMark, ...]
    problems: tuple[Problem, ...] = ()
    settling: Settling | None = None
    """How levels fall over the session; None if they are constant."""
    fade: int = 0
    """Length of the fade to silence at the end, in samples."""
    beds: tuple[BedChange, ...] = ()
    """Changes of the bed, in order."""

    @property
    def duration(self) -> float:
        """Its length, in seconds."""
        return in_seconds(self.length)

    def sources(self) -> list[Source]:
        """Return all sounds in order, without duplicates."""
        return list(dict.fromkeys(event.source for event in self.events if event.source))


# ── an outline for readers: by chapter, reps grouped, events nested ──────────


class Entry(Struct, frozen=True):
    """An event as a reader sees it; a count-down is joined into one event."""

    event: Event
    within: bool = False
    """Whether it happens inside the previous timed event."""
    reps: int | None = None
    """The number of reps that this entry stands for, if their own events are hidden."""


Section = tuple[ChapterMark | None, list[Entry]]
"""A chapter and its entries; None for those before the first chapter."""


def outline(timeline: Timeline, *, everything: bool = False) -> list[Section]:
    """Return the chapters in order; with `everything`, with every rep and every counted number."""
    return list(_by_chapter(list(_entries(timeline, everything=everything)), timeline.chapters))


def _entries(timeline: Timeline, *, everything: bool) -> Iterator[Entry]:
    told = map(Entry, timeline.events) if everything else _told(timeline.events)
    until = 0
    for entry in told:
        event = entry.event
        yield replace(entry, within=event.position < until)
        if event.kind.timed:
            until = max(until, event.end)


def _told(events: Sequence[Event]) -> Iterator[Entry]:
    """Replace reps by their number, and join each count-down into one event."""
    entries = _without_reps(events)
    for counting, run in groupby(entries, key=lambda entry: entry.event.kind is EventKind.COUNT):
        members = list(run)
        yield from [_joined(members)] if counting else members


def _without_reps(events: Sequence[Event]) -> Iterator[Entry]:
    starts = [event.position for event in events if event.kind is EventKind.REP]
    until = 0
    for event in events:
        if event.kind is EventKind.REPS:
            until = event.end
            number = bisect_left(starts, event.end) - bisect_left(starts, event.position)
            yield Entry(event, reps=number)
        elif event.position >= until:
            yield Entry(event)


def _joined(counts: Sequence[Entry]) -> Entry:
    first, last = counts[0].event, counts[-1].event
    text = " ".join((count.event.text or "").rstrip(".") for count in counts)
    return Entry(replace(first, text=text, length=last.end - first.position))


def _by_chapter(entries: Iterable[Entry], chapters: Sequence[ChapterMark]) -> Iterator[Section]:
    """Yield each chapter with its entries, even if it has none."""
    waiting = list(entries)
    for index in range(-1, len(chapters)):
        after = chapters[index + 1].position if index + 1 < len(chapters) else None
        own = [entry for entry in waiting if after is None or entry.event.position < after]
        waiting = waiting[len(own) :]
        if own or index >= 0:
            yield (None if index < 0 else chapters[index]), own


# ── a timeline as plain data, for `--json` and for other tools ───────────────


def as_dict(
    timeline: Timeline,
    *,
    title: str,
    language: str,
    exact: bool,
    problems: Sequence[Problem] = (),
) -> dict[str, object]:
    """Return the object of `plan --json`; times are in seconds from the start of the file.

    `line` is a line of the routine that was given: events of a routine that it includes with `use`
    have the line of that `use`.
    """
    return {
        "title": title,
        "language": language,
        "duration": timeline.duration,
        "exact": exact,
        "chapters": [
            {"title": c.title, "level": c.level, "at": in_seconds(c.position)}
            for c in timeline.chapters
        ],
        "events": [_event(event, timeline) for event in timeline.events],
        "problems": [problem.as_dict() for problem in problems],
    }


def _event(event: Event, timeline: Timeline) -> dict[str, object]:
    chapter = None if event.chapter is None else timeline.chapters[event.chapter].title
    return {
        "at": in_seconds(event.position),
        "duration": in_seconds(event.length),
        "kind": event.kind.value,
        "text": event.text,
        "side": event.side.value if event.side else None,
        "round": event.round,
        "rep": event.rep,
        "chapter": chapter,
        "step": event.step,
        "line": event.place.outermost.line,
    }
