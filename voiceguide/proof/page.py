"""Render a report as an HTML page: the waveform, the promised events over it, and the faults.

The page is one file that loads and runs nothing, enforced by its Content-Security-Policy. All text
is escaped, because a tag's text is untrusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from itertools import pairwise

import numpy as np
from msgspec import Struct

from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_time
from voiceguide.proof.listening import CELL, HeardSound
from voiceguide.proof.promise import PromisedMoment
from voiceguide.proof.report import Report, clock, figure, limit, off_by, verdict
from voiceguide.sequence import EventKind

# ── the picture: rows of time with the waveform and the promised events ──────


WIDTH, HEIGHT = 1000, 128
"""Size of a row in SVG units; on the page it fills the width."""

_SIDES_AT, _SIDES_HIGH = 0, 10
_WAVE_MIDDLE, _WAVE_HIGH = 62, 48
_SOUNDS_AT, _SOUNDS_HIGH = {"words": 113, "chime": 121}, 6
"""Words and chimes have separate lanes, because words are spoken while chimes ring."""
_COLUMNS = 500
"""Strokes per row of the waveform; more cannot be told apart on a phone."""

_SPANS = (10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200)
"""Possible lengths of a row in seconds."""

_MOST_ROWS = 12

_TIMED = frozenset(kind.value for kind in EventKind if kind.timed)
"""Event kinds drawn as bands, in the colour of their side."""

_EXERCISES = frozenset(kind.value for kind in EventKind if kind.exercise)


def rows(report: Report) -> Iterator[str]:
    """Yield the rows as HTML: an SVG each, with its time and the chapters that begin in it."""
    span = row_span(report.promise.length)
    for start in range(0, report.promise.length, span):
        begun = (
            f"{whole_seconds(chapter.position)} {escape(chapter.title)}"
            for chapter in report.promise.chapters
            if start <= chapter.position < start + span
        )
        yield "<figure>"
        caption = " · ".join((f"<b>{whole_seconds(start)}</b>", *begun))
        yield f"<figcaption>{caption}</figcaption>"
        yield from _row(report, start, start + span)
        yield "</figure>"


def row_span(length: int) -> int:
    """Samples per row for a session of `length` samples."""
    seconds = (one for one in _SPANS if one * SAMPLE_RATE * _MOST_ROWS >= length)
    return next(seconds, _SPANS[-1]) * SAMPLE_RATE


def whole_seconds(position: int) -> str:
    """Show a sample's time in whole seconds."""
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


class _Place(Struct, frozen=True):
    """The stretch of samples that a row shows."""

    start: int
    stop: int

    def x(self, sample: int) -> float:
        """SVG units from the left, limited to the row."""
        within = min(max(sample, self.start), self.stop) - self.start
        return WIDTH * within / (self.stop - self.start)


def _timed(moment: PromisedMoment, place: _Place) -> str:
    """Draw a timed event: a band on top in its side's colour; a hold also has a shade behind it."""
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
    """Draw a promised sound as a bar under the waveform."""
    kind = "chime" if moment.kind in ("chime", "sound") else "words"
    x = place.x(moment.position)
    wide = max(1.5, place.x(moment.end) - x)
    title = f"<title>{whole_seconds(moment.position)} {escape(moment.text or moment.kind)}</title>"
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{_SOUNDS_AT[kind]}" width="{wide:.1f}" '
        f'height="{_SOUNDS_HIGH}">{title}</rect>'
    )


def _marks(kind: str, positions: Iterable[int], place: _Place) -> Iterator[str]:
    """Draw lines from top to bottom."""
    for position in positions:
        if place.start <= position < place.stop:
            yield f'<path class="{kind}" d="M{place.x(position):.1f} 0V{HEIGHT}"></path>'


def _wave(report: Report, start: int, stop: int) -> str:
    """Path of strokes from the lowest to the highest sample, without those too short to see."""
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


