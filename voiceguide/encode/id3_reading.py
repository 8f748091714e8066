"""What an ID3 tag holds, read back: chapters and the timeline.

Tags of version 2.3 and 2.4 are read, for programs that copy a file may write the newer one. A tag
may hold anything: what makes no sense is left out, and nothing is read beyond its end. The sources
are those of `id3`, and <https://id3.org/id3v2.4.0-structure> for sizes in 2.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from voiceguide.encode.id3 import TIMELINE_NAME
from voiceguide.encode.tags import Chapter
from voiceguide.lengths import SAMPLE_RATE

_HEADER = 10
_UNSYNCHRONISED, _EXTENDED = 0x80, 0x40
_NEWER = 4
_NEWER_UNSYNCHRONISED, _NEWER_COUNTED = 0x02, 0x01
_UNREADABLE = {3: 0xE0, _NEWER: 0x0C}
"""Flags of a frame that is compressed or encrypted (or, in 2.3, grouped): never ours."""

_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
"""By the first byte of a text."""


class Frame(NamedTuple):
    """A frame of a tag: its name of four letters, what is in it, and the tag's version."""

    name: str
    data: bytes
    version: int


def frames_of(file: BinaryIO) -> list[Frame]:
    """The frames of the tag with which a file begins; none where it has no tag that is known."""
    head = file.read(_HEADER)
    if len(head) < _HEADER or head[:3] != b"ID3" or head[3] not in _UNREADABLE:
        return []
    version, flags = head[3], head[5]
    body = file.read(_from_seven_bits(head[6:10]))
    if flags & _UNSYNCHRONISED and version < _NEWER:
        body = _synchronised(body)
    if flags & _EXTENDED:
        body = body[_extended_size(body, version) :]
    return list(_frames(body, version))


def timeline_in(frames: list[Frame]) -> str | None:
    """The text that `id3` put there as the timeline; None where there is none."""
    objects = (_object(frame.data) for frame in frames if frame.name == "GEOB")
    texts = (data for name, data in objects if name == TIMELINE_NAME)
    found = next(texts, None)
    return None if found is None else found.decode("utf-8", errors="replace")


def chapters_in(frames: list[Frame]) -> tuple[Chapter, ...]:
    """The chapters by their times, in samples of the session to the nearest millisecond."""
    found = (_chapter(frame) for frame in frames if frame.name == "CHAP")
    return tuple(sorted(filter(None, found), key=lambda chapter: chapter.start))


# ── frames ───────────────────────────────────────────────────────────────────


def _frames(body: bytes, version: int) -> Iterator[Frame]:
    """Frames, up to the padding or to what is cut off or no frame at all."""
    at = 0
    while at + _HEADER <= len(body):
        name, size_bytes, flags = body[at : at + 4], body[at + 4 : at + 8], body[at + 9]
        at += _HEADER
        size = _size(size_bytes, version)
        if not (name.isalnum() and name.isascii()) or at + size > len(body):
            return
        if not flags & _UNREADABLE[version]:
            yield Frame(name.decode(), _plain(body[at : at + size], flags, version), version)
        at += size


def _plain(data: bytes, flags: int, version: int) -> bytes:
    if version < _NEWER:
        return data
    if flags & _NEWER_COUNTED:
        data = data[4:]
    return _synchronised(data) if flags & _NEWER_UNSYNCHRONISED else data


def _size(four: bytes, version: int) -> int:
    return _from_seven_bits(four) if version >= _NEWER else int.from_bytes(four, "big")


def _extended_size(body: bytes, version: int) -> int:
    """In 2.3 the size does not count itself, in 2.4 it does."""
    size = _size(body[:4], version)
    return size if version >= _NEWER else size + 4


def _from_seven_bits(four: bytes) -> int:
    size = 0
    for byte in four:
        size = size << 7 | byte & 0x7F
    return size


def _synchronised(data: bytes) -> bytes:
    """Without the zeros that keep 0xFF from looking like the beginning of a sound frame."""
    return data.replace(b"\xff\0", b"\xff")


# ── what is in them ──────────────────────────────────────────────────────────


def _object(data: bytes) -> tuple[str, bytes]:
    """A general encapsulated object: what it is called, and what it holds."""
    encoding, rest = data[:1], data[1:]
    _type, rest = _text(b"\0", rest)
    _file_name, rest = _text(encoding, rest)
    return _text(encoding, rest)


def _chapter(chapter: Frame) -> Chapter | None:
    _name, _, rest = chapter.data.partition(b"\0")
    if len(rest) < 16:
        return None
    start, stop = struct.unpack(">2I", rest[:8])
    texts = {frame.name: frame.data for frame in _frames(rest[16:], chapter.version)}
    title = texts.get("TIT2", b"")
    return Chapter(_text(title[:1], title[1:])[0], _in_samples(start), _in_samples(stop))


def _text(encoding: bytes, data: bytes) -> tuple[str, bytes]:
    """A text that ends at its zero or with the data, and what comes after it."""
    code = encoding[0] if encoding and encoding[0] < len(_CODECS) else 0
    wide = code in (1, 2)
    stop = _wide_zero(data) if wide else data.find(b"\0")
    stop = len(data) if stop < 0 else stop
    text = data[:stop].decode(_CODECS[code], errors="replace")
    return text, data[stop + (2 if wide else 1) :]


def _wide_zero(data: bytes) -> int:
    """Where two zeros stand at an even place; -1 for nowhere."""
    at = data.find(b"\0\0")
    while at % 2 == 1 and at >= 0:
        at = data.find(b"\0\0", at + 1)
    return at


def _in_samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
