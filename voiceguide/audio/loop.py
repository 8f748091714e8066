"""`Loop`: a sound that goes on for as long as it is wanted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from voiceguide.audio.clip import Channels

LOOP_UNIT = 1_152
"""Samples: a loop is a whole number of these, each one frame of an MP3 at 48 kHz."""


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A bed: a periodic sound at 48 kHz, whose first sample follows on its last."""

    samples: Channels
    """One or two channels, left first; a whole number of `LOOP_UNIT`s."""
    key: str
    """A digest of the samples: equal keys mean equal samples."""

    def __post_init__(self) -> None:
        shape, kind = self.samples.shape, self.samples.dtype
        if len(shape) != 2 or shape[1] not in (1, 2) or kind != np.float32:
            raise ValueError(f"a loop has one or two channels of float32, not {shape} of {kind}")
        if not shape[0] or shape[0] % LOOP_UNIT:
            raise ValueError(f"a loop of {shape[0]} samples is no whole number of {LOOP_UNIT}")

    @classmethod
    def of(cls, samples: Channels) -> Loop:
        """The loop of samples that are periodic already.

        Raises:
            ValueError: they have the wrong shape, type or length.
        """
        digest = hashlib.blake2b(np.ascontiguousarray(samples).tobytes(), digest_size=20)
        return cls(samples, f"{digest.hexdigest()}-{samples.shape[-1]}")

    @property
    def length(self) -> int:
        """Samples of one period."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """1 or 2."""
        return int(self.samples.shape[1])

    def read(self, start: int, stop: int) -> Channels:
        """What sounds in [start, stop), counted from where the loop was first begun."""
        return self.samples.take(np.arange(start, stop) % self.length, axis=0)
