"""`Feed`: the blocks of a session, read ahead by a thread of its own.

A sound device asks for samples when it needs them, and cannot wait. Reading a block may take long:
a text may have to be spoken first. So what comes next is always read some seconds before.
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
    """What is to be read is not known yet: ask again, when there are other blocks."""


class PartialBlocks(Struct, frozen=True):
    """Blocks that can be read before a sample; what comes after it will be exchanged."""

    blocks: Blocks
    known_until: int

    @property
    def length(self) -> int:
        """Samples of the whole."""
        return self.blocks.length

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.blocks.channels

    @property
    def spans(self) -> Sequence[Span]:
        """Where it sounds, as far as that is known."""
        return self.blocks.spans

    @property
    def ground(self) -> Ground | None:
        """What sounds elsewhere."""
        return self.blocks.ground

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop); a NotReadyError where they are not known."""
        if stop > self.known_until:
            raise NotReadyError
        return self.blocks.read(start, stop)

    def key(self, start: int, stop: int) -> str:
        """Names what is read in [start, stop)."""
        return self.blocks.key(start, stop)


AHEAD = samples(3)
"""Samples that are read ahead of what is taken."""

PIECE = samples(0.25)
"""Samples that are read at a time: the first ones are there soon."""


class Feed:
    """The samples of a session from a position on, in order.

    Several threads may use it. What goes wrong in reading is raised where the samples are taken.
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
        """Go on with other blocks, or from elsewhere."""
        with self._changed:
            self._blocks, self._next = blocks, position
            self._turn += 1
            self._ready.clear()
            self._held = 0
            self._unknown = False
            self._failure = None
            self._changed.notify_all()

    def replace(self, blocks: Blocks, same_until: int) -> bool:
        """Go on with other blocks that are the same before a sample, and lose nothing.

        False, and nothing is done, where what has been read may be otherwise in them.
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
        """At most `count` samples, shape (n,) or (n, 2); None where they are not ready yet.

        At the end of the session, no samples. What the blocks raised when they were read is raised.
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
        """Wait until `count` samples are ready, or all there are; False where it takes longer."""

        def is_ready() -> bool:
            at_end = self._next >= self._blocks.length
            return self._held >= count or at_end or self._failure is not None

        with self._changed:
            return self._changed.wait_for(is_ready, seconds)

    def close(self) -> None:
        """Let the thread end."""
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
                with self._changed:  # read nothing until there are other blocks
                    self._unknown = turn == self._turn
            except Exception as error:  # it belongs to whoever takes the samples
                self._fail(error, turn)
            else:
                self._put(block, stop, turn)

    def _wait_for_room(self) -> bool:
        """Wait until there is something to read; False where the feed is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room())
            return not self._closed

    def _has_room(self) -> bool:
        more = self._next < self._blocks.length and not (self._failure or self._unknown)
        return more and self._held < AHEAD

    def _put(self, block: Block, stop: int, turn: int) -> None:
        with self._changed:
            if turn == self._turn:  # else it was restarted meanwhile
                self._ready.append(block)
                self._held += len(block)
                self._next = stop
                self._changed.notify_all()

    def _fail(self, error: Exception, turn: int) -> None:
        with self._changed:
            if turn == self._turn:
                self._failure = error
                self._changed.notify_all()
