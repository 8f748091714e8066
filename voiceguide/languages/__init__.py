"""What is known of each language: a folder of files, each read when it is first needed.

    words.yaml      the built-in words of a session: "Switch sides.", "Halfway."
    numbers.yaml    how it counts: genders, plurals
    reading.yaml    text that a voice would misread, and how to say it
    lexicon.yaml    words that voices mispronounce
    handout.yaml    the words of a handout
    safety.yaml     the words that mark a warning of harm
    clauses.yaml    words for the clauses of a step, with the English ones
    sentences.yaml  sentences that voices are measured on, abbreviations, patterns for `lint`

The packages that use a file convert it once to data of their own.
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
"""The files of each language, without `.yaml`."""


def tag_of(language: str) -> str:
    """Normalise a language's tag: `pt-br` for `pt_BR`."""
    return language.replace("_", "-").lower()


def code_of(language: str) -> str:
    """The first part of a language's tag: `pt` for `pt-BR`."""
    return tag_of(language).partition("-")[0]


@cache
def languages() -> frozenset[str]:
    """The languages that have a folder, as two-letter codes."""
    return frozenset(file.parent.name for file in _HERE.glob("*/words.yaml"))


class _DataFile:
    """An attribute that reads the language's file of the same name."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, language: Language, _owner: type) -> Data:
        return _read(language.code, self._name)


class Language(Struct, frozen=True):
    """Everything that is known of one language."""

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
        """Whether a sentence, with the one after it, names a harm and what to do about it."""
        harms, actions, never = _safety(self)
        plain = [" ".join(_WORD.findall(text.lower())) for text in texts]
        return any(
            harms.search(f"{one} {after}") and actions.search(f"{one} {after}")
            for one, after in pairwise([*plain, ""])
            if not never.search(one)
        )


def files_of(language: str) -> Path:
    """The folder of a language's files, whether it exists or not."""
    return _HERE / code_of(language)


@cache
def addresses() -> frozenset[str]:
    """All forms of address that any language distinguishes: `du`, `sie`."""
    known = (Language(code).handout.get("address", {}) for code in languages())
    return frozenset(str(way).lower() for ways in known for way in ways)


def find_language(language: str) -> Language | None:
    """The language of a tag, whatever its region; None if it has no folder."""
    code = code_of(language)
    return Language(code) if code in languages() else None


def language_called(name: str) -> str | None:
    """The code of a language that people call by this name: `de` for `German` and `Deutsch`."""
    for code in sorted(languages()):
        if name.casefold() in (called.casefold() for called in Language(code).sentences["called"]):
            return code
    return None


@cache
def _read(code: str, name: str) -> Data:
    file = _HERE / code / f"{name}.yaml"
    stat = file.stat()
    key = f"{file} {stat.st_size} {stat.st_mtime_ns}"
    data: Data = decode(kept(default_store(), key, lambda: encode(_parsed(file))))
    return data


def _parsed(file: Path) -> Data:
    import yaml  # late: a cached file needs no YAML

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # with libyaml, eight times faster
    data: Data = yaml.load(file.read_text(encoding="utf-8"), loader)  # both are safe
    return data


# ── sentences that warn of harm ──────────────────────────────────────────────

_WORD = late(r"[^\W\d_]+")
_STEM = late(r"[^\W\d_]+\*?")


