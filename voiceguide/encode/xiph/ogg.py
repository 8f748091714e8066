"""Ogg Vorbis and Opus: libsndfile's pages on their way into a file, with comments of our own."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
from msgspec import Struct, field

from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import put_sound
from voiceguide.encode.tags import FoundTags, Tags
from voiceguide.encode.xiph.flac import comment_block, comments, picture, tags_of
from voiceguide.render import Blocks

# ── ogg pages, RFC 3533: a header, how long each piece of a packet is, and the pieces


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


class Page(Struct, frozen=True):
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
        raise ValueError("this is not an Ogg page")
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


# ── ogg Vorbis and Opus: libsndfile's pages on their way into a file, with comments of our own


STREAM = 0x766F6963
"""The number of each file's only stream: any will do, and the same one every time."""

PICTURE_NAME = "METADATA_BLOCK_PICTURE"
"""<https://wiki.xiph.org/VorbisComment#Cover_art>"""


class Codec(Struct, frozen=True):
    """How a codec stands in Ogg."""

    name: str
    """libsndfile's."""
    headers: int
    """Packets before the sound; the second one holds the comments."""
    mark: bytes
    """With which that packet begins."""
    end: bytes
    """With which it ends."""


VORBIS = Codec("VORBIS", 3, b"\x03vorbis", b"\x01")
OPUS = Codec("OPUS", 2, b"OpusTags", b"")


_NOMINAL = {
    1: (48, 60, 70, 80, 86, 96, 110, 120, 140, 160, 240),
    2: (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500),
}
"""kbit/s that libvorbis writes into its header for the qualities 0, 0.1 … 1, by channels."""

_OPUS_LOWEST, _OPUS_RANGE = 6, 250
"""kbit/s for each channel, between which libsndfile's compression chooses."""


def write_vorbis(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session as Ogg Vorbis, in the quality that is said to take so many kbit/s."""
    qualities = [quality / 10 for quality in range(11)]
    quality = float(np.interp(job.kbps, _NOMINAL[blocks.channels], qualities))
    _write(blocks, file, progress, VORBIS, job.tags, 1 - quality)


def write_opus(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session as Opus, of about so many kbit/s."""
    share = (job.kbps / blocks.channels - _OPUS_LOWEST) / _OPUS_RANGE
    _write(blocks, file, progress, OPUS, job.tags, 1 - share)


def _write(
    blocks: Blocks,
    file: BinaryIO,
    progress: Progress,
    codec: Codec,
    tags: Tags | None,
    compression: float,
) -> None:
    relabelled = Relabelled(file, codec, fields(tags or Tags()))
    put_sound(blocks, relabelled, progress, "OGG", codec.name, compression)
    relabelled.check_whole()


def fields(tags: Tags) -> list[tuple[str, str]]:
    """The comments, the cover among them."""
    cover = [(PICTURE_NAME, base64.b64encode(picture(tags.cover)).decode())] if tags.cover else []
    return [*comments(tags), *cover]


class Relabelled(Struct):
    """A file that is handed pages in pieces of any size, and writes them with other comments."""

    file: BinaryIO
    codec: Codec
    fields: list[tuple[str, str]]
    _waiting: bytearray = field(default_factory=bytearray)
    """Bytes of a page that has not come whole yet."""
    _head: list[Page] = field(default_factory=list)
    """Pages of the header, as long as it has not come whole."""
    _written: int = 0
    """Pages."""
    _seen: int = 0
    """Bytes that libsndfile believes to have written."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""
        self._waiting += data
        while found := first_page(self._waiting):
            page, size = found
            del self._waiting[:size]
            self._take(page)
        self._seen += len(data)
        return len(data)

    def read(self, _count: int, /) -> bytes:
        """Nothing can be read back."""
        return b""

    def seek(self, _offset: int, _whence: int, /) -> int:
        """It stands at the end, always: libsndfile asks where, but never goes back."""
        return self._seen

    def tell(self) -> int:
        """How much was taken."""
        return self._seen

    def check_whole(self) -> None:
        """See to it that the stream ended with a page."""
        if self._waiting or self._head or not self._written:
            raise AssertionError("libsndfile wrote no whole Ogg stream")

    def _take(self, page: Page) -> None:
        if self._written:
            self._put(page)
            return
        self._head.append(page)
        packets = list(packets_in(self._head))
        if len(packets) >= self.codec.headers:
            self._put_head(packets)
            self._head.clear()

    def _put_head(self, packets: list[bytes]) -> None:
        """The first packet has a page to itself, and the sound begins on a new one."""
        mark, end = self.codec.mark, self.codec.end
        said = mark + comment_block(vendor_in(packets[1][len(mark) :]), self.fields) + end
        (first,) = packed(packets[:1])
        self._put(Page(FIRST, 0, first.pieces, first.body))
        for page in packed([said, *packets[2:]]):
            self._put(page)

    def _put(self, page: Page) -> None:
        self.file.write(page.as_bytes(STREAM, self._written))
        self._written += 1


def vendor_in(block: bytes) -> bytes:
    """Who made the sound, as a list of comments says it."""
    (size,) = struct.unpack_from("<I", block)
    return block[4 : 4 + size]


# ── the comments of a file, read back ────────────────────────────────────────


_AT_A_TIME = 1 << 16
_MOST = 1 << 28
"""Bytes of a header: one of more is no session's."""


def read_ogg(file: BinaryIO) -> FoundTags:
    """What a file of Vorbis or Opus says of itself."""
    for packet in islice(packets_in(_pages(file)), 1, 2):
        for codec in (VORBIS, OPUS):
            if packet.startswith(codec.mark):
                return tags_of(packet[len(codec.mark) :])
    return FoundTags()


def _pages(file: BinaryIO) -> Iterator[Page]:
    """The pages of a file, up to what is cut off or no page at all."""
    waiting = bytearray()
    while len(waiting) < _MOST and (data := file.read(_AT_A_TIME)):
        waiting += data
        try:
            while found := first_page(waiting):
                page, size = found
                yield page
                del waiting[:size]
        except ValueError:
            return
