"""Pronunciations of words: from a routine's `say:`, from lexicon files, and from voiceguide.

A pronunciation is a respelling, or sounds (IPA), or both. A voice that takes phonemes gets the
sounds, any other voice the respelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from voiceguide.languages import code_of
from voiceguide.speech.lexicon.phonemes import (
    PLAIN,
    Origin,
    PhonemeSupport,
    Pronunciation,
    built_in,
    phoneme_support,
    read_pronunciation,
)
from voiceguide.speech.lexicon.pls import MOST_BYTES, Lexeme, LexiconFile, read_pls

__all__ = [
    "MOST_BYTES",
    "PLAIN",
    "Lexeme",
    "Lexicon",
    "LexiconFile",
    "LexiconPart",
    "Origin",
    "PhonemeSupport",
    "Pronunciation",
    "built_in",
    "phoneme_support",
    "read_pls",
    "read_pronunciation",
]


class LexiconPart(Struct, frozen=True):
    """A piece of a text: a word with its pronunciation, or the text between such words."""

    written: str
    said: str | None = None
    """The text for the engine; None if the lexicon has no pronunciation that the voice can take."""
    pronunciation: Pronunciation | None = None


class Lexicon:
    """Replaces whole words by their pronunciations, in any case; the longest match wins.

    `say` are the routine's pronunciations, as written or as read; they override the built-in ones.
    `support` tells which phonemes the voice takes.
    """

    def __init__(
        self,
        language: str = "en",
        say: Mapping[str, str | Pronunciation] | None = None,
        support: PhonemeSupport = PLAIN,
    ) -> None:
        base = code_of(language)
        own = {_key(word): _read(said) for word, said in (say or {}).items() if word.strip()}
        words = {**built_in(base), **own}
        self._words = sorted(words.items(), key=lambda pair: (-len(pair[0]), pair[0]))
        self._ours = built_in(base)
        self._support = support
        self._pattern = _pattern(word for word, _ in self._words)

    def apply(self, text: str, otherwise: Callable[[str], str] = str) -> str:
        """Replace the known words of a text, and apply `otherwise` to the rest.

        A replacement is final: neither `otherwise` nor another pronunciation is applied to it.
        """
        parts = self.parts(text)
        return "".join(otherwise(p.written) if p.said is None else p.said for p in parts)

    def parts(self, text: str) -> Iterator[LexiconPart]:
        """Split a text into known words and the text between them."""
        position = 0
        for found in self._pattern.finditer(text) if self._words else ():
            part = self._part(found)
            if part.said is not None:
                yield from _between(text[position : found.start()])
                yield part
                position = found.end()
        yield from _between(text[position:])

    def _part(self, found: re.Match[str]) -> LexiconPart:
        """The word with the first pronunciation that the voice can take: its own, or built in."""
        word, pronunciation = self._words[(found.lastindex or 1) - 1]
        for choice in (pronunciation, self._ours.get(word)):
            said = self._support.form(choice) if choice else None
            if said is not None:
                return LexiconPart(found[0], said, choice)
        return LexiconPart(found[0])


def _key(word: str) -> str:
    return " ".join(word.lower().split())


def _read(said: str | Pronunciation) -> Pronunciation:
    return said if isinstance(said, Pronunciation) else read_pronunciation(said)


def _between(text: str) -> Iterator[LexiconPart]:
    if text:
        yield LexiconPart(text)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern with a group for each word; a space in a word matches any whitespace."""
    groups = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(f'({group})' for group in groups)})(?!\w)", re.I)
