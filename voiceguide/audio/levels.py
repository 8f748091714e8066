"""Loudness meters, gain, and a limiter that looks ahead, so that no peak is ever clipped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache, reduce

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Channels, Clip, Samples, find_sounding, round_number

# ── how loud a sound is: the meters of ITU-R BS.1770-4, for one channel or two


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
"""The absolute gate in LUFS; the relative gate in LU, against the mean of what passed the first."""

_HOPS_A_SECOND = 10
_HOPS_A_BLOCK = 4
_PIECE = 7
"""Hops that are filtered in one piece: an hour needs no more memory than a second."""

_LEAD = 1
"""Hops before a piece, in which the filters' tails die away: at 38 Hz by 200 dB in 0.1 s."""

_OVERSAMPLING = 4
NEAR_PEAK = 0.4
"""Samples below this share of a peak hide no higher one: between its samples, even white noise
rises 6.4 dB at most (the worst of 1,500), and a voice hardly at all."""

_HALF = 32
"""Samples on each side from which a point of the curve is interpolated."""

STRETCH = 1 << 15
"""Samples that are examined in one piece."""

_ROWS = 1 << 12
"""Points of the curve that are interpolated at once, each from `2 * _HALF` samples: a megabyte."""


def loudness(samples: Samples | Channels, rate: int) -> float:
    """Integrated, gated loudness in LUFS; minus infinity for silence.

    The powers of two channels, shape (n, 2), are summed, as in the standard: the same sound on both
    reads 3.01 LU more than on one. A sound shorter than one block of 400 ms is measured as if
    silence followed.
    """
    return _gated(block_powers(samples, rate))


def momentary(samples: Samples | Channels, rate: int) -> float:
    """The loudness of the loudest 400 ms, in LUFS."""
    return in_lufs(float(block_powers(samples, rate).max()))


def block_powers(samples: Samples | Channels, rate: int) -> Reals:
    """The K-weighted mean square of every block of 400 ms; a block begins every 100 ms."""
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
    """The true peak in dBTP, by fourfold oversampling."""
    highest = max(-float(samples.min()), float(samples.max())) if len(samples) else 0.0
    stretches = oversampled_stretches(samples, highest * NEAR_PEAK)
    peak = max((float(peaks.max()) for _, peaks in stretches), default=0.0)
    return 20 * float(np.log10(peak)) if peak > 0 else -np.inf


def oversampled_stretches(samples: Samples, floor: float) -> Iterator[tuple[int, Samples]]:
    """Every stretch with a sample above `floor`: its start, and the peak at each of its samples.

    That peak is the largest of the sample and the three points of the curve after it.
    """
    for start in range(0, len(samples), STRETCH):
        peaks = np.abs(samples[start : start + STRETCH + 1])
        high = peaks > floor
        # the curve is not high between two samples that are both low
        high[:-1] |= high[1:]
        peaks, at = peaks[:STRETCH], np.flatnonzero(high[:STRETCH])
        if len(at):
            peaks[at] = np.maximum(peaks[at], _between(samples, start + at))
            yield start, peaks


def _between(samples: Samples, at: npt.NDArray[np.int64]) -> Samples:
    """The largest of the three points of the band-limited curve after each of these samples."""
    first, last = int(at[0]) - _HALF + 1, int(at[-1]) + _HALF + 1
    around = np.zeros(last - first, np.float32)  # with silence before and after
    inside = samples[max(0, first) : last]
    around[max(0, -first) :][: len(inside)] = inside
    rows = np.lib.stride_tricks.sliding_window_view(around, 2 * _HALF)
    highest = np.empty(len(at), np.float32)
    for some in range(0, len(at), _ROWS):
        here = slice(some, some + _ROWS)
        points = _kernel().T @ rows[at[here] - at[0]].T
        highest[here] = np.abs(points, out=points).max(axis=0)
    return highest


