"""What can go wrong: a place, a sentence and a way out, and how a problem is shown."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a source's name, its line and column (both from 1)."""

    source: str
    line: int
    column: int = 1
    width: int = 1
    """How many characters the mark under the line covers."""
    via: Place | None = None
    """Where the routine that was asked for calls this one in with `use`."""

    @property
    def outermost(self) -> Place:
        """The place in the routine that was asked for."""
        return self.via.outermost if self.via else self

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class Severity(Enum):
    """Whether a problem stops the work."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a routine."""

    place: Place
    message: str
    help: str = ""
    line_text: str = ""
    """The line it stands in, as written; empty where there is none to show."""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return "\n".join(self._parts())

    def _parts(self) -> Iterable[str]:
        warning = "warning: " if self.severity is Severity.WARNING else ""
        yield f"{self.place}: {warning}{self.message}"
        if self.line_text:
            yield from self._marked_line()
        if self.help:
            yield f"help: {self.help}"

    def _marked_line(self) -> Iterable[str]:
        gutter = f"{self.place.line:>5} | "
        shown, column = _window(self.line_text, self.place.column)
        # tabs stay tabs, so that the mark stands under what it means
        before = "".join(map(_blank, shown[: column - 1]))
        marked = shown[column - 1 : column - 1 + self.place.width]
        width = max(1, sum(2 if _blank(character) == _WIDE else 1 for character in marked))
        yield f"{gutter}{shown}"
        yield f"{' ' * (len(gutter) - 2)}| {before}{'^' * width}"

    def as_dict(self) -> dict[str, object]:
        """The problem as `check --json` and `plan --json` show it."""
        return {
            "file": self.place.source,
            "line": self.place.line,
            "column": self.place.column,
            "severity": self.severity.value,
            "message": self.message,
            "help": self.help or None,
        }


class VoiceguideError(Exception):
    """The root of every error that voiceguide raises on purpose."""

    exit_code = 3

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002  (the word users see)
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return f"{self.message}\nhelp: {self.help}" if self.help else self.message


class RoutineError(VoiceguideError):
    """A routine has problems; all that were found come at once."""

    exit_code = 1

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_file_order(problems)
        super().__init__("\n\n".join(map(str, self.problems)))


class UsageError(VoiceguideError):
    """What was asked for makes no sense: an unknown name, an impossible option."""

    exit_code = 2


class ConfigurationError(UsageError):
    """The user's configuration file has problems; all that were found come at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_file_order(problems)
        super().__init__("\n\n".join(map(str, self.problems)))


class MachineError(VoiceguideError):
    """The machine's fault: no engine, a full disk, a folder that cannot be written."""


WIDEST_SHOWN = 120
"""Characters of a line that are shown; of a longer one those around the mark are."""


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a line that is shown, and the column of the mark in it."""
    if len(line) <= WIDEST_SHOWN:
        return line, column
    start = max(0, min(column - 1 - WIDEST_SHOWN // 2, len(line) - WIDEST_SHOWN))
    stop = start + WIDEST_SHOWN
    before, after = "…" if start else "", "…" if stop < len(line) else ""
    return f"{before}{line[start:stop]}{after}", column - start + len(before)


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by source, line and column; those of one place in the order found."""
    return tuple(sorted(problems, key=_position))


def _position(problem: Problem) -> tuple[str, int, int]:
    return (problem.place.source, problem.place.line, problem.place.column)


LONGEST_QUOTE = 60
"""Characters of a routine that a message repeats; the line under it shows the rest."""


def quote(text: str) -> str:
    """A piece of a routine inside a message: on one line, in backticks, cut where it is long."""
    # cut first: a word of a megabyte is not worth splitting
    start = " ".join(text[: 2 * LONGEST_QUOTE].split())
    whole = len(start) <= LONGEST_QUOTE and len(text) <= 2 * LONGEST_QUOTE
    return f"`{start}`" if whole else f"`{start[:LONGEST_QUOTE]}…`"


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that `word` was probably meant to be; a `likeness` of 1 is the same word."""
    found = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=likeness)
    return found[0] if found else None


_WIDE = "\u3000"
"""A blank as wide as a letter of East Asian scripts."""


def _blank(character: str) -> str:
    """A blank as wide as the character on a terminal."""
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    return "\t" if character == "\t" else " "


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A help text: the nearest known word, or all of them where none is near."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f"did you mean `{near}`?"
    return "known are " + ", ".join(f"`{w}`" for w in words) if words else ""
