"""Seconds, ranges, breaths and counts: their text form and their arithmetic.

The grammar of a length:

    length  = single [(dash | " to ") single]
    single  = clock | number unit {number unit}
    clock   = minutes ":" seconds | hours ":" minutes ":" seconds
    unit    = "ms" | "s" | "sec" | "second" | "m" | "min" | "minute" | "h" | "hour" | "breath"

Other notations are accepted: `1½ min`, `1,5 min`, `2-1/2 min`, `90"`, `1h30`, `1:30 min`.

The left end of a range may omit its unit: `30-60s`. Any dash that a word processor may insert is
accepted. Breaths cannot be combined with time: `2 breaths 3s` is not a length. This is the only
module that converts seconds to samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil, floor

from msgspec import Struct

from voiceguide.errors import LONGEST_QUOTE, InputError, quote
from voiceguide.patterns import late

SAMPLE_RATE = 48_000
"""Hz. Every session has this rate: an MP3 frame of 1152 samples is exactly 24 ms at 48 kHz."""

LONGEST = 12 * 3600.0
"""Longest length in a routine, and longest session, in seconds."""

MOST_BREATHS = 1000
"""Most breaths in one length: nobody holds a position longer, and hours are written as hours."""

_UNITS = {
    "ms": 0.001,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("breath", "breaths"), 0.0),
}
_BREATHS = ("breath", "breaths")

_TIMES, _RANGES, _IN_BREATHS = "write `30s`, `2 min`, `1:30`", ", `30-60s`", ", `5 breaths`"
"""Help for a length: its usual forms, and those that only the steps of a routine may have."""
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_CLOCK = late(r"(?:([0-9]+):(?=[0-5]?[0-9]:))?([0-9]+):([0-5][0-9](?:\.[0-9]+)?)")
_PART = late(rf"({_NUMBER})\s*([a-zA-Z]+)\s*")
_BARE = late(_NUMBER)
_LETTERS = late(r"[a-zA-Z]+")
_RANGE = late(r"\s*(?:[-‐‑‒–—−]|\bto\b)\s*")


class Length(Struct, frozen=True):
    """A length in seconds, or in breaths, whose length the setting `breath` decides."""

    low: float
    high: float
    in_breaths: bool = False

    @property
    def elastic(self) -> bool:
        """Whether it is a range."""
        return self.high > self.low

    def at(self, point: float, breath: float = 10.0) -> float:
        """Seconds at `point` (0 the low end, 1 the high end); a breath takes `breath` seconds."""
        unit = breath if self.in_breaths else 1.0
        return unit * (self.low + (self.high - self.low) * point)

    def __str__(self) -> str:
        if self.in_breaths:
            return _breaths_text(self.low, self.high)
        ends = (self.low, self.high) if self.elastic else (self.low,)
        return "-".join(map(show_seconds, ends))


class Count(Struct, frozen=True):
    """A count: a whole number or a range of them."""

    low: int
    high: int

    @property
    def elastic(self) -> bool:
        """Whether it is a range."""
        return self.high > self.low

    def at(self, point: float) -> int:
        """The whole number at `point`; halves are rounded up."""
        return int(self.low + (self.high - self.low) * point + 0.5)

    def __str__(self) -> str:
        return f"{self.low}-{self.high}" if self.elastic else str(self.low)


def samples(seconds: float) -> int:
    """Samples in `seconds`, to the nearest one."""
    return round(seconds * SAMPLE_RATE)


def in_seconds(count: int) -> float:
    """Seconds in `count` samples."""
    return count / SAMPLE_RATE


def parse_length(text: str) -> Length:
    """Read a length such as `30s`, `1:30`, `30-60s` or `5 breaths`.

    Raises:
        InputError: the text is not a length, is zero, runs backwards, or exceeds `LONGEST`.
    """
    text = _tidy(text)
    ends = _RANGE.split(text)
    if len(ends) > 2 or not all(ends):
        raise _no_length(text)
    breaths = _counts_breaths(text, ends)
    unit = _last_unit(ends[-1])
    low, high = (_seconds(end, unit, text) for end in (ends[0], ends[-1]))
    _check_bounds(text, low, high, breaths=breaths)
    return Length(low, high, breaths)


def parse_single_length(text: str) -> Length:
    """Read a length where neither a range nor breaths are meant: help does not offer them.

    Raises:
        InputError: as `parse_length`; a range or breaths raise none.
    """
    try:
        return parse_length(text)
    except InputError as error:
        way_out = error.help.replace(_RANGES, "").replace(_IN_BREATHS, "")
        raise InputError(error.message, way_out) from error


def parse_count(text: str) -> Count:
    """Read a whole number or a range of them, such as `3` or `4-6`.

    Raises:
        InputError: the text is not a count, is zero, or runs backwards.
    """
    text = " ".join(text.split())
    ends = _RANGE.split(text)
    if len(ends) > 2 or not all(re.fullmatch(r"[0-9]{1,9}", end) for end in ends):
        raise InputError(f"{quote(text)} is not a whole number", "write `3`, or a range: `4-6`")
    low, high = int(ends[0]), int(ends[-1])
    if low < 1:
        raise InputError(f"`{text}` is less than once", "leave the step out instead")
    if low > high:
        raise InputError(f"the range `{text}` runs backwards", f"write `{high}-{low}`")
    return Count(low, high)


def show_seconds(seconds: float) -> str:
    """A length as an author would write it: `500ms`, `30s`, `2 min`, `1:30`, `1:00:00`.

    To the millisecond, so that what is shown can be read again as the same length.
    """
    thousandths = _rounded(seconds * 1000)
    if 0 < thousandths < 1000:
        return f"{thousandths}ms"
    if thousandths < 60_000:
        return f"{plain_number(thousandths / 1000)}s"
    if thousandths % 60_000 == 0 and thousandths < 3_600_000:
        return f"{thousandths // 60_000} min"
    return _clock(thousandths)


def show_clock(seconds: float) -> str:
    """A time on a clock, `9:05`, `1:02:03`, with tenths only where there are any: `9:05.5`."""
    return _clock(_rounded(seconds * 10) * 100)


def show_tenths(seconds: float) -> str:
    """A time on a clock with its tenths: `9:05.0`, `9:05.5`."""
    shown = show_clock(seconds)
    return shown if "." in shown else f"{shown}.0"


def show_time(seconds: float) -> str:
    """A time on a clock in whole seconds: `9:05`."""
    return _clock(_rounded(seconds) * 1000)


def show_span(shortest: float, longest: float) -> str:
    """The range between two lengths, in whole minutes if there are any: `7-13 min`, `3:10-3:50`.

    Both ends are rounded inwards, so that every length that is shown is possible.
    """
    first, last = ceil(shortest / 60), floor(longest / 60)
    if first <= last:
        return f"{first} min" if first == last else f"{first}-{last} min"
    ends = dict.fromkeys(
        (show_clock(ceil(shortest)), show_clock(max(ceil(shortest), floor(longest))))
    )
    return "-".join(ends)


def _rounded(number: float) -> int:
    """Round to the nearest whole number, halves up; `round` would round half of them down."""
    return floor(number + 0.5)


def _clock(thousandths: int) -> str:
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, fraction = divmod(rest, 1000)
    tail = f"{seconds:02d}" + f".{fraction:03d}".rstrip("0").rstrip(".")
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def plain_number(number: float) -> str:
    """A number to the thousandth, without trailing zeros: `1.5`."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _breaths_text(low: float, high: float) -> str:
    ends = plain_number(low) if low == high else f"{plain_number(low)}-{plain_number(high)}"
    return f"{ends} breath{'' if high == 1 else 's'}"


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST_QUOTE:
        raise _no_length(text)
    return plain_writing(text)


