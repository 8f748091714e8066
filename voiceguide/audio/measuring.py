"""From samples to a `Clip`."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.clip import Clip, Samples
from voiceguide.audio.loudness import loudness
from voiceguide.audio.sounding import find_sounding


def measured(samples: Samples, rate: int) -> Clip:
    """The clip of these samples, mono, at `rate` Hz; silence counts as sounding for all of it."""
    onset, end = find_sounding(samples, rate)
    if end == onset:
        return Clip(samples, rate, 0, len(samples), -np.inf)
    return Clip(samples, rate, onset, end, loudness(samples, rate))
