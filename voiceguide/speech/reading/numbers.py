"""Rules that put numbers and the things counted into words: units, fractions, clocks, ordinals.

First, all numbers of a text are written in one way, `1500` and `1.5`; then rules write out the
units behind digits; finally all digits become words, in the gender of the word that follows them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from voiceguide.languages import Form, replaced
from voiceguide.speech.reading.patterns import (
    LanguageRules,
    ReadingRule,
    Unit,
    any_of,
    digit_rules,
    found_in,
    rules_of,
)

NUMBER = r"\d{1,15}(?:\.\d{1,9})?"

AFTER_TO = "\ue000"
"""A mark before the second number of a range; a private-use code point, so texts do not have it."""

_LONGEST = 9
"""Most digits of a number that is read as one number; a longer one is read digit by digit."""


# ── one way of writing numbers ───────────────────────────────────────────────


_ANGLES = "15|30|45|60|75|90|120|135|150|180|270|360"
"""What is an angle before `º` even where that sign marks ordinals: `45º`."""


def early_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """Rules for numbers and times in notations that the other rules would split."""
    sets = any_of(language.sets)
    of = language.said["sets of"]
    ordinals = any("º" in pattern for pattern, _ in language.ordinals)
    return (
        *digit_rules(
            (rf"(?<![\d.,])({_ANGLES if ordinals else NUMBER})\s?º(?!\w)", r"\1°"),
            (r"(?<![\w.])\.(?=\d)", "0."),  # .5 s
            (r"(?<!\S),(?=\d)", "0,"),  # ,5 s
            (r"(?<![\w/])(\d+[.,]\d+)\s?/\s?(?=\d)", r"\1, "),  # 5.5/5.5
            (r"(?<!\S):([0-5]\d)(?!\d)", r"\1 s"),  # :30
            (r"(?<=\d)'(?=\d{3}(?!\d))", ""),  # 10'000
            (rf"(?<=[^\W\d_])\.?\s*[x×]\s*(?=\d+\s?(?i:{sets})(?!\w))", ", "),  # 10 reps x 3 sets
            (r"(?<=[^\W\d_])\.(?=\s[x×]\s?\d)", ""),  # 10 sec. x 3
            (rf"(?<!\w)((?i:{sets}))\s*[x×*]\s*(?=\d)", rf"\1 {of} "),
            (r"(\d+)-(?=[1-9]/[2-9](?!\d))", r"\1 "),  # 2-1/2 min
            (r"(?<=\d)\s?~\s?(?=\d)", "-"),  # 5 ~ 10 s
            (r"(@\s?)(\d)([\dX])([\dX])([\dX])(?![\dX])", r"\1\2 \3 \4 \5"),
            (r"(?i:\b(tempo):?\s+)(\d)([\dX])([\dX])([\dX]?)(?![\dX])", r"\1 \2 \3 \4 \5"),
        ),
        *rules_of(
            (r"(?<!\w)([A-G])#(?=\d|\b|\W|$)", rf"\1 {language.said['sharp']} "),
            (r"(?<!\w)([A-G])♭", rf"\1 {language.said['flat']} "),
        ),
        *_phone_rules(language),
        *_time_rules(language),
        *_prime_rules(language),
        *_decade_rules(language),
    )


def _phone_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`+49 30 1234567`, `0800 123 4567`, `555-0123`, `900 123 456`: read digit by digit."""
    three = r"\(?\d{3}\)?[\s-]\d{3}[\s-]\d{3,4}"
    phone = partial(_phone, language)
    return digit_rules(
        (r"(?<![\w.,/])\+\d{1,3}[\d\s()/-]{5,16}\d(?!\w)", phone),
        (r"(?<![\w.,/:-])\(?0\d{1,5}\)?(?:[\s-]|/(?=\d{4}))\d[\d\s-]{2,14}\d(?!\w)", phone),
        (rf"(?<![\w.,/-])(?!\d+0[\s-]\d+0[\s-]\d+0(?!\d)){three}(?![\w-]|[.,]\d)", phone),
        (r"(?<![\w.,/-])\d{3}-0\d{3}(?![\w-])", phone),
    )


def _phone(language: LanguageRules, match: re.Match[str]) -> str:
    """Put pauses between the groups; if all have two digits, read them as numbers, as in French."""
    groups = re.findall(r"\d+", match[0])
    pairs = {len(group) for group in groups} == {2}
    say = language.numbers.words
    said = (
        say(int(group)) if pairs and group[0] != "0" else " ".join(say(int(one)) for one in group)
        for group in groups
    )
    return language.signs["+"].lstrip() * match[0].startswith("+") + ", ".join(said)


