"""`Clip`: samples with their rate, and where in them the sound is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Mono, shape (n,), full scale is ±1.0."""

Channels = npt.NDArray[np.float32]
"""Shape (n, 1) or (n, 2), left first; full scale is ±1.0."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
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
