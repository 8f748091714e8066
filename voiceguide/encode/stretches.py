"""A session on a ground, as stretches that have an encoder each, and seams between them.

    ground ─ ─ ─┬─ ─ ─ ─ ─ ─┬─ ─ ─╮ island ╭─ ─ ─ ─┬─ ─ ─ ─ ─ ─┬─ ─ ─
       pieces of the loop                     pieces of the loop, the same ones again

An island is a span in which something sounds or the ground's gain moves. Outside of islands the
loop sounds at a constant gain, and is encoded a piece at a time, each piece once. Each stretch is
encoded from some frames before its first one, so that the encoder has heard what came before,
and to some frames after its last; what is encoded twice leaves a choice of where the seam is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from voiceguide.encode.frames import DECODER_DELAY, ENCODER_DELAY, FRAME
from voiceguide.render import Block, Blocks, Ground, Steady

WARM = 4
"""Frames that an encoder is given before those that are taken of it."""

SEARCH = 6
"""Frames after the first possible one at which a seam is looked for, too."""

TAIL = 3
"""Frames that an encoder is given after those that are taken of it: it looks ahead."""

PIECE = 32
"""Frames of a loop that are encoded at once; an island goes on until one begins."""

LONGEST = 625
"""Frames, 15 s: a longer island is several stretches, so that memory stays flat."""

SEARCH_INSIDE = 40
"""Frames in which a seam inside of an island is looked for: it may have to wait for a pause."""

_REACH = ENCODER_DELAY + DECODER_DELAY + 500
"""Samples after its own first one in which a sample is still heard in a frame: the delays, and
half the length of the filter bank's window."""


class Source(Protocol):
    """What a stretch is read from: the session, or its ground."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop)."""

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of the session from an encoder of their own; it begins with the frame `begin`."""

    source: Source
    begin: int
    first: int
    """The first frame that can be taken of it."""
    latest: int
    """The last frame with which it can take over."""
    stop: int
    """The frame after the last that can be taken of it."""
    end: int
    """The sample after the last that is encoded."""

    @property
    def key(self) -> str:
        """Equal keys mean equal samples, hence equal frames, counted from `begin`."""
        return self.source.key(self.begin * FRAME, self.end)

    def read(self) -> Block:
        """All its samples."""
        return self.source.read(self.begin * FRAME, self.end)

    def warmed(self, frames: int) -> Stretch:
        """The same with another beginning: so many frames before its first one."""
        return replace(self, begin=self.first - frames)


@dataclass(frozen=True, slots=True)
class Island:
    """Frames [first, stop) in which there is more than the steady ground."""

    first: int
    stop: int
    end: int
    """The sample after its span, where the ground is steady again."""


def islands(spans: Iterable[tuple[int, int]], period: int) -> list[Island]:
    """The spans with the frames that they reach into, joined where there is no room between.

    They stop where a piece of the loop begins, which is `period` frames long. The first one is at
    the session's beginning, where there is nothing that a frame could reach back to, even if
    nothing sounds there.
    """
    joined: list[Island] = []
    for start, end in ((0, 1), *spans):
        first = max(0, start // FRAME - 1 - SEARCH)
        if joined and first <= joined[-1].stop + SEARCH:
            first = joined.pop().first
        joined.append(Island(first, _piece_after((end + _REACH) // FRAME + 1, period), end))
    return joined


def _piece_after(frame: int, period: int) -> int:
    """The first frame from `frame` on with which a piece of the loop begins."""
    into = frame % period
    return frame - into + min(-(-into // PIECE) * PIECE, period)


def stretches(blocks: Blocks, ground: Ground, frames: int) -> Iterator[Stretch]:
    """All stretches of a session of so many frames, in order."""
    found = islands(blocks.spans, ground.period // FRAME)
    for island, after in zip(found, (*found[1:], None), strict=True):
        yield from _of_island(blocks, island.first, min(island.stop, frames))
        stop = after.first if after else frames
        yield from _of_ground(ground.at(island.end), island.stop, stop)


def _of_island(blocks: Blocks, first: int, stop: int) -> Iterator[Stretch]:
    cuts = range(first, max(stop - LONGEST // 2, first + 1), LONGEST)
    for cut in cuts:
        latest = cut + (SEARCH if cut == first else SEARCH_INSIDE)
        taken = stop + SEARCH + 1 if cut == cuts[-1] else cut + LONGEST + SEARCH_INSIDE + 1
        end = min((taken + TAIL) * FRAME, blocks.length)
        yield Stretch(blocks, max(0, cut - WARM), cut, latest, taken, end)


def _of_ground(steady: Steady, first: int, stop: int) -> Iterator[Stretch]:
    """Pieces of the loop from the frame `first` on, of which the last has a seam around `stop`."""
    period = steady.loop.length // FRAME
    at = first
    while at < stop - SEARCH or first == at < stop:
        count = min(PIECE, period - at % period) if period > PIECE else -(-PIECE // period) * period
        taken = at + count + 2 * SEARCH + 1
        yield Stretch(steady, at - WARM, at, at + SEARCH, taken, (taken + TAIL) * FRAME)
        at += count