def _time_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`1:30 min`, `1 h 30 m`."""
    return digit_rules(
        (
            r"(?<![\d:.])(\d{1,3}):([0-5]\d)\s?(?i:mins?)(?:\.(?!\s*$))?(?!\w)",
            partial(_minutes, language),
        ),
        (r"(?<![\d:.])(\d{1,2}):([0-5]\d)\s?h(?:rs?)?\.?(?!\w)", hours_and_minutes),
        (r"(?<![\w.])(\d{1,3})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?(?!\w)", r"\1 min \2 s"),
        (r"(?<![\w.:])(\d{1,2})\s?h\s?(\d{1,2})\s?m(?:in)?(?!\w)", r"\1 h \2 min"),
    )


def hours_and_minutes(match: re.Match[str]) -> str:
    """`1:05 h` and `1h05`, with units of their own."""
    minutes = int(match[2])
    return f"{match[1]} h {minutes} min" if minutes else f"{match[1]} h"


def _minutes(language: LanguageRules, match: re.Match[str]) -> str:
    """`1:30 min` is read as one minute thirty."""
    minutes, seconds = int(match[1]), int(match[2])
    if not minutes and seconds:
        return f"{seconds} s"
    said = f"{minutes} {_form(language, language.units['min'], str(minutes))}"
    return f"{said} {seconds}" if seconds else said


def _prime_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`5'6"`, `12"`: feet and inches, or minutes and seconds; but not a closing quotation mark."""
    first, second = ("ft", "in") if language.feet_and_inches else ("min", "s")
    return digit_rules(
        (r"(?<![\w.])(\d{1,4})'\s?(\d{1,2})(?:\"|'')", rf"\1 {first} \2{second}"),
        (r"(?<![\w.])(\d{1,3})'([0-5]?\d)(?![\w\"'])", rf"\1 {first} \2"),
        (r"(?<![\w./])(\d+(?:[.,]\d+)?)(?:\"|'')(?!\w)", partial(_prime, '"', second)),
        (r"(?<![\w.])(\d+(?:[.,]\d+)?)'(?!\w)", partial(_prime, "'", first)),
    )


def _prime(sign: str, unit: str, match: re.Match[str]) -> str:
    before = match.string[: match.start()]
    opened = before.count(sign) if sign == '"' else len(re.findall(r"(?<!\w)'(?=\w)", before))
    return match[0] if opened % 2 else f"{match[1]}{unit}"


def _decade_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`the '90s`, `the 1990s`, `the 1990's`."""
    if not language.decade:
        return digit_rules((r"(?<!\w)'(?=[1-9]0(?!\w))", ""))
    return digit_rules(
        (r"(?<=\bthe )'?([1-9]0)s\b|(?<!\w)'([1-9]0)s\b", partial(_decade, language)),
        (r"(?<!\w)(1[1-9]|20)([1-9]0)'?s\b", partial(_decade, language)),
    )


def _decade(language: LanguageRules, match: re.Match[str]) -> str:
    century, decade = match[1], match[2]
    if not (century and decade):
        century, decade = "", century or decade
    said = replaced(language.decade, language.numbers.words(int(decade)))
    return f"{language.numbers.words(int(century))} {said}" if century else said


def plain_numbers(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`1,500.5`, and in other languages `1.500,5` and `1 500,5`, become `1500.5`."""
    if not language.decimal_comma:
        return digit_rules(
            (r"(?<![\d.,])\d{1,3}(?:,\d{3}){1,4}(?![\d,])", _without(",")),
            (r"(?<![\d.,] )(?<![\d.,])[1-9]\d{0,2}(?: 000){1,3}(?! ?\d)", _without(" ")),  # 1 000
            (r"(?<![\d.,])(\d{1,3}),(\d{1,2})(?!\d|,\d)", r"\1.\2"),  # 12,5 kg
        )
    return digit_rules(
        (r"(?<![\d.,])\d{1,3}(?:\.\d{3}){1,4}(?![\d.])", _without(".")),
        (r"(?<![\d.,] )(?<![\d.,])[1-9]\d{0,2}(?: \d{3}){1,4}(?![\d ]*\d)", _without(" ")),
        (r"(?<![\d.,])(\d{1,15}),(\d{1,9})(?!\d|,\d)", r"\1.\2"),
    )


def _without(sign: str) -> partial[str]:
    return partial(_drop, sign)


def _drop(sign: str, match: re.Match[str]) -> str:
    return match[0].replace(sign, "")


# ── units ────────────────────────────────────────────────────────────────────


