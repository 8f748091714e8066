"""`Transport`: delivers samples to a sound device and plays, pauses and jumps without a click.

A device pulls samples when it needs them and cannot wait, but reading a block may take long, since
a text may have to be spoken first. So a `Feed` always reads the next seconds ahead.

Time is counted in the samples that the device takes; nothing ever sleeps. Playing starts and stops
with a fade of `FADE` samples; a jump fades out, moves, and fades in. While the session stands
still, other sounds can be played *aside*, such as a reminder.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Condition, Lock, Thread

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.lengths import samples
from voiceguide.render import Block, Blocks, Ground, Span

# ── `Feed`: reads the blocks of a session ahead, in a thread of its own ──────


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


# ── `Transport` ──────────────────────────────────────────────────────────────


FADE = samples(0.02)
"""Length of a fade in samples: short enough for an exact stop, long enough not to click."""


class Transport:
    """Plays blocks into the output that pulls; methods may be called from any thread.

    It stands still until `go`.
    """

    def __init__(self, blocks: Blocks, position: int = 0, volume: float = 1.0) -> None:
        self.channels = blocks.channels
        self.volume = volume
        """Gain, 0 to 1; at 1 the samples are exactly those of the blocks."""
        self._lock = Lock()
        self._blocks = blocks
        self._feed = Feed(blocks, position)
        self._position = position
        self._level = 0  # 0 to FADE: how far it is faded in
        self._moves = False  # a move is pending until the fade has ended
        self._target: int | None = None
        self._aside: deque[Block] = deque()
        self._over = np.zeros(0, np.int16)
        self.going = False
        """Whether it plays or is about to."""
        self.ended = False
        """Whether the last sample of the session was taken."""
        self.pulled = 0
        """Samples that the device has taken, silence included; stands still when it is gone."""
        self.underruns = 0
        """How often silence was given because samples were not ready in time."""
        self._failure: Exception | None = None

    @property
    def position(self) -> int:
        """The session's sample that the device takes next; the target of a pending jump."""
        target = self._target
        return self._position if target is None else target

    def check(self) -> None:
        """Raise the error that occurred in reading the session, if any."""
        if self._failure:
            raise self._failure

    def go(self) -> None:
        """Play from the current position."""
        with self._lock:
            self._aside.clear()
            self.going = True
            if not self._position:  # a session begins softly by itself and needs no fade
                self._level = FADE

    def stop(self) -> None:
        """Fade out and stand still."""
        with self._lock:
            self.going = False

    def jump(self, position: int, blocks: Blocks | None = None) -> None:
        """Fade out, go to a sample, of new blocks if they are given, and continue as before.

        New blocks must have as many channels as the old ones.
        """
        with self._lock:
            self._target = max(0, position)
            self._failure = None
            self._begin_move(blocks or self._blocks)

    def exchange(self, blocks: Blocks, same_until: int = 0) -> None:
        """Continue at the same position with other blocks, which are the same up to there.

        If they are the same for some seconds more, up to `same_until`, the exchange is inaudible;
        otherwise the sound fades out and in.
        """
        with self._lock:
            if not self._moves and self._feed.replace(blocks, same_until):
                self._blocks = blocks
            else:
                self._begin_move(blocks)

    def say_aside(self, sound: npt.NDArray[np.int16]) -> None:
        """Queue a sound to play while the session stands still: mono, shape (n,)."""
        with self._lock:
            both = sound if self.channels == 1 else np.repeat(sound[:, None], self.channels, axis=1)
            self._aside.append(both)

    def say_over(self, sound: npt.NDArray[np.int16]) -> None:
        """Mix a short sound into the output immediately: mono, shape (n,)."""
        with self._lock:
            self._over = sound

    def close(self) -> None:
        """End the thread that reads ahead."""
        self._feed.close()

    def pull(self, count: int) -> Block:
        """The next `count` samples, shape (count,) or (count, 2); silence if nothing plays."""
        block = self._silence(count)
        with self._lock:
            filled = 0
            while filled < count:
                piece = self._next(count - filled)
                if piece is None:
                    break
                block[filled : filled + len(piece)] = piece
                filled += len(piece)
            self.pulled += count
            self._mix_over(block)
        return block if self.volume == 1.0 else (block * self.volume).astype(np.int16)

    def _next(self, count: int) -> Block | None:
        """At most `count` samples of one playing state; None if the rest is silence."""
        if self._level > 0 and (self._moves or not self.going):
            return self._faded_out(min(count, self._level))
        if not self.going:
            return self._next_aside(count)
        if self._level < FADE:
            return self._faded_in(min(count, FADE - self._level))
        return self._played(count)

    def _faded_out(self, count: int) -> Block | None:
        piece = self._played(count)
        if piece is None or not len(piece):  # nothing that could click is audible
            self._level = 0
        else:
            levels = np.arange(self._level, self._level - len(piece), -1) - 1
            piece = _faded(piece, levels)
            self._level -= len(piece)
        if not self._level:
            self._settle()
        return piece if piece is not None else self._silence(0)

    def _faded_in(self, count: int) -> Block | None:
        piece = self._played(count)
        if piece is None:
            return None
        levels = np.arange(self._level, self._level + len(piece))
        self._level += len(piece)
        return _faded(piece, levels)

    def _played(self, count: int) -> Block | None:
        try:
            piece = self._feed.take(count)
        except Exception as error:  # the device's thread cannot handle it: `check` raises it
            self._failure = error
            self.going = False
            return None
        if piece is None:
            self.underruns += self._position > 0
        elif not len(piece):
            if not self._moves:  # a jump leads on, from the very end too
                self.ended = True
                self.going = False
                self._level = 0
            return None
        else:
            self._position += len(piece)
        return piece

    def _next_aside(self, count: int) -> Block | None:
        if not self._aside:
            return None
        sound = self._aside.popleft()
        if len(sound) > count:
            self._aside.appendleft(sound[count:])
        return sound[:count]

    def _mix_over(self, block: Block) -> None:
        over, self._over = self._over[: len(block)], self._over[len(block) :]
        if len(over):
            part = block[: len(over)]
            added = over if block.ndim == 1 else over[:, None]
            part[...] = np.clip(part.astype(np.int32) + added, -32768, 32767)

    def _begin_move(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._moves = True
        if not self._level:
            self._settle()

    def _settle(self) -> None:
        """Carry out a pending move, in silence."""
        if self._moves:
            self._position = min(self.position, self._blocks.length)
            self._moves, self._target, self.ended = False, None, False
            self._feed.restart(self._blocks, self._position)

    def _silence(self, count: int) -> Block:
        shape = (count,) if self.channels == 1 else (count, self.channels)
        return np.zeros(shape, np.int16)


def _faded(piece: Block, levels: npt.NDArray[np.int64]) -> Block:
    """Scale samples by levels from 0 to `FADE`, along half a cosine."""
    gain = (1 - np.cos(np.pi * levels / FADE)) / 2
    shaped = piece * (gain if piece.ndim == 1 else gain[:, None])
    return np.rint(shaped).astype(np.int16)
