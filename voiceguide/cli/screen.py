"""Show a session while it is played: on a full screen, or as a line per event in a pipe.

The screen is readable from the floor, in forty columns, without colour.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from msgspec import Struct
from rich.cells import cell_len

from voiceguide.cli import console
from voiceguide.cli.console import FINE, Glyphs, Line, Style, Styled, fitted, line, plain, shortened
from voiceguide.errors import MachineError
from voiceguide.lengths import in_seconds, samples, show_clock, show_time
from voiceguide.player import Command, Now, State
from voiceguide.player.conductor import Ask, Status
from voiceguide.player.desktop import Awake, CoverOf, Mpris
from voiceguide.player.hearing import Hearing
from voiceguide.player.remote import Claim, Remote
from voiceguide.sequence import EventKind
from voiceguide.studio.playing import remote_file
from voiceguide.timeline import Event, Timeline

KEYS = (
    ("space", "pause"),
    ("n", "next"),
    ("b", "back"),
    ("r", "repeat"),
    ("+", "10 s more"),
    ("-", "end this"),
    ("q", "quit"),
)

FIGURES = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ":": ("   ", " █ ", "   ", " █ ", "   "),
}
"""Large digits, five lines high and three cells wide."""

_HIGH = 5
_ROOM_FOR_FIGURES = 13
"""Lines of a terminal from which large digits are shown."""

_STATES = {
    State.PAUSED: "paused: press space to go on",
    State.WAITING: "waiting for you: press space to go on",
}


class View(Struct, frozen=True):
    """What the screen shows around the present moment."""

    title: str
    keys: bool = True
    """Whether keys work and are listed."""
    note: str = ""
    """A message, such as that the device has gone or the microphone listens."""


def screen(
    view: View, now: Now, state: State, width: int, height: int, glyphs: Glyphs = FINE
) -> list[Line]:
    """Lay out the screen: exactly `height` lines of at most `width` cells."""
    head = _head(view, now, width)
    note = shortened(view.note or _STATES.get(state, ""), width)
    done = round(width * now.position / max(1, now.length))
    bar = line(Styled(glyphs.rule * done), Styled(glyphs.speech * (width - done), "dim"))
    foot = [line(Styled(note, "good")) if note else line(), bar]
    if view.keys:
        rows = console.rows_of((f"{key} {meaning}" for key, meaning in KEYS), width)
        foot += [line(Styled(fitted(row, width), "dim")) for row in rows]
    room = max(0, height - len(head) - len(foot))
    body = _body(now, width, room, glyphs)[:room]
    return [*head, *body, *[line()] * (room - len(body)), *foot][:height]


def told(event: Event) -> str:
    """Show an event as one line for a pipe: `3:17  hold 38 s, left, round 2`."""
    what = event.label or event.kind.value
    if event.kind.timed:
        what += f" {_clock(event.length)}"
    turn = (event.side.value if event.side else "", f"round {event.round}" if event.round else "")
    said = event.text if event.kind.spoken else ", ".join(filter(None, (what, *turn)))
    return f"{_clock(event.position)}  {said}"


def _head(view: View, now: Now, width: int) -> list[Line]:
    times = f"{_clock(now.position)} of {_clock(now.length)}"
    title = shortened(view.title, max(0, width - cell_len(times) - 2))
    first = _both_ends(Styled(title, "bold"), Styled(times, "dim"), width)
    return [first, line(Styled(shortened(now.chapter or "", width), "dim")), line()]


def _both_ends(left: Styled, right: Styled, width: int) -> Line:
    gap = max(1, width - cell_len(left.text) - cell_len(right.text))
    return line(left, " " * gap, right)


def _clock(samples: int) -> str:
    return show_time(in_seconds(samples))


def _body(now: Now, width: int, room: int, glyphs: Glyphs) -> list[Line]:
    lines = [_turn(now, width)]
    if now.timed:
        lines += _seconds(now, width, glyphs, large=room + 6 >= _ROOM_FOR_FIGURES)
    if now.said:
        lines += [line(), *(line(Styled(row, "bold")) for row in console.wrapped(now.said, width))]
    if now.upcoming:
        side = f", {now.upcoming.side.value} side" if now.upcoming.side else ""
        then = f"then: {now.upcoming.label} {_clock(now.upcoming.length)}{side}"
        lines += [line(), line(Styled(shortened(then, width), "dim"))]
    return lines


def _turn(now: Now, width: int) -> Line:
    """The line with `hold, left side` and `round 2` at its ends."""
    what = now.timed.label if now.timed else ""
    if now.timed and now.timed.step:
        what = f"{now.timed.step}: {what}"
    side = f"{now.side} side" if now.side else ""
    number = f"rep {now.rep}" if now.rep else f"round {now.round}" if now.round else ""
    style: Style = "left" if now.side == "left" else "right" if now.side == "right" else "hold"
    left = Styled(shortened(", ".join(filter(None, (what, side))), width - len(number) - 1), style)
    return _both_ends(left, Styled(number), width)


def _seconds(now: Now, width: int, glyphs: Glyphs, *, large: bool) -> list[Line]:
    """The seconds left, rounded up, so that the last is 1."""
    left = -(-now.left // 48_000)
    text = str(left) if left < 60 else show_clock(left)
    rows = figures(text, glyphs)
    if not large or cell_len(rows[0]) > width:
        return [line(Styled(text, "hold"))]
    margin = " " * max(0, (width - cell_len(rows[0])) // 2)
    return [line(), *(line(margin, Styled(row, "hold")) for row in rows)]


def figures(text: str, glyphs: Glyphs = FINE) -> list[str]:
    """Draw a number or a time in large digits, each cell of `FIGURES` twice as wide."""
    rows = ("  ".join(map(_wide, (FIGURES[sign][row] for sign in text))) for row in range(_HIGH))
    return [row.replace("█", glyphs.hold) for row in rows]


def _wide(row: str) -> str:
    return "".join(cell * 2 for cell in row)


# ── the stages: a full screen, or a line per event in a pipe ─────────────────


_ENTER = "\x1b[?1049h\x1b[?25l"
"""Escape codes that open the alternate screen without a cursor; `_LEAVE` undoes them."""

JUMP = samples(5)
"""Samples: a larger step between two updates is a jump by the listener."""

_LEAVE = "\x1b[?25h\x1b[?1049l"


class Screen:
    """The terminal's screen; only changed lines are written, so that nothing flickers."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._size = (0, 0)
        self._paint = plain if os.environ.get("NO_COLOR") else console.painted
        self._glyphs = console.glyphs()
        self._write(_ENTER)

    def show(self, view: View, now: Now, state: State, timeline: Timeline) -> None:
        """Show the present moment."""
        self.fill(lambda width, height, glyphs: screen(view, now, state, width, height, glyphs))

    def fill(self, lines_of: Callable[[int, int, Glyphs], list[Line]]) -> None:
        """Show the lines that `lines_of` returns for the width and height, `height` of them."""
        width, height = shutil.get_terminal_size()
        if (width, height) != self._size:
            self._size, self._shown = (width, height), []
            self._write("\x1b[2J")
        lines = map(console.harmless, lines_of(width, height, self._glyphs))
        self._draw(list(map(self._paint, lines)))

    def close(self) -> None:
        """Restore the terminal."""
        self._write(_LEAVE)

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
    """Prints each event as it begins, for a pipe."""

    def __init__(self) -> None:
        self._told_until: int | None = None
        self._state = State.PLAYING

    def show(self, view: View, now: Now, state: State, timeline: Timeline) -> None:
        """Print the events that have begun since the last call."""
        since = self._told_until
        if since is None or not 0 <= now.position - since < JUMP:  # skipped events were not heard
            since = now.position - 1
        for event in timeline.events:
            # words and timed events have a line, pauses do not
            kind = event.kind
            has_a_line = kind is EventKind.SAY or (kind.timed and kind is not EventKind.PAUSE)
            if since < event.position <= now.position and has_a_line:
                console.put(told(event))
        self._told_until = now.position
        if state is not self._state:
            self._state = state
            console.put(state.value)

    def close(self) -> None:
        """Do nothing: there is nothing to restore."""


