"""Random texts such as crash speech engines: words, signs, scripts, repetitions, all mixed up."""

from __future__ import annotations

import random
import re
import sys
import unicodedata

_WRITTEN = (
    "breathe hold knee left s' 's o'clock don't e.g. Dr. 3.5 1,000 90° -5 1/2 psoas I'm a's's x2 "
    "https://a.b/c *slowly* *not* **now** [[s'oU@s]] naïve Größe façade 膝 нога שלום مرحبا 🧘 "
    "supercalifragilistic CAPS iPhone 007 1e9 --- ... ?! ,,, <b> &amp; </speak> \x01 \x0180S"
)
WORDS = _WRITTEN.split()
SIGNS = "'\"`*[](){}<>|/\\~^_-–—…,.;:!?@#$%&+=\t\n\x00\x01 "
_DOUBLED = re.compile(r"\[(?=\[|$)")
"""What would begin phonemes, alone or together with what follows."""

_LAST = sys.maxunicode


def random_text(chance: random.Random) -> str:
    """One of four kinds, of up to some hundred characters; its phonemes are always good ones."""
    kind = chance.choice((_sentence, _signs, _characters, _repeated))
    return _without_bad_phonemes(kind(chance))


def _sentence(chance: random.Random) -> str:
    glue = chance.choice((" ", " ", "", ", ", "'"))
    return glue.join(chance.choices(WORDS, k=chance.randint(1, 25)))


def _signs(chance: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(chance.choices(SIGNS + letters, k=chance.randint(1, 80)))


def _characters(chance: random.Random) -> str:
    top = chance.choice((0x7F, 0xFF, 0x24F, 0x3000, 0xFFFF, _LAST))
    return "".join(_character(chance, top) for _ in range(chance.randint(1, 40)))


def _character(chance: random.Random, top: int) -> str:
    while True:
        character = chr(chance.randint(1, top))
        if unicodedata.category(character) != "Cn":
            return character


def _repeated(chance: random.Random) -> str:
    part = chance.choice((chance.choice(WORDS), "".join(chance.choices(SIGNS + "sa1", k=2))))
    return part * chance.randint(2, 200 // max(1, len(part)) + 2)


def _without_bad_phonemes(text: str) -> str:
    good = "[[s'oU@s]]"
    return good.join(_DOUBLED.sub("(", part) for part in text.split(good))
