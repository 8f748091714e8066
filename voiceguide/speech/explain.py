"""Explain how a voice speaks a text, word by word, and where each pronunciation comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from voiceguide.engines import Engine, Phonetic
from voiceguide.patterns import late
from voiceguide.speech.lexicon import Lexicon, LexiconPart, Origin, Pronunciation
from voiceguide.speech.reading import cleaned, in_words, tidied, unstressed

_PHONEMES = late(r"\[\[(.*?)\]\]", re.S)
_AROUND = "\"'.,;:!?()…"


class ExplainedWord(Struct, frozen=True):
    """A word, and how it is spoken."""

    word: str
    """The word as written; numbers and abbreviations are in words."""
    said: str
    """The text that the engine gets."""
    phonemes: str | None
    """The phonemes in the engine's notation; None if the engine does not report them."""
    origin: Origin
    source: str = ""
    """The name of the lexicon's file if the pronunciation comes from one."""


class Explanation(Struct, frozen=True):
    """A text, and how it is spoken."""

    spoken: str
    """The text that the engine gets."""
    notation: str | None
    """The notation of the engine's phonemes; None if it takes only plain words."""
    words: tuple[ExplainedWord, ...]


def explained_words(
    text: str, language: str, lexicon: Lexicon, engine: Engine, voice: str
) -> Iterator[ExplainedWord]:
    """Yield the words of a text in order.

    Raises:
        MachineError: the engine failed.
    """
    transcribe = partial(_transcribed, engine, voice)
    for part in lexicon.parts(unstressed(cleaned(text))):
        if part.said is not None and part.pronunciation is not None:
            yield _known(part, part.said, part.pronunciation, transcribe)
        else:
            for word in tidied(in_words(part.written, language)).split():
                plain = word.strip(_AROUND)
                if plain:
                    yield ExplainedWord(plain, plain, transcribe(plain), Origin.RULES)


def _transcribed(engine: Engine, voice: str, plain: str) -> str | None:
    """The phonemes of plain words by the engine's rules; None if it does not report them."""
    return engine.transcribe(plain, voice) if isinstance(engine, Phonetic) else None


def _known(
    part: LexiconPart,
    said: str,
    pronunciation: Pronunciation,
    transcribe: Callable[[str], str | None],
) -> ExplainedWord:
    phonemes = _PHONEMES.sub(r"\1", said) if "[[" in said else transcribe(said)
    return ExplainedWord(part.written, said, phonemes, pronunciation.origin, pronunciation.source)
