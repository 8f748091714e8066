"""The rules that turn what a language writes into what is said, in the order of their use."""

from __future__ import annotations

import re
from functools import partial

from voiceguide.speech.reading.numbers import (
    AFTER_TO,
    clock_rules,
    fraction_rules,
    number_rules,
    ordinal_rules,
    plain_numbers,
    unit_rules,
)
from voiceguide.speech.reading.patterns import Rule, Tongue, any_of, found_in

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

_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5"}

_DASH = "[-–—]"


def rules(tongue: Tongue) -> tuple[Rule, ...]:
    """All of them."""
    signs = "".join(map(re.escape, tongue.signs))
    return (
        *plain_numbers(tongue),
        (rf"(\d?)\s*([{''.join(_VULGAR)}])", lambda match: f"{match[1]} {_VULGAR[match[2]]}"),
        *_side_rules(tongue),
        *tongue.also,
        (rf"(?<![\w.-])({any_of(tongue.words)})(?![\w/])", partial(_word, tongue)),
        *_range_rules(tongue),
        *_times_rules(tongue),
        *clock_rules(tongue),
        *fraction_rules(tongue),
        *ordinal_rules(tongue),
        *_joined_rules(tongue),
        *unit_rules(tongue),
        # a number and a word in one: 3-legged
        (r"(?<=\d)-(?=[^\W\d_])", " "),
        (r"(?<![\w)])[-−](?=\d)", f"{tongue.said['minus']} "),
        *((rf"{pattern}\s?(?=\d)", f"{by} ") for pattern, by in tongue.number_signs.items()),
        *_per_rules(tongue),
        (f"[{signs}]", lambda match: tongue.signs[match[0]]),
        *_roman_rules(tongue),
        (
            r"(?<=[^\W\d_])\s*/\s*(?=\w)|(?<=\w)\s*/\s*(?=[^\W\d_])",
            f" {tongue.said['or']} ",
        ),
        *number_rules(tongue),
    )


def _word(tongue: Tongue, match: re.Match[str]) -> str:
    return found_in(tongue.words, match[1])


def _side_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`L→R`, `(R)`, `R leg`."""
    if not tongue.sides:
        return ()
    short, sided = any_of(tongue.sides), any_of(tongue.sided)
    to = f"{tongue.said['to']} "
    alone = partial(_side, tongue)
    return (
        (rf"(?<!\w)({short})\s*→\s*(?=(?:{short})(?!\w))", lambda match: alone(match) + to),
        (rf"(?<={to})({short})(?!\w)", lambda match: alone(match).rstrip()),
        (rf"(?<!\w)({short})\s+(?=(?:{sided})(?!\w))", alone),
        (rf"\(({short})\)", alone),
    )


def _side(tongue: Tongue, match: re.Match[str]) -> str:
    return f"{tongue.sides[match[1]]} "


def _range_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`10-15`, `30s–2min`, `1:30-2:00`, `L4-L5`; three numbers and more are a count: `4-7-8`."""
    to = tongue.said["to"]
    after_to = AFTER_TO if tongue.numbers.after_to else ""
    units = any_of(tongue.close_units)
    first = rf"(\d[\d.,:/]{{0,15}}(?:\s?(?:{units}))?)"
    return (
        (r"(?<![\w-])\d+(?:[-–]\d+){2,}(?![\w-])", lambda match: re.sub("[-–]", ", ", match[0])),
        (
            rf"(?<![\w/-]){first}\s*{_DASH}\s*(?=\d+(?:[.]\d+)?(?!\d*[-:/]\d))",
            rf"\1 {to} {after_to}",
        ),
        (rf"(?<![\w/-]){first}\s*{_DASH}\s*(?=\d+(?!\d*-\d))", rf"\1 {to} "),
        (r"(?<!\w)([CTLS]\d{1,2})\s*[-–/]\s*(?=[CTLS]\d{1,2}(?!\w))", rf"\1 {to} "),
    )


def _times_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`3 x 30 s`, `3x`, `x3`, `1x`."""
    times, once = tongue.said["times"], tongue.said["once"]
    return (
        (r"(\d)\s*[x×*]\s*(?=\d)", rf"\1 {times} "),
        (r"(?<![\w.,])(?:1[x×]|[x×]\s?1)(?!\w)", once),
        (r"(\d)\s*[x×](?![\w-])", rf"\1 {times}"),
        (r"(?<!\w)[x×]\s?(\d+)(?!\w)", rf"\1 {times}"),
        ("×", f" {times} "),
    )


def _joined_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`3sets`, `10-to-15`."""
    words = any_of(tongue.joined)
    to = tongue.said["to"]
    return ((rf"(?<=\d)-{to}-(?=\d)", f" {to} "), (rf"(?<=\d)(?=(?:{words})(?!\w))", " "))


def _per_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`10 reps/side`, `3 times/week`, `120/min`."""
    per, words = tongue.said["per"], any_of(tongue.per_words)
    said = any_of((tongue.said["times"], tongue.said["once"]))
    return (
        (r"(?<=\d)\s*/\s*(min|h|s)(?!\w)", lambda m: f" {per} {_without_number(tongue, m[1])}"),
        (rf"(\d|\d [^\W\d_]+|{said})\s*/\s*(?=(?:{words})\b)", rf"\1 {per} "),
    )


def _without_number(tongue: Tongue, unit: str) -> str:
    return tongue.units[unit].one


def _roman_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """`Warrior II`; the number one alone may be the speaker: `at this level I stay`."""
    words = any_of(tongue.roman_words)
    return (
        (rf"((?i:\b(?:{words})))\s+({any_of(_ROMAN)})(?!\w)", lambda m: f"{m[1]} {_ROMAN[m[2]]}"),
    )
