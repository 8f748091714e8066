"""Handouts in a test: from text to sheet, and the parts of a sheet as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent

from voiceguide import studio
from voiceguide.handout import CueLine, Exercise, Figure, NoteBlock, Part, Sheet, Words


def sheet_of(text: str, folder: Path | None = None) -> Sheet:
    """The handout of a routine that has no problems."""
    source = studio.SourceText(dedent(text).encode(), "test.md", folder or Path())
    return studio.load_text(source).sheet()


def plain(words: Words) -> str:
    """A sentence without its styles."""
    return "".join(span.text for span in words)


def told(parts: Iterable[Part]) -> list[str]:
    """What stands in a section, a line each: `= dose`, `(condition)`, `> note`, `When: cue`."""
    return list(_told(parts))


def _told(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Exercise):
            condition = f" ({part.condition})" if part.condition else ""
            yield f"= {part.dose}{condition}"
            yield from _told(part.parts)
        elif isinstance(part, NoteBlock):
            yield from (f"> {plain(paragraph)}" for paragraph in part.paragraphs)
        elif isinstance(part, Figure):
            yield f"[{part.alternative}]"
        else:
            label = f"{part.when}: " if isinstance(part, CueLine) else ""
            yield label + " ".join(map(plain, part.sentences))


def exercises(parts: Iterable[Part]) -> Iterator[Exercise]:
    """The timed steps at any depth, in order."""
    for part in parts:
        if isinstance(part, Exercise):
            yield part
            yield from exercises(part.parts)
