"""The keys that are pressed at a terminal, at once and without an echo."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Protocol

from voiceguide.player import Command

MEANINGS = {
    " ": Command.TOGGLE,
    "p": Command.TOGGLE,
    "n": Command.NEXT,
    "b": Command.BACK,
    "r": Command.REPEAT,
    "+": Command.MORE,
    "=": Command.MORE,  # a plus without Shift
    "-": Command.END,
    "q": Command.QUIT,
    "\x1b[C": Command.NEXT,  # the arrow to the right
    "\x1b[D": Command.BACK,
}
"""What each key asks for; capitals count as small letters."""


class Keys(Protocol):
    """Where keys come from."""

    def wait(self, seconds: float) -> str:
        """What is pressed within so many seconds, or nothing."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def commands_of(pressed: str) -> Iterator[Command]:
    """What some keys ask for; those without a meaning ask for nothing."""
    rest = pressed.lower()
    while rest:
        key = rest[:3].upper() if rest.startswith("\x1b[") else rest[0]
        rest = rest[len(key) :]
        if key in MEANINGS:
            yield MEANINGS[key]


if sys.platform == "win32":  # pragma: no cover
    import msvcrt
    import time

    class TerminalKeys:
        """The keys of a Windows console, which has to be asked again and again."""

        def wait(self, seconds: float) -> str:
            """What is pressed within so many seconds, or nothing."""
            until = time.monotonic() + seconds
            while not msvcrt.kbhit():
                if time.monotonic() >= until:
                    return ""
                time.sleep(0.02)
            return msvcrt.getwch()

        def close(self) -> None:
            """There is nothing to be left otherwise."""

else:
    import select
    import termios
    import tty

    class TerminalKeys:
        """The keys of a terminal that gives them one by one, until it is closed."""

        def __init__(self) -> None:
            self._file = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file)

        def wait(self, seconds: float) -> str:
            """What is pressed within so many seconds, or nothing."""
            ready, _, _ = select.select([self._file], [], [], seconds)
            return os.read(self._file, 32).decode(errors="ignore") if ready else ""

        def close(self) -> None:
            """Leave the terminal as it was."""
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)


def open_keys() -> Keys | None:
    """The keys of the terminal; None where standard input is none."""
    return TerminalKeys() if sys.stdin.isatty() else None
