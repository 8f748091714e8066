"""How loud a sound is: the meters of ITU-R BS.1770-4, for one channel or two.

The K weighting is applied in the frequency domain. The standard gives its two filters for 48 kHz;
what they do to a frequency is the same at every rate, so their response is computed as at 48 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache, reduce

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Channels, Samples
from voiceguide.audio.resampling import round_number

Reals = npt.NDArray[np.float64]

_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (-1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
"""Numerator, and denominator after its leading 1: BS.1770-4, annex 1, tables 1 and 2."""

_OFFSET = -0.691
"""LU: makes a 997 Hz sine at 0 dBFS read -3.01 LUFS."""

_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
"""LUFS, and LU below the mean of what passed the first gate."""

_HOPS_A_SECOND = 10
_HOPS_A_BLOCK = 4
_PIECE = 7
"""Hops that are filtered at once: an hour needs no more memory than a second."""

_LEAD = 1
"""Hops before a piece, in which the filters forget: at 38 Hz, 0.1 s are -200 dB."""

_OVERSAMPLING = 4
NEAR_PEAK = 0.4
"""Samples below this part of a peak hide none: even white noise rises 6.4 dB at most between its
samples (the worst of 1,500), and a voice hardly at all."""

_HALF = 32
"""Samples on each side from which a point of the curve is made up."""

STRETCH = 3 << 11
"""Samples that are looked at at once."""


def loudness(samples: Samples | Channels, rate: int) -> float:
    """Integrated, gated loudness in LUFS; minus infinity for silence.

    Of two channels, shape (n, 2), the powers are summed, as the standard has it: the same sound on
    both reads 3.01 LU more than on one. What is shorter than one block of 400 ms is measured as if
    silence followed.
    """
    return _gated(block_powers(samples, rate))


def momentary(samples: Samples | Channels, rate: int) -> float:
    """The loudness of the loudest 400 ms, in LUFS."""
    return in_lufs(float(block_powers(samples, rate).max()))


def block_powers(samples: Samples | Channels, rate: int) -> Reals:
    """The K-weighted mean square of every block of 400 ms, ten of them beginning each second."""
    if samples.ndim == 1:
        return _channel_powers(samples, rate)
    return reduce(np.add, (_channel_powers(channel, rate) for channel in samples.T))


def _channel_powers(samples: Samples, rate: int) -> Reals:
    hop = rate // _HOPS_A_SECOND
    shortfall = hop * _HOPS_A_BLOCK - len(samples)
    if shortfall > 0:
        samples = np.pad(samples, (0, shortfall))
    sums = np.concatenate(list(_hop_sums(samples, rate, hop)))
    blocks = np.convolve(sums, np.ones(_HOPS_A_BLOCK), "valid")
    return blocks / (hop * _HOPS_A_BLOCK)


def in_lufs(power: float) -> float:
    """A K-weighted mean square as LUFS."""
    return _OFFSET + 10 * float(np.log10(power)) if power > 0 else -np.inf


def true_peak(samples: Samples) -> float:
    """The peak between the samples too, four times oversampled, in dBTP."""
    highest = max(-float(samples.min()), float(samples.max())) if len(samples) else 0.0
    stretches = oversampled_stretches(samples, highest * NEAR_PEAK)
    peak = max((float(peaks.max()) for _, peaks in stretches), default=0.0)
    return 20 * float(np.log10(peak)) if peak > 0 else -np.inf


def oversampled_stretches(samples: Samples, floor: float) -> Iterator[tuple[int, Samples]]:
    """Where any sample is above `floor`: a stretch's start, and the peak around each sample of it.

    The peak is that of the sample and of the three points of the curve after it.
    """
    for start in range(0, len(samples), STRETCH):
        stretch = samples[start : start + STRETCH]
        if max(-float(stretch.min()), float(stretch.max())) > floor:
            peaks = np.abs(stretch)
            # no curve is high between two samples of which neither is
            high = peaks > floor
            high[:-1] |= high[1:]
            at = np.flatnonzero(high)
            peaks[at] = np.maximum(peaks[at], _between(samples, start + at))
            yield start, peaks


def _between(samples: Samples, at: npt.NDArray[np.int64]) -> Samples:
    """The highest of three points of the band-limited curve after each of these samples."""
    first, last = int(at[0]) - _HALF + 1, int(at[-1]) + _HALF + 1
    around = np.pad(
        samples[max(0, first) : last], (max(0, -first), max(0, last - len(samples)))
    )  # silence stands before and after
    rows = np.lib.stride_tricks.sliding_window_view(around, 2 * _HALF)[at - int(at[0])]
    highest: Samples = np.abs(rows @ _kernel()).max(axis=1)
    return highest


@cache
def _kernel() -> npt.NDArray[np.float32]:
    """The curve's points a quarter, a half and three quarters after a sample, from those around it.

    A sinc under a Kaiser window, shape (2 * `_HALF`, 3): right within 0.01 dB up to 0.9 of the
    Nyquist frequency.
    """
    parts = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distance = np.arange(1 - _HALF, _HALF + 1)[:, None] - parts
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (distance / _HALF) ** 2, 0, 1))) / np.i0(8.0)
    taps = np.sinc(distance) * window
    even: npt.NDArray[np.float32] = (taps / taps.sum(axis=0)).astype(np.float32)
    return even


def _gated(powers: Reals) -> float:
    loud = powers[powers > 10 ** ((_ABSOLUTE_GATE - _OFFSET) / 10)]
    if not len(loud):
        return -np.inf
    louder = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return in_lufs(float(louder.mean()))


def _hop_sums(samples: Samples, rate: int, hop: int) -> Iterator[Reals]:
    """The K-weighted energy of each hop of 100 ms, a piece at a time; a last part is left out."""
    hops = len(samples) // hop
    size = round_number((_LEAD + _PIECE) * hop)
    for first in range(0, hops, _PIECE):
        last = min(first + _PIECE, hops)
        piece = np.zeros(size, np.float32)
        taken = samples[max(0, first - _LEAD) * hop : last * hop]
        lead = max(0, _LEAD - first) * hop
        piece[lead : lead + len(taken)] = taken
        # what the filters carry over the end of a piece falls on its lead, which is dropped
        weighted = np.fft.irfft(np.fft.rfft(piece) * _response(size, rate), size)
        sounding = weighted[_LEAD * hop : (_LEAD + last - first) * hop].reshape(-1, hop)
        yield np.einsum("ij,ij->i", sounding, sounding, dtype=np.float64)


@lru_cache(maxsize=4)
def _response(size: int, rate: int) -> npt.NDArray[np.complex64]:
    """What both filters do to each frequency of a transform of `size` samples."""
    frequencies = np.minimum(np.fft.rfftfreq(size, 1 / rate), 24_000)
    z = np.exp(-2j * np.pi * frequencies / 48_000)
    response: npt.NDArray[np.complex128] = np.ones_like(z)
    for (b0, b1, b2), (a1, a2) in (_SHELF, _HIGH_PASS):
        response *= (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return response.astype(np.complex64)
