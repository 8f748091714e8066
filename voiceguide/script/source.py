"""Text that knows where it stands: a line without its margin, and a passage over lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from voiceguide.errors import Place, Problem, Severity, did_you_mean, in_file_order, nearest, quote

# ── text that knows where it stands: a line without its margin, and a passage over lines


TAB = 4
"""A tab reaches to the next multiple of so many columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the body, without indentation, comments and white space at its end."""

    number: int
    indent: int
    """Columns of white space before it."""
    column: int
    """Of its first character, counted in characters from 1."""
    text: str

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.text

    def after(self, count: int) -> Line:
        """The rest of the line after its first `count` characters and the white space there."""
        rest = self.text[count:].lstrip()
        return replace(self, column=self.column + len(self.text) - len(rest), text=rest)


def indent_of(text: str) -> int:
    """Columns of white space that a line begins with."""
    columns = 0
    for character in text[: len(text) - len(text.lstrip())]:
        columns += TAB - columns % TAB if character == "\t" else 1
    return columns


class _Spot(NamedTuple):
    """Where a line begins within a passage."""

    offset: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Text from one or more lines, joined by line ends."""

    source: str
    text: str
    _spots: tuple[_Spot, ...]

    @classmethod
    def of(cls, source: str, lines: Iterable[Line]) -> Passage:
        """The passage that consecutive lines make."""
        texts: list[str] = []
        spots: list[_Spot] = []
        offset = 0
        for line in lines:
            spots.append(_Spot(offset, line.number, line.column))
            texts.append(line.text)
            offset += len(line.text) + 1
        return cls(source, "\n".join(texts), tuple(spots))

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        """Where the characters from `start` to `stop` stand; the mark ends with the line."""
        spot = self._spots[self._line_of(start)]
        line_end = self.text.find("\n", start)
        ends = [len(self.text) if stop is None else stop, *([line_end] if line_end >= 0 else [])]
        width = max(1, min(ends) - start)
        return Place(self.source, spot.line, spot.column + start - spot.offset, width)

    def part(self, start: int, stop: int | None = None) -> Passage:
        """The passage from `start` to `stop`, without white space around it."""
        cut = self.text[start:stop]
        text = cut.strip()
        start += len(cut) - len(cut.lstrip()) if text else 0
        lines = slice(self._line_of(start), self._line_of(start + len(text)) + 1)
        spots = (spot._replace(offset=spot.offset - start) for spot in self._spots[lines])
        return replace(self, text=text, _spots=tuple(spots))

    def _line_of(self, offset: int) -> int:
        """The index of the line that holds the character at `offset`."""
        return bisect_right(self._spots, offset, key=lambda spot: spot.offset) - 1

    def split(self, mark: str) -> tuple[Passage, ...]:
        """The parts between the marks."""
        parts: list[Passage] = []
        start = 0
        for text in self.text.split(mark):
            parts.append(self.part(start, start + len(text)))
            start += len(text) + len(mark)
        return tuple(parts)


# ── the problems of a source, gathered as they are found ─────────────────────


MOST_PROBLEMS = 500
"""So many problems come at once; what finds more is no routine."""


class Fault(Exception):  # noqa: N818  (raised and caught within this room, it is no error yet)
    """Something is wrong at a place, and what stands there cannot be read any further."""

    def __init__(self, place: Place, message: str, help: str = "") -> None:  # noqa: A002  (as users see it)
        super().__init__(message)
        self.place = place
        self.message = message
        self.help = help


class EnoughProblems(Exception):  # noqa: N818  (it ends the reading, and no user sees it)
    """There are `MOST_PROBLEMS` problems."""


