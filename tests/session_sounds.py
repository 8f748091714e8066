"""Sessions for tests: sounds at known samples, in silence, as `Blocks`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt

from voiceguide.render import Block, Ground

RATE = 48_000


@dataclass
class Session:
    """`Blocks` of sounds that begin at given samples; it remembers what was read."""

    length: int
    sounds: Mapping[int, Block]
    reads: list[tuple[int, int]] = field(default_factory=list)
    channels: int = 1
    ground: Ground | None = None

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        return [(at, at + len(sound)) for at, sound in sorted(self.sounds.items())]

    def read(self, start: int, stop: int) -> Block:
        assert 0 <= start <= stop <= self.length, (start, stop, self.length)
        self.reads.append((start, stop))
        return self._mixed(start, stop)

    def key(self, start: int, stop: int) -> str:
        return hashlib.sha256(self._mixed(start, stop).tobytes()).hexdigest()

    def whole(self) -> Block:
        return self._mixed(0, self.length)

    def _mixed(self, start: int, stop: int) -> Block:
        block = np.zeros(stop - start, np.int16)
        for at, sound in self.sounds.items():
            first, last = max(at, start), min(at + len(sound), stop)
            if first < last:
                block[first - start : last - start] = sound[first - at : last - at]
        return block


def speech(count: int, seed: int = 1) -> Block:
    """Sound that is to an encoder what speech is: voiced syllables, breath between them."""
    noise = np.random.default_rng(seed)
    seconds = np.arange(count) / RATE
    pitch = 110 + 25 * np.sin(2 * np.pi * 0.7 * seconds + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voiced = reduce(np.add, (np.sin(k * phase) / k**1.2 for k in range(1, 30)))
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * seconds + seed), 0, 1) ** 0.5
    breath = noise.standard_normal(count) * 0.15
    return _to_16_bit((voiced * syllables + breath) * 4500)


def burst(count: int, seed: int = 1) -> Block:
    """Noise below 8 kHz, whose place in a decoded file can be found to the sample."""
    white = np.random.default_rng(seed).standard_normal(count + 64)
    kernel = np.sinc(np.arange(-32, 33) / 3) * np.hanning(65)
    return _to_16_bit(np.convolve(white, kernel, "valid") * 4500)


def _to_16_bit(sound: npt.NDArray[np.float64]) -> Block:
    return np.clip(sound, -32767, 32767).astype(np.int16)
