"""Draw the cover: a session as a clock's face, so that routines can be told apart on a phone.

The ring is the session, clockwise from the top. Holds and reps are broad arcs: the left side's
reach outwards, the right side's inwards, each in its own colour, so that the pattern is visible at
60 pixels too. Rests are pale and narrow, and speech is a thin line. Dots around the ring mark where
chapters begin. The title determines the colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from math import cos, pi, sin
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.picture.drawing import (
    Drawing,
    Palette,
    Point,
    Polygon,
    Shape,
    Writing,
    drawable,
    font_of,
    palette,
    wrapped,
)
from voiceguide.routine import Side
from voiceguide.sequence import EventKind

if TYPE_CHECKING:
    from PIL import ImageFont

SIZE = 1200
"""Width and height of the cover in pixels, enough for phones."""

_CENTRE = SIZE / 2
_RADIUS = 490.0
"""Radius of the ring's middle in pixels, the unit of the lengths below."""

_DOT_RADIUS = 582.0
_DOT = 8.0
_CORNER = 18.0
_JOIN = 0.002
"""Arcs of one look are joined if their gap is a smaller share of the session."""

_JOIN_SPEECH = 0.008
"""The same for speech, so that sentences form one arc instead of many dashes."""


class _Look(Enum):
    """Pixels that an arc extends from the ring's middle: (outwards, inwards)."""

    TRACK = (5.0, 5.0)
    SPEECH = (10.0, 10.0)
    REST = (20.0, 20.0)
    LEFT = (72.0, 14.0)
    RIGHT = (14.0, 60.0)
    BOTH = (52.0, 44.0)


_LOOKS = {
    kind.value: _Look.BOTH
    if kind.exercise
    else _Look.REST
    if kind.style == "rest"
    else _Look.SPEECH
    for kind in EventKind
    if kind.exercise or kind.line
}
"""The look of each event kind that is drawn."""

_SIDES = {Side.LEFT: _Look.LEFT, Side.RIGHT: _Look.RIGHT, None: _Look.BOTH}
_ORDER = (_Look.SPEECH, _Look.REST, _Look.BOTH, _Look.LEFT, _Look.RIGHT)


class CoverMark(Struct, frozen=True):
    """A stretch of the session; `start` and `stop` are shares of its length, 0 to 1."""

    start: float
    stop: float
    kind: str
    """An event's kind, as in `plan --json`: `hold`, `reps`, `rest`, `say`, …"""
    side: Side | None = None


class _Arc(Struct, frozen=True):
    start: float
    stop: float
    look: _Look


def _arcs(marks: Iterable[CoverMark]) -> list[_Arc]:
    """Make the arcs in drawing order, topmost last."""
    drawn = (mark for mark in marks if mark.kind in _LOOKS and mark.start < mark.stop)
    seen: dict[_Look, list[_Arc]] = {look: [] for look in _ORDER}
    for mark in drawn:
        look = _SIDES[mark.side] if _LOOKS[mark.kind] is _Look.BOTH else _LOOKS[mark.kind]
        seen[look].append(_Arc(_share(mark.start), _share(mark.stop), look))
    return [arc for arcs in seen.values() for arc in _joined(arcs)]


def _share(share: float) -> float:
    return min(1.0, max(0.0, share))


def _joined(arcs: Iterable[_Arc]) -> list[_Arc]:
    """Sort arcs and join neighbours, so that twelve hours of reps cost no more than ten minutes."""
    joined: list[_Arc] = []
    for arc in sorted(arcs, key=lambda arc: (arc.start, arc.stop)):
        gap = _JOIN_SPEECH if arc.look is _Look.SPEECH else _JOIN
        if joined and arc.start - joined[-1].stop < gap:
            joined[-1] = replace(joined[-1], stop=max(joined[-1].stop, arc.stop))
        else:
            joined.append(arc)
    return joined


def cover_drawing(
    title: str, duration: str, marks: Iterable[CoverMark], chapters: Iterable[float] = ()
) -> Drawing:
    """Draw the cover, a square of `SIZE` pixels; `duration` is text, shown as given.

    `chapters` are the chapters' starts as shares of the session, 0 to 1.
    """
    colours = palette(title)
    shapes = (
        *_ring(colours, marks),
        *(_dot(_share(chapter), colours.ink) for chapter in chapters),
        *_words(colours, title, duration),
    )
    return Drawing(title, SIZE, SIZE, colours.ground, shapes)


