"""Where in some samples the sound is.

A sound begins where it first rises to 40 dB below its loudest 5 ms, and ends where it last falls
below that. The threshold was chosen on 49 words that sessions begin with (`six`, `three`, `hold`,
`thigh`), in three voices of espeak-ng, whose utterances begin with digital silence: at -40 dB the
onset is at most 0.23 ms late, at -30 dB 10 ms, and at -25 dB 111 ms, where a soft fricative is not
heard at all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Samples

THRESHOLD = -40.0
"""dB relative to the loudest 5 ms."""

_SMOOTHING = 0.005
"""Seconds over which the power is averaged."""

_SILENT = 1e-4
"""Full scale: what never rises above -80 dBFS has no sound in it."""


def find_sounding(samples: Samples, rate: int, threshold: float = THRESHOLD) -> tuple[int, int]:
    """The sample at which the sound begins, and the one after its end; (0, 0) for silence.

    `threshold` is in dB relative to the loudest 5 ms.
    """
    levels = _levels(samples, rate)
    loudest = float(levels.max(initial=0.0))
    if loudest < _SILENT:
        return 0, 0
    least = loudest * 10 ** (threshold / 20)
    sounding = np.flatnonzero(levels > least)
    size = _block(rate)
    first, last = int(sounding[0]) * size, int(sounding[-1] + 1) * size
    return _refined(samples, least, first, min(last, len(samples)), size)


def _refined(
    samples: Samples, threshold: float, first: int, last: int, size: int
) -> tuple[int, int]:
    """From the blocks of 5 ms to the very samples that reach the threshold in and beside them."""
    begin = max(0, first - size)
    onset = begin + int(np.argmax(np.abs(samples[begin : first + size]) >= threshold))
    tail = np.abs(samples[last - size : last + size]) >= threshold
    return onset, last - size + int(np.flatnonzero(tail)[-1]) + 1


def _levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """The root mean square of each 5 ms."""
    size = _block(rate)
    whole = len(samples) // size * size
    blocks = samples[:whole].reshape(-1, size)
    powers = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64) / size
    rest = samples[whole:]
    levels: npt.NDArray[np.float64] = np.sqrt(np.append(powers, float(rest @ rest) / size))
    return levels


def _block(rate: int) -> int:
    return max(1, round(_SMOOTHING * rate))
