"""`voiceguide programme`: write weeks of sessions as an album, with a playlist and a calendar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, Styled, counted, line, shown_progress, titled
from voiceguide.cli.export import NAMES
from voiceguide.cli.plan import report
from voiceguide.errors import RoutineError

if TYPE_CHECKING:
    from datetime import date, time

    from voiceguide.programme import Course, ProgrammeExport, ProgrammePlan
    from voiceguide.programme.plan import PlannedSession

MANY = 8
"""Number of files from which worker processes pay off."""


@click.command
@click.argument("programme", metavar="PROGRAMME", shell_complete=options.complete_programme)
@click.option("--start", metavar="DATE", required=True, help="The first day: `2026-12-01`.")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="Output folder, made if it is missing.  "
    "[default: the programme's name, in the current folder]",
)
@click.option(
    "--at", metavar="TIME", help="Time of day of each session: `07:30`.  [default: all day]"
)
@options.voice_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(NAMES),
    default="mp3",
    help="Format of the files.  [default: mp3]",
)
@click.option(
    "--bitrate",
    type=int,
    metavar="KBPS",
    help="Bit rate of compressed formats.  [default: for MP3 64]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Number of files made at once.  [default: all cores]",
)
@click.option("--dry-run", is_flag=True, help="Find all problems and show the days; write nothing.")
@options.json_option
def programme(
    programme: str,
    *,
    start: str,
    output: str | None,
    at: str | None,
    voice: str | None,
    format_: str,
    bitrate: int | None,
    jobs: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the sessions of PROGRAMME: numbered files, a playlist and a calendar.

    \b
      voiceguide programme four-week-psoas --start 2026-12-01 --dry-run
      voiceguide programme four-week-psoas --start 2026-12-01 --at 07:30 -o psoas
      voiceguide programme four-week-psoas --start 2026-12-01 --format opus -o for-my-phone

    PROGRAMME is a path, or the name of one that comes with voiceguide: four-week-psoas. A session
    that occurs several times is one file. Files of the same names are replaced when the new ones
    are complete; nothing else in DIR is touched. The paths of the files are printed; with --json,
    one object instead (see docs/JSON.md). docs/PROGRAMMES.md describes how to write a programme.
    """
    from voiceguide.programme import load_text, read, read_date, read_time, unplanned

    first, time_ = read_date(start), read_time(at) if at else None
    text = read(programme)
    try:
        course = load_text(text, voice=voice)
        if dry_run:
            course.checked(output or course.name, bitrate, format_)
            _plan(course, first, time_, as_json=as_json)
        else:
            how = {"at": time_, "kbps": bitrate, "format": format_}
            _export(course, output or course.name, first, how, jobs, as_json=as_json)
    except RoutineError as error:
        if as_json:
            console.put_json(unplanned(error.problems))
        raise


def _plan(course: Course, start: date, at: time | None, *, as_json: bool) -> None:
    from voiceguide.programme import planned

    with shown_progress("Speaking") as progress:
        plan = course.plan(start, at=at, progress=progress)
    if as_json:
        console.put_json(planned(plan))
    else:
        width = console.width()
        console.put(*_table(plan, width), line(), *titled(course.title, _summary(plan), width))
    report(plan.problems)


def _export(
    course: Course,
    folder: str,
    start: date,
    how: dict[str, Any],
    jobs: int | None,
    *,
    as_json: bool,
) -> None:
    """Write the files; `how` holds further arguments of `Course.export`."""
    from voiceguide.catalogue.pool import cores, makes_tracks

    count = jobs or (cores() if len(course.takes) >= MANY else 1)
    carry_out = makes_tracks(count) if count > 1 else None
    with shown_progress("Exporting") as progress:
        done = course.export(folder, start, **how, carry_out=carry_out, progress=progress)
    if as_json:
        console.put_json(done.as_dict())
    else:
        console.put(*map(str, (*done.files, done.playlist, done.calendar)))
    report(done.plan.problems)
    if console.is_terminal(sys.stderr):
        console.tell(*titled(course.title, _summary(done.plan, done), None))


def _summary(plan: ProgrammePlan, done: ProgrammeExport | None = None) -> str:
    """Show `19 sessions from Tuesday 1 December 2026 to …, 16 files of 3:47:51, espeak:en-us`."""
    from voiceguide.lengths import show_time
    from voiceguide.programme.plan import date_text

    sessions = counted(len(plan.sessions), "session")
    files = counted(len(plan.tracks), "file")
    length = show_time(sum(track.duration for track in plan.tracks))
    parts = (
        f"{sessions} from {date_text(plan.sessions[0].day)} to {date_text(plan.last_day)}",
        f"{files} of {length}",
        console.size_text(sum(done.sizes)) if done else "",
        plan.voice,
    )
    return ", ".join(filter(None, parts))


def _table(plan: ProgrammePlan, width: int | None) -> Iterator[Line]:
    """Yield the sessions of each week: date, time, length, file, and how it is given."""
    columns = (Column(), Column(), Column(right=True), Column(), Column(style="dim"))
    rows = iter(console.blocks(columns, map(_cells, plan.sessions), width, "  "))
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
        PurePath(session.track.file).stem,
        ", ".join(filter(None, session.manner[1:])),
    )