Stage = Screen | Lines
"""Shows a session."""


def open_stage() -> Stage:
    """Open the terminal's screen, or lines if standard output is not a terminal."""
    return Screen() if console.is_terminal(sys.stdout) else Lines()


# ── keys of the terminal, read immediately and without an echo ───────────────


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
    "\x1b[C": Command.NEXT,  # right arrow
    "\x1b[D": Command.BACK,
}
"""The command of each key; capitals count as small letters."""


def commands_of(pressed: str) -> Iterator[Command]:
    """Yield the commands of pressed keys; others are ignored."""
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
        """Reads keys of a Windows console, which has to be polled."""

        def wait(self, seconds: float) -> str:
            """Return the keys pressed within `seconds`; empty if there are none."""
            until = time.monotonic() + seconds
            while not msvcrt.kbhit():
                if time.monotonic() >= until:
                    return ""
                time.sleep(0.02)
            return msvcrt.getwch()

        def close(self) -> None:
            """Do nothing: there is nothing to restore."""

else:
    import select
    import termios
    import tty

    class TerminalKeys:
        """Reads keys one by one from a terminal in cbreak mode, until it is closed."""

        def __init__(self) -> None:
            self._file = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file)

        def wait(self, seconds: float) -> str:
            """Return the keys pressed within `seconds`; empty if there are none."""
            ready, _, _ = select.select([self._file], [], [], seconds)
            return os.read(self._file, 32).decode(errors="ignore") if ready else ""

        def close(self) -> None:
            """Restore the terminal's mode."""
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)


