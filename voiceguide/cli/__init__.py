"""The command line: commands, progress, exit codes.

`main` is the only place that turns errors into messages and an exit code: 0 done, 1 a problem in
the routine, 2 wrong usage, 3 a fault of the machine or of voiceguide, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import atexit
import errno
import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceguide.errors import VoiceguideError

__all__ = ["main"]

STOPPED = 128 + signal.SIGINT
"""Exit code after Ctrl-C, as in shells."""

DEBUG = "--debug"
"""Option, anywhere on the command line, that shows the traceback of an error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run voiceguide with command-line arguments and return the exit code."""
    if arguments is None:
        _collect_less()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = given[: given.index("--")] if "--" in given else given
    debug = DEBUG in options
    if debug:
        given.remove(DEBUG)
    try:
        with _ended_politely():
            return _run(given, debug=debug)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


_OBJECTS = 50_000
"""New objects before Python collects cycles; its default is 700."""


def _collect_less() -> None:
    """Collect cycles rarely, and not at all when the process ends.

    Collecting took a sixth of a `check` and of a fully cached export, most of it at exit.
    """
    gc.set_threshold(_OBJECTS)
    atexit.register(gc.freeze)


def _run(arguments: Sequence[str], *, debug: bool) -> int:
    from voiceguide.cli import console
    from voiceguide.errors import MachineError, VoiceguideError
    from voiceguide.files import SHORTER_NAME

    console.forgive_characters()
    try:
        return _command(arguments)
    except Exception as error:
        if debug:
            import traceback

            traceback.print_exc()
        told = error if isinstance(error, VoiceguideError) else _unforeseen(error)
        console.tell(*console.error_lines(told))
        # no advice to run `doctor` if it runs already, is named anyway, or would find nothing
        known = "voiceguide doctor" in told.help or told.help == SHORTER_NAME
        if told.exit_code == MachineError.exit_code and not (known or "doctor" in arguments):
            console.tell(console.FIRST_AID)
        return told.exit_code


def _command(arguments: Sequence[str]) -> int:
    import click

    from voiceguide.cli.app import NAME, app
    from voiceguide.errors import UsageError

    try:
        return app.main(arguments, prog_name=NAME, standalone_mode=False) or 0
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else _named(arguments)
        way_out = f"`{command} --help` shows how it is used"
        raise UsageError(" ".join(error.format_message().split()), way_out) from None
    except click.Abort:
        raise KeyboardInterrupt from None


def _named(arguments: Sequence[str]) -> str:
    """Name the command; click does not know it if an option lacks its value."""
    from voiceguide.cli.app import COMMANDS, NAME

    return f"{NAME} {arguments[0]}" if arguments and arguments[0] in COMMANDS else NAME


def _unforeseen(error: Exception) -> VoiceguideError:
    """Convert an unexpected error: a fault of the machine, or a bug in voiceguide."""
    from voiceguide.errors import MachineError
    from voiceguide.files import SHORTER_NAME

    if isinstance(error, MemoryError):
        return MachineError("there is not enough memory", "end other programs, and try again")
    if isinstance(error, OSError) and error.strerror:
        named = f"`{error.filename}`: " if error.filename else ""
        shorter = error.errno == errno.ENAMETOOLONG
        way_out = SHORTER_NAME if shorter else "`voiceguide doctor` looks at this machine"
        return MachineError(f"{named}{error.strerror}", way_out)
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    again = f"run it again with `{DEBUG}`, and report what it shows"
    return MachineError(f"voiceguide has a fault ({text})", again)


# ── termination signals ──────────────────────────────────────────────────────

_ENDINGS = ("SIGTERM", "SIGHUP")
"""A request to terminate, and a closed terminal; Windows has only the first."""


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Raise SystemExit on a termination signal in this context, so that partial files are removed.

    The handlers of `main`'s caller are restored afterwards.
    """
    before = {}
    with suppress(ValueError):  # only the main thread may set handlers
        for number in (getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under `nohup`
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
