"""What a language writes that a voice would misread, and how it is said: data of that language.

It stands in `reading.yaml` of its folder. A unit is a row of its forms: `[minute, minutes]`,
with a gender where the language asks for one, `[Minute, Minuten, f]`; one, a few, many and a part
of one in Polish, `[minutę, minuty, minut, minuty, f]`.
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

# ── what a language writes that a voice would misread, and how it is said: data, one file each


GENDERS = frozenset("fmn")


class Unit(Struct, frozen=True):
    """What is counted: its forms, and its gender, empty where that makes no difference."""

    forms: Mapping[Form, str]
    gender: str = ""

    @property
    def one(self) -> str:
        """The form behind 1."""
        return self.forms[Form.ONE]

    @property
    def part(self) -> str:
        """The form behind a part: `half a minute`."""
        return self.forms.get(Form.PART, self.one)


class LanguageRules(Struct, frozen=True):
    """One language's ways of writing, and its words for them."""

    numbers: Numbers
    decimal_comma: bool
    point: str
    """Said between a number and its decimals."""
    digits_alone: bool
    """Whether decimals are said digit by digit."""
    units: Mapping[str, Unit]
    """By what may follow a number, with a space or without one; `°C` with its capital."""
    close_units: Mapping[str, Unit]
    """What is a unit only right behind its number: `12 in all` is no length."""
    nouns: Mapping[str, str]
    """The gender of words that are often counted."""
    words: Mapping[str, str]
    """Abbreviations as whole words; those in lower case are found in any case."""
    signs: Mapping[str, str]
    """What is said for a sign: `&`."""
    number_signs: Mapping[str, str]
    """What is said for a sign right before a number: `~`."""
    sides: Mapping[str, str]
    """Short for left and right."""
    sided: tuple[str, ...]
    """Words that such a letter may stand before."""
    of_words: tuple[str, ...]
    """Words before `1/3` that make it "one of three": `set`."""
    roman_words: tuple[str, ...]
    """Words before a Roman number: `warrior II`."""
    joined: tuple[str, ...]
    """Words that may stick to a number: `3sets`."""
    per_words: tuple[str, ...]
    """Words after a slash that make it "per"."""
    fractions: Mapping[str, str]
    mixed: Mapping[str, str]
    """A fraction behind a whole number: `{n}`, or `{stem}` where both are one word."""
    half_of: Mapping[str, str]
    """By gender: half a unit, where `{}` is its one."""
    halves_of: Mapping[str, str]
    """By gender: one unit and a half, or more: `{n}` or `{stem}`, `{unit}`, `{units}`, `{part}`."""
    part_of: str
    """`{part} of a {unit}`."""
    ordinals: tuple[tuple[str, Replacements], ...]
    """Patterns with the number as the group `n`; what becomes of the ordinal in each case."""
    daytime: tuple[str, str]
    """What stands before and after a time of day, as patterns; what does is no length."""
    also: Replacements
    """Patterns of this language alone, before all others."""
    sets: tuple[str, ...]
    """Words for sets of reps: a multiplication sign behind one of them is "of"."""
    feet_and_inches: bool
    """Whether primes are feet and inches; otherwise they are minutes and seconds."""
    decade: Replacements
    """What makes a decade of its number: `the '90s`; empty where none is written so."""
    months: tuple[str, ...]
    date: str
    """How a date is written out: `{day}` or `{nth}`, `{month}`, `{year}` in words."""
    before_years: tuple[str, ...]
    """Words behind which four digits are a year."""
    said: Mapping[str, str]
    """Small words: to, times, once, out of, of, minus, per, or, with; sharp and flat of notes."""


@cache
def language_rules(language: str) -> LanguageRules | None:
    """How a language, given by its tag, writes; None where nothing is known of it."""
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
    """A unit under each of the names that stand before its row, with commas between them."""
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


# ── what a rule is, and the patterns that tables of words make ───────────────


Replacement = str | Callable[[re.Match[str]], str]


