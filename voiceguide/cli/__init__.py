"""The command line: commands, progress, exit codes.

`main` is the one place where errors become words and an exit code: 0 done, 1 a problem in the
routine, 2 wrong usage, 3 the machine's fault or our own, 130 stopped by Ctrl-C.
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
"""The exit code after Ctrl-C, as shells count it."""

DEBUG = "--debug"
"""Anywhere on the command line: show the traceback of what went wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run voiceguide with the arguments of the command line; gives the exit code."""
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
"""So many new ones make Python look for unused cycles; it is 700 otherwise."""


def _collect_less() -> None:
    """Leave most cycles to the end of the process, and all that is there then to the system.

    Looking for them was a sixth of a `check` and of an export with everything kept, most of it as
    the process ended.
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
        # `doctor` may speak already, may be the way out anyway, or would find nothing
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
    """The command that the words name; click does not say where an option has no value."""
    from voiceguide.cli.app import COMMANDS, NAME

    return f"{NAME} {arguments[0]}" if arguments and arguments[0] in COMMANDS else NAME


def _unforeseen(error: Exception) -> VoiceguideError:
    """What nobody has put into words: the machine refused something, or there is a fault in us."""
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


# ── ended from outside ───────────────────────────────────────────────────────

_ENDINGS = ("SIGTERM", "SIGHUP")
"""Asked to end, and a terminal that was closed; Windows knows the first alone."""


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Within, a signal to end is as any error: what is half-written is removed.

    Handlers that a caller of `main` had are put back.
    """
    before = {}
    with suppress(ValueError):  # only a program's first thread may say so
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
