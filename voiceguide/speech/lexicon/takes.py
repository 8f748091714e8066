"""What a voice can be given for a word: plain words, and phonemes in a notation of its engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from voiceguide.engines import Engine, Phonetic, ReadsIpa, notation_of
from voiceguide.speech.lexicon.sayings import Saying

_NOTATION = re.compile(r"\[\[(.*?)\]\]", re.S)


@dataclass(frozen=True, slots=True)
class Takes:
    """What a voice takes."""

    phonemes: bool = False
    """Whether it takes `[[…]]`."""
    from_ipa: Callable[[str], str | None] = lambda _: None
    """Its phonemes for sounds in the IPA; None where it has none for them."""
    unknown: Callable[[str], str | None] = lambda _: None
    """What first stands in phonemes that it cannot say."""

    def form(self, saying: Saying) -> str | None:
        """What the voice is to be given for a saying; None where it can take none of it."""
        if saying.phonemes and self.phonemes:
            return saying.phonemes
        sounds = self.from_ipa(saying.ipa) if saying.ipa else None
        return f"[[{sounds}]]" if sounds else saying.respelling

    def fault(self, saying: Saying) -> str | None:
        """What in the phonemes of a saying the voice cannot say; None where all is well.

        A voice that takes no phonemes says the word in another way, which is no fault.
        """
        if not self.phonemes:
            return None
        if saying.ipa and not self.from_ipa(saying.ipa):
            return saying.ipa
        faults = map(self.unknown, _NOTATION.findall(saying.phonemes))
        return next(filter(None, faults), None)


PLAIN = Takes()
"""Plain words, and nothing else."""

Ask = Callable[[str], "str | None"]


def takes_of(engine: Engine, voice: str) -> Takes:
    """What a voice of an engine takes."""
    notation = notation_of(engine)
    if notation is None:
        return PLAIN
    unknown = lru_cache(maxsize=None)(_unknown_of(engine, voice))
    if notation == "ipa":
        return Takes(True, lambda ipa: None if unknown(ipa) else ipa, unknown)
    return Takes(True, lru_cache(maxsize=None)(_reader_of(engine, voice)), unknown)


def _unknown_of(engine: Engine, voice: str) -> Ask:
    if isinstance(engine, Phonetic):
        return partial(_swapped, engine.unknown_phoneme, voice)
    return _nothing


def _reader_of(engine: Engine, voice: str) -> Ask:
    return partial(_swapped, engine.from_ipa, voice) if isinstance(engine, ReadsIpa) else _nothing


def _swapped(ask: Callable[[str, str], str | None], voice: str, phonemes: str) -> str | None:
    return ask(phonemes, voice)


def _nothing(_: str) -> str | None:
    return None
