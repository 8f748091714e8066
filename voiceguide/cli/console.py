"""Print results on standard output and everything else on standard error.

Characters that the terminal cannot show never cause an error. Colours are used only on a terminal,
and only if `NO_COLOR` is not set (<https://no-color.org>).
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NoReturn, TextIO

import click
from msgspec import Struct

from voiceguide.errors import (
    ConfigurationError,
    MachineError,
    Problem,
    RoutineError,
    VoiceguideError,
)
from voiceguide.lengths import show_clock
from voiceguide.patterns import late

if TYPE_CHECKING:
    from rich.progress import Progress

    from voiceguide.studio import Plan


# ── lines for a terminal: pieces of text with a style each, and their width ──


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


class Styled(Struct, frozen=True):
    """A piece of a line with its style."""

    text: str
    style: Style = ""


Line = tuple[Styled, ...]


def line(*pieces: Styled | str) -> Line:
    """Make a line of pieces; a bare string has no style."""
    return tuple(Styled(piece) if isinstance(piece, str) else piece for piece in pieces)


def plain(pieces: Line) -> str:
    """The line's text without colours and without trailing spaces."""
    return "".join(piece.text for piece in pieces).rstrip()


def painted(pieces: Line) -> str:
    """The line's text with terminal colours."""
    last = len(plain(pieces))
    done, parts = 0, []
    for piece in pieces:
        text = piece.text[: max(0, last - done)]
        done += len(piece.text)
        parts.append(click.style(text, **_LOOKS[piece.style]) if text and piece.style else text)  # type: ignore[arg-type]  # click types each keyword by itself
    return "".join(parts)


_NARROW = late(r"[ -~¡-¬®-˿‐-‧─-◼]*")
"""Text of one cell per character: Latin letters, signs, and the glyphs drawn here."""


def cell_len(text: str) -> int:
    """Count the terminal cells of a text."""
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Fit a text to exactly `width` cells: cut with an ellipsis, or padded with spaces."""
    short = shortened(text, width)
    fill = " " * (width - cell_len(short))
    return fill + short if right else short + fill


def shortened(text: str, width: int) -> str:
    """Shorten a text to at most `width` cells with an ellipsis."""
    if cell_len(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def wrapped(text: str, width: int | None) -> list[str]:
    """Wrap a text into lines of at most `width` cells, between words; at least one line.

    A word that is wider than a line is broken between characters.
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
        if cell_len(word) <= width:
            yield word
        else:
            from rich.cells import chop_cells

            yield from chop_cells(word, width)


def rows_of(entries: Iterable[str], width: int) -> list[str]:
    """Put entries side by side, without breaking any, in as many rows as needed."""
    rows: list[str] = []
    for entry in entries:
        if rows and cell_len(rows[-1]) + 3 + cell_len(entry) <= width:
            rows[-1] += f"   {entry}"
        else:
            rows.append(entry)
    return rows


def lines_of(text: str, width: int | None, style: Style = "", lead: str = "") -> Iterator[Line]:
    """Wrap a text into lines with a hanging indent after `lead`; none for an empty text."""
    if text:
        wide = cell_len(lead)
        first, *others = wrapped(text, None if width is None else width - wide)
        yield line(lead, Styled(first, style))
        yield from (line(" " * wide, Styled(other, style)) for other in others)


# ── tables ───────────────────────────────────────────────────────────────────


GAP = "  "
"""Space between two columns."""

LEAST = 8
"""Least width of a table's last column in cells, however narrow the terminal is."""


class Column(Struct, frozen=True):
    """A table's column."""

    head: str = ""
    style: Style = ""
    """Style of cells that are bare strings."""
    right: bool = False
    """Whether its cells are aligned to the right."""


Room = int | None
"""Width of the last column in terminal cells; None for unlimited."""

Drawn = Styled | Callable[[Room], Styled]
"""A table's cell; in the last column also a function that draws it for the given width."""

Cell = Drawn | str
"""The same, or a bare string in its column's style."""


