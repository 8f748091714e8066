"""A handout in the terminal: pure functions from a sheet to lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from rich.cells import cell_len

from voiceguide.cli.ink import Ink, Line, Style, fitted, line, wrapped
from voiceguide.handout import Cue, Exercise, Note, Paragraph, Part, Section, Sheet, Words
from voiceguide.handout.labels import labels

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
    return "".join(f"`{span.text}`" if span.style == "code" else span.text for span in words)


# ── above the sections ───────────────────────────────────────────────────────


def _facts(sheet: Sheet, width: int) -> Iterator[Line]:
    named = max(cell_len(fact.name) for fact in sheet.facts) + len(INDENT)
    for fact in sheet.facts:
        first, *others = wrapped(fact.text, width - named)
        yield line(Ink(fitted(fact.name, named), "dim"), first)
        yield from (line(" " * named, other) for other in others)


def _opening(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.opening:
        yield from (line(), *_words(labels(sheet.language).opening, width, "title"))
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
    elif isinstance(part, Note):
        for paragraph in part.paragraphs:
            yield from _words(plain_words(paragraph), width, "dim", indent)
    else:
        label = f"{part.when}: " if isinstance(part, Cue) else ""
        yield from _words(label + _text(part.sentences), width, "", indent)


def _exercise(exercise: Exercise, width: int, indent: str) -> Iterator[Line]:
    if exercise.in_words:
        words = _text(exercise.in_words)
        yield from _words(f"{exercise.condition}: {words}", width, "", indent)
        return
    head = ": ".join(filter(None, (exercise.condition, exercise.dose)))
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
