"""Lines for a terminal: pieces of text with a style each, and the width of what is shown.

Tables and pictures are made of these, so that they can be compared as plain text, and coloured
where there is somebody to see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, chop_cells, set_cell_size

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
