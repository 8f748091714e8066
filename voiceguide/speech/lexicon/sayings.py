"""How single words are spoken: as a respelling, as sounds, or in an engine's own phonemes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources

_PHONEMES = re.compile(r"\[\[.*\]\]", re.S)
_IPA = re.compile(r"/(?P<ipa>[^/]+)/")


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


@dataclass(frozen=True, slots=True)
class Saying:
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


def read_saying(written: str) -> Saying:
    """What `say:` means: a respelling, `/sounds/` in the IPA, or `[[phonemes]]` of the engine's."""
    if _PHONEMES.search(written):
        return Saying(phonemes=written)
    sounds = _IPA.fullmatch(written.strip())
    return Saying(ipa=sounds["ipa"].strip()) if sounds else Saying(respelling=written)


@cache
def built_in(language: str) -> Mapping[str, Saying]:
    """The words of a language, two letters, that come with voiceguide."""
    file = resources.files(__package__ or "") / f"{language}.yaml"
    if not file.is_file():
        return {}
    import yaml

    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        str(word): Saying(respelling, ipa, origin=Origin.LEXICON)
        for word, (respelling, ipa) in rows.items()
    }
