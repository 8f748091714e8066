"""A text in two: what espeak-ng crashes on as a whole, it can say in smaller pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLACES = (
    r"(?<=[.!?])\s",
    r"(?<=[,;:])\s",
    r"\s",
    r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)",
    r"(?<=.)(?=.)",
)
"""Where a text can be divided, the best first; between any two characters, if need be."""

_PATTERNS = tuple(re.compile(place, re.S) for place in _PLACES)
_PHONEMES = re.compile(r"\[\[.*?(?:\]\]|$)", re.S)

_SMALLEST = 1 / 8
"""Part of a text that each of its pieces has at least, unless there is no other place."""


def halves(text: str) -> tuple[str, str] | None:
    """Two pieces of a text, as alike in length as a good place allows; None: it is one piece.

    What stands in `[[…]]` stays together.
    """
    middle = len(text) / 2
    reach = middle - len(text) * _SMALLEST
    for pattern in _PATTERNS:
        place = min(_places(pattern, text), key=lambda at: abs(at - middle), default=None)
        if place and (abs(place - middle) <= reach or pattern is _PATTERNS[-1]):
            return text[:place].strip(), text[place:].strip()
    return None


def _places(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Offsets at which a pattern would divide a text, with words on both sides."""
    closed = [found.span() for found in _PHONEMES.finditer(text)]
    for found in pattern.finditer(text):
        at = found.start()
        inside = any(start < at < stop for start, stop in closed)
        if not inside and text[:at].strip() and text[at:].strip():
            yield at
