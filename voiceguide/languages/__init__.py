"""What is known of each language, a folder for each; and the built-in words of a session."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from voiceguide.languages.data import (
    FILES,
    Language,
    addresses,
    code_of,
    find_language,
    languages,
    tag_of,
)
from voiceguide.languages.numbers import Form, Numbers, numbers
from voiceguide.routine import Side

__all__ = [
    "FILES",
    "SPOKEN",
    "Language",
    "Phrases",
    "addresses",
    "code_of",
    "find_language",
    "languages",
    "phrases",
    "tag_of",
]

SPOKEN = ("left side", "right side", "switch", "rest", "halfway", "finish", "not if")
"""The phrases that a session says by itself."""

_ADDRESS = "address"
"""In a file of words: the ways to address somebody, each with the words that are others then."""

_UNIT_KEYS = {Form.ONE: "{}", Form.FEW: "few {}s", Form.MANY: "{}s"}


class Phrases(Struct, frozen=True):
    """The built-in words of one language, with a routine's own in their place."""

    language: str
    """Two letters: `en`, also where the routine says `en-gb`."""
    words: Mapping[str, str]
    tag: str = ""
    """The language with its region, in lower case, which numbers may depend on: `pt-br`."""

    def __hash__(self) -> int:
        return hash((self.language, self.tag))

    def __getitem__(self, name: str) -> str:
        return self.words[name]

    def side(self, side: Side) -> str:
        """`left` or `right`."""
        return self.words[side.value]

    def side_alone(self, side: Side) -> str:
        """`Left side.`"""
        return self.words[f"{side.value} side"]

    def number(self, number: int) -> str:
        """A whole number in words: `twenty-one`."""
        return self._numbers.words(number)

    def length(self, seconds: float) -> str:
        """A length in words, to the nearest second: `one minute and thirty seconds`."""
        whole = max(1, round(seconds))
        counting = self._numbers
        parts = [
            (whole // 3600, "hour", counting.hour),
            (whole // 60 % 60, "minute", counting.time),
            (whole % 60, "second", counting.time),
        ]
        said = [self._counted(count, unit, gender) for count, unit, gender in parts if count]
        return f" {self.words['and']} ".join(said)

    @property
    def _numbers(self) -> Numbers:
        return numbers(self.tag or self.language)

    def _counted(self, count: int, unit: str, gender: str) -> str:
        counting = self._numbers
        thing = self.words[_UNIT_KEYS[counting.form(count)].format(unit)]
        return counting.joined(f"{counting.words(count, gender)} {thing}")


def phrases(
    language: str, own: Mapping[str, str] | None = None, address: str | None = None
) -> Phrases:
    """The built-in words of `language`, with the routine's `own` in their place.

    `address` is how they speak to the listener, where the language has two ways: `usted`.

    Raises:
        KeyError: the language is not one of `languages()`.
    """
    found = find_language(language)
    if found is None:
        raise KeyError(language)
    said = dict(found.words)
    said |= said.pop(_ADDRESS, {}).get(address or "", {})
    built_in = {str(name): str(word) for name, word in said.items()}
    return Phrases(found.code, {**built_in, **(own or {})}, tag_of(language))
