"""What happens when, as lines of a table: time, length, what, whose turn, text.

In a narrow terminal only the time and one text stay. What happens within a hold is indented under
it. Reps are one row, and a count-down too, unless everything is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from rich.cells import cell_len

from voiceguide.cli.glyphs import FINE, Glyphs
from voiceguide.cli.ink import Ink, Line, Style, fitted, line, shortened, wrapped
from voiceguide.cli.words import counted
from voiceguide.lengths import in_seconds, show_clock
from voiceguide.sequence import Kind
from voiceguide.timeline import ChapterMark, Timeline
from voiceguide.timeline.outline import Entry, outline

NARROW = 60
"""Columns: a narrower table has no columns but the time."""

INDENT = "  "
GAP = "  "

_COLUMNS = ("time", "length", "what", "side", "round", "rep")
_RIGHT = ("time", "length")
_CELL_STYLES: dict[str, Style] = {"time": "dim", "left": "left", "right": "right"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its times in samples."""

    at: int
    length: int
    kind: Kind
    text: str
    side: str = ""
    round: str = ""
    rep: str = ""
    within: bool = False
    """Whether it happens within the timed row above it."""


def table(
    timeline: Timeline, width: int | None, *, everything: bool = False, glyphs: Glyphs = FINE
) -> list[Line]:
    """The lines of the table, at most `width` cells wide; None means as wide as the texts."""
    sections = [
        (chapter, list(map(_row, entries)))
        for chapter, entries in outline(timeline, everything=everything)
    ]
    narrow = width is not None and width < NARROW
    layout = _Layout([row for _, rows in sections for row in rows], width, glyphs, narrow=narrow)
    lines = [] if narrow else [layout.head()]
    numbers = count(1)
    for chapter, rows in sections:
        if chapter:
            lines += [line(), _heading(chapter, next(numbers), width)]
        for row in rows:
            lines += layout.lines(row)
    return lines


def time_text(samples: int) -> str:
    """A time with its tenths: `0:12.0`, `1:02.5`."""
    shown = show_clock(in_seconds(samples))
    return shown if "." in shown else f"{shown}.0"


def length_text(samples: int) -> str:
    """A length with its tenths: seconds under a minute, `12.0`; else as a time, `1:02.5`."""
    shown = time_text(samples)
    return shown if not shown.startswith("0:") else shown[2:].lstrip("0").rjust(3, "0")


# ── rows ─────────────────────────────────────────────────────────────────────


def _row(entry: Entry) -> Row:
    event = entry.event
    return Row(
        event.position,
        event.length,
        event.kind,
        (event.text or "") if entry.reps is None else counted(entry.reps, "rep"),
        event.side.value if event.side else "",
        str(event.round or ""),
        str(event.rep or ""),
        entry.within,
    )


# ── lines ────────────────────────────────────────────────────────────────────


def _heading(chapter: ChapterMark, number: int, width: int | None) -> Line:
    title = f"{INDENT * (chapter.level - 1)}{number}  {chapter.title}"
    return line(Ink(title if width is None else shortened(title, width), "title"))


class _Layout:
    """How wide each column is, and how a row becomes lines."""

    def __init__(
        self, rows: Sequence[Row], width: int | None, glyphs: Glyphs, *, narrow: bool
    ) -> None:
        self._glyphs, self._narrow = glyphs, narrow
        cells = list(map(_cells, rows))
        self._widths = {
            name: max(map(cell_len, (name, *column)))
            for name, column in ((name, [row[name] for row in cells]) for name in _COLUMNS)
            if name == "time" or (any(column) and not narrow)
        }
        before = sum(wide + len(GAP) for wide in self._widths.values())
        self._before_text = " " * before
        self._text = None if width is None else max(8, width - before)
        holds = [row.length for row in rows if row.kind is Kind.HOLD]
        self._longest_hold = max(holds, default=1)

    def head(self) -> Line:
        """The names of the columns."""
        names = (ink.text for ink in self._columns({name: name for name in _COLUMNS}, ""))
        return line(Ink("".join(names) + "text", "dim"))

    def lines(self, row: Row) -> Iterator[Line]:
        """A row as one line or more."""
        text, style = self._text_of(row), _style(row)
        indent = INDENT if row.within else ""
        first, *others = wrapped(text, None if self._text is None else self._text - len(indent))
        yield line(*self._columns(_cells(row), style), indent, Ink(first, style))
        for other in others:
            yield line(self._before_text, indent, Ink(other, style))

    def _columns(self, cells: Mapping[str, str], style: Style) -> Iterator[Ink]:
        for name, wide in self._widths.items():
            text = fitted(cells[name], wide, right=name in _RIGHT) + GAP
            yield Ink(text, _CELL_STYLES.get(cells[name] if name == "side" else name, style))

    def _text_of(self, row: Row) -> str:
        if self._narrow:
            told = _told(row)
            return f"{self._glyphs.hold} {told}" if row.kind is Kind.HOLD else told
        if row.kind is Kind.HOLD and self._text:
            return self._glyphs.rule * max(1, self._text * row.length // self._longest_hold)
        return row.text


def _cells(row: Row) -> dict[str, str]:
    """What stands in each column of a row but the last one, the text."""
    times = {"time": time_text(row.at), "length": length_text(row.length)}
    turn = {"side": row.side, "round": row.round, "rep": row.rep}
    return {**times, "what": row.kind.value, **turn}


def _told(row: Row) -> str:
    """A row in words, where there are no columns."""
    if row.kind in (Kind.SAY, Kind.COUNT):
        return row.text
    turn = (row.side, row.round and f"round {row.round}", row.rep and f"rep {row.rep}")
    length = "" if row.kind in (Kind.CHIME, Kind.SOUND) else length_text(row.length)
    words = " ".join(filter(None, (row.kind.value, length, row.text)))
    return ", ".join(filter(None, (words, *turn)))


def _style(row: Row) -> Style:
    if row.kind is Kind.HOLD:
        return "hold"
    return "dim" if row.kind in (Kind.CHIME, Kind.PAUSE) else ""
