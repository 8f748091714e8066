"""Cut frames out of the middle of a stream, and pack their main data anew.

A frame of an encoder's stream may store part of its main data in the frames before it. If a run of
frames is cut out, the data of its first frames may be outside. So the run is packed anew: the data
of its frames are stored one after another, as early as possible, with as few bytes before the run
as it needs. Those bytes (mostly none) go into the free room of the frames before the run.

Bit positions follow ISO/IEC 11172-3, 2.4.1.7; the width of `main_data_begin` allows data to begin
up to 511 bytes before their frame.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.encode.mp3.frames import HEADER_SIZE, Rate

_Bytes = npt.NDArray[np.uint8]
_Counts = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]

_FARTHEST = 511
"""Largest value of `main_data_begin`: bytes before its frame at which main data can begin."""

_SWITCHING = 33
"""The bit of a granule's side information that is set if its window is not a normal long one; the
two bits after it are the window's type."""
_SHORT = 2

_GAIN_AT, _GAIN_WIDTH = 21, 8
"""First bit and width of `global_gain` in a granule's side information; a step of it is a factor of
2 to the power of 1/4 (2.4.3.4)."""


class Packed(Struct, frozen=True):
    """A run of whole frames, packed anew."""

    before: bytes
    """Main data of the run that replace the last bytes of the frame before it."""
    frames: bytes
    room: int
    """Free bytes at the end of the last frame."""


class Stream(Struct, frozen=True, eq=False, dict=True):
    """All frames of one encoder, from the first."""

    data: bytes
    rate: Rate

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self.data) // self.rate.size

    def rest(self) -> None:
        """Drop the data derived from the frames, three times as many bytes as the frames have."""
        self.__dict__.clear()

    def quieter(self, steps: int) -> Stream:
        """The same sound, turned down by `steps` of 1.505 dB, a factor of 2 to the power of -1/4
        each."""
        bits, shifts = self._bits.copy(), np.arange(_GAIN_WIDTH - 1, -1, -1)
        for granule in self.rate.granules:
            at = granule + _GAIN_AT
            gains = np.maximum(self._number(at, _GAIN_WIDTH) - steps, 0)
            bits[:, at : at + _GAIN_WIDTH] = gains[:, None] >> shifts & 1
        frames = self._frames.copy()
        frames[:, HEADER_SIZE : HEADER_SIZE + self.rate.side_size] = np.packbits(bits, axis=1)
        return Stream(frames.tobytes(), self.rate)

    def need(self, first: int) -> int:
        """Bytes of room that a run starting at frame `first` needs before it, at least."""
        before = self._shortfall[first - 1] if first else 0
        return max(0, int(self._most_ahead[first] - before))

    def follows(self, first: int, other: Stream, last: int) -> bool:
        """Whether the windows allow a run starting at `first` after the frame `last` of `other`.

        A short or stop window must follow a start or short one, and a long or start window a long
        or stop one; otherwise their halves do not add up in the decoder.
        """
        return bool(np.array_equal(self._enters[first], other._leaves[last]))

    def rooms(self, first: int) -> _Counts:
        """Free bytes at the end of each frame of a run that starts at `first`."""
        ends = self._starts(first) + self._sizes[first:]
        slots = self.rate.room * np.arange(1, self.count - first + 1)
        return np.minimum(slots - ends, self.rate.room)

    def packed(self, first: int, stop: int) -> Packed:
        """Pack the frames [first, stop) anew, as a run."""
        room, count, need = self.rate.room, stop - first, self.need(first)
        starts, sizes = self._starts(first)[:count], self._sizes[first:stop]
        main = np.zeros(need + count * room, np.uint8)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        taken = self._main[np.repeat(self._begins[first:stop], sizes) + within]
        main[np.repeat(starts + need, sizes) + within] = taken
        reach = room * np.arange(count) - starts
        frames = np.hstack((self._heads(first, stop, reach), main[need:].reshape(-1, room)))
        free = count * room - int(starts[-1] + sizes[-1])
        return Packed(main[:need].tobytes(), frames.tobytes(), min(free, room))

    def _heads(self, first: int, stop: int, reach: _Counts) -> _Bytes:
        heads = self._frames[first:stop, : HEADER_SIZE + self.rate.side_size].copy()
        heads[:, HEADER_SIZE] = reach >> 1
        heads[:, HEADER_SIZE + 1] &= 0x7F
        heads[:, HEADER_SIZE + 1] |= ((reach & 1) << 7).astype(np.uint8)
        return heads

    def _starts(self, first: int) -> _Counts:
        """The start of each frame's data in a run from `first`, in bytes of the run's main data.

        The data of a frame start where the data of the frame before it end, but at most `_FARTHEST`
        before the frame itself. So a start is the maximum, over this frame and all before it, of
        the earliest start that the frame allows plus the sizes from that frame up to this one.
        """
        sizes = self._sizes[first:]
        before = np.cumsum(sizes) - sizes
        farthest = self.rate.room * np.arange(len(sizes)) - _FARTHEST
        starts: _Counts = np.maximum.accumulate(np.maximum(farthest, -self.need(first)) - before)
        return starts + before

    # ── fields of the encoder's frames ───────────────────────────────────────

    @cached_property
    def _frames(self) -> _Bytes:
        return np.frombuffer(self.data, np.uint8).reshape(-1, self.rate.size)

    @cached_property
    def _main(self) -> _Bytes:
        """The main data of all frames, as one stream of bytes."""
        return self._frames[:, HEADER_SIZE + self.rate.side_size :].reshape(-1)

    @cached_property
    def _bits(self) -> _Bytes:
        side = self._frames[:, HEADER_SIZE : HEADER_SIZE + self.rate.side_size]
        return np.unpackbits(side, axis=1)

    def _number(self, at: int, width: int) -> _Counts:
        weights = 1 << np.arange(width - 1, -1, -1, dtype=np.int64)
        return self._bits[:, at : at + width] @ weights

    @cached_property
    def _sizes(self) -> _Counts:
        """Size of each frame's main data, in bytes."""
        bits = np.sum([self._number(at, 12) for at in self.rate.granules], axis=0)
        return np.asarray(bits + 7) // 8

    @cached_property
    def _begins(self) -> _Counts:
        """The start of each frame's data in `_main`."""
        return self.rate.room * np.arange(self.count) - self._number(0, 9)

    @cached_property
    def _shortfall(self) -> _Counts:
        """Bytes by which the data of all frames up to each one exceed the room of these frames."""
        return np.cumsum(self._sizes - self.rate.room)

    @cached_property
    def _most_ahead(self) -> _Counts:
        """The largest shortfall of each frame and all after it."""
        return np.maximum.accumulate(self._shortfall[::-1])[::-1]

    # ── windows ──────────────────────────────────────────────────────────────

    @cached_property
    def _windows(self) -> _Bytes:
        """The window type of each granule: 0 long, 1 start (before short), 2 short, 3 stop."""
        kinds = [
            self._bits[:, at + _SWITCHING]
            * (2 * self._bits[:, at + _SWITCHING + 1] + self._bits[:, at + _SWITCHING + 2])
            for at in self.rate.granules
        ]
        return np.stack(kinds, axis=1)

    @cached_property
    def _enters(self) -> _Flags:
        """Whether the first granule of each channel has a short or a stop window."""
        return self._windows[:, : self.rate.channels] >= _SHORT

    @cached_property
    def _leaves(self) -> _Flags:
        """Whether the last granule of each channel has a start or a short window."""
        leading_to_short = (_SHORT - 1, _SHORT)
        return np.isin(self._windows[:, self.rate.channels :], leading_to_short)
