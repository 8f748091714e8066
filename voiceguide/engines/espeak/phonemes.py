"""espeak-ng's own phonemes, `[[s'oU@s]]`: parse and check them, convert IPA, and mark stress.

espeak-ng ends a word at an unknown phoneme, without a sound or an error, so phonemes are checked
beforehand. The table of all phonemes, `phontab`, starts with the number of tables. Each table,
the first at byte 4, has its size, the number of the table that it extends, two bytes, and its name
in 32 bytes; then 16 bytes for each phoneme, of which the first four are its spelling. All numbers
are little-endian.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from voiceguide.patterns import late

# ── the phonemes that a voice knows ──────────────────────────────────────────


_NOTATION = late(r"\[\[(.*?)(?:\]\]|$)", re.S)
_HEAD, _NAME, _ROW, _WRITTEN = 4, 36, 16, 4
_LONGEST = 4
"""Most characters of a phoneme's spelling."""


def read_phonemes(data: Path, table: str) -> frozenset[str]:
    """Return the spellings of the phonemes of a table and of the tables that it extends.

    Empty if there is no such table. Raise an OSError if the data cannot be read.
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
    """Return the first part of a `[[…]]` in the text that is no phoneme; None if all are known."""
    for notation in _NOTATION.findall(text):
        for word in notation.split():
            rest = _unread(word, known)
            if rest:
                return rest
    return None


def _unread(word: str, known: frozenset[str]) -> str:
    """Return the rest of a word from its first unknown phoneme on; the longest match is taken."""
    while word:
        sizes = range(_LONGEST, 0, -1)
        size = next((size for size in sizes if word[:size] in known), 0)
        if not size and word[0] != "|":  # a bar separates phonemes that would be read as one
            return word
        word = word[size or 1 :]
    return ""


def _tables(data: bytes) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Yield each table's name, the number (from 1) of the table that it extends, its phonemes."""
    at = _HEAD
    for _ in range(data[0]):
        size, below = data[at], data[at + 1]
        name = _text(data[at + _HEAD : at + _NAME])
        rows = range(at + _NAME, at + _NAME + size * _ROW, _ROW)
        yield name, below, frozenset(_text(data[row : row + _WRITTEN]) for row in rows) - {""}
        at += _NAME + size * _ROW


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("latin-1")


# ── IPA to espeak-ng's phonemes ──────────────────────────────────────────────


_TIES = frozenset("\u0361\u035c\u200d‿")
"""Signs that tie two letters to one sound; the table lists the sound without them."""

_BOUNDS = frozenset(". |")
"""Signs between syllables and words; a sound never spans them."""

_VOWELS = frozenset("aeiouyæɑɒɔəɛɜɝɚɪʊʌɐøœʏɨ")

_ALIKE = str.maketrans({"'": "ˈ", ",": "ˌ", ":": "ː", "’": "ˈ"})


def from_ipa(ipa: str, language: str, known: frozenset[str]) -> str | None:
    """Convert IPA to mnemonics; None if a sound has no mnemonic among the `known` ones.

    `language` is two letters.
    """
    table = _table(language)
    rest = "".join(c for c in unicodedata.normalize("NFC", ipa.translate(_ALIKE)) if c not in _TIES)
    said: list[str] = []
    while rest:
        if rest[0] in _BOUNDS:
            said.append(" " if rest[0] == " " else "")
            rest = rest[1:]
            continue
        found = _first(rest, table, known)
        if found is None:
            return None
        size, mnemonic = found
        said.append(mnemonic)
        rest = rest[size:]
    return _apart(said, known)


def _first(
    rest: str, table: Mapping[str, Sequence[str]], known: frozenset[str]
) -> tuple[int, str] | None:
    """Return the length and the mnemonic of the longest sound that `rest` begins with."""
    for size in range(min(3, len(rest)), 0, -1):
        sound, after = rest[:size], rest[size:].lstrip("ˈˌ.")
        if size > 1 and sound[-1] in "rɹ" and after[:1] in _VOWELS:
            continue  # the r belongs to the next syllable
        for mnemonic in table.get(sound, ()):
            if mnemonic in known:
                return size, mnemonic
    return None


def _apart(said: Sequence[str], known: frozenset[str]) -> str:
    """Join mnemonics, with a bar between two that would be read as another phoneme."""
    row = ""
    for before, mnemonic in pairwise(["", *filter(None, said)]):
        row += "|" if before.strip() and _would_join(before, mnemonic, known) else ""
        row += mnemonic
    return row


def _would_join(before: str, after: str, known: frozenset[str]) -> bool:
    return any(before + after[:size] in known for size in range(1, len(after) + 1))


@cache
def _table(language: str) -> Mapping[str, Sequence[str]]:
    text = Path(__file__).with_name("ipa.json").read_text(encoding="utf-8")
    tables = json.loads(text)
    joined = {**tables["everywhere"], **tables.get(language, {})}
    return {unicodedata.normalize("NFC", sound): said for sound, said in joined.items()}


# ── `*word*` for espeak-ng: stress as slower, louder and higher speech ───────


_SLOWER, _HIGHER, _VOLUME, _LOUDER = 0.8, 8, 100, 120
"""The factor of the rate, the increase of the pitch, and the normal and stressed amplitude in %."""

_SLOWEST = 80
_PHONEMES = late(r"(\[\[.*?(?:\]\]|$))", re.S)


class Tone(Struct, frozen=True):
    """The settings that the commands change and restore."""

    rate: int
    pitch: int


def has_stress(text: str) -> bool:
    """Whether the text has an asterisk outside of phonemes."""
    return any("*" in part for part in _PHONEMES.split(text)[::2])


def without_stress(text: str) -> str:
    """Remove asterisks, except in phonemes, where they are a sound."""
    parts = _PHONEMES.split(text)
    parts[::2] = [part.replace("*", "") for part in parts[::2]]
    return "".join(parts)


def with_commands(text: str, tone: Tone) -> str:
    """Replace asterisks by commands: the first one starts the stress, the next one ends it."""
    stressed = Tone(max(_SLOWEST, round(tone.rate * _SLOWER)), min(99, tone.pitch + _HIGHER))
    commands = (_commands(stressed, _LOUDER), _commands(tone, _VOLUME))
    said, count = [], 0
    for index, part in enumerate(_PHONEMES.split(text)):
        if index % 2:
            said.append(part)
            continue
        plain, *after = part.split("*")
        said.append(plain)
        for words in after:
            said += [commands[count % 2], words]
            count += 1
    return "".join(said)


def _commands(tone: Tone, volume: int) -> str:
    return f"\x01{tone.rate}S\x01{tone.pitch}P\x01{volume}A"
