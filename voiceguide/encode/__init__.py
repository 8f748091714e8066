"""Write blocks to files: MP3 by stitching, and other formats; tags, chapters, lyrics; atomically.

Read `formats` first: the table of all formats. `mp3` explains how an MP3 is stitched; the other
formats are in `mp4` (M4B, M4A) and `xiph` (FLAC, Ogg Vorbis, Opus), WAV is in `pcm`, and `foreign`
has the formats that only an ffmpeg writes. Each format gets the same tags, as far as it has tags.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from voiceguide.encode import formats
from voiceguide.encode.formats import (
    BIT_RATES,
    FORMATS,
    EncodeJob,
    Format,
    PieceStore,
    Progress,
    check_format,
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
    "check_format",
    "check_target",
    "filling",
    "format_of",
    "formats",
    "tags_in",
    "write",
]

Fill = Callable[[BinaryIO, Progress], None]
"""Writes a whole session to an empty file, which is open for reading and writing."""


def write(
    blocks: Blocks, path: str | Path, *, progress: Progress | None = None, **how: Any
) -> Path:
    """Write a whole session to `path`, in the format of its suffix; return the path.

    An existing file is replaced at the very end, or not at all. `progress` is called with the share
    done, from 0 to 1, from the calling thread. The other arguments are those of `filling`.

    Raises:
        UsageError: as `filling`, and there is no such format.
        MachineError: as `filling`, and the file cannot be written: see `files`.
    """
    path = Path(path)
    fill = filling(blocks, format_of(path), **how)
    with replacing(path) as file:
        fill(file, progress or (lambda _share: None))
    return path


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
    """Check everything, and return a function that writes the file.

    Equal blocks, tags and `kbps` give equal bytes, whatever `store`, `jobs` and earlier exports
    were.

    Args:
        blocks: the session; only read from the calling thread.
        kind: one of `FORMATS`, or of `FFMPEG_FORMATS` if ffmpeg is on the path.
        tags: the metadata of the file; a WAV has none.
        kbps: the bit rate, if the format has one; None for the format's usual bit rate.
        store: keeps the encoded pieces of an MP3 for the next export.
        jobs: threads that encode pieces of an MP3, 1 or more.
        stream: encode an MP3 in one go, with one encoder.

    Raises:
        UsageError: no such bit rate, nothing to write or too much for the format, an impossible
            date or cover.
        MachineError: the format needs a package that is not installed.
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
    """Read the tags of a finished file; empty for a format without tags, such as WAV.

    The first bytes of the file decide its format, not its name. Contents that make no sense are
    skipped.

    Raises:
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as file:
        kind = format_at(file.read(12))
        read = reader_of(kind) if kind else None
        file.seek(0)
        return read(file) if read else FoundTags()
