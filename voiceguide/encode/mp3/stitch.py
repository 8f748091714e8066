"""Stitch a session's frames from pieces that are each encoded once; silence is a ground, too.

    spans ─regions▶ Region ─pieces▶ Piece ─key▶ encoded before, or in the store? taken from there
                                               ▶ else  encoded, in several threads

Two things must fit at a seam. The windows: if the frames before the seam end with a long window,
the frames after it must begin with one. The reservoir: data that the first frames after the seam
store before it must fit into the room at the end of the last frame. Both fit at nearly every frame,
since both encoders got the same sound there. If they fit nowhere, the whole session goes through
one encoder.

The package's docstring explains why frames can be joined like this.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from math import floor, log2
from typing import TYPE_CHECKING, BinaryIO, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.encode.formats import EncodeJob, PieceStore, Progress
from voiceguide.encode.mp3.frames import (
    DECODER_DELAY,
    ENCODER_DELAY,
    FRAME,
    QUALITY,
    Rate,
    Track,
    encoded,
    encoder_name,
)
from voiceguide.encode.mp3.id3 import id3_tag
from voiceguide.encode.mp3.reservoir import Packed, Stream
from voiceguide.encode.pcm import begun_ahead, ground_of, piece_after, samples_of
from voiceguide.render import Block, Blocks, Ground, Steady

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

WARM = 4
"""Frames that an encoder gets before the frames of its piece: without them it has no reservoir and
no past sound, and the first sound gets a pre-echo."""

SEARCH = 6
"""Further frames after the first possible one that are searched for a seam."""

TAIL = 3
"""Frames that an encoder gets after the frames of its piece, since it looks ahead."""

LOOP_PIECE = 32
"""Frames in a piece of a loop; a region extends to the start of such a piece."""

LONGEST = 625
"""Most frames in a piece of a region, 15 s: a longer region has several, so memory stays flat."""

SEARCH_INSIDE = 40
"""Frames that are searched for a seam inside a region, which may have to wait for a pause."""

_REACH = ENCODER_DELAY + DECODER_DELAY + 500
"""Samples after its position up to which a sample is heard in frames: the delays, and half the
length of the filter bank's window."""


def write_mp3(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session, stitched or by one encoder.

    Only the calling thread reads samples, uses the store and writes; `jobs` other threads encode.
    Raise a UsageError if the tags are too large.
    """
    rate = Rate(job.kbps, blocks.channels)
    file.write(b"" if job.tags is None else id3_tag(job.tags, blocks.length, rate))
    track = Track(file, blocks.length, rate, progress)
    if job.stream:
        put_streamed(blocks, track)
    else:
        put_stitched(blocks, track, job.store, job.jobs)
    track.finish()


# ── dividing a session into pieces, each with its own encoder ────────────────


class _Source(Protocol):
    """The source of a piece's samples: the session, or its ground."""

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop)."""

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal samples in [start, stop)."""


class Piece(Struct, frozen=True):
    """Frames of the session with their own encoder, which starts at the frame `begin`."""

    source: _Source
    begin: int
    first: int
    """The first frame at which the piece can take over from the piece before it."""
    latest: int
    """The last frame at which it can take over."""
    stop: int
    """The frame after the last that can be used."""
    end: int
    """The sample after the last that is encoded."""

    @property
    def key(self) -> str:
        """Equal keys mean equal samples, hence equal frames, counted from `begin`."""
        return self.source.key(self.begin * FRAME, self.end)

    def read(self) -> Block:
        """Read all samples of the piece."""
        return self.source.read(self.begin * FRAME, self.end)

    def warmed(self, frames: int) -> Piece:
        """The same piece, with an encoder that starts `frames` before its first frame."""
        return replace(self, begin=self.first - frames)


class Region(Struct, frozen=True):
    """Frames [first, stop) in which there is more than the steady ground."""

    first: int
    stop: int
    end: int
    """The sample after the region's span, from which the ground is steady again."""


