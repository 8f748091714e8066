"""What is found out about a voice once: how loud it is, and what to ask of it for a wished pace.

A pace is words a minute: the words of a written text, divided by the time from its first sound to
its last, with the pauses that the voice makes between them. It is measured on a fixed passage for
each language (`voiceguide.speech.passages`), so that all voices take the same time for it. What an
engine calls 130 words a minute may be 100 or 170; so what it is asked for is corrected by what it
did. An engine that is right at once says the passage once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from voiceguide.audio import find_sounding, loudness
from voiceguide.engines import Utterance
from voiceguide.errors import UsageError
from voiceguide.speech.passages import MEASURED_AT, passage_for

Say = Callable[[str, int], Utterance]
"""Says a text at so many words a minute, as the engine counts them."""

_NEAR = 0.02
"""The part of a length by which a voice may be too slow or too quick."""

_CORRECTIONS = 3
"""At most: one is enough where all of a length turns with the pace, two where a part stays."""

_MOST = 3.0
"""By what factor an engine is asked for more or less than what is wished, at most."""

_STEEPEST = 20.0
"""dB: no voice is turned up or down by more; one that needs it is noise or silence."""

_KEPT = struct.Struct("<dd")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a voice needs."""

    gain: float
    """dB, for all that it says."""
    haste: float
    """The words a minute to ask it for, divided by those that are then heard."""

    def asked(self, words_a_minute: int) -> int:
        """The words a minute to ask it for, where so many are to be heard."""
        return round(words_a_minute * self.haste)

    def packed(self) -> bytes:
        """As a store keeps it."""
        return _KEPT.pack(self.gain, self.haste)


def unpacked(kept: bytes) -> Calibration:
    """What `Calibration.packed` made."""
    return Calibration(*_KEPT.unpack(kept))


def calibrate(say: Say, language: str, words_a_minute: int, target: float) -> Calibration:
    """Measure a voice at a pace, on a fixed passage; `target` is the loudness wished, in LUFS.

    Raises:
        MachineError: the engine failed.
        UsageError: it cannot speak at this pace.
    """
    passage = passage_for(language)
    wished = passage.seconds * MEASURED_AT / words_a_minute
    said = say(passage.text, words_a_minute)
    tried = {words_a_minute: _seconds(said)}
    for _ in range(_CORRECTIONS):
        pace = _corrected(tried, wished)
        if pace in tried or min(_error(length, wished) for length in tried.values()) <= _NEAR:
            break
        try:
            tried[pace] = _seconds(say(passage.text, pace))
        except UsageError:  # slower or quicker than the engine can speak
            break
    best = min(tried, key=lambda one: _error(tried[one], wished))
    return Calibration(_gain(said, target), best / words_a_minute)


def _corrected(tried: Mapping[int, float], wished: float) -> int:
    """The pace that should give a length, by the lengths in seconds that those `tried` gave.

    Of a length, a part turns with the pace (so many seconds, divided by it), and a part may stay,
    such as pauses. The first correction supposes that nothing stays; the others know. Where the
    pace changes nothing, it is the last one again.
    """
    points = [(0.0, 0.0), *((1 / pace, length) for pace, length in tried.items())]
    (before, length_before), (last, length) = points[-2:]
    slope = (length - length_before) / (last - before)
    if slope <= 0:
        return round(1 / last)
    _, (first, _), *_ = points
    inverse = last + (wished - length) / slope
    return round(1 / min(max(inverse, first / _MOST), first * _MOST))


def _error(length: float, wished: float) -> float:
    return abs(length / wished - 1)


def _seconds(said: Utterance) -> float:
    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def _gain(said: Utterance, target: float) -> float:
    level = loudness(said.samples, said.rate)
    return float(np.clip(target - level, -_STEEPEST, _STEEPEST)) if np.isfinite(level) else 0.0