def _ring(colours: Palette, marks: Iterable[CoverMark]) -> Iterator[Polygon]:
    paint = {
        _Look.SPEECH: colours.pale,
        _Look.REST: colours.pale,
        _Look.BOTH: colours.both,
        _Look.LEFT: colours.left,
        _Look.RIGHT: colours.right,
    }
    yield _outline(_Arc(0.0, 1.0, _Look.TRACK), colours.track)
    yield from (_outline(arc, paint[arc.look]) for arc in _arcs(marks))


def _outline(arc: _Arc, colour: str) -> Polygon:
    """Outline an arc with rounded corners as one polygon."""
    inner, outer = _RADIUS - arc.look.value[1], _RADIUS + arc.look.value[0]
    length = 2 * pi * inner * (arc.stop - arc.start)
    edge = list(_edge(inner, outer, min(_CORNER, (outer - inner) / 2, length / 2)))
    first = [(2 * pi * arc.start + along / radius, radius) for along, radius in edge]
    last = [(2 * pi * arc.stop - along / radius, radius) for along, radius in reversed(edge)]
    outside = _along(first[-1], last[0])
    inside = _along(last[-1], first[0])
    return Polygon(tuple(_point(*s) for s in (*first, *outside, *last, *inside)), colour)


def _edge(inner: float, outer: float, corner: float) -> Iterator[tuple[float, float]]:
    """Yield an arc's rounded end, inner corner first, as (pixels from the end, radius)."""
    turns = [step * pi / 16 for step in range(9)]  # a quarter of a circle
    for turn in turns:
        yield corner * (1 - sin(turn)), inner + corner * (1 - cos(turn))
    for turn in reversed(turns):
        yield corner * (1 - sin(turn)), outer - corner * (1 - cos(turn))


def _along(start: tuple[float, float], stop: tuple[float, float]) -> list[tuple[float, float]]:
    """Points (angle in radians, radius) between two of equal radius, a degree apart."""
    steps = max(1, round(abs(stop[0] - start[0]) * 180 / pi))
    way = (stop[0] - start[0]) / steps
    return [(start[0] + step * way, start[1]) for step in range(1, steps)]


def _point(turn: float, radius: float) -> Point:
    """Convert an angle clockwise from the top, in radians, and a radius to a point."""
    return _CENTRE + radius * sin(turn), _CENTRE - radius * cos(turn)


def _dot(share: float, colour: str) -> Polygon:
    """The dot of a chapter's beginning, outside the ring."""
    across, down = _point(2 * pi * share, _DOT_RADIUS)
    turns = (step * pi / 16 for step in range(32))
    return Polygon(tuple((across + _DOT * sin(t), down + _DOT * cos(t)) for t in turns), colour)


# ── the title, as large as it fits, and the duration ─────────────────────────


_TITLE_WIDTH, _TITLE_HEIGHT = 720, 380
_TITLE_MIDDLE = 556
_DURATION_MIDDLE = 836
_SIZES = (192, 168, 144, 132, 120, 108, 96, 86, 76, 68, 60)
"""Possible sizes of the title in pixels, tried from the largest."""

_LEADING = 1.12
_MOST_LETTERS = 200

_HALF_LINE = 0.58
"""Share of a line's size from its top to the middle of its letters."""


def _words(colours: Palette, title: str, duration: str) -> Iterator[Shape]:
    """Yield the title, if the font has its letters, and the duration."""
    lines, size = _fitted(drawable(title[:_MOST_LETTERS]))
    step = size * _LEADING
    top = _TITLE_MIDDLE - step * (len(lines) - 1) / 2
    last, larger = (_DURATION_MIDDLE, 88) if lines else (SIZE / 2, 168)
    rows = [(top + index * step, line, size, colours.ink) for index, line in enumerate(lines)]
    for middle, text, high, colour in (*rows, (last, duration, larger, colours.left)):
        yield Writing(SIZE / 2, middle - _HALF_LINE * high, text, high, colour, "middle")


def _fitted(title: str) -> tuple[list[str], int]:
    """Wrap the title at the largest size that fits; cut it short if none does."""
    for size in _SIZES:
        font = font_of(size)
        lines = wrapped(title, font, _TITLE_WIDTH)
        narrow = all(font.getlength(line) <= _TITLE_WIDTH for line in lines)
        if narrow and len(lines) * size * _LEADING <= _TITLE_HEIGHT:
            return lines, size
    most = int(_TITLE_HEIGHT / (size * _LEADING))
    first = lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]}…"]
    return [_cut(line, font) for line in first], size


def _cut(line: str, font: ImageFont.FreeTypeFont) -> str:
    shown = line
    while font.getlength(shown) > _TITLE_WIDTH:
        shown = shown.rstrip("…")[:-1] + "…"
    return shown
