"""`Blocks`: what encoders and players read, a whole session, any stretch of it at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.audio import Channels, Loop

# ── `Blocks`: what encoders and players read, a whole session, any stretch of it at a time


Block = npt.NDArray[np.int16]
"""Shape (n,) where the session is mono, (n, 2) where it is stereo, left first."""

Span = tuple[int, int]
"""[start, stop) in samples."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A loop at a gain that holds still: sample n of the session is sample n of the loop."""

    loop: Loop
    gain: float
    """A factor."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), which may lie outside of the session."""
        return to_16_bit(self.loop.read(start, stop) * np.float32(self.gain))

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""
        return f"{self.loop.key} {self.gain!r} {start % self.loop.length} {stop - start}"


class Ground(Protocol):
    """What sounds outside of the spans of a session, where nothing but a loop does."""

    @property
    def period(self) -> int:
        """Samples of the loop: a whole number of MP3 frames."""

    def at(self, position: int) -> Steady:
        """The loop as it sounds at a sample outside of the spans, and on to the next span."""


class Blocks(Protocol):
    """A whole session; what is equal is the same to the bit, however it is read."""

    @property
    def length(self) -> int:
        """Samples in all."""

    @property
    def channels(self) -> int:
        """1 or 2."""

    @property
    def spans(self) -> Sequence[Span]:
        """Where something sounds, or the ground's gain moves: sorted, disjoint."""

    @property
    def ground(self) -> Ground | None:
        """What sounds outside of the spans; None is digital silence."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), which lies within the session."""

    def key(self, start: int, stop: int) -> str:
        """Names what is read in [start, stop): equal keys mean equal samples."""


def to_16_bit(sound: Channels) -> Block:
    """Samples of full scale ±1, rounded; mono where there is one channel, (n, 1).

    More than full scale is cut off.
    """
    block: Block = np.clip(np.rint(sound * np.float32(32768)), -32768, 32767).astype(np.int16)
    return block[:, 0] if block.shape[1] == 1 else block


# ── spans of samples, joined ─────────────────────────────────────────────────


def joined(spans: Iterable[Span], near: int = 0) -> Iterator[Span]:
    """Spans in any order as sorted, disjoint ones; those at most `near` samples apart are one."""
    current: Span | None = None
    for start, stop in sorted(spans):
        if stop <= start:
            continue
        if current and start <= current[1] + near:
            current = (current[0], max(current[1], stop))
        else:
            if current:
                yield current
            current = (start, stop)
    if current:
        yield current
