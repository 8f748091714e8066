"""Write and read ID3v2.3 tags for phones and podcast players: text, chapters, lyrics, a cover.

Sources: ID3 tag version 2.3.0 (<https://id3.org/id3v2.3.0>; the section of each frame is given)
and the ID3v2 ChapterTag Frame Addendum 1.0. Version 2.3, because more players read it than 2.4;
text in UTF-16 with its byte order mark, because 2.3 does not have UTF-8. Written by hand: the
library mutagen is under the GPL, and writes chapters out of order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from voiceguide.encode.mp3.frames import Rate, encoder_name
from voiceguide.encode.tags import (
    UNKNOWN,
    ChapterTag,
    FoundTags,
    Line,
    Tags,
    picture_type,
    three_letters,
)
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE, date_parts

_UTF_16 = b"\1"
_MARK = b"\xff\xfe"
_END = b"\0\0"
_NO_NAME = _MARK + _END
"""An empty description; even this one needs the byte order mark."""

_LARGEST = 1 << 28
"""Limit of a tag's size, in bytes: it is written in four bytes of seven bits."""

TIMELINE_NAME = "voiceguide timeline"
TIMELINE_TYPE = "application/json"
"""Description and MIME type of the object with the timeline."""

_SPARE = 1024
"""Padding bytes at the end, so that a tag can be edited without moving the sound."""

_MOST_ENTRIES = 255
"""Most entries of a table of contents: their number is written in one byte."""

_TOP_LEVEL, _ORDERED = 2, 1
_NO_OFFSET = 0xFFFFFFFF
_MILLISECONDS, _LYRICS = 2, 1
_FRONT_COVER = 3


def id3_tag(tags: Tags, length: int, rate: Rate) -> bytes:
    """The tag of a session of `length` samples, which comes before the MP3's frames.

    Raise a UsageError if cover and texts are too large.
    """
    body = b"".join(_frames(tags, length, rate)) + bytes(_SPARE)
    if len(body) >= _LARGEST:
        raise UsageError("cover and texts are too large for an MP3 file", "choose a smaller cover")
    return b"ID3\3\0\0" + _seven_bits(len(body)) + body


def _frames(tags: Tags, length: int, rate: Rate) -> Iterator[bytes]:
    """Yield the tag's frames, small ones first: a streaming player gets the chapters early."""
    language = three_letters(tags.language)
    yield from _plain_texts(tags, language, length, rate)
    yield from _chapter_frames(tags.chapters)
    if tags.comment:
        yield _frame("COMM", _UTF_16, language.encode(), _NO_NAME, _utf16(tags.comment))
    if tags.lines:
        yield _lyrics(tags.lines, language)
        yield _timed_lyrics(tags.lines, language)
    if tags.timeline:
        yield _timeline(tags.timeline)
    if tags.cover:
        yield _picture(tags.cover)


def _plain_texts(tags: Tags, language: str, length: int, rate: Rate) -> Iterator[bytes]:
    """Text information frames, 4.2.1."""
    year, month, day = date_parts(tags.date) if tags.date else ("", "", "")
    texts = {
        "TIT2": tags.title,
        "TPE1": tags.artist,
        "TALB": tags.album,
        "TPE2": tags.album_artist,
        "TRCK": tags.track_text,
        "TCON": tags.genre,
        "TYER": year,
        "TDAT": f"{day}{month}" if day else "",
        "TLAN": language if language != UNKNOWN else "",
        "TLEN": str(_milliseconds(length)),
        "TENC": "voiceguide",
        "TSSE": f"{encoder_name()}, {rate.kbps} kbps",
    }
    return (_text_frame(name, text) for name, text in texts.items() if text)


def _chapter_frames(chapters: tuple[ChapterTag, ...]) -> Iterator[bytes]:
    """Yield a table of contents and its chapters, without the chapters' levels.

    Players show chapters in one list, and some read only the top table: tables are nested only if
    one table cannot hold all chapters.
    """
    names = [f"ch{number}" for number in range(len(chapters))]
    if chapters:
        yield from _tables(names, 0)
    yield from map(_chapter, names, chapters)


