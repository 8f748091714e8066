"""A setting as it was written, in whichever place, and what can be read from it.

Each type of value is a reader: from a `WrittenSetting` to the value, or an InputError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct, field

from voiceguide.errors import InputError, Place, Problem, quote
from voiceguide.lengths import Length, date_parts, parse_length
from voiceguide.patterns import late
from voiceguide.script import Known, path_fault
from voiceguide.settings.data import Settings

NONE = "none"
"""Silences what has a sound unless it is told not to."""

LONGEST_WORD = 40
"""Characters of what a person may need, or a session be for: short enough for a list."""

_WORD = late(rf"[^\W_][\w' ’-]{{0,{LONGEST_WORD - 1}}}")
_MINUS = late("[−–]")

_V = TypeVar("_V")


class WrittenSetting(Struct, frozen=True):
    """A setting's name and value; the place is None where no routine wrote it."""

    name: str
    value: object
    place: Place | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """Of a map's keys."""
    known: Known = field(default_factory=Known)
    """What there is to be named."""
    below: Settings = field(default_factory=Settings)
    """The settings that this one is laid over."""

    def text(self) -> str:
        """The value as a text that is not empty."""
        text = plain(self.value, self.name)
        if not text:
            raise InputError(f"`{self.name}` has no value", "write one, or delete the line")
        return text

    def pairs(self, check: Callable[[str, str], object]) -> dict[str, str]:
        """The value as a map of names to texts, each checked; all that is wrong comes at once."""
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
    """What a setting says of more than one field of `Settings`."""


def plain(value: object, name: str) -> str:
    """A value as text; a truth value as YAML's words for it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value).strip()
    shape = "map" if isinstance(value, Mapping) else "list"
    raise InputError(f"{quote(name)} is one value, not a {shape}", f"write `{name}: …` on one line")


def day(written: WrittenSetting) -> str:
    """A date: a year, with a month, with a day."""
    date_parts(written.text())
    return written.text()


def beside(written: WrittenSetting) -> str:
    """A path beside the routine."""
    return checked_path(written.text())


def checked_path(text: str) -> str:
    """The path, where it does not lead out of the routine's folder."""
    fault = path_fault(text)
    if fault:
        raise InputError(*fault)
    return text


def words(written: WrittenSetting) -> tuple[str, ...]:
    """Words, commas between them or as a list: in lower case, each of them once."""
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


# ── one of several, numbers, lengths ─────────────────────────────────────────


def choice(
    values: Mapping[str, _V], also: Mapping[str, _V] | None = None
) -> Callable[[WrittenSetting], _V]:
    """One of these words, in any case; `also` has words that are understood, but not offered."""

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
    """A number within `bounds`, or one of its names; `pattern` holds the number as its group."""
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
    """The same as a whole number."""
    return lambda written: int(read(written))


def signed(text: str) -> float:
    """A number, whichever dash is its minus."""
    return float(_MINUS.sub("-", text))


def one_length(written: WrittenSetting, way_out: str) -> Length:
    """A length in time that is no range."""
    length = parse_length(written.text())
    if length.elastic or length.in_breaths:
        what = "range" if length.elastic else "number of breaths"
        raise InputError(f"`{written.name}` is one length, not a {what}", way_out)
    return length
