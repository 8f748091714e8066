"""Stretches put together: each encoded once, taken over from the one before where it fits.

Two things have to fit at a seam. The windows: where the frames before it end in a long one, the
frames after it must begin with one. And the reservoir: what the first frames after it keep in
frames before them must find room at the end of the last one. Both fit at nearly every frame, for
the two encoders heard the same. Should they fit nowhere, the session goes through one encoder.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NoReturn, Protocol

from voiceguide.encode.mp3.frames import DECODER_DELAY, ENCODER_DELAY, FRAME, Rate
from voiceguide.encode.mp3.kept import Kept, Store
from voiceguide.encode.mp3.lame import QUALITY, encoded, encoder_name
from voiceguide.encode.mp3.reservoir import Packed, Stream
from voiceguide.encode.pcm import samples_of
from voiceguide.encode.track import Track
from voiceguide.render import Block, Blocks, Ground, Steady

# ── a session on a ground, as stretches that have an encoder each, and seams between them


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


# ── the whole session through one encoder: slow, and what stitching is measured by


def put_streamed(blocks: Blocks, track: Track) -> None:
    """Append the frames of a whole session."""
    for frames in encoded(samples_of(blocks, 0, blocks.length), track.rate):
        track.add(frames)


# ── stretches put together: each encoded once, taken over from the one before where it fits


_OTHER_WARMTHS = (3, 2, 6, 8, 12, 16)
"""Frames that an encoder is given before those that are taken of it, if it fits nowhere after
`WARM` of them: then it spends its bits in another way."""

_MOST_HELD = 24_000
"""Frames held in memory, with what is known of them some 20 MB: all pieces of a loop of some
minutes. Others are fetched from the store, or encoded again."""


class NoSeamError(Exception):
    """Two stretches fit together nowhere."""


def put_on_ground(
    blocks: Blocks, ground: Ground, track: Track, store: Store | None, jobs: int
) -> None:
    """Append the frames of a whole session that lies on a ground.

    The calling thread alone reads, asks the store and writes; `jobs` others encode.
    """
    pool = ThreadPoolExecutor(jobs)
    try:
        works = _Works(Kept(store, track.rate), pool, track.rate)
        row = _Row(track, works)
        for stretch, work in _begun(stretches(blocks, ground, track.frames), works, 2 * jobs):
            row.join(stretch, work)
        row.finish()
    except NoSeamError:
        track.restart()
        put_streamed(blocks, track)
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Work:
    """The encoding of a stretch, begun or done."""

    key: str
    stream: Future[Stream]
    is_new: bool
    packed: dict[tuple[int, int], Packed] = field(default_factory=dict)
    """Runs of its frames, by first and stop."""


class _Works:
    """The stretches that are encoded or kept, by key; those longest out of use are let go."""

    def __init__(self, kept: Kept, pool: ThreadPoolExecutor, rate: Rate) -> None:
        self._kept = kept
        self._pool = pool
        self._rate = rate
        encoder = f"2, {encoder_name()}, -q {QUALITY}"
        self._about = f"{encoder}, {rate.kbps} kbps, {rate.channels} channels"
        self._held: OrderedDict[str, _Work] = OrderedDict()
        self._frames = 0

    def begin(self, stretch: Stretch) -> _Work:
        """Have a stretch encoded, unless it is or is kept."""
        key = f"mp3 stretch, {self._about}, {stretch.key}"
        work = self._held.get(key)
        if work is None:
            work = self._held[key] = self._begin(key, stretch)
            self._frames += stretch.stop - stretch.begin
        self._held.move_to_end(key)
        return work

    def _begin(self, key: str, stretch: Stretch) -> _Work:
        frames = self._kept.get(key)
        if frames is None:
            return _Work(key, self._pool.submit(self._encode, stretch.read()), is_new=True)
        stream: Future[Stream] = Future()
        stream.set_result(Stream(frames, self._rate))
        return _Work(key, stream, is_new=False)

    def _encode(self, block: Block) -> Stream:
        return Stream(b"".join(encoded([block], self._rate)), self._rate)

    def done(self, work: _Work) -> _Work:
        """Wait for it."""
        stream = work.stream.result()
        if work.is_new:
            self._kept.put(work.key, stream.data)
            work.is_new = False
        while self._frames > _MOST_HELD and len(self._held) > 1:
            _, old = self._held.popitem(last=False)
            self._frames -= old.stream.result().count
        return work


def _begun(found: Iterable[Stretch], works: _Works, ahead: int) -> Iterator[tuple[Stretch, _Work]]:
    """All stretches with their works, of which some are begun ahead."""
    begun: deque[tuple[Stretch, _Work]] = deque()
    for stretch in found:
        begun.append((stretch, works.begin(stretch)))
        if len(begun) > ahead:
            yield begun.popleft()
    yield from begun


class _Row:
    """The frames of a track, stretch by stretch."""

    def __init__(self, track: Track, works: _Works) -> None:
        self._track = track
        self._works = works
        self._current: tuple[Stretch, _Work] | None = None
        self._first = 0
        """The frame from which on the current stretch is taken."""
        self._last_run = b""
        """What stands before it, not yet written."""
        self._seams: dict[tuple[object, ...], int | None] = {}

    def join(self, stretch: Stretch, work: _Work) -> None:
        """Go over to the next stretch.

        Raises:
            NoSeamError: it cannot be done.
        """
        self._works.done(work)
        if self._current is not None:
            stretch, work, seam = self._fitting(stretch, work)
            self._put_until(seam)
            self._first = seam
        self._current = stretch, work

    def finish(self) -> None:
        """Take the rest from the last stretch."""
        self._put_until(self._track.frames)
        self._track.add(self._last_run)

    def _put_until(self, stop: int) -> None:
        assert self._current
        stretch, work = self._current
        run = (self._first - stretch.begin, stop - stretch.begin)
        if run not in work.packed:
            work.packed[run] = work.stream.result().packed(*run)
        packed = work.packed[run]
        kept = len(self._last_run) - len(packed.before)
        self._track.add(self._last_run[:kept] + packed.before)
        self._last_run = packed.frames

    def _fitting(self, stretch: Stretch, work: _Work) -> tuple[Stretch, _Work, int]:
        """The next stretch, or another encoding of it that fits, and where it takes over."""
        seam = self._seam(stretch, work)
        others = map(stretch.warmed, _OTHER_WARMTHS)
        while seam is None:
            stretch = next(others, None) or _no_seam(stretch)
            work = self._works.done(self._works.begin(stretch))
            seam = self._seam(stretch, work)
        return stretch, work, seam

    def _seam(self, after: Stretch, work: _Work) -> int | None:
        """The first frame at which the current stretch can end and the other go on."""
        assert self._current
        before, begin = self._current[1], self._current[0].begin
        places = (self._first - begin, after.begin - begin, after.first - begin)
        known = (before.key, work.key, places)
        if known not in self._seams:
            seam = self._find_seam(after, work)
            self._seams[known] = None if seam is None else seam - begin
        into = self._seams[known]
        return None if into is None else begin + into

    def _find_seam(self, after: Stretch, work: _Work) -> int | None:
        assert self._current
        before, stream = self._current[0], self._current[1].stream.result()
        rooms = stream.rooms(self._first - before.begin)
        other = work.stream.result()
        for frame in range(max(after.first, self._first + 1), after.latest + 1):
            at = frame - after.begin
            has_room = other.need(at) <= rooms[frame - 1 - self._first]
            if has_room and other.follows(at, stream, frame - 1 - before.begin):
                return frame
        return None


def _no_seam(stretch: Stretch) -> NoReturn:
    raise NoSeamError(f"between the frames {stretch.first} and {stretch.latest}")
