"""Texts as engines can be given them: cleaned, and cut in two where one fails on the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceguide.patterns import late

_CONTROL = late(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""Control characters, the first of which begins a command to espeak-ng, and lone surrogates."""

_ORDERS = late(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>\[\]{}]+")
"""Control characters, lone surrogates, and what begins an order to a speech engine: SAPI reads
`<…>` as its own XML and pico2wave as SSML, macOS `[[…]]` as a command, espeak-ng as phonemes."""


_CALL_WORDS = 3
_PAUSE = late(r"[,;:.!?…]\s*\S")


def without_controls(text: str) -> str:
    """The text with a blank for each run of control characters; phonemes stay in it."""
    return _CONTROL.sub(" ", text)


def has_words(text: str) -> bool:
    """Whether there is anything to be heard in a text."""
    return any(map(str.isalnum, text))


def is_call(text: str) -> bool:
    """Whether a text is short: some words at most, without a pause among them."""
    return 0 < len(text.split()) <= _CALL_WORDS and has_words(text) and not _PAUSE.search(text)


def plain_words(text: str) -> str:
    """The words of a text, a blank between them; empty where there is nothing to be heard."""
    words = " ".join(_ORDERS.sub(" ", text).split())
    return words if has_words(words) else ""


_PLACES = (
    r"(?<=[.!?])\s",
    r"(?<=[,;:])\s",
    r"\s",
    r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)",
    r"(?<=.)(?=.)",
)
"""Where a text can be divided, the best first; between any two characters, if need be."""

_PATTERNS = tuple(late(place, re.S) for place in _PLACES)
_PHONEMES = late(r"\[\[.*?(?:\]\]|$)", re.S)

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
