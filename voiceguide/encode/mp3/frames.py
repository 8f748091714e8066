"""MP3 frames at 48 kHz and a constant bit rate: size, header, silence, CRC and encoding.

    frame = header (4 bytes), side information (17 in mono, 32 in stereo), main data (the rest)

    side information = main_data_begin (9 bits), private bits and scfsi (9 in mono, 11 in
        stereo), then 59 bits for each channel of the first granule and of the second

Bit positions follow ISO/IEC 11172-3, 2.4.1.3 (header) and 2.4.1.7 (side information); the figures
are for MPEG-1, layer III.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import BinaryIO

import lameenc
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.encode.formats import BIT_RATES, Progress
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Block

FRAME = 1152
"""Samples in a frame: two granules of 576; 24 ms at 48 kHz."""

ENCODER_DELAY = 576
"""Delay of the LAME encoder, in samples."""

DECODER_DELAY = 529
"""Delay of every decoder, in samples, as LAME counts it: 528 and one."""

HEADER_SIZE = 4

_SYNC, _MPEG_1, _LAYER_3, _NO_CRC = 0x7FF, 3, 1, 1
_48_KHZ, _ORIGINAL = 1, 1
_MODES = {1: 3, 2: 1}
"""The channel mode by number of channels: mono, joint stereo."""
_SIDE_SIZES = {1: 17, 2: 32}
_FIRST_GRANULE = {1: 18, 2: 20}
_GRANULE = 59
"""Bits of side information per granule and channel; the first 12 are `part2_3_length`."""
_GAIN = 210
"""The `global_gain` that scales by one; LAME also writes it into empty granules."""


def frame_count(length: int) -> int:
    """Frames that a decoder needs to return `length` samples after the delays are cut off.

    At least two: ffmpeg does not accept a single frame as an MP3.
    """
    return max(2, -(-(length + ENCODER_DELAY + DECODER_DELAY) // FRAME))


def end_padding(length: int) -> int:
    """Samples that a player must cut off after `length` samples, as the Info frame counts them."""
    return frame_count(length) * FRAME - ENCODER_DELAY - length


class Rate(Struct, frozen=True):
    """A constant bit rate, one of `BIT_RATES`, and the layout of its frames."""

    kbps: int
    channels: int = 1

    @property
    def side_size(self) -> int:
        """Bytes of side information in a frame."""
        return _SIDE_SIZES[self.channels]

    @property
    def room(self) -> int:
        """Bytes of main data that a frame can hold."""
        return self.size - HEADER_SIZE - self.side_size

    @property
    def granules(self) -> tuple[int, ...]:
        """The first bit of each granule and channel in the side information."""
        first = _FIRST_GRANULE[self.channels]
        return tuple(first + _GRANULE * index for index in range(2 * self.channels))

    @property
    def size(self) -> int:
        """Bytes in a frame."""
        return FRAME // 8 * self.kbps * 1000 // 48_000

    @property
    def header(self) -> bytes:
        """The four bytes of a frame's header; in stereo, LAME may set the mode extension bits."""
        version = _SYNC << 21 | _MPEG_1 << 19 | _LAYER_3 << 17 | _NO_CRC << 16
        rate = (BIT_RATES.index(self.kbps) + 1) << 12 | _48_KHZ << 10
        mode = _MODES[self.channels] << 6 | _ORIGINAL << 2
        return (version | rate | mode).to_bytes(HEADER_SIZE, "big")

    @property
    def silence(self) -> bytes:
        """A frame that decodes to zeros and does not depend on the frames around it."""
        bits = 8 * self.side_size
        side = sum(_GAIN << bits - granule - 29 for granule in self.granules)
        return (self.header + side.to_bytes(self.side_size, "big")).ljust(self.size, b"\0")


# ── CRC-16 of LAME's tag: polynomial x16 + x15 + x2 + 1, bits reversed, start 0


_POLYNOMIAL = 0xA001
_ROW = 128
"""Words of 16 bits in a row; a power of two."""

_Words = npt.NDArray[np.uint16]