def unit_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`30s`, `5 min.`, `90-degree`: the unit is written out, and the number stays."""
    # a unit that ends with a dot itself does not take the full stop of the text
    end = r"(?:(?<!\.)|(?=[\s/)]))(?![\w°])(\.(?=\s+[a-zß-ÿ]))?"
    number = rf"{AFTER_TO}?{NUMBER}"
    close = any_of(language.close_units)
    return digit_rules(
        (rf"(?<![\w.])({number})-({close})(?![\w°])", partial(_adjective, language)),
        (
            rf"(?<![\w.])(?!(?:1[89]|20)\d0s)({number})({close}){end}",
            partial(_unit, language, True),
        ),
        (
            rf"(?<![\w.])({number})\s+({any_of(language.units)}){end}",
            partial(_unit, language, False),
        ),
    )


def _unit(language: LanguageRules, close: bool, match: re.Match[str]) -> str:
    far = match[2] == "m" and float(match[1].lstrip(AFTER_TO)) >= METRES_FROM
    unit = found_in(language.close_units if close and not far else language.units, match[2])
    return f"{match[1]} {_form(language, unit, match[1])}"


def _form(language: LanguageRules, unit: Unit, number: str) -> str:
    form = language.numbers.form(float(number.lstrip(AFTER_TO)))
    if number.startswith(AFTER_TO) and language.numbers.after_to:
        form = Form.PART if form in (Form.ONE, Form.PART) else Form.MANY
    return unit.forms.get(form, unit.forms[Form.MANY])


def _adjective(language: LanguageRules, match: re.Match[str]) -> str:
    """`90-degree`, `10-min`: the unit stays singular."""
    return f"{match[1]} {found_in(language.close_units, match[2]).one}"


METRES_FROM = 100
"""Number from which `m` right behind it means metres, not minutes: `800m`."""


# ── clocks ───────────────────────────────────────────────────────────────────


def clock_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """Rules for lengths such as `1:30`, unless they are times of day, and for ratios."""
    before, after = language.daytime
    end = rf"(?!\d|:|\s*(?:{after}))"
    clock = partial(_clock, language)
    return digit_rules(
        (rf"(?<![\d:.])(\d{{1,9}}):([0-5]\d):([0-5]\d){end}", clock),
        (rf"(?<![\d:.])(?<!\d\d:){_not_after(before)}()(\d{{1,9}}):([0-5]\d){end}", clock),
        (r"(?<![\d:])(\d+):(?=\d(?![\d:]))", rf"\1 {language.said['to']} "),
    )


def _not_after(words: str) -> str:
    """A lookbehind for each of the words, since the width of a lookbehind must be fixed."""
    return "".join(rf"(?i:(?<!\b{word} ))" for word in words.split("|"))


def _clock(language: LanguageRules, match: re.Match[str]) -> str:
    """Write out hours, minutes and seconds, without zeros."""
    parts = zip(match.groups(), ("h", "min", "s"), strict=True)
    units = language.units
    said = [
        f"{int(n)} {_form(language, units[unit], str(int(n)))}" for n, unit in parts if int(n or 0)
    ]
    return " ".join(said) or f"0 {_form(language, units['s'], '0')}"


# ── fractions ────────────────────────────────────────────────────────────────


def fraction_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`1 1/2 min`, `3/4`, `set 1/3`, `8/10`; but not dates: `1/2/2026`."""
    fraction = r"(\d{1,9}/\d{1,9})(?![\d/]|\.\d)"
    whole = r"(?<![\d/.,])(?:(\d{1,9})\s+)?"
    units = any_of(_counted(language))
    after_to = AFTER_TO if language.numbers.after_to else ""
    of = rf"\1 \2 {language.said['of']} {after_to}\3"
    words = any_of(dict.fromkeys(language.of_words, ""))
    return digit_rules(
        (rf"(?<!\w)((?i:{words}))\s+(\d{{1,9}})/(\d{{1,9}})(?![\d/]|\.\d)", of),
        (r"(?<![\d/.])(\d{1,4})/\1(?![\d/]|\.\d)", r"\1 \1"),  # 90/90
        (rf"{whole}{fraction}\s?({units})(?![\w°])", partial(_part_of_unit, language)),
        (rf"{whole}{fraction}", partial(_fraction, language)),
    )


def _counted(language: LanguageRules) -> dict[str, Unit]:
    """Units by their symbols and by their words: `½ minute`."""
    units = language.units.values()
    words = {form: unit for unit in units for form in unit.forms.values() if form.isalpha()}
    return {**words, **language.units}


