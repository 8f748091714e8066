"""A session's frames, joined from pieces that are each encoded once; silence is a ground, too.

    spans ─regions▶ Region ─pieces▶ Piece ─key▶ encoded before, or in the store? taken from there
                                               ▶ else  encoded, by some threads at once

Two things have to fit at a seam. The windows: where the frames before it end in a long one, the
frames after it must begin with one. And the reservoir: what the first frames after it keep in
frames before them must find room at the end of the last one. Both fit at nearly every frame, for
the two encoders heard the same. Should they fit nowhere, the session goes through one encoder.

The package's docstring tells why frames can be put together like this.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from math import floor, log2
from typing import BinaryIO, NoReturn, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.encode.formats import EncodeJob, PieceStore, Progress
from voiceguide.encode.mp3.frames import (
    DECODER_DELAY,
    ENCODER_DELAY,
    FRAME,
    QUALITY,
    Rate,
    encoded,
    encoder_name,
)
from voiceguide.encode.mp3.id3 import id3_tag
from voiceguide.encode.mp3.reservoir import Packed, Stream
from voiceguide.encode.mp3.track import Track
from voiceguide.encode.pcm import ground_of, samples_of
from voiceguide.render import Block, Blocks, Ground, Steady

WARM = 4
"""Frames that an encoder is given before those that are taken of it: without them it has no
reservoir to draw from and no past to judge by, and an echo runs ahead of the first sound."""

SEARCH = 6
"""Frames after the first possible one at which a seam is looked for, too."""

TAIL = 3
"""Frames that an encoder is given after those that are taken of it: it looks ahead."""

LOOP_PIECE = 32
"""Frames of a loop that are encoded at once; a region goes on until one begins."""

LONGEST = 625
"""Frames, 15 s: a longer region is several pieces, so that memory stays flat."""

SEARCH_INSIDE = 40
"""Frames in which a seam inside of a region is looked for: it may have to wait for a pause."""

_REACH = ENCODER_DELAY + DECODER_DELAY + 500
"""Samples after its own first one in which a sample is still heard in a frame: the delays, and
half the length of the filter bank's window."""


