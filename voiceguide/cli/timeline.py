"""A picture of a session for a terminal: its chapters, a bar of what happens, a ruler in minutes.

A routine with sides has two bars, one above the other: what is for the left side stands in the
upper one alone, what is for the right side in the lower one, and all else in both. So it can be
read without colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from math import ceil

from rich.cells import cell_len

from voiceguide.cli.console import (
    FINE,
    Glyphs,
    Ink,
    Line,
    Style,
    counted,
    fitted,
    line,
    shortened,
    wrapped,
)
from voiceguide.lengths import in_seconds, show_tenths, show_time
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.timeline import ChapterMark, Event, Timeline
from voiceguide.timeline.data import Entry, outline

# ── a picture of a session for a terminal: its chapters, a bar of what happens, a ruler in minutes


_NAMES = {
    "hold": "hold",
    "reps": "reps",
    "rest": "rest",
    "ready": "getting ready",
    "speech": "speech",
    "sound": "sound",
}
_WEIGHTS = {"hold": 1.5, "reps": 1.5}
"""What stands out where several things share a cell."""

_SOUNDING = ("speech", "sound")
_STYLES: dict[str, Style] = {"hold": "hold", "rest": "dim", "ready": "dim"}

EMPTY = 0.2
"""A cell filled less is left blank."""

STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Seconds between two marks of the ruler."""

STEP_CELLS = 7
"""Cells between two marks of the ruler, at the least."""

_GUTTER = {Side.LEFT: "left  ", Side.RIGHT: "right "}

Cell = tuple[str, bool] | None
"""How a cell is drawn, and whether that belongs to one side alone; None is blank."""

Filled = Mapping[tuple[str, bool], float]
"""The shares of a cell that are filled, by what fills them."""


def picture(timeline: Timeline, width: int, glyphs: Glyphs = FINE) -> list[Line]:
    """The lines of the picture, at most `width` cells wide, which are 20 or more."""
    lanes = tuple(Side) if any(event.side for event in timeline.events) else (None,)
    gutter = len(_GUTTER[Side.LEFT]) if len(lanes) > 1 else 0
    cells = max(1, width - gutter)
    bars = {lane: _bar(timeline, cells, lane) for lane in lanes}
    margin = " " * gutter
    titles, numbered = _chapter_row(timeline, cells)
    lines = [line(margin, Ink(titles, "bold"))] if titles else []
    lines += [_bar_line(bar, lane, glyphs) for lane, bar in bars.items()]
    lines += [line(margin, Ink(row, "dim")) for row in _ruler(timeline, cells, glyphs)]
    lines += [line(), *_legend(bars.values(), width, glyphs)]
    return [*lines, line(), *_chapter_list(timeline.chapters, width)] if numbered else lines


# ── bars ─────────────────────────────────────────────────────────────────────


def _bar(timeline: Timeline, cells: int, lane: Side | None) -> list[Cell]:
    filled: list[dict[tuple[str, bool], float]] = [defaultdict(float) for _ in range(cells)]
    scale = cells / timeline.length
    for event, look in _seen(timeline.events):
        if lane is None or event.side in (None, lane):
            start, stop = event.position * scale, min(event.end * scale, cells)
            for cell in range(int(start), ceil(stop)):
                share = min(stop, cell + 1) - max(start, cell)
                filled[cell][look, event.side is not None] += share
    return list(map(_heaviest, filled))