_PARTS = {"1/2": 0.5, "1/3": 1 / 3, "2/3": 2 / 3, "1/4": 0.25, "3/4": 0.75}
_SIGNS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_FRACTION = late(r"(?:(\d+)[ -]?)?(?<![\d/])([123]/[234])(?![\d/])")
_OTHER_WRITING = (
    (late(r"(?<![\d.])\.(?=\d)"), "0."),  # .5 min
    (late(r"(?<=\d),(?=\d)"), "."),  # 1,5 min
    (late(r"(?<![\d:]):(?=\d\d(?!\d))"), "0:"),  # :30
    (late(r"(?<=\d)\s?(?:''|[\"″”])"), "s"),  # 90"
    (late(r"(\d+)\s?['′’]\s?(\d{1,2})s\b"), r"\1 min \2 s"),  # 1'30"
    (late(r"(?<=\d)\s?['′’]"), " min"),
    (late(r"(\d+)\s?h\s?(\d{1,2})(?:\s?m(?:in)?)?$", re.I), r"\1 h \2 min"),  # 1h30
    (late(r"(\d+)\s?m(?:in)?\s?(\d{1,2})(?:\s?s)?$", re.I), r"\1 min \2 s"),
    (late(r"^(\d+:\d\d)\s?(?:h|hours?|hrs?)$", re.I), r"\1:00"),  # 1:30 h
    (late(r"^([\d:]*\d:\d\d)\s?m(?:in(?:ute)?s?)?$", re.I), r"\1"),  # 1:30 min
    (late(r"(?<=[a-z])\.(?=\s|$)", re.I), ""),  # 30 sec.
    (late(r"(?<=\d)-(?=[a-z])", re.I), " "),  # a 30-second hold
)
"""Notations of a length outside the grammar, each with its replacement."""