def write_mp3(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session, stitched or by one encoder; a UsageError where its tags are too large.

    The calling thread alone reads, asks the store and writes; `jobs` others encode.
    """
    rate = Rate(job.kbps, blocks.channels)
    file.write(b"" if job.tags is None else id3_tag(job.tags, blocks.length, rate))
    track = Track(file, blocks.length, rate, progress)
    if job.stream:
        put_streamed(blocks, track)
    else:
        put_stitched(blocks, track, job.store, job.jobs)
    track.finish()


# ── a session as pieces that have an encoder each, and seams between them ────


class _Source(Protocol):
    """What a piece is read from: the session, or its ground."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop)."""

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""


class Piece(Struct, frozen=True):
    """Frames of the session from an encoder of their own; it begins with the frame `begin`."""

    source: _Source
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

    def warmed(self, frames: int) -> Piece:
        """The same with another beginning: so many frames before its first one."""
        return replace(self, begin=self.first - frames)


class Region(Struct, frozen=True):
    """Frames [first, stop) in which there is more than the steady ground."""

    first: int
    stop: int
    end: int
    """The sample after its span, where the ground is steady again."""


def regions(spans: Iterable[tuple[int, int]], period_at: Callable[[int], int]) -> list[Region]:
    """The spans with the frames that they reach into, joined where there is no room between.

    They stop where a piece of the loop begins, which is so many
    frames long as `period_at` gives for a sample. The first one is at
    the session's beginning, where there is nothing that a frame could reach back to, even if
    nothing sounds there.
    """
    joined: list[Region] = []
    for start, end in ((0, 1), *spans):
        first = max(0, start // FRAME - 1 - SEARCH)
        if joined and first <= joined[-1].stop + SEARCH:
            first = joined.pop().first
        joined.append(Region(first, _piece_after((end + _REACH) // FRAME + 1, period_at(end)), end))
    return joined


def _piece_after(frame: int, period: int) -> int:
    """The first frame from `frame` on with which a piece of the loop begins."""
    into = frame % period
    return frame - into + min(-(-into // LOOP_PIECE) * LOOP_PIECE, period)


def pieces(blocks: Blocks, ground: Ground, frames: int) -> Iterator[Piece]:
    """All pieces of a session of so many frames, in order."""
    found = regions(blocks.spans, lambda sample: ground.at(sample).loop.length // FRAME)
    for region, after in zip(found, (*found[1:], None), strict=True):
        yield from _of_region(blocks, region.first, min(region.stop, frames))
        stop = after.first if after else frames
        yield from _of_ground(ground.at(region.end), region.stop, stop)


def _of_region(blocks: Blocks, first: int, stop: int) -> Iterator[Piece]:
    cuts = range(first, max(stop - LONGEST // 2, first + 1), LONGEST)
    for cut in cuts:
        latest = cut + (SEARCH if cut == first else SEARCH_INSIDE)
        taken = stop + SEARCH + 1 if cut == cuts[-1] else cut + LONGEST + SEARCH_INSIDE + 1
        end = min((taken + TAIL) * FRAME, blocks.length)
        yield Piece(blocks, max(0, cut - WARM), cut, latest, taken, end)


def _of_ground(steady: Steady, first: int, stop: int) -> Iterator[Piece]:
    """Pieces of the loop from the frame `first` on, of which the last has a seam around `stop`."""
    period = steady.loop.length // FRAME
    at = first
    while at < stop - SEARCH or first == at < stop:
        count = (
            min(LOOP_PIECE, period - at % period)
            if period > LOOP_PIECE
            else -(-LOOP_PIECE // period) * period
        )
        taken = at + count + 2 * SEARCH + 1
        yield Piece(steady, at - WARM, at, at + SEARCH, taken, (taken + TAIL) * FRAME)
        at += count


# ── the whole session through one encoder: slow, and what stitching is measured by


def put_streamed(blocks: Blocks, track: Track) -> None:
    """Append the frames of a whole session."""
    for frames in encoded(samples_of(blocks, 0, blocks.length), track.rate):
        track.add(frames)


# ── pieces put together: each encoded once, taken over from the one before where it fits


_OTHER_WARMTHS = (3, 2, 6, 8, 12, 16)
"""Frames that an encoder is given before those that are taken of it, if it fits nowhere after
`WARM` of them: then it spends its bits in another way."""

_MOST_HELD = 24_000
"""Frames held in memory, with what is known of them some 20 MB: all pieces of a loop of some
minutes. Others are fetched from the store, or encoded again."""


_FED = 32 * FRAME
"""Samples that an encoder is given at once: it takes copies of them."""


class NoSeamError(Exception):
    """Two pieces fit together nowhere."""


def put_stitched(blocks: Blocks, track: Track, store: PieceStore | None, jobs: int) -> None:
    """Append the frames of a whole session."""
    ground = ground_of(blocks)
    pool = ThreadPoolExecutor(jobs)
    try:
        encodings = _Encodings(store, pool, track.rate)
        joiner = _Joiner(track, encodings)
        for piece, encoding in _begun(pieces(blocks, ground, track.frames), encodings, 2 * jobs):
            joiner.join(piece, encoding)
        joiner.finish()
    except NoSeamError:
        track.restart()
        put_streamed(blocks, track)
    finally:
        pool.shutdown(cancel_futures=True)


class _Encoding(Struct, dict=True):
    """The encoding of a piece, begun or done."""

    key: str
    made: Future[Stream]
    is_new: bool
    louder: _Encoding | None = None
    """The encoding that it is made of, where it differs from that in its level alone."""
    steps: int = 0
    """By how many steps it is quieter then."""
    packed: dict[tuple[int, int], Packed] = field(default_factory=dict)
    """Runs of its frames, by first and stop."""

    @cached_property
    def stream(self) -> Stream:
        """Its frames; they are waited for."""
        return self.made.result().quieter(self.steps) if self.louder else self.made.result()

    def rest(self) -> None:
        """Drop what was derived from the frames; it is derived again where it is needed."""
        self.__dict__.pop("stream", None)
        self.made.result().rest()


class _Encodings:
    """The pieces that are encoded or kept, by key; those longest out of use are let go."""

    def __init__(self, store: PieceStore | None, pool: ThreadPoolExecutor, rate: Rate) -> None:
        self._store = store
        self._pool = pool
        self._rate = rate
        encoder = f"3, {encoder_name()}, -q {QUALITY}"
        self._about = f"{encoder}, {rate.kbps} kbps, {rate.channels} channels"
        self._held: OrderedDict[str, _Encoding] = OrderedDict()
        self._frames = 0

    def begin(self, piece: Piece) -> _Encoding:
        """Have a piece encoded, unless it is or is kept."""
        key = f"mp3 piece, {self._about}, {piece.key}"
        encoding = self._held.get(key)
        if encoding is None:
            encoding = self._held[key] = self._begin(key, piece)
            self._frames += piece.stop - piece.begin
        self._held.move_to_end(key)
        return encoding

    def _begin(self, key: str, piece: Piece) -> _Encoding:
        loudest, steps = _loudest(piece)
        if steps:
            louder = self.begin(loudest)
            return _Encoding(key, louder.made, is_new=False, louder=louder, steps=steps)
        frames = self._store.get(key) if self._store is not None else None
        if frames is None:
            return _Encoding(key, self._pool.submit(self._encode, piece.read()), is_new=True)
        stream: Future[Stream] = Future()
        stream.set_result(Stream(frames, self._rate))
        return _Encoding(key, stream, is_new=False)

    def _encode(self, block: Block) -> Stream:
        parts = [block[at : at + _FED] for at in range(0, len(block), _FED)]
        return Stream(b"".join(encoded(parts, self._rate)), self._rate)

    def done(self, encoding: _Encoding) -> _Encoding:
        """Wait for it."""
        if encoding.louder:
            self.done(encoding.louder)
        stream = encoding.made.result()
        if encoding.is_new and self._store is not None:
            self._store.put(encoding.key, stream.data)
        encoding.is_new = False
        while self._frames > _MOST_HELD and len(self._held) > 1:
            _, old = self._held.popitem(last=False)
            self._frames -= old.made.result().count
        return encoding


_A_HAIR = 1e-6
"""Steps: two gains that differ by rounding alone are the same."""


def _loudest(piece: Piece) -> tuple[Piece, int]:
    """A piece of the ground at the gain, of those a step apart, next to one; how many steps off.

    All levels of a bed that are whole steps apart are so encoded once: a frame is turned down by a
    number in it.
    """
    source = piece.source
    if not isinstance(source, Steady) or not 0 < source.gain < 1:
        return piece, 0
    steps = floor(-4 * log2(source.gain) + _A_HAIR)
    gain = round(source.gain * 2 ** (steps / 4), 6)
    return replace(piece, source=replace(source, gain=gain)), steps


def _begun(
    found: Iterable[Piece], encodings: _Encodings, ahead: int
) -> Iterator[tuple[Piece, _Encoding]]:
    """All pieces with their encodings, of which some are begun ahead."""
    begun: deque[tuple[Piece, _Encoding]] = deque()
    for piece in found:
        begun.append((piece, encodings.begin(piece)))
        if len(begun) > ahead:
            yield begun.popleft()
    yield from begun


class _Joiner:
    """The frames of a track, piece by piece."""

    def __init__(self, track: Track, encodings: _Encodings) -> None:
        self._track = track
        self._encodings = encodings
        self._current: tuple[Piece, _Encoding] | None = None
        self._first = 0
        """The frame from which on the current piece is taken."""
        self._last_run = b""
        """What stands before it, not yet written."""
        self._seams: dict[tuple[object, ...], int | None] = {}

    def join(self, piece: Piece, encoding: _Encoding) -> None:
        """Go over to the next piece.

        Raises:
            NoSeamError: it cannot be done.
        """
        self._encodings.done(encoding)
        if self._current is not None:
            piece, encoding, seam = self._fitting(piece, encoding)
            self._put_until(seam)
            self._current[1].rest()
            self._first = seam
        self._current = piece, encoding

    def finish(self) -> None:
        """Take the rest from the last piece."""
        self._put_until(self._track.frames)
        self._track.add(self._last_run)

    def _put_until(self, stop: int) -> None:
        assert self._current
        piece, encoding = self._current
        run = (self._first - piece.begin, stop - piece.begin)
        if run not in encoding.packed:
            encoding.packed[run] = encoding.stream.packed(*run)
        packed = encoding.packed[run]
        kept = len(self._last_run) - len(packed.before)
        self._track.add(self._last_run[:kept] + packed.before)
        self._last_run = packed.frames

    def _fitting(self, piece: Piece, encoding: _Encoding) -> tuple[Piece, _Encoding, int]:
        """The next piece, or another encoding of it that fits, and where it takes over."""
        seam = self._seam(piece, encoding)
        others = map(piece.warmed, _OTHER_WARMTHS)
        while seam is None:
            piece = next(others, None) or _no_seam(piece)
            encoding = self._encodings.done(self._encodings.begin(piece))
            seam = self._seam(piece, encoding)
        return piece, encoding, seam

    def _seam(self, after: Piece, encoding: _Encoding) -> int | None:
        """The first frame at which the current piece can end and the other go on."""
        assert self._current
        before, begin = self._current[1], self._current[0].begin
        places = (self._first - begin, after.begin - begin, after.first - begin)
        known = (before.key, encoding.key, places)
        if known not in self._seams:
            seam = self._find_seam(after, encoding)
            self._seams[known] = None if seam is None else seam - begin
        into = self._seams[known]
        return None if into is None else begin + into

    def _find_seam(self, after: Piece, encoding: _Encoding) -> int | None:
        assert self._current
        before, stream = self._current[0], self._current[1].stream
        rooms = stream.rooms(self._first - before.begin)
        other = encoding.stream
        for frame in range(max(after.first, self._first + 1), after.latest + 1):
            at = frame - after.begin
            has_room = other.need(at) <= rooms[frame - 1 - self._first]
            if has_room and other.follows(at, stream, frame - 1 - before.begin):
                return frame
        return None


def _no_seam(piece: Piece) -> NoReturn:
    raise NoSeamError(f"between the frames {piece.first} and {piece.latest}")
