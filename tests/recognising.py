"""A recogniser that hears which words were said: pocketsphinx, with all words equally likely.

It knows the words of `spoken_lines` and nothing of their order, so it has only the sound to go by.
It is weak: its figures say which of two voices is clearer, not how clear one is.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from spoken_lines import INSTRUCTIONS, UNSEEN

from voiceguide.audio.clip import resample
from voiceguide.engines import Utterance
from voiceguide.speech.reading import normalise

LINES = (*INSTRUCTIONS, *UNSEEN)

_RATE = 16_000
_LEVEL = 0.05
"""The root mean square that each utterance is brought to."""

_NOISE = 0.0005
"""Of a quiet room: a recogniser is used to no digital silence."""

_AROUND = 0.25
"""Seconds of that before and after."""


class Recogniser:
    """Hears English."""

    def errors(self, line: str, said: Utterance) -> tuple[int, int]:
        """The words of a line that were misheard, missed or added, and how many it has."""
        words = _words(line)
        return _distance(words, self._hear(said)), len(words)

    def _hear(self, said: Utterance) -> list[str]:
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(_pcm(said), no_search=False, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        found = re.sub(r"\(\d\)|<[^>]*>|\[[^\]]*\]", "", heard.hypstr) if heard else ""
        return found.replace("-", " ").split()

    @cached_property
    def _decoder(self) -> Any:
        from pocketsphinx import Decoder

        dictionary = Decoder(samprate=_RATE, loglevel="FATAL")
        known = {word for line in LINES for word in _words(line) if dictionary.lookup_word(word)}
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder, "words.lm")
            model.write_text(_model(sorted(known)), encoding="ascii")
            return Decoder(samprate=_RATE, loglevel="FATAL", lm=str(model))


def _words(line: str) -> list[str]:
    return re.findall(r"[a-z']+", normalise(line).lower())


def _model(words: Sequence[str]) -> str:
    """A language model in ARPA's format, in which each word is as likely as any other."""
    chance = math.log10(1 / (len(words) + 1))
    rows = [f"{chance:.4f} {word} 0" for word in ("</s>", *words)]
    head = ["\\data\\", f"ngram 1={len(words) + 2}", "", "\\1-grams:", "-99 <s> 0"]
    return "\n".join([*head, *rows, "", "\\end\\", ""])


def _pcm(said: Utterance) -> bytes:
    heard = resample(said.samples, said.rate, _RATE)
    around = round(_AROUND * _RATE)
    heard = np.pad(heard * np.float32(_LEVEL / np.sqrt(np.square(heard).mean())), around)
    noise = np.random.default_rng(1).normal(0, _NOISE, len(heard))
    whole: bytes = (np.clip(heard + noise, -1, 1) * 32_767).astype("<i2").tobytes()
    return whole


def _distance(words: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, to add and to leave out that make one of the other."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(words, 1):
        last, row[0] = row[:], count
        for place, other in enumerate(heard, 1):
            row[place] = min(last[place] + 1, row[place - 1] + 1, last[place - 1] + (word != other))
    return row[-1]
