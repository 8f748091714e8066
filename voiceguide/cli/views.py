"""A handout in the terminal: pure functions from a sheet to lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import count

from rich.cells import cell_len

from voiceguide.cli.console import Ink, Line, Style, fitted, line, titled, wrapped
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
from voiceguide.handout.labels import labels
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof import Check, Fault, Report
from voiceguide.proof.heard import HeardSound
from voiceguide.proof.levels import MEANINGS, clock, figure, limit, verdict
from voiceguide.proof.promise import PromisedMoment

# ── a handout in the terminal: pure functions from a sheet to lines ──────────


INDENT = "  "

_PLAIN = str.maketrans({"×": "x", "–": "-", "—": "-", "½": ".5", "•": "*", "…": "..."})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


def sheet_lines(sheet: Sheet, width: int) -> list[Line]:
    """The lines of a handout, at most `width` cells wide where it leaves room for a word."""
    return [
        *_words(sheet.title, width, "title"),
        *_words(sheet.description, width, "dim"),
        line(),
        *_facts(sheet, width),
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


def _facts(sheet: Sheet, width: int) -> Iterator[Line]:
    named = max(cell_len(fact.name) for fact in sheet.facts) + len(INDENT)
    for fact in sheet.facts:
        first, *others = wrapped(fact.text, width - named)
        yield line(Ink(fitted(fact.name, named), "dim"), first)
        yield from (line(" " * named, other) for other in others)


def _opening(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.opening:
        yield from (
            line(),
            *_words(labels(sheet.language).addressing(sheet.address).opening, width, "title"),
        )
        for part in sheet.opening:
            yield from _part(part, width, "")


def _notes(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.notes:
        yield from (line(), *_words(labels(sheet.language).notes, width, "title"))
        for paragraph in sheet.notes:
            yield from _words(plain_words(paragraph), width, "dim")


# ── sections ─────────────────────────────────────────────────────────────────


def _section(section: Section, width: int) -> Iterator[Line]:
    yield line()
    heading = ", ".join(filter(None, (section.heading, section.condition.lower())))
    if heading:
        yield from _words(heading, width, "title" if section.depth == 1 else "bold")
    for part in section.parts:
        yield from _part(part, width, "")


def _part(part: Part, width: int, indent: str) -> Iterator[Line]:
    if isinstance(part, Exercise):
        yield from _exercise(part, width, indent)
    elif isinstance(part, NoteBlock):
        for paragraph in part.paragraphs:
            yield from _words(plain_words(paragraph), width, "dim", indent)
    elif isinstance(part, Figure):
        yield from _words(f"[{part.alternative}]", width, "dim", indent)
    else:
        label = f"{part.when}: " if isinstance(part, CueLine) else ""
        yield from _words(label + _text(part.sentences), width, "", indent)


def _exercise(exercise: Exercise, width: int, indent: str) -> Iterator[Line]:
    if exercise.in_words:
        words = _text(exercise.in_words)
        yield from _words(f"{exercise.condition}: {words}", width, "", indent)
        return
    head = ": ".join(filter(None, (exercise.name, exercise.condition, exercise.dose)))
    if head:
        yield from _words(head, width, "hold", indent)
        indent += INDENT
    told = [part for part in exercise.parts if isinstance(part, Paragraph)]
    numbers = count(1) if sum(len(paragraph.sentences) for paragraph in told) > 1 else None
    for part in exercise.parts:
        if isinstance(part, Paragraph) and numbers:
            for sentence in part.sentences:
                first = f"{next(numbers)}. "
                yield from _words(plain_words(sentence), width, "", indent, first)
        else:
            yield from _part(part, width, indent)


# ── words ────────────────────────────────────────────────────────────────────


def _text(sentences: Iterable[Words]) -> str:
    return " ".join(map(plain_words, sentences))


def _words(
    text: str, width: int, style: Style = "", indent: str = "", first: str = ""
) -> Iterator[Line]:
    """A text in lines, all of them indented below what comes `first`; none where it is empty."""
    if not text:
        return
    lead = indent + first
    for number, part in enumerate(wrapped(text, width - cell_len(lead))):
        yield line(" " * cell_len(lead) if number else lead, Ink(part, style))


# ── a report as lines for a terminal ─────────────────────────────────────────


GAP = "  "
_PLAIN_VERIFY_VIEW = str.maketrans({"✓": "+", "✗": "!", "“": '"', "”": '"', "–": "-"})
"""For terminals that know no others."""


def told(report: Report, width: int | None, *, everything: bool, fine: bool) -> Iterator[Line]:
    """The lines of a report, at most `width` cells wide; None means as wide as they are."""
    lines = _lines(report, width, everything=everything)
    return lines if fine else map(_plain, lines)


def _lines(report: Report, width: int | None, *, everything: bool) -> Iterator[Line]:
    heard = report.heard
    said = f"{clock(heard.length)}, {heard.rate / 1000:g} kHz, {report.path.name}"
    yield from titled(report.promise.title, said, width)
    if everything:
        yield line()
        yield from _events(report, width)
    yield line()
    yield from _checks(report, width)
    yield line()
    for fault in report.faults:
        yield from _fault(fault, width)
    yield line(Ink(verdict(report), "good" if report.passes else "bad"))


# ── checks ───────────────────────────────────────────────────────────────────


def _checks(report: Report, width: int | None) -> Iterator[Line]:
    rows = [(one.name, figure(one.measured, one.unit), limit(one)) for one in report.checks]
    names, figures, limits = (max(map(cell_len, column)) for column in zip(*rows, strict=True))
    room = None if width is None else width - 2 - names - figures - limits - 3 * len(GAP)
    for check, (name, measured, most) in zip(report.checks, rows, strict=True):
        cells = (fitted(name, names), fitted(measured, figures, right=True), fitted(most, limits))
        about = MEANINGS[check.name]
        shown = about if room is None or cell_len(about) <= room else ""
        yield _check(check, cells, shown)


def _check(check: Check, cells: tuple[str, str, str], about: str) -> Line:
    name, measured, most = cells
    mark = Ink("✓ ", "good") if check.passes else Ink("✗ ", "bad")
    style = Ink(measured, "" if check.passes else "bad")
    return line(mark, name, GAP, style, GAP, Ink(most, "dim"), GAP, Ink(about, "dim"))


def _fault(fault: Fault, width: int | None) -> Iterator[Line]:
    at = "" if fault.at is None else clock(fault.at)
    room = None if width is None else max(20, width - 10)
    first, *others = wrapped(fault.message, room)
    yield line(Ink(at.rjust(8), "dim"), GAP, first)
    yield from (line(" " * 10, other) for other in others)


# ── events ───────────────────────────────────────────────────────────────────


def _events(report: Report, width: int | None) -> Iterator[Line]:
    """Each event: its time, by how many milliseconds it is off, its length and the same of it."""
    rows = [("time", "off by", "length", "off by", "LUFS", "what"), *_rows(report)]
    wide = [max(map(cell_len, column)) for column in zip(*rows, strict=True)][:-1]
    before = sum(wide) + len(GAP) * len(wide)
    room = None if width is None else max(8, width - before)
    for number, (*figures, what) in enumerate(rows):
        cells = map(partial(fitted, right=True), figures, wide)
        first, *others = wrapped(what, room)
        text = Ink(first) if number else Ink(first, "dim")
        yield line(Ink("".join(cell + GAP for cell in cells), "dim"), text)
        yield from (line(" " * before, other) for other in others)


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    both = zip(report.promise.moments, report.heard.sounds, report.lengths, strict=True)
    for moment, sound, length in both:
        yield (
            clock(moment.position),
            _late(report, moment, sound),
            f"{moment.length / SAMPLE_RATE:.1f} s",
            _off(None if length is None else length - moment.length),
            f"{sound.loudness:.1f}" if sound else "",
            " ".join(filter(None, (moment.side, moment.kind, moment.text))),
        )


def _late(report: Report, moment: PromisedMoment, sound: HeardSound | None) -> str:
    return (
        "missing" if moment.sound is not None and not sound else _off(sound.late if sound else None)
    )


def _off(count: int | None) -> str:
    return "" if count is None else f"{count * 1000 / SAMPLE_RATE + 0.0:+.1f} ms"


def _plain(shown: Line) -> Line:
    return tuple(Ink(ink.text.translate(_PLAIN_VERIFY_VIEW), ink.style) for ink in shown)
