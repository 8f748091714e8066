"""From the International Phonetic Alphabet to espeak-ng's own phonemes.

The table `ipa.json` has candidates for each sound, for all voices and beside them for a language;
the first that a voice knows is taken, for one that it does not know would cut the word short.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

_TIES = frozenset("\u0361\u035c\u200d‿")
"""Signs that make one sound of two letters; the table has them without."""

_BOUNDS = frozenset(". |")
"""Signs between syllables and words: what they part is not one sound."""

_VOWELS = frozenset("aeiouyæɑɒɔəɛɜɝɚɪʊʌɐøœʏɨ")

_ALIKE = str.maketrans({"'": "ˈ", ",": "ˌ", ":": "ː", "’": "ˈ"})


def from_ipa(ipa: str, language: str, known: frozenset[str]) -> str | None:
    """The mnemonics for sounds in IPA; None where a voice that knows these has none for a sound.

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
    """The length of the sound that the rest begins with, the longest one first; its mnemonic."""
    for size in range(min(3, len(rest)), 0, -1):
        sound, after = rest[:size], rest[size:].lstrip("ˈˌ.")
        if size > 1 and sound[-1] in "rɹ" and after[:1] in _VOWELS:
            continue  # the r belongs to the next syllable
        for mnemonic in table.get(sound, ()):
            if mnemonic in known:
                return size, mnemonic
    return None


def _apart(said: Sequence[str], known: frozenset[str]) -> str:
    """The mnemonics in a row, with a bar where two would be read as another one."""
    row = ""
    for before, mnemonic in pairwise(["", *filter(None, said)]):
        row += "|" if before.strip() and _would_join(before, mnemonic, known) else ""
        row += mnemonic
    return row


def _would_join(before: str, after: str, known: frozenset[str]) -> bool:
    return any(before + after[:size] in known for size in range(1, len(after) + 1))


@cache
def _table(language: str) -> Mapping[str, Sequence[str]]:
    text = (resources.files(__package__ or "") / "ipa.json").read_text(encoding="utf-8")
    tables = json.loads(text)
    joined = {**tables["everywhere"], **tables.get(language, {})}
    return {unicodedata.normalize("NFC", sound): said for sound, said in joined.items()}
