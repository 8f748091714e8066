"""The ends of a clip: no silence to wait for, and no click."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.clip import Samples
from voiceguide.audio.sounding import THRESHOLD, find_sounding

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
    out[:lead] *= _rise(lead)
    out[-tail:] *= _rise(tail)[::-1]
    return out


def _rise(count: int) -> Samples:
    """Half a cosine from 0 up to 1."""
    return ((1 - np.cos(np.pi * np.arange(count) / count)) / 2).astype(np.float32)