def crc16(data: bytes, crc: int = 0) -> int:
    """The CRC of `data`, continued from `crc`, the CRC of the data before it."""
    whole = len(data) // (2 * _ROW) * _ROW
    rows = np.frombuffer(data, "<u2", whole).reshape(-1, _ROW)
    skip = _skip()
    for row in _row_sums(rows).tolist():
        crc = int(skip[crc]) ^ row
    return _one_by_one(data[2 * whole :], crc)


def _row_sums(rows: _Words) -> _Words:
    table = _table()
    sums = np.zeros(len(rows), np.uint16)
    for column in np.ascontiguousarray(rows.T):
        sums = table[sums ^ column]
    return sums


def _one_by_one(data: bytes, crc: int) -> int:
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


@cache
def _table() -> _Words:
    """The register after one word of zeros, for each register value."""
    register = np.arange(0x10000, dtype=np.uint16)
    for _ in range(16):
        register = np.where(register & 1, register >> 1 ^ _POLYNOMIAL, register >> 1)
    return register.astype(np.uint16)


@cache
def _skip() -> _Words:
    """The register after a row of zeros, for each register value: the table, repeatedly squared."""
    register = _table()
    for _ in range(_ROW.bit_length() - 1):
        register = register[register]
    return register


# ── encoding with LAME ───────────────────────────────────────────────────────


QUALITY = 7
"""LAME's `-q`. Measured on ten guided minutes at 64 kbps, 7 against 3: noise 25.1 dB below the
voice (3: 22.3), 5.0 % of the Bark bands above a simple masking threshold (3: 4.5 %), the same block
switching, in 0.4 of the time: 3 adds a longer search, from which speech gains next to nothing."""

_KEPT = 0.95
"""LAME's default scale factor of the sound, which lameenc cannot change. Measured with a tone of
440 Hz: 0.9501 of its level came out, 0.45 dB less."""


def encoded(blocks: Iterable[Block], rate: Rate) -> Iterator[bytes]:
    """Encode blocks with a fresh encoder; yield whole frames as the encoder returns them.

    In the decoded sound, the first frame begins 1105 samples before the first sample; its
    `main_data_begin` is 0.
    """
    encoder = _fresh_encoder(rate)
    rest = b""
    for block in blocks:
        rest += encoder.encode(_made_up_for(block).tobytes())
        whole = len(rest) - len(rest) % rate.size
        yield rest[:whole]
        rest = rest[whole:]
    yield rest + encoder.flush()


def _made_up_for(block: Block) -> Block:
    """Amplify samples to compensate for LAME's scale factor."""
    full = np.iinfo(np.int16)
    louder = block * np.float32(1 / _KEPT)
    np.clip(np.rint(louder, out=louder), full.min, full.max, out=louder)
    return louder.astype(np.int16)


@cache
def encoder_name() -> str:
    """The version of LAME, such as `LAME3.100`, as it writes it into the unused room of frames."""
    silence = np.zeros(2 * FRAME, np.int16)
    signature = re.search(rb"LAME\d[\d.]*", b"".join(encoded([silence], Rate(64))))
    return signature[0].decode() if signature else "LAME"


def _fresh_encoder(rate: Rate) -> lameenc.Encoder:
    encoder = lameenc.Encoder()
    encoder.silence()  # it prints to standard output otherwise
    encoder.set_channels(rate.channels)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_out_sample_rate(SAMPLE_RATE)  # LAME chooses a lower one at low bit rates otherwise
    encoder.set_bit_rate(rate.kbps)
    encoder.set_quality(QUALITY)
    return encoder


# ── writing the frames of a session, in order, with the Info frame first ─────


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
        file.write(bytes(_carrier(rate).size))  # reserved: its checksums are known at the end
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
_SOURCE_48_KHZ = 2 << 6


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
        *(encoder_name().encode(), _CONSTANT, min(rate.kbps, 255), cut, _SOURCE_48_KHZ),
        *(_bytes_in_all(rate, carrier, length), frames_crc),
    )
