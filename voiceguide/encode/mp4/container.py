"""Build the boxes of an MP4 file, and read chapters and timeline back.

A box has a size, a name of four letters, and contents. They are built here because mutagen, which
writes such tags, is under the GPL and does not support chapter tracks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import BinaryIO

from msgspec import Struct

from voiceguide.encode.tags import ChapterTag, FoundTags, Tags, picture_type
from voiceguide.lengths import SAMPLE_RATE

# ── boxes: a size, a name of four letters, and contents ──────────────────────


MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The identity matrix: a picture neither turned nor stretched. Sound tracks need one, too."""


def box(name: str, *parts: bytes) -> bytes:
    """Build a box; names are Latin-1, because Apple's begin with a copyright sign."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name.encode("latin-1")) + body


def full_box(name: str, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Build a box with version and flags."""
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def words(*numbers: int) -> bytes:
    """Pack 32-bit numbers."""
    return struct.pack(f">{len(numbers)}I", *numbers)


def table(name: str, rows: Iterable[tuple[int, ...]]) -> bytes:
    """Build a full box of rows of 32-bit numbers, preceded by their count."""
    listed = list(rows)
    return full_box(name, words(len(listed)), *(words(*row) for row in listed))


# ── the sample tables of a track: duration, size and position of each sample ─


class Samples(Struct, frozen=True):
    """The samples of a track (for sound, its frames), in order."""

    durations: Sequence[int]
    """In the track's time scale; a run of equal durations is stored once."""
    sizes: Sequence[int]
    """In bytes."""
    at: int
    """The offset of the first sample in the file; the others follow without gaps."""
    together: int
    """Samples in a chunk, which players fetch at a time."""


def sample_table(description: bytes, samples: Samples, *more: bytes) -> bytes:
    """Build the box `stbl` of a track that has at least one sample."""
    count = len(samples.sizes)
    return box(
        "stbl",
        full_box("stsd", words(1), description),
        table("stts", _runs(samples.durations)),
        table("stsc", _chunks(count, samples.together)),
        full_box("stsz", words(0, count), struct.pack(f">{count}I", *samples.sizes)),
        table("stco", ((at,) for at in _places(samples))),
        *more,
    )


