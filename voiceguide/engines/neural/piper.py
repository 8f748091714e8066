"""`piper`: the voices of Piper, one file each; small, fast, and in many languages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.engines.neural.engine import FileEngine
from voiceguide.engines.neural.sessions import (
    RAW,
    RefusedInputError,
    Source,
    Span,
    Spoken,
    check_phonemes,
    first_unknown,
    fix_noise,
    has_sound,
    one_each,
    open_session,
    word_spans,
)
from voiceguide.voices import installed

if TYPE_CHECKING:
    from piper import PiperVoice
    from piper.voice import AudioChunk

    from voiceguide.audio.clip import Samples

PAUSE = 0.3
"""Seconds between two sentences at the natural speed; Piper itself adds no pause."""

MEASURED: Mapping[str, tuple[float, float]] = {
    "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06": (-25.39, 0.7),
}
"""See `measured_by`: `en_US-joe-medium`, by the SHA-256 of its model, at 130 words a minute. At 110
and 150 words a minute, it is within 3 % of the requested pace."""


class PiperEngine(FileEngine):
    """Piper, from the package `piper-tts`; `NAME+SPEAKER` chooses one of several speakers."""

    name = "piper"
    packages = ("piper-tts", "onnxruntime", "onnx")
    ours = "3"

    def measured(self, voice: str) -> tuple[float, float] | None:
        """Return the known loudness and pace of an unchanged voice; see `measured_by`."""
        name = voice.partition("+")[0]
        known = (one.checksum for one in installed(self.name) if one.name == name)
        return MEASURED.get(next(known, ""))

    def calls_alone(self, voice: str) -> bool:
        """Whether it is the measured voice, whose calls are understood as well without context."""
        return self.measured(voice) is not None


class PiperModel:
    """A Piper model with its configuration."""

    def __init__(self, source: Source) -> None:
        from piper import PiperVoice
        from piper.config import PiperConfig
        from piper.phonemize_espeak import ESPEAK_DATA_DIR

        config = source.file(".onnx.json").read_text("utf-8")
        session = open_session(source.prepared, lambda: _with_own_noise(source.model()))
        # the library in it keeps at most 159 bytes of its data's path: a name always fits
        os.chdir(ESPEAK_DATA_DIR.parent)
        self._voice: PiperVoice = PiperVoice(
            session,
            PiperConfig.from_dict(json.loads(config)),
            espeak_data_dir=Path(ESPEAK_DATA_DIR.name),
        )

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Speak a text; see `Model`."""
        import numpy as np
        from piper import SynthesisConfig

        # the library would leave unknown phonemes out, and say nothing of it
        check_phonemes(RAW.findall(text), self._voice.config.phoneme_id_map)
        rate = self._voice.config.sample_rate
        how = SynthesisConfig(
            speaker_id=self._speaker(speaker),
            length_scale=self._voice.config.length_scale / speed,
            normalize_audio=False,  # otherwise a short word is as loud as a sentence
        )
        pause = round(PAUSE / speed * rate)
        parts: list[Samples] = []
        spans: list[Span] = []
        at, timed = 0, True
        for chunk in self._chunks(text, how):
            if parts:
                parts.append(np.zeros(pause, np.float32))
                at += pause
            timed = timed and chunk.phoneme_alignments is not None
            spans += word_spans(_sounds(chunk, at))
            parts.append(chunk.audio_float_array)
            at += len(chunk.audio_float_array)
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Spoken(samples, rate, one_each(spans, text) if timed else None)

    def transcribe(self, text: str) -> str:
        """Return the phonemes of plain words; see `Model`."""
        return " ".join("".join(sentence) for sentence in self._voice.phonemize(text)).strip()

    def unknown(self, phonemes: str) -> str | None:
        """Return the first part that the model was not trained on; see `Model`."""
        return first_unknown(phonemes, self._voice.config.phoneme_id_map)

    def _chunks(self, text: str, how: Any) -> Iterator[AudioChunk]:
        """Yield the library's speech, a chunk per sentence; nothing for punctuation only."""
        if has_sound(sign for sentence in self._voice.phonemize(text) for sign in sentence):
            yield from self._voice.synthesize(text, how, include_alignments=True)

    def _speaker(self, name: str | None) -> int | None:
        """Return the number of a speaker, from its name in the configuration or from the number."""
        config = self._voice.config
        if name is None:
            return None
        if name in config.speaker_id_map:
            return int(config.speaker_id_map[name])
        if name.isdecimal() and int(name) < config.num_speakers:
            return int(name)
        count = config.num_speakers
        raise RefusedInputError(
            f"the voice has no speaker `{name}`",
            f"there are `+0` to `+{count - 1}`" if count > 1 else "it has one: leave out the `+`",
        )


def _sounds(chunk: AudioChunk, at: int) -> Iterator[tuple[str, int, int]]:
    for sound in chunk.phoneme_alignments or ():
        yield sound.phoneme, at, at + int(sound.num_samples)
        at += int(sound.num_samples)


def _with_own_noise(data: bytes) -> bytes:
    """Return the model with our own noise, and with an output for the length of each phoneme."""
    import onnx
    from piper.patch_voice_with_alignment import add_alignment_output

    model = onnx.load_from_string(data)
    with suppress(ValueError):  # it has that output already, or another structure
        add_alignment_output(model)
    fix_noise(model)
    made: bytes = model.SerializeToString()
    return made
