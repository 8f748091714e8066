"""FLAC: every sample as it is, with comments, chapters and a cover.

libsndfile writes its file behind the room for our blocks. When it is done, its description of the
sound moves to the front, and its own first blocks become padding: a block of nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import put_sound
from voiceguide.encode.tags import FoundTags, Tags
from voiceguide.encode.xiph.comments import comment_block, comments, picture, tags_of
from voiceguide.errors import UsageError
from voiceguide.render import Blocks

MARK = b"fLaC"
STREAM_INFO, PADDING, COMMENTS, PICTURE = 0, 1, 4, 6
"""Types of blocks."""

_INFO_SIZE = 34
_LAST = 0x80
_LARGEST = 1 << 24
"""Bytes: a block says its size in three of them."""

VENDOR = b"voiceguide"


def write_flac(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session; a UsageError where the cover is too large."""
    own = b"".join(_own_blocks(job.tags or Tags()))
    begin = len(MARK) + 4 + _INFO_SIZE + len(own)
    file.write(bytes(begin))
    put_sound(blocks, _Behind(file, begin), progress, "FLAC", "PCM_16")
    info, sound_at = _made_by_libsndfile(file, begin)
    padding = struct.pack(">I", (PADDING | _LAST) << 24 | sound_at - begin - 4)
    file.seek(0)
    file.write(MARK + block(STREAM_INFO, info) + own + padding + bytes(sound_at - begin - 4))
    file.seek(0, 2)


def read_flac(file: BinaryIO) -> FoundTags:
    """What a file says of itself."""
    return tags_of(next((content for kind, content in blocks_in(file) if kind == COMMENTS), b""))


def block(kind: int, content: bytes) -> bytes:
    """A metadata block, which is not the last one."""
    if len(content) >= _LARGEST:
        raise UsageError("cover and texts are too large for a FLAC file", "choose a smaller cover")
    return struct.pack(">I", kind << 24 | len(content)) + content


def blocks_in(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Types and contents of the metadata blocks, from the mark on, where the file stands now."""
    last = file.read(len(MARK)) != MARK
    while not last:
        head = file.read(4)
        if len(head) < 4:
            return
        last = bool(head[0] & _LAST)
        yield head[0] & ~_LAST, file.read(int.from_bytes(head[1:], "big"))


def _own_blocks(tags: Tags) -> Iterator[bytes]:
    yield block(COMMENTS, comment_block(VENDOR, comments(tags)))
    if tags.cover:
        yield block(PICTURE, picture(tags.cover))


def _made_by_libsndfile(file: BinaryIO, begin: int) -> tuple[bytes, int]:
    """Its description of the sound, and where in the file the sound begins."""
    file.seek(begin)
    found = list(blocks_in(file))
    if not found or found[0][0] != STREAM_INFO:
        raise AssertionError("libsndfile wrote no FLAC file")
    return found[0][1], file.tell()


class _Behind:
    """A file as it looks from `begin` on."""

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
