"""Draw a session from its timeline as a tall picture to read on a phone.

The strip on top shows the whole session to scale: the left side above the middle, the right side
below it, each in its colour. Below, chapter by chapter, is what is said and done. A hold is a block
whose height grows with its length, with its cues at their times. Further down means later, but only
the strip and the cues in a block are to scale; elsewhere the words determine the distances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from msgspec import Struct, field

from voiceguide.lengths import in_seconds, samples, show_seconds, show_time
from voiceguide.picture.drawing import Box, Drawing, Palette, Writing, font_of, palette, wrapped
from voiceguide.routine import Side
from voiceguide.sequence import TICKS, EventKind
from voiceguide.timeline import ChapterMark, Event, Timeline
from voiceguide.timeline.data import Entry, outline

# ── the strip: the whole session to scale, from left to right ────────────────


_RULER = 34
"""Height in pixels of the ruler under the strip."""

_SMALL_PART = 26
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180)
"""Possible distances of the ruler's marks in minutes."""

_CLOSEST = 90
"""Least distance of the ruler's marks in pixels."""


def strip(
    timeline: Timeline, colours: Palette, left: float, top: float, width: float, height: float
) -> Iterator[Box | Writing]:
    """Yield the shapes of the strip; `height` in pixels includes the ruler."""
    bar = height - _RULER
    yield Box(left, top, width, bar, colours.track, 14)
    scale = width / timeline.length
    for event in timeline.events:
        if shape := _shape(event, colours, bar):
            above, tall, colour = shape
            start = left + event.position * scale
            yield Box(start, top + above, max(2.0, event.length * scale), tall, colour, 2)
    for chapter in timeline.chapters:
        yield Box(left + chapter.position * scale, top, 3, bar, colours.ground)
    yield from _minutes(timeline, colours, left, top + bar + 6, width)


def _shape(event: Event, colours: Palette, bar: float) -> tuple[float, float, str] | None:
    """Top, height and colour of an event in the strip; None if it is not drawn."""
    if event.kind.exercise:
        if event.side is None:
            return bar * 0.2, bar * 0.6, colours.both
        above = bar * 0.1 if event.side is Side.LEFT else bar / 2
        return above, bar * 0.4, colours.of(event.side)
    return (bar * 0.46, bar * 0.08, colours.pale) if event.kind.line else None


def _minutes(
    timeline: Timeline, colours: Palette, left: float, top: float, width: float
) -> Iterator[Writing]:
    minutes = timeline.duration / 60
    step = next((s for s in _STEPS if s * width / minutes >= _CLOSEST), _STEPS[-1])
    for minute in range(0, int(minutes) + 1, step):
        at = left + width * minute / minutes
        text = f"{minute} min" if minute == 0 else str(minute)
        if at + _CLOSEST / 2 <= left + width:
            yield Writing(at, top, text, _SMALL_PART, colours.pale)


# ── the picture ──────────────────────────────────────────────────────────────


WIDTH = 1080
"""Width in pixels, that of a phone held upright."""

MARGIN = 56
_TEXT = 216
"""Left edge of the words in pixels; the times are left of it."""

_TITLE, _HEADING, _BODY, _SMALL = 66, 48, 38, 30
"""Text sizes in pixels; on a phone as wide as a hand, the body's is 14 points."""

_LEADING = 1.3
_ROOM = 0.94
"""Share of the width that is filled, since an SVG's font may be a little wider."""

_GAP = 14
_PADDING = 22
_CORNER = 18

_PER_SECOND = 1.2
"""Growth of a block in pixels per second; below, the most that it grows."""
_HIGHEST_BLOCK = 480

_STRIP_HEIGHT = 120


def session_drawing(title: str, timeline: Timeline, *, exact: bool) -> Drawing:
    """Draw a session, `WIDTH` pixels wide and as tall as needed."""
    colours = palette(title)
    page = _Page(colours)
    page.head(title, timeline, exact=exact)
    holds = [event for event in timeline.events if event.kind.step]
    struck = frozenset(at for hold in holds for at in (hold.position, hold.end))
    for chapter, entries in outline(timeline):
        if chapter:
            page.heading(chapter)
        for block, cues in _blocks(entries, struck):
            page.entry(block, cues)
    return Drawing(title, WIDTH, ceil(page.down + MARGIN), colours.ground, tuple(page.shapes))


Block = tuple[Entry, list[Entry]]
"""An entry with the cues within it."""


def _blocks(entries: Iterable[Entry], struck: frozenset[int]) -> Iterator[Block]:
    """Group entries into blocks, without the chimes at a hold's ends, which its block shows."""
    blocks: list[Block] = []
    for entry in entries:
        quiet = entry.event.text in ("wake", *TICKS) or entry.event.position in struck
        if entry.event.kind is EventKind.CHIME and quiet:
            continue
        if entry.within and blocks:
            blocks[-1][1].append(entry)
        else:
            blocks.append((entry, []))
    return iter(blocks)