class ReadingRule(Struct, frozen=True, dict=True):
    """A pattern, and what takes its place; rules are applied one after another, to the whole text.

    Most texts have no digit, and most rules are about numbers: their patterns are compiled when a
    text with a digit comes.
    """

    pattern: str
    by: Replacement
    of_digits: bool = False
    """Whether it finds nothing in a text without a digit."""

    def apply(self, text: str) -> str:
        """The text after this rule."""
        if self.of_digits and not _DIGIT.search(text):
            return text
        return self._compiled.sub(self.by, text)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


Row = tuple[str, Replacement]
"""A rule, as tables have it."""

_DIGIT = late(r"\d")

Found = TypeVar("Found")


def rules_of(*rows: Row) -> tuple[ReadingRule, ...]:
    """The rules of a table."""
    return tuple(ReadingRule(*row) for row in rows)


def digit_rules(*rows: Row) -> tuple[ReadingRule, ...]:
    """The rules of a table that find nothing in a text without a digit."""
    return tuple(ReadingRule(*row, of_digits=True) for row in rows)


def apply(rules: Iterable[ReadingRule], text: str) -> str:
    """The text after all the rules."""
    for rule in rules:
        text = rule.apply(text)
    return text


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; for none, one that is never found."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(_in_any_case, longest_first)) or r"(?!)"


def _in_any_case(word: str) -> str:
    pattern = r"\s?".join(map(re.escape, word.split(" ")))
    return f"(?i:{pattern})" if word.islower() and len(word) > 1 else pattern


def found_in(table: Mapping[str, Found], written: str) -> Found:
    """What a table has for a word that `any_of` has found."""
    for spelled in (written, written.lower()):
        if spelled in table:
            return table[spelled]
    packed = "".join(written.lower().split())
    return next(said for word, said in table.items() if "".join(word.lower().split()) == packed)


# ── what is no speech in any language: Markdown marks, emoji, characters without width


_ENTITY = late(r"&(?:\w+|#\d+|#x[0-9a-fA-F]+);")

_CLEAN = rules_of(
    (r"\s+", " "),
    # joiners are part of the spelling in some scripts, and stray elsewhere
    (r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])", ""),
    (r"!?\[([^\[\]]*)\]\([^()\[\]\s]*\)", r"\1"),  # a Markdown link or picture: its text
    (r"-{1,2}>|=>|[⇒⇨➔➙➜➝➞➡⟶]", "→"),
    (r"<-{1,2}|[⇐⟵]", "←"),
    (r"<=", "≤"),
    (r">=", "≥"),
    (r"(?<!\S)[:;]-?[)(DP](?!\S)", ""),  # a face
    (r"…", "..."),
    (r"[‘’ʼ´′]", "'"),
    (r"[“”„«»″]", '"'),
    (r"[⁄∕]", "/"),
    (r"♯", "#"),
    (r"[‐‑]", "-"),
    (r"\+/-", "±"),
    # a count behind a word, with spaced dashes: Inhale - 2 - 3
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

_KEPT = frozenset("½⅓⅔¼¾⅛⅜⅝⅞♭♯′″\u200c\u200d°℃℉←↑→↓↔№⇒⇨➔➙➜➝➞➡⟶⇐⟵´`^")
"""Signs of otherwise unspoken kinds that are read, or dealt with by a pattern."""

_UNSPOKEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"))
"""Unicode's categories of controls, invisible characters, pictures and modifiers."""

_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""What makes a picture of the character before."""


def cleaned(text: str) -> str:
    """Without what is no speech in any language; `*` for stress stays."""
    speakable = "".join(map(_speakable, _ENTITY.sub(_unescaped, text)))
    return apply(_CLEAN, unicodedata.normalize("NFC", speakable))


def _unescaped(entity: re.Match[str]) -> str:
    from html import unescape  # late: it brings the names of two thousand characters

    return unescape(entity[0])


def unstressed(text: str) -> str:
    """Without the `*` around words; one between numbers is no stress."""
    return apply(_PLAIN, text)


def tidied(text: str) -> str:
    """With single spaces and no stray marks."""
    return apply(_TIDY, text)


def _speakable(character: str) -> str:
    """The character, a space in the place of a picture or a control, or nothing."""
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
