"""The Info frame: an empty frame, first in the file, whose unused bytes tell players what follows.

Its layout is Xing's, then LAME's, big-endian; the first byte of each field in mono (in stereo,
where there is more side information, all but the first come 15 bytes later):

      0  header, empty side information          151  low-pass (0: not said)
     21  "Info"                                  152  peak and two replay gains (0: not said)
     25  which fields follow: all four           160  encoding flags (0: not said)
     29  frames after this one                   161  bit rate
     33  bytes, this frame's included            162  delay and padding, 12 bits each
     37  where each hundredth of the time        165  sampling rate
         begins, in 256ths of the bytes          166  gain, preset (0: none)
    137  quality                                 169  bytes, again
    141  the encoder's name                      173  CRC-16 of the frames after this one
    150  tag revision 0, method 1: constant      175  CRC-16 of all bytes before
"""

from __future__ import annotations

import struct

from voiceguide.encode.crc import crc16
from voiceguide.encode.frames import (
    BIT_RATES,
    ENCODER_DELAY,
    HEADER_SIZE,
    Rate,
    end_padding,
    frame_count,
)
from voiceguide.encode.lame import QUALITY, encoder_name

_FIELDS = 156
"""Bytes behind the side information."""
_ALL_FIELDS = 0xF
_XING_QUALITY = 100 - 10 * 4 - QUALITY  # as LAME counts it, with its VBR quality at rest on 4
_CONSTANT = 1
_48_KHZ = 2 << 6


def info_size(rate: Rate) -> int:
    """Bytes of the Info frame in front of frames of this rate."""
    return _carrier(rate).size


def info_frame(rate: Rate, length: int, frames_crc: int) -> bytes:
    """The Info frame of a file with `length` samples whose frames have this CRC-16."""
    carrier = _carrier(rate)
    parts = (_xing(rate, carrier, length), _lame(rate, carrier, length, frames_crc))
    tag = carrier.header + bytes(carrier.side_size) + b"".join(parts)
    return (tag + struct.pack(">H", crc16(tag))).ljust(carrier.size, b"\0")


def _carrier(rate: Rate) -> Rate:
    """The rate itself, or the next one whose frames have room for all fields."""
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
