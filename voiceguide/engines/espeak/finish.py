"""What is done to espeak-ng's sound: less edge, and a little room around it.

espeak-ng's consonants are sharp, and its silences are digital: nothing is around the voice. So its
highest octave is turned down by a filter of three taps, and some short reflections follow, darker
still, as from the walls of a small room. There is no tail behind them: words stay as clear, and a
clip ends at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from voiceguide.audio import Samples

# ── what is done to espeak-ng's sound: less edge, and a little room around it


_EDGE = 0.12
"""What each neighbour counts for in a sample: -1 dB at 3.7 kHz, -2.4 dB at 5.5, -5.7 dB at 11."""

_DARKNESS = (0.0625, 0.25, 0.375, 0.25, 0.0625)
"""The filter of the reflections: -6 dB at 4 kHz, at 22,050 Hz."""

_ROOM = -18.0
"""dB: the energy of all reflections together, beside the voice."""

_NEAREST, _FARTHEST = 0.007, 0.055
"""Seconds after which the first reflection comes, and the last: within what the ear takes for one
sound with the voice (Haas, 1951)."""

_DECAY = 26.0
"""dB between the nearest reflection and the farthest."""

_COUNT = 9
_SEED = 6


def finished(samples: Samples, rate: int) -> Samples:
    """The voice, softened and in its room: longer by the last reflection, its start in place."""
    if not len(samples):
        return samples
    soft = _filtered(samples, (_EDGE, 1 - 2 * _EDGE, _EDGE))
    dark = _filtered(soft, _DARKNESS)
    out = np.concatenate((soft, np.zeros(round(_FARTHEST * rate), np.float32)))
    for seconds, gain in _reflections():
        start = round(seconds * rate)
        out[start : start + len(dark)] += np.float32(gain) * dark
    return out


def _filtered(samples: Samples, taps: tuple[float, ...]) -> Samples:
    return np.convolve(samples, np.array(taps, np.float32), "same").astype(np.float32, copy=False)


@lru_cache(maxsize=1)
def _reflections() -> tuple[tuple[float, float], ...]:
    """When each comes, in seconds, and its gain; unevenly spaced, or they would ring as a tone."""
    chance = np.random.default_rng(_SEED)
    share = (np.arange(_COUNT) + chance.uniform(0, 0.9, _COUNT)) / _COUNT
    share = (share - share[0]) / (share[-1] - share[0])
    gains = 10 ** (-_DECAY * share / 20) * chance.choice((-1, 1), _COUNT)
    gains *= 10 ** (_ROOM / 20) / np.sqrt(np.square(gains).sum())
    seconds = _NEAREST + (_FARTHEST - _NEAREST) * share
    return tuple(zip(seconds.tolist(), gains.tolist(), strict=True))


# ── how espeak-ng speaks where a routine says no more than the language: chosen for calm


@dataclass(frozen=True, slots=True)
class Manner:
    """espeak-ng's settings beside voice and rate; without arguments, its own."""

    variant: str = ""
    """What stands after the `+` of a voice's name."""
    pitch: int = 50
    """Its `espeakPITCH`, 0 to 100."""
    range: int = 50
    """Its `espeakRANGE`, 0 (monotone) to 100: how far the pitch moves."""
    gap: int = 0
    """Its `espeakWORDGAP`, in tens of milliseconds at its usual rate."""
    finished: bool = False
    """Whether the sound goes through `voiceguide.engines.espeak.finishing`."""


PLAIN = Manner()
CALM = Manner(variant="edward", pitch=40, range=45, finished=True)


# ── a text in two: what espeak-ng crashes on as a whole, it can say in smaller pieces


_PLACES = (
    r"(?<=[.!?])\s",
    r"(?<=[,;:])\s",
    r"\s",
    r"(?<=\w)(?=[^\w\s])|(?<=[^\w\s])(?=\w)",
    r"(?<=.)(?=.)",
)
"""Where a text can be divided, the best first; between any two characters, if need be."""

_PATTERNS = tuple(re.compile(place, re.S) for place in _PLACES)
_PHONEMES = re.compile(r"\[\[.*?(?:\]\]|$)", re.S)

_SMALLEST = 1 / 8
"""Part of a text that each of its pieces has at least, unless there is no other place."""


def halves(text: str) -> tuple[str, str] | None:
    """Two pieces of a text, as alike in length as a good place allows; None: it is one piece.

    What stands in `[[…]]` stays together.
    """
    middle = len(text) / 2
    reach = middle - len(text) * _SMALLEST
    for pattern in _PATTERNS:
        place = min(_places(pattern, text), key=lambda at: abs(at - middle), default=None)
        if place and (abs(place - middle) <= reach or pattern is _PATTERNS[-1]):
            return text[:place].strip(), text[place:].strip()
    return None


def _places(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Offsets at which a pattern would divide a text, with words on both sides."""
    closed = [found.span() for found in _PHONEMES.finditer(text)]
    for found in pattern.finditer(text):
        at = found.start()
        inside = any(start < at < stop for start, stop in closed)
        if not inside and text[:at].strip() and text[at:].strip():
            yield at
