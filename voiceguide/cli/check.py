"""`voiceguide check` and `lsp`: find every problem in files, on request and while typing."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from voiceguide.cli import console, options
from voiceguide.cli.console import counted, shown_progress
from voiceguide.errors import MachineError, Severity

if TYPE_CHECKING:
    from voiceguide.studio import Plan, Session


@click.command
@options.routine_argument("routines", nargs=-1, required=True)
@options.session_options
@options.estimate_option
@click.option("--strict", is_flag=True, help="Treat every warning as an error.")
@options.json_option
@click.pass_context
def check(
    ctx: click.Context,
    /,
    routines: tuple[str, ...],
    *,
    estimate: bool,
    strict: bool,
    as_json: bool,
    **wishes: options.Wish,
) -> None:
    """Find every problem in each ROUTINE: its place, what is wrong, and how to fix it.

    \b
      voiceguide check my-routine.md
      voiceguide check --level gentle *.md
      voiceguide check --strict *.md

    Warnings point to what an author may have forgotten, and name their rule; `allow: NAME` in the
    front matter turns a rule off.

    To find cues that do not fit, the texts are spoken; if no engine works, their lengths are
    estimated. The exit code is 1 if there is an error, and 0 if there are only warnings. With
    --json, prints one object with all problems (see docs/JSON.md).
    """
    from voiceguide.studio.editing import examine

    texts = [options.read_routine(routine) for routine in routines]
    planner = _Planner(estimate=estimate)
    problems = [
        problem
        for text in texts
        for problem in examine(partial(options.open_routine, text, wishes), planner.plan).problems
    ]
    if strict:
        problems = [replace(problem, severity=Severity.ERROR) for problem in problems]
    if as_json:
        found = [problem.as_dict() for problem in problems]
        console.put_json({"problems": found, "files": len(texts)})
    elif problems:
        console.put(*console.problem_lines(problems))
    else:
        console.tell(f"No problems in {counted(len(texts), 'routine')}.")
    ctx.exit(int(any(problem.severity is Severity.ERROR for problem in problems)))


class _Planner:
    """Plans exactly while an engine speaks, then by estimated lengths, which it reports once."""

    def __init__(self, *, estimate: bool) -> None:
        self._estimate = estimate

    def plan(self, session: Session) -> Plan:
        """Plan a session, exactly or estimated."""
        if not self._estimate:
            try:
                with shown_progress("Speaking") as progress:
                    return session.plan(progress=progress)
            except MachineError as error:
                self._estimate = True
                console.tell(*console.error_lines(error))
                console.tell("The lengths of spoken texts are estimated instead.")
        return session.plan(estimate=True)


@click.command
def lsp() -> None:
    """Run the language server for an editor, on standard input and output.

    \b
      voiceguide lsp

    The editor starts and stops it. While you type, it reports the problems that `check` finds,
    completes words, shows how long a line takes, and formats as `fmt` does. docs/EDITORS.md
    describes how to set up VS Code, Vim and Helix. It needs the extra `lsp`; if that is missing, it
    prints the command that installs it.
    """
    from voiceguide.installation import bring

    if find_spec("pygls") is None:
        raise MachineError(
            "the language server needs a package that is not installed: `pygls`", bring("lsp")
        )
    from voiceguide.lsp import make_server

    make_server().start_io()
