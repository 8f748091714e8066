"""`*word*` in what a voice is to read: kept for an engine that can stress, around the right words.

A text is read as if nothing in it were stressed, so that stress changes no reading. Then the words
that come before the stressed ones, read by themselves, tell where those are. Where that does not
come out even, because reading has moved words across the asterisks, they are said plainly.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_STRESSED = re.compile(r"(\*{1,2})(?=[^\s*])([^*]*[^\s*])\1(?!\*)")
_POINTS = ".,;:!?\"'()"


def stressed_form(text: str, form_of: Callable[[str], str]) -> str:
    """The spoken form of a text, with `*` around its stressed words."""
    words = form_of(text).split()
    marks = {}
    for found in _STRESSED.finditer(text):
        before = form_of(text[: found.start()]).split()
        inside = form_of(found[2]).split()
        start, stop = len(before), len(before) + len(inside)
        if inside and _alike(words[:start], before) and _alike(words[start:stop], inside):
            marks[start] = stop
    for start, stop in marks.items():
        words[start:stop] = _marked(words[start:stop])
    return " ".join(words)


def _alike(some: list[str], others: list[str]) -> bool:
    """Whether these are the same words, whatever points stand after them."""
    return [word.strip(_POINTS) for word in some] == [word.strip(_POINTS) for word in others]


def _marked(words: list[str]) -> list[str]:
    """The words between two `*`, with the points around them outside."""
    first, last = words[0].lstrip(_POINTS), words[-1].rstrip(_POINTS)
    if not first or not last:
        return words
    words = [words[0].removesuffix(first) + "*" + first, *words[1:]]
    end = words[-1].rstrip(_POINTS)
    return [*words[:-1], end + "*" + words[-1].removeprefix(end)]
