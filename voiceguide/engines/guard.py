"""The guard process: ends the running speech programs when voiceguide is gone, even if killed.

It is run as a file, by `python -I -S guard.py`, and imports nothing of voiceguide. Each line on
standard input is `+PID` when a program starts, or `-PID` when it has ended. Standard input closes
when voiceguide ends, even if it is killed; the guard then ends the programs that still run.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Read until standard input ends, then end the remaining programs."""
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGHUP",
        "SIGQUIT",
    ):  # signals of the terminal; not every platform has them all
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    running: set[int] = set()
    for line in sys.stdin:
        (running.add if line[0] == "+" else running.discard)(int(line[1:]))
    for pid in running:
        end(pid)


def end(pid: int) -> None:
    """End a program and, on POSIX, its children: it leads its own process group."""
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
