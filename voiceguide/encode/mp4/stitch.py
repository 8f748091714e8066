"""AAC frames of a session, joined from pieces that are each encoded once.

AAC has no reservoir: what a frame says stands in it. Two neighbours make up the samples between
them, half a window each; so where one encoder's frames end and another's begin, both must have
heard the same sound there, and both halves must have the same shape. Hence every encoder is given
some frames before and after those that are taken of it, and a seam is looked for where both windows
are long. Should there be none, the session goes through one encoder.

What is equal is encoded once: words that come again at the same place of a frame, and the ground (a
bed, a floor of noise, silence), of which a piece is known by its phase in the loop.

Sources: ISO/IEC 14496-3, 4.4.2.1 (the order of a frame's elements), 4.6.11 (the windows).
"""

from __future__ import annotations

import struct
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import gcd

import numpy as np
from msgspec import Struct

from voiceguide.encode.formats import EncodeJob, PieceStore, Progress
from voiceguide.encode.mp4.aac import FRAME, encoded, encoder_name, lead
from voiceguide.encode.pcm import ground_of
from voiceguide.render import Block, Blocks, Ground, Steady

WARM, TAIL = 8, 3
"""Frames that an encoder is given before and after those that are taken of it."""

SEARCH = 6
"""Frames in which a seam is looked for."""

GROUND_PIECE = 45
"""Frames of a ground that are encoded at once, about a second: of the floor, a multiple of its
period."""

LONGEST = 700
"""Frames, 15 s: a longer region is several pieces, so that memory stays flat."""

_MOST_HELD = 24_000
"""Frames held in memory, some 5 MB."""

_LONG, _START, _STOP = 0, 1, 3
"""Window sequences: long on both sides; leading to short ones; leading back from them."""


class AacPiece(Struct, frozen=True):
    """Frames [first, stop) of the session can be taken of what this is encoded to."""

    source: Blocks | Steady
    first: int
    stop: int
    begin: int
    """The first frame of samples that is encoded, and the one after the last."""
    end: int


class NoPacketSeamError(Exception):
    """Two pieces fit together nowhere."""


def stitched(blocks: Blocks, job: EncodeJob, progress: Progress) -> Iterator[bytes]:
    """Each frame of a session: one that only comes before the others, then the lead, the session.

    Raises:
        NoPacketSeamError: it has to go through one encoder.
    """
    grid = _Grid(blocks)
    pool = ThreadPoolExecutor(job.jobs)
    try:
        encodings = _Encodings(grid, pool, job)
        current: list[bytes] = []
        at = first = (
            0  # the next frame to be given, and the session's frame that `current` begins with
        )
        for piece, encoding in _begun(_pieces(grid), encodings, 2 * job.jobs):
            frames = encodings.done(encoding)
            if piece.first:
                seam = _seam(current, first, frames, piece, at)
                yield from current[at - first : seam - first]
                progress(min(1.0, seam / grid.frames))
                at = seam
            current, first = frames, piece.first
        yield from current[at - first : grid.frames + 1 - first]
        progress(1.0)
    finally:
        pool.shutdown(cancel_futures=True)


def _seam(before: list[bytes], first: int, after: list[bytes], piece: AacPiece, at: int) -> int:
    """The first frame of the session from which on the frames after can be taken."""
    for frame in range(max(piece.first, at + 1), piece.first + SEARCH + 1):
        into, last = frame - piece.first, frame - 1 - first
        if into < len(after) and last < len(before) and _fits(before[last], after[into]):
            return frame
    raise NoPacketSeamError(f"at the frame {piece.first}")


def _fits(before: bytes, after: bytes) -> bool:
    """Whether the second half of one frame's windows is as the first half of the other's."""
    pairs = zip(windows(before), windows(after), strict=True)
    return all(
        one in (_LONG, _STOP) and other in (_LONG, _START) and shape == its_shape
        for (one, shape), (other, its_shape) in pairs
    )


def windows(frame: bytes) -> list[tuple[int, int]]:
    """The sequence and the shape of the windows of each channel, as far as they stand in front.

    Of two channels whose windows differ, only the first one's place is known without decoding:
    that is told by an impossible sequence, which fits nowhere.
    """
    bits = int.from_bytes(frame[:4].ljust(4, b"\0"), "big")
    pair = bits >> 29 & 7 == 1  # a pair of channels, and no single one
    at = 25 - 1 if pair else 25 - 8
    if pair and not bits >> 24 & 1:
        return [(_START + 1, 0)]
    # a reserved bit, then two of the sequence and one of the shape
    return [(bits >> at - 3 & 3, bits >> at - 4 & 1)]


# ── a session as frames ──────────────────────────────────────────────────────


