"""Resampling by the Fourier transform: of a whole clip, or of a long sound in overlapping pieces.

The spectrum is cut or extended at the lower of the two Nyquist frequencies, with a soft edge below
it so that nothing rings across a clip's ends. In between, nothing is interpolated.
"""

from __future__ import annotations

from math import gcd

import numpy as np

from voiceguide.audio.clip import Samples

_EDGE = 0.95
"""Where the soft edge begins, as a part of the lower Nyquist frequency."""

_SILENCE = 0.05
"""Seconds of silence at both ends, and of overlap between pieces, for the filter's tails."""

_PIECE = 30
"""Seconds: longer sounds are done in pieces, so that memory stays small."""


def resampled_length(count: int, rate: int, to_rate: int) -> int:
    """How many samples `count` samples become, to the nearest one (halves up)."""
    return (2 * count * to_rate + rate) // (2 * rate)


def resample(samples: Samples, rate: int, to_rate: int) -> Samples:
    """The same sound at another rate, both in Hz; its first sample stays in place."""
    if rate == to_rate or not len(samples):
        return samples
    unit = rate // gcd(rate, to_rate)  # so many samples become a whole number of new ones
    margin = _up_to(round(_SILENCE * rate), unit)
    step = _up_to(_PIECE * rate, unit)
    out = np.zeros(resampled_length(len(samples), rate, to_rate), np.float32)
    for start in range(0, len(samples), step):
        piece = _piece(samples, start - margin, min(start + step, len(samples)) + margin, unit)
        new = _transform(piece, rate, to_rate)[margin * to_rate // rate :]
        first = start * to_rate // rate
        last = min(first + step * to_rate // rate, len(out))
        out[first:last] = new[: last - first]
    return out


def _piece(samples: Samples, start: int, stop: int, unit: int) -> Samples:
    """[start, stop) of a sound that has silence on both sides, filled up to whole units."""
    piece = np.zeros(unit * _round_number(-(-(stop - start) // unit)), np.float32)
    inside = samples[max(start, 0) : stop]
    offset = max(-start, 0)
    piece[offset : offset + len(inside)] = inside
    return piece


def _transform(piece: Samples, rate: int, to_rate: int) -> Samples:
    """Resample a piece whose new length is a whole number."""
    new_length = len(piece) * to_rate // rate
    spectrum = np.fft.rfft(piece.astype(np.float64))
    bins = min(len(spectrum), new_length // 2 + 1)
    shaped = np.zeros(new_length // 2 + 1, np.complex128)
    shaped[:bins] = spectrum[:bins] * _soft_edge(bins)
    return (np.fft.irfft(shaped, new_length) * (to_rate / rate)).astype(np.float32)


def _soft_edge(bins: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """One, and then half a cosine down to zero."""
    position = np.linspace(0, 1, bins)
    ramp = np.clip((position - _EDGE) / (1 - _EDGE), 0, 1)
    return (1 + np.cos(np.pi * ramp)) / 2


def _round_number(count: int) -> int:
    """At least `count`, and a small number times a power of two: quick to transform."""
    return _up_to(count, 1 << max(0, count.bit_length() - 4))


def _up_to(count: int, unit: int) -> int:
    """The next multiple of `unit`."""
    return -(-count // unit) * unit
