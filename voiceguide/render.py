"""A timeline's blocks of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.int16]
"""Mono, shape (n,)."""


class Blocks(Protocol):
    """What encoders and players read: a whole session, any stretch of it at a time."""

    @property
    def length(self) -> int:
        """Samples in all."""

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where it sounds: sorted, disjoint [start, stop) in samples; zeros elsewhere."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), which lies within the session."""

    def key(self, start: int, stop: int) -> str:
        """Names what is read in [start, stop): equal keys mean equal samples."""
