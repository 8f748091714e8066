"""Kokoro, through `kokoro-onnx`: one model, and a file with the styles of all its voices."""

from __future__ import annotations

import os
import re
from pathlib import Path

from voiceguide.engines.neural.sessions import (
    RefusedInputError,
    Sessions,
    Spoken,
    first_unknown,
    has_sound,
    one_each,
    word_spans,
)

SENTENCE, CLAUSE = 0.3, 0.1
"""Seconds that a pause between sentences, or parts of one, has at least, at a voice's own speed."""

_RAW = re.compile(r"\[\[(.*?)\]\]")
_SWITCH = re.compile(r"\([a-z]{2,3}(?:-[a-z]+)*\)")
"""What espeak-ng puts around a word of another language."""


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
