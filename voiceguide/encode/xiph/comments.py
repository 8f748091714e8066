"""Vorbis comments: a list of names and texts, the same in FLAC, Ogg Vorbis and Opus."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from voiceguide.encode.files import checked_date, picture_type
from voiceguide.encode.tags import Chapter, Tags
from voiceguide.lengths import SAMPLE_RATE

TIMELINE_NAME = "VOICEGUIDE_TIMELINE"

MOST_CHAPTERS = 999
"""They are counted in three digits; those after are left out."""

_FRONT_COVER = 3


def comments(tags: Tags) -> list[tuple[str, str]]:
    """What the tags say, but for the cover: names and texts, none of them empty.

    Raises:
        UsageError: the date is none.
    """
    number, tracks = tags.track or ("", "")
    said = {
        "TITLE": tags.title,
        "ARTIST": tags.artist,
        "ALBUM": tags.album,
        "ALBUMARTIST": tags.album_artist,
        "TRACKNUMBER": str(number),
        "TRACKTOTAL": str(tracks),
        "DATE": checked_date(tags.date),
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
    """The list as bytes; `vendor` is who made the sound."""
    entries = [f"{name}={text}".encode(errors="replace") for name, text in fields]
    counted = struct.pack("<I", len(entries))
    return _sized(vendor) + counted + b"".join(map(_sized, entries))


def picture(cover: bytes) -> bytes:
    """The front cover as FLAC writes it, RFC 9639, 8.8; its size in pixels is left to be seen.

    Raises:
        UsageError: it is neither PNG nor JPEG.
    """
    kind = picture_type(cover).encode()
    start = struct.pack(">2I", _FRONT_COVER, len(kind))
    return start + kind + struct.pack(">6I", 0, 0, 0, 0, 0, len(cover)) + cover


def _chapters(chapters: Iterable[Chapter]) -> Iterator[tuple[str, str]]:
    for number, chapter in enumerate(chapters, 1):
        if number <= MOST_CHAPTERS:
            yield f"CHAPTER{number:03}", _clock(chapter.start)
            yield f"CHAPTER{number:03}NAME", chapter.title


def _clock(sample: int) -> str:
    """`00:01:30.500`, to the nearest millisecond."""
    seconds, thousandths = divmod((sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data
