"""The result of verifying a file: the checks and their faults, as text and as an HTML page.

The page is one file that loads and runs nothing, enforced by its Content-Security-Policy. All text
is escaped, because a tag's text is untrusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct

from voiceguide.encode import ChapterTag
from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_tenths, show_time
from voiceguide.proof.listening import CELL, Heard, HeardSound
from voiceguide.proof.promise import FAINTEST, Promise, PromisedMoment, PromisedSound
from voiceguide.sequence import EventKind


class Evidence(Struct, frozen=True):
    """The data that checks use."""

    promise: Promise
    heard: Heard
    lengths: Sequence[int | None]
    """Measured length of each moment in samples."""
    chapters: Sequence[ChapterTag]
    """The chapters that the file lists."""

    def found(self) -> Iterator[tuple[PromisedMoment, HeardSound, PromisedSound]]:
        """Yield each moment whose sound was heard, with the sound heard and the sound promised."""
        for moment, sound in zip(self.promise.moments, self.heard.sounds, strict=True):
            if sound and moment.sound is not None:
                yield moment, sound, self.promise.sounds[moment.sound]

    def lines(self) -> Iterator[tuple[PromisedMoment, HeardSound, PromisedSound]]:
        """Yield the same for spoken lines into which nothing else sounds."""
        return (one for one in self.found() if one[2].spoken and one[1].alone)

    def measured(self) -> Iterator[tuple[PromisedMoment, int | None]]:
        """Each moment with its measured length in samples."""
        return zip(self.promise.moments, self.lengths, strict=True)


class Fault(Struct, frozen=True):
    """A place where the file falls short."""

    at: int | None
    """Position in samples; None if it concerns the whole session."""
    message: str


class Outcome(Struct, frozen=True):
    """The result of one check function."""

    measured: float | None
    limit: float | None
    faults: tuple[Fault, ...] = ()


class Check(Struct, frozen=True):
    """A named check; it passes if it has no faults."""

    name: str
    """A word or two: `times`, `true peak`."""
    about: str
    """What it looks at, as a phrase."""
    measured: float | None
    """The worst value found, in `unit`; None if there was nothing to measure."""
    limit: float | None
    """The allowed value, in `unit`; None if there is no limit."""
    unit: str
    """`ms`, `LU`, `dBTP`, …; empty for a plain number."""
    faults: tuple[Fault, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether there are no faults."""
        return not self.faults


class Report(Struct, frozen=True):
    """A file with its promise, what was heard in it, and the checks."""

    path: Path
    promise: Promise
    heard: Heard
    checks: tuple[Check, ...]
    lengths: tuple[int | None, ...]
    """Measured length of each moment in samples; None where it could not be measured."""

    @property
    def passes(self) -> bool:
        """Whether the file holds everything that it promises."""
        return all(check.passes for check in self.checks)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of all checks, in their order."""
        return tuple(fault for check in self.checks for fault in check.faults)

    @property
    def events(self) -> Iterator[tuple[PromisedMoment, HeardSound | None, int | None]]:
        """Each moment with its sound as heard and its measured length in samples."""
        return zip(self.promise.moments, self.heard.sounds, self.lengths, strict=True)

    def as_dict(self) -> dict[str, object]:
        """The object of `verify --json`."""
        return {
            "file": str(self.path),
            "title": self.promise.title,
            "language": self.promise.language,
            "passes": self.passes,
            "duration": in_seconds(self.promise.length),
            "measured_duration": in_seconds(self.heard.length),
            "sample_rate": self.heard.rate,
            "codec": self.heard.codec,
            "channels": self.heard.channels,
            "checks": [_check(check) for check in self.checks],
            "events": [self._event(*event) for event in self.events],
        }

    def _event(
        self, moment: PromisedMoment, heard: HeardSound | None, length: int | None
    ) -> dict[str, object]:
        promised = self.promise.sound_of(moment)
        chapters = self.promise.chapters
        planned = promised.loudness + moment.level if promised and promised.fingerprint else None
        return {
            "at": in_seconds(moment.position),
            "measured_at": in_seconds(moment.position + heard.late) if heard else None,
            "duration": in_seconds(moment.length),
            "measured_duration": None if length is None else in_seconds(length),
            "kind": moment.kind,
            "text": moment.text,
            "side": moment.side,
            "round": moment.round,
            "rep": moment.rep,
            "chapter": None if moment.chapter is None else chapters[moment.chapter].title,
            "loudness": None if planned is None else round(planned, 2),
            "measured_loudness": round(heard.loudness, 2) if heard else None,
            "alike": round(heard.alike, 3) if heard else None,
        }


def _check(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "passes": check.passes,
        "measured": None if check.measured is None else round(check.measured, 3),
        "limit": check.limit,
        "unit": check.unit or None,
        "faults": [
            {"at": None if fault.at is None else in_seconds(fault.at), "message": fault.message}
            for fault in check.faults
        ],
    }


# ── measurements as text ─────────────────────────────────────────────────────


GROUND = "ground"
"""Name of the check whose limit is the promised level."""


def figure(value: float | None, unit: str) -> str:
    """Show a value, such as `0.16 LU`, `-1.7 dBTP` or `silent`; a dash for None."""
    if value is None:
        return "–"
    if unit == "dBFS" and value <= FAINTEST:
        return "silent"
    digits = {"": 0, "dBFS": 0, "LU": 2}.get(unit, 1)
    return f"{round(value, digits) + 0.0:.{digits}f} {unit}".rstrip()


def limit(check: Check) -> str:
    """Show a check's limit, such as `at most 5.0 ms`; empty if there is none."""
    if check.limit is None:
        return ""
    if not check.limit:
        return "none" if check.name == "sounds missing" else f"at most 0 {check.unit}"
    if check.name == GROUND:
        return f"promised {figure(check.limit, check.unit)}"
    return f"at most {figure(check.limit, check.unit)}"


def off_by(count: int | None) -> str:
    """Show a deviation in samples as milliseconds with its sign; empty for None."""
    return "" if count is None else f"{count * 1000 / SAMPLE_RATE + 0.0:+.1f} ms"


def clock(position: int) -> str:
    """Show a sample's time to the tenth of a second: `1:02.5`."""
    return show_tenths(in_seconds(position))


def verdict(report: Report) -> str:
    """Summarise the report in a sentence."""
    sounds = sum(sound is not None for sound in report.heard.sounds)
    count = len(report.faults)
    if not count:
        return f"Everything is as promised: {sounds} sounds, {len(report.checks)} checks."
    return f"{count} thing{'s fall' if count > 1 else ' falls'} short."


_QUOTED = 80
"""Most characters of a line that are quoted."""

_NOUNS = {kind.value: kind.noun for kind in EventKind}


def named(moment: PromisedMoment) -> str:
    """Name a moment in a sentence, such as: the line “Switch sides.”, the left hold."""
    side = f"{moment.side} " if moment.side and _NOUNS.get(moment.kind) == moment.kind else ""
    text = moment.text or ""
    if len(text) > _QUOTED:
        text = f"{text[:_QUOTED]}…"
    quoted = f" “{text}”" if text else ""
    return f"the {side}{_NOUNS.get(moment.kind, moment.kind)}{quoted}"


# ── the picture on the page: rows of time with the waveform and the events ───


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
