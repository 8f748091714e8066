"""Lengths and counts as people write them by hand: `30–60 s`, `7½–18 min`, `4–6`."""

from __future__ import annotations

from voiceguide.handout.labels import Labels, labels
from voiceguide.lengths import Count, Length, show_clock

DASH = "–"

SECONDS_UNTIL = 180
"""From here on nobody counts in seconds."""


def length_text(length: Length, words: Labels | None = None) -> str:
    """A length: `30 s`, `30–60 s`, `1½ min`, `30 s – 3 min`, `5 breaths`; English without words."""
    words = words or labels("en")
    if length.in_breaths:
        ends = dict.fromkeys((_number(length.low), _number(length.high)))
        text = f"{DASH.join(ends)} {words.counted(length.high, words.breath)}"
    else:
        text = _time_text(length.low, length.high)
    return text.replace(".", words.decimal)


def _time_text(low: float, high: float) -> str:
    in_seconds = high < SECONDS_UNTIL and not (low >= 60 and low % 30 == high % 30 == 0)
    shown = _in_seconds if in_seconds else _in_its_unit
    return _joined(shown(low), shown(high))


def count_text(count: Count) -> str:
    """A count: `3`, `4–6`."""
    return f"{count.low}{DASH}{count.high}" if count.elastic else str(count.low)


def _joined(first: tuple[str, str], last: tuple[str, str]) -> str:
    (low, low_unit), (high, unit) = first, last
    if low_unit != unit:
        return f"{low} {low_unit} {DASH} {high} {unit}"
    return f"{low}{DASH}{high} {unit}" if low != high else f"{high} {unit}"


def _in_seconds(seconds: float) -> tuple[str, str]:
    return _number(seconds), "s"


def _in_its_unit(seconds: float) -> tuple[str, str]:
    if seconds < 60:
        return _in_seconds(seconds)
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % (size / 2) == 0:
            return _halves(int(seconds / size * 2)), unit
    return show_clock(seconds), "h" if seconds >= 3600 else "min"


def _halves(number: int) -> str:
    return f"{number // 2}{'½' if number % 2 else ''}"


def _number(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
