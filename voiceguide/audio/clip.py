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
    """The sample after the last that sounds; `end - onset` is what a timeline counts."""
    loudness: float
    """LUFS, as BS.1770 measures it, mono; minus infinity where nothing sounds."""

    @property
    def sounding(self) -> int:
        """Samples from the start of the sound to its end."""
        return self.end - self.onset


# ── samples of 16 bits, for keeping ──────────────────────────────────────────


_FULL_SCALE = 32_768


def quantised(samples: Samples) -> npt.NDArray[np.int16]:
    """The samples rounded to 16 bits; what is beyond full scale is cut off."""
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    whole: npt.NDArray[np.int16] = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2")
    return whole


def unquantised(kept: bytes) -> Samples:
    """The samples of 16 bits in these bytes, as floats."""
    return np.frombuffer(kept, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)


# ── where in some samples the sound is ───────────────────────────────────────


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


# ── the ends of a clip: no silence to wait for, and no click ─────────────────


LEAD, TAIL = 0.010, 0.060
"""Seconds that are kept before the sound and after it: room for its quietest parts."""


def trim(samples: Samples, rate: int, end_threshold: float = THRESHOLD) -> Samples:
    """The sound with a short lead and tail, faded in and out within them; no offset.

    It ends where it last falls below `end_threshold` dB relative to its loudest 5 ms. Silence is
    left as it is.
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
    """Half a cosine from 0 up to 1."""
    return ((1 - np.cos(np.pi * np.arange(count) / max(1, count))) / 2).astype(np.float32)
