"""`Timeline`: events at exact sample positions, the one truth about a session's time."""

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

# ── how levels fall in the course of a session that winds down ───────────────


STEP = 0.5
"""dB: levels are whole steps, so that what is said again soon is the same again, and no ear
notices one."""


class Settling(Struct, frozen=True):
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


MOST_FADED = -36.0
"""dB: what sounds at the very end of a fade is hardly there, and can still be found."""


def faded(position: int, length: int, fade: int) -> float:
    """The level, in dB, of what begins at a sample of a session that fades out over its last ones.

    What begins keeps its level to its end: a sentence does not sink while it is spoken.
    """
    share = (position - (length - fade)) / fade if fade else 0.0
    if share <= 0:
        return 0.0
    gain = 0.5 + 0.5 * cos(pi * min(1.0, share))
    return max(MOST_FADED, STEP * round(20 * log10(max(gain, 1e-3)) / STEP))


# ── `Timeline`: events at exact sample positions, the one truth about a session's time


class Event(Struct, frozen=True):
    """Something that happens, from `position` for `length` samples.

    What sounds begins to be heard at `position`: the clip itself starts a little earlier.
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
    """The chapter it stands in, as an index."""
    source: Source | None = None
    """What it sounds like; None for a silence."""
    level: float = 0.0
    """dB by which it is turned up; below zero where the session settles."""
    step: str | None = None
    """The name of the step it belongs to, where it has one."""

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.position + self.length

    @property
    def at(self) -> float:
        """When it begins, in seconds."""
        return in_seconds(self.position)

    @property
    def duration(self) -> float:
        """How long it lasts, in seconds."""
        return in_seconds(self.length)

    @property
    def label(self) -> str:
        """What a screen says while it goes on: a segment's own name; empty for what is no time."""
        return self.text if self.kind is EventKind.SEGMENT and self.text else self.kind.label

    @property
    def called(self) -> str:
        """What it is called in a list: its kind, or a segment's own name."""
        return self.text if self.kind is EventKind.SEGMENT and self.text else self.kind.value


class ChapterMark(Struct, frozen=True):
    """Where a chapter begins: shortly before its first sound."""

    title: str
    level: int
    position: int

    @property
    def at(self) -> float:
        """When it begins, in seconds."""
        return in_seconds(self.position)


class BedChange(Struct, frozen=True):
    """Where another bed begins to come, at a sample."""

    position: int
    bed: Bed | None
    """None for none."""
    place: Place
    own: bool = True
    """Whether prose names it; else the session's own comes back."""


class Timeline(Struct, frozen=True):
    """A session: `length` samples, its events by position, its chapters."""

    length: int
    events: tuple[Event, ...]
    chapters: tuple[ChapterMark, ...]
    problems: tuple[Problem, ...] = ()
    settling: Settling | None = None
    """How levels fall in the course of it; None where they stay."""
    fade: int = 0
    """Samples at the end in which everything fades to silence."""
    beds: tuple[BedChange, ...] = ()
    """Where the bed changes, in order."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return in_seconds(self.length)

    def sources(self) -> list[Source]:
        """Everything that sounds, once each, in order."""
        return list(dict.fromkeys(event.source for event in self.events if event.source))


# ── a timeline as somebody reads it: chapter by chapter, reps as one, and what lies within what


class Entry(Struct, frozen=True):
    """One event as a reader sees it; a count-down is one event."""

    event: Event
    within: bool = False
    """Whether it happens within the timed event before it."""
    reps: int | None = None
    """How many reps stand for their events, where they do."""


Section = tuple[ChapterMark | None, list[Entry]]
"""A chapter with what happens in it; before the first one, None."""


def outline(timeline: Timeline, *, everything: bool = False) -> list[Section]:
    """The chapters in order; with `everything`, every rep and every number counted."""
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
    """The events with reps told by their number, and a count-down as one of them."""
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
    """Each chapter with its entries, also one without any."""
    waiting = list(entries)
    for index in range(-1, len(chapters)):
        after = chapters[index + 1].position if index + 1 < len(chapters) else None
        own = [entry for entry in waiting if after is None or entry.event.position < after]
        waiting = waiting[len(own) :]
        if own or index >= 0:
            yield (None if index < 0 else chapters[index]), own


# ── a timeline as plain data, for `--json` and for later tools ───────────────


def as_dict(
    timeline: Timeline,
    *,
    title: str,
    language: str,
    exact: bool,
    problems: Sequence[Problem] = (),
) -> dict[str, object]:
    """The object of `plan --json`: times in seconds from the beginning of the file.

    `line` is the line in the routine that was asked for: what another routine brought in by
    `use` has the line of that `use`.
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
