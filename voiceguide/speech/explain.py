"""What a voice makes of a text, word by word, and who says that each is spoken so."""

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
    """A word as it is spoken."""

    word: str
    """As it was written; a number or an abbreviation as it is read."""
    said: str
    """What the engine is given."""
    phonemes: str | None
    """In its notation; None where it does not tell."""
    origin: Origin
    source: str = ""
    """The lexicon's file, where that says it."""


class Explanation(Struct, frozen=True):
    """A text as it is spoken."""

    spoken: str
    """What the engine is given."""
    notation: str | None
    """What its phonemes are written in; None where it takes plain words alone."""
    words: tuple[ExplainedWord, ...]


def explained_words(
    text: str, language: str, lexicon: Lexicon, engine: Engine, voice: str
) -> Iterator[ExplainedWord]:
    """The words of a text in their order.

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
    """What an engine's own rules make of plain words; None where it does not tell."""
    return engine.transcribe(plain, voice) if isinstance(engine, Phonetic) else None


def _known(
    part: LexiconPart,
    said: str,
    pronunciation: Pronunciation,
    transcribe: Callable[[str], str | None],
) -> ExplainedWord:
    phonemes = _PHONEMES.sub(r"\1", said) if "[[" in said else transcribe(said)
    return ExplainedWord(part.written, said, phonemes, pronunciation.origin, pronunciation.source)
