"""`voiceguide verify`: a finished file, held against what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import shown_progress
from voiceguide.cli.options import json_option, page_named

if TYPE_CHECKING:
    from voiceguide.proof import Report


@click.command
@click.argument("file", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Show every event too.")
@click.option(
    "--html", metavar="PAGE", help="Write a page with the waveform and all that was found."
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context, /, file: str, *, everything: bool, html: str | None, as_json: bool
) -> None:
    """Read FILE back, and hold it against the timeline in its tags.

    \b
      voiceguide verify ten-minute-psoas-relief.mp3
      voiceguide verify morning.m4b --html proof.html

    FILE is decoded from beginning to end: when each sound begins and ends, how long holds and sides
    are, how loud each line is, peaks, clicks, silences, chapters, length. Nothing but the file is
    needed. What falls short is named, and the exit code is 1; docs/VERIFY.md says how everything is
    measured. With --json, one object (see docs/JSON.md).
    """
    from voiceguide import proof

    page = None if html is None else page_named(html)
    with shown_progress("Listening") as progress:
        report = proof.verify(Path(file), progress)
    if page:
        writepage_named(report, page)
    show(report, everything=everything, as_json=as_json)
    ctx.exit(int(not report.passes))


def show(report: Report, *, everything: bool, as_json: bool) -> None:
    """Print what was found on standard output."""
    from voiceguide.cli.views import report_lines

    if as_json:
        console.put_json(report.as_dict())
        return
    fine = console.encodes("✓✗“”–")
    console.put(*report_lines(report, console.width(), everything=everything, fine=fine))


def writepage_named(report: Report, page: Path) -> None:
    """Write the page; an old one is replaced whole."""
    from voiceguide.files import replacing
    from voiceguide.proof.page import as_html

    with replacing(page) as out:
        out.write(as_html(report).encode())
