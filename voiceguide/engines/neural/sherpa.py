"""`sherpa`: voices prepared for sherpa-onnx, a folder each; their files tell the family.

`voiceguide.voices.families` has the rules. Since version 2.0 the library only converts words to
phonemes by a lexicon. A voice that has none but was trained on phonemes gets espeak-ng's, from
a package that voiceguide needs anyway. Pocket TTS and Supertonic read letters. The noise of these
two is seeded; that of the other families cannot be, and is turned off.
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

    from voiceguide.audio.clip import Samples

_PHONEMES = "əɪʊˈ"
"""Signs among a voice's tokens that show that it was trained on phonemes."""

_SEED = "1"
_STEPS = 5
"""Steps from noise to sound in Pocket TTS and Supertonic; sherpa-onnx's default."""


class SherpaEngine(FileEngine):
    """sherpa-onnx, from the package `sherpa-onnx`; `NAME+NUMBER` chooses a speaker."""

    name = "sherpa"
    packages = ("sherpa-onnx",)
    ours = "2"
    notation = None


class SherpaModel:
    """A loaded voice of any family."""

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
        """Speak a text; see `Model`. The library gives no times of words."""
        import numpy as np
        from sherpa_onnx import GenerationConfig

        how = GenerationConfig()
        how.speed = speed
        how.silence_scale = 1.0  # keep the voice's own pauses
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
        """Return the phonemes of plain words; see `Model`."""
        return self._phonemes.phonemes(text) if self._phonemes else ""

    def unknown(self, phonemes: str) -> str | None:
        """Return the first part that the model was not trained on; see `Model`."""
        return first_unknown(phonemes, self._tokens)

    def _give(self, how: GenerationConfig, text: str) -> bool:
        """Set the phonemes, if the voice takes phonemes; return whether there is any to speak."""
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
        """Return the recording that Pocket TTS imitates: the one of that name, or the first."""
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
    """Return the recordings that Pocket TTS can imitate, by name."""
    found = {path.stem: path for path in files if path.suffix.lower() == ".wav"}
    if not found:
        raise ValueError("there is no recording of a voice beside them: `NAME.wav`, ten seconds")
    return found


def _config(files: Sequence[Path], family: str) -> OfflineTtsConfig:
    """Configure a model: no noise that cannot be seeded, and one thread, for reproducible sums."""
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
    """Return the files of a model that reads letters."""
    return {name: str(part_of(files, *part)) for name, part in PARTS[family].items()}


def _model(files: Sequence[Path], family: str) -> dict[str, Any]:
    """Return the files of a model that has tokens, and the settings of its family."""
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
    """Read the signs in `tokens.txt`: one per line with its number; a blank is a sign, too."""
    path = next(path for path in files if path.name == "tokens.txt")
    return [line.rpartition(" ")[0] or " " for line in path.read_text("utf-8").splitlines()]