@cache
def _kernel() -> npt.NDArray[np.float32]:
    """The filter for the points a quarter, a half and three quarters after a sample.

    A sinc under a Kaiser window, shape (2 * `_HALF`, 3): accurate to 0.01 dB up to 0.9 of the
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
    """The K-weighted energy of each whole hop of 100 ms, a piece at a time."""
    hops = len(samples) // hop
    size = round_number((_LEAD + _PIECE) * hop)
    for first in range(0, hops, _PIECE):
        last = min(first + _PIECE, hops)
        piece = np.zeros(size, np.float32)
        taken = samples[max(0, first - _LEAD) * hop : last * hop]
        lead = max(0, _LEAD - first) * hop
        piece[lead : lead + len(taken)] = taken
        # the filters' tail wraps around from the end of a piece to its lead, which is dropped
        weighted = np.fft.irfft(np.fft.rfft(piece) * _response(size, rate), size)
        sounding = weighted[_LEAD * hop : (_LEAD + last - first) * hop].reshape(-1, hop)
        yield np.einsum("ij,ij->i", sounding, sounding, dtype=np.float64)


@lru_cache(maxsize=4)
def _response(size: int, rate: int) -> npt.NDArray[np.complex64]:
    """The frequency response of both filters for a transform of `size` samples."""
    frequencies = np.minimum(np.fft.rfftfreq(size, 1 / rate), 24_000)
    z = np.exp(-2j * np.pi * frequencies / 48_000)
    response: npt.NDArray[np.complex128] = np.ones_like(z)
    for (b0, b1, b2), (a1, a2) in (_SHELF, _HIGH_PASS):
        response *= (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return response.astype(np.complex64)


# ── gain, and a limiter that looks ahead, so that no peak is ever cut off ────


CEILING = -1.8
"""Highest peak in dBTP: leaves room for what an MP3 encoder adds, and for a bed under it."""

_LOOK_AHEAD = 0.005
"""Seconds in which the gain falls before a peak, and in which it rises again."""


_AUDIBLE = 0.2
"""LU: a line that is softer than its neighbours by more than this stands out."""

_TURNS = 4
"""How many times at most the loudness that the limiter took is restored."""

_CALM = -17.0
"""LUFS: a softer voice has peaks far apart."""

_CROWDING = 0.1
"""dB by which the ceiling is lowered for each LU above `_CALM`."""

_HARDLY = 0.002
"""dB: an excess by rounding alone is smaller."""


def amplify(samples: Samples, decibels: float) -> Samples:
    """Apply a gain in decibels."""
    return samples * np.float32(10 ** (decibels / 20))


class Levelled(Struct, frozen=True, eq=False):
    """Samples and their loudness."""

    samples: Samples
    loudness: float
    """LUFS."""


def limited(samples: Samples, rate: int, level: float) -> Levelled:
    """Limit a sound of `level` LUFS at `rate` Hz to `CEILING`, and keep its loudness if possible.

    Loudness that the limiter takes is restored and limited again, up to `_TURNS` times. A very loud
    sound gets a lower ceiling: it is at its ceiling all the time, and chimes ring on under it.
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
    """Limit the true peak to `ceiling` dBTP; a sound below that is returned unchanged."""
    highest = 10 ** (ceiling / 20)
    reach = min(max(1, round(_LOOK_AHEAD * rate)), STRETCH // 4)
    kept: Samples | None = None
    for start, gain in _needed_gains(samples, highest):
        kept = samples.copy() if kept is None else kept
        _turn_down(kept, start, gain, reach)
    if kept is None:
        return samples
    # a changing gain moves the curve between the samples by some hundredths of a decibel
    over = true_peak(kept) - ceiling
    return amplify(kept, -over) if over > _HARDLY else kept


def _needed_gains(samples: Samples, highest: float) -> Iterator[tuple[int, Reals]]:
    """Where the curve rises above `highest`: a start, and from there the gains that prevent it.

    Adjacent stretches are joined, so that at least one whole stretch lies between any two.
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
    """Apply a gain from `start` on, in place, with a smooth fall before it and a rise after it."""
    smoothed = _smoothed(np.pad(gain, 2 * reach, constant_values=1.0), reach)
    first = max(0, start - 2 * reach)
    around = samples[first : start + len(gain) + 2 * reach]
    around *= smoothed[first - start + 2 * reach :][: len(around)]


def _smoothed(gain: Reals, reach: int) -> Reals:
    """A smooth gain that is nowhere above the given one.

    The minimum within `reach` samples on either side, averaged over the same span: every value in
    an average is already low enough for the sample in its middle.
    """
    least = _running_least(np.pad(gain, 2 * reach, constant_values=1.0), 2 * reach + 1)
    sums: Reals = np.cumsum(np.concatenate(([0.0], least)))
    return (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)


def _running_least(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """The minimum of every `width` neighbours, by doubling the span."""
    span = 1
    while span < width:
        step = min(span, width - span)
        values = np.minimum(values[:-step], values[step:])
        span += step
    return values


# ── from samples to a `Clip` ─────────────────────────────────────────────────


def measured(samples: Samples, rate: int) -> Clip:
    """Measure mono samples at `rate` Hz as a clip; silence counts as sounding throughout."""
    onset, end = find_sounding(samples, rate)
    if end == onset:
        return Clip(samples, rate, 0, len(samples), -np.inf)
    return Clip(samples, rate, onset, end, loudness(samples, rate))
