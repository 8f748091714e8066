"""Frames taken out of the middle of a stream, their main data packed anew.

A frame of an encoder's stream keeps part of its main data in the frames before it. What is cut
out there begins with frames whose data lie outside. Hence a run of frames is packed anew: its
data follow on one another as early as the run allows, from as few bytes before it as it can do
with. Those (mostly none) belong into the room that the frames before the run have left.

Bit positions follow ISO/IEC 11172-3, 2.4.1.7; that data may begin 511 bytes before their frame is
the width of `main_data_begin`.
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
"""Bytes before its frame at which main data can begin."""

_SWITCHING = 33
"""The bit of a granule that says that its window is none of the usual long ones; two bits with
the window's type follow."""
_SHORT = 2

_GAIN_AT, _GAIN_WIDTH = 21, 8
"""Where in a granule's side information its `global_gain` stands: each step of it is a quarter of a
doubling, as 2.4.3.4 has it."""


class Packed(Struct, frozen=True):
    """A run of whole frames."""

    before: bytes
    """The last bytes of the frame that stands before it."""
    frames: bytes
    room: int
    """Bytes that are free at the end of its last frame."""


class Stream(Struct, frozen=True, eq=False, dict=True):
    """The frames of one encoder, from its first one on."""

    data: bytes
    rate: Rate

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.data) // self.rate.size

    def rest(self) -> None:
        """Drop what was derived from the frames: three times as many bytes as they have."""
        self.__dict__.clear()

    def quieter(self, steps: int) -> Stream:
        """The same sound, turned down by so many steps of 1.505 dB: 2 to the power of -1/4 each."""
        bits, shifts = self._bits.copy(), np.arange(_GAIN_WIDTH - 1, -1, -1)
        for granule in self.rate.granules:
            at = granule + _GAIN_AT
            gains = np.maximum(self._number(at, _GAIN_WIDTH) - steps, 0)
            bits[:, at : at + _GAIN_WIDTH] = gains[:, None] >> shifts & 1
        frames = self._frames.copy()
        frames[:, HEADER_SIZE : HEADER_SIZE + self.rate.side_size] = np.packbits(bits, axis=1)
        return Stream(frames.tobytes(), self.rate)

    def need(self, first: int) -> int:
        """The fewest bytes that a run from this frame on must find before it."""
        before = self._shortfall[first - 1] if first else 0
        return max(0, int(self._most_ahead[first] - before))

    def follows(self, first: int, other: Stream, last: int) -> bool:
        """Whether a run from `first` on may stand behind the frame `last` of another stream.

        A short window comes after a window that leads to it, and a long one after one that leads
        back, or else their halves do not make up a whole in the decoder.
        """
        return bool(np.array_equal(self._enters[first], other._leaves[last]))

    def rooms(self, first: int) -> _Counts:
        """The room at the end of each frame of a run that begins with `first`."""
        ends = self._starts(first) + self._sizes[first:]
        slots = self.rate.room * np.arange(1, self.count - first + 1)
        return np.minimum(slots - ends, self.rate.room)

    def packed(self, first: int, stop: int) -> Packed:
        """The frames [first, stop), as a run of their own."""
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
        """Where the data of each frame from `first` on begin, from the first one's main data on.

        Each begins where the one before it ends, or at the farthest that it can reach: e is the
        greatest, over all frames before, of its farthest start and all sizes from there on.
        """
        sizes = self._sizes[first:]
        before = np.cumsum(sizes) - sizes
        farthest = self.rate.room * np.arange(len(sizes)) - _FARTHEST
        starts: _Counts = np.maximum.accumulate(np.maximum(farthest, -self.need(first)) - before)
        return starts + before

    # ── what the encoder wrote ───────────────────────────────────────────────

    @cached_property
    def _frames(self) -> _Bytes:
        return np.frombuffer(self.data, np.uint8).reshape(-1, self.rate.size)

    @cached_property
    def _main(self) -> _Bytes:
        """The main data of all frames, which are one stream."""
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
        """Bytes of main data of each frame."""
        bits = np.sum([self._number(at, 12) for at in self.rate.granules], axis=0)
        return np.asarray(bits + 7) // 8

    @cached_property
    def _begins(self) -> _Counts:
        """Where in `_main` the data of each frame begin."""
        return self.rate.room * np.arange(self.count) - self._number(0, 9)

    @cached_property
    def _shortfall(self) -> _Counts:
        """Bytes by which all data up to each frame are more than the room up to it."""
        return np.cumsum(self._sizes - self.rate.room)

    @cached_property
    def _most_ahead(self) -> _Counts:
        """The greatest shortfall from each frame on."""
        return np.maximum.accumulate(self._shortfall[::-1])[::-1]

    # ── windows ──────────────────────────────────────────────────────────────

    @cached_property
    def _windows(self) -> _Bytes:
        """The type of each granule's window: 0 long, 1 leads to short, 2 short, 3 leads back."""
        kinds = [
            self._bits[:, at + _SWITCHING]
            * (2 * self._bits[:, at + _SWITCHING + 1] + self._bits[:, at + _SWITCHING + 2])
            for at in self.rate.granules
        ]
        return np.stack(kinds, axis=1)

    @cached_property
    def _enters(self) -> _Flags:
        """Whether each channel of a frame begins in the short."""
        return self._windows[:, : self.rate.channels] >= _SHORT

    @cached_property
    def _leaves(self) -> _Flags:
        """Whether each channel of a frame ends in the short, or right before it."""
        leading_to_short = (_SHORT - 1, _SHORT)
        return np.isin(self._windows[:, self.rate.channels :], leading_to_short)
