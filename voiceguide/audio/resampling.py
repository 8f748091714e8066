"""Resampling by the Fourier transform, in overlapping pieces.

The spectrum is cut or extended at the lower of the two Nyquist frequencies, with a soft edge below
it so that nothing rings across a clip's ends. In between, nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import floor, gcd

import numpy as np

from voiceguide.audio.clip import Channels, Samples

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
