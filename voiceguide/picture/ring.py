"""The ring: a session's marks as arcs, clockwise from the top, and its chapters as dots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from math import cos, pi, sin

from PIL import ImageDraw

from voiceguide.picture.drawing import Palette
from voiceguide.routine import Side
from voiceguide.sequence import EventKind

SIZE = 600
"""Pixels of the cover, each way."""

DETAIL = 3
"""Drawn this many times larger, then averaged: edges come out smooth."""

_CENTRE = SIZE * DETAIL / 2
_RADIUS = 245.0
"""Pixels of the cover, like all that follows: the middle of the ring."""

_DOT_RADIUS = 291.0
_DOT = 4.0
_CORNER = 9.0
_JOIN = 0.002
"""Arcs of one look that are closer than this share of the session become one."""

_JOIN_SPEECH = 0.008
"""The same for speech: sentences are one stretch of it, not so many dashes."""


class _Look(Enum):
    """How far an arc reaches from the middle of the ring: (outwards, inwards)."""

    TRACK = (2.5, 2.5)
    SPEECH = (5.0, 5.0)
    REST = (10.0, 10.0)
    LEFT = (36.0, 7.0)
    RIGHT = (7.0, 30.0)
    BOTH = (26.0, 22.0)


_LOOKS = {
    kind.value: _Look.BOTH
    if kind.exercise
    else _Look.REST
    if kind.style == "rest"
    else _Look.SPEECH
    for kind in EventKind
    if kind.exercise or kind.line
}
"""Other kinds leave the ring as it is."""

_SIDES = {Side.LEFT: _Look.LEFT, Side.RIGHT: _Look.RIGHT, None: _Look.BOTH}
_ORDER = (_Look.SPEECH, _Look.REST, _Look.BOTH, _Look.LEFT, _Look.RIGHT)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the session; `start` and `stop` are shares of its length, 0 to 1."""

    start: float
    stop: float
    kind: str
    """An event's kind, as in `plan --json`: `hold`, `reps`, `rest`, `say`, …"""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class _Arc:
    start: float
    stop: float
    look: _Look


def _arcs(marks: Iterable[Mark]) -> list[_Arc]:
    """What is drawn, what lies on top last."""
    drawn = (mark for mark in marks if mark.kind in _LOOKS and mark.start < mark.stop)
    seen = [_Arc(_share(mark.start), _share(mark.stop), _look(mark)) for mark in drawn]
    return [arc for look in _ORDER for arc in _joined(arc for arc in seen if arc.look is look)]


def _look(mark: Mark) -> _Look:
    look = _LOOKS[mark.kind]
    return _SIDES[mark.side] if look is _Look.BOTH else look


def _share(share: float) -> float:
    return min(1.0, max(0.0, share))


def _joined(arcs: Iterable[_Arc]) -> list[_Arc]:
    """Sorted, neighbours made one: twelve hours of reps are no more work than ten minutes."""
    joined: list[_Arc] = []
    for arc in sorted(arcs, key=lambda arc: (arc.start, arc.stop)):
        gap = _JOIN_SPEECH if arc.look is _Look.SPEECH else _JOIN
        if joined and arc.start - joined[-1].stop < gap:
            joined[-1] = replace(joined[-1], stop=max(joined[-1].stop, arc.stop))
        else:
            joined.append(arc)
    return joined


def draw_ring(pen: ImageDraw.ImageDraw, colours: Palette, marks: Iterable[Mark]) -> None:
    """Draw the marks `DETAIL` times larger than the cover."""
    paint = {
        _Look.SPEECH: colours.pale,
        _Look.REST: colours.pale,
        _Look.BOTH: colours.both,
        _Look.LEFT: colours.left,
        _Look.RIGHT: colours.right,
    }
    _draw_arc(pen, _Arc(0.0, 1.0, _Look.TRACK), colours.track)
    for arc in _arcs(marks):
        _draw_arc(pen, arc, paint[arc.look])


def _draw_arc(pen: ImageDraw.ImageDraw, arc: _Arc, colour: str) -> None:
    """An arc with rounded corners, as one polygon."""
    inner, outer = _RADIUS - arc.look.value[1], _RADIUS + arc.look.value[0]
    length = 2 * pi * inner * (arc.stop - arc.start)
    edge = list(_edge(inner, outer, min(_CORNER, (outer - inner) / 2, length / 2)))
    first = [(2 * pi * arc.start + along / radius, radius) for along, radius in edge]
    last = [(2 * pi * arc.stop - along / radius, radius) for along, radius in reversed(edge)]
    outside = _along(first[-1], last[0])
    inside = _along(last[-1], first[0])
    pen.polygon([_point(*spot) for spot in (*first, *outside, *last, *inside)], fill=colour)


def _edge(inner: float, outer: float, corner: float) -> Iterator[tuple[float, float]]:
    """From the inner to the outer corner: pixels along the arc from its end, and the radius."""
    turns = [step * pi / 16 for step in range(9)]  # a quarter of a circle
    for turn in turns:
        yield corner * (1 - sin(turn)), inner + corner * (1 - cos(turn))
    for turn in reversed(turns):
        yield corner * (1 - sin(turn)), outer - corner * (1 - cos(turn))


def _along(start: tuple[float, float], stop: tuple[float, float]) -> list[tuple[float, float]]:
    """Spots (turn in radians, radius) on the way between two of one radius, a degree apart."""
    steps = max(1, round(abs(stop[0] - start[0]) * 180 / pi))
    way = (stop[0] - start[0]) / steps
    return [(start[0] + step * way, start[1]) for step in range(1, steps)]


def _point(turn: float, radius: float) -> tuple[float, float]:
    """Pixels of the large picture, for a turn clockwise from the top."""
    return _CENTRE + radius * DETAIL * sin(turn), _CENTRE - radius * DETAIL * cos(turn)


def draw_chapters(pen: ImageDraw.ImageDraw, colours: Palette, chapters: Iterable[float]) -> None:
    """Draw where chapters begin, as dots around the ring."""
    size = _DOT * DETAIL
    for chapter in chapters:
        across, down = _point(2 * pi * _share(chapter), _DOT_RADIUS)
        pen.ellipse((across - size, down - size, across + size, down + size), colours.ink)
