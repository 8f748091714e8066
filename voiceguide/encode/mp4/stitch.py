"""Join the AAC frames of a session from pieces that are each encoded once.

AAC has no bit reservoir: a frame is self-contained. Two neighbouring frames share the samples
between them, half a window each; so where the frames of one encoder end and those of another begin,
both encoders must have had the same sound there, and both window halves must have the same shape.
So each encoder gets some frames before and after those that are used, and a seam is sought where
both windows are long. If there is none, the whole session is encoded with one encoder.

Equal sound is encoded once: words that are repeated at the same offset in a frame, and the ground
(a bed, a noise floor, silence), whose pieces are identified by their phase in the loop.

Sources: ISO/IEC 14496-3, 4.4.2.1 (the order of a frame's elements), 4.6.11 (the windows).
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from functools import cache
from math import gcd
from typing import Any

import numpy as np
from msgspec import Struct

from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import begun_ahead, ground_of, piece_after, samples_of
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Block, Blocks, Ground, Steady

FRAME = 1024
"""Samples of a frame."""

_CODER = "fast"
"""The encoder's method of allocating bits. Measured on five guided minutes at 64 kbps, against the
default method `twoloop`: noise 34 dB below the voice (20), peaks raised by 0.1 dB (1.1, beyond
-1 dBTP), a third of the time, the same size."""

DELAY = 1024
"""The encoder's delay, in samples."""


def lead(length: int) -> int:
    """Return the samples of silence before a session that let its last sample end a frame.

    Players respect the start of a file's edit to the sample, but at its end ffmpeg only drops
    whole frames: so the padding is at the front.
    """
    return -length % FRAME


def encoded_straight(blocks: Blocks, kbps: int, progress: Progress) -> Iterator[bytes]:
    """Yield the frames of a session: one for the encoder's delay, then the lead and the session."""
    context, length, done = _opened(blocks.channels, kbps), blocks.length, 0
    waiting = np.zeros((lead(length), *blocks.read(0, 1).shape[1:]), np.int16)
    for block in samples_of(blocks, 0, length):
        done += len(block)
        waiting = np.concatenate([waiting, block])
        whole = len(waiting) - len(waiting) % FRAME
        for frame in _frames(waiting[:whole]):
            yield from map(bytes, context.encode(frame))
        waiting = waiting[whole:]
        progress(done / length)
    yield from map(bytes, context.encode(None))


def encoded(block: Block, kbps: int) -> list[bytes]:
    """Encode whole frames of samples with a fresh encoder; return one frame more than that."""
    context = _opened(1 if block.ndim == 1 else block.shape[1], kbps)
    frames = [bytes(packet) for frame in _frames(block) for packet in context.encode(frame)]
    return [*frames, *map(bytes, context.encode(None))]


def config(channels: int, kbps: int) -> bytes:
    """Return the decoder's configuration: an AudioSpecificConfig, ISO/IEC 14496-3, 1.6.2.1."""
    return bytes(_opened(channels, kbps).extradata)


@cache
def encoder_name() -> str:
    """Return the encoder's name and version, such as `libavcodec 62.11.100 fast`."""
    import av

    return f"libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))} {_CODER}"


def _opened(channels: int, kbps: int) -> Any:  # without PyAV there are no types of it
    import av  # late: PyAV is an extra

    context: Any = av.CodecContext.create("aac", "w")
    context.sample_rate = SAMPLE_RATE
    context.layout = _layout(channels)
    context.format = "fltp"
    context.bit_rate = kbps * 1000
    context.time_base = Fraction(1, SAMPLE_RATE)
    context.options = {"aac_coder": _CODER}
    context.open()
    return context


def _frames(block: Block) -> Iterator[Any]:
    """Yield whole frames of samples, for PyAV."""
    import av

    samples = block.reshape(len(block), -1).T.astype(np.float32) / 32768
    for at in range(0, samples.shape[1], FRAME):
        piece = np.ascontiguousarray(samples[:, at : at + FRAME])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=_layout(len(piece)))
        frame.sample_rate = SAMPLE_RATE
        yield frame


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"


