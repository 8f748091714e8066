"""What was heard in a file, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.lengths import samples

CELL = samples(0.01)
"""Samples of a cell, 10 ms: levels are known of each."""

Cells = npt.NDArray[np.float32]
"""A figure for each cell of the file, shape (n,)."""


@dataclass(frozen=True, slots=True)
class HeardSound:
    """A sound as it was found in the file; times in samples."""

    late: int
    """Samples after its time; below zero, it came early."""
    drift: int
    """By how much its end is later than that."""
    alike: float
    """To what was planned: 1 is the same."""
    loudness: float
    """LUFS, mono; of a sound into which others ring, by its excerpts."""
    peak: float
    """dBFS: the largest sample."""
    sharpness: float
    """The largest second difference, in dBFS."""
    alone: bool
    """Whether nothing else was to be heard with it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A decoded file. Of several channels, cells hold the mean of the samples."""

    rate: int
    """Hz, of the file; all else is measured at `lengths.SAMPLE_RATE`."""
    channels: int
    codec: str
    """`MP3`, `AAC`, …"""
    length: int
    """Samples."""
    peak: float
    """dBTP, the highest of all channels."""
    powers: Cells
    """The mean square."""
    lowest: Cells
    highest: Cells
    """The least and the greatest sample."""
    sharpness: Cells
    """The largest second difference; full scale 1."""
    sounds: tuple[HeardSound | None, ...]
    """One for each moment of the promise; None for a silence, and for what was not found."""
