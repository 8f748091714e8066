"""A gain over a session: it holds still but where it moves, and it moves smoothly."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.render.blocks import Span
from voiceguide.render.spans import joined

Factors = npt.NDArray[np.float64]
"""A gain for each sample, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one gain to another over the samples [start, stop), as half a cosine."""

    start: int
    stop: int
    before: float
    after: float

    def read(self, start: int, stop: int) -> Factors:
        """The gain in [start, stop), which lies within."""
        share = (np.arange(start, stop) - self.start + 0.5) / (self.stop - self.start)
        return self.before + (self.after - self.before) * (0.5 - 0.5 * np.cos(np.pi * share))


@dataclass(frozen=True, slots=True)
class Gain:
    """Factors; `moves` are sorted and disjoint, and each begins where the one before it ended."""

    moves: tuple[Move, ...]
    still: float = 1.0
    """Where nothing moves."""

    def __mul__(self, other: Gain) -> Product:
        """Both at once."""
        return Product((self, other))

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where it moves."""
        return tuple((move.start, move.stop) for move in self.moves)

    def at(self, position: int) -> float:
        """The gain at a sample where nothing moves."""
        index = bisect_right(self.moves, position, key=lambda move: move.start)
        return self.moves[index - 1].after if index else self._first

    def read(self, start: int, stop: int) -> Factors:
        """The gain in [start, stop)."""
        gains = np.full(stop - start, self.at(start))
        for move in self._between(start, stop):
            first, last = max(start, move.start), min(stop, move.stop)
            gains[first - start : last - start] = move.read(first, last)
            gains[last - start :] = move.after
        return gains

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal gains in [start, stop)."""
        moves = (
            f"{move.start - start} {move.stop - start} {move.before!r} {move.after!r}"
            for move in self._between(start, stop)
        )
        return "; ".join((repr(self.at(start)), *moves))

    @property
    def _first(self) -> float:
        return self.moves[0].before if self.moves else self.still

    def _between(self, start: int, stop: int) -> Iterator[Move]:
        first = bisect_right(self.moves, start, key=lambda move: move.stop)
        last = bisect_left(self.moves, stop, key=lambda move: move.start)
        return iter(self.moves[first:last])


@dataclass(frozen=True, slots=True)
class Product:
    """Several gains at once."""

    gains: tuple[Gain, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where any of them moves."""
        return tuple(joined(span for gain in self.gains for span in gain.spans))

    def at(self, position: int) -> float:
        """The gain at a sample where nothing moves."""
        return float(np.prod([gain.at(position) for gain in self.gains]))

    def read(self, start: int, stop: int) -> Factors:
        """The gain in [start, stop)."""
        gains = [gain.read(start, stop) for gain in self.gains]
        return np.asarray(np.prod(gains, axis=0), np.float64)

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal gains in [start, stop)."""
        return " | ".join(gain.key(start, stop) for gain in self.gains)
