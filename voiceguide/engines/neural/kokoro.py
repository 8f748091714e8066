"""`kokoro`: one larger model with many voices."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from voiceguide.engines import Voice, missing_voice
from voiceguide.engines.neural.engine import NATURAL_RATE, NeuralEngine, files_of
from voiceguide.engines.neural.sessions import (
    RefusedInputError,
    Sessions,
    Spoken,
    first_unknown,
    has_sound,
    one_each,
    word_spans,
)
from voiceguide.errors import MachineError, UsageError
from voiceguide.voices import InstalledVoice, installed

SENTENCE, CLAUSE = 0.3, 0.1
"""Seconds that a pause between sentences, or parts of one, has at least, at a voice's own speed."""

_RAW = re.compile(r"\[\[(.*?)\]\]")
_SWITCH = re.compile(r"\([a-z]{2,3}(?:-[a-z]+)*\)")
"""What espeak-ng puts around a word of another language."""

_LANGUAGES = {
    "a": ("en-us", "en-us"),
    "b": ("en-gb", "en-gb"),
    "e": ("es", "es"),
    "f": ("fr", "fr-fr"),
    "h": ("hi", "hi"),
    "i": ("it", "it"),
    "p": ("pt-br", "pt-br"),
}
"""By the first letter of a voice's name: its language, and what espeak-ng calls it. Japanese (`j`)
and Chinese (`z`) are left out: the model was trained on phonemes that espeak-ng does not give."""

_BEST = ("af_heart", "af_bella", "bf_emma", "ff_siwis")
"""The voices that their makers grade best, of the languages that have such grades
(<https://huggingface.co/hexgrad/Kokoro-82M/blob/main/VOICES.md>)."""

_SLOWEST, _FASTEST = 0.5, 2.0
"""How many times as quick as by itself it can speak."""


class KokoroEngine(NeuralEngine):
    """Kokoro, as the package `kokoro-onnx` brings it.

    Raises:
        MachineError: the package is not installed.
    """

    name = "kokoro"
    package = "kokoro-onnx"

    def voices(self) -> Sequence[Voice]:
        """Every voice in the best model that is installed, of a language the best one first."""
        models = installed(self.name)
        names = (
            sorted(_names(models[0]), key=lambda name: (name not in _BEST, name)) if models else []
        )
        return [Voice(name, language_of(name)) for name in names]

    def request(self, voice: str) -> dict[str, object]:
        """The model's files, and which of its voices; see `NeuralEngine.request`."""
        names = [one.name for one in self.voices()]
        if voice not in names:
            raise missing_voice(self.name, voice, names)
        return {
            "files": files_of(installed(self.name)[0]),
            "speaker": voice,
            "language": _LANGUAGES[voice[0]][1],
        }

    def speed(self, words_a_minute: int) -> float:
        """How many times as quick as by itself; see `NeuralEngine.speed`."""
        speed = super().speed(words_a_minute)
        if not _SLOWEST <= speed <= _FASTEST:
            slowest, fastest = (round(NATURAL_RATE * times) for times in (_SLOWEST, _FASTEST))
            raise UsageError(
                f"kokoro cannot speak {words_a_minute} words a minute",
                f"ask for a pace from about {slowest} to {fastest}",
            )
        return speed


def language_of(voice: str) -> str:
    """What a voice speaks, by its name; empty where that cannot be told."""
    return _LANGUAGES.get(voice[:1], ("", ""))[0]


def _names(model: InstalledVoice) -> Iterator[str]:
    """The voices in a file of styles, which is a zip with an array for each."""
    styles = model.file(".bin")
    try:
        with zipfile.ZipFile(styles or "") as arrays:
            found = [name.removesuffix(".npy") for name in arrays.namelist()]
    except (OSError, zipfile.BadZipFile) as error:
        raise MachineError(
            f"the voices of `{model.name}` cannot be read: {error}",
            f"install it again: `voiceguide voices remove {model.name}`, then `voiceguide voices"
            f" install {model.name}`",
        ) from error
    yield from (name for name in found if name[:1] in _LANGUAGES)


class KokoroModel:
    """The model with its voices; the language is the one that espeak-ng reads texts in."""

    def __init__(self, files: list[Path], language: str) -> None:
        import espeakng_loader
        from kokoro_onnx import Kokoro

        model = next(path for path in files if path.suffix == ".onnx")
        voices = next(path for path in files if path.suffix == ".bin")
        self._language = language
        self._sessions = Sessions(str(model))
        # espeak-ng takes a path to its data of at most 159 bytes; where it is longer, it looks here
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        os.environ["ESPEAK_DATA_PATH"] = "."
        self._kokoro = Kokoro.from_session(self._sessions.next(), str(voices))

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Say a text; see `Model`."""
        import numpy as np
        from kokoro_onnx.config import SAMPLE_RATE

        phonemes = self._phonemes(text)
        if not has_sound(phonemes):
            return Spoken(np.zeros(0, np.float32), SAMPLE_RATE, ())
        self._kokoro.sess = self._sessions.next()
        samples, rate, timings = self._kokoro.create_timed(
            phonemes,
            speaker,
            speed,
            is_phonemes=True,
            trim=False,
            sentence_pause=SENTENCE / speed,
            clause_pause=CLAUSE / speed,
        )
        if not timings:
            return Spoken(samples, rate, None)
        sounds = ((one.phoneme, round(one.start * rate), round(one.end * rate)) for one in timings)
        return Spoken(samples, rate, one_each(word_spans(sounds), text))

    def transcribe(self, text: str) -> str:
        """The phonemes of plain words; see `Model`."""
        found: str = self._kokoro.tokenizer.phonemize(text, self._language)
        return _SWITCH.sub("", found)

    def unknown(self, phonemes: str) -> str | None:
        """What the model was not trained on; see `Model`."""
        return first_unknown(phonemes, self._kokoro.tokenizer.vocab)

    def _phonemes(self, text: str) -> str:
        """The phonemes of a text: espeak-ng's of its words, and those that are written in it."""
        parts = _RAW.split(text)
        for raw in parts[1::2]:
            self._check(raw)
        said = (raw if at % 2 else self._around(raw) for at, raw in enumerate(parts))
        return " ".join("".join(said).split())

    def _around(self, words: str) -> str:
        """Phonemes of words, with the blanks at their ends, which part them from what is beside."""
        if not any(map(str.isalnum, words)):
            return words
        before = " " if words[:1].isspace() else ""
        after = " " if words[-1:].isspace() else ""
        return f"{before}{self.transcribe(words)}{after}"

    def _check(self, raw: str) -> None:
        unknown = self.unknown(raw)
        if unknown is not None:
            raise RefusedInputError(
                f"the voice knows no phoneme at the start of `{unknown}`",
                "the phonemes between `[[` and `]]` are those of the IPA: `[[ˈsoʊæs]]`",
            )
