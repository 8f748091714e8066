"""Write FLAC: lossless sound, with comments, chapters and a cover.

libsndfile writes its file behind the space for our blocks. Then its description of the sound is
moved to the front, and its own first blocks become a padding block.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.encode.pcm import put_sound
from voiceguide.encode.tags import ChapterTag, FoundTags, Tags, picture_type
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
            yield f"CHAPTER{number:03}", _clock(chapter.start)
            yield f"CHAPTER{number:03}NAME", chapter.title


def _clock(sample: int) -> str:
    """Format as `00:01:30.500`, to the nearest millisecond."""
    seconds, thousandths = divmod((sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"


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


# ── the FLAC file ────────────────────────────────────────────────────────────


MARK = b"fLaC"
STREAM_INFO, PADDING, COMMENTS, PICTURE = 0, 1, 4, 6
"""Types of metadata blocks."""

_INFO_SIZE = 34
_LAST = 0x80
_LARGEST = 1 << 24
"""A block has fewer bytes than this: its size is a number of three bytes."""

VENDOR = b"voiceguide"


def write_flac(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session; raise a UsageError if the cover is too large."""
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
    """Read the chapters and the timeline of a file."""
    return tags_of(next((content for kind, content in blocks_in(file) if kind == COMMENTS), b""))


def block(kind: int, content: bytes) -> bytes:
    """Build a metadata block that is not the last one."""
    if len(content) >= _LARGEST:
        raise UsageError("cover and texts are too large for a FLAC file", "choose a smaller cover")
    return struct.pack(">I", kind << 24 | len(content)) + content


def blocks_in(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield types and contents of the metadata blocks of a file that is positioned at its mark."""
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
