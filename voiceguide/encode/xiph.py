"""Write FLAC, Ogg Vorbis and Opus: libsndfile encodes the sound, and voiceguide writes the tags.

libsndfile can write a title and an artist, but no chapters, no cover, and no custom tags; and it
gives each Ogg stream a random number, although equal sessions should give equal files. So a FLAC
gets our own blocks in front of its frames, and of an Ogg stream every page is passed on, renumbered
and with our own comments. This needs no knowledge of the encoders, and no second package.

Sources: RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), the Vorbis I specification, 5
(comments) and its appendix A (Vorbis in Ogg); for chapters,
<https://wiki.xiph.org/Chapter_Extension>.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
from msgspec import Struct, field

from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import put_sound
from voiceguide.encode.tags import ChapterTag, FoundTags, Tags, clock, picture_type
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.patterns import late
from voiceguide.render import Blocks

# ── Vorbis comments: a list of names and texts, the same in FLAC, Ogg Vorbis and Opus


TIMELINE_NAME = "VOICEGUIDE_TIMELINE"

MOST_CHAPTERS = 999
"""Most chapters; they are numbered with three digits, and later ones are left out."""

_FRONT_COVER = 3
_CLOCK = late(r"(\d+):(\d\d):(\d\d)\.(\d{3})", re.ASCII)


def comments(tags: Tags) -> list[tuple[str, str]]:
    """Return the tags, except the cover, as names and texts, without empty ones."""
    number, tracks = tags.track or ("", "")
    said = {
        "TITLE": tags.title,
        "ARTIST": tags.artist,
        "ALBUM": tags.album,
        "ALBUMARTIST": tags.album_artist,
        "TRACKNUMBER": str(number),
        "TRACKTOTAL": str(tracks),
        "DATE": tags.date or "",
        "GENRE": tags.genre,
        "COMMENT": tags.comment,
        "LANGUAGE": tags.language,
        "LYRICS": "\n".join(line.text for line in tags.lines),
        TIMELINE_NAME: tags.timeline,
    }
    everything = (*said.items(), *_chapters(tags.chapters))
    cleaned = ((name, text.replace("\0", "")) for name, text in everything)
    return [(name, text) for name, text in cleaned if text]


def comment_block(vendor: bytes, fields: Iterable[tuple[str, str]]) -> bytes:
    """Return the list as bytes; `vendor` names the encoder."""
    entries = [f"{name}={text}".encode(errors="replace") for name, text in fields]
    counted = struct.pack("<I", len(entries))
    return _sized(vendor) + counted + b"".join(map(_sized, entries))


def picture(cover: bytes) -> bytes:
    """Return the front cover as in FLAC, RFC 9639, 8.8; the size in pixels is left unspecified."""
    kind = picture_type(cover).encode()
    start = struct.pack(">2I", _FRONT_COVER, len(kind))
    return start + kind + struct.pack(">6I", 0, 0, 0, 0, 0, len(cover)) + cover


def _chapters(chapters: Iterable[ChapterTag]) -> Iterator[tuple[str, str]]:
    for number, chapter in enumerate(chapters, 1):
        if number <= MOST_CHAPTERS:
            yield f"CHAPTER{number:03}", clock(chapter.start)
            yield f"CHAPTER{number:03}NAME", chapter.title


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


# ── comments, read back ──────────────────────────────────────────────────────


def tags_of(block: bytes) -> FoundTags:
    """Read chapters and timeline from a list of comments, which may be truncated anywhere."""
    found = dict(_fields(block))
    return FoundTags(_chapters_in(found), found.get(TIMELINE_NAME))


def _chapters_in(comments: dict[str, str]) -> tuple[ChapterTag, ...]:
    """Return the chapters in order of time; each lasts until the next, the last has no length."""
    starts = sorted(
        (start, comments.get(f"{name}NAME", ""))
        for name, text in comments.items()
        if re.fullmatch(r"CHAPTER\d{3}", name) and (start := _samples(text)) is not None
    )
    stops = [start for start, _ in (*starts[1:], *starts[-1:])]
    return tuple(
        ChapterTag(title, start, stop) for (start, title), stop in zip(starts, stops, strict=True)
    )


def _samples(clock: str) -> int | None:
    parts = _CLOCK.fullmatch(clock)
    if not parts:
        return None
    hours, minutes, seconds, thousandths = map(int, parts.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * SAMPLE_RATE + thousandths * SAMPLE_RATE // 1000


def _fields(block: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and texts, up to one that is truncated."""
    at = _after(block, 0) + 4  # after the vendor and the number of comments
    while 4 <= at <= len(block) - 4 and (stop := _after(block, at)) <= len(block):
        name, _, text = block[at + 4 : stop].decode(errors="replace").partition("=")
        yield name.upper(), text
        at = stop


def _after(block: bytes, at: int) -> int:
    """Return the end of a field that is preceded by its size."""
    if len(block) < at + 4:
        return len(block)
    return int(at + 4 + struct.unpack_from("<I", block, at)[0])


# ── the FLAC file: our blocks, libsndfile's frames ───────────────────────────


