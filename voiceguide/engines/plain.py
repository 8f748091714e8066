"""A text as it can be handed to any program: plain words, and nothing that gives it orders."""

from __future__ import annotations

import re

_ORDERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>\[\]{}]+")
"""Control characters, lone surrogates, and what begins an order to a speech engine: SAPI reads
`<…>` as its own XML and pico2wave as SSML, macOS `[[…]]` as a command, espeak-ng as phonemes."""


def plain_words(text: str) -> str:
    """The words of a text, a blank between them; empty where there is nothing to be heard."""
    words = " ".join(_ORDERS.sub(" ", text).split())
    return words if any(character.isalnum() for character in words) else ""
