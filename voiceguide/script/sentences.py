"""Where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»›)\\]"
_END = re.compile(rf"[.!?…]+(?P<closers>[{_CLOSERS}]*)(?=\s|\Z)|[。！？]+[」』）{_CLOSERS}]*")
_NEXT = re.compile(r"\s*[\"'“‘«(]*(\S?)")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«]*\Z")
_LONGEST_ABBREVIATION = 8

_NEVER_LAST = frozenset(
    {"approx", "ca", "cf", "dr", "e.g", "esp", "fig", "i.e", "incl", "mr", "mrs", "ms", "prof"}
    | {"st", "viz", "vs"}
)
"""Abbreviations, without their last dot, after which a sentence always goes on."""

_SELDOM_LAST = frozenset(
    {"a.m", "cm", "etc", "ft", "hr", "hrs", "jr", "kg", "lb", "lbs", "max", "min", "mins", "mm"}
    | {"p.m", "resp", "sec", "secs", "sr"}
)
"""Abbreviations after which it goes on unless a capital follows; `in.` is not one of them."""


def sentence_ends(text: str) -> Iterator[int]:
    """The offsets after each sentence but the last."""
    return (found.end() for found in _END.finditer(text) if not _goes_on(text, found))


def _goes_on(text: str, end: re.Match[str]) -> bool:
    following = _NEXT.match(text, end.end())
    first = following[1] if following else ""
    if not first:
        return True  # nothing follows: it is the last one
    if first.islower() and (end["closers"] or end[0].startswith(("...", "…"))):
        return True
    return end[0][0] == "." and _abbreviates(text, end.start(), first)


def _abbreviates(text: str, dot: int, first: str) -> bool:
    found = _LAST_WORD.search(text, max(0, dot - _LONGEST_ABBREVIATION), dot)
    word = found[0].lower() if found else ""
    if word in _NEVER_LAST or (word == "no" and first.isdigit()):
        return True
    return word in _SELDOM_LAST and not first.isupper()
