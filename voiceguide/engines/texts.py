"""Prepare texts for engines: clean them, and halve a text that an engine fails on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceguide.engines import Utterance
from voiceguide.patterns import late

_CONTROL = late(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""Control characters, of which the first starts a command in espeak-ng, and lone surrogates."""

_ORDERS = late(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>\[\]{}]+")
"""Control characters, lone surrogates, and characters that start a command in an engine: SAPI reads
`<…>` as its XML and pico2wave as SSML, macOS `[[…]]` as a command, espeak-ng as phonemes."""


_NO_RATE = 22_050
"""The sample rate of a text without words, in Hz."""

_CALL_WORDS = 3
_PAUSE = late(r"[,;:.!?…]\s*\S")


def without_controls(text: str) -> str:
    """Replace each run of control characters by a blank; phonemes are kept."""
    return _CONTROL.sub(" ", text)


def has_words(text: str) -> bool:
    """Whether a text has anything to say: a letter or a digit."""
    return any(map(str.isalnum, text))


def is_call(text: str) -> bool:
    """Whether a text is a short call: at most `_CALL_WORDS` words, without a pause between them."""
    return 0 < len(text.split()) <= _CALL_WORDS and has_words(text) and not _PAUSE.search(text)


def plain_words(text: str) -> str:
    """Return the words of a text, separated by blanks; empty if there is nothing to say."""
    words = " ".join(_ORDERS.sub(" ", text).split())
    return words if has_words(words) else ""


def cut_short(words: str) -> str:
    """Shorten words for a message about them."""
    return words if len(words) <= 60 else f"{words[:57]}…"


def nothing_said() -> Utterance:
    """Return the utterance of a text without words, for which no voice is asked."""
    import numpy as np

    return Utterance(np.zeros(0, np.float32), _NO_RATE)


_PLACES = (
    r"(?<=[.!?])\s",
    r"(?<=[,;:])\s",
    r"\s",
    r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)",
    r"(?<=.)(?=.)",
)
"""Where a text can be divided, the best places first; as a last resort between any characters."""

_PATTERNS = tuple(late(place, re.S) for place in _PLACES)
_PHONEMES = late(r"\[\[.*?(?:\]\]|$)", re.S)

_SMALLEST = 1 / 8
"""Least share of the text in each piece, unless there is no other place to divide it."""


def halves(text: str) -> tuple[str, str] | None:
    """Divide a text in two, as evenly as a good place allows; None if it cannot be divided.

    Phonemes in `[[…]]` are not divided.
    """
    middle = len(text) / 2
    reach = middle - len(text) * _SMALLEST
    for pattern in _PATTERNS:
        place = min(_places(pattern, text), key=lambda at: abs(at - middle), default=None)
        if place and (abs(place - middle) <= reach or pattern is _PATTERNS[-1]):
            return text[:place].strip(), text[place:].strip()
    return None


def _places(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Yield the offsets at which a pattern divides a text into two non-empty pieces."""
    closed = [found.span() for found in _PHONEMES.finditer(text)]
    for found in pattern.finditer(text):
        at = found.start()
        inside = any(start < at < stop for start, stop in closed)
        if not inside and text[:at].strip() and text[at:].strip():
            yield at
