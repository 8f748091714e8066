"""Ogg Vorbis and Opus: libsndfile's pages on their way into a file, with comments of our own."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from voiceguide.encode.pcm import put_sound
from voiceguide.encode.tags import Tags
from voiceguide.encode.track import Progress
from voiceguide.encode.xiph.comments import comment_block, comments, picture
from voiceguide.encode.xiph.pages import FIRST, Page, first_page, packed, packets_in
from voiceguide.render import Blocks

STREAM = 0x766F6963
"""The number of each file's only stream: any will do, and the same one every time."""

PICTURE_NAME = "METADATA_BLOCK_PICTURE"
"""<https://wiki.xiph.org/VorbisComment#Cover_art>"""


@dataclass(frozen=True, slots=True)
class Codec:
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


def write_vorbis(
    blocks: Blocks, file: BinaryIO, progress: Progress, *, tags: Tags, kbps: int
) -> None:
    """Write a whole session as Ogg Vorbis, in the quality that is said to take so many kbit/s.

    Raises:
        UsageError: the date is none, or the cover is neither PNG nor JPEG.
    """
    qualities = [quality / 10 for quality in range(11)]
    quality = float(np.interp(kbps, _NOMINAL[blocks.channels], qualities))
    _write(blocks, file, progress, VORBIS, tags, 1 - quality)


def write_opus(
    blocks: Blocks, file: BinaryIO, progress: Progress, *, tags: Tags, kbps: int
) -> None:
    """Write a whole session as Opus, of about so many kbit/s.

    Raises:
        UsageError: the date is none, or the cover is neither PNG nor JPEG.
    """
    share = (kbps / blocks.channels - _OPUS_LOWEST) / _OPUS_RANGE
    _write(blocks, file, progress, OPUS, tags, 1 - share)


def _write(
    blocks: Blocks,
    file: BinaryIO,
    progress: Progress,
    codec: Codec,
    tags: Tags,
    compression: float,
) -> None:
    relabelled = Relabelled(file, codec, fields(tags))
    put_sound(blocks, relabelled, progress, "OGG", codec.name, compression)
    relabelled.check_whole()


def fields(tags: Tags) -> list[tuple[str, str]]:
    """The comments, the cover among them."""
    cover = [(PICTURE_NAME, base64.b64encode(picture(tags.cover)).decode())] if tags.cover else []
    return [*comments(tags), *cover]


@dataclass(slots=True)
class Relabelled:
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
