"""Read a language's rules for written forms that a voice would misread; apply rules to texts.

The data is in `reading.yaml` in the language's folder. A unit is a row of its forms,
`[minute, minutes]`, with its gender if the language needs it, `[Minute, Minuten, f]`; in Polish the
forms are one, a few, many, and a part of one, `[minutę, minuty, minut, minuty, f]`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import Any, TypeVar

from msgspec import Struct

from voiceguide.languages import Form, Numbers, Replacements, find_language, numbers, pairs
from voiceguide.patterns import late

# ── the data of a language ───────────────────────────────────────────────────


GENDERS = frozenset("fmn")


class Unit(Struct, frozen=True):
    """The forms and the gender of a counted word; the gender is empty if it does not matter."""

    forms: Mapping[Form, str]
    gender: str = ""

    @property
    def one(self) -> str:
        """The form after 1."""
        return self.forms[Form.ONE]

    @property
    def part(self) -> str:
        """The form after a fraction: `half a minute`."""
        return self.forms.get(Form.PART, self.one)


class LanguageRules(Struct, frozen=True):
    """A language's notations, and its words for them."""

    numbers: Numbers
    decimal_comma: bool
    point: str
    """The word between a number and its decimals."""
    digits_alone: bool
    """Whether decimals are read digit by digit."""
    units: Mapping[str, Unit]
    """Units by the symbols that may follow a number, with or without a space; `°C` in that case."""
    close_units: Mapping[str, Unit]
    """Units by the symbols right behind a number, with those that need it: `12 in all` has none."""
    nouns: Mapping[str, str]
    """The gender of words that are often counted."""
    words: Mapping[str, str]
    """Abbreviations (whole words) and their words; those in lower case match in any case."""
    signs: Mapping[str, str]
    """The words for signs such as `&`."""
    number_signs: Mapping[str, str]
    """The words for signs right before a number, such as `~`, by their patterns."""
    sides: Mapping[str, str]
    """Abbreviations of left and right, and their words."""
    sided: tuple[str, ...]
    """Words that may follow such an abbreviation: `R leg`."""
    of_words: tuple[str, ...]
    """Words before `1/3` that make it "one of three": `set`."""
    roman_words: tuple[str, ...]
    """Words before a Roman number: `warrior II`."""
    joined: tuple[str, ...]
    """Words that may be joined to a number: `3sets`."""
    per_words: tuple[str, ...]
    """Words before which a slash means "per"."""
    fractions: Mapping[str, str]
    mixed: Mapping[str, str]
    """Fractions after a whole number: `{n}`, or `{stem}` if both are one word."""
    half_of: Mapping[str, str]
    """By gender, half a unit; `{}` is the unit's form for a part."""
    halves_of: Mapping[str, str]
    """By gender, one or more units and a half: `{n}` or `{stem}`, `{unit}`, `{units}`, `{part}`."""
    part_of: str
    """`{part} of a {unit}`."""
    ordinals: tuple[tuple[str, Replacements], ...]
    """Patterns with the number as the group `n`, and replacements in the ordinal for each."""
    daytime: tuple[str, str]
    """Patterns of the words before and after a time of day, which is not read as a length."""
    also: Replacements
    """Further patterns of this language, applied before most others."""
    sets: tuple[str, ...]
    """Words for sets of reps; a multiplication sign after one of them is read as "of"."""
    feet_and_inches: bool
    """Whether primes mean feet and inches; otherwise they mean minutes and seconds."""
    decade: Replacements
    """Replacements that turn a number into a decade, `the '90s`; empty if decades are not written
    so."""
    months: tuple[str, ...]
    date: str
    """The format of a written-out date: `{day}` or `{nth}`, `{month}`, `{year}` in words."""
    before_years: tuple[str, ...]
    """Words after which four digits are a year."""
    said: Mapping[str, str]
    """Small words: to, times, once, out of, of, sets of, minus, per, or, with; sharp, flat."""


@cache
def language_rules(language: str) -> LanguageRules | None:
    """The rules of a language, given by its tag; None if voiceguide does not know it."""
    found = find_language(language)
    return _read(found.reading, language) if found else None


