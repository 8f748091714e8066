"""A session at a glance, from left to right and in proportion."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.picture.colours import Palette
from voiceguide.picture.shapes import Box, Writing
from voiceguide.routine import Side
from voiceguide.sequence import Kind
from voiceguide.timeline import Event, Timeline

_RULER = 34
"""Pixels for the minutes under it."""

_SMALL = 26
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180)
"""Minutes between two marks of the ruler."""

_CLOSEST = 90
"""Pixels between two marks of the ruler, at the least."""

_THIN = (Kind.SAY, Kind.REST, Kind.WAIT, Kind.SOUND)


def strip(
    timeline: Timeline, colours: Palette, left: float, top: float, width: float, height: float
) -> Iterator[Box | Writing]:
    """The shapes of the strip; `height` holds it and the minutes under it."""
    bar = height - _RULER
    yield Box(left, top, width, bar, colours.track, 14)
    scale = width / timeline.length
    for event in timeline.events:
        shape = _shape(event, colours, bar)
        if shape:
            above, tall, colour = shape
            start = left + event.position * scale
            yield Box(start, top + above, max(2.0, event.length * scale), tall, colour, 2)
    for chapter in timeline.chapters:
        yield Box(left + chapter.position * scale, top, 3, bar, colours.ground)
    yield from _minutes(timeline, colours, left, top + bar + 6, width)


def _shape(event: Event, colours: Palette, bar: float) -> tuple[float, float, str] | None:
    """How far down, how high, and in which colour an event is drawn."""
    if event.kind in (Kind.HOLD, Kind.REPS):
        if event.side is None:
            return bar * 0.2, bar * 0.6, colours.both
        upper = event.side is Side.LEFT
        return (
            (bar * 0.1, bar * 0.4, colours.left) if upper else (bar / 2, bar * 0.4, colours.right)
        )
    return (bar * 0.46, bar * 0.08, colours.pale) if event.kind in _THIN else None


def _minutes(
    timeline: Timeline, colours: Palette, left: float, top: float, width: float
) -> Iterator[Writing]:
    minutes = timeline.duration / 60
    step = next((s for s in _STEPS if s * width / minutes >= _CLOSEST), _STEPS[-1])
    for minute in range(0, int(minutes) + 1, step):
        at = left + width * minute / minutes
        text = f"{minute} min" if minute == 0 else str(minute)
        if at + _CLOSEST / 2 <= left + width:
            yield Writing(at, top, text, _SMALL, colours.pale)