# ── seams, at which the frames of one encoder can follow those of another ────


WARM, TAIL = 8, 3
"""Frames that an encoder gets before and after those that are used."""

SEARCH = 6
"""Frames in which a seam is sought."""

GROUND_PIECE = 45
"""Frames of the ground in a piece, about a second: for a noise floor, a multiple of its period."""

LONGEST = 700
"""Most frames of a piece of a region, 15 s, so that memory stays flat."""

_MOST_HELD = 24_000
"""Most frames kept in memory, about 5 MB."""

_LONG, _START, _STOP = 0, 1, 3
"""Window sequences: long on both sides; a transition to short windows; a transition back."""


class AacPiece(Struct, frozen=True):
    """A piece to encode, of which the session's frames [first, stop) can be used."""

    source: Blocks | Steady
    first: int
    stop: int
    begin: int
    """The encoded frames of samples are [begin, end)."""
    end: int


class NoPacketSeamError(Exception):
    """Two pieces have no possible seam."""


def stitched(blocks: Blocks, job: EncodeJob, progress: Progress) -> Iterator[bytes]:
    """Yield the frames of a session: one for the encoder's delay, then the lead and the session.

    Raise a NoPacketSeamError if the session must be encoded with one encoder.
    """
    grid = _Grid(blocks)
    pool = ThreadPoolExecutor(job.jobs)
    try:
        encodings = _Encodings(grid, pool, job)
        current: list[bytes] = []
        at = first = 0  # the next frame to yield, and the one with which `current` begins
        for piece, encoding in begun_ahead(_pieces(grid), encodings.begin, 2 * job.jobs):
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
    """Return the first frame of the session from which the frames `after` can be used."""
    for frame in range(max(piece.first, at + 1), piece.first + SEARCH + 1):
        into, last = frame - piece.first, frame - 1 - first
        if into < len(after) and last < len(before) and _fits(before[last], after[into]):
            return frame
    raise NoPacketSeamError(f"at the frame {piece.first}")


def _fits(before: bytes, after: bytes) -> bool:
    """Whether the second window half of one frame matches the first half of the next."""
    pairs = zip(windows(before), windows(after), strict=True)
    return all(
        one in (_LONG, _STOP) and other in (_LONG, _START) and shape == its_shape
        for (one, shape), (other, its_shape) in pairs
    )


def windows(frame: bytes) -> list[tuple[int, int]]:
    """Return the window sequence and shape of each channel, if the frame's first bytes tell them.

    If two channels have different windows, finding the second one's needs decoding: the result is
    an impossible sequence, which fits nowhere.
    """
    bits = int.from_bytes(frame[:4].ljust(4, b"\0"), "big")
    pair = bits >> 29 & 7 == 1  # a channel pair element, not a single channel element
    at = 25 - 1 if pair else 25 - 8
    if pair and not bits >> 24 & 1:
        return [(_START + 1, 0)]
    # a reserved bit, then two bits of the sequence and one of the shape
    return [(bits >> at - 3 & 3, bits >> at - 4 & 1)]


# ── the pieces of a session ──────────────────────────────────────────────────


