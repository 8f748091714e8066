"""`voiceguide plan`: what happens when, as a table and a picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from voiceguide.cli import console
from voiceguide.cli.console import shown_progress
from voiceguide.cli.options import (
    Wish,
    estimate_option,
    json_option,
    open_routine,
    read_routine,
    routine_argument,
    session_options,
)
from voiceguide.errors import Problem, RoutineError, Severity

if TYPE_CHECKING:
    from voiceguide.studio import Plan


@click.command
@routine_argument()
@session_options
@estimate_option
@click.option("--all", "everything", is_flag=True, help="Show every rep and every number counted.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Draw the session into FILE instead: a picture that ends in .svg or .png.",
)
@json_option
def plan(
    routine: str,
    *,
    estimate: bool,
    everything: bool,
    output: str | None,
    as_json: bool,
    **wishes: Wish,
) -> None:
    """Show what happens when in ROUTINE: a table, and a picture of the session.

    \b
      voiceguide plan my-routine.md
      voiceguide plan constructive-rest --length 15m --estimate
      voiceguide plan ten-minute-psoas-relief -o session.svg

    The times are those of the file that `export` writes. Problems go to standard error; where one
    of them is an error, the exit code is 1. With --json, one object (see docs/JSON.md), also for a
    routine that has errors.
    """
    text = read_routine(routine)
    if output:
        _check_output(output)
    try:
        with shown_progress("Speaking") as progress:
            made = open_routine(text, wishes).plan(estimate=estimate, progress=progress)
    except RoutineError as error:
        if as_json:
            console.put_json(unplanned(error.problems))
        raise
    if output:
        _draw(made, output, quiet=as_json)
    if as_json or not output:
        _show(made, everything=everything, as_json=as_json)
    report(made.problems)


def _check_output(output: str) -> None:
    from voiceguide.studio.results import check_picture

    check_picture(output)


def _draw(made: Plan, output: str, *, quiet: bool) -> None:
    from voiceguide.studio.results import draw

    path = draw(made, output)
    if not quiet:
        console.put(str(path))


def unplanned(problems: Iterable[Problem]) -> dict[str, object]:
    """The object of `plan --json` for a routine that cannot be planned."""
    return {
        "title": None,
        "language": None,
        "duration": None,
        "exact": False,
        "chapters": [],
        "events": [],
        "problems": [problem.as_dict() for problem in problems],
    }


def report(problems: tuple[Problem, ...]) -> None:
    """Tell of warnings; raises a RoutineError where there is an error among the problems."""
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise RoutineError(problems)
    if problems:
        console.tell(*console.problem_lines(problems))


def _show(made: Plan, *, everything: bool, as_json: bool) -> None:
    from voiceguide.cli.console import ASCII, FINE, headline, line
    from voiceguide.cli.timeline import picture, table

    if as_json:
        console.put_json(made.as_dict())
        return
    width = console.width()
    glyphs = FINE if console.encodes(str(FINE)) else ASCII
    drawn = picture(made.timeline, width or console.PIPE_WIDTH, glyphs)
    told = table(made.timeline, width, everything=everything, glyphs=glyphs)
    console.put(*told, line(), *headline(made, width), line(), *drawn)
