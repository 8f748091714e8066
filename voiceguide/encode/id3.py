"""ID3v2.3 tags, as phones and podcast players read them: text, chapters, lyrics, a cover.

Sources: ID3 tag version 2.3.0 (<https://id3.org/id3v2.3.0>; the section of each frame is given)
and the ID3v2 Chapter Frame Addendum 1.0. Version 2.3, because more players read it than 2.4;
text in UTF-16 with its byte order mark, because 2.3 knows no UTF-8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from voiceguide.encode.checking import date_parts, picture_type
from voiceguide.encode.frames import Rate
from voiceguide.encode.lame import encoder_name
from voiceguide.encode.languages import UNKNOWN, three_letters
from voiceguide.encode.tags import Chapter, Line, Tags
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE

_UTF_16 = b"\1"
_MARK = b"\xff\xfe"
_END = b"\0\0"
_NO_NAME = _MARK + _END
"""An empty description: the mark stands even here."""

_LARGEST = 1 << 28
"""Bytes: a tag writes its size in four bytes of seven bits."""

TIMELINE_NAME = "voiceguide timeline"
TIMELINE_TYPE = "application/json"
"""What the object with the timeline is called, and what is in it."""

_SPARE = 1024
"""Bytes left free at the end, so that a tag can be edited without moving the sound."""

_MOST_ENTRIES = 255
"""A table of contents counts its entries in one byte."""

_TOP_LEVEL, _ORDERED = 2, 1
_NO_OFFSET = 0xFFFFFFFF
_MILLISECONDS, _LYRICS = 2, 1
_FRONT_COVER = 3


def id3_tag(tags: Tags, length: int, rate: Rate) -> bytes:
    """The tag of a session of `length` samples: what stands in front of an MP3's frames.

    Raises:
        UsageError: the date is none, the cover is neither PNG nor JPEG, or all is too large.
    """
    body = b"".join(_frames(tags, length, rate)) + bytes(_SPARE)
    if len(body) >= _LARGEST:
        raise UsageError("cover and texts are too large for an MP3 file", "choose a smaller cover")
    return b"ID3\3\0\0" + _seven_bits(len(body)) + body


def _frames(tags: Tags, length: int, rate: Rate) -> Iterator[bytes]:
    """Small frames first, so that a player that streams the file knows the chapters early."""
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
    year, month, day = date_parts(tags.date)
    texts = {
        "TIT2": tags.title,
        "TPE1": tags.artist,
        "TALB": tags.album,
        "TPE2": tags.album_artist,
        "TRCK": _track_text(tags.track),
        "TCON": tags.genre,
        "TYER": year,
        "TDAT": f"{day}{month}" if day else "",
        "TLAN": language if language != UNKNOWN else "",
        "TLEN": str(_milliseconds(length)),
        "TENC": "voiceguide",
        "TSSE": f"{encoder_name()}, {rate.kbps} kbps",
    }
    return (_text_frame(name, text) for name, text in texts.items() if text)


def _track_text(track: tuple[int, int] | None) -> str:
    return f"{track[0]}/{track[1]}" if track else ""


def _chapter_frames(chapters: tuple[Chapter, ...]) -> Iterator[bytes]:
    """A table of contents, and what it lists; the levels of chapters are not told apart.

    Players show chapters in one list, and some read the top table alone: nested tables only stand
    where one cannot hold them all.
    """
    names = [f"ch{number}" for number in range(len(chapters))]
    if chapters:
        yield from _tables(names, 0)
    yield from map(_chapter, names, chapters)


def _tables(names: list[str], depth: int) -> Iterator[bytes]:
    """CTOC frames from the top one down, each of no more entries than it can count."""
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


def _chapter(name: str, chapter: Chapter) -> bytes:
    times = (_milliseconds(chapter.start), _milliseconds(chapter.stop))
    place = struct.pack(">4I", *times, _NO_OFFSET, _NO_OFFSET)
    return _frame("CHAP", _id(name), place, _text_frame("TIT2", chapter.title))


def _lyrics(lines: Iterable[Line], language: str) -> bytes:
    """The spoken words, a line each: unsynchronised lyrics, 4.9."""
    words = "\n".join(line.text for line in lines)
    return _frame("USLT", _UTF_16, language.encode(), _NO_NAME, _utf16(words))


def _timed_lyrics(lines: Iterable[Line], language: str) -> bytes:
    """The same with their times: synchronised lyrics, 4.10."""
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
    """A general encapsulated object, 4.16: a file in the file, which players leave alone.

    A frame of text would be shown by some of them, and be twice as large.
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
    """With its mark, and without zeros, which would end it early; half characters become `?`."""
    return _MARK + text.replace("\0", "").encode("utf-16-le", errors="replace")


def _milliseconds(sample: int) -> int:
    """To the nearest, without going through a float."""
    return (sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def _seven_bits(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