class _Grid:
    """A session's samples on AAC's grid of frames, the first of which begins with the lead."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.before = lead(blocks.length)
        self.frames = (self.before + blocks.length) // FRAME

    def at(self, frame: int) -> int:
        """Return the sample of the session at which a frame begins."""
        return frame * FRAME - self.before

    def read(self, piece: AacPiece) -> Block:
        """Read the samples of a piece; before the session there is silence."""
        start, stop = self.at(piece.begin), self.at(piece.end)
        if isinstance(piece.source, Steady):
            return piece.source.read(start, stop)
        found = piece.source.read(max(0, start), stop)
        missing = np.zeros((max(0, -start), *found.shape[1:]), np.int16)
        return np.concatenate([missing, found]) if len(missing) else found

    def key(self, piece: AacPiece) -> str:
        """Return a key that is equal only for equal samples."""
        start, stop = self.at(piece.begin), self.at(piece.end)
        whole = f"{piece.source.key(max(0, start), stop)} {max(0, -start)}"
        return f"{whole} {piece.first - piece.begin} {piece.stop - piece.first}"


def _pieces(grid: _Grid) -> Iterator[AacPiece]:
    """Yield all pieces, in order; each begins where the one before it may end."""
    ground = ground_of(grid.blocks)
    found = list(_regions(grid, ground))
    for (first, stop, end), after in zip(found, [*found[1:], None], strict=True):
        yield from _of_region(grid, first, stop)
        yield from _of_ground(ground.at(end), stop, after[0] if after else grid.frames + 1)


def _regions(grid: _Grid, ground: Ground) -> Iterator[tuple[int, int, int]]:
    """Yield frames [first, stop) with more than the ground, and the sample where that ends."""
    current: tuple[int, int, int] | None = None
    for start, end in [(0, 1), *grid.blocks.spans]:
        first = max(0, (start + grid.before) // FRAME - SEARCH - 1)
        period = _period(ground.at(end).loop.length)
        stop = piece_after((end + grid.before) // FRAME + 3, period, GROUND_PIECE)
        if current and first <= current[1] + SEARCH + WARM:
            current = (current[0], max(stop, current[1]), max(end, current[2]))
        else:
            if current:
                yield current
            current = (first, stop, end)
    if current:
        yield current


def _period(loop: int) -> int:
    """Return the frames after which a loop of that many samples has the same offset in a frame."""
    return loop // gcd(loop, FRAME)


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


# ── the encodings of the pieces ──────────────────────────────────────────────


class _AacEncoding(Struct):
    """The frames of a piece, finished or in progress."""

    key: str
    frames: Future[list[bytes]]
    is_new: bool


class _Encodings:
    """The encoded pieces by key; the least recently used ones are dropped."""

    def __init__(self, grid: _Grid, pool: ThreadPoolExecutor, job: EncodeJob) -> None:
        self._grid, self._pool = grid, pool
        self._kbps, self._store = job.kbps, job.store
        self._held: OrderedDict[str, _AacEncoding] = OrderedDict()
        self._count = 0

    def begin(self, piece: AacPiece) -> _AacEncoding:
        """Start encoding a piece, unless that was started already or it is in the store."""
        key = f"aac piece 1, {encoder_name()}, {self._kbps} kbps, {self._grid.key(piece)}"
        if key not in self._held:
            self._held[key] = self._begin(key, piece)
            self._count += piece.stop - piece.first
        self._held.move_to_end(key)
        return self._held[key]

    def done(self, encoding: _AacEncoding) -> list[bytes]:
        """Wait for the frames of a piece and return them."""
        frames = encoding.frames.result()
        if encoding.is_new and self._store is not None:
            sized = (struct.pack("<H", len(frame)) + frame for frame in frames)
            self._store.put(encoding.key, b"".join(sized))
        encoding.is_new = False
        while self._count > _MOST_HELD and len(self._held) > 1:
            _, old = self._held.popitem(last=False)
            self._count -= len(old.frames.result())
        return frames

    def _begin(self, key: str, piece: AacPiece) -> _AacEncoding:
        kept = self._kept(key)
        if kept is None:
            block = self._grid.read(piece)
            work = self._pool.submit(self._encode, block, piece)
            return _AacEncoding(key, work, is_new=True)
        ready: Future[list[bytes]] = Future()
        ready.set_result(kept)
        return _AacEncoding(key, ready, is_new=False)

    def _kept(self, key: str) -> list[bytes] | None:
        data = self._store.get(key) if self._store is not None else None
        if data is None:
            return None
        frames, at = [], 0
        while at < len(data):
            (size,) = struct.unpack_from("<H", data, at)
            frames.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        return frames

    def _encode(self, block: Block, piece: AacPiece) -> list[bytes]:
        # frame n of the session is the n-th frame encoded from its first n frames of samples
        frames = encoded(block, self._kbps)
        return frames[piece.first - piece.begin :][: piece.stop - piece.first]