_FLAC_MARK = b"fLaC"
STREAM_INFO, PADDING, COMMENTS, PICTURE = 0, 1, 4, 6
"""Types of metadata blocks."""

_INFO_SIZE = 34
_LAST_BLOCK = 0x80
_LARGEST_BLOCK = 1 << 24
"""A block has fewer bytes than this: its size is a number of three bytes."""

VENDOR = b"voiceguide"


def write_flac(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session; raise a UsageError if the cover is too large."""
    tags = job.tags or Tags()
    own = block(COMMENTS, comment_block(VENDOR, comments(tags)))
    if tags.cover:
        own += block(PICTURE, picture(tags.cover))
    begin = len(_FLAC_MARK) + 4 + _INFO_SIZE + len(own)
    file.write(bytes(begin))
    put_sound(blocks, _Behind(file, begin), progress, "FLAC", "PCM_16")
    info, sound_at = _made_by_libsndfile(file, begin)
    padding = struct.pack(">I", (PADDING | _LAST_BLOCK) << 24 | sound_at - begin - 4)
    file.seek(0)
    file.write(_FLAC_MARK + block(STREAM_INFO, info) + own + padding + bytes(sound_at - begin - 4))
    file.seek(0, 2)


def read_flac(file: BinaryIO) -> FoundTags:
    """Read the chapters and the timeline of a file."""
    return tags_of(next((content for kind, content in blocks_in(file) if kind == COMMENTS), b""))


def block(kind: int, content: bytes) -> bytes:
    """Build a metadata block that is not the last one."""
    if len(content) >= _LARGEST_BLOCK:
        raise UsageError("cover and texts are too large for a FLAC file", "choose a smaller cover")
    return struct.pack(">I", kind << 24 | len(content)) + content


def blocks_in(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield types and contents of the metadata blocks of a file that is positioned at its mark."""
    last = file.read(len(_FLAC_MARK)) != _FLAC_MARK
    while not last:
        head = file.read(4)
        if len(head) < 4:
            return
        last = bool(head[0] & _LAST_BLOCK)
        yield head[0] & ~_LAST_BLOCK, file.read(int.from_bytes(head[1:], "big"))


def _made_by_libsndfile(file: BinaryIO, begin: int) -> tuple[bytes, int]:
    """Return libsndfile's description of the sound, and the offset of the sound in the file."""
    file.seek(begin)
    found = list(blocks_in(file))
    if not found or found[0][0] != STREAM_INFO:
        raise AssertionError("libsndfile wrote no FLAC file")
    return found[0][1], file.tell()


class _Behind:
    """A view of a file from `begin` on."""

    def __init__(self, file: BinaryIO, begin: int) -> None:
        self._file, self._begin = file, begin

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def read(self, count: int, /) -> bytes:
        return self._file.read(count)

    def seek(self, offset: int, whence: int, /) -> int:
        from_start = self._begin if whence == 0 else 0
        return self._file.seek(offset + from_start, whence) - self._begin

    def tell(self) -> int:
        return self._file.tell() - self._begin


# ── Ogg pages, RFC 3533: a header, the lengths of the segments, and the segments


_HEAD = struct.Struct("<4sBBqIIIB")
"""Capture pattern, version, flags, position, stream, page number, checksum, number of segments."""

_PAGE_MARK = b"OggS"
_CHECKSUM = slice(22, 26)
_PIECE = 255
_MOST_PIECES = 255

GOES_ON, FIRST, LAST = 1, 2, 4
"""Flags: the first segment continues the previous page's packet; the stream's first page; last."""

NOWHERE = -1
"""The position of a page on which no packet ends."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Page(Struct, frozen=True):
    """A page of a stream."""

    flags: int
    position: int
    """Samples up to the end of the last packet that ends on this page."""
    pieces: bytes
    """The length of each segment."""
    body: bytes
    number: int = 0
    """Its number in the stream that it was read from, counted from 0."""

    def as_bytes(self, stream: int, number: int) -> bytes:
        """Return the page as it is stored in a file."""
        fields = (_PAGE_MARK, 0, self.flags, self.position, stream, number, 0, len(self.pieces))
        page = bytearray(_HEAD.pack(*fields) + self.pieces + self.body)
        page[_CHECKSUM] = struct.pack("<I", checksum(page))
        return bytes(page)


def checksum(data: bytes | bytearray) -> int:
    """Return the CRC-32 with the polynomial 0x04C11DB7, initial value 0, bits not reflected.

    zlib's CRC reflects the bits of each byte and of the sum, starts at all ones, and is inverted.
    """
    inverted = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{inverted:032b}"[::-1], 2)


def first_page(data: bytes | bytearray) -> tuple[Page, int] | None:
    """Return the page with which `data` begins, and its size; None if it is incomplete.

    Raise a ValueError if `data` begins with something else.
    """
    if len(data) < _HEAD.size:
        return None
    mark, _version, flags, position, _stream, number, _sum, count = _HEAD.unpack_from(data)
    if mark != _PAGE_MARK:
        raise ValueError("this is not an Ogg page")
    start = _HEAD.size + count
    pieces = bytes(data[_HEAD.size : start])
    size = start + sum(pieces)
    if len(pieces) < count or len(data) < size:
        return None
    return Page(flags, position, pieces, bytes(data[start:size]), number), size


def packed(packets: Iterable[bytes]) -> Iterator[Page]:
    """Yield as few pages as possible for header packets, which start a page; at position 0."""
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
    """Yield the packets that end on these pages, the first of which must start a packet."""
    packet = bytearray()
    for page in pages:
        at = 0
        for piece in page.pieces:
            packet += page.body[at : at + piece]
            at += piece
            if piece < _PIECE:
                yield bytes(packet)
                packet.clear()


# ── writing: libsndfile's pages with our own comments ────────────────────────


STREAM = 0x766F6963
"""The number of a file's only stream: arbitrary, but always the same."""

PICTURE_NAME = "METADATA_BLOCK_PICTURE"
"""<https://wiki.xiph.org/VorbisComment#Cover_art>"""


class Codec(Struct, frozen=True):
    """The form of a codec in Ogg."""

    name: str
    """libsndfile's name of it."""
    headers: int
    """Packets before the sound; the second one has the comments."""
    mark: bytes
    """The first bytes of the comment packet."""
    end: bytes
    """The last bytes of the comment packet."""


VORBIS = Codec("VORBIS", 3, b"\x03vorbis", b"\x01")
OPUS = Codec("OPUS", 2, b"OpusTags", b"")

_NOMINAL = {
    1: (48, 60, 70, 80, 86, 96, 110, 120, 140, 160, 240),
    2: (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500),
}
"""kbit/s that libvorbis writes into its header for qualities 0, 0.1 … 1, by number of channels."""

_OPUS_LOWEST, _OPUS_RANGE = 6, 250
"""kbit/s per channel: the lowest, and the range above it that libsndfile's compression covers."""


def write_vorbis(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session as Ogg Vorbis, with the quality whose nominal bit rate is requested."""
    qualities = [quality / 10 for quality in range(11)]
    quality = float(np.interp(job.kbps, _NOMINAL[blocks.channels], qualities))
    _write(blocks, file, progress, VORBIS, job.tags, 1 - quality)


def write_opus(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session as Opus, at about the requested bit rate."""
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
    """Return the comments, including the cover."""
    cover = [(PICTURE_NAME, base64.b64encode(picture(tags.cover)).decode())] if tags.cover else []
    return [*comments(tags), *cover]


class Relabelled(Struct):
    """A file that gets pages in pieces of any size, and writes them with other comments."""

    file: BinaryIO
    codec: Codec
    fields: list[tuple[str, str]]
    _waiting: bytearray = field(default_factory=bytearray)
    """Bytes of an incomplete page."""
    _head: list[Page] = field(default_factory=list)
    """Pages of the header, while it is incomplete."""
    _written: int = 0
    """Pages written."""
    _accepted: int = 0
    """Pages that libsndfile has written."""
    _ended: bool = False
    """Whether one of them was marked as the last one."""
    _seen: int = 0
    """Bytes that libsndfile has written, from its point of view."""

    def write(self, data: bytes, /) -> int:
        """Accept the next bytes."""
        self._waiting += data
        while found := first_page(self._waiting):
            page, size = found
            del self._waiting[:size]
            if page.number != self._accepted:
                raise AssertionError("libsndfile's Ogg stream lacks a page")
            self._accepted += 1
            self._ended |= bool(page.flags & LAST)
            self._take(page)
        self._seen += len(data)
        return len(data)

    def read(self, _count: int, /) -> bytes:
        """Return nothing: the file cannot be read back."""
        return b""

    def seek(self, _offset: int, _whence: int, /) -> int:
        """Return the end: libsndfile asks for the position, but never moves back."""
        return self._seen

    def tell(self) -> int:
        """Return the bytes accepted so far."""
        return self._seen

    def check_whole(self) -> None:
        """Check that the stream ended with a complete page."""
        if self._waiting or self._head or not self._ended:
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
        """Write the header: the first packet has its own page, and the sound starts a new page."""
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
    """Return the vendor in a list of comments, which names the encoder."""
    (size,) = struct.unpack_from("<I", block)
    return block[4 : 4 + size]


# ── the comments of a file, read back ────────────────────────────────────────


_AT_A_TIME = 1 << 16
_LARGEST_HEADER = 1 << 28
"""Largest header that is read, in bytes; no session needs a larger one."""


def read_ogg(file: BinaryIO) -> FoundTags:
    """Read the chapters and the timeline of a Vorbis or Opus file."""
    for packet in islice(packets_in(_pages(file)), 1, 2):
        for codec in (VORBIS, OPUS):
            if packet.startswith(codec.mark):
                return tags_of(packet[len(codec.mark) :])
    return FoundTags()


def _pages(file: BinaryIO) -> Iterator[Page]:
    """Yield the pages of a file, up to one that is truncated or invalid."""
    waiting = bytearray()
    while len(waiting) < _LARGEST_HEADER and (data := file.read(_AT_A_TIME)):
        waiting += data
        try:
            while found := first_page(waiting):
                page, size = found
                yield page
                del waiting[:size]
        except ValueError:
            return
