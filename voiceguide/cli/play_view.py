"""The screen of a session that is played: read from the floor, in forty columns, without colour.

What is said, whose turn it is, and the seconds left in figures as large as there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from voiceguide.cli.glyphs import FINE, Glyphs
from voiceguide.cli.ink import Ink, Line, Style, fitted, line, shortened, wrapped
from voiceguide.lengths import in_seconds, show_clock
from voiceguide.player import Now, State
from voiceguide.sequence import Kind
from voiceguide.timeline import Event

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
"""Figures of five lines, three cells wide."""

_HIGH = 5
_ROOM_FOR_FIGURES = 13
"""Lines of a terminal in which the large figures have a place."""

_NAMES = {
    Kind.HOLD: "hold",
    Kind.REPS: "reps",
    Kind.REST: "rest",
    Kind.PAUSE: "pause",
    Kind.WAIT: "when you are ready",
    Kind.READY: "get ready",
    Kind.CHANGE: "change sides",
}

_STATES = {
    State.PAUSED: "paused: press space to go on",
    State.WAITING: "waiting for you: press space to go on",
}


@dataclass(frozen=True, slots=True)
class View:
    """What is shown around the moment."""

    title: str
    keys: bool = True
    """Whether keys are listened to, and worth naming."""
    note: str = ""
    """What else is to be told: a device that has gone, a microphone that listens."""


def screen(
    view: View, now: Now, state: State, width: int, height: int, glyphs: Glyphs = FINE
) -> list[Line]:
    """Exactly `height` lines of at most `width` cells."""
    head = _head(view, now, width)
    foot = _foot(view, now, state, width, glyphs)
    room = max(0, height - len(head) - len(foot))
    body = _body(now, width, room, glyphs)[:room]
    return [*head, *body, *[line()] * (room - len(body)), *foot][:height]


def told(event: Event) -> str:
    """An event as one line, where there is no terminal: `3:17  hold 38 s, left, round 2`."""
    time = show_clock(int(in_seconds(event.position)))
    what = _NAMES.get(event.kind, event.kind.value)
    if event.kind in _NAMES:
        what += f" {show_clock(round(in_seconds(event.length)))}"
    turn = (event.side.value if event.side else "", f"round {event.round}" if event.round else "")
    said = (
        event.text
        if event.kind in (Kind.SAY, Kind.COUNT)
        else ", ".join(filter(None, (what, *turn)))
    )
    return f"{time}  {said}"


# ── above ────────────────────────────────────────────────────────────────────


def _head(view: View, now: Now, width: int) -> list[Line]:
    times = f"{_clock(now.position)} of {_clock(now.length)}"
    title = shortened(view.title, max(0, width - cell_len(times) - 2))
    first = _both_ends(Ink(title, "bold"), Ink(times, "dim"), width)
    return [first, line(Ink(shortened(now.chapter or "", width), "dim")), line()]


def _both_ends(left: Ink, right: Ink, width: int) -> Line:
    gap = max(1, width - cell_len(left.text) - cell_len(right.text))
    return line(left, " " * gap, right)


def _clock(samples: int) -> str:
    return show_clock(int(in_seconds(samples)))


# ── the moment ───────────────────────────────────────────────────────────────


def _body(now: Now, width: int, room: int, glyphs: Glyphs) -> list[Line]:
    lines = [_turn(now, width)]
    if now.timed:
        lines += _seconds(now, width, glyphs, large=room + 6 >= _ROOM_FOR_FIGURES)
    if now.said:
        lines += [line(), *(line(Ink(row, "bold")) for row in wrapped(now.said, width))]
    if now.upcoming:
        lines += [line(), line(Ink(shortened(f"then: {_upcoming(now.upcoming)}", width), "dim"))]
    return lines


def _turn(now: Now, width: int) -> Line:
    """`hold, left side` and `round 2`."""
    what = _NAMES[now.timed.kind] if now.timed else ""
    side = f"{now.side} side" if now.side else ""
    number = f"rep {now.rep}" if now.rep else f"round {now.round}" if now.round else ""
    style: Style = "left" if now.side == "left" else "right" if now.side == "right" else "hold"
    left = Ink(shortened(", ".join(filter(None, (what, side))), width - len(number) - 1), style)
    return _both_ends(left, Ink(number), width)


def _seconds(now: Now, width: int, glyphs: Glyphs, *, large: bool) -> list[Line]:
    """The seconds left, the last of them being one."""
    left = -(-now.left // 48_000)
    text = str(left) if left < 60 else show_clock(left)
    rows = figures(text, glyphs)
    if not large or cell_len(rows[0]) > width:
        return [line(Ink(text, "hold"))]
    margin = " " * max(0, (width - cell_len(rows[0])) // 2)
    return [line(), *(line(margin, Ink(row, "hold")) for row in rows)]


def figures(text: str, glyphs: Glyphs = FINE) -> list[str]:
    """A number or a time in large figures, each cell twice as wide as one of the table."""
    rows = ["  ".join(_wide(FIGURES[sign][row]) for sign in text) for row in range(_HIGH)]
    return [row.replace("█", glyphs.hold) for row in rows]


def _wide(row: str) -> str:
    return "".join(cell * 2 for cell in row)


def _upcoming(event: Event) -> str:
    side = f", {event.side.value} side" if event.side else ""
    return f"{_NAMES[event.kind]} {show_clock(round(in_seconds(event.length)))}{side}"


# ── below ────────────────────────────────────────────────────────────────────


def _foot(view: View, now: Now, state: State, width: int, glyphs: Glyphs) -> list[Line]:
    said = view.note or _STATES.get(state, "")
    note = [line(Ink(shortened(said, width), "good"))] if said else [line()]
    return [*note, _bar(now, width, glyphs), *(_keys(width) if view.keys else [])]


def _bar(now: Now, width: int, glyphs: Glyphs) -> Line:
    done = round(width * now.position / max(1, now.length))
    return line(Ink(glyphs.rule * done), Ink(glyphs.speech * (width - done), "dim"))


def _keys(width: int) -> list[Line]:
    rows: list[str] = []
    for key, meaning in KEYS:
        entry = f"{key} {meaning}"
        if rows and cell_len(rows[-1]) + 3 + cell_len(entry) <= width:
            rows[-1] += f"   {entry}"
        else:
            rows.append(entry)
    return [line(Ink(fitted(row, width), "dim")) for row in rows]
