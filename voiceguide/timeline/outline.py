"""A timeline as somebody reads it: chapter by chapter, reps as one, and what lies within what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from voiceguide.sequence import Kind
from voiceguide.timeline.data import ChapterMark, Event, Timeline

AROUND = (Kind.HOLD, Kind.REPS, Kind.REST, Kind.PAUSE, Kind.WAIT, Kind.READY, Kind.CHANGE)
"""What may have something sounding within it."""


@dataclass(frozen=True, slots=True)
class Entry:
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
        if event.kind in AROUND:
            until = max(until, event.end)


def _told(events: Sequence[Event]) -> Iterator[Entry]:
    """The events with reps told by their number, and a count-down as one of them."""
    entries = _without_reps(events)
    for counting, run in groupby(entries, key=lambda entry: entry.event.kind is Kind.COUNT):
        members = list(run)
        yield from [_joined(members)] if counting else members


def _without_reps(events: Sequence[Event]) -> Iterator[Entry]:
    starts = [event.position for event in events if event.kind is Kind.REP]
    until = 0
    for event in events:
        if event.kind is Kind.REPS:
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
