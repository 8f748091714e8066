"""Blocks to files: MP3 by stitching, and other formats; tags, chapters, lyrics; never half a file.

How an MP3 is stitched. At 48 kHz and a constant bit rate every frame is 1152 samples, exactly
24 ms, and as many bytes as the next: a session is a row of equal boxes. A guided session is mostly
silence and words that come again, so most boxes need no encoder, if three things are minded.

Overlap. What is heard in one frame is the sum of neighbouring frames. Hence an *island* of sound is
encoded on the session's own frame grid, from three frames before its first sound until the encoder
has nothing more to say; there, both ends have faded into frames that hold nothing.

The bit reservoir. A frame may keep part of its data in the frames before it: `main_data_begin`, in
its side information, says how far back. A fresh encoder has nothing to reach back to. Hence every
island has an encoder of its own, and any frame may stand before it; between islands that is
one silent frame (no data at all, decoded to digital zero), as often as need be.

Delay. Encoder and decoder together come 576 + 529 samples late. Hence the Info frame, first in the
file: it tells players how much to cut off at both ends, and the length is right to the sample.

A ground. Where silences hold a bed or a floor of noise, the boxes between islands hold a loop of
whole frames, encoded a piece at a time. Here every encoder hears some frames of what stands before
and after, which are thrown away; what its first frames kept in those is packed anew (`reservoir`),
and islands and pieces are put together where both sides fit (`stretches`, `seams`).

So the time an export takes goes with the different sound in it, not with its length. Read `stitch`
first, then `frames`, `track` and `info`; `stream` is the same by one encoder, for comparison.

The other formats are in `mp4` (M4B, M4A) and `xiph` (FLAC, Ogg Vorbis, Opus); WAV is in `pcm`. All
are encoded straight through, and say the same of themselves as an MP3 does.

Sources: ISO/IEC 11172-3:1993, 2.4.1.7 (side information), 2.4.3.4 (the decoding, the overlap);
the Mp3 Info Tag revision 1 by G. Bouvigne, <http://gabriel.mp3-tech.org/mp3infotag.html>; LAME
3.100, libmp3lame/VbrTag.c (what its checksums cover) and lame.c (the delays).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from voiceguide.encode.foreign import check_ffmpeg, write_foreign
from voiceguide.encode.formats import (
    Foreign,
    Format,
    check_rate,
    endings,
    format_of,
    kbps_of,
    rate_of,
)
from voiceguide.encode.mp3.frames import BIT_RATES, Rate
from voiceguide.encode.mp3.grounded import put_streamed
from voiceguide.encode.mp3.id3 import id3_tag
from voiceguide.encode.mp3.kept import Store
from voiceguide.encode.mp3.stitch import put_stitched
from voiceguide.encode.mp4.aac import check_encoder
from voiceguide.encode.mp4.movie import write_mp4
from voiceguide.encode.pcm import check_fits_wav, write_wav
from voiceguide.encode.tags import Chapter, Line, Tags
from voiceguide.encode.track import Progress, Track
from voiceguide.encode.xiph.flac import write_flac
from voiceguide.encode.xiph.ogg import write_opus, write_vorbis
from voiceguide.errors import UsageError
from voiceguide.files import check_target, replacing
from voiceguide.render import Blocks

__all__ = [
    "BIT_RATES",
    "Chapter",
    "Fill",
    "Foreign",
    "Format",
    "Line",
    "Progress",
    "Store",
    "Tags",
    "Written",
    "check_format",
    "check_target",
    "endings",
    "filling",
    "format_of",
    "rate_of",
    "write",
]

Fill = Callable[[BinaryIO, Progress], None]
"""Writes a whole session to an empty file, which is open for reading and writing."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that stands, whole."""

    path: Path
    size: int
    """Bytes."""
    format: Format | Foreign


def write(
    blocks: Blocks,
    path: str | Path,
    *,
    tags: Tags | None = None,
    kbps: int | None = None,
    store: Store | None = None,
    jobs: int = 2,
    progress: Progress | None = None,
    stream: bool = False,
) -> Written:
    """Write a whole session to `path`, in the format that its name ends in.

    The file that stood there is replaced at the very end, or not at all. Equal blocks, tags and
    `kbps` give equal bytes, whatever `store`, `jobs` and what was written before.

    Args:
        blocks: the session; read from the calling thread alone.
        path: ends as one of `Format`, in small letters or capitals; or, where an ffmpeg is on
            the path, as some others do.
        tags: what the file says of itself; a WAV says nothing.
        kbps: the bit rate, where the format has one; what is usual for it, if None.
        store: keeps the encoded islands of an MP3 for the next time.
        jobs: threads that encode islands of an MP3, 1 or more.
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
        fill(file, progress or _tell_nobody)
    return Written(path, path.stat().st_size, kind)


def filling(
    blocks: Blocks,
    kind: Format | Foreign,
    *,
    tags: Tags | None = None,
    kbps: int | None = None,
    store: Store | None = None,
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
    said = tags or Tags()
    rate = kbps_of(kind, kbps, blocks.channels)
    if kind is Format.MP3:
        mp3 = Rate(rate, blocks.channels)
        head = b"" if tags is None else id3_tag(tags, blocks.length, mp3)
        frames = put_streamed if stream else partial(put_stitched, store=store, jobs=jobs)
        return partial(_write_mp3, blocks, head=head, rate=mp3, put_frames=frames)
    if isinstance(kind, Foreign):
        return partial(write_foreign, blocks, kind=kind, tags=said, kbps=rate)
    if kind is Format.WAV:
        check_fits_wav(blocks.length, blocks.channels)
        return partial(write_wav, blocks)
    if kind is Format.FLAC:
        return partial(write_flac, blocks, tags=said)
    if kind is Format.OGG:
        return partial(write_vorbis, blocks, tags=said, kbps=rate)
    if kind is Format.OPUS:
        return partial(write_opus, blocks, tags=said, kbps=rate)
    return partial(write_mp4, blocks, tags=said, kbps=rate, audiobook=kind is Format.M4B)


def check_format(kind: Format | Foreign, kbps: int | None = None) -> None:
    """See to it, before any work, that a format can be written here, at a bit rate.

    Raises:
        UsageError: the format has no such bit rate.
        MachineError: it needs a package that is not installed.
    """
    check_rate(kind, kbps)
    if isinstance(kind, Foreign):
        check_ffmpeg(kind)
    if kind in (Format.M4B, Format.M4A):
        check_encoder()


def _write_mp3(
    blocks: Blocks,
    file: BinaryIO,
    progress: Progress,
    *,
    head: bytes,
    rate: Rate,
    put_frames: Callable[[Blocks, Track], None],
) -> None:
    file.write(head)
    track = Track(file, blocks.length, rate, progress)
    put_frames(blocks, track)
    track.finish()


def _tell_nobody(share: float) -> None:
    pass
