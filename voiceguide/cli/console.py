"""What is printed: results on standard output, all else on standard error.

Nothing here fails because of a character that the terminal does not know, and colours are only for
a terminal, and only where `NO_COLOR` does not forbid them (<https://no-color.org>).
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, NoReturn, TextIO

import click
from rich.cells import cell_len, chop_cells, set_cell_size

from voiceguide.errors import (
    ConfigurationError,
    MachineError,
    Problem,
    RoutineError,
    VoiceguideError,
)
from voiceguide.lengths import show_clock

if TYPE_CHECKING:
    from voiceguide.studio import Plan


# ── lines for a terminal: pieces of text with a style each, and the width of what is shown


Style = Literal["", "bold", "dim", "title", "hold", "left", "right", "good", "bad"]

_LOOKS: dict[Style, dict[str, object]] = {
    "": {},
    "bold": {"bold": True},
    "dim": {"dim": True},
    "title": {"bold": True, "underline": True},
    "hold": {"bold": True, "fg": "yellow"},
    "left": {"fg": "cyan"},
    "right": {"fg": "magenta"},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
}


@dataclass(frozen=True, slots=True)
class Ink:
    """A piece of a line, with its style."""

    text: str
    style: Style = ""


Line = tuple[Ink, ...]


def line(*pieces: Ink | str) -> Line:
    """A line of pieces; a bare string has no style."""
    return tuple(Ink(piece) if isinstance(piece, str) else piece for piece in pieces)


def plain(inked: Line) -> str:
    """The line without colours, and without spaces at its end."""
    return "".join(ink.text for ink in inked).rstrip()


def painted(inked: Line) -> str:
    """The line with a terminal's colours."""
    import click

    last = len(plain(inked))
    done, parts = 0, []
    for ink in inked:
        text = ink.text[: max(0, last - done)]
        done += len(ink.text)
        parts.append(click.style(text, **_LOOKS[ink.style]) if text and ink.style else text)  # type: ignore[arg-type]  # click types each keyword by itself
    return "".join(parts)


# ── width, in a terminal's cells: a Chinese character takes two ──────────────


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, cut with an ellipsis or filled up with spaces."""
    if right and cell_len(text) < width:
        return " " * (width - cell_len(text)) + text
    return set_cell_size(shortened(text, width), width)


def shortened(text: str, width: int) -> str:
    """The text in at most `width` cells, cut with an ellipsis where it is longer."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def wrapped(text: str, width: int | None) -> list[str]:
    """The text in lines of at most `width` cells, broken between words; at least one line.

    A word that is wider than a line, and text without spaces, is broken between characters.
    """
    if width is None:
        return [text]
    lines, current = [], ""
    for word in _short_words(text, max(2, width)):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
        else:
            lines.append(current)
            current = word
    return [*lines, current]


def _short_words(text: str, width: int) -> Iterator[str]:
    for word in text.split():
        yield from chop_cells(word, width) if cell_len(word) > width else (word,)