class _Page(Struct):
    """Collects shapes from top to bottom."""

    colours: Palette
    down: float = MARGIN
    shapes: list[Box | Writing] = field(default_factory=list)

    def head(self, title: str, timeline: Timeline, *, exact: bool) -> None:
        """Add the title, the length and the strip."""
        self._words(title, MARGIN, _TITLE, self.colours.ink, WIDTH - 2 * MARGIN)
        length = show_time(timeline.duration)
        self._words(length if exact else f"about {length}", MARGIN, _BODY, self.colours.left)
        self.down += 2 * _GAP
        shapes = strip(timeline, self.colours, MARGIN, self.down, WIDTH - 2 * MARGIN, _STRIP_HEIGHT)
        self.shapes.extend(shapes)
        self.down += _STRIP_HEIGHT + _GAP
        self._legend(timeline)

    def heading(self, chapter: ChapterMark) -> None:
        """Add a chapter's title with a line under it."""
        self.down += 3 * _GAP
        self._time(chapter.position, _HEADING)
        size = _HEADING if chapter.level == 1 else _BODY
        self._words(chapter.title, _TEXT, size, self.colours.ink)
        self.shapes.append(Box(MARGIN, self.down, WIDTH - 2 * MARGIN, 2, self.colours.track))
        self.down += _GAP

    def entry(self, entry: Entry, cues: list[Entry]) -> None:
        """Add an entry: holds and reps as a block, other timed events and speech as text."""
        self.down += _GAP
        event = entry.event
        if event.kind.exercise or cues:
            self._block(entry, cues)
        elif event.kind.timed:
            self._time(event.position, _SMALL)
            what = f"{event.called} {_length(event.length)}"
            self._words(what, _TEXT, _SMALL, self.colours.pale)
        else:
            top = self.down
            self._time(event.position, _BODY)
            ink = self.colours.ink if event.kind.spoken else self.colours.pale
            self._words(_said(event), _TEXT, _BODY, ink)
            if event.side:
                high, colour = self.down - top - 8, self.colours.of(event.side)
                self.shapes.append(Box(_TEXT - 20, top, 8, high, colour, 4))

    def _block(self, entry: Entry, cues: list[Entry]) -> None:
        event, top = entry.event, self.down
        place = len(self.shapes)
        loud = event.kind.exercise
        colour = self.colours.of(event.side) if loud else self.colours.track
        ink = self.colours.ground if loud else self.colours.ink
        self.down += _PADDING
        size = _BODY if loud else _SMALL
        self._time(event.position, size)
        self._words(_label(entry), _TEXT + _PADDING, size, ink)
        grown = min(_HIGHEST_BLOCK, _PER_SECOND * in_seconds(event.length)) if loud else 0.0
        for cue in cues:
            share = (cue.event.position - event.position) / max(1, event.length)
            self.down = max(self.down + _GAP / 2, top + share * grown)
            after = show_time(in_seconds(cue.event.position - event.position))
            self._words(f"{after} {_said(cue.event)}", _TEXT + _PADDING, _SMALL, ink)
        self.down = max(self.down + _PADDING, top + grown)
        width = WIDTH - MARGIN - _TEXT
        self.shapes.insert(place, Box(_TEXT, top, width, self.down - top, colour, _CORNER))

    def _legend(self, timeline: Timeline) -> None:
        sides = {event.side for event in timeline.events if event.kind.exercise}
        left: float = MARGIN
        for side in (side for side in (*Side, None) if side in sides):
            name = side.value if side else "no side" if len(sides) > 1 else "holds and reps"
            self.shapes.append(Box(left, self.down + 4, 26, 26, self.colours.of(side), 6))
            self.shapes.append(Writing(left + 38, self.down, name, _SMALL, self.colours.pale))
            left += 38 + font_of(_SMALL).getlength(name) + 44
        self.down += _LEADING * _SMALL

    def _time(self, position: int, size: int) -> None:
        text = show_time(in_seconds(position))
        top = self.down + (size - _SMALL) * 0.75  # aligns the baselines
        self.shapes.append(Writing(_TEXT - 32, top, text, _SMALL, self.colours.pale, "end"))

    def _words(
        self, text: str, left: float, size: int, colour: str, width: float | None = None
    ) -> None:
        room = _ROOM * (width or WIDTH - MARGIN - _PADDING - left)
        for line in wrapped(text, font_of(size), room):
            self.shapes.append(Writing(left, self.down, line, size, colour))
            self.down += _LEADING * size


def _said(event: Event) -> str:
    if event.kind.spoken:
        return event.text or ""
    return f"{event.kind.value}: {event.text}"


def _label(entry: Entry) -> str:
    """Label a block, as `hold 45 s, left side, round 2`."""
    event = entry.event
    length = _length(event.length)
    what = f"{entry.reps} reps, {length}" if entry.reps else f"{event.called} {length}"
    side = f"{event.side.value} side" if event.side else ""
    number = f"round {event.round}" if event.round else ""
    return ", ".join(filter(None, (what, side, number)))


def _length(length: int) -> str:
    seconds = round(in_seconds(length), 1)
    return show_time(seconds) if length >= samples(60) else show_seconds(seconds)
