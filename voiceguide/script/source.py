"""Text that knows where it stands: a line without its margin, and a passage over lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from voiceguide.errors import InputError, Place, did_you_mean, nearest, quote

# ── text that knows where it stands: a line without its margin, and a passage over lines


TAB = 4
"""A tab reaches to the next multiple of so many columns."""


@dataclass(frozen=True, slots=True)
class SourceLine:
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

    def after(self, count: int) -> SourceLine:
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
    def of(cls, source: str, lines: Iterable[SourceLine]) -> Passage:
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

    def as_if(self, text: str) -> Passage:
        """Another text in the place of this one."""
        return replace(self, text=text, _spots=self._spots[:1])

    def _line_of(self, offset: int) -> int:
        """The index of the line that holds the character at `offset`."""
        return bisect_right(self._spots, offset, key=lambda spot: spot.offset) - 1

    def split(self, mark: re.Pattern[str]) -> tuple[Passage, ...]:
        """The parts between the marks."""
        marks = [found.span() for found in mark.finditer(self.text)]
        starts = [0, *(stop for _, stop in marks)]
        stops = [*(start for start, _ in marks), len(self.text)]
        return tuple(self.part(start, stop) for start, stop in zip(starts, stops, strict=True))


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
        return f"{quote(path)} has a backslash", "put `/` between a folder and a file"
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
        InputError: there is none of this name.
    """
    name = part.text.lower()
    if name not in known.chimes:
        message = f"unknown chime {quote(part.text)}"
        names = known.chimes if nearest(name, known.chimes) else known.families
        raise InputError(message, did_you_mean(name, names), part.place())
    return name


def read_routine_name(part: Passage, known: Known) -> str:
    """The name of a routine in the library, or a path beside this file.

    Raises:
        InputError: there is none of this name, or the path leads away.
    """
    if is_path(part.text):
        return read_path(part)
    if part.text not in known.routines:
        message = f"there is no routine {quote(part.text)} in the library"
        help_ = did_you_mean(part.text, known.routines)
        raise InputError(
            message, help_ or "write a path beside this file: `warm-up.md`", part.place()
        )
    return part.text


def read_path(part: Passage) -> str:
    """The path of a file beside this one.

    Raises:
        InputError: it leads away.
    """
    fault = path_fault(part.text)
    if fault:
        raise InputError(*fault, place=part.place())
    return part.text


def _escapes(path: str) -> bool:
    depth = 0
    for piece in path.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(piece, 1)
        if depth < 0:
            return True
    return False
