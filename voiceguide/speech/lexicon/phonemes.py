"""Pronunciations of single words: a respelling, IPA sounds, or an engine's phonemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, lru_cache, partial

from msgspec import Struct

from voiceguide.engines import Engine, Phonetic, ReadsIpa, notation_of
from voiceguide.languages import find_language
from voiceguide.patterns import late

# ── pronunciations ───────────────────────────────────────────────────────────


_PHONEMES = late(r"\[\[.*\]\]", re.S)
_IPA = late(r"/(?P<ipa>[^/]+)/")


class Origin(Enum):
    """Where a pronunciation comes from."""

    ROUTINE = "say"
    """The setting `say`."""
    FILE = "file"
    """A pronunciation lexicon that the setting `lexicon` names."""
    LEXICON = "lexicon"
    """The lexicon that comes with voiceguide."""
    RULES = "rules"
    """The engine's rules; there is no other pronunciation."""


class Pronunciation(Struct, frozen=True):
    """How a word is spoken, in one or more forms; a voice uses the first form that it can."""

    respelling: str | None = None
    """Plain words; an empty string is silence."""
    ipa: str = ""
    """Sounds, in the International Phonetic Alphabet."""
    phonemes: str = ""
    """Words and `[[…]]` in the engine's notation."""
    origin: Origin = Origin.ROUTINE
    source: str = ""
    """The name of the lexicon's file if the pronunciation comes from one."""


def read_pronunciation(written: str) -> Pronunciation:
    """Parse a value of `say:`: a respelling, `/sounds/` in IPA, or the engine's `[[phonemes]]`."""
    if _PHONEMES.search(written):
        return Pronunciation(phonemes=written)
    sounds = _IPA.fullmatch(written.strip())
    return Pronunciation(ipa=sounds["ipa"].strip()) if sounds else Pronunciation(respelling=written)


@cache
def built_in(language: str) -> Mapping[str, Pronunciation]:
    """The lexicon that comes with voiceguide for a language, given by its two-letter code."""
    found = find_language(language)
    rows = found.lexicon if found else {}
    return {
        str(word): Pronunciation(respelling, ipa, origin=Origin.LEXICON)
        for word, (respelling, ipa) in rows.items()
    }


# ── the forms of a pronunciation that a voice can take ───────────────────────


_NOTATION = late(r"\[\[(.*?)\]\]", re.S)


class PhonemeSupport(Struct, frozen=True):
    """The phonemes that a voice supports."""

    phonemes: bool = False
    """Whether the voice takes `[[…]]`."""
    from_ipa: Callable[[str], str | None] = lambda _: None
    """Converts IPA sounds to the engine's phonemes; returns None if it has none for them."""
    unknown: Callable[[str], str | None] = lambda _: None
    """Returns the first of some phonemes that the voice cannot say, or None."""

    def form(self, pronunciation: Pronunciation) -> str | None:
        """The text for the engine for a pronunciation; None if the voice can take no form of it."""
        if pronunciation.phonemes and self.phonemes:
            return pronunciation.phonemes
        sounds = self.from_ipa(pronunciation.ipa) if pronunciation.ipa else None
        return f"[[{sounds}]]" if sounds else pronunciation.respelling

    def fault(self, pronunciation: Pronunciation) -> str | None:
        """The phonemes of a pronunciation that the voice cannot say; None if it can say all.

        A voice that takes no phonemes speaks the word in another way, which is not a fault.
        """
        if not self.phonemes:
            return None
        if pronunciation.ipa and not self.from_ipa(pronunciation.ipa):
            return pronunciation.ipa
        faults = map(self.unknown, _NOTATION.findall(pronunciation.phonemes))
        return next(filter(None, faults), None)


PLAIN = PhonemeSupport()
"""The support of a voice that takes only plain words."""

Ask = Callable[[str], "str | None"]


def phoneme_support(engine: Engine, voice: str) -> PhonemeSupport:
    """The phoneme support of a voice of an engine."""
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
