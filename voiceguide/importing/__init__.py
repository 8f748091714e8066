"""`import_text` makes a routine from other texts: scripts, subtitles, tables, interval lists.

Each `Family` recognises its texts and writes them as Markdown; `FAMILIES` lists them all.
The result passes `check`: a line that would fail is kept as a note, and reported.
"""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import PurePath

from msgspec import Struct

from voiceguide.errors import InputError, Severity, quote
from voiceguide.importing.families import (
    RoutineDraft,
    is_interval_list,
    is_table,
    is_timed,
    read_interval_list,
    read_script,
    read_table,
    read_timed,
)
from voiceguide.script import Known, parse
from voiceguide.script.decode import UNSPEAKABLE, decode

__all__ = ["FAMILIES", "Family", "Imported", "import_text"]


class Family(Struct, frozen=True):
    """Formats that share one reader."""

    name: str
    """The name that users see: `subtitles or lyrics`."""
    endings: tuple[str, ...]
    """Suffixes of files that can only be of this family."""
    knows: Callable[[str], bool]
    """Whether a text is of this family."""
    read: Callable[[str, RoutineDraft], None]
    """Writes a text into a draft."""


FAMILIES = (
    Family("subtitles or lyrics", (".srt", ".vtt", ".lrc"), is_timed, read_timed),
    Family("a table", (".csv", ".tsv"), is_table, read_table),
    Family("a list of intervals", (), is_interval_list, read_interval_list),
    Family("a script", (".ssml",), lambda _: True, read_script),
)
"""Tried in this order; the last one accepts every text."""


class Imported(Struct, frozen=True):
    """The result of an import."""

    family: str
    text: str
    """The routine."""
    changed: tuple[str, ...]
    """What was rewritten, a sentence each."""
    unknown: tuple[str, ...]
    """What is uncertain and needs a look by the author, a sentence each."""


def import_text(data: bytes, name: str, known: Known) -> Imported:
    """Make a routine from a text in another format; `name` is the name of its file.

    Raises:
        InputError: the data is not a text, is empty, or is a routine already.
    """
    text, error = decode(data, name)
    if error:
        raise error
    if not text.strip():
        raise InputError("there is nothing in it", "name a file with a text")
    text = "".join(" " if UNSPEAKABLE.match(c) else c for c in unescape(text.replace("\r\n", "\n")))
    path = PurePath(name)
    by_ending = (one for one in FAMILIES if path.suffix.lower() in one.endings)
    by_text = (one for one in FAMILIES if one.knows(text))
    family = next(by_ending, None) or next(by_text, FAMILIES[-1])
    if family is FAMILIES[-1] and _is_routine(data, known):
        way_out = "`voiceguide check` reads it as it is, `voiceguide fmt` formats it"
        raise InputError("it is a routine already", way_out)
    draft = RoutineDraft(title=_title(path))
    family.read(text, draft)
    return _passing(family.name, draft, known)


def _is_routine(data: bytes, known: Known) -> bool:
    """Whether the data is a routine without errors, with at least one step."""
    found = parse(data, "", known)
    faultless = all(problem.severity is not Severity.ERROR for problem in found.problems)
    return faultless and found.routine is not None and any(found.routine.steps())


def _title(path: PurePath) -> str:
    words = " ".join(path.stem.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] if words else "A routine"


def _passing(family: str, draft: RoutineDraft, known: Known) -> Imported:
    """Turn faulty lines into notes until the draft has no errors."""
    while True:
        text = draft.text()
        found = parse(text, "", known).problems
        wrong = {p.line: p.message for p in found if p.severity is Severity.ERROR}
        if not wrong or not _put_aside(draft, text, wrong):
            return Imported(family, text, tuple(draft.changed), tuple(draft.unknown))


def _put_aside(draft: RoutineDraft, text: str, wrong: dict[int, str]) -> bool:
    """Turn faulty lines into notes; return whether there was one."""
    lines = text.split("\n")
    offset = len(lines) - 1 - len(draft.lines)
    done = False
    for number in sorted(wrong):
        index = number - 1 - offset
        line = draft.lines[index] if 0 <= index < len(draft.lines) else ""
        if line.strip() and not line.lstrip().startswith(">"):
            indent = line[: len(line) - len(line.lstrip())]
            plain = line.strip().lstrip("-").strip().replace("<!--", "")
            draft.lines[index] = f"{indent}> {plain}"
            draft.unknown.append(f"{quote(plain)} is a note now: {wrong[number]}")
            done = True
    return done
