"""Gain, and a limiter that looks ahead, so that no peak is ever cut off."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Samples
from voiceguide.audio.loudness import NEAR_PEAK, Reals, oversampled_stretches, true_peak

CEILING = -1.5
"""dBTP: leaves an MP3 encoder room for what it adds to a peak."""

_LOOK_AHEAD = 0.005
"""Seconds in which the gain goes down before a peak, and in which it comes back."""


def amplify(samples: Samples, decibels: float) -> Samples:
    """The sound so much louder."""
    return samples * np.float32(10 ** (decibels / 20))


def limit(samples: Samples, rate: int, ceiling: float = CEILING) -> Samples:
    """The sound with its true peak at most at `ceiling` dBTP; untouched where it stays below."""
    highest = 10 ** (ceiling / 20)
    needed = _needed_gain(samples, highest)
    if needed is None:
        return samples
    reach = max(1, round(_LOOK_AHEAD * rate))
    limited = (samples * _smoothed(needed, reach)).astype(np.float32)
    # a gain that moves bends the curve between the samples by some hundredths of a decibel
    over = true_peak(limited) - ceiling
    return amplify(limited, -over) if over > 0 else limited


def _needed_gain(samples: Samples, highest: float) -> Reals | None:
    """For each sample the gain that keeps the curve around it below `highest`; None: none."""
    gain: Reals | None = None
    for start, peaks in oversampled_stretches(samples, highest * NEAR_PEAK):
        if float(peaks.max()) > highest:
            gain = np.ones(len(samples)) if gain is None else gain
            part = gain[start : start + len(peaks)]
            np.minimum(part, highest / np.maximum(peaks, highest), out=part)
    return gain


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
