"""Vorbis comments: a list of names and texts, the same in FLAC, Ogg Vorbis and Opus.

Written by hand: mutagen, which would do it, is under the GPL, and this is all of it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator

from voiceguide.encode.tags import ChapterTag, FoundTags, Tags, picture_type
from voiceguide.lengths import SAMPLE_RATE

TIMELINE_NAME = "VOICEGUIDE_TIMELINE"

MOST_CHAPTERS = 999
"""They are counted in three digits; those after are left out."""

_FRONT_COVER = 3
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d{3})", re.ASCII)


def comments(tags: Tags) -> list[tuple[str, str]]:
    """What the tags say, but for the cover: names and texts, none of them empty."""
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
    """The list as bytes; `vendor` is who made the sound."""
    entries = [f"{name}={text}".encode(errors="replace") for name, text in fields]
    counted = struct.pack("<I", len(entries))
    return _sized(vendor) + counted + b"".join(map(_sized, entries))


def picture(cover: bytes) -> bytes:
    """The front cover as FLAC writes it, RFC 9639, 8.8; its size in pixels is left to be seen."""
    kind = picture_type(cover).encode()
    start = struct.pack(">2I", _FRONT_COVER, len(kind))
    return start + kind + struct.pack(">6I", 0, 0, 0, 0, 0, len(cover)) + cover


def _chapters(chapters: Iterable[ChapterTag]) -> Iterator[tuple[str, str]]:
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


# ── comments, read back ──────────────────────────────────────────────────────


def tags_of(block: bytes) -> FoundTags:
    """Chapters and timeline of a list of comments, which may be cut off anywhere."""
    found = dict(_fields(block))
    return FoundTags(_chapters_in(found), found.get(TIMELINE_NAME))


def _chapters_in(comments: dict[str, str]) -> tuple[ChapterTag, ...]:
    """The chapters by their times; each lasts until the next, the last one has no length."""
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
    """Names and texts, up to what is cut off."""
    at = _after(block, 0) + 4  # behind who made it, and how many there are
    while 4 <= at <= len(block) - 4 and (stop := _after(block, at)) <= len(block):
        name, _, text = block[at + 4 : stop].decode(errors="replace").partition("=")
        yield name.upper(), text
        at = stop


def _after(block: bytes, at: int) -> int:
    """Where a piece ends that says its size in front."""
    if len(block) < at + 4:
        return len(block)
    return int(at + 4 + struct.unpack_from("<I", block, at)[0])
