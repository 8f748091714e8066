"""How single words are spoken: as a respelling, as sounds, or in an engine's own phonemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, lru_cache, partial

from msgspec import Struct

from voiceguide.engines import Engine, Phonetic, ReadsIpa, notation_of
from voiceguide.languages import find_language
from voiceguide.patterns import late

# ── how single words are spoken: as a respelling, as sounds, or in an engine's own phonemes


_PHONEMES = late(r"\[\[.*\]\]", re.S)
_IPA = late(r"/(?P<ipa>[^/]+)/")


class Origin(Enum):
    """Who says how a word is spoken."""

    ROUTINE = "say"
    """The setting `say`."""
    FILE = "file"
    """A pronunciation lexicon that the setting `lexicon` names."""
    LEXICON = "lexicon"
    """The words that come with voiceguide."""
    RULES = "rules"
    """The engine's own rules; nobody else has said anything."""


class Pronunciation(Struct, frozen=True):
    """How a word is spoken, in one way or in more than one; a voice takes what it can."""

    respelling: str | None = None
    """Plain words; an empty one is silence."""
    ipa: str = ""
    """Sounds, in the International Phonetic Alphabet."""
    phonemes: str = ""
    """Words and `[[…]]` in the engine's own notation."""
    origin: Origin = Origin.ROUTINE
    source: str = ""
    """The file's name, where a file says it."""


def read_pronunciation(written: str) -> Pronunciation:
    """What `say:` means: a respelling, `/sounds/` in the IPA, or `[[phonemes]]` of the engine's."""
    if _PHONEMES.search(written):
        return Pronunciation(phonemes=written)
    sounds = _IPA.fullmatch(written.strip())
    return Pronunciation(ipa=sounds["ipa"].strip()) if sounds else Pronunciation(respelling=written)


@cache
def built_in(language: str) -> Mapping[str, Pronunciation]:
    """The words of a language, two letters, that come with voiceguide."""
    found = find_language(language)
    rows = found.lexicon if found else {}
    return {
        str(word): Pronunciation(respelling, ipa, origin=Origin.LEXICON)
        for word, (respelling, ipa) in rows.items()
    }


# ── what a voice can be given for a word: plain words, and phonemes in a notation of its engine


_NOTATION = late(r"\[\[(.*?)\]\]", re.S)


class PhonemeSupport(Struct, frozen=True):
    """What a voice support."""

    phonemes: bool = False
    """Whether it takes `[[…]]`."""
    from_ipa: Callable[[str], str | None] = lambda _: None
    """Its phonemes for sounds in the IPA; None where it has none for them."""
    unknown: Callable[[str], str | None] = lambda _: None
    """What first stands in phonemes that it cannot say."""

    def form(self, pronunciation: Pronunciation) -> str | None:
        """What the voice is to be given for a pronunciation; None where it can take none of it."""
        if pronunciation.phonemes and self.phonemes:
            return pronunciation.phonemes
        sounds = self.from_ipa(pronunciation.ipa) if pronunciation.ipa else None
        return f"[[{sounds}]]" if sounds else pronunciation.respelling

    def fault(self, pronunciation: Pronunciation) -> str | None:
        """What in the phonemes of a pronunciation the voice cannot say; None where all is well.

        A voice that takes no phonemes says the word in another way, which is no fault.
        """
        if not self.phonemes:
            return None
        if pronunciation.ipa and not self.from_ipa(pronunciation.ipa):
            return pronunciation.ipa
        faults = map(self.unknown, _NOTATION.findall(pronunciation.phonemes))
        return next(filter(None, faults), None)


PLAIN = PhonemeSupport()
"""Plain words, and nothing else."""

Ask = Callable[[str], "str | None"]


def phoneme_support(engine: Engine, voice: str) -> PhonemeSupport:
    """What a voice of an engine support."""
    notation = notation_of(engine)
    if notation is None:
        return PLAIN
    unknown = lru_cache(maxsize=None)(_unknown_of(engine, voice))
    if notation == "ipa":
        return PhonemeSupport(True, lambda ipa: None if unknown(ipa) else ipa, unknown)
    return PhonemeSupport(True, lru_cache(maxsize=None)(_reader_of(engine, voice)), unknown)


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
