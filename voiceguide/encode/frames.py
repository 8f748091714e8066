"""MP3 frames at 48 kHz, mono, constant bit rate: their size, their header, and silence.

    frame = header (4 bytes), side information (17), main data (the rest)

Bit positions follow ISO/IEC 11172-3, 2.4.1.3 (header) and 2.4.1.7 (side information); figures
are those of MPEG-1, layer III, one channel.
"""

from __future__ import annotations

from dataclasses import dataclass

FRAME = 1152
"""Samples in a frame: two granules of 576; 24 ms at 48 kHz."""

ENCODER_DELAY = 576
"""Samples by which LAME's sound comes late."""

DECODER_DELAY = 529
"""Samples by which every decoder's sound comes late, as LAME counts: 528 and one."""

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""kbit/s. At 48 kHz each of them makes frames of a whole number of bytes: 3 a kbit/s."""

HEADER_SIZE = 4
SIDE_SIZE = 17

_SYNC, _MPEG_1, _LAYER_3, _NO_CRC = 0x7FF, 3, 1, 1
_48_KHZ, _MONO, _ORIGINAL = 1, 3, 1
_SIDE_BITS = 8 * SIDE_SIZE
_GRANULES = (18, 77)
"""The bits at which the two granules begin; each begins with `part2_3_length`, 12 bits."""
_GAIN = 210
"""The `global_gain` that scales by one; LAME writes it into empty granules too."""


def frame_count(length: int) -> int:
    """Frames until a decoder has given `length` samples after cutting off the delays.

    Two at least: ffmpeg takes a single one for chance.
    """
    return max(2, -(-(length + ENCODER_DELAY + DECODER_DELAY) // FRAME))


def end_padding(length: int) -> int:
    """Samples after the last of `length` that a player must cut off, as the Info frame counts."""
    return frame_count(length) * FRAME - ENCODER_DELAY - length


@dataclass(frozen=True, slots=True)
class Rate:
    """A constant bit rate, one of `BIT_RATES`, and what its frames look like."""

    kbps: int

    @property
    def size(self) -> int:
        """Bytes in a frame."""
        return FRAME // 8 * self.kbps * 1000 // 48_000

    @property
    def header(self) -> bytes:
        """The four bytes with which every frame begins."""
        version = _SYNC << 21 | _MPEG_1 << 19 | _LAYER_3 << 17 | _NO_CRC << 16
        rate = (BIT_RATES.index(self.kbps) + 1) << 12 | _48_KHZ << 10
        return (version | rate | _MONO << 6 | _ORIGINAL << 2).to_bytes(HEADER_SIZE, "big")

    @property
    def silence(self) -> bytes:
        """A frame that decodes to zeros, needs no frame before it and none after."""
        side = sum(_GAIN << _SIDE_BITS - granule - 29 for granule in _GRANULES)
        return (self.header + side.to_bytes(SIDE_SIZE, "big")).ljust(self.size, b"\0")

    def is_empty(self, frames: bytes, index: int) -> bool:
        """Whether a frame holds no sound: both its granules have no main data."""
        start = index * self.size + HEADER_SIZE
        side = int.from_bytes(frames[start : start + SIDE_SIZE], "big")
        return not any(side >> _SIDE_BITS - granule - 12 & 0xFFF for granule in _GRANULES)