def blocks(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: Room, indent: str = ""
) -> list[list[Line]]:
    """Lay out a table: the lines of each row, preceded by those of the heads, if any.

    A column is as wide as its widest cell; the last one is wrapped, and leading spaces of its cell
    indent all its lines. Empty columns are left out.
    """
    filled = [
        [Styled(cell, column.style) if isinstance(cell, str) else cell for column, cell in pairs]
        for pairs in (zip(columns, row, strict=True) for row in rows)
    ]
    shown = [n for n in range(len(columns) - 1) if any(_text(row[n]) for row in filled)]
    if any(column.head for column in columns):
        filled.insert(0, [Styled(column.head, "dim") for column in columns])
    wide = {n: max(cell_len(_text(row[n])) for row in filled) for n in shown}
    before = len(indent) + sum(cells + len(GAP) for cells in wide.values())
    room = None if width is None else max(LEAST, width - before)
    return [
        list(_row([(row[n], wide[n], columns[n].right) for n in shown], row[-1], room, indent))
        for row in filled
    ]


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: Room, indent: str = ""
) -> list[Line]:
    """Lay out a table as lines: see `blocks`."""
    return [line for block in blocks(columns, rows, width, indent) for line in block]


def _text(cell: Drawn) -> str:
    return cell.text if isinstance(cell, Styled) else ""


def _row(
    cells: list[tuple[Drawn, int, bool]], last: Drawn, room: Room, indent: str
) -> Iterator[Line]:
    start = line(
        indent,
        *(
            Styled(fitted(cell.text, wide, right=right) + GAP, cell.style)
            for cell, wide, right in cells
            if isinstance(cell, Styled)
        ),
    )
    text = last(room) if callable(last) else last
    lead = " " * (len(text.text) - len(text.text.lstrip(" ")))
    below = " " * sum(cell_len(piece.text) for piece in start)
    for number, part in enumerate(wrapped(text.text, None if room is None else room - len(lead))):
        yield (*(line(below) if number else start), Styled(lead + part.lstrip(" "), text.style))


# ── printing: results on standard output, all else on standard error ─────────


PIPE_CLOSED = 141
"""Exit code if the reader of a pipe has gone: 128 + SIGPIPE, as in shells."""

_NOBODY_READS = (errno.EPIPE, errno.EINVAL)
"""Error numbers of a closed pipe on Unix and on Windows."""

PIPE_WIDTH = 80
"""Width of drawings in columns if there is no terminal."""


def forgive_characters() -> None:
    """Print characters that the terminal's encoding lacks as `?` from now on."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal, and not a dumb one."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """Width of the terminal on standard output in columns; None in a pipe."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def encodes(text: str) -> bool:
    """Whether standard output can encode a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def put(*lines: Line | str) -> None:
    """Print lines of a result on standard output."""
    _write(lines, sys.stdout)


def tell(*lines: Line | str) -> None:
    """Print lines for people on standard error."""
    _write(lines, sys.stderr)


def put_json(found: object) -> None:
    """Print one JSON object on standard output."""
    import json

    text = json.dumps(found, indent=2, ensure_ascii=False)
    if not encodes(text):
        text = json.dumps(found, indent=2)
    # JSON only escapes U+0000 to U+001F, but U+009B begins a terminal command, too
    _echo(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text), sys.stdout)


def put_raw(data: bytes) -> None:
    """Copy bytes to standard output unchanged."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(sys.stdout, error)


def _write(lines: Iterable[Line | str], stream: TextIO) -> None:
    colour = is_terminal(stream) and not os.environ.get("NO_COLOR")
    show = painted if colour else plain
    pieces = (line(one) if isinstance(one, str) else one for one in lines)
    _echo("\n".join(map(show, map(harmless, pieces))), stream, colour=colour)


def _echo(text: str, stream: TextIO, *, colour: bool = False) -> None:
    try:
        click.echo(text, file=stream, color=colour)
    except OSError as error:
        _give_up(stream, error)


def _give_up(stream: TextIO, error: OSError) -> NoReturn:
    """Exit silently if a pipe's reader has gone; report other errors, such as a full disk."""
    # Python flushes again at exit, and would print an error then
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if error.errno in _NOBODY_READS:
        raise SystemExit(PIPE_CLOSED) from None
    raise MachineError(f"the output cannot be written: {error.strerror}") from error


