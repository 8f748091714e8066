"""`Feed`: reads the blocks of a session ahead, in a thread of its own.

A sound device pulls samples when it needs them and cannot wait, but reading a block may take long,
since a text may have to be spoken first. So the next seconds are always read ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread

import numpy as np
from msgspec import Struct

from voiceguide.lengths import samples
from voiceguide.render import Block, Blocks, Ground, Span


class NotReadyError(Exception):
    """The samples are not known yet: read again once the blocks were exchanged."""


class PartialBlocks(Struct, frozen=True):
    """Blocks that are readable up to `known_until`; the part after it will be exchanged."""

    blocks: Blocks
    known_until: int

    @property
    def length(self) -> int:
        """Length of the whole in samples."""
        return self.blocks.length

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.blocks.channels

    @property
    def spans(self) -> Sequence[Span]:
        """Stretches with sound, as far as they are known."""
        return self.blocks.spans

    @property
    def ground(self) -> Ground | None:
        """The ground that sounds between the spans."""
        return self.blocks.ground

    def read(self, start: int, stop: int) -> Block:
        """Read the samples [start, stop); raise a NotReadyError if they are not known yet."""
        if stop > self.known_until:
            raise NotReadyError
        return self.blocks.read(start, stop)

    def key(self, start: int, stop: int) -> str:
        """Key of the samples [start, stop)."""
        return self.blocks.key(start, stop)


AHEAD = samples(3)
"""Samples that are read ahead."""

PIECE = samples(0.25)
"""Samples per read; few, so that the first ones are ready soon."""


class Feed:
    """Delivers the samples of a session in order, from a position on.

    It is thread-safe. Errors in reading are raised by `take`.
    """

    def __init__(self, blocks: Blocks, position: int = 0) -> None:
        self._changed = Condition()
        self._ready: deque[Block] = deque()
        self._held = 0
        self._blocks = blocks
        self._next = position
        self._turn = 0
        self._unknown = False
        self._closed = False
        self._failure: Exception | None = None
        self._reader = Thread(target=self._read_ahead, name="voiceguide feed", daemon=True)
        self._reader.start()

    def restart(self, blocks: Blocks, position: int) -> None:
        """Continue with other blocks, or from another position."""
        with self._changed:
            self._blocks, self._next = blocks, position
            self._turn += 1
            self._ready.clear()
            self._held = 0
            self._unknown = False
            self._failure = None
            self._changed.notify_all()

    def replace(self, blocks: Blocks, same_until: int) -> bool:
        """Continue with other blocks that are the same before `same_until`, keeping what was read.

        Return False and do nothing if the samples already read may differ in them.
        """
        with self._changed:
            known = (
                self._blocks.known_until if isinstance(self._blocks, PartialBlocks) else same_until
            )
            if self._next + PIECE > min(same_until, known):
                return False
            self._blocks = blocks
            self._unknown = False
            self._changed.notify_all()
            return True

    def take(self, count: int) -> Block | None:
        """Take at most `count` samples, shape (n,) or (n, 2); None if they are not ready yet.

        At the end of the session the array is empty. Errors of the blocks' `read` are raised here.
        """
        with self._changed:
            if not self._ready:
                if self._failure:
                    raise self._failure
                shape = (0,) if self._blocks.channels == 1 else (0, self._blocks.channels)
                return np.zeros(shape, np.int16) if self._next >= self._blocks.length else None
            block = self._ready[0]
            if len(block) > count:
                self._ready[0] = block[count:]
            else:
                self._ready.popleft()
            taken = block[:count]
            self._held -= len(taken)
            self._changed.notify_all()
            return taken

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until `count` samples, or all remaining ones, are ready; False after `seconds`."""

        def is_ready() -> bool:
            at_end = self._next >= self._blocks.length
            return self._held >= count or at_end or self._failure is not None

        with self._changed:
            return self._changed.wait_for(is_ready, seconds)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._reader.join()

    def _read_ahead(self) -> None:
        while self._wait_for_room():
            with self._changed:
                blocks, start, turn = self._blocks, self._next, self._turn
            stop = min(start + PIECE, blocks.length)
            try:
                block = blocks.read(start, stop)
            except NotReadyError:
                with self._changed:  # read nothing until the blocks are exchanged
                    self._unknown = turn == self._turn
            except Exception as error:  # `take` raises it
                self._fail(error, turn)
            else:
                self._put(block, stop, turn)

    def _wait_for_room(self) -> bool:
        """Wait until there is room to read ahead; False if the feed is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room())
            return not self._closed

    def _has_room(self) -> bool:
        more = self._next < self._blocks.length and not (self._failure or self._unknown)
        return more and self._held < AHEAD

    def _put(self, block: Block, stop: int, turn: int) -> None:
        with self._changed:
            if turn == self._turn:  # otherwise it was restarted meanwhile
                self._ready.append(block)
                self._held += len(block)
                self._next = stop
                self._changed.notify_all()

    def _fail(self, error: Exception, turn: int) -> None:
        with self._changed:
            if turn == self._turn:
                self._failure = error
                self._changed.notify_all()