@cache
def _safety(language: Language) -> tuple[re.Pattern[str], ...]:
    """Patterns for harms, for actions, and for non-warnings: `push through the pain`."""
    data = language.safety
    return tuple(_any_of(data[name]) for name in ("harms", "actions", "never"))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of these words or phrases; `*` after a word allows any ending."""
    plain = (re.escape(" ".join(_STEM.findall(word))).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"\b(?:{'|'.join(plain)})\b")


# ── numbers in words: the endings and plurals of each language ───────────────


Replacements = tuple[tuple[str, str], ...]
"""Pairs of a pattern and its replacement, applied in order."""


class Form(Enum):
    """The grammatical form of a counted noun."""

    ONE = "one"
    FEW = "few"
    """In Polish after 2, 3, 4, 22 …"""
    MANY = "many"
    PART = "part"
    """In Polish after a fraction."""


class Numbers(Struct, frozen=True):
    """How a language says numbers and counts with them."""

    language: str
    """A tag in lower case, `pt-br`: num2words distinguishes some regions."""
    plural: str
    time: str
    """The gender of seconds and minutes."""
    hour: str
    endings: Mapping[str, Replacements]
    """By gender, the replacements in a number before a noun of that gender."""
    after_to: Replacements
    """The replacements in the second number of a range."""
    spelling: Replacements
    elisions: Replacements
    """The replacements in a number together with its noun."""

    def words(self, number: int, gender: str = "") -> str:
        """A whole number in words, before a noun of this gender: `eine` (Minute)."""
        return replaced(self.endings.get(gender, ()), _said(number, "cardinal", self))

    def words_after_to(self, number: int, gender: str = "") -> str:
        """A whole number in words, as the second number of a range."""
        said = _said(number, "cardinal", self)
        own = replaced(self.after_to, said)
        return own if own != said else self.words(number, gender)

    def ordinal(self, number: int) -> str:
        """An ordinal in words: `third`."""
        return _said(number, "ordinal", self)

    def form(self, number: float) -> Form:
        """The form of the noun after a number."""
        if self.plural == "polish":
            return _polish(number)
        single = abs(number) < 2 if self.plural == "less than two" else number == 1
        return Form.ONE if single else Form.MANY

    def joined(self, counted: str) -> str:
        """A number and its noun as they are said together: `un'ora`."""
        return replaced(self.elisions, counted)


def replaced(replacements: Replacements, text: str) -> str:
    """Apply replacements to a text, in order."""
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
    """Convert rows of two from a data file to replacements."""
    return tuple((str(pattern), str(by)) for pattern, by in rows)


def _polish(number: float) -> Form:
    if number != int(number):
        return Form.PART
    if number == 1:
        return Form.ONE
    few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    return Form.FEW if few else Form.MANY


_REGIONS = {"pt-br": "pt_BR"}
"""Regional tags that num2words distinguishes from their language."""


@cache
def cardinals(tag: str) -> tuple[str, ...]:
    """0 to 60 in words, stored as num2words has them, since that takes long to load."""
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
    """A part of cache keys that changes with num2words, whose words are cached: it loads slowly."""
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
    except NotImplementedError:  # for some languages num2words only knows numbers
        return _number(year, "cardinal", tag)


def _said(number: int, to: str, of: Numbers) -> str:
    return replaced(of.spelling, _number(number, to, of.language))


# ── the built-in words of a session ──────────────────────────────────────────


SPOKEN = ("left side", "right side", "switch", "rest", "halfway", "finish", "not if")
"""The phrases that a session says by itself."""

_ADDRESS = "address"
"""Key in `words.yaml` with the words that differ, by form of address."""

_UNIT_KEYS = {Form.ONE: "{}", Form.FEW: "few {}s", Form.MANY: "{}s"}


class Phrases(Struct, frozen=True):
    """The built-in words of one language, with a routine's own in place of some."""

    language: str
    """Two letters: `en`, even if the routine says `en-gb`."""
    words: Mapping[str, str]
    tag: str = ""
    """The tag with its region, in lower case, on which numbers may depend: `pt-br`."""

    def __hash__(self) -> int:
        return hash((self.language, self.tag))

    def __getitem__(self, name: str) -> str:
        return self.words[name]

    def side(self, side: Side) -> str:
        """The word for a side: `left` or `right`."""
        return self.words[side.value]

    def side_alone(self, side: Side) -> str:
        """The announcement of a side: `Left side.`"""
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
    """The built-in words of `language`, with the routine's `own` in place of some.

    `address` is the form of address, in a language with several: `usted`.

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