def columns(rows: Iterable[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    table = list(rows)
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return [gap.join(map(set_cell_size, row, widths)) for row in table]


# ── what is printed: results on standard output, all else on standard error ──


PIPE_CLOSED = 141
"""The exit code where the reader of a pipe has gone: 128 + SIGPIPE, as shells count it."""

_NOBODY_READS = (errno.EPIPE, errno.EINVAL)
"""A pipe that was closed, as Unix says it, and as Windows does."""

PIPE_WIDTH = 80
"""Columns of what is drawn where there is no terminal."""


def forgive_characters() -> None:
    """From now on, a character that the terminal's encoding lacks is printed as `?`."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at it: a terminal that can do more than print."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """The columns of the terminal that standard output is, or None in a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def encodes(text: str) -> bool:
    """Whether standard output can show these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# ── writing ──────────────────────────────────────────────────────────────────


def put(*lines: Line | str) -> None:
    """Print lines of a result on standard output."""
    _write(lines, sys.stdout)


def tell(*lines: Line | str) -> None:
    """Print lines for people on standard error."""
    _write(lines, sys.stderr)


def put_json(found: object) -> None:
    """Print one JSON object on standard output."""
    text = json.dumps(found, indent=2, ensure_ascii=False)
    _echo(text if encodes(text) else json.dumps(found, indent=2), sys.stdout)


def put_raw(data: bytes) -> None:
    """Copy bytes to standard output as they are."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(sys.stdout, error)


def _write(lines: Iterable[Line | str], stream: TextIO) -> None:
    colour = is_terminal(stream) and not os.environ.get("NO_COLOR")
    show = painted if colour else plain
    inked = (line(one) if isinstance(one, str) else one for one in lines)
    _echo("\n".join(map(show, map(harmless, inked))), stream, colour=colour)


def _echo(text: str, stream: TextIO, *, colour: bool = False) -> None:
    try:
        click.echo(text, file=stream, color=colour)
    except OSError as error:
        _give_up(stream, error)


def _give_up(stream: TextIO, error: OSError) -> NoReturn:
    """Leave without a word where nobody reads any more; a disk may be full, too."""
    # Python flushes once more at the end, and would complain then
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if error.errno in _NOBODY_READS:
        raise SystemExit(PIPE_CLOSED) from None
    raise MachineError(f"the output cannot be written: {error.strerror}") from error


def harmless(inked: Line) -> Line:
    """The line without control characters: a routine's text must not command the terminal."""
    return tuple(Ink(_harmless(ink.text), ink.style) for ink in inked)


def _harmless(text: str) -> str:
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _commands(c) else c for c in text)


def _commands(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\n\t"


# ── errors ───────────────────────────────────────────────────────────────────


def error_lines(error: VoiceguideError) -> list[Line]:
    """An error as it is shown: its problems, or its sentence and the way out."""
    if isinstance(error, RoutineError | ConfigurationError):
        return problem_lines(error.problems)
    lines = [line(Ink("error: ", "bad"), error.message)]
    return [*lines, line(Ink(f"help: {error.help}", "dim"))] if error.help else lines


def problem_lines(problems: Iterable[Problem]) -> list[Line]:
    """Problems one below the other, an empty line between them."""
    lines: list[Line] = []
    for problem in problems:
        lines.extend([line()] if lines else [])
        lines.extend(_problem_lines(problem))
    return lines


def _problem_lines(problem: Problem) -> Iterable[Line]:
    place = str(problem.place or "")
    first, *others = str(problem).split("\n")
    yield line(Ink(place, "bold"), first[len(place) :])
    for other in others:
        yield line(Ink(other, "dim")) if other.startswith("help: ") else line(other)


# ── the characters that tables and pictures are drawn with ───────────────────


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each thing to draw; they differ in shape, so that no colour is needed."""

    hold: str = "█"
    reps: str = "║"
    rest: str = "░"
    ready: str = "-"
    speech: str = "·"
    sound: str = "~"
    rule: str = "━"
    axis: str = "─"
    tick: str = "┴"

    def __str__(self) -> str:
        return "".join(getattr(self, field.name) for field in fields(self))


FINE = Glyphs()
ASCII = Glyphs("#", "=", ":", "-", ".", "~", "=", "-", "+")
"""For terminals that know no others."""


# ── a routine's text on a terminal: the same characters, with what is timed standing out


_BULLET = re.compile(r"\s*[-*+] ")


def styled(text: str) -> Iterator[Line]:
    """The lines of a routine with their styles."""
    lines = text.splitlines()
    front = lines.index("---", 1) if lines[:1] == ["---"] and "---" in lines[1:] else -1
    for number, written in enumerate(lines):
        yield line(Ink(written, "dim" if number <= front else _style(written)))


def _style(written: str) -> Style:
    if written.startswith("#"):
        return "title"
    if written.lstrip().startswith((">", "<!--")):
        return "dim"
    return "hold" if _BULLET.match(written) else ""


# ── the bar that shows how far long work has come: on a terminal, on standard error


PATIENCE = 0.4
"""Seconds of work that need no bar."""


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[float], None] | None]:
    """What to tell the share done, from 0 to 1; None where nobody is looking."""
    if not is_terminal(sys.stderr):
        yield None
        return
    bar = _Bar(what, time.monotonic)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A bar that appears once the work has taken a moment, and leaves no trace."""

    def __init__(self, what: str, now: Callable[[], float]) -> None:
        self._what, self._now, self._began = what, now, now()
        self._close: Callable[[], None] | None = None
        self._show: Callable[[float], None] = lambda _share: None

    def __call__(self, share: float) -> None:
        if self._close is None and self._now() - self._began > PATIENCE:
            self._open()
        self._show(share)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

        bar = Progress(
            "{task.description}",
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = bar.add_task(self._what, total=1.0)
        bar.start()
        self._show = lambda share: bar.update(task, completed=share)
        self._close = bar.stop

    def close(self) -> None:
        """Take the bar away."""
        if self._close:
            self._close()


# ── numbers as people read them ──────────────────────────────────────────────


def size_text(count: int) -> str:
    """Bytes as `512 B`, `4.8 MB`: of thousands, as file managers and disks count."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 chapter`, `3 chapters`, `2 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def summary(plan: Plan, *more: str) -> str:
    """A plan in a few words: its length, what else is to say, its chapters and voice."""
    duration, chapters = show_clock(plan.timeline.duration), len(plan.timeline.chapters)
    parts = (
        duration if plan.exact else f"about {duration}",
        *more,
        counted(chapters, "chapter") if chapters else "",
        plan.voice or "lengths of speech estimated",
    )
    return ", ".join(filter(None, parts))


def headline(plan: Plan, width: int | None, *more: str) -> list[Line]:
    """A plan's title and summary: in one line, or below each other where that is too wide."""
    return titled(plan.title, summary(plan, *more), width)


def titled(title: str, said: str, width: int | None) -> list[Line]:
    """A title and what is said of it: in one line, or below each other where that is too wide."""
    if width is None or cell_len(f"{title}  {said}") <= width:
        return [line(Ink(title, "bold"), Ink(f"  {said}", "dim"))]
    lines = [line(Ink(part, "bold")) for part in wrapped(title, width)]
    return [*lines, *(line(Ink(part, "dim")) for part in wrapped(said, width))]