def _runs(durations: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((len(list(same)), duration) for duration, same in groupby(durations))


def _chunks(count: int, together: int) -> Iterator[tuple[int, int, int]]:
    """Yield runs of equal chunks: all have the same number of samples, the last may have fewer."""
    full, left = divmod(count, together)
    if full:
        yield 1, together, 1
    if left:
        yield full + 1, left, 1


def _places(samples: Samples) -> Iterator[int]:
    at = samples.at
    for first in range(0, len(samples.sizes), samples.together):
        yield at
        at += sum(samples.sizes[first : first + samples.together])


# ── tags as Apple writes them: a list of items, `ilst`, each a name with data ─


_TEXT, _JPEG, _PNG, _NUMBER, _BYTES = 1, 13, 14, 21, 0
"""Types of the data."""

_AUDIOBOOK = 2
"""A media kind, by which Apple's players sort files."""

MEAN = "com.apple.iTunes"
"""The namespace of custom tags."""

TIMELINE_NAME = "VOICEGUIDE_TIMELINE"


def user_data(tags: Tags, *, audiobook: bool) -> bytes:
    """Build the box `meta` of a file."""
    handler = full_box("hdlr", words(0), b"mdirappl", words(0, 0), b"\0")
    return full_box("meta", handler, box("ilst", *_items(tags, audiobook=audiobook)))


def _items(tags: Tags, *, audiobook: bool) -> Iterator[bytes]:
    texts = {
        "\xa9nam": tags.title,
        "\xa9ART": tags.artist,
        "\xa9alb": tags.album,
        "aART": tags.album_artist,
        "\xa9gen": tags.genre,
        "\xa9day": tags.date or "",
        "\xa9cmt": tags.comment,
        "\xa9lyr": "\n".join(line.text for line in tags.lines),
        "\xa9too": "voiceguide",
    }
    for name, text in texts.items():
        if text:
            yield box(name, _text(text))
    if tags.track:
        yield box("trkn", _data(_BYTES, struct.pack(">2x2H2x", *tags.track)))
    if audiobook:
        yield box("stik", _data(_NUMBER, bytes([_AUDIOBOOK])))
    yield box("pgap", _data(_NUMBER, b"\1"))  # no pause between this track and the next
    if tags.cover:
        kind = _PNG if picture_type(tags.cover) == "image/png" else _JPEG
        yield box("covr", _data(kind, tags.cover))
    if tags.timeline:
        yield _own(TIMELINE_NAME, tags.timeline)


def _own(name: str, text: str) -> bytes:
    return box(
        "----", full_box("mean", MEAN.encode()), full_box("name", name.encode()), _text(text)
    )


def _text(text: str) -> bytes:
    return _data(_TEXT, text.replace("\0", "").encode("utf-8", errors="replace"))


def _data(kind: int, content: bytes) -> bytes:
    return box("data", words(kind, 0), content)


# ── chapters, written twice: for Apple's players, and for the others ─────────


MOST_LISTED = 255
"""Most titles in the list, and most bytes of a title: both are counted in one byte."""

TICKS = 10_000_000
"""Ticks a second, in the list of chapters."""

_UTF_8 = box("encd", words(0x100))
"""Follows a text that is UTF-8, and not Mac Roman or UTF-16."""

DESCRIPTION = box(
    "text",
    struct.pack(">6xH", 1),  # the first data reference: this file
    struct.pack(">2I3H4H8x", 0, 1, 0, 0, 0, 0, 0, 0, 0),  # centred, black, an empty text box
    struct.pack(">2Hx2x3HB", 0, 0, 0, 0, 0, 0),  # default font, plain, black, without a name
)
MEDIA_HEADER = box(
    "gmhd",
    full_box("gmin", struct.pack(">6H", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)),
    box("text", MATRIX),
)


def texts(chapters: Sequence[ChapterTag]) -> list[bytes]:
    """Return the samples of the chapter track: the titles."""
    titles = (_bytes(chapter.title, 0xFFFF) for chapter in chapters)
    return [struct.pack(">H", len(title)) + title + _UTF_8 for title in titles]


def durations(chapters: Sequence[ChapterTag]) -> list[int]:
    """Return the duration of each title, which is until the next one.

    The last one is extended by the start of the first chapter, which the edits cut off: ffmpeg
    takes the sum, as if it began at zero, as the end of the last chapter.
    """
    gaps = [after.start - before.start for before, after in pairwise(chapters)]
    return [*gaps, chapters[-1].stop - chapters[-1].start + chapters[0].start]


def edits(chapters: Sequence[ChapterTag]) -> list[tuple[int, int]]:
    """Return the edits, as length and start: nothing until the first chapter, then the titles."""
    before = chapters[0].start
    nothing = [(before, -1)] if before else []
    return [*nothing, (chapters[-1].stop - before, 0)]


def listed(chapters: Sequence[ChapterTag]) -> bytes:
    """Build the list of chapters; chapters that do not fit in are only in the track."""
    chosen = chapters[:MOST_LISTED]
    entries = (_entry(chapter) for chapter in chosen)
    return full_box("chpl", words(0), bytes([len(chosen)]), *entries, version=1)


def _entry(chapter: ChapterTag) -> bytes:
    title = _bytes(chapter.title, MOST_LISTED)
    ticks = (chapter.start * TICKS + SAMPLE_RATE // 2) // SAMPLE_RATE
    return struct.pack(">QB", ticks, len(title)) + title


def _bytes(title: str, most: int) -> bytes:
    """Encode a title in UTF-8, cut between two characters; lone surrogates become `?`."""
    whole = title.replace("\0", "").encode("utf-8", errors="replace")
    return whole[:most].decode("utf-8", errors="ignore").encode()


# ── chapters and timeline, read back ─────────────────────────────────────────


_HEAD = 8
_FULL = 4
"""Bytes of a full box before its contents."""

_BEFORE_DATA = 8
"""Bytes of an item's data before its contents: the type and the locale."""

_MOST = 1 << 28
"""Largest `moov` that is read, in bytes; no session needs a larger one."""


def read_mp4(file: BinaryIO) -> FoundTags:
    """Read the chapters and the timeline of a file."""
    movie = _movie_of(file)
    return FoundTags(_chapters_in(movie), _timeline_in(movie))


def _movie_of(file: BinaryIO) -> bytes:
    """Return the contents of the box `moov` of a file; empty if there is none."""
    while len(head := file.read(_HEAD)) == _HEAD:
        size, name = struct.unpack(">I4s", head)
        if size < _HEAD or (name == b"moov" and size > _MOST):
            break
        if name == b"moov":
            return file.read(size - _HEAD)
        file.seek(size - _HEAD, 1)
    return b""


def _chapters_in(movie: bytes) -> tuple[ChapterTag, ...]:
    """Return the chapters of the list, in samples."""
    found = sorted(_listed(_find(movie, b"udta", b"chpl")))
    stops = [*(start for start, _ in found[1:]), _length(_find(movie, b"mvhd"))]
    # `stops` has the length of the movie even if there are no chapters
    pairs = zip(found, stops, strict=False)
    return tuple(ChapterTag(title, start, max(start, stop)) for (start, title), stop in pairs)


def _timeline_in(movie: bytes) -> str | None:
    """Return the timeline; None if there is none."""
    items = _find(movie, b"udta", b"meta")[_FULL:]
    for name, item in _boxes(_find(items, b"ilst")):
        own = name == b"----" and _find(item, b"name")[_FULL:] == TIMELINE_NAME.encode()
        if own:
            return _find(item, b"data")[_BEFORE_DATA:].decode(errors="replace")
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents of boxes, up to a box that is cut off or invalid."""
    at = 0
    while at + _HEAD <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size < _HEAD or at + size > len(data):
            return
        yield name, data[at + _HEAD : at + size]
        at += size


def _find(data: bytes, *names: bytes) -> bytes:
    """Follow a path of names, each in the first box of the one before; empty if there is none."""
    for name in names:
        data = next((content for found, content in _boxes(data) if found == name), b"")
    return data


def _length(head: bytes) -> int:
    """Return the length of a movie, in samples; 0 if it is unknown."""
    if len(head) < 20 or head[0]:  # a newer version, which voiceguide never writes
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
