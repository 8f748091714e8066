"""The program of the guard: ends the programs that speak when voiceguide is gone, however it went.

It is run as a file, by `python -I -S guard.py`, and knows nothing of voiceguide. Each line on
standard input is `+PID` for a program that began, or `-PID` for one that ended. Standard input ends
with voiceguide itself, also where that was killed; what has not ended by then is ended here.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Watch until standard input ends, and then end what is left."""
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGHUP",
        "SIGQUIT",
    ):  # the terminal's; not all are everywhere
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    running: set[int] = set()
    for line in sys.stdin:
        (running.add if line[0] == "+" else running.discard)(int(line[1:]))
    for pid in running:
        end(pid)


def end(pid: int) -> None:
    """End a program, and on POSIX those that it started: it leads a group of its own."""
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
