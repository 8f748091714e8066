"""What was heard in a file, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio import Channels, Samples
from voiceguide.audio.meter import NEAR_PEAK, oversampled_stretches
from voiceguide.lengths import samples

# ── what was heard in a file, as plain data ──────────────────────────────────


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


# ── the levels of a file, gathered cell by cell as it is decoded, and its true peak


_OVERLAP = 256
"""Samples that are looked at twice, so that a peak between two pieces is seen."""

_EDGE = 64
"""Samples at each end that the curve between samples reaches over."""


class CellsOf:
    """Cells of a mono sound that comes in pieces."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._before = np.zeros(2, np.float32)
        self._rows: list[Cells] = []

    def add(self, mono: Cells) -> None:
        """Take in what comes next."""
        sound = np.concatenate([self._rest, mono])
        whole = len(sound) // CELL * CELL
        self._rest = sound[whole:]
        if whole:
            self._measure(sound[:whole])

    def finish(self) -> Cells:
        """Powers, lowest, highest and sharpness, a column each; a last cell that is not full counts
        as if silence followed."""
        if len(self._rest):
            self._measure(np.pad(self._rest, (0, CELL - len(self._rest))))
            self._rest = self._rest[:0]
        return np.concatenate(self._rows) if self._rows else np.zeros((0, 4), np.float32)

    def _measure(self, sound: Cells) -> None:
        if not sound.any() and not self._before.any():
            self._rows.append(np.zeros((len(sound) // CELL, 4), np.float32))
            return
        cells = sound.reshape(-1, CELL)
        bends = np.abs(np.diff(np.concatenate([self._before, sound]), 2)).reshape(-1, CELL)
        powers = np.einsum("ij,ij->i", cells, cells) / CELL
        row = (powers, cells.min(axis=1), cells.max(axis=1), bends.max(axis=1))
        self._rows.append(np.stack(row, axis=1).astype(np.float32))
        self._before = sound[-2:]


class PeakOf:
    """The true peak of all channels of a sound that comes in pieces."""

    def __init__(self) -> None:
        self.highest = 0.0
        """Full scale 1."""
        self._before: Channels | None = None

    def add(self, piece: Channels) -> None:
        """Take in what comes next."""
        joined = piece if self._before is None else np.concatenate([self._before, piece])
        self._before = joined[-_OVERLAP:]
        # a sample hides no peak above it by more than 8 dB: see `audio.meter`
        if float(np.abs(joined).max(initial=0.0)) > 0.4 * self.highest:
            self.highest = max(self.highest, *map(_inner_peak, joined.T))


def _inner_peak(channel: Samples) -> float:
    """The true peak of a piece, full scale 1, but for the curve at its ends.

    A sound is cut off there, and the curve would swing; the next piece holds these samples, too.
    """
    sound = np.ascontiguousarray(channel)
    highest = float(np.abs(sound).max(initial=0.0))
    peak = highest
    for start, peaks in oversampled_stretches(sound, highest * NEAR_PEAK):
        first, last = max(0, _EDGE - start), max(0, len(sound) - _EDGE - start)
        peak = max(peak, float(peaks[first:last].max(initial=0.0)))
    return peak
