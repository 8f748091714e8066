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
    # of other languages: these are no words in any of them
    | {"bijv", "bv", "bzw", "c.-à-d", "d.h", "d.w.z", "evtl", "ggf", "inkl", "m.in", "np"}
    | {"o.a", "p.ej", "p.ex", "tzn", "u.a", "vgl", "z.b"}
)
"""Abbreviations, without their last dot, after which a sentence always goes on."""

_SELDOM_LAST = frozenset(
    {"a.m", "cm", "etc", "ft", "hr", "hrs", "jr", "kg", "lb", "lbs", "max", "min", "mins", "mm"}
    | {"p.m", "resp", "sec", "secs", "sr"}
    | {"aprox", "ecc", "enz", "env", "godz", "itd", "itp", "maks", "mín", "máx", "ok", "sek", "std"}
    | {"usw", "wdh"}
)
"""Abbreviations after which it goes on unless a capital follows; `in.` is not one of them."""

_OF_TWO = re.compile(
    r"(?<!\w)(?:z\. ?b|d\. ?h|u\. ?a|o\. ?ä|p\. ?ex|p\. ?ej|ad es|per es|par ex)\.", re.IGNORECASE
)
"""Abbreviations of two words: no sentence ends in them, nor after them."""

_BEFORE_ORDINAL = re.compile(
    r"(?<!\w)(?:das|dem|den|der|des|die|ein|eine|einem|einen|einer|am|beim|im|vom|zum|zur|jede"
    r"|jedem|jeden|jeder|jedes) \d+\Z",
    re.IGNORECASE,
)
"""German words, between which and a noun a number with a dot is an ordinal: `die 3. Runde`."""

_FARTHEST_ARTICLE = 12


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
    around = _OF_TWO.finditer(text, max(0, dot - _LONGEST_ABBREVIATION), dot + 5)
    if any(two.start() <= dot < two.end() for two in around):
        return True
    if word.isdecimal() and _BEFORE_ORDINAL.search(text, max(0, dot - _FARTHEST_ARTICLE), dot):
        return True
    if word in _NEVER_LAST or (word == "no" and first.isdigit()):
        return True
    return word in _SELDOM_LAST and not first.isupper()
