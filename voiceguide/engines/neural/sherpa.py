"""`sherpa`: voices that were made ready for sherpa-onnx, a folder each, told apart by their files.

`voiceguide.voices.families` tells how. From version 2.0 on the library makes phonemes of words only
by a lexicon. A voice without one that was trained on phonemes gets those of espeak-ng, from the
package that voiceguide has anyway. Pocket TTS and Supertonic read letters. The noise of these two
is seeded; that of the others cannot be, and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from voiceguide.voices.families import PARTS, VOCODERS, family_of, part_of

if TYPE_CHECKING:
    from sherpa_onnx import GenerationConfig, OfflineTts, OfflineTtsConfig

    from voiceguide.audio import Samples

_PHONEMES = "əɪʊˈ"
"""Signs that a voice has among its tokens if it was trained on phonemes."""


_SEED = "1"

_STEPS = 5
"""In which Pocket TTS and Supertonic make sound of noise: what sherpa-onnx takes by itself."""


class SherpaEngine(FileEngine):
    """sherpa-onnx, as the package `sherpa-onnx` brings it; `NAME+NUMBER` is one of its speakers.

    Raises:
        MachineError: the package is not installed.
    """

    name = "sherpa"
    packages = ("sherpa-onnx",)
    ours = "2"
    notation = None


class SherpaModel:
    """The files of one voice, of whatever family."""

    def __init__(self, source: Source) -> None:
        from sherpa_onnx import OfflineTts

        self._family = family_of(source.files)
        if self._family is None:
            raise ValueError("they are of no family of models that is known")
        self._language = source.language.partition("-")[0] or "en"
        self._recordings = _recordings(source.files) if self._family == "pocket" else {}
        config = _config(source.files, self._family)
        if not config.validate():
            raise ValueError("sherpa-onnx finds fault with them")
        self._tts: OfflineTts = OfflineTts(config)
        letters = self._family in PARTS
        self._tokens = [] if letters else _tokens(source.files)
        lexicon = any(path.name.startswith("lexicon") for path in source.files)
        if not letters and not lexicon and not any(sign in self._tokens for sign in _PHONEMES):
            raise ValueError("there is no lexicon, and no phonemes are among the tokens")
        self._phonemes = None if letters or lexicon else Phonemizer(source.language or "en")

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Say a text; see `Model`. Its library tells no times."""
        import numpy as np
        from sherpa_onnx import GenerationConfig

        how = GenerationConfig()
        how.speed = speed
        how.silence_scale = 1.0  # pauses as the voice makes them
        how.num_steps = _STEPS
        how.extra = {"seed": _SEED, "lang": self._language}
        if self._recordings:
            how.reference_audio, how.reference_sample_rate = self._recording(speaker)
        else:
            how.sid = self._speaker(speaker)
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

    def _recording(self, name: str | None) -> tuple[Samples, int]:
        """What Pocket TTS is to sound like: the recording of that name, or the first."""
        import soundfile

        found = self._recordings.get(name or min(self._recordings))
        if found is None:
            raise RefusedInputError(
                f"the voice has no recording `{name}`",
                "there are " + ", ".join(f"`+{one}`" for one in sorted(self._recordings)),
            )
        samples, rate = soundfile.read(found, dtype="float32", always_2d=True)
        return samples.mean(axis=1, dtype=samples.dtype), int(rate)


def _recordings(files: Sequence[Path]) -> dict[str, Path]:
    """The recordings that Pocket TTS can sound like, by their names."""
    found = {path.stem: path for path in files if path.suffix.lower() == ".wav"}
    if not found:
        raise ValueError("there is no recording of a voice beside them: `NAME.wav`, ten seconds")
    return found


def _config(files: Sequence[Path], family: str) -> OfflineTtsConfig:
    """No noise where the library lets nobody seed it; one thread, for the same sum every time."""
    import sherpa_onnx as library

    kinds: dict[str, Any] = {
        "vits": library.OfflineTtsVitsModelConfig,
        "matcha": library.OfflineTtsMatchaModelConfig,
        "kokoro": library.OfflineTtsKokoroModelConfig,
        "kitten": library.OfflineTtsKittenModelConfig,
        "pocket": library.OfflineTtsPocketModelConfig,
        "supertonic": library.OfflineTtsSupertonicModelConfig,
    }
    made = kinds[family](**(_parts if family in PARTS else _model)(files, family))
    return library.OfflineTtsConfig(
        model=library.OfflineTtsModelConfig(**{family: made}, num_threads=1),
        rule_fsts=_named(files, "", ".fst"),
        rule_fars=_named(files, "", ".far"),
    )


def _parts(files: Sequence[Path], family: str) -> dict[str, Any]:
    """The parts of a model that reads letters."""
    return {name: str(part_of(files, *part)) for name, part in PARTS[family].items()}


def _model(files: Sequence[Path], family: str) -> dict[str, Any]:
    """One model, its signs, and what its family has beside them."""
    models = [path for path in files if path.suffix == ".onnx"]
    vocoders = [path for path in models if path.name.startswith(VOCODERS)]
    model = str(next(path for path in models if path not in vocoders))
    words = {"lexicon": _named(files, "lexicon", ".txt"), "tokens": _named(files, "tokens", ".txt")}
    if family == "vits":
        return {"model": model, "noise_scale": 0.0, "noise_scale_w": 0.0, **words}
    if family == "matcha":
        both = {"acoustic_model": model, "vocoder": str(vocoders[0])}
        return {**both, "noise_scale": 0.0, **words}
    return {"model": model, "voices": _named(files, "voices", ".bin"), **words}


def _named(files: Sequence[Path], start: str, end: str) -> str:
    found = (path for path in files if path.name.startswith(start) and path.suffix == end)
    return ",".join(map(str, found))


def _tokens(files: Sequence[Path]) -> list[str]:
    """The signs of `tokens.txt`: one a line, with its number; a blank stands for itself."""
    path = next(path for path in files if path.name == "tokens.txt")
    return [line.rpartition(" ")[0] or " " for line in path.read_text("utf-8").splitlines()]
