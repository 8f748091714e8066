"""The phonemes that espeak-ng's rules make of words, in the IPA: most models learnt from them."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from pathlib import Path

_MARKS = re.compile(r"([.,;:!?…]+\s+|[.,;:!?…]+$)")
_SWITCH = re.compile(r"\([a-z]{2,3}(?:-[a-z]+)*\)")
"""What espeak-ng puts around a word of another language."""

_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _IPA = 1, 2
"""espeak-ng's `AUDIO_OUTPUT_SYNCHRONOUS`, `espeakINITIALIZE_DONT_EXIT`, `espeakCHARS_UTF8`, and the
phoneme mode of `espeak_TextToPhonemes` for the IPA."""

_VOICES = {"en": "en-us", "en-gb": "en-gb-x-rp", "fr": "fr-fr"}
"""What espeak-ng calls languages that it does not know by their tags, or knows in several ways."""


class Phonemizer:
    """espeak-ng with the rules of a language; one at a time in a process.

    Raises:
        ValueError: it has no such language, or its data cannot be read.
    """

    def __init__(self, language: str) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        # the library keeps at most 159 bytes of the data's path: a dot always fits
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT) <= 0:
            raise ValueError("the data of espeak-ng cannot be read")
        voice = _VOICES.get(language, language)
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no language `{voice}`")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def phonemes(self, text: str) -> str:
        """The phonemes of a text, with the punctuation that it has."""
        parts = _MARKS.split(text)
        said = (part if at % 2 else " ".join(self._clauses(part)) for at, part in enumerate(parts))
        return _SWITCH.sub("", "".join(said)).strip()

    def _clauses(self, text: str) -> Iterator[str]:
        rest = ctypes.c_char_p(text.strip().encode())
        while rest.value:
            yield self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA).decode()
