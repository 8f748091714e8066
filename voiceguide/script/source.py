"""Text with its place in the source: a line without indentation, and a passage over lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import (
    InputError,
    Place,
    Reporter,
    did_you_mean,
    nearest,
    nearest_slip,
    quote,
)
from voiceguide.patterns import late
from voiceguide.routine import Dose, Sides

# ── lines and passages ───────────────────────────────────────────────────────


TAB = 4
"""Columns: a tab reaches to the next multiple of them."""


class SourceLine(Struct, frozen=True):
    """A line of the body, without indentation, comments and trailing white space."""

    number: int
    indent: int
    """Columns of white space before it."""
    column: int
    """The column of its first character, in characters, from 1."""
    text: str

    @property
    def blank(self) -> bool:
        """Whether the line is empty."""
        return not self.text

    def after(self, count: int) -> SourceLine:
        """The line without its first `count` characters and the white space after them."""
        rest = self.text[count:].lstrip()
        return replace(self, column=self.column + len(self.text) - len(rest), text=rest)


def indent_of(text: str) -> int:
    """Columns of white space at the beginning of a line."""
    columns = 0
    for character in text[: len(text) - len(text.lstrip())]:
        columns += TAB - columns % TAB if character == "\t" else 1
    return columns


class _Spot(NamedTuple):
    """Where a line begins within a passage."""

    offset: int
    line: int
    column: int


class Passage(Struct, frozen=True):
    """Text from one or more lines, joined by line ends."""

    source: str
    text: str
    _spots: tuple[_Spot, ...]

    @classmethod
    def of(cls, source: str, lines: Iterable[SourceLine]) -> Passage:
        """Join consecutive lines to a passage."""
        texts: list[str] = []
        spots: list[_Spot] = []
        offset = 0
        for line in lines:
            spots.append(_Spot(offset, line.number, line.column))
            texts.append(line.text)
            offset += len(line.text) + 1
        return cls(source, "\n".join(texts), tuple(spots))

    def place(self, start: int = 0, stop: int | None = None) -> Place:
        """The place of the characters from `start` to `stop`; it ends with the line of `start`."""
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
        """A passage with another text and the place of this one."""
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


# ── names that a routine may refer to: chimes, other routines, and paths beside it


_SCHEME = late(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BESIDE = "put the file beside the routine, and write only its name"


class Known(Struct, frozen=True):
    """The names that exist outside the file."""

    chimes: frozenset[str] = frozenset()
    """Families, `bowl`, and full names, `bowl-start`."""
    routines: frozenset[str] = frozenset()
    """The routines of the library."""
    beds: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    """The rules for authors that `check` warns of."""

    @property
    def families(self) -> frozenset[str]:
        """The names of chimes that are families."""
        return frozenset(name for name in self.chimes if "-" not in name)


def is_path(name: str) -> bool:
    """Whether a name can only be a path: library names have neither dots nor slashes."""
    return any(mark in name for mark in "./\\")


def path_fault(path: str, home: str = "the routine's folder") -> tuple[str, str] | None:
    """What is wrong with a path from `home`, and the help; None if nothing is.

    The file system is not accessed.
    """
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
    """Read the name of a chime; an InputError if no chime has this name."""
    name = part.text.lower()
    if name not in known.chimes:
        message = f"unknown chime {quote(part.text)}"
        names = known.chimes if nearest(name, known.chimes) else known.families
        raise InputError(message, did_you_mean(name, names), part.place())
    return name


def read_routine_name(part: Passage, known: Known) -> str:
    """Read the name of a routine in the library, or a path beside this file.

    Raises:
        InputError: no routine has this name, or the path leads out of the file's folder.
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
    """Read the path of a file beside this one.

    Raises:
        InputError: it leads out of the file's folder, or is not the path of a file.
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


# ── the context that every reader gets: the report and the names that exist ──


class ReadingContext(Struct, frozen=True):
    """What all readers of one routine share."""

    report: Reporter
    known: Known
    language: str = "en"
    """From the front matter; its words for clauses are understood beside the English ones."""

    def passage(self, lines: Iterable[SourceLine]) -> Passage:
        """Join consecutive lines of the source to a passage."""
        return Passage.of(self.report.source, lines)


# ── the changing words that have a meaning at the place of a text ────────────


BUILT_IN_WORDS = frozenset(
    {"side", "other side", "round", "rounds", "rep", "reps", "hold", "next", "remaining"}
    | {"step", "steps", "step name"}
)
"""The names in braces that exist in every routine; `words:` adds more."""

_SIDE = ("there is no side here", "add `each side`, or another clause for sides, to its step")
_ROUNDS = ("there are no rounds here", "add `3 rounds` to its step")
_REP = ("there is no rep to count here", "say it in the step's `- half:`, or say `{reps}`")
_REPS = ("there are no reps here", "add `20 reps` to its step")
_STEP = ("there is no step here", "move it under a step of a group")
_NAME = ("this step has no name", "name it: `- Heel slide: 10 reps`")
_HOLD = ("there is no hold here", "add `hold 30s` to its step")


class Scope(Struct, frozen=True):
    """The surroundings of a text, on which the meaning of changing words depends."""

    words: frozenset[str] | None = frozenset()
    """The names under `words:`; None if they are not known."""
    sides: bool = False
    rounds: bool = False
    rep: bool = False
    reps: bool = False
    hold: bool = False
    step: bool = False
    named: bool = False
    """Whether the step or one around it has a name."""

    def within(self, dose: Dose, nested: Iterable[Dose], name: str = "") -> Scope:
        """The scope of the texts of a step; `nested` are the doses of the steps directly in it."""
        holds = dose.hold or any(inner.hold for inner in nested)
        return replace(
            self,
            sides=self.sides or dose.sides is not Sides.UNSAID,
            rounds=self.rounds or dose.rounds is not None,
            rep=False,
            reps=dose.reps is not None,
            hold=self.hold or bool(holds),
            step=True,
            named=self.named or bool(name),
        )

    def open(self) -> Scope:
        """The scope under a step whose dose could not be read: everything is allowed."""
        flags = (name for name in self.__struct_fields__ if name != "words")
        return Scope(self.words, **dict.fromkeys(flags, True))

    def may_be_empty(self, name: str) -> bool:
        """Whether the word may be empty, so that it takes another form: `{name|friend}`."""
        own = self.words is not None and name in self.words
        return own or name in ("next", "step name")

    def fault_with_sides(self) -> tuple[str, str] | None:
        """What is wrong with `{left|right}` here, and the help; None if nothing is."""
        return None if self.sides else _SIDE

    def fault_with(self, name: str) -> tuple[str, str] | None:
        """What is wrong with `{name}` here, and the help; None if nothing is."""
        if self.words is None or name in self.words:
            return None
        if name not in BUILT_IN_WORDS:
            return f"unknown word {quote(f'{{{name}}}')}", _suggestion(name, self.words)
        needs = {
            "side": (self.sides, _SIDE),
            "other side": (self.sides, _SIDE),
            "round": (self.rounds, _ROUNDS),
            "rounds": (self.rounds, _ROUNDS),
            "rep": (self.rep, _REP),
            "reps": (self.reps, _REPS),
            "hold": (self.hold, _HOLD),
            "step": (self.step, _STEP),
            "steps": (self.step, _STEP),
            "step name": (self.named, _NAME),
        }
        has, fault = needs.get(name, (True, None))
        return None if has else fault


def _suggestion(name: str, words: frozenset[str]) -> str:
    if name in ("left", "right"):
        return "write `{left|right}` or `{side}`"
    known = BUILT_IN_WORDS | words
    near = nearest_slip(name, known, 0.6)
    if near:
        return f"did you mean `{near}`?"
    return f"{did_you_mean('', known)}; your own stand under `words:` in the front matter"
