"""`voiceguide plan`: show a session's timeline as a table and a picture.

A routine with sides has two bars, one above the other: the left side is only in the upper one, the
right side only in the lower one, everything else in both. So it is readable without colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from math import ceil

import click

from voiceguide.cli import console, options
from voiceguide.cli.console import FINE, Cell, Column, Glyphs, Line, Style, Styled, line, shortened
from voiceguide.errors import Problem, RoutineError, Severity
from voiceguide.lengths import in_seconds, show_tenths, show_time
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.timeline import ChapterMark, Event, Timeline
from voiceguide.timeline.data import Entry, outline


@click.command
@options.routine_argument()
@options.session_options
@options.estimate_option
@click.option("--all", "everything", is_flag=True, help="Show every rep and every count.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Draw the session as a picture instead; FILE ends in .svg or .png.",
)
@options.json_option
def plan(
    routine: str,
    *,
    estimate: bool,
    everything: bool,
    output: str | None,
    as_json: bool,
    **wishes: options.Wish,
) -> None:
    """Show the timeline of ROUTINE: a table and a picture of the session.

    \b
      voiceguide plan my-routine.md
      voiceguide plan constructive-rest --length 15m --estimate
      voiceguide plan ten-minute-psoas-relief -o session.svg

    The times are those of the file that `export` writes. Problems go to standard error; if one of
    them is an error, the exit code is 1. With --json, prints one object (see docs/JSON.md), also if
    the routine has errors.
    """
    text = options.read_routine(routine)
    if output:
        from voiceguide.studio.results import check_picture, draw

        check_picture(output)
    try:
        with console.shown_progress("Speaking") as progress:
            made = options.open_routine(text, wishes).plan(estimate=estimate, progress=progress)
    except RoutineError as error:
        if as_json:
            console.put_json(unplanned(error.problems))
        raise
    if output:
        path = draw(made, output)
        if not as_json:
            console.put(str(path))
    if as_json:
        console.put_json(made.as_dict())
    elif not output:
        width, glyphs = console.width(), console.glyphs()
        drawn = picture(made.timeline, width or console.PIPE_WIDTH, glyphs)
        told = table(made.timeline, width, everything=everything, glyphs=glyphs)
        console.put(*told, line(), *console.headline(made, width), line(), *drawn)
    report(made.problems)


def unplanned(problems: Iterable[Problem]) -> dict[str, object]:
    """Return the object of `plan --json` for a routine that cannot be planned."""
    nothing = {"title": None, "language": None, "duration": None, "exact": False}
    problems_ = [problem.as_dict() for problem in problems]
    return {**nothing, "chapters": [], "events": [], "problems": problems_}


def report(problems: tuple[Problem, ...]) -> None:
    """Print warnings; raise a RoutineError if any problem is an error."""
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise RoutineError(problems)
    if problems:
        console.tell(*console.problem_lines(problems))


# ── the picture: chapters, a bar of what happens, and a ruler ────────────────


_LEGEND = ("hold", "reps", "rest", "ready", "speech", "sound")
_WEIGHTS = {"hold": 1.5, "reps": 1.5}
"""Weights by which kinds compete for a shared cell; 1 by default."""

_SOUNDING = ("speech", "sound")
_STYLES: dict[str, Style] = {"hold": "hold", "rest": "dim", "ready": "dim"}

EMPTY = 0.2
"""Least filled share of a cell; below, it is blank."""

STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Possible distances of the ruler's marks in seconds."""

STEP_CELLS = 7
"""Least distance of the ruler's marks in cells."""

_GUTTER = {Side.LEFT: "left  ", Side.RIGHT: "right "}

BarCell = tuple[str, bool] | None
"""The look of a cell, and whether it belongs to one side only; None is blank."""

Filled = Mapping[tuple[str, bool], float]
"""Filled shares of a cell, by look and whether it belongs to one side."""


