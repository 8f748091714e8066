"""`Clip`: samples with their rate, and where in them the sound is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import floor, gcd

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Samples = npt.NDArray[np.float32]
"""Mono, shape (n,), full scale is ±1.0."""

Channels = npt.NDArray[np.float32]
"""Shape (n, 1) or (n, 2), left first; full scale is ±1.0."""


class Clip(Struct, frozen=True, eq=False):
    """A spoken text, a chime, a piece of a bed."""

    samples: Samples
    rate: int
    """Hz."""
    onset: int
    """The sample at which its sound starts."""
    end: int
    """The sample after the last that sounds; `end - onset` is the length in a timeline."""
    loudness: float
    """LUFS by BS.1770, mono; minus infinity for silence."""

    @property
    def sounding(self) -> int:
        """Samples from the start of the sound to its end."""
        return self.end - self.onset


# ── 16-bit samples, for storage ──────────────────────────────────────────────


_FULL_SCALE = 32_768


def quantised(samples: Samples) -> npt.NDArray[np.int16]:
    """The samples rounded to 16 bits; values beyond full scale are clipped."""
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    whole: npt.NDArray[np.int16] = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2")
    return whole


def unquantised(kept: bytes) -> Samples:
    """Convert 16-bit samples, little-endian, to floats."""
    return np.frombuffer(kept, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)


# ── where in the samples the sound is ────────────────────────────────────────


THRESHOLD = -40.0
"""dB relative to the loudest 5 ms."""

_SMOOTHING = 0.005
"""Seconds over which the power is averaged."""

_SILENT = 1e-4
"""Full scale: samples that never rise above this, -80 dBFS, are silence."""


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
    """Refine blocks of 5 ms to the exact samples that reach the threshold, in or beside them."""
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


# ── the ends of a clip, without silence and without clicks ───────────────────


LEAD, TAIL = 0.010, 0.060
"""Seconds that are kept before the sound and after it: room for its quietest parts."""


def trim(samples: Samples, rate: int, end_threshold: float = THRESHOLD) -> Samples:
    """Trim a sound to a short lead and tail, fade it in and out there, and remove its offset.

    It ends where it last falls below `end_threshold` dB relative to its loudest 5 ms. Silence is
    returned unchanged.
    """
    onset, end = find_sounding(samples, rate)
    if end_threshold != THRESHOLD:
        _, end = find_sounding(samples, rate, end_threshold)
    lead, tail = round(LEAD * rate), round(TAIL * rate)
    if end == onset:
        return samples
    out = np.zeros(lead + end - onset + tail, np.float32)
    before = min(lead, onset)
    kept = samples[onset - before : end + tail]
    out[lead - before : lead - before + len(kept)] = kept
    out -= out.mean(dtype=np.float64)
    out[:lead] *= rise(lead)
    out[-tail:] *= rise(tail)[::-1]
    return out


def rise(count: int) -> Samples:
    """A half-cosine fade from 0 to 1, `count` samples long."""
    return ((1 - np.cos(np.pi * np.arange(count) / max(1, count))) / 2).astype(np.float32)


# ── resampling by the Fourier transform, in overlapping pieces ────────────────


_EDGE = 0.95
"""Where the soft edge begins, as a share of the lower Nyquist frequency."""

_SILENCE = 0.05
"""Seconds of silence at both ends, and of overlap between pieces, for the filter's tails."""

_PIECE = 0.75
"""Seconds per transform: short ones are quick, since they fit a processor's cache."""


def resampled_length(count: int, rate: int, to_rate: int) -> int:
    """How many samples `count` samples become, to the nearest one (halves up)."""
    return (2 * count * to_rate + rate) // (2 * rate)


