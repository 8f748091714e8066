"""`sherpa`: voices of the VITS family that were made ready for sherpa-onnx, a folder each.

From version 2.0 on that library makes phonemes of words only by a lexicon. A voice without one that
was trained on phonemes gets those of espeak-ng, from the package that voiceguide has anyway.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.engines.neural.engine import FileEngine
from voiceguide.engines.neural.sessions import RefusedInputError, Spoken, first_unknown, has_sound

if TYPE_CHECKING:
    from sherpa_onnx import GenerationConfig, OfflineTts, OfflineTtsConfig

_PHONEMES = "əɪʊˈ"
"""Signs that a voice has among its tokens if it was trained on phonemes."""

_MARKS = re.compile(r"([.,;:!?…]+\s+|[.,;:!?…]+$)")

_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _IPA = 1, 2
"""espeak-ng's `AUDIO_OUTPUT_SYNCHRONOUS`, `espeakINITIALIZE_DONT_EXIT`, `espeakCHARS_UTF8`, and the
phoneme mode of `espeak_TextToPhonemes` for the IPA."""


class SherpaEngine(FileEngine):
    """sherpa-onnx, as the package `sherpa-onnx` brings it; `NAME+NUMBER` is one of its speakers.

    Raises:
        MachineError: the package is not installed.
    """

    name = "sherpa"
    package = "sherpa-onnx"
    notation = None


class SherpaModel:
    """A folder's files: a model, `tokens.txt`, and if need be lexicons and rules."""

    def __init__(self, files: list[Path], language: str) -> None:
        from sherpa_onnx import OfflineTts

        config = _config(files)
        if not config.validate():
            raise ValueError("sherpa-onnx finds fault with them")
        self._tts: OfflineTts = OfflineTts(config)
        tokens = next(path for path in files if path.name == "tokens.txt")
        self._tokens = list(_signs(tokens))
        lexicon = any(path.name.startswith("lexicon") for path in files)
        if not lexicon and not any(sign in self._tokens for sign in _PHONEMES):
            raise ValueError("there is no lexicon, and no phonemes are among the tokens")
        self._phonemes = None if lexicon else _Phonemes(language or "en")

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Say a text; see `Model`. Its library tells no times."""
        import numpy as np
        from sherpa_onnx import GenerationConfig

        how = GenerationConfig()
        how.sid = self._speaker(speaker)
        how.speed = speed
        how.silence_scale = 1.0  # pauses as the voice makes them
        if not self._give(how, text):
            return Spoken(np.zeros(0, np.float32), self._tts.sample_rate, None)
        audio = self._tts.generate("" if self._phonemes else text, how)
        return Spoken(np.asarray(audio.samples, np.float32), audio.sample_rate, None)

    def transcribe(self, text: str) -> str:
        """The phonemes of plain words; see `Model`."""
        return self._phonemes.of(text) if self._phonemes else ""

    def unknown(self, phonemes: str) -> str | None:
        """What the model was not trained on; see `Model`."""
        return first_unknown(phonemes, self._tokens)

    def _give(self, how: GenerationConfig, text: str) -> bool:
        """Hand over the phonemes, if the voice takes phonemes; whether there is any to say."""
        if self._phonemes is None:
            return True
        known = [sign for sign in self._phonemes.of(text) if sign in self._tokens]
        how.phoneme_codepoints = [list(map(ord, known))] if known else []
        return has_sound(known)

    def _speaker(self, name: str | None) -> int:
        if name is None:
            return 0
        count = self._tts.num_speakers
        if not name.isdecimal() or int(name) >= count:
            raise RefusedInputError(
                f"the voice has no speaker `{name}`",
                f"there are `+0` to `+{count - 1}`" if count > 1 else "leave out the `+`",
            )
        return int(name)


class _Phonemes:
    """espeak-ng's phonemes of words, in the IPA."""

    def __init__(self, language: str) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        # the library keeps at most 159 bytes of the data's path: a dot always fits
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT) <= 0:
            raise ValueError("the data of espeak-ng cannot be read")
        voice = _voice(language)
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no language `{voice}`")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def of(self, text: str) -> str:
        """The phonemes of a text, with the punctuation that it has."""
        parts = _MARKS.split(text)
        said = (part if at % 2 else " ".join(self._clauses(part)) for at, part in enumerate(parts))
        return "".join(said).strip()

    def _clauses(self, text: str) -> Iterator[str]:
        rest = ctypes.c_char_p(text.strip().encode())
        while rest.value:
            yield self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA).decode()


def _voice(language: str) -> str:
    return {"en": "en-us", "en-gb": "en-gb-x-rp"}.get(language, language)


def _config(files: list[Path]) -> OfflineTtsConfig:
    """No noise, for the library lets nobody seed it; one thread, for the same sum every time."""
    from sherpa_onnx import OfflineTtsConfig, OfflineTtsModelConfig, OfflineTtsVitsModelConfig

    def named(start: str, end: str) -> str:
        found = (path for path in files if path.name.startswith(start) and path.suffix == end)
        return ",".join(map(str, found))

    models = [path for path in files if path.suffix == ".onnx"]
    vits: Any = OfflineTtsVitsModelConfig(
        model=str(models[0]),
        lexicon=named("lexicon", ".txt"),
        tokens=named("tokens", ".txt"),
        noise_scale=0.0,
        noise_scale_w=0.0,
    )
    model: Any = OfflineTtsModelConfig(vits=vits, num_threads=1)
    return OfflineTtsConfig(model=model, rule_fsts=named("", ".fst"), rule_fars=named("", ".far"))


def _signs(tokens: Path) -> Iterator[str]:
    """The signs of a list of tokens: one a line, with its number; a blank stands for itself."""
    for line in tokens.read_text("utf-8").splitlines():
        yield line.rpartition(" ")[0] or " "