# ── the page ─────────────────────────────────────────────────────────────────


POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content-Security-Policy that allows only the page's own style."""

_KEY = (
    ("left", "left side"),
    ("right", "right side"),
    ("both", "both sides"),
    ("rest", "rest or pause"),
    ("words", "words"),
    ("chime", "chime"),
    ("fault", "falls short"),
)


def as_html(report: Report) -> str:
    """Render the whole page; the same report always gives the same text."""
    heard, title = report.heard, escape(report.promise.title)
    style = (resources.files(__package__ or "") / "page.css").read_text(encoding="utf-8")
    channels = {1: "mono", 2: "stereo"}.get(heard.channels, f"{heard.channels} channels")
    told = f"{clock(heard.length)}, {heard.codec}, {heard.rate / 1000:g} kHz, {channels}"
    lines = (
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: proof</title><style>\n{style}</style></head>",
        "<body><main>",
        f"<header><h1>{title}</h1>",
        f"<p>{escape(report.path.name)}: {told}</p>",
        f'<p class="verdict {"good" if report.passes else "bad"}">{verdict(report)}</p></header>',
        *_short(report),
        *_checks(report),
        *_picture(report),
        *_events(report),
        "</main></body></html>",
        "",
    )
    return "\n".join(lines)


def _short(report: Report) -> Iterator[str]:
    if report.passes:
        return
    yield '<section class="short"><h2>What falls short</h2><ul>'
    for fault in report.faults:
        at = f"<b>{clock(fault.at)}</b> " if fault.at is not None else ""
        yield f"<li>{at}{escape(fault.message)}</li>"
    yield "</ul></section>"


def _checks(report: Report) -> Iterator[str]:
    yield '<section><h2>Checks</h2><table class="checks">'
    yield "<thead><tr><th></th><th>check</th><th>measured</th><th>limit</th></tr></thead><tbody>"
    for check in report.checks:
        kind, mark = ("good", "✓") if check.passes else ("bad", "✗")
        about = f"{escape(check.name)} <small>{escape(check.about)}</small>"
        yield (
            f'<tr class="{kind}"><td>{mark}</td><td>{about}</td>'
            f"<td>{figure(check.measured, check.unit)}</td><td>{limit(check)}</td></tr>"
        )
    yield "</tbody></table></section>"


def _picture(report: Report) -> Iterator[str]:
    yield '<section class="picture"><h2>The session</h2><p class="key">'
    yield from (f'<span class="{kind}">{said}</span>' for kind, said in _KEY)
    yield "</p>"
    yield from rows(report)
    yield "</section>"


def _events(report: Report) -> Iterator[str]:
    yield '<section><h2>Events</h2><table class="events"><thead><tr>'
    heads = ("time", "what", "off by", "length", "off by", "loudness")
    yield "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead><tbody>"
    chapter = None
    for moment, sound, length in report.events:
        if moment.chapter is not None and moment.chapter != chapter:
            chapter = moment.chapter
            title = escape(report.promise.chapters[chapter].title)
            yield f'<tr class="heading"><th colspan="6">{title}</th></tr>'
        missing = sound is None and report.promise.is_heard(moment)
        yield _event(moment, sound, length, missing=missing)
    yield "</tbody></table></section>"


def _event(
    moment: PromisedMoment, sound: HeardSound | None, length: int | None, *, missing: bool
) -> str:
    late = "missing" if missing else off_by(sound.late if sound else None)
    said = f"{moment.side} {moment.kind}" if moment.side else moment.kind
    text = f" <q>{escape(moment.text)}</q>" if moment.text else ""
    cells = (
        clock(moment.position),
        f"{said}{text}",
        late,
        f"{moment.length / SAMPLE_RATE:.1f} s",
        off_by(None if length is None else length - moment.length),
        figure(sound.loudness, "LUFS") if sound else "",
    )
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="bad">{row}</tr>' if missing else f"<tr>{row}</tr>"
