"""What a rule is, and the patterns that tables of words make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

Rule = tuple[str, str | Callable[[re.Match[str]], str]]
"""A pattern, and what takes its place; rules are applied one after another, to the whole text."""

Compiled = tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]

Found = TypeVar("Found")


def compiled(rules: Iterable[Rule]) -> Compiled:
    """The rules, ready to be applied."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)


def apply(rules: Compiled, text: str) -> str:
    """The text after all the rules."""
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; for none, one that is never found."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(_in_any_case, longest_first)) or r"(?!)"


def _in_any_case(word: str) -> str:
    pattern = r"\s?".join(map(re.escape, word.split(" ")))
    return f"(?i:{pattern})" if word.islower() and len(word) > 1 else pattern


def found_in(table: Mapping[str, Found], written: str) -> Found:
    """What a table has for a word that `any_of` has found."""
    for spelled in (written, written.lower()):
        if spelled in table:
            return table[spelled]
    packed = "".join(written.lower().split())
    return next(said for word, said in table.items() if "".join(word.lower().split()) == packed)