def picture(timeline: Timeline, width: int, glyphs: Glyphs = FINE) -> list[Line]:
    """Draw the picture, at most `width` cells wide; `width` is at least 20."""
    lanes = tuple(Side) if any(event.side for event in timeline.events) else (None,)
    gutter = len(_GUTTER[Side.LEFT]) if len(lanes) > 1 else 0
    cells = max(1, width - gutter)
    bars = {lane: _bar(timeline, cells, lane) for lane in lanes}
    margin = " " * gutter
    titles, numbered = _chapter_row(timeline, cells)
    lines = [line(margin, Styled(titles, "bold"))] if titles else []
    lines += [_bar_line(bar, lane, glyphs) for lane, bar in bars.items()]
    lines += [line(margin, Styled(row, "dim")) for row in _ruler(timeline, cells, glyphs)]
    lines += [line(), *_legend(bars.values(), width, glyphs)]
    return [*lines, line(), *_chapter_list(timeline.chapters, width)] if numbered else lines


def _bar(timeline: Timeline, cells: int, lane: Side | None) -> list[BarCell]:
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
    """Yield the events to draw with their looks, without sounds within a timed step."""
    until = 0
    for event in events:
        look = event.kind.style
        if look in _SOUNDING and event.position < until:
            continue
        if look:
            yield event, look
        if event.kind is EventKind.REPS or (look and look not in _SOUNDING):
            until = max(until, event.end)


def _heaviest(filled: Filled) -> BarCell:
    if sum(filled.values()) < EMPTY:
        return None
    return max(filled, key=lambda look: filled[look] * _WEIGHTS.get(look[0], 1.0))


def _bar_line(bar: list[BarCell], lane: Side | None, glyphs: Glyphs) -> Line:
    runs = groupby(bar, key=lambda cell: _style(cell, lane))
    drawn = (
        ("".join(getattr(glyphs, cell[0]) if cell else " " for cell in run), style)
        for style, run in runs
    )
    gutter = Styled(_GUTTER[lane], _lane_style(lane)) if lane else ""
    return line(gutter, *(Styled(*piece) for piece in drawn))


def _style(cell: BarCell, lane: Side | None) -> Style:
    if cell is None:
        return ""
    look, sided = cell
    return _lane_style(lane) if sided else _STYLES.get(look, "")


def _lane_style(lane: Side | None) -> Style:
    if lane is None:
        return ""
    return "left" if lane is Side.LEFT else "right"


