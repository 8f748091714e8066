"""A handout in the terminal: pure functions from a sheet to lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from voiceguide.cli.console import Column, Line, Styled, blocks, line, lines_of, table, titled
from voiceguide.handout import (
    CueLine,
    Exercise,
    Figure,
    NoteBlock,
    Paragraph,
    Part,
    Section,
    Sheet,
    Span,
    Words,
)
from voiceguide.handout.doses import labels
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof import Check, Report
from voiceguide.proof.levels import clock, figure, limit, off_by, verdict

# ── a handout in the terminal: pure functions from a sheet to lines ──────────


INDENT = "  "

_PLAIN = str.maketrans({"×": "x", "–": "-", "—": "-", "½": ".5", "•": "*", "…": "..."})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


def sheet_lines(sheet: Sheet, width: int) -> list[Line]:
    """The lines of a handout, at most `width` cells wide where it leaves room for a word."""
    return [
        *lines_of(sheet.title, width, "title"),
        *lines_of(sheet.description, width, "dim"),
        line(),
        *table((Column(style="dim"), Column()), [(f.name, f.text) for f in sheet.facts], width),
        *_opening(sheet, width),
        *_notes(sheet, width),
        *(shown for section in sheet.sections for shown in _section(section, width)),
    ]


def in_ascii(text: str) -> str:
    """The text with what stands for dashes, fractions and quotes where there is nothing else."""
    return text.translate(_PLAIN).translate(_QUOTES)


def plain_words(words: Words) -> str:
    """A sentence as plain text; code keeps its backticks."""
    return "".join(map(_plain_span, words))


def _plain_span(span: Span) -> str:
    if span.style == "link" and span.address != span.text:
        return f"{span.text} ({span.address})"
    return {"code": f"`{span.text}`", "picture": f"[{span.text}]"}.get(span.style, span.text)


# ── above the sections ───────────────────────────────────────────────────────


def _opening(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.opening:
        opening = labels(sheet.language).addressing(sheet.address).opening
        yield from (line(), *lines_of(opening, width, "title"))
        for part in sheet.opening:
            yield from _part(part, width, "")


def _notes(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.notes:
        yield from (line(), *lines_of(labels(sheet.language).notes, width, "title"))
        for paragraph in sheet.notes:
            yield from lines_of(plain_words(paragraph), width, "dim")


# ── sections ─────────────────────────────────────────────────────────────────


def _section(section: Section, width: int) -> Iterator[Line]:
    yield line()
    heading = ", ".join(filter(None, (section.heading, section.condition.lower())))
    if heading:
        yield from lines_of(heading, width, "title" if section.depth == 1 else "bold")
    for part in section.parts:
        yield from _part(part, width, "")


def _part(part: Part, width: int, indent: str) -> Iterator[Line]:
    if isinstance(part, Exercise):
        yield from _exercise(part, width, indent)
    elif isinstance(part, NoteBlock):
        for paragraph in part.paragraphs:
            yield from lines_of(plain_words(paragraph), width, "dim", indent)
    elif isinstance(part, Figure):
        yield from lines_of(f"[{part.alternative}]", width, "dim", indent)
    else:
        label = f"{part.when}: " if isinstance(part, CueLine) else ""
        yield from lines_of(label + _text(part.sentences), width, "", indent)


def _exercise(exercise: Exercise, width: int, indent: str) -> Iterator[Line]:
    if exercise.in_words:
        words = _text(exercise.in_words)
        yield from lines_of(f"{exercise.condition}: {words}", width, "", indent)
        return
    head = ": ".join(filter(None, (exercise.name, exercise.condition, exercise.dose)))
    if head:
        yield from lines_of(head, width, "hold", indent)
        indent += INDENT
    paragraphs = [part for part in exercise.parts if isinstance(part, Paragraph)]
    numbers = count(1) if sum(len(paragraph.sentences) for paragraph in paragraphs) > 1 else None
    for part in exercise.parts:
        if isinstance(part, Paragraph) and numbers:
            for sentence in part.sentences:
                first = f"{next(numbers)}. "
                yield from lines_of(plain_words(sentence), width, "", indent + first)
        else:
            yield from _part(part, width, indent)


# ── words ────────────────────────────────────────────────────────────────────


def _text(sentences: Iterable[Words]) -> str:
    return " ".join(map(plain_words, sentences))


# ── a report as lines for a terminal ─────────────────────────────────────────


_PLAIN_MARKS = str.maketrans({"✓": "+", "✗": "!", "“": '"', "”": '"', "–": "-"})
"""For terminals that know no others."""

_NARROW = 72
"""Columns: in fewer there is no room beside the figures of a check."""

_CHECK_COLUMNS = (Column(), Column(), Column(right=True), Column(style="dim"), Column(style="dim"))

_EVENT_COLUMNS = (
    *(Column(head, "dim", right=True) for head in ("time", "off by", "length", "off by", "LUFS")),
    Column("what"),
)


def report_lines(
    report: Report, width: int | None, *, everything: bool, fine: bool
) -> Iterator[Line]:
    """The lines of a report, at most `width` cells wide; None means as wide as they are."""
    lines = _report_lines(report, width, everything=everything)
    return lines if fine else map(_in_plain_marks, lines)


def _report_lines(report: Report, width: int | None, *, everything: bool) -> Iterator[Line]:
    heard = report.heard
    about = f"{clock(heard.length)}, {heard.rate / 1000:g} kHz, {report.path.name}"
    yield from titled(report.promise.title, about, width)
    if everything:
        yield line()
        yield from table(_EVENT_COLUMNS, _event_rows(report), width)
    yield line()
    yield from _check_lines(report, width)
    yield line()
    faults = (("" if f.at is None else clock(f.at), f.message) for f in report.faults)
    yield from table((Column(style="dim", right=True), Column()), faults, width)
    yield line(Styled(verdict(report), "good" if report.passes else "bad"))


def _check_lines(report: Report, width: int | None) -> Iterator[Line]:
    """A row for each check; where it is too narrow, what it looks at stands below its figures."""
    rows = list(map(_check_row, report.checks))
    if width is None or width >= _NARROW:
        yield from table(_CHECK_COLUMNS, rows, width)
        return
    made = blocks(_CHECK_COLUMNS[:-1], [row[:-1] for row in rows], width)
    for check, shown in zip(report.checks, made, strict=True):
        yield from (*shown, *lines_of(check.about, width, "dim", "   "))


def _check_row(check: Check) -> tuple[Styled | str, ...]:
    passes = check.passes
    mark = Styled("✓", "good") if passes else Styled("✗", "bad")
    measured = Styled(figure(check.measured, check.unit), "" if passes else "bad")
    return mark, check.name, measured, limit(check), check.about


def _event_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """Each event: its time, by how many milliseconds it is off, its length and the same of it."""
    for moment, sound, length in report.events:
        missing = moment.sound is not None and not sound
        yield (
            clock(moment.position),
            "missing" if missing else off_by(sound.late if sound else None),
            f"{moment.length / SAMPLE_RATE:.1f} s",
            off_by(None if length is None else length - moment.length),
            f"{sound.loudness:.1f}" if sound else "",
            " ".join(filter(None, (moment.side, moment.kind, moment.text))),
        )


def _in_plain_marks(shown: Line) -> Line:
    return tuple(Styled(piece.text.translate(_PLAIN_MARKS), piece.style) for piece in shown)
