"""`kokoro`: one larger model with many voices."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence

from voiceguide.engines import Voice, missing_voice
from voiceguide.engines.neural import NATURAL_RATE, NeuralEngine, files_of
from voiceguide.errors import MachineError, UsageError
from voiceguide.voices import InstalledVoice, installed

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
