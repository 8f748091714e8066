"""The rules that turn a language's written forms into words, in the order of their use."""

from __future__ import annotations

import re
from functools import partial

from voiceguide.errors import InputError
from voiceguide.languages import year_in_words
from voiceguide.lengths import date_parts
from voiceguide.speech.reading.numbers import (
    AFTER_TO,
    clock_rules,
    early_rules,
    fraction_rules,
    hours_and_minutes,
    last_rules,
    number_rules,
    ordinal_rules,
    plain_numbers,
    unit_rules,
)
from voiceguide.speech.reading.patterns import (
    LanguageRules,
    ReadingRule,
    any_of,
    digit_rules,
    found_in,
    rules_of,
)

_VULGAR = {
    "½": "1/2",
    "⅓": "1/3",
    "⅔": "2/3",
    "¼": "1/4",
    "¾": "3/4",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
}

_TENS = ("", "X")
_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ROMAN = {
    tens + ones: str(10 * ten + one)
    for ten, tens in enumerate(_TENS)
    for one, ones in enumerate(_ONES)
    if tens + ones
}
_LONE_ROMAN = any_of({*_ROMAN} - {"I", "IV", "V", "X", "XV"})
"""Roman numbers that mean nothing else anywhere in a text: `IV` may be a drip, and `X` a letter."""

_DASH = "[-–—]"


def rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """All rules of a language."""
    signs = "".join(map(re.escape, language.signs))
    return (
        *date_rules(language),
        *early_rules(language),
        *plain_numbers(language),
        *_sign_rules(language),
        *_range_rules(language),
        *_times_rules(language),
        *clock_rules(language),
        *fraction_rules(language),
        *ordinal_rules(language),
        *_joined_rules(language),
        *unit_rules(language),
        *digit_rules(
            (r"(?<=\d)-(?=[^\W\d_])", " "),  # a number joined to a word: 3-legged
            (r"(?<![\w)])[-−](?=\d)", f"{language.said['minus']} "),
            *((rf"{pattern}\s?(?=\d)", f"{by} ") for pattern, by in language.number_signs.items()),
        ),
        *_per_rules(language),
        *rules_of((f"[{signs}]", lambda match: language.signs[match[0]])),
        *_roman_rules(language),
        *rules_of((r"(?<=[^\W\d_])\s*/\s*(?=\w)|(?<=\w)\s*/\s*(?=[^\W\d_])", ", ")),
        *number_rules(language),
        *last_rules(language),
    )


def _sign_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`½`, `R leg`, `approx.`, `3 x 30`."""
    return (
        *rules_of(
            (rf"(\d?)\s*([{''.join(_VULGAR)}])", lambda found: f"{found[1]} {_VULGAR[found[2]]}")
        ),
        *_side_rules(language),
        *rules_of(
            (r"([€$£]|R\$)\s?(\d+(?:\.\d+)?)", r"\2 \1")
            if language.decimal_comma
            else ("(?!)", ""),
            *language.also,
            (r"(?<![\w.:])(\d{1,2})h([0-5]\d)(?!\w)", hours_and_minutes),
            (
                rf"(?<![\w.-])({any_of(language.words)})(?!\w)(?:(?<=\.)|(?!/))",
                partial(_word, language),
            ),
        ),
        *digit_rules((r"(\d)\s*[x×*]\s*(?=\d)", rf"\1 {language.said['times']} ")),
    )


def _word(language: LanguageRules, match: re.Match[str]) -> str:
    return found_in(language.words, match[1])


def _side_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`L→R`, `(R)`, `R leg`."""
    if not language.sides:
        return ()
    short, sided = any_of(language.sides), any_of(language.sided)
    to, both = f" {language.said['to']} ", language.signs["&"].strip()
    alone = partial(_side, language)
    return rules_of(
        (
            rf"(?<!\w)({short})\s*(?:[&+]|\b{both}\b)\s*({short})(?!\w)",
            lambda found: f"{alone(found)}& {language.sides[found[2]]}",
        ),
        (
            rf"(?<!\w)(?:{short})(?:\s*→\s*(?:{short}))+(?!\w)",
            lambda found: to.join(language.sides[one.strip()] for one in found[0].split("→")),
        ),
        (rf"(?<![\w/])({short})\s+(?=(?:{sided})(?!\w))", alone),
        (rf"\(({short})\)", alone),
    )


