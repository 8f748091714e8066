"""How loud and how quick a voice is, measured once; and how long a text will sound.

What measures sound imports late: `plan --estimate` only guesses, and starts without numpy.
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

# ── a voice's calibration, measured when it is first needed, once for all its paces


_PROCESSING = "8"
"""Counts the changes to what is made of an utterance: kept clips of another count are not used."""


class MeasuredVoice:
    """A voice, measured at the pace at which most is said; what it needs there, it needs at others.

    `loudness` is what the voice is brought to, in LUFS.
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
        """Names everything that the calibration, and what is made with it, depends on."""
        engine = (self._engine.name, version_of(self._engine), self._voice)
        settings = (self._pace, self._language, self._loudness, _PROCESSING)
        return " ".join(map(str, (*engine, *settings)))

    def calibration(self) -> Calibration:
        """What the voice needs to be as loud and as quick as wished.

        Raises:
            MachineError: the engine failed.
            UsageError: it has no such voice, or cannot speak at this pace.
        """
        with self._measuring:  # two threads would measure the same
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


# ── texts that a voice is measured on, and how long they take: one for each language


MEASURED_AT = 130
"""Words a minute at which the passages have their lengths."""


class CalibrationText(Struct, frozen=True):
    """A text, and how long it sounds at `MEASURED_AT`."""

    text: str
    seconds: float


ELSEWHERE = CalibrationText("1, 2, 3, 4, 5, 6, 7, 8, 9, 10.", 8.0)
"""Numbers are read in every language, and take about as long."""


def passage_for(language: str) -> CalibrationText:
    """The text that a voice of a language is measured on."""
    known = find_language(language)
    return CalibrationText(**known.sentences["calibration"]) if known else ELSEWHERE


# ── what is found out about a voice once: how loud it is, and what to ask of it for a wished pace


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


class Calibration(Struct, frozen=True):
    """What a voice needs."""

    gain: float
    """dB, for all that it says."""
    pace_factor: float
    """The words a minute to ask it for, divided by those that are then heard."""

    def asked(self, words_a_minute: int) -> int:
        """The words a minute to ask it for, where so many are to be heard."""
        return round(words_a_minute * self.pace_factor)

    def packed(self) -> bytes:
        """As a store keeps it."""
        return _KEPT.pack(self.gain, self.pace_factor)


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
    from voiceguide.audio import find_sounding

    onset, end = find_sounding(said.samples, said.rate)
    return (end - onset) / said.rate


def _gain(said: Utterance, target: float) -> float:
    from voiceguide.audio import loudness

    level = loudness(said.samples, said.rate)
    return min(max(target - level, -_STEEPEST), _STEEPEST) if isfinite(level) else 0.0


# ── an engine's voice, asked for a text: whatever a stranger's engine does wrong has a name here


class EngineVoice(Struct, frozen=True):
    """A voice of an engine."""

    engine: Engine
    voice: str

    def __call__(self, text: str, words_a_minute: int) -> Utterance:
        """The engine's own samples.

        Raises:
            MachineError: it failed, or gave what is no utterance.
            UsageError: it has no such voice, or cannot speak at this pace.
        """
        with engine_failures(self.engine.name, f"failed on {quote(text)}"):
            return checked(self.engine.speak(text, self.voice, words_a_minute))


# ── how long a text will sound, without an engine: what `check` and `plan --estimate` count with


@lru_cache(maxsize=8192)  # fitting a length asks for every text several times
def estimate(text: str, words_a_minute: float, language: str = "en") -> int:
    """Samples that the sound of a text lasts, as a guess; 0 where there is nothing to say.

    Over 50 English lines that were not used in its making it is 5 % off on average, and 21 % at
    worst; over those that the other languages were measured on, 3 to 9 % on average.
    """
    seconds = seconds_to_say(normalise(text, language), words_a_minute)
    known = find_language(language)
    return samples(seconds * (known.sentences["letter length"] if known else 1.0))
