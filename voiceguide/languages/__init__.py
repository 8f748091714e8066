"""What is known of each language: a folder, read a file at a time when it is first asked for.

    words.yaml      the built-in words of a session: "Switch sides.", "Halfway."
    numbers.yaml    how it counts: genders, plurals
    reading.yaml    what it writes that a voice would misread, and how that is said
    lexicon.yaml    words that voices get wrong
    handout.yaml    the words of a handout
    safety.yaml     what sentences that keep people safe have in common
    clauses.yaml    its own words for the clauses of a step, with the English ones
    sentences.yaml  what voices are measured on, and where a sentence does not end

The rooms that use a file turn it into data of their own, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.msgpack import decode, encode

from voiceguide.patterns import late
from voiceguide.routine import Side
from voiceguide.store import default_store, kept

Data = Mapping[str, Any]

_HERE = Path(__file__).parent

FILES = ("words", "numbers", "reading", "lexicon", "handout", "safety", "clauses", "sentences")
"""What each language has, without the ending `.yaml`."""


def tag_of(language: str) -> str:
    """A language's tag in one way of writing: `pt-br` for `pt_BR`."""
    return language.replace("_", "-").lower()


def code_of(language: str) -> str:
    """The first part of a language's tag: `pt` for `pt-BR`."""
    return tag_of(language).partition("-")[0]


@cache
def languages() -> frozenset[str]:
    """The languages that have a folder, as two-letter codes."""
    return frozenset(file.parent.name for file in _HERE.glob("*/words.yaml"))


class _DataFile:
    """A file of a language's folder, under its name."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, language: Language, _owner: type) -> Data:
        return _read(language.code, self._name)


class Language(Struct, frozen=True):
    """All that is known of one language."""

    code: str
    """Two letters."""

    words = _DataFile()
    numbers = _DataFile()
    reading = _DataFile()
    lexicon = _DataFile()
    handout = _DataFile()
    safety = _DataFile()
    clauses = _DataFile()
    sentences = _DataFile()

    def warns(self, texts: Sequence[str]) -> bool:
        """Whether a sentence, with the one after it, names a harm and what to do at it."""
        harms, actions, never = _safety(self)
        plain = [" ".join(_WORD.findall(text.lower())) for text in texts]
        return any(
            harms.search(f"{one} {after}") and actions.search(f"{one} {after}")
            for one, after in pairwise([*plain, ""])
            if not never.search(one)
        )


def files_of(language: str) -> Path:
    """The folder of a language's files, whether there is one or not."""
    return _HERE / code_of(language)


@cache
def addresses() -> frozenset[str]:
    """All ways to address somebody that a language tells apart: `du`, `sie`."""
    known = (Language(code).handout.get("address", {}) for code in languages())
    return frozenset(str(way).lower() for ways in known for way in ways)


def find_language(language: str) -> Language | None:
    """The language of a tag, whatever its region; None where it has no folder."""
    code = code_of(language)
    return Language(code) if code in languages() else None


@cache
def _read(code: str, name: str) -> Data:
    file = _HERE / code / f"{name}.yaml"
    stat = file.stat()
    key = f"{file} {stat.st_size} {stat.st_mtime_ns}"
    data: Data = decode(kept(default_store(), key, lambda: encode(_parsed(file))))
    return data


def _parsed(file: Path) -> Data:
    import yaml  # late: what is kept of the files needs none

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # where libyaml is, eight times quicker
    data: Data = yaml.load(file.read_text(encoding="utf-8"), loader)  # both are safe
    return data


# ── sentences that keep people safe ──────────────────────────────────────────

_WORD = late(r"[^\W\d_]+")
_STEM = late(r"[^\W\d_]+\*?")


@cache
def _safety(language: Language) -> tuple[re.Pattern[str], ...]:
    """Patterns for harms, for actions, and for what is no warning: `push through the pain`."""
    data = language.safety
    return tuple(_any_of(data[name]) for name in ("harms", "actions", "never"))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Words, or a few in a row; one that ends in `*` is the beginning of a word."""
    plain = (re.escape(" ".join(_STEM.findall(word))).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"\b(?:{'|'.join(plain)})\b")


# ── numbers in words, as each language counts: what ends in which way, and what is plural


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


# ── the built-in words of a session ──────────────────────────────────────────


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