def _side(language: LanguageRules, match: re.Match[str]) -> str:
    return f"{language.sides[match[1]]} "


def _range_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`10-15`, `30s–2min`, `1:30-2:00`, `L4-L5`; three or more numbers are a count: `4-7-8`."""
    to = language.said["to"]
    after_to = AFTER_TO if language.numbers.after_to else ""
    units = any_of(language.close_units)
    first = rf"(\d[\d.,:/]{{0,15}}(?:\s?(?:{units}))?)"
    return digit_rules(
        (
            r"(?<![\w-])\d+(?:\s*[-–—]\s*\d+){2,}(?![\w-])",
            lambda match: re.sub(r"\s*[-–—]\s*", ", ", match[0]),
        ),
        (
            rf"(?<![\w/-]){first}\s*{_DASH}\s*(?=\d+(?:[.]\d+)?(?!\d*[-:/]\d))",
            rf"\1 {to} {after_to}",
        ),
        (rf"(?<![\w/-]){first}\s*{_DASH}\s*(?=\d+(?!\d*-\d))", rf"\1 {to} "),
        (r"(?<!\w)([CTDLS]\d{1,2})\s*/\s*(?=[CTDLS]\d{1,2}(?!\w))", r"\1, "),
        (r"(?<!\w)([CTDLS]\d{1,2})\s*[-–]\s*(?=[CTDLS]\d{1,2}(?!\w))", rf"\1 {to} "),
    )


def _times_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`3 x 30 s`, `3x`, `x3`, `1x`."""
    times, once = language.said["times"], language.said["once"]
    return (
        *digit_rules(
            (r"(?<![\w.,])(?:1\s?[x×](?!\s?\d)|[x×]\s?1)(?!\w)", once),
            (r"(\d)\s*[x×](?![\w-])", rf"\1 {times}"),
            (r"(?<!\w)[x×]\s?(\d+)(?!\w)", rf"\1 {times}"),
        ),
        *rules_of(("×", f" {times} ")),
    )


def _joined_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`3sets`, `10-to-15`."""
    words = any_of(language.joined)
    to = language.said["to"]
    return digit_rules(
        (r"(?<=\d)(?=[kK](?!\w))", " "),  # 2.5K
        (rf"(?<=\d)-{to}-(?=\d)", f" {to} "),
        (rf"(?<=\d)(?=(?:{words})(?!\w))", " "),
    )


def _per_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`10 reps/side`, `3 times/week`, `120/min`."""
    per, words = language.said["per"], any_of(language.per_words)
    said = any_of((language.said["times"], language.said["once"]))
    units = any_of(unit for unit in language.units if unit.isalpha())
    return (
        *digit_rules(
            (
                rf"(\d\s[^\W\d_]+)\s*/\s*({units})(?![\w/])",
                lambda m: f"{m[1]} {per} {found_in(language.units, m[2]).one}",
            ),
            (
                r"(?<=\d)\s*/\s*(min|h|s)(?!\w)",
                lambda m: f" {per} {_without_number(language, m[1])}",
            ),
        ),
        *rules_of((rf"(\d|\d [^\W\d_]+|{said})\s*/\s*(?=(?:{words})\b)", rf"\1 {per} ")),
    )


def _without_number(language: LanguageRules, unit: str) -> str:
    return language.units[unit].one


def _roman_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`Warrior II`; but `I` may be a pronoun: `at this level I stay`."""
    words = any_of(language.roman_words)
    one = r"(?!I(?![\w]|\s?[:.;)]|\s?$))"  # `I` is a number only at the end of a phrase
    return rules_of(
        (
            rf"((?i:\b(?:{words})))\s+{one}({any_of(_ROMAN)})(?!\w)",
            lambda found: f"{found[1]} {_ROMAN[found[2]]}",
        ),
        (rf"(?<![\w.])(?:{_LONE_ROMAN})(?!\w)", lambda found: _ROMAN[found[0]]),
    )


# ── dates: `2026-11-30`, `30.11.2026`, `Nov. 30, 2026`, `in 1995` ─────────────

# A language's format is `date` in its `reading.yaml`; later rules put the day into words.
# `1/2/2026` is in February, but in January in American English; in plain `en` it is ambiguous and
# stays as written.

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
