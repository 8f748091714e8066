"""`Clip`: samples with their rate, and where in them the sound is."""

from __future__ import annotations

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
