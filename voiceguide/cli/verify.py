"""`voiceguide verify`: compare a finished file with what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from voiceguide import proof
from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, blocks, line, lines_of, table, titled
from voiceguide.cli.options import json_option, page_named
from voiceguide.files import replacing
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof import Check, Report
from voiceguide.proof.report import as_html, clock, figure, limit, off_by, verdict


@click.command
@click.argument("file", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Also show every event.")
@click.option("--html", metavar="PAGE", help="Write a page with the waveform and all results.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context, /, file: str, *, everything: bool, html: str | None, as_json: bool
) -> None:
    """Decode FILE and compare it with the timeline in its tags.

    \b
      voiceguide verify ten-minute-psoas-relief.mp3
      voiceguide verify morning.m4b --html proof.html

    FILE is decoded from beginning to end and measured: when each sound begins and ends, how long
    holds and sides are, how loud each line is, peaks, clicks, silences, chapters, length. Only the
    file is needed. If a check fails, the fault is named and the exit code is 1; docs/VERIFY.md
    describes how everything is measured. With --json, prints one object (see docs/JSON.md).
    """
    page = None if html is None else page_named(html)
    with console.shown_progress("Listening") as progress:
        report = proof.verify(Path(file), progress)
    if page:
        with replacing(page) as out:
            out.write(as_html(report).encode())
    if as_json:
        console.put_json(report.as_dict())
    else:
        fine = console.encodes("✓✗“”–")
        console.put(*report_lines(report, console.width(), everything=everything, fine=fine))
    ctx.exit(int(not report.passes))


# ── a report as lines for a terminal ─────────────────────────────────────────


_PLAIN_MARKS = str.maketrans({"✓": "+", "✗": "!", "“": '"', "”": '"', "–": "-"})
"""Replacements for terminals without these characters."""

_NARROW = 72
"""Width in columns below which a check's description is under its figures."""

_CHECK_COLUMNS = (Column(), Column(), Column(right=True), Column(style="dim"), Column(style="dim"))

_EVENT_COLUMNS = (
    *(Column(head, "dim", right=True) for head in ("time", "off by", "length", "off by", "LUFS")),
    Column("what"),
)


def report_lines(
    report: Report, width: int | None, *, everything: bool, fine: bool
) -> Iterator[Line]:
    """Yield a report's lines, at most `width` cells wide; None means unlimited."""
    for shown in _report_lines(report, width, everything=everything):
        plainly = (Styled(one.text.translate(_PLAIN_MARKS), one.style) for one in shown)
        yield shown if fine else tuple(plainly)


def _report_lines(report: Report, width: int | None, *, everything: bool) -> Iterator[Line]:
    heard = report.heard
    about = f"{clock(heard.length)}, {heard.rate / 1000:g} kHz, {report.path.name}"
    yield from titled(report.promise.title, about, width)
    if everything:
        yield line()
        yield from table(_EVENT_COLUMNS, _event_rows(report), width)
    yield line()
    yield from _check_lines(report, width)
    yield line()
    faults = (("" if f.at is None else clock(f.at), f.message) for f in report.faults)
    yield from table((Column(style="dim", right=True), Column()), faults, width)
    yield from lines_of(verdict(report), width, "good" if report.passes else "bad")


def _check_lines(report: Report, width: int | None) -> Iterator[Line]:
    """Yield a row per check; if too narrow, with its description under its figures."""
    rows = list(map(_check_row, report.checks))
    if width is None or width >= _NARROW:
        yield from table(_CHECK_COLUMNS, rows, width)
        return
    made = blocks(_CHECK_COLUMNS[:-1], [row[:-1] for row in rows], width)
    for check, shown in zip(report.checks, made, strict=True):
        yield from (*shown, *lines_of(check.about, width, "dim", "   "))


def _check_row(check: Check) -> tuple[Styled | str, ...]:
    passes = check.passes
    mark = Styled("✓", "good") if passes else Styled("✗", "bad")
    measured = Styled(figure(check.measured, check.unit), "" if passes else "bad")
    return mark, check.name, measured, limit(check), check.about


def _event_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """Yield each event's time and length with their errors in ms, its loudness, and what it is."""
    for moment, sound, length in report.events:
        missing = moment.sound is not None and not sound
        yield (
            clock(moment.position),
            "missing" if missing else off_by(sound.late if sound else None),
            f"{moment.length / SAMPLE_RATE:.1f} s",
            off_by(None if length is None else length - moment.length),
            f"{sound.loudness:.1f}" if sound else "",
            " ".join(filter(None, (moment.side, moment.kind, moment.text))),
        )
