"""Opening the routine that a command names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from voiceguide import studio
from voiceguide.cli import console
from voiceguide.cli.options import Wish, given
from voiceguide.studio.opening import MOST_BYTES, read

STDIN = "-"


def read_routine(routine: str) -> studio.SourceText:
    """The text of a path, of a name from the library, or of standard input.

    Raises:
        UsageError: there is no such routine, or it cannot be read.
    """
    if routine != STDIN:
        return read(routine)
    if console.is_terminal(sys.stdin):
        console.tell("Type or paste the routine, then press Ctrl-D (on Windows Ctrl-Z, Enter).")
    return studio.SourceText(sys.stdin.buffer.read(MOST_BYTES + 1), STDIN, Path.cwd())


def open_routine(text: studio.SourceText, wishes: Mapping[str, Wish]) -> studio.Session:
    """A session of the text, with the options of the command line.

    Raises:
        RoutineError: the routine has problems.
        UsageError: an option makes no sense.
    """
    return studio.load_text(text, **given(wishes))
