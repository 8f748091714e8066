"""Islands of sound in a sea of one silent frame: the frames of a session, each encoded once.

    spans ─islands▶ Island ─key▶ stands in this file already? copied
                               ▶ in the store?                taken from there
                               ▶ else                         encoded, by some threads at once

The package's docstring tells why frames can be put together like this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from voiceguide.encode.mp3.frames import FRAME, Rate
from voiceguide.encode.mp3.grounded import put_on_ground
from voiceguide.encode.mp3.kept import Kept, Store
from voiceguide.encode.mp3.lame import QUALITY, encoded, encoder_name
from voiceguide.encode.pcm import samples_of
from voiceguide.encode.track import Track
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Block, Blocks

LEAD = 3
"""Frames of silence that an encoder is given before the first sound, so that it has a reservoir
to draw from and a past to judge by. Measured with noise, the echo that runs ahead of a sound is
8 dB louder than in a straight encode with none of them, 4 dB with two, and equal with three."""

APART = 6
"""Frames: spans closer than this are one island, so that the lead of one and the fading of the
other (two frames at most) never meet."""

LONGEST_KEPT = 60 * SAMPLE_RATE
"""Samples: a longer island goes through the encoder piece by piece, so that memory stays flat,
and is neither kept nor handed to a thread."""


@dataclass(frozen=True, slots=True)
class Island:
    """A stretch of sound to be encoded on its own, lead included."""

    first: int
    """The frame of the session that its first frame becomes."""
    stop: int
    """The sample after its last."""

    @property
    def start(self) -> int:
        """Its first sample: a frame's first."""
        return self.first * FRAME


def put_stitched(blocks: Blocks, track: Track, store: Store | None, jobs: int) -> None:
    """Append the frames of a whole session, but for the silence at its end.

    The calling thread alone reads, asks the store and writes; `jobs` others encode.
    """
    if blocks.ground:
        put_on_ground(blocks, blocks.ground, track, store, jobs)
        return
    pool = ThreadPoolExecutor(jobs)
    try:
        mason = _Mason(blocks, track, store, pool)
        begun: deque[Callable[[], None]] = deque()
        for island in islands(blocks.spans):
            begun.append(mason.begin(island))
            if len(begun) > 2 * jobs:
                begun.popleft()()
        for put in begun:
            put()
    finally:
        pool.shutdown(cancel_futures=True)


def islands(spans: Iterable[tuple[int, int]]) -> list[Island]:
    """Join sorted, disjoint spans of samples where they lie closer than `APART` frames."""
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if start == stop:
            continue
        near = joined and start - joined[-1][1] < APART * FRAME
        joined.append((joined.pop()[0] if near else start, stop))
    return [Island(max(0, start // FRAME - LEAD), stop) for start, stop in joined]


class _Mason:
    """Begins islands as soon as there is a thread for them, and puts them down in order."""

    def __init__(
        self, blocks: Blocks, track: Track, store: Store | None, pool: ThreadPoolExecutor
    ) -> None:
        self._blocks = blocks
        self._track = track
        self._kept = Kept(store, track.rate)
        self._pool = pool
        self._seen: set[str] = set()
        self._stands: dict[str, tuple[int, int]] = {}  # the frames of the track, by key

    def begin(self, island: Island) -> Callable[[], None]:
        """Start what can be started now; what comes back is called when its turn has come."""
        if island.stop - island.start > LONGEST_KEPT:
            return partial(self._put_in_pieces, island)
        key = self._key(island)
        if key in self._seen:
            return partial(self._put_again, island, key)
        self._seen.add(key)
        kept = self._kept.get(key)
        if kept is not None:
            return partial(self._put, island, key, kept)
        block = self._blocks.read(island.start, island.stop)
        return partial(self._put_new, island, key, self._pool.submit(self._encode, block))

    def _key(self, island: Island) -> str:
        rate = self._track.rate
        content = self._blocks.key(island.start, island.stop)
        return f"mp3 island 2, {encoder_name()}, -q {QUALITY}, {rate.kbps} kbps, {content}"

    def _encode(self, block: Block) -> bytes:
        rate = self._track.rate
        return b"".join(until_empty(encoded([block], rate), rate))

    def _put(self, island: Island, key: str, frames: bytes) -> None:
        self._track.silence_until(island.first)
        self._track.add(frames)
        self._stands[key] = (island.first, self._track.done)

    def _put_new(self, island: Island, key: str, encoding: Future[bytes]) -> None:
        frames = encoding.result()
        self._kept.put(key, frames)
        self._put(island, key, frames)

    def _put_again(self, island: Island, key: str) -> None:
        self._track.silence_until(island.first)
        self._track.add_again(*self._stands[key])

    def _put_in_pieces(self, island: Island) -> None:
        self._track.silence_until(island.first)
        blocks = samples_of(self._blocks, island.start, island.stop)
        for frames in until_empty(encoded(blocks, self._track.rate), self._track.rate):
            self._track.add(frames)


def until_empty(frames: Iterable[bytes], rate: Rate) -> Iterator[bytes]:
    """All frames but the empty ones at the end."""
    held = b""
    for more in frames:
        held += more
        stop = len(held) // rate.size
        while stop and rate.is_empty(held, stop - 1):
            stop -= 1
        yield held[: stop * rate.size]
        held = held[stop * rate.size :]