def resample(samples: Samples, rate: int, to_rate: int) -> Samples:
    """Resample a sound, with both rates in Hz; its first sample stays in place."""
    if rate == to_rate or not len(samples):
        return samples
    unit = rate // gcd(rate, to_rate)  # this many samples become a whole number of new ones
    margin = _up_to(round(_SILENCE * rate), unit)
    step = _up_to(round(_PIECE * rate), unit)
    out = np.zeros(resampled_length(len(samples), rate, to_rate), np.float32)
    for start in range(0, len(samples), step):
        piece = _piece(samples, start - margin, min(start + step, len(samples)) + margin, unit)
        new = _transform(piece, rate, to_rate)[margin * to_rate // rate :]
        first = start * to_rate // rate
        last = min(first + step * to_rate // rate, len(out))
        out[first:last] = new[: last - first]
    return out


def _piece(samples: Samples, start: int, stop: int, unit: int) -> Samples:
    """The samples of [start, stop), with silence outside the sound, padded to whole units."""
    piece = np.zeros(unit * round_number(-(-(stop - start) // unit)), np.float32)
    inside = samples[max(start, 0) : stop]
    offset = max(-start, 0)
    piece[offset : offset + len(inside)] = inside
    return piece


def _transform(piece: Samples, rate: int, to_rate: int) -> Samples:
    """Resample a piece whose new length is a whole number."""
    new_length = len(piece) * to_rate // rate
    spectrum = np.fft.rfft(piece)  # in single precision: errors are 140 dB down
    bins = min(len(spectrum), new_length // 2 + 1)
    shaped = np.zeros(new_length // 2 + 1, np.complex64)
    shaped[:bins] = spectrum[:bins]
    edge = _soft_edge(bins)
    shaped[bins - len(edge) : bins] *= edge
    shaped *= np.float32(to_rate / rate)
    return np.fft.irfft(shaped, new_length).astype(np.float32, copy=False)


@lru_cache(maxsize=16)
def _soft_edge(bins: int) -> Samples:
    """Gains that fall from one to zero over the last of `bins`, from `_EDGE` on.

    Their first three derivatives are zero at both ends, so that ringing dies away soon.
    """
    at = (np.arange(floor(_EDGE * (bins - 1)), bins) / (bins - 1) - _EDGE) / (1 - _EDGE)
    t = np.clip(at, 0, 1)
    return (1 - t**4 * (35 - 84 * t + 70 * t**2 - 20 * t**3)).astype(np.float32)


def round_number(count: int) -> int:
    """The next small number times a power of two, from `count` on: quick to transform."""
    return _up_to(count, 1 << max(0, count.bit_length() - 4))


def _up_to(count: int, unit: int) -> int:
    """The next multiple of `unit`."""
    return -(-count // unit) * unit


# ── a sound that comes in pieces ─────────────────────────────────────────────


_AROUND = 1
"""Seconds before and after a piece that are resampled with it, for the filter's tails."""

_STEP = 10
"""Seconds that are resampled in one step."""


def resampled_pieces(pieces: Iterable[Channels], rate: int, to_rate: int) -> Iterator[Channels]:
    """Resample a sound that comes in pieces; its first sample stays in place."""
    return iter(pieces) if rate == to_rate else _resampled(pieces, rate, to_rate)


def _resampled(pieces: Iterable[Channels], rate: int, to_rate: int) -> Iterator[Channels]:
    before, rates = 0, (rate, to_rate)
    waiting = np.zeros((0, 1), np.float32)
    for piece in pieces:
        waiting = np.concatenate([waiting, piece]) if len(waiting) else piece
        while len(waiting) >= before + (_STEP + _AROUND) * rate:
            yield _middle(waiting[: before + (_STEP + _AROUND) * rate], rates, before, _STEP * rate)
            waiting = waiting[before + (_STEP - _AROUND) * rate :]
            before = _AROUND * rate
    yield _middle(waiting, rates, before, max(0, len(waiting) - before))


def _middle(waiting: Channels, rates: tuple[int, int], before: int, count: int) -> Channels:
    """The `count` samples after `before`, at the new rate."""
    rate, to_rate = rates
    columns = [resample(np.ascontiguousarray(one), rate, to_rate) for one in waiting.T]
    start, stop = (round(at * to_rate / rate) for at in (before, before + count))
    return np.stack(columns, axis=1)[start:stop]