def _read(data: Mapping[str, Any], language: str) -> LanguageRules:
    units = _units(data["units"])
    close = _units(data.get("close units", {}))
    before, after = data["daytime"]
    return LanguageRules(
        numbers=numbers(language),
        decimal_comma=data["decimal"] == ",",
        point=data["point"],
        digits_alone=bool(data.get("digits alone", False)),
        units=units,
        close_units={**units, **close},
        nouns=_genders(data.get("nouns", {}), units.values()),
        words=data["words"],
        signs=data["signs"],
        number_signs=data["number signs"],
        sides=data.get("sides", {}),
        sided=_list(data.get("sided")),
        of_words=_list(data["of words"]),
        roman_words=_list(data.get("roman words")),
        joined=_list(data["joined"]),
        per_words=_list(data["per words"]),
        fractions=data["fractions"],
        mixed=data["mixed"],
        half_of=_by_gender(data["half of"]),
        halves_of=_by_gender(data["halves of"]),
        part_of=data["part of"],
        ordinals=tuple((row["pattern"], pairs(row.get("ending", ()))) for row in data["ordinals"]),
        daytime=(before, after),
        also=pairs(data.get("also", ())),
        said=data["said"],
        sets=_list(data["sets"]),
        feet_and_inches=bool(data.get("feet and inches", False)),
        decade=pairs(data.get("decade", ())),
        months=_list(data.get("months")),
        date=str(data.get("date", "")),
        before_years=_list(data.get("before years")),
    )


def _list(words: object) -> tuple[str, ...]:
    return tuple(str(words or "").split())


def _by_gender(value: str | Mapping[str, str]) -> Mapping[str, str]:
    return dict.fromkeys(("", *GENDERS), value) if isinstance(value, str) else value


def _units(rows: Mapping[str, list[str]]) -> Mapping[str, Unit]:
    """Units by their names; the key of a row has one or more names, separated by commas."""
    return {
        name.strip(): unit
        for names, row in rows.items()
        for unit in [_unit(row)]
        for name in names.split(",")
    }


def _unit(row: list[str]) -> Unit:
    gender = row[-1] if row[-1] in GENDERS else ""
    forms = row[:-1] if gender else row
    kinds = (Form.ONE, Form.MANY) if len(forms) == 2 else tuple(Form)
    return Unit(dict(zip(kinds, forms, strict=True)), gender)


def _genders(rows: Mapping[str, str], units: Iterable[Unit]) -> Mapping[str, str]:
    listed = {word.lower(): gender for gender, words in rows.items() for word in words.split()}
    written_out = {
        form.lower(): unit.gender for unit in units for form in unit.forms.values() if unit.gender
    }
    return {**written_out, **listed}


# ── rules, and patterns made from tables of words ────────────────────────────


Replacement = str | Callable[[re.Match[str]], str]


class ReadingRule(Struct, frozen=True, dict=True):
    """A pattern and its replacement; rules are applied one after another, to the whole text.

    Most texts have no digit, and most rules are about numbers: their patterns are compiled only
    when a text has a digit.
    """

    pattern: str
    by: Replacement
    of_digits: bool = False
    """Whether the pattern matches only in texts with a digit."""

    def apply(self, text: str) -> str:
        """Apply the rule to a text."""
        if self.of_digits and not _DIGIT.search(text):
            return text
        return self._compiled.sub(self.by, text)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


Row = tuple[str, Replacement]
"""A row of a table of rules: pattern and replacement."""

_DIGIT = late(r"\d")

Found = TypeVar("Found")


def rules_of(*rows: Row) -> tuple[ReadingRule, ...]:
    """Make rules from a table."""
    return tuple(ReadingRule(*row) for row in rows)


def digit_rules(*rows: Row) -> tuple[ReadingRule, ...]:
    """Make rules from a table whose patterns match only in texts with a digit."""
    return tuple(ReadingRule(*row, of_digits=True) for row in rows)


def apply(rules: Iterable[ReadingRule], text: str) -> str:
    """Apply all rules to a text."""
    for rule in rules:
        text = rule.apply(text)
    return text


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; without words, it never matches."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(_in_any_case, longest_first)) or r"(?!)"


def _in_any_case(word: str) -> str:
    pattern = r"\s?".join(map(re.escape, word.split(" ")))
    return f"(?i:{pattern})" if word.islower() and len(word) > 1 else pattern


