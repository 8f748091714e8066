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
from dataclasses import dataclass, field
from typing import NoReturn

from voiceguide.encode.frames import Rate
from voiceguide.encode.kept import Kept, Store
from voiceguide.encode.lame import QUALITY, encoded, encoder_name
from voiceguide.encode.reservoir import Packed, Stream
from voiceguide.encode.stream import put_streamed
from voiceguide.encode.stretches import Stretch, stretches
from voiceguide.encode.track import Track
from voiceguide.render import Block, Blocks, Ground

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
