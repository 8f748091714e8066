"""How English writes what a voice would misread: tables, and the few rules that use them.

A rule is a pattern and what takes its place. The rules are applied one after another, each to the
whole text; `voiceguide.speech.reading` does that, after its cleaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Rule = tuple[str, str | Callable[[re.Match[str]], str]]

_UNITS: Mapping[str, tuple[str, str]] = {
    "ms": ("millisecond", "milliseconds"),
    **dict.fromkeys(("s", "sec", "secs"), ("second", "seconds")),
    **dict.fromkeys(("min", "mins"), ("minute", "minutes")),
    **dict.fromkeys(("h", "hr", "hrs"), ("hour", "hours")),
    "mm": ("millimetre", "millimetres"),
    "cm": ("centimetre", "centimetres"),
    "km": ("kilometre", "kilometres"),
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "g": ("gram", "grams"),
    "kg": ("kilogram", "kilograms"),
    "oz": ("ounce", "ounces"),
    **dict.fromkeys(("lb", "lbs"), ("pound", "pounds")),
    "ft": ("foot", "feet"),
    "ml": ("millilitre", "millilitres"),
    "bpm": ("beat per minute", "beats per minute"),
    "rpm": ("turn per minute", "turns per minute"),
    "kcal": ("kilocalorie", "kilocalories"),
    **dict.fromkeys(("°", "deg"), ("degree", "degrees")),
    **dict.fromkeys(("°C", "° C"), ("degree Celsius", "degrees Celsius")),
    **dict.fromkeys(("°F", "° F"), ("degree Fahrenheit", "degrees Fahrenheit")),
}
"""What may follow a number, with a space or without one."""

_CLOSE_UNITS: Mapping[str, tuple[str, str]] = {
    "m": ("minute", "minutes"),  # as in the lengths of a routine
    "in": ("inch", "inches"),
}
"""What is a unit only right behind its number: `12 in all` is no length."""

_FAR_UNITS: Mapping[str, tuple[str, str]] = {"m": ("metre", "metres")}
"""What is another unit with a space before it."""

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

_PARTS = {2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters")}
"""Denominators with a word of their own; other fractions are read as `8 out of 10`."""

_WORDS = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "and so on",
    "vs.": "versus",
    "vs": "versus",
    "approx.": "about",
    "approx": "about",
    "incl.": "including",
    "max.": "maximum",
    "secs": "seconds",
    "mins": "minutes",
    "hrs": "hours",
    "rep.": "rep",
    "reps.": "reps",
    "w/o": "without",
    "24/7": "24 7",
    "and/or": "or",
    "L/R": "left and right",
    "R/L": "right and left",
    "ROM": "range of motion",
    "ITB": "I T B",
    "IT band": "I T band",
    "SI joint": "S I joint",
    "SI joints": "S I joints",
    "TheraBand": "Thera-Band",
    "HIIT": "hit",
}
"""Abbreviations as whole words; those in lower case are found in any case."""

_SIDES = {"L": "left", "R": "right"}
_SIDED = "side|leg|arm|knee|hip|foot|hand|ankle|elbow|shoulder|heel|thigh|glute|wrist|ear"

_NUMBERED = "warrior|part|phase|level|stage|type|grade|step|series|week|day"
_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5"}

_PER = "side|leg|arm|hand|foot|set|round|rep|day|week|month|year|hour|minute|second|session"

_SYMBOLS = {
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "±": " plus or minus ",
    "÷": " divided by ",
    "≈": " about ",
    "≤": " at most ",
    "≥": " at least ",
    "→": ", then ",
    "←": ", back to ",
    "↔": " and back to ",
    "↑": " up ",
    "↓": " down ",
    "@": " at ",
}

_NUMBER = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,9})?"


def rules() -> tuple[Rule, ...]:
    """All of them, in the order in which they are applied."""
    units = _any_of({**_UNITS, **_CLOSE_UNITS})
    return (
        (rf"(\d?)\s*([{''.join(_VULGAR)}])", _vulgar),
        (r"(?<!\w)([LR])\s*→\s*([LR])(?!\w)", _side_to_side),
        (rf"(?<![\w.-])({_any_of(_WORDS)})(?![\w/])", _word),
        (r"(?<!\w)w/\s*(?=\w)", "with "),
        *_range_rules(units),
        *_times_rules(),
        *_clock_rules(),
        *_fraction_rules(),
        *_unit_rules(units),
        # a number and a word in one: 10-minute, 3-legged, 3sets
        (r"(?<=\d)-to-(?=\d)", " to "),
        (r"(?<=\d)(?=(?:sets?|reps?|rounds?|times|breaths?|steps?|sides?)(?!\w))", " "),
        (r"(?<=\d)-(?=[a-zA-Z])", " "),
        (r"(?<![\w)])[-−](?=\d)", "minus "),
        *_symbol_rules(),
        (rf"(?<!\w)([LR])\s+(?=(?:{_SIDED})s?(?!\w))", _side),
        (r"\(([LR])\)", _side),
        (rf"(?i:\b({_NUMBERED}))\s+({_any_of(_ROMAN)})(?!\w)", _roman),
        (r"(?i:\b(warrior))\s+I(?![\w'])", r"\1 1"),  # behind other words, I may be the speaker
        (r"(?<=[^\W\d_])\s*/\s*(?=\w)|(?<=\w)\s*/\s*(?=[^\W\d_])", " or "),
    )


def _range_rules(units: str) -> tuple[Rule, ...]:
    """`10-15`, `30s–2min`, `1:30-2:00`, `L4-L5`; three numbers and more are a count: `4-7-8`."""
    return (
        (r"(?<![\w-])\d+(?:[-–]\d+){2,}(?![\w-])", _count),
        (
            rf"(?<![\w/-])(\d[\d.,:/]{{0,15}}(?:\s?(?:{units}))?)\s*[-–—]\s*(?=\d+(?![\d]*-\d))",
            r"\1 to ",
        ),
        (r"(?<!\w)([CTLS]\d{1,2})\s*[-–/]\s*(?=[CTLS]\d{1,2}(?!\w))", r"\1 to "),
    )


def _times_rules() -> tuple[Rule, ...]:
    return (
        (r"(\d)\s*[x×*]\s*(?=\d)", r"\1 times "),
        (r"(?<![\w.,])(?:1[x×]|[x×]\s?1)(?!\w)", "once"),
        (r"(\d)\s*[x×](?![\w-])", r"\1 times"),
        (r"(?<!\w)[x×]\s?(\d+)(?!\w)", r"\1 times"),
        (r"×", " times "),
    )


def _clock_rules() -> tuple[Rule, ...]:
    """A length on a clock, unless it is a time of day; a ratio."""
    daytime = r"(?!\d|:|\s*[ap]\.?m\b|\s*o'clock)"
    return (
        (rf"(?<![\d:.])(\d{{1,9}}):([0-5]\d):([0-5]\d){daytime}", _clock),
        (rf"(?<![\d:.])(?<!\bat )()(\d{{1,9}}):([0-5]\d){daytime}", _clock),
        (r"(?<![\d:])(\d+):(?=\d(?![\d:]))", r"\1 to "),
    )


def _fraction_rules() -> tuple[Rule, ...]:
    """`1 1/2`, `3/4`, `set 1/3`, `8/10`; not a date: `1/2/2026`."""
    fraction = r"(\d{1,9})/(\d{1,9})(?![\d/]|\.\d)"
    return (
        (rf"\b(?i:(set|round|rep|side|part|step|exercise|day|week))\s+{fraction}", r"\1 \2 of \3"),
        (rf"(?<![\d/.,])(?:(\d{{1,9}})\s+)?{fraction}", _fraction),
    )


def _unit_rules(units: str) -> tuple[Rule, ...]:
    end = r"(?![\w°])(\.(?=\s+[a-z]))?"
    return (
        (rf"({_NUMBER})-(?:{units}|degree|second|minute|hour|inch)(?!\w)", _adjective),
        (r"(\d)\s?°\s+(?=(?:angle|bend|turn|twist|position)\b)", r"\1 degree "),
        (rf"({_NUMBER})({_any_of(_CLOSE_UNITS)}){end}", _unit),
        (rf"(?<![\w.])(?!(?:1[89]|20)\d0s)({_NUMBER})\s*({_any_of(_UNITS)}){end}", _unit),
        (rf"({_NUMBER})\s({_any_of(_FAR_UNITS)}){end}", _far_unit),
    )


def _symbol_rules() -> tuple[Rule, ...]:
    return (
        (r"(?:[#№]|\b[Nn]o\.)\s?(?=\d)", "number "),
        (r"~\s?(?=\d)", "about "),
        (r"<\s?(?=\d)", "less than "),
        (r">\s?(?=\d)", "more than "),
        (rf"(\d|\d [a-z]+|times|once)\s*/\s*(?=(?:{_PER})\b)", r"\1 per "),
        (f"[{''.join(map(re.escape, _SYMBOLS))}]", lambda match: _SYMBOLS[match[0]]),
    )


def _any_of(words: Mapping[str, object]) -> str:
    """A pattern for any of the words, the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(_in_any_case(word) for word in longest_first)


