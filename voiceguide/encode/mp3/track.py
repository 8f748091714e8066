"""Write the frames of a session to a file, in order, with the Info frame first."""

from __future__ import annotations

import struct
from typing import BinaryIO

from voiceguide.encode.formats import BIT_RATES, Progress
from voiceguide.encode.mp3.frames import (
    ENCODER_DELAY,
    HEADER_SIZE,
    QUALITY,
    Rate,
    crc16,
    encoder_name,
    end_padding,
    frame_count,
)

_RUN = 4096
"""Frames of silence written, or frames checksummed, at a time: under 4 MB at every rate."""


class Track:
    """Writes the frames of an MP3 file as they come; `done` of `frames` are in the file."""

    def __init__(self, file: BinaryIO, length: int, rate: Rate, progress: Progress) -> None:
        """Start at the current position of `file`, which is open for reading and writing."""
        self.rate = rate
        self.frames = frame_count(length)
        self.done = 0
        self._file = file
        self._length = length
        self._progress = progress
        self._info_at = file.tell()
        file.write(bytes(info_size(rate)))  # reserved: its checksums are known at the end
        self._first_at = file.tell()

    def add(self, frames: bytes) -> None:
        """Append whole frames; frames beyond the end of the session are dropped."""
        kept = frames[: (self.frames - self.done) * self.rate.size]
        self._file.write(kept)
        self.done += len(kept) // self.rate.size
        self._progress(self.done / self.frames)

    def restart(self) -> None:
        """Remove all frames from the file."""
        self._file.seek(self._first_at)
        self._file.truncate()
        self.done = 0

    def finish(self) -> None:
        """Fill up with silence, then write the Info frame into its reserved place."""
        while self.done < self.frames:
            self.add(self.rate.silence * min(_RUN, self.frames - self.done))
        crc = self._crc()
        self._file.seek(self._info_at)
        self._file.write(info_frame(self.rate, self._length, crc))
        self._file.seek(0, 2)

    def _crc(self) -> int:
        crc = 0
        self._file.seek(self._first_at)
        while run := self._file.read(_RUN * self.rate.size):
            crc = crc16(run, crc)
        return crc


# ── the Info frame: an empty first frame, whose main data describes the file ──


_FIELDS = 156
"""Bytes of the fields after the side information."""
_ALL_FIELDS = 0xF
_XING_QUALITY = 100 - 10 * 4 - QUALITY  # LAME's formula, with its default VBR quality of 4
_CONSTANT = 1
_48_KHZ = 2 << 6


def info_size(rate: Rate) -> int:
    """Size of the Info frame before frames of this rate, in bytes."""
    return _carrier(rate).size


def info_frame(rate: Rate, length: int, frames_crc: int) -> bytes:
    """The Info frame of a file with `length` samples whose frames have the CRC-16 `frames_crc`."""
    carrier = _carrier(rate)
    parts = (_xing(rate, carrier, length), _lame(rate, carrier, length, frames_crc))
    tag = carrier.header + bytes(carrier.side_size) + b"".join(parts)
    return (tag + struct.pack(">H", crc16(tag))).ljust(carrier.size, b"\0")


def _carrier(rate: Rate) -> Rate:
    """The rate itself, or the next higher one whose frames have room for all fields."""
    rates = (Rate(kbps, rate.channels) for kbps in BIT_RATES if kbps >= rate.kbps)
    return next(one for one in rates if one.size >= HEADER_SIZE + one.side_size + _FIELDS)


def _bytes_in_all(rate: Rate, carrier: Rate, length: int) -> int:
    return carrier.size + frame_count(length) * rate.size


def _xing(rate: Rate, carrier: Rate, length: int) -> bytes:
    frames, total = frame_count(length), _bytes_in_all(rate, carrier, length)
    places = (carrier.size + frames * percent // 100 * rate.size for percent in range(1, 100))
    contents = bytes([0, *(256 * place // total for place in places)])
    return struct.pack(">4sIII", b"Info", _ALL_FIELDS, frames, total) + (
        contents + struct.pack(">I", _XING_QUALITY)
    )


def _lame(rate: Rate, carrier: Rate, length: int, frames_crc: int) -> bytes:
    cut = (ENCODER_DELAY << 12 | end_padding(length)).to_bytes(3, "big")
    return struct.pack(
        ">9sB x 8x x B 3s B 3x I H",
        *(encoder_name().encode(), _CONSTANT, min(rate.kbps, 255), cut, _48_KHZ),
        *(_bytes_in_all(rate, carrier, length), frames_crc),
    )