def plain_writing(text: str) -> str:
    """Rewrite a length in the notation of the grammar: `1½ min` as `1.5 min`."""
    for sign, fraction in _SIGNS.items():
        text = text.replace(sign, f" {fraction}").strip()
    text = " ".join(text.split())
    if _LETTERS.search(text):  # `1/3` alone is not a length
        text = _FRACTION.sub(_decimal, text)
    for written, plain in _OTHER_WRITING:
        text = written.sub(plain, text)
    return text


def _decimal(found: re.Match[str]) -> str:
    if found[2] not in _PARTS:
        return found[0]
    return plain_number(int(found[1] or 0) + _PARTS[found[2]])


def _last_unit(text: str) -> str:
    units = _LETTERS.findall(text)
    return units[-1].lower() if units else ""


def _counts_breaths(text: str, ends: list[str]) -> bool:
    units = {unit.lower() in _BREATHS for end in ends for unit in _LETTERS.findall(end)}
    if True not in units:
        return False
    if False in units or ":" in text:
        raise InputError(f"`{text}` mixes breaths and time", "write it in one of the two")
    return True


def _seconds(text: str, default_unit: str, whole: str) -> float:
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    if _BARE.fullmatch(text):
        if not float(text):
            return 0.0
        return float(text) * _factor(default_unit, text if ":" in whole else whole)
    return sum(_parts(text, whole))


def _parts(text: str, whole: str) -> Iterator[float]:
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if not part:
            raise _no_length(whole)
        yield float(part[1]) * _factor(part[2].lower(), whole)
        position = part.end()


def _factor(unit: str, whole: str) -> float:
    if not unit:
        raise InputError(f"`{whole}` has no unit", f"write `{whole}s` or `{whole} min`")
    if unit not in _UNITS:
        raise InputError(f"`{unit}` is not a unit of time", _TIMES + _IN_BREATHS)
    return _UNITS[unit] or 1.0


def _check_bounds(text: str, low: float, high: float, *, breaths: bool) -> None:
    if low > high:
        raise InputError(f"the range `{text}` runs backwards", "write the shorter length first")
    if low <= 0:
        raise InputError(f"`{text}` is zero", "write a length above zero, such as `500ms`")
    if breaths and high > MOST_BREATHS:
        message = f"`{text}` are more than {MOST_BREATHS:,} breaths"
        raise InputError(message, "write it as a time, such as `30 min`")
    if high > LONGEST:
        raise InputError(f"`{text}` is longer than 12 hours", "write a shorter length")


def _no_length(text: str) -> InputError:
    return InputError(f"{quote(text)} is not a length", _TIMES + _RANGES + _IN_BREATHS)


# ── dates ────────────────────────────────────────────────────────────────────


_DATE = late(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)


def date_parts(text: str) -> tuple[str, str, str]:
    """Year, month and day of `2026-11-30`; a part that is missing is empty.

    Raises:
        InputError: the text is not a date, or there is no such day.
    """
    from calendar import monthrange  # late: few routines have a date

    parts = _DATE.fullmatch(text)
    year, month, day_ = parts.groups(default="") if parts else ("", "", "")
    last = monthrange(int(year), int(month))[1] if month and int(year) else 31
    if not int(year or 0) or (day_ and int(day_) > last):
        raise InputError(f"{quote(text)} is not a date", "write `2026`, `2026-11` or `2026-11-30`")
    return year, month, day_
