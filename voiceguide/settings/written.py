"""A setting as it was written, in whichever place, and what can be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from voiceguide.errors import InputError, Place, Problem, quote
from voiceguide.script import path_fault

NONE = "none"
"""Silences what has a sound unless it is told not to."""

_WORD = re.compile(r"[^\W_][\w' ’-]{0,39}")
"""What a person may need, or a session be for: `warm-up`, `a wall`; short enough for a list."""


@dataclass(frozen=True, slots=True)
class Written:
    """A setting's name and value; the place is None where no routine wrote it."""

    name: str
    value: object
    place: Place | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """Of a map's keys."""

    def text(self) -> str:
        """The value as a text that is not empty.

        Raises:
            InputError: it is none.
        """
        text = plain(self.value, self.name)
        if not text:
            raise InputError(f"`{self.name}` has no value", "write one, or delete the line")
        return text

    def one_of(self, known: Iterable[str]) -> str:
        """The value as one of the known words, in lower case.

        Raises:
            InputError: it is another.
        """
        words = tuple(known)
        text = self.text().lower()
        if text not in words:
            raise InputError(f"`{self.name}` cannot be {quote(text)}", f"write {either(words)}")
        return text

    def words(self) -> tuple[str, ...]:
        """The value as words, commas between them or as a list: in lower case, each of them once.

        Raises:
            InputError: it is empty, or one of them is no word.
        """
        listed = self.value or [""] if isinstance(self.value, list) else self.text().split(",")
        words = [" ".join(plain(one, self.name).lower().split()) for one in listed]
        wrong = next((word for word in words if not _WORD.fullmatch(word)), None)
        if wrong is not None:
            what = quote(wrong) if wrong else "an empty place"
            way_out = f"write words with commas between them: `{self.name}: one, another`"
            raise InputError(f"{what} is no word of `{self.name}`", way_out)
        return tuple(dict.fromkeys(words))

    def pairs(self, check: Callable[[str, str], object]) -> Mapping[str, str]:
        """The value as a map of names to texts, each of which is checked.

        Raises:
            InputError: it is none, or pairs in it are wrong; it holds all of them.
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


def plain(value: object, name: str) -> str:
    """A value as text; a truth value as YAML's words for it.

    Raises:
        InputError: it is a list or a map.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value).strip()
    shape = "map" if isinstance(value, Mapping) else "list"
    raise InputError(f"{quote(name)} is one value, not a {shape}", f"write `{name}: …` on one line")


def either(words: Iterable[str]) -> str:
    """The words as a choice: `left` or `right`."""
    *others, last = (f"`{word}`" for word in words)
    return f"{', '.join(others)} or {last}" if others else last


def checked_path(text: str) -> str:
    """A path beside the routine.

    Raises:
        InputError: it leads away.
    """
    fault = path_fault(text)
    if fault:
        raise InputError(*fault)
    return text