def _in_any_case(word: str) -> str:
    pattern = re.escape(word)
    return f"(?i:{pattern})" if word.islower() and len(word) > 1 else pattern


def _count(match: re.Match[str]) -> str:
    return re.sub("[-–]", ", ", match[0])


def _vulgar(match: re.Match[str]) -> str:
    return f"{match[1]} {_VULGAR[match[2]]}"


def _side_to_side(match: re.Match[str]) -> str:
    return f"{_SIDES[match[1]]} to {_SIDES[match[2]]}"


def _side(match: re.Match[str]) -> str:
    return f"{_SIDES[match[1]]} "


def _roman(match: re.Match[str]) -> str:
    return f"{match[1]} {_ROMAN[match[2]]}"


def _word(match: re.Match[str]) -> str:
    return _WORDS.get(match[0]) or _WORDS[match[0].lower()]


def _clock(match: re.Match[str]) -> str:
    """Hours, minutes and seconds in words, without those that are zero."""
    parts = zip(match.groups(), ("h", "min", "s"), strict=True)
    said = [_counted(str(int(number)), unit) for number, unit in parts if int(number or 0)]
    return " ".join(said) or "0 seconds"


def _fraction(match: re.Match[str]) -> str:
    """`3/4` in words, with the whole number before it, if there is one."""
    whole, above, below = match.groups()
    if int(below) not in _PARTS or not 0 < int(above) < int(below):
        return f"{whole or ''} {above} out of {below}".strip()
    one, many = _PARTS[int(below)]
    part = f"{'a' if whole else 'one'} {one}" if int(above) == 1 else f"{above} {many}"
    return f"{whole} and {part}" if whole else part


def _unit(match: re.Match[str]) -> str:
    return _counted(match[1], match[2])


def _far_unit(match: re.Match[str]) -> str:
    return f"{match[1]} {_FAR_UNITS[match[2]][match[1] != '1']}"


def _adjective(match: re.Match[str]) -> str:
    """`90-degree`, `10-min`: the unit is not counted."""
    number, _, unit = match[0].partition("-")
    return f"{number} {_forms(unit)[0]}"


def _counted(number: str, unit: str) -> str:
    return f"{number} {_forms(unit)[number != '1']}"


def _forms(unit: str) -> tuple[str, str]:
    table = {**_UNITS, **_CLOSE_UNITS}
    return table.get(unit) or table.get(unit.lower()) or (unit, unit)
