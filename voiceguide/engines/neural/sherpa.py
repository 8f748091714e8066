"""`sherpa`: voices that were made ready for sherpa-onnx, a folder each, told apart by their files.

    VITS      a model
    Matcha    a model, and a vocoder: `hifigan….onnx` or `vocos….onnx`
    Kokoro    a model, and `voices.bin`
    Kitten    the same, and its model says so

and `tokens.txt` each, and lexicons and rules if need be.

From version 2.0 on that library makes phonemes of words only by a lexicon. A voice without one that
was trained on phonemes gets those of espeak-ng, from the package that voiceguide has anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.engines.neural.engine import FileEngine
from voiceguide.engines.neural.kokoro import Phonemizer
from voiceguide.engines.neural.sessions import (
    RefusedInputError,
    Source,
    Spoken,
    first_unknown,
    has_sound,
)

if TYPE_CHECKING:
    from sherpa_onnx import GenerationConfig, OfflineTts, OfflineTtsConfig

_PHONEMES = "əɪʊˈ"
"""Signs that a voice has among its tokens if it was trained on phonemes."""


class SherpaEngine(FileEngine):
    """sherpa-onnx, as the package `sherpa-onnx` brings it; `NAME+NUMBER` is one of its speakers.

    Raises:
        MachineError: the package is not installed.
    """

    name = "sherpa"
    packages = ("sherpa-onnx",)
    notation = None


class SherpaModel:
    """A folder's files: a model, `tokens.txt`, and if need be lexicons and rules."""

    def __init__(self, source: Source) -> None:
        from sherpa_onnx import OfflineTts

        files = source.files

        config = _config(files)
        if not config.validate():
            raise ValueError("sherpa-onnx finds fault with them")
        self._tts: OfflineTts = OfflineTts(config)
        tokens = next(path for path in files if path.name == "tokens.txt")
        self._tokens = list(_signs(tokens))
        lexicon = any(path.name.startswith("lexicon") for path in files)
        if not lexicon and not any(sign in self._tokens for sign in _PHONEMES):
            raise ValueError("there is no lexicon, and no phonemes are among the tokens")
        self._phonemes = None if lexicon else Phonemizer(source.language or "en")

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
        return self._phonemes.phonemes(text) if self._phonemes else ""

    def unknown(self, phonemes: str) -> str | None:
        """What the model was not trained on; see `Model`."""
        return first_unknown(phonemes, self._tokens)

    def _give(self, how: GenerationConfig, text: str) -> bool:
        """Hand over the phonemes, if the voice takes phonemes; whether there is any to say."""
        if self._phonemes is None:
            return True
        known = [sign for sign in self._phonemes.phonemes(text) if sign in self._tokens]
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


_VOCODERS = ("hifigan", "vocos")


def family_of(files: Sequence[Path]) -> str:
    """What sherpa-onnx calls the kind of model that these files are."""
    names = {path.name for path in files}
    if any(name.startswith(_VOCODERS) for name in names):
        return "matcha"
    if "voices.bin" not in names:
        return "vits"
    model = next(path for path in files if path.suffix == ".onnx")
    return "kitten" if b"kitten-tts" in model.read_bytes() else "kokoro"


def _config(files: Sequence[Path]) -> OfflineTtsConfig:
    """No noise, for the library lets nobody seed it; one thread, for the same sum every time."""
    import sherpa_onnx as library

    def named(start: str, end: str) -> str:
        found = (path for path in files if path.name.startswith(start) and path.suffix == end)
        return ",".join(map(str, found))

    models = [str(path) for path in files if path.suffix == ".onnx"]
    vocoders = [one for one in models if Path(one).name.startswith(_VOCODERS)]
    model = next((one for one in models if one not in vocoders), "")
    both: dict[str, Any] = {"lexicon": named("lexicon", ".txt"), "tokens": named("tokens", ".txt")}
    still, styles = {"noise_scale": 0.0}, {"voices": named("voices", ".bin")}
    family = family_of(files)
    made: Any = {
        "vits": lambda: library.OfflineTtsVitsModelConfig(
            model=model, noise_scale_w=0.0, **still, **both
        ),
        "matcha": lambda: library.OfflineTtsMatchaModelConfig(
            acoustic_model=model, vocoder=vocoders[0], **still, **both
        ),
        "kokoro": lambda: library.OfflineTtsKokoroModelConfig(model=model, **styles, **both),
        "kitten": lambda: library.OfflineTtsKittenModelConfig(model=model, **styles, **both),
    }[family]()
    return library.OfflineTtsConfig(
        model=library.OfflineTtsModelConfig(**{family: made}, num_threads=1),
        rule_fsts=named("", ".fst"),
        rule_fars=named("", ".far"),
    )


def _signs(tokens: Path) -> Iterator[str]:
    """The signs of a list of tokens: one a line, with its number; a blank stands for itself."""
    for line in tokens.read_text("utf-8").splitlines():
        yield line.rpartition(" ")[0] or " "
