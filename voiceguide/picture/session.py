"""A session drawn from its timeline, to be read on a phone: the cover's large sister.

On top the whole session at a glance, in proportion: what is for the left side lies above the
middle, what is for the right side below it, each in its colour. Under it, chapter by chapter,
what is said and done. A hold is a block, the higher the longer it is, with what is said in it at
its time. Further down means later; but for the strip on top and for what stands in a block, the
distances are those that the words need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from msgspec import Struct, field

from voiceguide.lengths import in_seconds, samples, show_seconds, show_time
from voiceguide.picture.drawing import Box, Drawing, Palette, Writing, font_of, palette, wrapped
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.sequence.items import TICKS
from voiceguide.timeline import ChapterMark, Event, Timeline
from voiceguide.timeline.data import Entry, outline

# ── a session at a glance, from left to right and in proportion ──────────────


_RULER = 34
"""Pixels for the minutes under it."""

_SMALL_PART = 26
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180)
"""Minutes between two marks of the ruler."""

_CLOSEST = 90
"""Pixels between two marks of the ruler, at the least."""


def strip(
    timeline: Timeline, colours: Palette, left: float, top: float, width: float, height: float
) -> Iterator[Box | Writing]:
    """The shapes of the strip; `height` holds it and the minutes under it."""
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
    """How far down, how high, and in which colour an event is drawn."""
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


# ── a session drawn from its timeline, to be read on a phone: the cover's large sister


WIDTH = 1080
"""Pixels: a phone's own, held upright."""

MARGIN = 56
_TEXT = 216
"""Pixels from the left to the words; the times stand before them."""

_TITLE, _HEADING, _BODY, _SMALL = 66, 48, 38, 30
"""Sizes of letters; on a phone as wide as a hand, the body's are 14 points high."""

_LEADING = 1.3
_ROOM = 0.94
"""Of the width: an SVG is shown in another font, that may be a little wider."""

_GAP = 14
_PADDING = 22
_CORNER = 18

_PER_SECOND = 1.2
"""Pixels by which a block grows with a second, and to which it grows at most."""
_HIGHEST_BLOCK = 480

_STRIP_HEIGHT = 120


def session_drawing(title: str, timeline: Timeline, *, exact: bool) -> Drawing:
    """The picture of a session, `WIDTH` pixels wide and as high as it needs to be."""
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
"""Something that happens, with what happens within it."""


def _blocks(entries: Iterable[Entry], struck: frozenset[int]) -> Iterator[Block]:
    """What is worth a line: the chimes that a hold begins and ends with are seen in its block."""
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
    """Shapes as they are put down, one below the other."""

    colours: Palette
    down: float = MARGIN
    shapes: list[Box | Writing] = field(default_factory=list)

    def head(self, title: str, timeline: Timeline, *, exact: bool) -> None:
        """Title, length, and the session at a glance."""
        self._words(title, MARGIN, _TITLE, self.colours.ink, WIDTH - 2 * MARGIN)
        length = show_time(timeline.duration)
        self._words(length if exact else f"about {length}", MARGIN, _BODY, self.colours.left)
        self.down += 2 * _GAP
        shapes = strip(timeline, self.colours, MARGIN, self.down, WIDTH - 2 * MARGIN, _STRIP_HEIGHT)
        self.shapes.extend(shapes)
        self.down += _STRIP_HEIGHT + _GAP
        self._legend(timeline)

    def heading(self, chapter: ChapterMark) -> None:
        """A chapter's title, over a line."""
        self.down += 3 * _GAP
        self._time(chapter.position, _HEADING)
        size = _HEADING if chapter.level == 1 else _BODY
        self._words(chapter.title, _TEXT, size, self.colours.ink)
        self.shapes.append(Box(MARGIN, self.down, WIDTH - 2 * MARGIN, 2, self.colours.track))
        self.down += _GAP

    def entry(self, entry: Entry, cues: list[Entry]) -> None:
        """What is said, as words; what is timed, as a block."""
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
        top = self.down + (size - _SMALL) * 0.75  # so that both stand on one line
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
    """`hold 45 s, left side, round 2`."""
    event = entry.event
    length = _length(event.length)
    what = f"{entry.reps} reps, {length}" if entry.reps else f"{event.called} {length}"
    side = f"{event.side.value} side" if event.side else ""
    number = f"round {event.round}" if event.round else ""
    return ", ".join(filter(None, (what, side, number)))


def _length(length: int) -> str:
    seconds = round(in_seconds(length), 1)
    return show_time(seconds) if length >= samples(60) else show_seconds(seconds)
