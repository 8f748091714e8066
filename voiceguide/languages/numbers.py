"""Numbers in words, as each language counts: what ends in which way, and what is plural."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from voiceguide.languages.data import code_of, find_language, tag_of
from voiceguide.store import default_store, kept

Replacements = tuple[tuple[str, str], ...]
"""Patterns and what takes their place, one after another."""


class Form(Enum):
    """The form in which a counted thing stands."""

    ONE = "one"
    FEW = "few"
    """In Polish behind 2, 3, 4, 22 …"""
    MANY = "many"
    PART = "part"
    """In Polish behind a fraction."""


class Numbers(Struct, frozen=True):
    """How one language says numbers, and counts with them."""

    language: str
    """A tag in lower case, `pt-br`: num2words tells some regions apart."""
    plural: str
    time: str
    """The gender of seconds and minutes."""
    hour: str
    endings: Mapping[str, Replacements]
    """By gender, what becomes of a number before a thing of that gender."""
    after_to: Replacements
    """What becomes of the second number of a range."""
    spelling: Replacements
    elisions: Replacements
    """What becomes of a number and the thing behind it, together."""

    def words(self, number: int, gender: str = "") -> str:
        """A whole number in words, before a thing of this gender: `eine` (Minute)."""
        return replaced(self.endings.get(gender, ()), _said(number, "cardinal", self))

    def words_after_to(self, number: int, gender: str = "") -> str:
        """The same as the second number of a range."""
        said = _said(number, "cardinal", self)
        own = replaced(self.after_to, said)
        return own if own != said else self.words(number, gender)

    def ordinal(self, number: int) -> str:
        """`third`."""
        return _said(number, "ordinal", self)

    def form(self, number: float) -> Form:
        """The form of what stands behind a number."""
        if self.plural == "polish":
            return _polish(number)
        single = abs(number) < 2 if self.plural == "less than two" else number == 1
        return Form.ONE if single else Form.MANY

    def joined(self, counted: str) -> str:
        """A number and its thing as they are said together: `un'ora`."""
        return replaced(self.elisions, counted)


def replaced(replacements: Replacements, text: str) -> str:
    """The text with all that is to be replaced."""
    for pattern, by in replacements:
        text = re.sub(pattern, by, text)
    return text


@cache
def numbers(language: str) -> Numbers:
    """The numbers of a language, given by its tag, whatever its region.

    Raises:
        KeyError: the language is not one of `languages()`.
    """
    found = find_language(language)
    if found is None:
        raise KeyError(language)
    data = found.numbers
    time = str(data.get("time", ""))
    return Numbers(
        tag_of(language),
        str(data["plural"]),
        time,
        str(data.get("hour", time)),
        {gender: pairs(rows) for gender, rows in data.get("endings", {}).items()},
        pairs(data.get("after to", ())),
        pairs(data.get("spelling", ())),
        pairs(data.get("elisions", ())),
    )


def pairs(rows: Sequence[Sequence[object]]) -> Replacements:
    """Rows of two, as a data file has them."""
    return tuple((str(pattern), str(by)) for pattern, by in rows)


def _polish(number: float) -> Form:
    if number != int(number):
        return Form.PART
    if number == 1:
        return Form.ONE
    few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    return Form.FEW if few else Form.MANY


_REGIONS = {"pt-br": "pt_BR"}
"""Tags that num2words knows apart from their language."""


@cache
def cardinals(tag: str) -> tuple[str, ...]:
    """0 to 60 in words, as num2words has them: it takes long to load."""
    found = find_language(tag)
    rows = found.numbers.get("cardinals", {}) if found else {}
    return tuple(str(rows.get(tag, rows.get(code_of(tag), ""))).split(", "))


@cache
def _number(number: int, to: str, tag: str) -> str:
    if to == "cardinal" and 0 <= number < len(cardinals(tag)):
        return cardinals(tag)[number]
    key = f"{number} {to} {tag} {_edition()}"
    return kept(default_store(), key, lambda: _found_out(number, to, tag).encode()).decode()


@cache
def _edition() -> str:
    """Changes with num2words: what it said is kept, for it takes long to load."""
    found = find_spec("num2words")
    file = Path(found.origin or "") if found else Path()
    return f"in words by {file} {file.stat().st_mtime_ns}"


def _found_out(number: int, to: str, tag: str) -> str:
    from num2words import num2words

    lang = _REGIONS.get(tag, code_of(tag))
    # without the commas that English puts into large numbers: each would be a pause
    return str(num2words(number, lang=lang, to=to)).replace(",", "")


def year_in_words(year: int, tag: str) -> str:
    """A year as it is said: `twenty twenty-six`, `neunzehnhundertfünfundneunzig`."""
    try:
        return _number(year, "year", tag)
    except NotImplementedError:  # of some languages num2words knows numbers alone
        return _number(year, "cardinal", tag)


def _said(number: int, to: str, of: Numbers) -> str:
    return replaced(of.spelling, _number(number, to, of.language))
