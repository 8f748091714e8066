"""Measure the loudness and pace of a voice once, and estimate how long a text will sound.

The code that measures sound imports numpy late: `plan --estimate` starts without it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from math import isfinite
from threading import Lock

from msgspec import Struct

from voiceguide.engines import (
    Engine,
    Utterance,
    checked,
    engine_failures,
    measured_by,
    version_of,
)
from voiceguide.engines.silent import seconds_to_say
from voiceguide.errors import UsageError, quote
from voiceguide.languages import find_language
from voiceguide.lengths import samples
from voiceguide.speech.reading import normalise
from voiceguide.store import Store, kept

# ── a voice's calibration: measured when it is first needed, once for all paces


_PROCESSING = "9"
"""Version of the processing from utterance to clip: cached clips of other versions are not used."""


class MeasuredVoice:
    """A voice, measured at its main pace; its calibration is also used at other paces.

    `loudness` is the target loudness of the voice, in LUFS.
    """

    def __init__(
        self,
        engine: Engine,
        voice: str,
        language: str,
        words_a_minute: int,
        loudness: float,
        store: Store | None,
    ) -> None:
        self._engine = engine
        self._voice = voice
        self._language = language
        self._pace = words_a_minute
        self._loudness = loudness
        self._store = store
        self._known: Calibration | None = None
        self._measuring = Lock()

    @cached_property
    def identity(self) -> str:
        """A key for everything that the calibration, and clips made with it, depend on."""
        engine = (self._engine.name, version_of(self._engine), self._voice)
        settings = (self._pace, self._language, self._loudness, _PROCESSING)
        return " ".join(map(str, (*engine, *settings)))

    def calibration(self) -> Calibration:
        """The calibration that gives the voice the wanted loudness and pace.

        Raises:
            MachineError: the engine failed.
            UsageError: the engine does not have the voice, or cannot speak at this pace.
        """
        with self._measuring:  # otherwise two threads could measure the same voice
            fixed = measured_by(self._engine, self._voice)
            if fixed is not None:
                level, haste = fixed
                self._known = Calibration(self._loudness - level, haste)
            if self._known is None:
                key = f"{self.identity} calibration"
                self._known = unpacked(kept(self._store, key, self._calibrated))
            return self._known

    def _calibrated(self) -> bytes:
        ask = EngineVoice(self._engine, self._voice)
        return calibrate(ask, self._language, self._pace, self._loudness).packed()


# ── the text of each language that a voice is measured on, with its length ───


MEASURED_AT = 130
"""Words a minute at which the lengths of the calibration texts hold."""


class CalibrationText(Struct, frozen=True):
    """A text, and its length in seconds at `MEASURED_AT`."""

    text: str
    seconds: float


ELSEWHERE = CalibrationText("1, 2, 3, 4, 5, 6, 7, 8, 9, 10.", 8.0)
"""The text for other languages: numbers are read in every one, and take about the same time."""


def passage_for(language: str) -> CalibrationText:
    """The text on which voices of a language are measured."""
    known = find_language(language)
    return CalibrationText(**known.sentences["calibration"]) if known else ELSEWHERE


# ── measuring a voice: its loudness, and the pace to request for a wanted pace ──


Say = Callable[[str, int], Utterance]
"""A function that speaks a text at a number of words a minute, as the engine counts them."""

_NEAR = 0.02
"""Tolerated error of a passage's length, as a fraction of the wanted length."""

_CORRECTIONS = 3
"""Most corrections of the pace: one is enough if the whole length scales with the pace, two if a
part of it is constant."""

_MOST = 3.0
"""Largest factor between the requested pace and the wanted one, either way."""

_STEEPEST = 20.0
"""Largest gain of a voice, up or down, in dB; a voice that needs more is noise or silence."""

_KEPT = struct.Struct("<dd")


class Calibration(Struct, frozen=True):
    """The corrections that a voice needs to reach a target loudness and pace."""

    gain: float
    """Gain for everything that the voice speaks, in dB."""
    pace_factor: float
    """The words a minute to request from the engine, divided by those then heard."""

    def asked(self, words_a_minute: int) -> int:
        """The words a minute to request from the engine so that `words_a_minute` are heard."""
        return round(words_a_minute * self.pace_factor)

    def packed(self) -> bytes:
        """Pack the calibration for a store."""
        return _KEPT.pack(self.gain, self.pace_factor)


def unpacked(kept: bytes) -> Calibration:
    """Unpack a calibration that `Calibration.packed` packed."""
    return Calibration(*_KEPT.unpack(kept))


def calibrate(say: Say, language: str, words_a_minute: int, target: float) -> Calibration:
    """Measure a voice at a pace, on a fixed passage; `target` is the wanted loudness, in LUFS.

    Raises:
        MachineError: the engine failed.
        UsageError: the engine cannot speak at this pace.
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
    """The pace that should give the `wished` length in seconds, from the paces `tried` so far.

    `tried` maps paces to lengths in seconds. A length has a part that is inversely proportional to
    the pace, and may have a constant part, such as pauses. The first correction assumes no constant
    part; the others derive it from the last two lengths. If a quicker pace did not give a shorter
    length, the last pace is returned again.
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
    from voiceguide.audio.clip import find_sounding

    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def _gain(said: Utterance, target: float) -> float:
    from voiceguide.audio.levels import loudness

    level = loudness(said.samples, said.rate)
    return min(max(target - level, -_STEEPEST), _STEEPEST) if isfinite(level) else 0.0


# ── an engine's voice: errors of a third-party engine become MachineErrors here ──


class EngineVoice(Struct, frozen=True):
    """A voice of an engine, called to speak a text."""

    engine: Engine
    voice: str

    def __call__(self, text: str, words_a_minute: int) -> Utterance:
        """Speak a text; the samples are as the engine gives them.

        Raises:
            MachineError: the engine failed, or returned an invalid utterance.
            UsageError: the engine does not have the voice, or cannot speak at this pace.
        """
        with engine_failures(self.engine.name, f"failed on {quote(text)}"):
            return checked(self.engine.speak(text, self.voice, words_a_minute))


# ── estimated lengths without an engine, for `check` and `plan --estimate` ───


@lru_cache(maxsize=8192)  # fitting a session to a length asks for every text several times
def estimate(text: str, words_a_minute: float, language: str = "en") -> int:
    """Estimate the length of a text's sound, in samples; 0 if there is nothing to say.

    Over 50 English lines that were not used for fitting, it is 5 % off on average and 21 % at
    worst; over the lines on which the other languages were measured, 3 to 9 % on average.
    """
    seconds = seconds_to_say(normalise(text, language), words_a_minute)
    known = find_language(language)
    return samples(seconds * (known.sentences["letter length"] if known else 1.0))
