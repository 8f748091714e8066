"""`voiceguide show` and `handout`: a routine's handout in the terminal and as a page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import click

from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, line, lines_of, plain, styled, table
from voiceguide.errors import UsageError
from voiceguide.files import is_folder, replacing
from voiceguide.files.sets import file_set
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


@click.command
@options.routine_argument()
@click.option("--source", is_flag=True, help="Show the text of the routine instead.")
def show(routine: str, *, source: bool) -> None:
    """Show the handout of ROUTINE: its length, what you need, doses, instructions, notes.

    \b
      voiceguide show constructive-rest
      voiceguide show --source constructive-rest > mine.md

    Ranges are shown as ranges. Of two sides, the first is shown, with the other in brackets. In a
    pipe, --source copies the file's bytes unchanged.
    """
    text = options.read_routine(routine)
    if source:
        if console.is_terminal(sys.stdout):
            console.put(*styled(text.data.decode(errors="replace")))
        else:
            console.put_raw(text.data)
        return
    lines = sheet_lines(
        options.open_routine(text, {}).sheet(), console.width() or console.PIPE_WIDTH
    )
    if all(console.encodes(plain(shown)) for shown in lines):
        console.put(*lines)
    else:
        console.put(*(in_ascii(plain(shown)) for shown in lines))


@click.command
@options.routine_argument()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Output file, ending in .html, or a folder.  "
    "[default: the routine's name, in the current folder]",
)
@options.chosen_options
def handout(routine: str, *, output: str | None, **wishes: options.Wish) -> None:
    """Write ROUTINE as an HTML page to print or read on a phone: one A4 side per exercise.

    \b
      voiceguide handout kneeling-hip-flexor-stretch
      voiceguide handout my-routine.md -o for-anna.html --level gentle --with band

    With --level, --length, --with or --set, the doses are those of the session that `export` makes
    with the same options; otherwise ranges are shown as ranges.

    The page is a single file and loads nothing from the network. When it is complete, it replaces
    the old file that -o names; without -o, it replaces only a file that `handout` wrote. The path
    is printed.
    """
    text = options.read_routine(routine)
    target = _page_for(routine, output)
    named = target if output and target == Path(output) else None
    session = options.open_routine(text, wishes)
    sheet = session.sheet(chosen=any(wishes.values()))
    from voiceguide.cli.plan import report
    from voiceguide.handout.page import as_html

    report(session.warnings)

    if named:
        with replacing(target) as file:
            file.write(as_html(sheet).encode())
    else:
        with file_set(target.parent, target.name, [target]) as files:
            files.write(target, as_html(sheet).encode())
    console.put(str(target))


def _page_for(routine: str, output: str | None) -> Path:
    """Check the page's name and return the path to write."""
    if output is None or is_folder(output):
        return Path(output or "") / f"{options.name_of(routine)}.html"
    if Path(output).suffix.lower() not in options.PAGES:
        named = Path(output).name and output != "-"
        way_out = f"write `-o {Path(output).with_suffix('.html')}`" if named else ""
        raise UsageError(
            f"`{output}` is not a name for a page", way_out or "name a file that ends in .html"
        )
    return Path(output)


# ── a handout in the terminal: pure functions from a sheet to lines ──────────


INDENT = "  "

_PLAIN = str.maketrans({"×": "x", "–": "-", "—": "-", "½": ".5", "•": "*", "…": "..."})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


def sheet_lines(sheet: Sheet, width: int) -> list[Line]:
    """The lines of a handout, at most `width` cells wide unless a word needs more."""
    return [
        *lines_of(sheet.title, width, "title"),
        *lines_of(sheet.description, width, "dim"),
        line(),
        *table((Column(style="dim"), Column()), [(f.name, f.text) for f in sheet.facts], width),
        *_opening(sheet, width),
        *(shown for section in sheet.sections for shown in _section(section, width)),
    ]


def in_ascii(text: str) -> str:
    """Replace dashes, fractions and quotes by ASCII characters."""
    return text.translate(_PLAIN).translate(_QUOTES)


def plain_words(words: Words) -> str:
    """Convert a sentence to plain text; code keeps its backticks."""
    return "".join(map(_plain_span, words))


def _plain_span(span: Span) -> str:
    if span.style == "link" and span.address != span.text:
        return f"{span.text} ({span.address})"
    return {"code": f"`{span.text}`", "picture": f"[{span.text}]"}.get(span.style, span.text)


def _opening(sheet: Sheet, width: int) -> Iterator[Line]:
    if sheet.opening:
        opening = labels(sheet.language).addressing(sheet.address).opening
        yield from (line(), *lines_of(opening, width, "title"))
        for part in sheet.opening:
            yield from _part(part, width, "")
    if sheet.notes:
        yield from (line(), *lines_of(labels(sheet.language).notes, width, "title"))
        for paragraph in sheet.notes:
            yield from lines_of(plain_words(paragraph), width, "dim")


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


def _text(sentences: Iterable[Words]) -> str:
    return " ".join(map(plain_words, sentences))
