"""Gain, and a limiter that looks ahead, so that no peak is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Clip, Samples, find_sounding
from voiceguide.audio.meter import (
    NEAR_PEAK,
    STRETCH,
    Reals,
    loudness,
    oversampled_stretches,
    true_peak,
)

# ── gain, and a limiter that looks ahead, so that no peak is ever cut off ────


CEILING = -1.8
"""dBTP: leaves room for what an MP3 encoder adds to a peak, and for a bed under it."""

_LOOK_AHEAD = 0.005
"""Seconds in which the gain goes down before a peak, and in which it comes back."""


_AUDIBLE = 0.2
"""LU: a line that is softer by more stands out from its neighbours."""

_TURNS = 4
"""How often what a limiter took is given back at most."""

_CALM = -17.0
"""LUFS: a voice that is softer has peaks far apart."""

_CROWDING = 0.1
"""dB by which the ceiling is lower for each LU above that."""

_HARDLY = 0.002
"""dB: rounding alone is less."""


def amplify(samples: Samples, decibels: float) -> Samples:
    """The sound so much louder."""
    return samples * np.float32(10 ** (decibels / 20))


@dataclass(frozen=True, slots=True, eq=False)
class Levelled:
    """Samples, and how loud they are."""

    samples: Samples
    loudness: float
    """LUFS."""


def limited(samples: Samples, rate: int, level: float) -> Levelled:
    """A sound of `level` LUFS at `rate` Hz within `CEILING`, as loud as before where it can be.

    What the limiter takes of the loudness is given back, and limited again, some times over. What
    is very loud leaves more room: it is at its ceiling all the time, and chimes ring on under it.
    """
    ceiling = CEILING - _CROWDING * max(0.0, level - _CALM)
    kept = limit(samples, rate, ceiling)
    if kept is samples:
        return Levelled(samples, level)
    heard = loudness(kept, rate)
    for _ in range(_TURNS):
        if not _AUDIBLE < level - heard < np.inf:
            break
        kept = limit(amplify(kept, level - heard), rate, ceiling)
        heard = loudness(kept, rate)
    return Levelled(kept, heard)


def limit(samples: Samples, rate: int, ceiling: float = CEILING) -> Samples:
    """The sound with its true peak at most at `ceiling` dBTP; untouched where it stays below."""
    highest = 10 ** (ceiling / 20)
    reach = min(max(1, round(_LOOK_AHEAD * rate)), STRETCH // 4)
    kept: Samples | None = None
    for start, gain in _needed_gains(samples, highest):
        kept = samples.copy() if kept is None else kept
        _turn_down(kept, start, gain, reach)
    if kept is None:
        return samples
    # a gain that moves bends the curve between the samples by some hundredths of a decibel
    over = true_peak(kept) - ceiling
    return amplify(kept, -over) if over > _HARDLY else kept


def _needed_gains(samples: Samples, highest: float) -> Iterator[tuple[int, Reals]]:
    """Where the curve rises above `highest`: a start, and from there the gain that prevents it.

    Stretches that follow on each other come as one, so that between any two lies a whole stretch.
    """
    begun, gains = 0, list[Reals]()
    for start, peaks in oversampled_stretches(samples, highest * NEAR_PEAK):
        if float(peaks.max()) > highest:
            if gains and begun + STRETCH * len(gains) < start:
                yield begun, np.concatenate(gains)
                gains = []
            begun = begun if gains else start
            gains.append(highest / np.maximum(peaks, highest, dtype=np.float64))
    if gains:
        yield begun, np.concatenate(gains)


def _turn_down(samples: Samples, start: int, gain: Reals, reach: int) -> None:
    """Apply a gain from `start` on, in place, with its fall before and its rise after it."""
    smoothed = _smoothed(np.pad(gain, 2 * reach, constant_values=1.0), reach)
    first = max(0, start - 2 * reach)
    around = samples[first : start + len(gain) + 2 * reach]
    around *= smoothed[first - start + 2 * reach :][: len(around)]


def _smoothed(gain: Reals, reach: int) -> Reals:
    """A gain without corners that is nowhere above the given one.

    The least of all within `reach` samples on either side, averaged over the same span: every value
    that enters an average is already low enough for the sample in its middle.
    """
    least = _running_least(np.pad(gain, 2 * reach, constant_values=1.0), 2 * reach + 1)
    sums: Reals = np.cumsum(np.concatenate(([0.0], least)))
    return (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)


def _running_least(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """The least of every `width` neighbours, by doubling the span that is looked at."""
    span = 1
    while span < width:
        step = min(span, width - span)
        values = np.minimum(values[:-step], values[step:])
        span += step
    return values


# ── from samples to a `Clip` ─────────────────────────────────────────────────


def measured(samples: Samples, rate: int) -> Clip:
    """The clip of these samples, mono, at `rate` Hz; silence counts as sounding for all of it."""
    onset, end = find_sounding(samples, rate)
    if end == onset:
        return Clip(samples, rate, 0, len(samples), -np.inf)
    return Clip(samples, rate, onset, end, loudness(samples, rate))