def _part_of_unit(language: LanguageRules, match: re.Match[str]) -> str:
    """`1/2 min`, `1 1/2 h`, `3/4 h`."""
    whole, part = match[1], match[2]
    unit = found_in(_counted(language), match[3])
    if part != "1/2" or (whole and len(whole) > _LONGEST):
        if part not in language.fractions:
            return f"{_fraction(language, match)} {unit.forms[Form.MANY]}"
        if not whole:
            return language.part_of.format(part=language.fractions[part], unit=unit.part)
        return f"{_fraction(language, match)} {unit.forms.get(Form.PART, unit.forms[Form.MANY])}"
    if not whole:
        return language.half_of[unit.gender].format(unit.part)
    return language.halves_of[unit.gender].format(
        n=language.numbers.words(int(whole), unit.gender),
        stem=language.numbers.words(int(whole), "m"),
        unit=unit.forms[language.numbers.form(int(whole))],
        units=unit.forms[Form.MANY],
        part=unit.part,
    )


def _fraction(language: LanguageRules, match: re.Match[str]) -> str:
    """Put `3/4` into words, with the whole number before it, if there is one."""
    whole, part = match[1], match[2]
    if part not in language.fractions:
        above, below = part.split("/")
        if not whole and int(above) > int(below):  # 60/40
            return f"{above} {below}"
        return f"{whole or ''} {above} {language.said['out of']} {below}".strip()
    if not whole:
        return language.fractions[part]
    if len(whole) > _LONGEST:
        return f"{whole} {part}"
    say = language.numbers.words
    return language.mixed[part].format(n=say(int(whole)), stem=say(int(whole), "m"))


# ── ordinals ─────────────────────────────────────────────────────────────────


def ordinal_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """`3rd`, `die 3. Runde`, `1re`."""
    return digit_rules(
        *((pattern, partial(_ordinal, language, ending)) for pattern, ending in language.ordinals)
    )


def _ordinal(
    language: LanguageRules, ending: tuple[tuple[str, str], ...], match: re.Match[str]
) -> str:
    return replaced(ending, language.numbers.ordinal(int(match["n"])))


# ── finally, digits to words ─────────────────────────────────────────────────


def number_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """Rules that put every number that is a word by itself into words."""
    to = re.escape(language.said["to"])
    thing = rf"(?=\s+({to}\s+{AFTER_TO}?{NUMBER}\s+)?([^\W\d_]+))"
    alone = rf"(?<![\w.,:/])({AFTER_TO}?)({NUMBER})(?![\w]|[.,:/]\d)"
    return (
        *digit_rules((rf"{alone}(?:{thing})?", partial(_number, language))),
        *rules_of(*language.numbers.elisions, (AFTER_TO, "")),
    )


def _number(language: LanguageRules, match: re.Match[str]) -> str:
    after_to, number, over_to, thing = match.groups()
    whole, _, decimals = number.partition(".")
    if len(whole) > _LONGEST or (len(whole) > 1 and whole[0] == "0"):
        return match[0]
    if decimals:
        return (
            f"{language.numbers.words(int(whole))} {language.point} {_decimals(language, decimals)}"
        )
    gender = language.nouns.get((thing or "").lower(), "")
    if over_to and gender != "f":
        gender = ""  # Spanish and Italian shorten a number only right before its noun
    say = language.numbers.words_after_to if after_to else language.numbers.words
    return say(int(whole), gender)


def _decimals(language: LanguageRules, decimals: str) -> str:
    if not language.digits_alone and len(decimals) <= 2 and decimals[0] != "0":
        return language.numbers.words(int(decimals))
    return " ".join(language.numbers.words(int(digit)) for digit in decimals)


def last_rules(language: LanguageRules) -> tuple[ReadingRule, ...]:
    """Rules for the remaining digits and signs, so that the engine gets none."""
    return (
        *digit_rules(
            (r"(?<!\d)(\d{1,2}):00(?!\d)", r"\1"),
            (r"(?<=\d)[/:.,](?=\d)|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " "),
            (r"\d+", partial(_digits, language)),
        ),
        *rules_of(
            (r"[^\w\s.,;:!?'\"()\-]", _without_sign),
        ),
    )


def _digits(language: LanguageRules, match: re.Match[str]) -> str:
    digits = match[0]
    if len(digits) <= _LONGEST and (digits == "0" or digits[0] != "0"):
        return language.numbers.words(int(digits))
    return " ".join(language.numbers.words(int(digit)) for digit in digits)


def _without_sign(match: re.Match[str]) -> str:
    """Replace a sign by a space, but keep marks that belong to a letter."""
    return match[0] if unicodedata.category(match[0]) in ("Mn", "Mc", "Cf") else " "
