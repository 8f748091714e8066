"""Ogg pages, RFC 3533: a header, how long each piece of a packet is, and the pieces.

A packet is cut into pieces of 255 bytes, the last of which is shorter; a page has at most 255.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEAD = struct.Struct("<4sBBqIIIB")
"""Mark, version, flags, position, stream, number, checksum, pieces."""

_MARK = b"OggS"
_CHECKSUM = slice(22, 26)
_PIECE = 255
_MOST_PIECES = 255

GOES_ON, FIRST, LAST = 1, 2, 4
"""Flags: the first piece goes on with the packet of the page before; the stream's first, last."""

NOWHERE = -1
"""The position of a page on which no packet ends."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a stream."""

    flags: int
    position: int
    """Samples until the end of the last packet that ends here."""
    pieces: bytes
    """The length of each."""
    body: bytes

    def as_bytes(self, stream: int, number: int) -> bytes:
        """The page as it stands in a file."""
        fields = (_MARK, 0, self.flags, self.position, stream, number, 0, len(self.pieces))
        page = bytearray(_HEAD.pack(*fields) + self.pieces + self.body)
        page[_CHECKSUM] = struct.pack("<I", checksum(page))
        return bytes(page)


def checksum(data: bytes | bytearray) -> int:
    """CRC-32 of the polynomial 0x04C11DB7, begun at zero and never turned around.

    zlib's is the same with every byte and the sum read backwards, begun at ones and inverted.
    """
    inverted = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{inverted:032b}"[::-1], 2)


def first_page(data: bytes | bytearray) -> tuple[Page, int] | None:
    """The page with which `data` begins, and its size; None where it is not all there.

    Raises:
        ValueError: there is something else.
    """
    if len(data) < _HEAD.size:
        return None
    mark, _version, flags, position, _stream, _number, _sum, count = _HEAD.unpack_from(data)
    if mark != _MARK:
        raise ValueError("this is no Ogg page")
    start = _HEAD.size + count
    pieces = bytes(data[_HEAD.size : start])
    size = start + sum(pieces)
    if len(pieces) < count or len(data) < size:
        return None
    return Page(flags, position, pieces, bytes(data[start:size])), size


def packed(packets: Iterable[bytes]) -> Iterator[Page]:
    """Packets of a header, from the top of a page on, as few pages as need be; at position 0."""
    pieces, body = bytearray(), bytearray()
    for packet in packets:
        pieces += bytes([_PIECE]) * (len(packet) // _PIECE) + bytes([len(packet) % _PIECE])
        body += packet
    at = 0
    for first in range(0, len(pieces), _MOST_PIECES):
        chosen = bytes(pieces[first : first + _MOST_PIECES])
        goes_on = GOES_ON if first and pieces[first - 1] == _PIECE else 0
        ends = any(piece < _PIECE for piece in chosen)
        yield Page(goes_on, 0 if ends else NOWHERE, chosen, bytes(body[at : at + sum(chosen)]))
        at += sum(chosen)


def packets_in(pages: Iterable[Page]) -> Iterator[bytes]:
    """The packets that end on these pages, the first of which begins one."""
    packet = bytearray()
    for page in pages:
        at = 0
        for piece in page.pieces:
            packet += page.body[at : at + piece]
            at += piece
            if piece < _PIECE:
                yield bytes(packet)
                packet.clear()
