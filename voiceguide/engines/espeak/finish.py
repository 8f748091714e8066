"""What is done to espeak-ng's sound: less edge, and a little room around it.

espeak-ng's consonants are sharp, and its silences are digital: nothing is around the voice. So its
highest octave is turned down by a filter of three taps, and some short reflections follow, darker
still, as from the walls of a small room. There is no tail behind them: words stay as clear, and a
clip ends at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from voiceguide.audio import Samples

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
