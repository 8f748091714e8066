"""Clips mixed at their places."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from voiceguide.audio import Clip
from voiceguide.render.blocks import Block, Ground, Span, to_16_bit
from voiceguide.sequence import Source
from voiceguide.timeline import Timeline

ClipOf = Callable[[Source], Clip]
"""Gives the clip of a source; it may decode it each time, so that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip's samples at [start, stop) of the session; it may begin before it or end after."""

    start: int
    stop: int
    source: Source
    name: str
    """Of what it sounds like: equal names mean equal samples."""


class Mix:
    """A session as blocks: what is placed, summed up, and cut to its length."""

    def __init__(self, placed: Iterable[Placed], length: int, clip_of: ClipOf) -> None:
        self.length = length
        self.channels = 1
        self.ground: Ground | None = None
        self._clip_of = clip_of
        self._placed = sorted(placed, key=lambda one: one.start)
        self._starts = [one.start for one in self._placed]
        self._longest = max((one.stop - one.start for one in self._placed), default=0)
        self.spans = tuple(_merged(self._placed, length))

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), rounded to 16 bits; more than full scale is cut off."""
        sum_ = np.zeros((stop - start, self.channels), dtype=np.float32)
        for one in self._between(start, stop):
            first, last = max(start, one.start), min(stop, one.stop)
            samples = self._clip_of(one.source).samples
            heard = samples[first - one.start : last - one.start]
            sum_[first - start : last - start] += heard[:, None]
        return to_16_bit(sum_)

    def key(self, start: int, stop: int) -> str:
        """A digest of the clips in [start, stop) and of where they stand in it."""
        parts = (f"{one.start - start}:{one.name}" for one in self._between(start, stop))
        text = "\n".join((str(stop - start), *parts))
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()

    def _between(self, start: int, stop: int) -> Iterator[Placed]:
        first = bisect_right(self._starts, start - self._longest)
        last = bisect_left(self._starts, stop)
        return (one for one in self._placed[first:last] if one.stop > start)


def render(timeline: Timeline, clip_of: ClipOf) -> Mix:
    """The blocks of a timeline; each sound begins to be heard at its event's position."""
    shapes = {source: _Shape.of(clip_of(source)) for source in timeline.sources()}
    placed = (
        shapes[event.source].at(event.position, event.source)
        for event in timeline.events
        if event.source
    )
    return Mix(placed, timeline.length, clip_of)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is known of a clip without its samples."""

    onset: int
    length: int
    name: str

    @classmethod
    def of(cls, clip: Clip) -> _Shape:
        name = hashlib.blake2b(clip.samples.tobytes(), digest_size=16).hexdigest()
        return cls(clip.onset, len(clip.samples), name)

    def at(self, position: int, source: Source) -> Placed:
        start = position - self.onset
        return Placed(start, start + self.length, source, self.name)


def _merged(placed: Iterable[Placed], length: int) -> Iterator[Span]:
    current: Span | None = None
    for one in placed:
        start, stop = max(0, one.start), min(length, one.stop)
        if current and start <= current[1]:
            current = (current[0], max(current[1], stop))
        elif stop > start:
            if current:
                yield current
            current = (start, stop)
    if current:
        yield current
