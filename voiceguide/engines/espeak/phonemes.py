"""espeak-ng's own phonemes, `[[s'oU@s]]`: which ones a voice knows.

An unknown one ends the word there without a sound or an error, so they are checked beforehand.
The table of all phonemes, `phontab`, is a count, and for each table (four bytes in, all numbers
little-endian) its size, the number of the table that it builds upon, two bytes, and its name in
32; then for each phoneme 16 bytes, of which the first four are what it is written as.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_NOTATION = re.compile(r"\[\[(.*?)(?:\]\]|$)", re.S)
_HEAD, _NAME, _ROW, _WRITTEN = 4, 36, 16, 4
_LONGEST = 4
"""Characters of what a phoneme is written as."""


def read_phonemes(data: Path, table: str) -> frozenset[str]:
    """How the phonemes of a table, and of those that it builds upon, are written.

    Empty where there is no such table.

    Raises:
        OSError: the data cannot be read.
    """
    tables = list(_tables((data / "phontab").read_bytes()))
    known: set[str] = set()
    number = next((n for n, (name, _, _) in enumerate(tables, 1) if name == table), 0)
    while number:
        _, below, written = tables[number - 1]
        known |= written
        number = below if below < number else 0
    return frozenset(known)


def unknown_phoneme(text: str, known: frozenset[str]) -> str | None:
    """What first stands in a `[[…]]` of the text and is no phoneme; None where all are known."""
    for notation in _NOTATION.findall(text):
        for word in notation.split():
            rest = _unread(word, known)
            if rest:
                return rest
    return None


def _unread(word: str, known: frozenset[str]) -> str:
    """What is left of a word after its phonemes, the longest that fits taken each time."""
    while word:
        sizes = range(_LONGEST, 0, -1)
        size = next((size for size in sizes if word[:size] in known), 0)
        if not size and word[0] != "|":  # a bar keeps apart what would be read as one
            return word
        word = word[size or 1 :]
    return ""


def _tables(data: bytes) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Each table's name, the number (from 1) of the one below it, and its own phonemes."""
    at = _HEAD
    for _ in range(data[0]):
        size, below = data[at], data[at + 1]
        name = _text(data[at + _HEAD : at + _NAME])
        rows = range(at + _NAME, at + _NAME + size * _ROW, _ROW)
        yield name, below, frozenset(_text(data[row : row + _WRITTEN]) for row in rows) - {""}
        at += _NAME + size * _ROW


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("latin-1")