def _seen(events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    """The events that are drawn: what is said within a hold is left out."""
    until = 0
    for event in events:
        look = event.kind.style
        if look in _SOUNDING and event.position < until:
            continue
        if look:
            yield event, look
        if event.kind is EventKind.REPS or (look and look not in _SOUNDING):
            until = max(until, event.end)


def _heaviest(filled: Filled) -> Cell:
    if sum(filled.values()) < EMPTY:
        return None
    return max(filled, key=lambda look: filled[look] * _WEIGHTS.get(look[0], 1.0))


def _bar_line(bar: list[Cell], lane: Side | None, glyphs: Glyphs) -> Line:
    runs = groupby(bar, key=lambda cell: _style(cell, lane))
    pieces = [Ink("".join(_glyph(cell, glyphs) for cell in run), style) for style, run in runs]
    return line(Ink(_GUTTER[lane], _lane_style(lane)) if lane else "", *pieces)


def _glyph(cell: Cell, glyphs: Glyphs) -> str:
    return str(getattr(glyphs, cell[0])) if cell else " "


def _style(cell: Cell, lane: Side | None) -> Style:
    if cell is None:
        return ""
    look, sided = cell
    return _lane_style(lane) if sided else _STYLES.get(look, "")


def _lane_style(lane: Side | None) -> Style:
    if lane is None:
        return ""
    return "left" if lane is Side.LEFT else "right"


# ── chapters ─────────────────────────────────────────────────────────────────


def _chapter_row(timeline: Timeline, cells: int) -> tuple[str, bool]:
    """The chapters' titles over the bar; their numbers, and True, where these have no room."""
    starts = [chapter.position * cells // timeline.length for chapter in timeline.chapters]
    ends = [*starts[1:], cells + 1] if starts else []
    titles = [chapter.title for chapter in timeline.chapters]
    room = zip(titles, starts, ends, strict=True)
    if all(cell_len(title) < end - start for title, start, end in room):
        return _placed(zip(starts, titles, strict=True)), False
    numbers = map(str, range(1, len(titles) + 1))
    return shortened(_placed(zip(starts, numbers, strict=True)), cells), True


def _placed(labels: Iterable[tuple[int, str]]) -> str:
    """Labels at their cells; one that would touch the one before it is left out."""
    row = ""
    for start, label in labels:
        if not row or cell_len(row) < start:
            row = fitted(row, start) + label
    return row


def _chapter_list(chapters: Sequence[ChapterMark], width: int) -> Iterator[Line]:
    times = [show_time(in_seconds(chapter.position)) for chapter in chapters]
    wide = len(times[-1])
    for number, (chapter, time) in enumerate(zip(chapters, times, strict=True), start=1):
        start = f"{number:>{len(str(len(chapters)))}}  {time:>{wide}}  "
        title = "  " * (chapter.level - 1) + chapter.title
        yield line(Ink(start, "dim"), shortened(title, width - len(start)))


# ── ruler and legend ─────────────────────────────────────────────────────────


def _ruler(timeline: Timeline, cells: int, glyphs: Glyphs) -> tuple[str, str]:
    """The ruler, and the times under it: minutes, or a clock where the steps are shorter."""
    duration = timeline.duration
    step = next((s for s in STEPS if s * cells >= STEP_CELLS * duration), STEPS[-1])
    times = range(0, ceil(duration), step)
    at = [int(time * cells / duration) for time in times]
    ticks = "".join(glyphs.tick if cell in at else glyphs.axis for cell in range(cells))
    labels = [f"{time // 60}" if step >= 60 else show_time(time) for time in times]
    if step >= 60:
        labels[0] += " min"
    fitting = ((a, label) for a, label in zip(at, labels, strict=True) if a + len(label) <= cells)
    return ticks, _placed(fitting)


def _legend(bars: Iterable[list[Cell]], width: int, glyphs: Glyphs) -> Iterator[Line]:
    seen = {cell[0] for bar in bars for cell in bar if cell}
    row = ""
    for look in (look for look in _NAMES if look in seen):
        entry = f"{getattr(glyphs, look)} {_NAMES[look]}"
        if row and cell_len(row) + 3 + cell_len(entry) > width:
            yield line(Ink(row, "dim"))
            row = ""
        row += ("   " if row else "") + entry
    if row:
        yield line(Ink(row, "dim"))


# ── what happens when, as lines of a table: time, length, what, whose turn, text


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
    kind: EventKind
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
    return show_tenths(in_seconds(samples))


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
        holds = [row.length for row in rows if row.kind is EventKind.HOLD]
        self._longest_hold = max(holds, default=1)

    def head(self) -> Line:
        """The names of the columns."""
        names = (ink.text for ink in self._columns({name: name for name in _COLUMNS}, ""))
        return line(Ink("".join(names) + "text", "dim"))

    def lines(self, row: Row) -> Iterator[Line]:
        """A row as one line or more."""
        text, style = self._text_of(row), _row_style(row)
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
            return f"{self._glyphs.hold} {told}" if row.kind is EventKind.HOLD else told
        if row.kind is EventKind.HOLD and self._text:
            return self._glyphs.rule * max(1, self._text * row.length // self._longest_hold)
        return row.text


def _cells(row: Row) -> dict[str, str]:
    """What stands in each column of a row but the last one, the text."""
    times = {"time": time_text(row.at), "length": length_text(row.length)}
    turn = {"side": row.side, "round": row.round, "rep": row.rep}
    return {**times, "what": row.kind.value, **turn}


def _told(row: Row) -> str:
    """A row in words, where there are no columns."""
    if row.kind.spoken:
        return row.text
    turn = (row.side, row.round and f"round {row.round}", row.rep and f"rep {row.rep}")
    length = "" if row.kind in (EventKind.CHIME, EventKind.SOUND) else length_text(row.length)
    words = " ".join(filter(None, (row.kind.value, length, row.text)))
    return ", ".join(filter(None, (words, *turn)))


def _row_style(row: Row) -> Style:
    if row.kind is EventKind.HOLD:
        return "hold"
    return "dim" if row.kind in (EventKind.CHIME, EventKind.PAUSE) else ""