class Report:
    """Gathers the problems of one source."""

    def __init__(self, source: str, lines: Sequence[str]) -> None:
        self.source = source
        self._lines = lines
        self._problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self._problems)

    def place(self, line: int, column: int = 1, width: int = 1) -> Place:
        """A place in the source."""
        return Place(self.source, line, column, width)

    def error(self, place: Place, message: str, help: str = "") -> None:  # noqa: A002  (as users see it)
        """Note what stops the work.

        Raises:
            EnoughProblems: it is one problem too many.
        """
        self._add(place, message, help, Severity.ERROR)

    def warn(self, place: Place, message: str, help: str) -> None:  # noqa: A002  (as users see it)
        """Note what is odd, but does no harm.

        Raises:
            EnoughProblems: it is one problem too many.
        """
        self._add(place, message, help, Severity.WARNING)

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Note a fault raised inside, and go on after it."""
        try:
            yield
        except Fault as fault:
            self.error(fault.place, fault.message, fault.help)

    def problems(self) -> tuple[Problem, ...]:
        """All that were found, in the order of the file."""
        return in_file_order(self._problems)

    def _add(self, place: Place, message: str, way_out: str, severity: Severity) -> None:
        if len(self._problems) == MOST_PROBLEMS:
            message = f"there are more than {MOST_PROBLEMS} problems"
            self._problems.append(Problem(place, message, "mend the first ones, and check again"))
            raise EnoughProblems
        line = self._lines[place.line - 1]
        self._problems.append(Problem(place, message, way_out, line, severity))


# ── the names that a routine may say: chimes, other routines, and paths beside it


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BESIDE = "put the file beside the routine, and write its name alone"


@dataclass(frozen=True, slots=True)
class Known:
    """What exists outside the file."""

    chimes: frozenset[str] = frozenset()
    """Families, `bowl`, and full names, `bowl-start`."""
    routines: frozenset[str] = frozenset()
    """The library's."""
    beds: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    """For authors: what `check` warns of."""

    @property
    def families(self) -> frozenset[str]:
        """The chimes that are whole families."""
        return frozenset(name for name in self.chimes if "-" not in name)


def is_path(name: str) -> bool:
    """Whether a name can only be a file's: library names have neither dots nor slashes."""
    return any(mark in name for mark in "./\\")


def path_fault(path: str, home: str = "the routine's folder") -> tuple[str, str] | None:
    """What is wrong with a path from `home`, and the way out; the disk is not asked."""
    if "\\" in path:
        return f"{quote(path)} has a backslash", "write `/` between a folder and a file"
    if _SCHEME.match(path):
        return f"{quote(path)} is not a path beside this file", _BESIDE
    if path.startswith(("/", "~")) or _escapes(path):
        return f"{quote(path)} leads out of {home}", _BESIDE
    if path.endswith(("/", "/.", "/..")) or path in (".", ".."):
        return f"{quote(path)} is a folder", "name a file in it"
    return None


def read_chime(part: Passage, known: Known) -> str:
    """The name of a chime.

    Raises:
        Fault: there is none of this name.
    """
    name = part.text.lower()
    if name not in known.chimes:
        message = f"unknown chime {quote(part.text)}"
        names = known.chimes if nearest(name, known.chimes) else known.families
        raise Fault(part.place(), message, did_you_mean(name, names))
    return name


def read_routine_name(part: Passage, known: Known) -> str:
    """The name of a routine in the library, or a path beside this file.

    Raises:
        Fault: there is none of this name, or the path leads away.
    """
    if is_path(part.text):
        return read_path(part)
    if part.text not in known.routines:
        message = f"there is no routine {quote(part.text)} in the library"
        help_ = did_you_mean(part.text, known.routines)
        raise Fault(part.place(), message, help_ or "write a path beside this file: `warm-up.md`")
    return part.text


def read_path(part: Passage) -> str:
    """The path of a file beside this one.

    Raises:
        Fault: it leads away.
    """
    fault = path_fault(part.text)
    if fault:
        raise Fault(part.place(), *fault)
    return part.text


def _escapes(path: str) -> bool:
    depth = 0
    for piece in path.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(piece, 1)
        if depth < 0:
            return True
    return False
