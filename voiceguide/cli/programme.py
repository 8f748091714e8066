"""`voiceguide programme`: some weeks of sessions as an album, with a playlist and a calendar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import (
    Column,
    Line,
    Styled,
    blocks,
    counted,
    line,
    shown_progress,
    size_text,
    titled,
)
from voiceguide.cli.options import complete_programme, json_option, voice_option
from voiceguide.cli.plan import report
from voiceguide.errors import RoutineError

if TYPE_CHECKING:
    from datetime import date, time

    from voiceguide.programme import Course, ProgrammeExport, ProgrammePlan
    from voiceguide.programme.plan import PlannedSession


@click.command
@click.argument("programme", metavar="PROGRAMME", shell_complete=complete_programme)
@click.option("--start", metavar="DATE", required=True, help="The first day: `2026-12-01`.")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="Where to: a folder, made if it is missing.  "
    "[default: the programme's name, in the current folder]",
)
@click.option(
    "--at", metavar="TIME", help="When each day's session begins: `07:30`.  [default: all day]"
)
@voice_option
@click.option(
    "--bitrate", type=int, default=64, show_default=True, metavar="KBPS", help="Of the MP3s."
)
@click.option("--dry-run", is_flag=True, help="Find every problem, show the days, write nothing.")
@json_option
def programme(
    programme: str,
    *,
    start: str,
    output: str | None,
    at: str | None,
    voice: str | None,
    bitrate: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the sessions of PROGRAMME: numbered MP3 files, a playlist, and a calendar of its days.

    \b
      voiceguide programme four-week-psoas --start 2026-12-01 --dry-run
      voiceguide programme four-week-psoas --start 2026-12-01 --at 07:30 -o psoas

    PROGRAMME is a path, or the name of one that comes with voiceguide: four-week-psoas. A session
    that comes several times is one file. Files of the same names are replaced when the new ones are
    complete; nothing else in DIR is touched. The paths of the files are printed; with --json, one
    object (see docs/JSON.md) instead. docs/PROGRAMMES.md tells how to write one.
    """
    from voiceguide.programme import load_text, read, read_date, read_time
    from voiceguide.programme.exporting import unplanned

    first, time_ = read_date(start), read_time(at) if at else None
    text = read(programme)
    try:
        course = load_text(text, voice=voice)
        if dry_run:
            _plan(course, first, time_, as_json=as_json)
        else:
            _export(course, output or course.name, first, time_, bitrate, as_json=as_json)
    except RoutineError as error:
        if as_json:
            console.put_json(unplanned(error.problems))
        raise


def _plan(course: Course, start: date, at: time | None, *, as_json: bool) -> None:
    from voiceguide.programme.exporting import planned

    with shown_progress("Speaking") as progress:
        plan = course.plan(start, at=at, progress=progress)
    if as_json:
        console.put_json(planned(plan))
    else:
        width = console.width()
        console.put(*_table(plan, width), line(), *titled(course.title, _summary(plan), width))
    report(plan.problems)


def _export(
    course: Course, folder: str, start: date, at: time | None, kbps: int, *, as_json: bool
) -> None:

    with shown_progress("Exporting") as progress:
        done = course.export(folder, start, at=at, kbps=kbps, progress=progress)
    if as_json:
        console.put_json(done.as_dict())
    else:
        console.put(*map(str, (*done.files, done.playlist, done.calendar)))
    report(done.plan.problems)
    if console.is_terminal(sys.stderr):
        console.tell(*titled(course.title, _summary(done.plan, done), None))


def _summary(plan: ProgrammePlan, done: ProgrammeExport | None = None) -> str:
    """`19 sessions from Tuesday 1 December 2026 to …, 16 files of 3:47:51, espeak:en-us`."""
    from voiceguide.lengths import show_time
    from voiceguide.programme.plan import date_text

    sessions = counted(len(plan.sessions), "session")
    files = counted(len(plan.tracks), "file")
    length = show_time(sum(track.duration for track in plan.tracks))
    parts = (
        f"{sessions} from {date_text(plan.sessions[0].day)} to {date_text(plan.last_day)}",
        f"{files} of {length}",
        size_text(sum(done.sizes)) if done else "",
        plan.voice,
    )
    return ", ".join(filter(None, parts))


# ── the days as a table ──────────────────────────────────────────────────────


def _table(plan: ProgrammePlan, width: int | None) -> Iterator[Line]:
    """The sessions of each week: date, time, length, file, and how the routine is given."""
    columns = (Column(), Column(), Column(right=True), Column(), Column(style="dim"))
    rows = iter(blocks(columns, map(_cells, plan.sessions), width, "  "))
    for number, week in enumerate(plan.programme.weeks, 1):
        if number > 1:
            yield line()
        yield line(Styled(f"Week {number}", "title"), f"  {week.title}" if week.title else "")
        for _ in (session for session in plan.sessions if session.week == number):
            yield from next(rows)


def _cells(session: PlannedSession) -> tuple[str, ...]:
    from voiceguide.lengths import show_time
    from voiceguide.programme.plan import short_date_text

    return (
        short_date_text(session.day),
        f"{session.begins:%H:%M}" if session.begins else "",
        show_time(session.track.duration),
        session.track.file.removesuffix(".mp3"),
        ", ".join(filter(None, session.manner[1:])),
    )