def _tables(names: list[str], depth: int) -> Iterator[bytes]:
    """Yield CTOC frames from the top one down, each with at most `_MOST_ENTRIES` entries."""
    if len(names) <= _MOST_ENTRIES:
        yield _table("toc", _TOP_LEVEL | _ORDERED, names)
        return
    starts = range(0, len(names), _MOST_ENTRIES)
    parts = {f"toc{depth}-{at}": names[at : at + _MOST_ENTRIES] for at in starts}
    yield from _tables(list(parts), depth + 1)
    for name, part in parts.items():
        yield _table(name, _ORDERED, part)


def _table(name: str, flags: int, entries: list[str]) -> bytes:
    return _frame("CTOC", _id(name), bytes([flags, len(entries)]), *map(_id, entries))


def _chapter(name: str, chapter: ChapterTag) -> bytes:
    times = (_milliseconds(chapter.start), _milliseconds(chapter.stop))
    place = struct.pack(">4I", *times, _NO_OFFSET, _NO_OFFSET)
    return _frame("CHAP", _id(name), place, _text_frame("TIT2", chapter.title))


def _lyrics(lines: Iterable[Line], language: str) -> bytes:
    """The spoken words, a line each: unsynchronised lyrics, 4.9."""
    words = "\n".join(line.text for line in lines)
    return _frame("USLT", _UTF_16, language.encode(), _NO_NAME, _utf16(words))


def _timed_lyrics(lines: Iterable[Line], language: str) -> bytes:
    """The spoken words with their times: synchronised lyrics, 4.10."""
    words = b"".join(
        _utf16(line.text) + _END + struct.pack(">I", _milliseconds(line.at)) for line in lines
    )
    kind = bytes([_MILLISECONDS, _LYRICS])
    return _frame("SYLT", _UTF_16, language.encode(), kind, _NO_NAME, words)


def _picture(cover: bytes) -> bytes:
    """The front cover: attached picture, 4.15."""
    kind = picture_type(cover)
    latin_1, no_name = b"\0", b"\0"
    return _frame("APIC", latin_1, _id(kind), bytes([_FRONT_COVER]), no_name, cover)


def _timeline(text: str) -> bytes:
    """The timeline as a general encapsulated object, 4.16: an embedded file, which players ignore.

    Some players would show a text frame, and it would be twice as large.
    """
    latin_1, no_file_name = b"\0", b"\0"
    data = text.encode("utf-8", errors="replace")
    return _frame("GEOB", latin_1, _id(TIMELINE_TYPE), no_file_name, _id(TIMELINE_NAME), data)


def _text_frame(name: str, text: str) -> bytes:
    return _frame(name, _UTF_16, _utf16(text))