def regions(spans: Iterable[tuple[int, int]], period_at: Callable[[int], int]) -> list[Region]:
    """Turn spans of samples into regions of frames; regions without room between them are joined.

    A region stops where a piece of the loop begins; `period_at` returns the length of the loop at a
    sample, in frames. There is always a region at the session's start, even without sound, since
    its first frames have no frames before them to store data in.
    """
    joined: list[Region] = []
    for start, end in ((0, 1), *spans):
        first = max(0, start // FRAME - 1 - SEARCH)
        if joined and first <= joined[-1].stop + SEARCH:
            first = joined.pop().first
        stop = piece_after((end + _REACH) // FRAME + 1, period_at(end), LOOP_PIECE)
        joined.append(Region(first, stop, end))
    return joined


def pieces(blocks: Blocks, ground: Ground, frames: int) -> Iterator[Piece]:
    """Yield all pieces of a session of `frames` frames, in order."""
    found = regions(blocks.spans, lambda sample: ground.at(sample).loop.length // FRAME)
    for region, after in zip(found, (*found[1:], None), strict=True):
        yield from _of_region(blocks, region.first, min(region.stop, frames))
        stop = after.first if after else frames
        yield from _of_ground(ground.at(region.end), region.stop, stop)


def _of_region(blocks: Blocks, first: int, stop: int) -> Iterator[Piece]:
    cuts = range(first, stop - LONGEST // 2, LONGEST) or (first,)
    for cut in cuts:
        latest = cut + (SEARCH if cut == first else SEARCH_INSIDE)
        taken = stop + SEARCH + 1 if cut == cuts[-1] else cut + LONGEST + SEARCH_INSIDE + 1
        end = min((taken + TAIL) * FRAME, blocks.length)
        yield Piece(blocks, max(0, cut - WARM), cut, latest, taken, end)


def _of_ground(steady: Steady, first: int, stop: int) -> Iterator[Piece]:
    """Yield pieces of the loop from the frame `first` to a seam around the frame `stop`."""
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


# ── one encoder for the whole session: slow, the reference for stitching ─────


def put_streamed(blocks: Blocks, track: Track) -> None:
    """Append the frames of a whole session, made by one encoder."""
    for frames in encoded(samples_of(blocks, 0, blocks.length), track.rate):
        track.add(frames)


# ── stitching: each piece is encoded once, and joined to the one before it ───


_OTHER_WARMTHS = (3, 2, 6, 8, 12, 16)
"""Numbers of frames to try instead of `WARM` if a piece fits nowhere: the encoder then distributes
its bits in another way."""

_MOST_HELD = 24_000
"""Most frames held in memory, some 20 MB with their caches: all pieces of a loop of some minutes.
Others are fetched from the store, or encoded again."""

_FED = 32 * FRAME
"""Samples that an encoder gets at once; it makes copies of them, so fewer need less memory."""


class NoSeamError(Exception):
    """Two pieces have no frame at which they fit together."""


def put_stitched(blocks: Blocks, track: Track, store: PieceStore | None, jobs: int) -> None:
    """Append the frames of a whole session, stitched; by one encoder if pieces do not fit."""
    ground = ground_of(blocks)
    encodings = _Encodings(store, jobs, track.rate)
    try:
        joiner = _Joiner(track, encodings)
        found = pieces(blocks, ground, track.frames)
        for piece, encoding in begun_ahead(found, encodings.begin, 2 * jobs):
            joiner.join(piece, encoding)
        joiner.finish()
    except NoSeamError:
        track.restart()
        put_streamed(blocks, track)
    finally:
        encodings.close()


class _Encoding(Struct, dict=True):
    """The encoding of a piece, running or done."""

    key: str
    frames: int
    """Its length."""
    made: Callable[[], Stream]
    """Returns the stream, always the same object; waits until it is encoded."""
    is_new: bool = False
    """Whether it is not yet in the store."""
    louder: _Encoding | None = None
    """The encoding that this one is derived from, if only their levels differ."""
    steps: int = 0
    """Steps by which this one is quieter than `louder`."""
    packed: dict[tuple[int, int], Packed] = field(default_factory=dict)
    """Packed runs of its frames, by first and stop."""

    @cached_property
    def stream(self) -> Stream:
        """The frames of the piece; waits until they are encoded."""
        return self.made().quieter(self.steps) if self.louder else self.made()

    def rest(self) -> None:
        """Drop the data derived from the frames; it is derived again when needed."""
        self.__dict__.pop("stream", None)
        self.made().rest()


class _Encodings:
    """A cache of encodings by key; the least recently used are dropped."""

    def __init__(self, store: PieceStore | None, jobs: int, rate: Rate) -> None:
        self._store = store
        self._jobs = jobs
        self._rate = rate
        encoder = f"3, {encoder_name()}, -q {QUALITY}"
        self._about = f"{encoder}, {rate.kbps} kbps, {rate.channels} channels"
        self._held: OrderedDict[str, _Encoding] = OrderedDict()
        self._frames = 0

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # late: all may be in the store

        return ThreadPoolExecutor(self._jobs)

    def close(self) -> None:
        """Drop the encodings that have not begun, and wait for the others."""
        if "_pool" in vars(self):
            self._pool.shutdown(cancel_futures=True)

    def begin(self, piece: Piece) -> _Encoding:
        """Start to encode a piece, unless its encoding is in memory or in the store."""
        key = f"mp3 piece, {self._about}, {piece.key}"
        encoding = self._held.get(key)
        if encoding is None:
            encoding = self._held[key] = self._begin(key, piece)
            self._frames += encoding.frames
        self._held.move_to_end(key)
        return encoding

    def _begin(self, key: str, piece: Piece) -> _Encoding:
        frames = piece.stop - piece.begin
        loudest, steps = _loudest(piece)
        if steps:
            louder = self.begin(loudest)
            return _Encoding(key, frames, louder.made, louder=louder, steps=steps)
        kept = self._store.get(key) if self._store is not None else None
        if kept is None:
            encoding = self._pool.submit(self._encode, piece.read())
            return _Encoding(key, frames, encoding.result, is_new=True)
        stream = Stream(kept, self._rate)
        return _Encoding(key, frames, lambda: stream)

    def _encode(self, block: Block) -> Stream:
        parts = [block[at : at + _FED] for at in range(0, len(block), _FED)]
        return Stream(b"".join(encoded(parts, self._rate)), self._rate)

    def done(self, encoding: _Encoding) -> _Encoding:
        """Wait for an encoding, put it into the store, and drop old encodings from memory."""
        if encoding.louder:
            self.done(encoding.louder)
        stream = encoding.made()
        if encoding.is_new and self._store is not None:
            self._store.put(encoding.key, stream.data)
        encoding.is_new = False
        while self._frames > _MOST_HELD:
            _, old = self._held.popitem(last=False)
            self._frames -= old.frames
        return encoding


_A_HAIR = 1e-6
"""Tolerance for rounding errors of a gain, in steps."""


def _loudest(piece: Piece) -> tuple[Piece, int]:
    """The piece at the highest gain up to 1 that is whole steps above its own, and these steps.

    So a bed is encoded once for all levels that are whole steps apart: its frames are turned down
    by a number in them. Other pieces are returned unchanged, with 0 steps.
    """
    source = piece.source
    if not isinstance(source, Steady) or not 0 < source.gain < 1:
        return piece, 0
    steps = floor(-4 * log2(source.gain) + _A_HAIR)
    gain = round(source.gain * 2 ** (steps / 4), 6)
    return replace(piece, source=replace(source, gain=gain)), steps


class _Joiner:
    """Joins pieces and writes their frames to a track."""

    def __init__(self, track: Track, encodings: _Encodings) -> None:
        self._track = track
        self._encodings = encodings
        self._current: tuple[Piece, _Encoding] | None = None
        self._first = 0
        """The frame at which the current piece takes over."""
        self._last_run = b""
        """The frames before it that are not yet written."""
        self._seams: dict[tuple[object, ...], int | None] = {}

    def join(self, piece: Piece, encoding: _Encoding) -> None:
        """Join the next piece to the current one; raise a NoSeamError if no encoding of it fits."""
        self._encodings.done(encoding)
        if self._current is not None:
            piece, encoding, seam = self._fitting(piece, encoding)
            self._put_until(seam)
            self._current[1].rest()
            self._first = seam
        self._current = piece, encoding

    def finish(self) -> None:
        """Write the remaining frames of the last piece."""
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
        """The next piece in the first encoding that fits, and the frame where it takes over."""
        seam = self._seam(piece, encoding)
        others = map(piece.warmed, _OTHER_WARMTHS)
        while seam is None:
            other = next(others, None)
            if other is None:
                raise NoSeamError(f"between the frames {piece.first} and {piece.latest}")
            piece = other
            encoding = self._encodings.done(self._encodings.begin(piece))
            seam = self._seam(piece, encoding)
        return piece, encoding, seam

    def _seam(self, after: Piece, encoding: _Encoding) -> int | None:
        """The first frame at which `after` can take over from the current piece, or None."""
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
