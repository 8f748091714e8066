"""A setting as written in front matter, an option or the configuration, and readers of its value.

Each type of value has a reader, which takes a `WrittenSetting` and returns the value, or raises
an InputError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct, field

from voiceguide.errors import InputError, Place, Problem, quote
from voiceguide.lengths import Length, date_parts, parse_single_length
from voiceguide.patterns import late
from voiceguide.script import Known, path_fault
from voiceguide.settings import Settings

NONE = "none"
"""The value that switches a setting off: no chime, no bed, no fade."""

LONGEST_WORD = 40
"""Most characters of a word of `needs` or `for`: short enough for a list."""

_WORD = late(rf"[^\W_][\w' ’-]{{0,{LONGEST_WORD - 1}}}")
_MINUS = late("[−–]")

_V = TypeVar("_V")


class WrittenSetting(Struct, frozen=True):
    """A setting's name and value; the place is None unless it stands in a routine."""

    name: str
    value: object
    place: Place | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """The places of a map's keys."""
    known: Known = field(default_factory=Known)
    """The names that a value may refer to."""
    below: Settings = field(default_factory=Settings)
    """The settings that this one is merged into."""

    def text(self) -> str:
        """The value as a text; an InputError if it is empty, a map or a list."""
        text = plain(self.value, self.name)
        if not text:
            line = "delete the line" if self.place else "leave it out"
            raise InputError(f"`{self.name}` has no value", f"write one, or {line}")
        return text

    def pairs(self, check: Callable[[str, str], object]) -> dict[str, str]:
        """The value as a map of names to texts, each passed to `check`.

        Raises:
            InputError: it is not a map, or holds wrong texts; it has the problems of all of them.
        """
        if not isinstance(self.value, Mapping):
            way_out = f"write `{self.name}:`, and under it an indented line `name: words` for each"
            raise InputError(f"`{self.name}` is a list of names and their words", way_out)
        pairs: dict[str, str] = {}
        problems: list[Problem] = []
        for key, value in self.value.items():
            try:
                pairs[str(key)] = plain(value, str(key))
                check(str(key), pairs[str(key)])
            except InputError as error:
                place = self.places.get(str(key), self.place)
                problems += [problem.at(place) for problem in error.problems]
        if problems:
            raise InputError(problems)
        return pairs


# ── texts ────────────────────────────────────────────────────────────────────


class Fields(dict[str, Any]):
    """The value of a setting that fills more than one field of `Settings`."""


def plain(value: object, name: str) -> str:
    """A value as text; a Boolean becomes `yes` or `no`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value).strip()
    shape = "map" if isinstance(value, Mapping) else "list"
    raise InputError(f"{quote(name)} is one value, not a {shape}", f"write `{name}: …` on one line")


def day(written: WrittenSetting) -> str:
    """Read a date: a year, a year and a month, or a full date."""
    date_parts(written.text())
    return written.text()


def beside(written: WrittenSetting) -> str:
    """Read a path beside the routine."""
    return checked_path(written.text())


def checked_path(text: str) -> str:
    """Return the path.

    Raises:
        InputError: it leads out of the routine's folder, or is not the path of a file.
    """
    fault = path_fault(text)
    if fault:
        raise InputError(*fault)
    return text


def words(written: WrittenSetting) -> tuple[str, ...]:
    """Read words with commas between them, or a list: in lower case, without duplicates."""
    value, name = written.value, written.name
    listed = value or [""] if isinstance(value, list) else written.text().split(",")
    found = [" ".join(plain(one, name).lower().split()) for one in listed]
    wrong = next((word for word in found if not _WORD.fullmatch(word)), None)
    if wrong is not None:
        what = quote(wrong) if wrong else "an empty place"
        way_out = f"write words with commas between them: `{name}: one, another`"
        raise InputError(f"{what} is not a word of `{name}`", way_out)
    return tuple(dict.fromkeys(found))


def either(choices: Iterable[str]) -> str:
    """The words as a choice: `left` or `right`."""
    *others, last = (f"`{word}`" for word in choices)
    return f"{', '.join(others)} or {last}" if others else last


# ── choices, numbers, lengths ────────────────────────────────────────────────


def choice(
    values: Mapping[str, _V], also: Mapping[str, _V] | None = None
) -> Callable[[WrittenSetting], _V]:
    """A reader of one of these words in any case; `also` has words that help does not offer."""

    def read(written: WrittenSetting) -> _V:
        text = written.text().lower()
        found = {**(also or {}), **values}
        if text not in found:
            raise InputError(f"`{written.name}` cannot be {quote(text)}", f"write {either(values)}")
        return found[text]

    return read


def number(
    what: str,
    pattern: str,
    bounds: tuple[float, float],
    way_out: str,
    names: Mapping[str, float] | None = None,
) -> Callable[[WrittenSetting], float]:
    """A reader of a number within `bounds`, group 1 of `pattern`, or of one of its `names`."""
    form, named = re.compile(pattern, re.IGNORECASE), names or {}

    def read(written: WrittenSetting) -> float:
        text = written.text()
        found = form.fullmatch(text)
        value = named.get(text.lower(), signed(found[1]) if found else None)
        if value is None or not bounds[0] <= value <= bounds[1]:
            raise InputError(f"{quote(text)} is not a {what}", way_out)
        return value

    return read


def whole(read: Callable[[WrittenSetting], float]) -> Callable[[WrittenSetting], int]:
    """The reader of a number, made to return a whole number."""
    return lambda written: int(read(written))


def signed(text: str) -> float:
    """Convert a text to a number; its minus may be any dash."""
    return float(_MINUS.sub("-", text))


def one_length(written: WrittenSetting, way_out: str) -> Length:
    """Read a length in time, not in breaths.

    Raises:
        InputError: it is a range, or a number of breaths.
    """
    length = parse_single_length(written.text())
    if length.elastic or length.in_breaths:
        what = "range" if length.elastic else "number of breaths"
        raise InputError(f"`{written.name}` is one length, not a {what}", way_out)
    return length