def _frame(name: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return name.encode() + struct.pack(">IH", len(body), 0) + body


def _id(name: str) -> bytes:
    return name.encode() + b"\0"


def _utf16(text: str) -> bytes:
    """Encode a text with a byte order mark; drop zeros, which would end it, and replace lone
    surrogates by `?`."""
    return _MARK + text.replace("\0", "").encode("utf-16-le", errors="replace")


def _milliseconds(sample: int) -> int:
    """The nearest millisecond of a sample, in whole numbers without floats."""
    return (sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def _seven_bits(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


# ── reading chapters and the timeline from a tag ─────────────────────────────


_HEADER = 10
_UNSYNCHRONISED, _EXTENDED = 0x80, 0x40
_NEWER = 4
_NEWER_UNSYNCHRONISED, _NEWER_COUNTED = 0x02, 0x01
_UNREADABLE = {3: 0xE0, _NEWER: 0x0C}
"""By version, the flags of frames that are compressed or encrypted (or, in 2.3, grouped), which
voiceguide never writes."""

_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
"""The codecs of a text, by its first byte."""


class Frame(NamedTuple):
    """A frame of a tag: its four-letter name, its data, and the tag's version."""

    name: str
    data: bytes
    version: int


def read_mp3(file: BinaryIO) -> FoundTags:
    """Read the chapters and the timeline from a file's tag."""
    frames = frames_of(file)
    return FoundTags(chapters_in(frames), timeline_in(frames))


def frames_of(file: BinaryIO) -> list[Frame]:
    """Read the frames of the tag at the start of a file; none if it has no ID3v2.3 or 2.4 tag."""
    head = file.read(_HEADER)
    if len(head) < _HEADER or head[:3] != b"ID3" or head[3] not in _UNREADABLE:
        return []
    version, flags = head[3], head[5]
    body = file.read(_from_seven_bits(head[6:10]))
    if flags & _UNSYNCHRONISED and version < _NEWER:
        body = _synchronised(body)
    if flags & _EXTENDED:
        body = body[_extended_size(body, version) :]
    return list(_read_frames(body, version))


def timeline_in(frames: list[Frame]) -> str | None:
    """The text of the timeline that `id3_tag` wrote; None if the tag has none."""
    objects = (_object(frame.data) for frame in frames if frame.name == "GEOB")
    texts = (data for name, data in objects if name == TIMELINE_NAME)
    found = next(texts, None)
    return None if found is None else found.decode("utf-8", errors="replace")


def chapters_in(frames: list[Frame]) -> tuple[ChapterTag, ...]:
    """The chapters in order of their times, in samples, exact to a millisecond."""
    found = (_read_chapter(frame) for frame in frames if frame.name == "CHAP")
    return tuple(sorted(filter(None, found), key=lambda chapter: chapter.start))


# ── frames ───────────────────────────────────────────────────────────────────


def _read_frames(body: bytes, version: int) -> Iterator[Frame]:
    """Yield frames up to the padding, a truncated frame, or invalid data."""
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
    """Size of the extended header; in 2.3 the written size does not include itself, in 2.4 it
    does."""
    size = _size(body[:4], version)
    return size if version >= _NEWER else size + 4


def _from_seven_bits(four: bytes) -> int:
    size = 0
    for byte in four:
        size = size << 7 | byte & 0x7F
    return size


def _synchronised(data: bytes) -> bytes:
    """Remove the zeros that keep 0xFF from looking like the start of a sound frame."""
    return data.replace(b"\xff\0", b"\xff")


# ── contents of frames ───────────────────────────────────────────────────────


def _object(data: bytes) -> tuple[str, bytes]:
    """Read the description and the data of a general encapsulated object."""
    encoding, rest = data[:1], data[1:]
    _type, rest = _text(b"\0", rest)
    _file_name, rest = _text(encoding, rest)
    return _text(encoding, rest)


def _read_chapter(chapter: Frame) -> ChapterTag | None:
    _name, _, rest = chapter.data.partition(b"\0")
    if len(rest) < 16:
        return None
    start, stop = struct.unpack(">2I", rest[:8])
    texts = {frame.name: frame.data for frame in _read_frames(rest[16:], chapter.version)}
    title = texts.get("TIT2", b"")
    return ChapterTag(_text(title[:1], title[1:])[0], _in_samples(start), _in_samples(stop))


def _text(encoding: bytes, data: bytes) -> tuple[str, bytes]:
    """Read a text that ends at a zero or with the data; return it and the data after it."""
    code = encoding[0] if encoding and encoding[0] < len(_CODECS) else 0
    wide = code in (1, 2)
    stop = _wide_zero(data) if wide else data.find(b"\0")
    stop = len(data) if stop < 0 else stop
    text = data[:stop].decode(_CODECS[code], errors="replace")
    return text, data[stop + (2 if wide else 1) :]


def _wide_zero(data: bytes) -> int:
    """The first even position of two zeros; -1 if there is none."""
    at = data.find(b"\0\0")
    while at % 2 == 1 and at >= 0:
        at = data.find(b"\0\0", at + 1)
    return at


def _in_samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