_CONTROL = late(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Both sets of control characters, except tab and line feed."""


def harmless(pieces: Line) -> Line:
    """Replace control characters in a line: a routine's text must not control the terminal."""
    if all(piece.text.isprintable() for piece in pieces):
        return pieces
    shown = ((_CONTROL.sub("\N{REPLACEMENT CHARACTER}", p.text), p.style) for p in pieces)
    return tuple(Styled(*piece) for piece in shown)


FIRST_AID = line(Styled("help: `voiceguide doctor` tries out what works on this machine", "dim"))
"""Line below an error of the machine."""


def error_lines(error: VoiceguideError) -> list[Line]:
    """The lines of an error: its problems, or its message and help."""
    if isinstance(error, RoutineError | ConfigurationError):
        return problem_lines(error.problems)
    lines = [line(Styled("error: ", "bad"), error.message)]
    return [*lines, line(Styled(f"help: {error.help}", "dim"))] if error.help else lines


def problem_lines(problems: Iterable[Problem]) -> list[Line]:
    """The lines of problems, separated by empty lines."""
    lines: list[Line] = []
    for problem in problems:
        lines += [line()] if lines else []
        place = str(problem.place or "")
        first, *others = str(problem).split("\n")
        lines.append(line(Styled(place, "bold"), first[len(place) :]))
        lines += [line(Styled(one, "dim" if one.startswith("help: ") else "")) for one in others]
    return lines


class Glyphs(Struct, frozen=True):
    """One character per thing to draw, distinct in shape, so that no colour is needed."""

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
        return "".join(getattr(self, name) for name in self.__struct_fields__)


FINE = Glyphs()
ASCII = Glyphs("#", "=", ":", "-", ".", "~", "=", "-", "+")
"""Glyphs for terminals without Unicode."""


def glyphs() -> Glyphs:
    """The glyphs that standard output can show."""
    return FINE if encodes(str(FINE)) else ASCII


_BULLET = late(r"\s*[-*+] ")


def styled(text: str) -> Iterator[Line]:
    """Style the lines of a routine, with its timed steps emphasised."""
    lines = text.splitlines()
    front = lines.index("---", 1) if lines[:1] == ["---"] and "---" in lines[1:] else -1
    for number, written in enumerate(lines):
        style: Style = "hold" if _BULLET.match(written) else ""
        if number <= front or written.lstrip().startswith((">", "<!--")):
            style = "dim"
        elif written.startswith("#"):
            style = "title"
        yield line(Styled(written, style))


PATIENCE = 0.4
"""Seconds of work before a progress bar is shown."""


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[float], None] | None]:
    """Yield a callback for the share done, 0 to 1; None without a terminal or without `what`."""
    if not what or not is_terminal(sys.stderr):
        yield None
        return
    bar: Progress | None = None
    began = time.monotonic()

    def show(share: float) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - began > PATIENCE:
            bar = _opened_bar(what)
        if bar:
            bar.update(bar.task_ids[0], completed=share)

    try:
        yield show
    finally:
        if bar:
            bar.stop()


def _opened_bar(what: str) -> Progress:
    """Open rich's progress bar, which is erased at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    looks = ("{task.description}", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*looks, console=Console(stderr=True), transient=True)
    bar.add_task(what, total=1.0)
    bar.start()
    return bar


def size_text(count: int) -> str:
    """Show bytes as `512 B` or `4.8 MB`, in decimal units, as file managers and disks do."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Show a number with its noun: `1 chapter`, `3 chapters`, `2 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def summary(plan: Plan, *more: str) -> str:
    """Summarise a plan: its length, further parts, its chapters and voice."""
    duration, chapters = show_clock(plan.timeline.duration), len(plan.timeline.chapters)
    parts = (
        duration if plan.exact else f"about {duration}",
        *more,
        counted(chapters, "chapter") if chapters else "",
        plan.voice or "lengths of speech estimated",
    )
    return ", ".join(filter(None, parts))


def headline(plan: Plan, width: int | None, *more: str) -> list[Line]:
    """A plan's title and summary, in one line, or below each other if that is too wide."""
    return titled(plan.title, summary(plan, *more), width)


def titled(title: str, said: str, width: int | None) -> list[Line]:
    """A title and a remark, in one line, or below each other if that is too wide."""
    if width is None or cell_len(f"{title}  {said}") <= width:
        return [line(Styled(title, "bold"), Styled(f"  {said}", "dim"))]
    return [*lines_of(title, width, "bold"), *lines_of(said, width, "dim")]