class _Grid:
    """A session's samples by AAC's frames, the first of which begins with the lead."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.before = lead(blocks.length)
        self.frames = (self.before + blocks.length) // FRAME

    def at(self, frame: int) -> int:
        """The sample of the session at which a frame begins."""
        return frame * FRAME - self.before

    def read(self, piece: AacPiece) -> Block:
        """All samples of a piece; before the session there is nothing."""
        start, stop = self.at(piece.begin), self.at(piece.end)
        if isinstance(piece.source, Steady):
            return piece.source.read(start, stop)
        found = piece.source.read(max(0, start), stop)
        missing = np.zeros((max(0, -start), *found.shape[1:]), np.int16)
        return np.concatenate([missing, found]) if len(missing) else found

    def key(self, piece: AacPiece) -> str:
        """Equal keys mean equal samples."""
        start, stop = self.at(piece.begin), self.at(piece.end)
        whole = f"{piece.source.key(max(0, start), stop)} {max(0, -start)}"
        return f"{whole} {piece.first - piece.begin} {piece.stop - piece.first}"


def _pieces(grid: _Grid) -> Iterator[AacPiece]:
    """All pieces, in order; each begins where the one before it may end."""
    ground = ground_of(grid.blocks)
    found = list(_regions(grid, ground))
    for (first, stop, end), after in zip(found, [*found[1:], None], strict=True):
        yield from _of_region(grid, first, stop)
        yield from _of_ground(ground.at(end), stop, after[0] if after else grid.frames + 1)


def _regions(grid: _Grid, ground: Ground) -> Iterator[tuple[int, int, int]]:
    """Frames [first, stop) in which there is more than the ground, and the sample after that."""
    current: tuple[int, int, int] | None = None
    for start, end in [(0, 1), *grid.blocks.spans]:
        first = max(0, (start + grid.before) // FRAME - SEARCH - 1)
        period = _period(ground.at(end).loop.length)
        stop = _next_piece((end + grid.before) // FRAME + 3, period)
        if current and first <= current[1] + SEARCH + WARM:
            current = (current[0], max(stop, current[1]), max(end, current[2]))
        else:
            if current:
                yield current
            current = (first, stop, end)
    if current:
        yield current


def _period(loop: int) -> int:
    """Frames after which a loop of so many samples is at the same place of a frame again."""
    return loop // gcd(loop, FRAME)


def _next_piece(frame: int, period: int) -> int:
    """The first frame from `frame` on with which a piece of the ground begins."""
    into = frame % period
    return frame - into + min(-(-into // GROUND_PIECE) * GROUND_PIECE, period)


def _of_region(grid: _Grid, first: int, stop: int) -> Iterator[AacPiece]:
    stop = min(stop, grid.frames + 1)
    cuts = range(first, max(stop - LONGEST // 2, first + 1), LONGEST)
    for cut in cuts:
        taken = (stop if cut == cuts[-1] else cut + LONGEST) + SEARCH + 1
        end = min(taken + TAIL, grid.frames)
        yield AacPiece(grid.blocks, cut, min(taken, grid.frames + 1), max(0, cut - WARM), end)


def _of_ground(steady: Steady, first: int, stop: int) -> Iterator[AacPiece]:
    period = _period(steady.loop.length)
    at = first
    while at < stop:
        count = GROUND_PIECE // period * period or min(period - at % period, GROUND_PIECE)
        taken = at + count + SEARCH + 1
        yield AacPiece(steady, at, taken, at - WARM, taken + TAIL)
        at += count


# ── their encodings ──────────────────────────────────────────────────────────


class _AacEncoding(Struct):
    """The frames of a piece, begun or done."""

    key: str
    frames: Future[list[bytes]]
    is_new: bool


class _Encodings:
    """The pieces that are encoded or kept, by key; those longest out of use are let go."""

    def __init__(self, grid: _Grid, pool: ThreadPoolExecutor, job: EncodeJob) -> None:
        self._grid, self._pool = grid, pool
        self._kbps, self._store = job.kbps, job.store
        self._held: OrderedDict[str, _AacEncoding] = OrderedDict()
        self._count = 0

    def begin(self, piece: AacPiece) -> _AacEncoding:
        """Have a piece encoded, unless it is or is kept."""
        key = f"aac piece 1, {encoder_name()}, {self._kbps} kbps, {self._grid.key(piece)}"
        if key not in self._held:
            self._held[key] = self._begin(key, piece)
            self._count += piece.stop - piece.first
        self._held.move_to_end(key)
        return self._held[key]

    def done(self, encoding: _AacEncoding) -> list[bytes]:
        """Wait for its frames."""
        frames = encoding.frames.result()
        if encoding.is_new and self._store is not None:
            self._store.put(encoding.key, _packed(frames))
        encoding.is_new = False
        while self._count > _MOST_HELD and len(self._held) > 1:
            _, old = self._held.popitem(last=False)
            self._count -= len(old.frames.result())
        return frames

    def _begin(self, key: str, piece: AacPiece) -> _AacEncoding:
        kept = _kept(self._store, key)
        if kept is None:
            block = self._grid.read(piece)
            work = self._pool.submit(self._encode, block, piece)
            return _AacEncoding(key, work, is_new=True)
        ready: Future[list[bytes]] = Future()
        ready.set_result(kept)
        return _AacEncoding(key, ready, is_new=False)

    def _encode(self, block: Block, piece: AacPiece) -> list[bytes]:
        # frame n of the session is the n-th that comes of its first n frames of samples
        frames = encoded(block, self._kbps)
        return frames[piece.first - piece.begin :][: piece.stop - piece.first]


def _begun(
    found: Iterable[AacPiece], encodings: _Encodings, ahead: int
) -> Iterator[tuple[AacPiece, _AacEncoding]]:
    """All pieces with their encodings, of which some are begun ahead."""
    begun: deque[tuple[AacPiece, _AacEncoding]] = deque()
    for piece in found:
        begun.append((piece, encodings.begin(piece)))
        if len(begun) > ahead:
            yield begun.popleft()
    yield from begun


def _packed(frames: list[bytes]) -> bytes:
    return b"".join(struct.pack("<H", len(frame)) + frame for frame in frames)


def _kept(store: PieceStore | None, key: str) -> list[bytes] | None:
    data = store.get(key) if store is not None else None
    if data is None:
        return None
    frames, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<H", data, at)
        frames.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return frames
