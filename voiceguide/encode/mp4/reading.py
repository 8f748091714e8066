"""Chapters and timeline of an MP4 file, read back."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from voiceguide.encode.mp4.container import TICKS, TIMELINE_NAME
from voiceguide.encode.tags import Chapter
from voiceguide.lengths import SAMPLE_RATE

_HEAD = 8
_FULL = 4
"""Bytes of a full box before what is in it."""

_BEFORE_DATA = 8
"""Bytes of an item's data before what is in it: its type, and the place it is for."""

_MOST = 1 << 28
"""Bytes of a `moov`: one of more is no session's."""


def movie_of(file: BinaryIO) -> bytes:
    """What is in the box `moov` of a file; nothing where there is none."""
    while len(head := file.read(_HEAD)) == _HEAD:
        size, name = struct.unpack(">I4s", head)
        if size < _HEAD or (name == b"moov" and size > _MOST):
            break
        if name == b"moov":
            return file.read(size - _HEAD)
        file.seek(size - _HEAD, 1)
    return b""


def chapters_in(movie: bytes) -> tuple[Chapter, ...]:
    """The chapters of the list, in samples."""
    found = sorted(_listed(_find(movie, b"udta", b"chpl")))
    stops = [*(start for start, _ in found[1:]), _length(_find(movie, b"mvhd"))]
    # a movie without chapters has a length all the same
    pairs = zip(found, stops, strict=False)
    return tuple(Chapter(title, start, max(start, stop)) for (start, title), stop in pairs)


def timeline_in(movie: bytes) -> str | None:
    """The timeline; None where there is none."""
    items = _find(movie, b"udta", b"meta")[_FULL:]
    for name, item in _boxes(_find(items, b"ilst")):
        own = name == b"----" and _find(item, b"name")[_FULL:] == TIMELINE_NAME.encode()
        if own:
            return _find(item, b"data")[_BEFORE_DATA:].decode(errors="replace")
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents, up to what is cut off or no box at all."""
    at = 0
    while at + _HEAD <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size < _HEAD or at + size > len(data):
            return
        yield name, data[at + _HEAD : at + size]
        at += size


def _find(data: bytes, *names: bytes) -> bytes:
    """What is in the first box of that name, in the first one of the name before; or nothing."""
    for name in names:
        data = next((content for found, content in _boxes(data) if found == name), b"")
    return data


def _length(head: bytes) -> int:
    """Of a movie, in samples; 0 where it does not say."""
    if len(head) < 20 or head[0]:  # a newer version, which is none of ours
        return 0
    scale, length = struct.unpack_from(">2I", head, 12)
    return round(length * SAMPLE_RATE / scale) if scale else 0


def _listed(chapters: bytes) -> Iterator[tuple[int, str]]:
    at = 2 * _FULL + 1
    while at + 9 <= len(chapters):
        ticks, size = struct.unpack_from(">QB", chapters, at)
        at += 9
        title = chapters[at : at + size].decode(errors="replace")
        yield (ticks * SAMPLE_RATE + TICKS // 2) // TICKS, title
        at += size
