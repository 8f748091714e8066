"""A picture of a session for a terminal: its chapters, a bar of what happens, a ruler in minutes.

A routine with sides has two bars, one above the other: what is for the left side stands in the
upper one alone, what is for the right side in the lower one, and all else in both. So it can be
read without colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import ceil

from rich.cells import cell_len

from voiceguide.cli.glyphs import FINE, Glyphs
from voiceguide.cli.ink import Ink, Line, Style, fitted, line, shortened
from voiceguide.lengths import in_seconds, show_clock
from voiceguide.routine import Side
from voiceguide.sequence import Kind
from voiceguide.timeline import ChapterMark, Event, Timeline

_LOOKS = {
    Kind.HOLD: "hold",
    Kind.REP: "reps",
    Kind.REST: "rest",
    Kind.WAIT: "rest",
    Kind.READY: "ready",
    Kind.CHANGE: "ready",
    Kind.SAY: "speech",
    Kind.COUNT: "speech",
    Kind.SOUND: "sound",
}
"""What each kind is drawn as; chimes are too short to be seen, and in a pause nothing happens."""

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
        look = _LOOKS.get(event.kind, "")
        if look in _SOUNDING and event.position < until:
            continue
        if look:
            yield event, look
        if event.kind is Kind.REPS or (look and look not in _SOUNDING):
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
    times = [show_clock(int(in_seconds(chapter.position))) for chapter in chapters]
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
    labels = [f"{time // 60}" if step >= 60 else show_clock(time) for time in times]
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
