"""`Language`: the folder of one language, read a file at a time when it is first asked for.

    words.yaml      the built-in words of a session: "Switch sides.", "Halfway."
    numbers.yaml    how it counts: genders, plurals
    reading.yaml    what it writes that a voice would misread, and how that is said
    lexicon.yaml    words that voices get wrong
    handout.yaml    the words of a handout
    safety.yaml     what sentences that keep people safe have in common
    clauses.yaml    its own words for the clauses of a step, with the English ones
    sentences.yaml  what voices are measured on, and where a sentence does not end

The rooms that use a file turn it into data of their own, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.msgpack import decode, encode

from voiceguide.patterns import late
from voiceguide.store import default_store, kept

Data = Mapping[str, Any]

_HERE = Path(__file__).parent

FILES = ("words", "numbers", "reading", "lexicon", "handout", "safety", "clauses", "sentences")
"""What each language has, without the ending `.yaml`."""


def tag_of(language: str) -> str:
    """A language's tag in one way of writing: `pt-br` for `pt_BR`."""
    return language.replace("_", "-").lower()


def code_of(language: str) -> str:
    """The first part of a language's tag: `pt` for `pt-BR`."""
    return tag_of(language).partition("-")[0]


@cache
def languages() -> frozenset[str]:
    """The languages that have a folder, as two-letter codes."""
    return frozenset(file.parent.name for file in _HERE.glob("*/words.yaml"))


class Language(Struct, frozen=True):
    """All that is known of one language."""

    code: str
    """Two letters."""

    @property
    def words(self) -> Data:
        """The built-in words of a session."""
        return _read(self.code, "words")

    @property
    def numbers(self) -> Data:
        """How it counts."""
        return _read(self.code, "numbers")

    @property
    def reading(self) -> Data:
        """What it writes that a voice would misread."""
        return _read(self.code, "reading")

    @property
    def lexicon(self) -> Data:
        """Words that voices get wrong, each with a respelling and its sounds."""
        return _read(self.code, "lexicon")

    @property
    def handout(self) -> Data:
        """The words of a handout."""
        return _read(self.code, "handout")

    @property
    def safety(self) -> Data:
        """Words for harms, and for what to do at them."""
        return _read(self.code, "safety")

    def warns(self, texts: Sequence[str]) -> bool:
        """Whether a sentence, with the one after it, names a harm and what to do at it."""
        harms, actions, never = _safety(self)
        plain = [" ".join(_WORD.findall(text.lower())) for text in texts]
        return any(
            harms.search(f"{one} {after}") and actions.search(f"{one} {after}")
            for one, after in pairwise([*plain, ""])
            if not never.search(one)
        )

    @property
    def clauses(self) -> Data:
        """Its own words for the clauses of a step, each with the English one."""
        return _read(self.code, "clauses")

    @property
    def sentences(self) -> Data:
        """What voices are measured on, and where a sentence does not end."""
        return _read(self.code, "sentences")


def files_of(language: str) -> Path:
    """The folder of a language's files, whether there is one or not."""
    return _HERE / code_of(language)


@cache
def addresses() -> frozenset[str]:
    """All ways to address somebody that a language tells apart: `du`, `sie`."""
    known = (Language(code).handout.get("address", {}) for code in languages())
    return frozenset(str(way).lower() for ways in known for way in ways)


def find_language(language: str) -> Language | None:
    """The language of a tag, whatever its region; None where it has no folder."""
    code = code_of(language)
    return Language(code) if code in languages() else None


@cache
def _read(code: str, name: str) -> Data:
    file = _HERE / code / f"{name}.yaml"
    stat = file.stat()
    key = f"{file} {stat.st_size} {stat.st_mtime_ns}"
    data: Data = decode(kept(default_store(), key, lambda: encode(_parsed(file))))
    return data


def _parsed(file: Path) -> Data:
    import yaml  # late: what is kept of the files needs none

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # where libyaml is, eight times quicker
    data: Data = yaml.load(file.read_text(encoding="utf-8"), loader)  # both are safe
    return data


# ── sentences that keep people safe ──────────────────────────────────────────

_WORD = late(r"[^\W\d_]+")
_STEM = late(r"[^\W\d_]+\*?")


@cache
def _safety(language: Language) -> tuple[re.Pattern[str], ...]:
    """Patterns for harms, for actions, and for what is no warning: `push through the pain`."""
    data = language.safety
    return tuple(_any_of(data[name]) for name in ("harms", "actions", "never"))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Words, or a few in a row; one that ends in `*` is the beginning of a word."""
    plain = (re.escape(" ".join(_STEM.findall(word))).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"\b(?:{'|'.join(plain)})\b")