def _chapter_row(timeline: Timeline, cells: int) -> tuple[str, bool]:
    """The row of chapter titles over the bar; numbers, and True, if titles do not fit."""
    starts = [chapter.position * cells // timeline.length for chapter in timeline.chapters]
    ends = [*starts[1:], cells + 1] if starts else []
    titles = [chapter.title for chapter in timeline.chapters]
    room = zip(titles, starts, ends, strict=True)
    if all(console.cell_len(title) < end - start for title, start, end in room):
        return _placed(zip(starts, titles, strict=True)), False
    numbers = map(str, range(1, len(titles) + 1))
    return shortened(_placed(zip(starts, numbers, strict=True)), cells), True


def _placed(labels: Iterable[tuple[int, str]]) -> str:
    """Place labels at their cells; leave out those that would touch the one before."""
    row = ""
    for start, label in labels:
        if not row or console.cell_len(row) < start:
            row = console.fitted(row, start) + label
    return row


def _chapter_list(chapters: Sequence[ChapterMark], width: int) -> Iterator[Line]:
    times = [show_time(in_seconds(chapter.position)) for chapter in chapters]
    numbered = len(str(len(chapters)))
    for number, (chapter, time) in enumerate(zip(chapters, times, strict=True), start=1):
        start = f"{number:>{numbered}}  {time:>{len(times[-1])}}  "
        title = INDENT * (chapter.level - 1) + chapter.title
        yield line(Styled(start, "dim"), shortened(title, width - len(start)))


def _ruler(timeline: Timeline, cells: int, glyphs: Glyphs) -> tuple[str, str]:
    """The ruler and its labels: minutes, or `m:ss` for steps under a minute."""
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


def _legend(bars: Iterable[list[BarCell]], width: int, glyphs: Glyphs) -> Iterator[Line]:
    seen = {cell[0] for bar in bars for cell in bar if cell}
    names = {look: look for look in _LEGEND if look in seen}
    names |= {"ready": "getting ready"} if "ready" in seen else {}
    entries = (f"{getattr(glyphs, look)} {name}" for look, name in names.items())
    yield from (line(Styled(row, "dim")) for row in console.rows_of(entries, width))


# ── the table: time, length, what, side, round, rep, text ────────────────────


NARROW = 60
"""Width in columns below which a table has only the time and a text."""

INDENT = "  "

_COLUMNS = (
    Column("time", "dim", right=True),
    Column("length", right=True),
    *map(Column, ("what", "side", "round", "rep", "text")),
)


def table(
    timeline: Timeline, width: int | None, *, everything: bool = False, glyphs: Glyphs = FINE
) -> list[Line]:
    """Lay out the table, at most `width` cells wide; None means unlimited."""
    sections = list(outline(timeline, everything=everything))
    entries = [entry for _, found in sections for entry in found]
    if width is not None and width < NARROW:
        rows = [_narrow_row(entry, glyphs) for entry in entries]
        made = iter(console.blocks((Column(style="dim"), Column()), rows, width))
        lines = []
    else:
        longest = max((e.event.length for e in entries if e.event.kind in _DRAWN), default=1)
        rows = [_wide_row(entry, width, longest, glyphs) for entry in entries]
        made = iter(console.blocks(_COLUMNS, rows, width))
        lines = next(made)
    numbers = count(1)
    for chapter, found in sections:
        if chapter:
            title = f"{INDENT * (chapter.level - 1)}{next(numbers)}  {chapter.title}"
            shown = title if width is None else shortened(title, width)
            lines += [line(), line(Styled(shown, "title"))]
        lines += [one for _ in found for one in next(made)]
    return lines


def time_text(samples: int) -> str:
    """Show a time with tenths: `0:12.0`, `1:02.5`."""
    return show_tenths(in_seconds(samples))


def length_text(samples: int) -> str:
    """Show a length with tenths: `12.0` under a minute, otherwise `1:02.5`."""
    shown = time_text(samples)
    return shown if not shown.startswith("0:") else shown[2:].lstrip("0").rjust(3, "0")


_DRAWN = (EventKind.HOLD, EventKind.SEGMENT)
"""Event kinds whose length is drawn as a bar."""


def _wide_row(entry: Entry, width: int | None, longest: int, glyphs: Glyphs) -> tuple[Cell, ...]:
    event, style = entry.event, _row_style(entry.event.kind)
    side = event.side.value if event.side else ""
    cells = (
        length_text(event.length),
        event.called,
        Styled(side, _lane_style(event.side) if side else style),
        str(event.round or ""),
        str(event.rep or ""),
    )

    def bar(room: int | None) -> Styled:
        """Draw an event's length relative to the longest one."""
        return Styled(glyphs.rule * max(1, (room or 0) * event.length // longest), "hold")

    drawn = width is not None and event.kind in _DRAWN
    text: Cell = bar if drawn else Styled(INDENT * entry.within + _entry_text(entry), style)
    styled = (cell if isinstance(cell, Styled) else Styled(cell, style) for cell in cells)
    return (Styled(time_text(event.position), "dim"), *styled, text)


def _narrow_row(entry: Entry, glyphs: Glyphs) -> tuple[Cell, ...]:
    """Make a row of the time and everything else as text."""
    event = entry.event
    mark = f"{glyphs.hold} " if event.kind in _DRAWN else ""
    text = f"{INDENT * entry.within}{mark}{_in_words(entry)}"
    return Styled(time_text(event.position), "dim"), Styled(text, _row_style(event.kind))


def _in_words(entry: Entry) -> str:
    event, text = entry.event, _entry_text(entry)
    if event.kind.spoken:
        return text
    turn = (
        event.side.value if event.side else "",
        f"round {event.round}" if event.round else "",
        f"rep {event.rep}" if event.rep else "",
    )
    sounds = event.kind in (EventKind.CHIME, EventKind.SOUND)
    length = "" if sounds else length_text(event.length)
    words = " ".join(filter(None, (event.called, length, "" if event.called == text else text)))
    return ", ".join(filter(None, (words, *turn)))


def _entry_text(entry: Entry) -> str:
    return (entry.event.text or "") if entry.reps is None else console.counted(entry.reps, "rep")


def _row_style(kind: EventKind) -> Style:
    if kind in _DRAWN:
        return "hold"
    return "dim" if kind in (EventKind.CHIME, EventKind.PAUSE) else ""
