"""Text that knows where it stands: a line without its margin, and a passage over lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from voiceguide.errors import Place

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
