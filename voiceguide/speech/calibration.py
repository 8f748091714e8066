"""What is found out about a voice once: how loud it is, and what to ask of it for a wished pace.

A pace is words a minute: the words of a written text, divided by the time from its first sound to
its last, with the pauses that the voice makes between them. It is measured on a fixed passage for
each language (`voiceguide.engines.pacing`), so that all voices take the same time for it. What an
engine calls 130 words a minute may be 100 or 170; so what it is asked for is corrected by what it
did, twice at most.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voiceguide.audio import find_sounding, loudness
from voiceguide.engines import Utterance
from voiceguide.engines.pacing import ELSEWHERE, PASSAGES
from voiceguide.errors import UsageError

Say = Callable[[str, int], Utterance]
"""Says a text at so many words a minute, as the engine counts them."""

_MEASURED_AT = 130
"""Words a minute at which the passages have their lengths."""

_NEAR = 0.02
"""The part of a length by which a voice may be too slow or too quick."""

_CORRECTIONS = 2
_MOST = 2.0
"""By what factor an engine is asked for more or less than what is wished, at most."""

_STEEPEST = 20.0
"""dB: no voice is turned up or down by more; one that needs it is noise or silence."""

_KEPT = struct.Struct("<dI")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a voice needs."""

    gain: float
    """dB, for all that it says."""
    pace: int
    """The words a minute to ask it for."""

    def packed(self) -> bytes:
        """As a store keeps it."""
        return _KEPT.pack(self.gain, self.pace)


def unpacked(kept: bytes) -> Calibration:
    """What `Calibration.packed` made."""
    return Calibration(*_KEPT.unpack(kept))


def calibrate(say: Say, language: str, words_a_minute: int, target: float) -> Calibration:
    """Measure a voice at a pace, on a fixed passage; `target` is the loudness wished, in LUFS.

    Raises:
        MachineError: the engine failed.
        UsageError: it cannot speak at this pace.
    """
    passage = PASSAGES.get(language, ELSEWHERE)
    wished = passage.seconds * _MEASURED_AT / words_a_minute
    said = say(passage.text, words_a_minute)
    gain, length = _gain(said, target), _seconds(said)
    tried = {words_a_minute: _error(length, wished)}
    pace = words_a_minute
    for _ in range(_CORRECTIONS):
        pace = _bounded(round(pace * length / wished), words_a_minute)
        if not length or pace in tried or min(tried.values()) <= _NEAR:
            break
        try:
            length = _seconds(say(passage.text, pace))
        except UsageError:  # slower or quicker than the engine can speak
            break
        tried[pace] = _error(length, wished)
    return Calibration(gain, min(tried, key=lambda one: tried[one]))


def _error(length: float, wished: float) -> float:
    return abs(length / wished - 1)


def _bounded(pace: int, wished: int) -> int:
    return min(max(pace, round(wished / _MOST)), round(wished * _MOST))


def _seconds(said: Utterance) -> float:
    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def _gain(said: Utterance, target: float) -> float:
    level = loudness(said.samples, said.rate)
    return float(np.clip(target - level, -_STEEPEST, _STEEPEST)) if np.isfinite(level) else 0.0
