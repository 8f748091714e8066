"""Blocks to files: MP3 by stitching, and other formats; tags, chapters, lyrics; never half a file.

Read `formats` first: one table of what can be written. `mp3` tells how an MP3 is stitched; the
other formats are in `mp4` (M4B, M4A) and `xiph` (FLAC, Ogg Vorbis, Opus), WAV is in `pcm`, and
`foreign` is for what only an ffmpeg writes. All say the same of themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from voiceguide.encode import formats
from voiceguide.encode.formats import (
    BIT_RATES,
    FORMATS,
    EncodeJob,
    Format,
    PieceStore,
    Progress,
    check_format,
    endings,
    format_at,
    format_of,
    kbps_of,
    reader_of,
    writer_of,
)
from voiceguide.encode.tags import ChapterTag, FoundTags, Line, Tags, check_tags
from voiceguide.errors import UsageError
from voiceguide.files import check_target, replacing

if TYPE_CHECKING:
    from voiceguide.render import Blocks

__all__ = [
    "BIT_RATES",
    "FORMATS",
    "ChapterTag",
    "Fill",
    "Format",
    "FoundTags",
    "Line",
    "Progress",
    "Tags",
    "Written",
    "check_format",
    "check_target",
    "endings",
    "filling",
    "format_of",
    "formats",
    "tags_in",
    "timeline_of",
    "write",
]

Fill = Callable[[BinaryIO, Progress], None]
"""Writes a whole session to an empty file, which is open for reading and writing."""


class Written(Struct, frozen=True):
    """A file that stands, whole."""

    path: Path
    size: int
    """Bytes."""
    format: Format


def write(
    blocks: Blocks,
    path: str | Path,
    *,
    tags: Tags | None = None,
    kbps: int | None = None,
    store: PieceStore | None = None,
    jobs: int = 2,
    progress: Progress | None = None,
    stream: bool = False,
) -> Written:
    """Write a whole session to `path`, in the format that its name ends in.

    The file that stood there is replaced at the very end, or not at all. Equal blocks, tags and
    `kbps` give equal bytes, whatever `store`, `jobs` and what was written before.

    Args:
        blocks: the session; read from the calling thread alone.
        path: ends as one of `FORMATS`, in small letters or capitals; or, where an ffmpeg is on
            the path, as some others do.
        tags: what the file says of itself; a WAV says nothing.
        kbps: the bit rate, where the format has one; what is usual for it, if None.
        store: keeps the encoded pieces of an MP3 for the next time.
        jobs: threads that encode pieces of an MP3, 1 or more.
        progress: is told the share done, from 0 to 1, from the calling thread.
        stream: encode an MP3 straight through, by one encoder.

    Raises:
        UsageError: no such format or bit rate, nothing to write or too much for the format, an
            impossible date or cover.
        MachineError: the format needs a package that is not installed, or the file cannot be
            written: see `files`.
    """
    path, kind = Path(path), format_of(path)
    fill = filling(blocks, kind, tags=tags, kbps=kbps, store=store, jobs=jobs, stream=stream)
    with replacing(path) as file:
        fill(file, progress or (lambda _share: None))
    return Written(path, path.stat().st_size, kind)


def filling(
    blocks: Blocks,
    kind: Format,
    *,
    tags: Tags | None = None,
    kbps: int | None = None,
    store: PieceStore | None = None,
    jobs: int = 2,
    stream: bool = False,
) -> Fill:
    """What `write` does with the file, for those who write several at once; it has been checked.

    Raises:
        UsageError, MachineError: as `write`, but for what the disk refuses.
    """
    check_format(kind, kbps)
    if not blocks.length:
        raise UsageError("the session is empty", "give it words, or a silence")
    if tags and kind.tags:
        check_tags(tags)
    job = EncodeJob(kind, kbps_of(kind, kbps, blocks.channels), tags, store, jobs, stream)
    return partial(_fill, blocks, job)


def _fill(blocks: Blocks, job: EncodeJob, file: BinaryIO, progress: Progress) -> None:
    writer_of(job.format)(blocks, file, progress, job)


def tags_in(path: str | Path) -> FoundTags:
    """What a finished file says of itself; nothing of a format without tags, such as WAV.

    The format is told by how the file begins, not by its name. A file may hold anything: what
    makes no sense is left out.

    Raises:
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        kind = format_at(file.read(12))
        read = reader_of(kind) if kind else None
        file.seek(0)
        return read(file) if read else FoundTags()


def timeline_of(path: str | Path) -> str | None:
    """The timeline alone; None where there is none."""
    return tags_in(path).timeline
