"""The command line: commands, progress, exit codes.

`main` is the one place where errors become words and an exit code: 0 done, 1 a problem in the
routine, 2 wrong usage, 3 the machine's fault, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

__all__ = ["main"]

STOPPED = 128 + signal.SIGINT
"""The exit code after Ctrl-C, as shells count it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run voiceguide with the arguments of the command line; gives the exit code."""
    try:
        with suppress(ValueError):  # only a program's first thread may say so
            signal.signal(signal.SIGTERM, _end)
        return _run(arguments)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from voiceguide.cli import console
    from voiceguide.cli.app import NAME, app
    from voiceguide.errors import UsageError, VoiceguideError

    console.forgive_characters()
    try:
        try:
            return app.main(arguments, prog_name=NAME, standalone_mode=False) or 0
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else NAME
            way_out = f"`{command} --help` shows how it is used"
            raise UsageError(" ".join(error.format_message().split()), way_out) from None
        except click.Abort:
            raise KeyboardInterrupt from None
    except VoiceguideError as error:
        console.tell(*console.error_lines(error))
        return error.exit_code


def _end(number: int, _frame: FrameType | None) -> None:
    """Ended by the system: leave as after any error, so that nothing half-written stays."""
    sys.exit(128 + number)
