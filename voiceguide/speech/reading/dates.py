"""Write out dates: `2026-11-30`, `30.11.2026`, `30/11/2026`, `Nov. 30, 2026`, `in 1995`.

A language's format is `date` in its `reading.yaml`; later rules put the day into words, and years
are read as years. `1/2/2026` is in February, but in January in American English; in plain `en` it
is ambiguous and stays as written.
"""

from __future__ import annotations

import re
from functools import partial

from voiceguide.errors import InputError
from voiceguide.languages import year_in_words
from voiceguide.lengths import date_parts
from voiceguide.speech.reading.patterns import LanguageRules, ReadingRule, any_of, digit_rules

_YEAR = r"((?:1[5-9]|20)\d\d)(?![\d.,]*\d)(?!\w)"
_SHORT = 3
"""Number of letters in the abbreviation of a month: `Nov.`."""


def date_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """The rules for dates; they come first, since the others would split their numbers."""
    if not language.months:
        return ()
    names = any_of(language.months)
    short = any_of({name[:_SHORT] for name in language.months})
    month = rf"({names}|(?:{short}|Sept)\.?(?=\s*\d|,))"
    units = any_of(unit for unit in language.units if unit.isalpha())
    year = partial(_with_year, language)
    return digit_rules(
        (r"(?<![\w.-])(\d{4})-(\d\d)-(\d\d)(?![\w-])", partial(_written, language, "ymd")),
        (rf"(?<![\w.])(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?{_YEAR}", partial(_written, language, "dmy")),
        (rf"(?<![\w/-])(\d{{1,2}})([/-])(\d{{1,2}})\2{_YEAR}", partial(_slashed, language)),
        (
            rf"(?<!\w){month} (\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}",
            partial(_named, language, "mdy"),
        ),
        (
            rf"(?<!\w)(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?"
            rf"({names}|(?:{short}|Sept)\.?) {_YEAR}",
            partial(_named, language, "dmy"),
        ),
        (rf"(?<!\w)((?:{short})|Sept)\.(?= \d)", partial(_month, language)),
        (rf"(?<!\w)((?:{names}),?(?: de)? ){_YEAR}", year),
        (
            rf"(?<!\w)((?i:{any_of(language.before_years)}) ){_YEAR}(?!\s?(?:{units})(?!\w))",
            year,
        ),
    )


def _written(language: LanguageRules, order: str, match: re.Match[str]) -> str:
    part = dict(zip(order, map(int, match.groups()), strict=True))
    return _said(language, part["y"], part["m"], part["d"]) or match[0]


def _slashed(language: LanguageRules, match: re.Match[str]) -> str:
    first, second, year = (int(match[i]) for i in (1, 3, 4))
    tag = language.numbers.language
    either = max(first, second) <= len(language.months) and first != second and tag == "en"
    american = tag == "en-us" or second > len(language.months)
    day, month = (second, first) if american else (first, second)
    return match[0] if either else _said(language, year, month, day) or match[0]


def _named(language: LanguageRules, order: str, match: re.Match[str]) -> str:
    part = dict(zip(order, match.groups(), strict=True))
    month = language.months.index(_full(language, part["m"])) + 1
    return _said(language, int(part["y"]), month, int(part["d"])) or match[0]


def _month(language: LanguageRules, match: re.Match[str]) -> str:
    """Write out the month of `Jan. 5`."""
    return _full(language, match[1])


def _full(language: LanguageRules, written: str) -> str:
    short = written[:_SHORT].lower()
    return next(name for name in language.months if name.lower().startswith(short))


def _said(language: LanguageRules, year: int, month: int, day: int) -> str:
    """Write out a date in the language's format; empty if there is no such day."""
    try:
        date_parts(f"{year:04}-{month:02}-{day:02}")
    except InputError:
        return ""
    names = {"day": day, "nth": _nth(day), "month": language.months[month - 1]}
    return language.date.format(**names, year=year_in_words(year, language.numbers.language))


def _nth(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{'th' if day in (11, 12, 13) else ending}"


def _with_year(language: LanguageRules, match: re.Match[str]) -> str:
    return match[1] + year_in_words(int(match[2]), language.numbers.language)
