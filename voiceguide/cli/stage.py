"""Where a session that is played is seen: a screen of its own, or a line an event in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Protocol

from voiceguide.cli import console
from voiceguide.cli.glyphs import ASCII, FINE
from voiceguide.cli.ink import Line, painted, plain
from voiceguide.cli.play_view import View, screen, told
from voiceguide.lengths import samples
from voiceguide.player import Now, State
from voiceguide.sequence import Kind
from voiceguide.timeline import Timeline

_ENTER = "\x1b[?1049h\x1b[?25l"
"""Another screen, without a cursor; what stood in the terminal comes back after it."""

JUMP = samples(5)
"""Samples: what moves on by more was moved by the listener."""

_LEAVE = "\x1b[?25h\x1b[?1049l"

_TOLD = (Kind.SAY, Kind.HOLD, Kind.REPS, Kind.REST, Kind.WAIT, Kind.READY, Kind.CHANGE)
"""What has a line of its own in a pipe."""


class Stage(Protocol):
    """Where a session is seen."""

    def show(self, view: View, now: Now, state: State, timeline: Timeline) -> None:
        """Show the moment."""

    def close(self) -> None:
        """Leave everything as it was."""


def open_stage() -> Stage:
    """The terminal's screen, or lines where standard output is none."""
    return Screen() if console.is_terminal(sys.stdout) else Lines()


class Screen:
    """A terminal. Only the lines that change are written, so that nothing flickers."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._size = (0, 0)
        self._paint = plain if os.environ.get("NO_COLOR") else painted
        self._glyphs = FINE if console.encodes(str(FINE)) else ASCII
        self._write(_ENTER)

    def show(self, view: View, now: Now, state: State, timeline: Timeline) -> None:
        """Show the moment."""
        width, height = shutil.get_terminal_size()
        if (width, height) != self._size:
            self._size, self._shown = (width, height), []
            self._write("\x1b[2J")
        lines = screen(view, now, state, width, height, self._glyphs)
        self._draw([self._painted(line) for line in lines])

    def close(self) -> None:
        """Give the terminal back."""
        self._write(_LEAVE)

    def _painted(self, line: Line) -> str:
        return self._paint(console.harmless(line))

    def _draw(self, rows: list[str]) -> None:
        before = self._shown or [""] * len(rows)
        changed = (
            f"\x1b[{number};1H{row}\x1b[K"
            for number, (row, old) in enumerate(zip(rows, before, strict=True), 1)
            if row != old
        )
        self._write("".join(changed))
        self._shown = rows

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()


class Lines:
    """A pipe: each event is told as it begins."""

    def __init__(self) -> None:
        self._told_until: int | None = None
        self._state = State.PLAYING

    def show(self, view: View, now: Now, state: State, timeline: Timeline) -> None:
        """Tell what has begun since the last time."""
        since = self._told_until
        if since is None or not 0 <= now.position - since < JUMP:  # what was skipped was not heard
            since = now.position - 1
        for event in timeline.events:
            if since < event.position <= now.position and event.kind in _TOLD:
                console.put(told(event))
        self._told_until = now.position
        if state is not self._state:
            self._state = state
            console.put(state.value)

    def close(self) -> None:
        """There is nothing to be given back."""
