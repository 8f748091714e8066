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
@click.option("--strict", is_flag=True, help="Take every warning for an error.")
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
    """Find every problem in each ROUTINE: its place, what is wrong, a way out.

    \b
      voiceguide check my-routine.md
      voiceguide check --level gentle *.md
      voiceguide check --strict *.md

    Warnings tell of what an author may have forgotten, and name the rule that finds it; `allow:
    NAME` in the front matter switches a rule off.

    Cues that do not fit are found by speaking the texts; where no engine can, their lengths are
    estimated. The exit code is 1 where anything is an error, 0 where there are only warnings. With
    --json, one object with all problems (see docs/JSON.md).
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
    """Answer an editor that speaks the language server protocol, on standard input and output.

    \b
      voiceguide lsp

    The editor begins it, and ends it. It gets the problems that `check` finds, as they are typed,
    what can be completed, how long a line takes, and the form that `fmt` writes. docs/EDITORS.md
    says what to tell VS Code, Vim and Helix. It needs the extra `lsp`; without it, it says the
    command that brings it.
    """
    from voiceguide.installation import bring

    if find_spec("pygls") is None:
        raise MachineError(
            "the language server needs a package that is not installed: `pygls`",
            bring("lsp"),
        )
    from voiceguide.lsp import make_server

    make_server().start_io()