def found_in(table: Mapping[str, Found], written: str) -> Found:
    """Look up a word that a pattern of `any_of` matched."""
    for spelled in (written, written.lower()):
        if spelled in table:
            return table[spelled]
    packed = "".join(written.lower().split())
    return next(said for word, said in table.items() if "".join(word.lower().split()) == packed)


# ── cleaning: Markdown marks, emoji, zero-width characters ───────────────────


_ENTITY = late(r"&(?:\w+|#\d+|#x[0-9a-fA-F]+);")

_CLEAN = rules_of(
    (r"\s+", " "),
    # joiners are part of the spelling in some scripts, and meaningless elsewhere
    (r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])", ""),
    (r"!?\[([^\[\]]*)\]\([^()\[\]\s]*\)", r"\1"),  # a Markdown link or picture: its text
    (r"-{1,2}>|=>|[⇒⇨➔➙➜➝➞➡⟶]", "→"),
    (r"<-{1,2}|[⇐⟵]", "←"),
    (r"<=", "≤"),
    (r">=", "≥"),
    (r"(?<!\S)[:;]-?[)(DP](?!\S)", ""),  # an emoticon
    (r"…", "..."),
    (r"[‘’ʼ´′]", "'"),
    (r"[“”„«»″]", '"'),
    (r"[⁄∕]", "/"),
    (r"˚|(?<=\d) º", "°"),
    (r"♯", "#"),
    (r"[‐‑]", "-"),
    (r"\+/-", "±"),
    # a count after a word, with spaced dashes: Inhale - 2 - 3
    (
        r"(?<=[^\W\d])\s+[-–—]\s+(\d+(?:\s+[-–—]\s+\d+)+)",
        lambda found: ", " + re.sub(r"\s+[-–—]\s+", ", ", found[1]),
    ),
    # a dash between words is a pause; between numbers it is a range
    (r"(?<=\D\s)(?:-{1,3}|[–—])(?=\s)|(?<=\s)(?:-{1,3}|[–—])(?=\s\D)", ","),
    (r"(?<=\w)(?:-{2,3}|—)(?=[^\W\d])", ", "),
    (r"\|", ", "),
    (r"℃", "°C"),
    (r"℉", "°F"),
    (r"[_`^\\{}\[\]]|~~", " "),
)

_PLAIN = rules_of((r"(?<!\d)(?<!\d )\*|\*(?! ?\d)", " "))

_TIDY = rules_of(
    (r"→|←|↔", ", "),
    (r"[*#<>~↑↓]", " "),
    (r"\s+", " "),
    (r" (?=[,;:.!?])", ""),
    (r",(?=[,;:.!?])|(?<=\w)\.(?=[,;:])", ""),
    (r"([!?]){2,}", r"\1"),
)

_KEPT = frozenset("˚½⅓⅔¼¾⅛⅜⅝⅞♭♯′″\u200c\u200d°℃℉←↑→↓↔№⇒⇨➔➙➜➝➞➡⟶⇐⟵´`^")
"""Signs of unspoken categories that are read all the same, or handled by a pattern."""

_UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"))
"""Unicode's categories of controls, invisible characters, pictures and modifiers."""

_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Variation selectors, which turn the character before them into a picture."""


def cleaned(text: str) -> str:
    """Remove everything that is not speech in any language; keep `*` for stress."""
    speakable = "".join(map(_speakable, _ENTITY.sub(_unescaped, text)))
    return apply(_CLEAN, unicodedata.normalize("NFC", speakable))


def _unescaped(entity: re.Match[str]) -> str:
    from html import unescape  # late: it brings the names of two thousand characters

    return unescape(entity[0])


def unstressed(text: str) -> str:
    """Remove `*` around words; keep it between numbers, where it means times."""
    return apply(_PLAIN, text)


def tidied(text: str) -> str:
    """Reduce spaces to single ones and remove stray marks."""
    return apply(_TIDY, text)


def _speakable(character: str) -> str:
    """The character, a space for a picture or a control, or nothing."""
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in ("No", "Nl"):  # `②`, `Ⅲ`, `⅕`
        number = unicodedata.numeric(character)
        whole = number == int(number)
        return str(int(number)) if whole else f" {unicodedata.normalize('NFKC', character)}"
    if category in ("Cf", "Cs") or character in _VARIATIONS:
        return ""
    return " " if category in _UNSPOKEN or character.isspace() else character
