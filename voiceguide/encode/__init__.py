"""Blocks to files: MP3 by stitching, WAV, FLAC; tags, chapters and lyrics; never half a file.

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

So the time an export takes goes with the different sound in it, not with its length. Read `stitch`
first, then `frames`, `track` and `info`; `stream` is the same by one encoder, for comparison.

Sources: ISO/IEC 11172-3:1993, 2.4.1.7 (side information), 2.4.3.4 (the decoding, the overlap);
the Mp3 Info Tag revision 1 by G. Bouvigne, <http://gabriel.mp3-tech.org/mp3infotag.html>; LAME
3.100, libmp3lame/VbrTag.c (what its checksums cover) and lame.c (the delays).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import BinaryIO

from voiceguide.encode.frames import BIT_RATES, Rate
from voiceguide.encode.id3 import id3_tag
from voiceguide.encode.pcm import check_fits_wav, write_flac, write_wav
from voiceguide.encode.stitch import Store, put_stitched
from voiceguide.encode.stream import put_streamed
from voiceguide.encode.tags import Chapter, Line, Tags
from voiceguide.encode.track import Progress, Track
from voiceguide.errors import UsageError
from voiceguide.files import check_target, replacing
from voiceguide.render import Blocks

__all__ = [
    "BIT_RATES",
    "Chapter",
    "Format",
    "Line",
    "Store",
    "Tags",
    "Written",
    "check_target",
    "format_of",
    "rate_of",
    "write",
]


class Format(Enum):
    """The kinds of file that can be written, by the end of their names."""

    MP3 = ".mp3"
    WAV = ".wav"
    FLAC = ".flac"


@dataclass(frozen=True, slots=True)
class Written:
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
    kbps: int = 64,
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
        path: ends in `.mp3`, `.wav` or `.flac`, in small letters or capitals.
        tags: what the file says of itself: all of it in an MP3, in FLAC what `pcm` says, in WAV
            nothing.
        kbps: the bit rate of an MP3, one of `BIT_RATES`; the others have none.
        store: keeps the encoded islands of an MP3 for the next time.
        jobs: threads that encode islands of an MP3, 1 or more.
        progress: is told the share done, from 0 to 1, from the calling thread.
        stream: encode an MP3 straight through, by one encoder.

    Raises:
        UsageError: no such format or bit rate, nothing to write or too much for WAV, an impossible
            date or cover.
        MachineError: the file cannot be written: see `files`.
    """
    path, kind = Path(path), format_of(path)
    if not blocks.length:
        raise UsageError("the session is empty", "give it words, or a silence")
    fill: Callable[[Blocks, BinaryIO, Progress], None]
    if kind is Format.MP3:
        rate = rate_of(kbps)
        head = id3_tag(tags, blocks.length, rate) if tags is not None else b""
        frames = put_streamed if stream else partial(put_stitched, store=store, jobs=jobs)
        fill = partial(_write_mp3, head=head, rate=rate, put_frames=frames)
    elif kind is Format.WAV:
        check_fits_wav(blocks.length)
        fill = write_wav
    else:
        fill = partial(write_flac, tags=tags)
    with replacing(path) as file:
        fill(blocks, file, progress or _tell_nobody)
    return Written(path, path.stat().st_size, kind)


def format_of(path: str | Path) -> Format:
    """The format that a file's name asks for; a UsageError where there is none."""
    suffix = Path(path).suffix
    try:
        return Format(suffix.lower())
    except ValueError:
        name = Path(path).name
        said = (
            f"`{suffix}` is no format that can be written"
            if suffix
            else f"`{name}` names no format"
        )
        raise UsageError(said, "end the name in `.mp3`, `.wav` or `.flac`") from None


def rate_of(kbps: int) -> Rate:
    """An MP3's bit rate; a UsageError where there is none of so many kbit/s."""
    if kbps not in BIT_RATES:
        known = ", ".join(map(str, BIT_RATES))
        raise UsageError(f"MP3 has no bit rate of {kbps} kbps", f"choose one of {known}")
    return Rate(kbps)


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
