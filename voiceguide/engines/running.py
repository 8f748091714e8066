"""Running another program once: with a time-out, and nothing of it left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceguide.engines.children import out_of_reach_of_ctrl_c

_LAST_WORDS = 5
"""Seconds for the pipes of a process that was killed."""


class FailedError(Exception):
    """A program did not say a text; why, as the end of a sentence."""


class TookTooLongError(Exception):
    """The program was ended, for it had not ended by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ran to its end."""

    code: int
    """Its exit code; negative is the signal that ended it."""
    out: bytes
    err: bytes

    def complaint(self) -> str:
        """How it ended, with the last line that it wrote on standard error."""
        lines = self.err.decode("utf-8", "replace").split("\n")
        said = [" ".join(line.split()) for line in lines if line.strip()]
        reason = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with {self.code}"
        return f"{reason}: {said[-1][:200]}" if said else reason


def run(
    arguments: Sequence[str], given: bytes, seconds: float, folder: Path | None = None
) -> Ended:
    """Run a program; no shell reads its arguments. `given` is its standard input.

    Raises:
        TookTooLongError: it took longer than `seconds`; it was ended, with those it had started.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        **out_of_reach_of_ctrl_c(),
    )
    try:
        out, err = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise TookTooLongError from None
    finally:  # also after Ctrl-C; and a program may leave others behind
        _end(process)
    return Ended(process.returncode, out, err)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it started, and let go of its pipes."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError, OSError):
        process.communicate(timeout=_LAST_WORDS)
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        with contextlib.suppress(OSError):
            pipe.close()
