"""`Blocks`: the samples of a whole session, read by encoders and players, any span at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from voiceguide.audio.clip import Channels
from voiceguide.audio.loops import Loop

Block = npt.NDArray[np.int16]
"""Samples of shape (n,) if the session is mono, (n, 2) if it is stereo, left first."""

Span = tuple[int, int]
"""[start, stop) in samples."""


class Steady(Struct, frozen=True):
    """A loop at a constant gain: sample n of the session is sample n of the loop, repeated."""

    loop: Loop
    gain: float
    """A factor."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), which may be outside the session."""
        return to_16_bit(self.loop.read(start, stop) * np.float32(self.gain))

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""
        return f"{self.loop.key} {self.gain!r} {start % self.loop.length} {stop - start}"


class Ground(Protocol):
    """The sound of a session outside its spans, which is only a loop."""

    def at(self, position: int) -> Steady:
        """The loop that sounds from a sample outside the spans until the next span."""


class Blocks(Protocol):
    """The samples of a whole session; they are the same to the bit however they are read."""

    @property
    def length(self) -> int:
        """Length of the session, in samples."""

    @property
    def channels(self) -> int:
        """1 or 2."""

    @property
    def spans(self) -> Sequence[Span]:
        """The spans in which clips sound or the ground's gain moves: sorted, disjoint."""

    @property
    def ground(self) -> Ground | None:
        """The sound outside the spans; None is digital silence."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), which must be within the session."""

    def key(self, start: int, stop: int) -> str:
        """A key of the samples in [start, stop): equal keys mean equal samples."""


def to_16_bit(sound: Channels) -> Block:
    """Round samples of full scale ±1 to 16 bits and clip them; one channel becomes shape (n,)."""
    scaled = sound * np.float32(32768)
    np.rint(scaled, out=scaled)
    block: Block = np.clip(scaled, -32768, 32767, out=scaled).astype(np.int16)
    return block[:, 0] if block.shape[1] == 1 else block


# ── joining spans ────────────────────────────────────────────────────────────


def joined(spans: Iterable[Span], near: int = 0) -> Iterator[Span]:
    """Sort spans and join those that overlap or are at most `near` samples apart; drop empty
    ones."""
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


# ── an excerpt of a session as blocks, such as a chapter that becomes a file ──


FADE = 480
"""Length of the fades at a cut, in samples, 10 ms: they avoid clicks; a silent end is not faded."""


class ExcerptBlocks:
    """The samples [start, stop) of a session as `Blocks`, faded at the cuts."""

    def __init__(self, whole: Blocks, start: int, stop: int) -> None:
        if not 0 <= start < stop <= whole.length:
            raise ValueError(f"[{start}, {stop}) is not a stretch of {whole.length} samples")
        self.length = stop - start
        self.channels = whole.channels
        self.ground: Ground | None = _ShiftedGround(whole.ground, start) if whole.ground else None
        self._whole, self._start = whole, start
        self._fades = tuple(_fades(whole, start, stop))
        self.spans = tuple(joined((*self._clipped(), *self._fades)))

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop)."""
        block = self._whole.read(self._start + start, self._start + stop)
        for fade in self._fades:
            block = _faded(block, start, fade, rising=fade[0] == 0)
        return block

    def key(self, start: int, stop: int) -> str:
        """The session's key, and the fades in [start, stop)."""
        near = [(first - start, last - start) for first, last in self._fades]
        heard = [fade for fade in near if fade[0] < stop - start and fade[1] > 0]
        key = self._whole.key(self._start + start, self._start + stop)
        return f"{key} faded {heard}" if heard else key

    def _clipped(self) -> Iterator[Span]:
        for first, last in self._whole.spans:
            yield max(0, first - self._start), min(self.length, last - self._start)


def _fades(whole: Blocks, start: int, stop: int) -> Iterator[Span]:
    """Yield the fades of an excerpt, in its samples: at each end that is a cut and not silent."""
    length = stop - start
    size = min(FADE, length // 2)
    if start > 0 and whole.read(start, start + size).any():
        yield 0, size
    if stop < whole.length and whole.read(stop - size, stop).any():
        yield length - size, length


def _faded(block: Block, at: int, fade: Span, *, rising: bool) -> Block:
    """Apply a fade, half a cosine, to its part of a block that begins at the sample `at`."""
    first, last = max(at, fade[0]), min(at + len(block), fade[1])
    if first >= last:
        return block
    phase = (np.arange(first, last) - fade[0] + 0.5) / (fade[1] - fade[0])
    gain = 0.5 - 0.5 * np.cos(np.pi * (phase if rising else 1 - phase))
    faded = block.copy()
    part = slice(first - at, last - at)
    shaped = gain if block.ndim == 1 else gain[:, None]
    faded[part] = np.rint(block[part] * shaped).astype(np.int16)
    return faded


class _ShiftedGround(Struct):
    """The ground of an excerpt that begins at the sample `start` of the session."""

    whole: Ground
    start: int
    _turned: dict[str, Loop] = field(default_factory=dict)
    """The shifted loops, by the keys of the session's loops."""

    def at(self, position: int) -> Steady:
        steady = self.whole.at(self.start + position)
        loop, gain = steady.loop, steady.gain
        if loop.key not in self._turned:
            self._turned[loop.key] = loop.begun_at(self.start % loop.length)
        return Steady(self._turned[loop.key], gain)
