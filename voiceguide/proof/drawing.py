"""A report's picture: rows of time, each with its waveform and with what was promised over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise

import numpy as np

from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_time
from voiceguide.proof.heard import CELL
from voiceguide.proof.promise import PromisedMoment
from voiceguide.proof.report import Report
from voiceguide.sequence import EventKind

WIDTH, HEIGHT = 1000, 128
"""Of a row, in units of the drawing; on the page it is as wide as there is room."""

_SIDES_AT, _SIDES_HIGH = 0, 10
_WAVE_MIDDLE, _WAVE_HIGH = 62, 48
_SOUNDS_AT, _SOUNDS_HIGH = {"words": 113, "chime": 121}, 6
"""Words and chimes have lanes of their own: words are spoken while chimes ring."""
_COLUMNS = 500
"""Strokes in the waveform of a row: finer ones cannot be told apart on a phone."""

_SPANS = (10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200)
"""Seconds that a row may last."""

_MOST_ROWS = 12

_TIMED = frozenset(kind.value for kind in EventKind if kind.timed)
"""What takes its time; what is for a side has its colour."""

_EXERCISES = frozenset(kind.value for kind in EventKind if kind.exercise)


def rows(report: Report) -> Iterator[str]:
    """The rows as HTML: each an SVG of its own, with its time and the chapters that begin in it."""
    span = row_span(report.promise.length)
    for start in range(0, report.promise.length, span):
        stop = min(start + span, report.promise.length)
        yield "<figure>"
        yield f"<figcaption>{_caption(report, start, stop)}</figcaption>"
        yield from _row(report, start, start + span)
        yield "</figure>"


def row_span(length: int) -> int:
    """Samples that a row of a session of `length` samples shows."""
    seconds = (one for one in _SPANS if one * SAMPLE_RATE * _MOST_ROWS >= length)
    return next(seconds, _SPANS[-1]) * SAMPLE_RATE


def _caption(report: Report, start: int, stop: int) -> str:
    begun = (
        f"{whole_seconds(chapter.position)} {escape(chapter.title)}"
        for chapter in report.promise.chapters
        if start <= chapter.position < stop
    )
    return " · ".join((f"<b>{whole_seconds(start)}</b>", *begun))


def whole_seconds(position: int) -> str:
    """A sample's time in whole seconds."""
    return show_time(in_seconds(position))


def _row(report: Report, start: int, stop: int) -> Iterator[str]:
    shown = [one for one in report.promise.moments if one.position < stop and one.end > start]
    label = f"{whole_seconds(start)} to {whole_seconds(min(stop, report.promise.length))}"
    yield (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="the waveform from {label}">'
    )
    place = _Place(start, stop)
    yield from (_timed(one, place) for one in shown if one.kind in _TIMED)
    yield f'<path class="axis" d="M0 {_WAVE_MIDDLE}H{place.x(report.promise.length):.1f}"></path>'
    yield f'<path class="wave" d="{_wave(report, start, stop)}"></path>'
    yield from (_sounding(one, place) for one in shown if one.sound is not None)
    yield from _marks("chapter", (one.position for one in report.promise.chapters), place)
    faults = (fault.at for fault in report.faults if fault.at is not None)
    yield from _marks("fault", dict.fromkeys(faults), place)
    yield "</svg>"


class _Place:
    """Where a sample stands in a row."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop

    def x(self, sample: int) -> float:
        """Units from the left, within the row."""
        within = min(max(sample, self.start), self.stop) - self.start
        return WIDTH * within / (self.stop - self.start)


def _timed(moment: PromisedMoment, place: _Place) -> str:
    """What takes its time: a band at the top in the colour of its side, and a shade behind it."""
    kind = moment.side or ("both" if moment.kind in _EXERCISES else "rest")
    x = place.x(moment.position)
    wide = place.x(moment.end) - x
    band = f'<rect x="{x:.1f}" y="{_SIDES_AT}" width="{wide:.1f}" height="{_SIDES_HIGH}"></rect>'
    shade = (
        f'<rect class="shade" x="{x:.1f}" y="{_SIDES_HIGH}" width="{wide:.1f}" height="100"></rect>'
    )
    what = f"{moment.side + ' ' if moment.side else ''}{moment.kind}"
    title = f"<title>{what}, {moment.length / SAMPLE_RATE:.1f} s</title>"
    return f'<g class="{kind}">{title}{band}{shade if moment.kind == "hold" else ""}</g>'


def _sounding(moment: PromisedMoment, place: _Place) -> str:
    """What is promised to sound: a bar under the waveform."""
    kind = "chime" if moment.kind in ("chime", "sound") else "words"
    x = place.x(moment.position)
    wide = max(1.5, place.x(moment.end) - x)
    title = f"<title>{whole_seconds(moment.position)} {escape(moment.text or moment.kind)}</title>"
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{_SOUNDS_AT[kind]}" width="{wide:.1f}" '
        f'height="{_SOUNDS_HIGH}">{title}</rect>'
    )


def _marks(kind: str, positions: Iterable[int], place: _Place) -> Iterator[str]:
    """Lines from top to bottom."""
    for position in positions:
        if place.start <= position < place.stop:
            yield f'<path class="{kind}" d="M{place.x(position):.1f} 0V{HEIGHT}"></path>'


def _wave(report: Report, start: int, stop: int) -> str:
    """Strokes from the lowest to the highest sample; none where there is nothing to see."""
    heard = report.heard
    edges = np.linspace(start / CELL, stop / CELL, _COLUMNS + 1).astype(int)
    strokes = []
    for column, (first, last) in enumerate(pairwise(edges)):
        cells = slice(first, max(last, first + 1))
        low = float(heard.lowest[cells].min(initial=0.0))
        high = float(heard.highest[cells].max(initial=0.0))
        if (high - low) * _WAVE_HIGH >= 1:
            x = (column + 0.5) * WIDTH / _COLUMNS
            top, bottom = (_WAVE_MIDDLE - _WAVE_HIGH * min(1, max(-1, y)) for y in (high, low))
            strokes.append(f"M{x:g} {top:.1f}V{bottom:.1f}")
    return "".join(strokes)
