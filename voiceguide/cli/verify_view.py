"""A report as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rich.cells import cell_len

from voiceguide.cli.ink import Ink, Line, fitted, line, wrapped
from voiceguide.cli.words import titled
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof import Check, Fault, Report
from voiceguide.proof.figures import MEANINGS, clock, figure, limit, verdict
from voiceguide.proof.heard import HeardSound
from voiceguide.proof.promise import Moment

GAP = "  "
_PLAIN = str.maketrans({"✓": "+", "✗": "!", "“": '"', "”": '"', "–": "-"})
"""For terminals that know no others."""


def told(report: Report, width: int | None, *, everything: bool, fine: bool) -> Iterator[Line]:
    """The lines of a report, at most `width` cells wide; None means as wide as they are."""
    lines = _lines(report, width, everything=everything)
    return lines if fine else map(_plain, lines)


def _lines(report: Report, width: int | None, *, everything: bool) -> Iterator[Line]:
    heard = report.heard
    said = f"{clock(heard.length)}, {heard.rate / 1000:g} kHz, {report.path.name}"
    yield from titled(report.promise.title, said, width)
    if everything:
        yield line()
        yield from _events(report, width)
    yield line()
    yield from _checks(report, width)
    yield line()
    for fault in report.faults:
        yield from _fault(fault, width)
    yield line(Ink(verdict(report), "good" if report.passes else "bad"))


# ── checks ───────────────────────────────────────────────────────────────────


def _checks(report: Report, width: int | None) -> Iterator[Line]:
    rows = [(one.name, figure(one.measured, one.unit), limit(one)) for one in report.checks]
    names, figures, limits = (max(map(cell_len, column)) for column in zip(*rows, strict=True))
    room = None if width is None else width - 2 - names - figures - limits - 3 * len(GAP)
    for check, (name, measured, most) in zip(report.checks, rows, strict=True):
        cells = (fitted(name, names), fitted(measured, figures, right=True), fitted(most, limits))
        about = MEANINGS[check.name]
        shown = about if room is None or cell_len(about) <= room else ""
        yield _check(check, cells, shown)


def _check(check: Check, cells: tuple[str, str, str], about: str) -> Line:
    name, measured, most = cells
    mark = Ink("✓ ", "good") if check.passes else Ink("✗ ", "bad")
    style = Ink(measured, "" if check.passes else "bad")
    return line(mark, name, GAP, style, GAP, Ink(most, "dim"), GAP, Ink(about, "dim"))


def _fault(fault: Fault, width: int | None) -> Iterator[Line]:
    at = "" if fault.at is None else clock(fault.at)
    room = None if width is None else max(20, width - 10)
    first, *others = wrapped(fault.message, room)
    yield line(Ink(at.rjust(8), "dim"), GAP, first)
    yield from (line(" " * 10, other) for other in others)


# ── events ───────────────────────────────────────────────────────────────────


def _events(report: Report, width: int | None) -> Iterator[Line]:
    """Each event: its time, by how many milliseconds it is off, its length and the same of it."""
    rows = [("time", "off by", "length", "off by", "LUFS", "what"), *_rows(report)]
    wide = [max(map(cell_len, column)) for column in zip(*rows, strict=True)][:-1]
    before = sum(wide) + len(GAP) * len(wide)
    room = None if width is None else max(8, width - before)
    for number, (*figures, what) in enumerate(rows):
        cells = map(partial(fitted, right=True), figures, wide)
        first, *others = wrapped(what, room)
        text = Ink(first) if number else Ink(first, "dim")
        yield line(Ink("".join(cell + GAP for cell in cells), "dim"), text)
        yield from (line(" " * before, other) for other in others)


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    both = zip(report.promise.moments, report.heard.sounds, report.lengths, strict=True)
    for moment, sound, length in both:
        yield (
            clock(moment.position),
            _late(report, moment, sound),
            f"{moment.length / SAMPLE_RATE:.1f} s",
            _off(None if length is None else length - moment.length),
            f"{sound.loudness:.1f}" if sound else "",
            " ".join(filter(None, (moment.side, moment.kind, moment.text))),
        )


def _late(report: Report, moment: Moment, sound: HeardSound | None) -> str:
    return (
        "missing" if moment.sound is not None and not sound else _off(sound.late if sound else None)
    )


def _off(count: int | None) -> str:
    return "" if count is None else f"{count * 1000 / SAMPLE_RATE + 0.0:+.1f} ms"


def _plain(shown: Line) -> Line:
    return tuple(Ink(ink.text.translate(_PLAIN), ink.style) for ink in shown)