def open_keys() -> TerminalKeys | None:
    """Open the terminal's keys; None if standard input is not a terminal."""
    return TerminalKeys() if sys.stdin.isatty() else None


# ── all sources of commands: the keyboard and other controls ─────────────────


Control = Awake | Hearing | Mpris | Remote
"""A companion of a session: takes its status several times a second and is closed at the end. Most
also send commands, from a thread of their own."""


class SessionControls:
    """Collects the commands of all sources and passes the status to all of them."""

    def __init__(self, cover_of: CoverOf, ears: Callable[[Ask], Hearing] | None = None) -> None:
        """Open all controls that work here; `cover_of` makes the session's cover.

        `ears` starts listening for voice commands, if the listener wants that.
        """
        self._asked: SimpleQueue[Claim] = SimpleQueue()
        self._hearing = ears(self._ask) if ears else None
        self._controls = list(self._open(cover_of))
        self._keys = open_keys()

    @property
    def has_keys(self) -> bool:
        """Whether keys of a terminal are read."""
        return self._keys is not None

    @property
    def note(self) -> str:
        """Message about listening, or an empty text."""
        return self._hearing.note if self._hearing else ""

    def listen(self, seconds: float) -> Iterator[Command]:
        """Yield the commands that arrive within `seconds`."""
        if self._keys:
            yield from commands_of(self._keys.wait(seconds))
        else:
            time.sleep(seconds)
        while not self._asked.empty():
            command = self._asked.get()()
            if command:
                yield command

    def _ask(self, command: Command) -> None:
        self._asked.put(lambda: command)

    def tell(self, status: Status) -> None:
        """Pass the session's status to all controls."""
        for control in self._controls:
            control.tell(status)

    def close(self) -> None:
        """Restore the terminal and close all controls."""
        if self._keys:
            self._keys.close()
        for control in self._controls:
            control.close()

    def _open(self, cover_of: CoverOf) -> Iterator[Control]:
        """Yield the controls that work here; the others are left out."""
        if self._hearing:
            yield self._hearing
        yield Awake()
        yield Mpris(self._ask, cover_of, remote_file().parent)
        try:
            yield Remote(self._asked.put, remote_file())
        except MachineError:
            return
