"""Write a whole M4B or M4A file: the metadata, the titles of the chapters, and the sound."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import BinaryIO

from msgspec import Struct

from voiceguide.encode.formats import M4B, EncodeJob, Progress
from voiceguide.encode.mp4 import container
from voiceguide.encode.mp4.container import (
    MATRIX,
    Samples,
    box,
    full_box,
    sample_table,
    table,
    user_data,
    words,
)
from voiceguide.encode.mp4.stitch import (
    DELAY,
    FRAME,
    NoPacketSeamError,
    config,
    encoded_straight,
    lead,
    stitched,
)
from voiceguide.encode.tags import UNKNOWN, Tags, three_letters
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.render import Blocks

_SOUND, _TITLES = 1, 2
"""The numbers of the tracks."""

_A_SECOND = 48
"""Frames in a chunk, about a second."""

_LARGEST = 2**32 - 2**24
"""Most bytes of sound: offsets are 32-bit numbers here, and the front of the file needs some."""

_ENABLED, _IN_MOVIE, _IN_PREVIEW = 1, 2, 4
_HERE = 1
_AUDIO_STREAM, _AAC = 0x15, 0x40
_DESCRIPTOR, _DECODER, _CONFIG, _SYNC = 3, 4, 5, 6


class Movie(Struct, frozen=True):
    """The properties of a file that are known before its frames are made."""

    length: int
    """The length of the session, in samples."""
    channels: int
    kbps: int
    config: bytes
    tags: Tags
    audiobook: bool
    """Whether it is an M4B, for audiobook players."""

    @property
    def before(self) -> int:
        """Samples that are decoded before the session begins."""
        return DELAY + lead(self.length)

    @property
    def frames(self) -> int:
        """The number of frames."""
        return (self.before + self.length) // FRAME


def write_mp4(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> None:
    """Write a whole session; raise a UsageError if it is too long for a file of this bit rate."""
    tags, kbps = job.tags or Tags(), job.kbps
    if blocks.length // SAMPLE_RATE * kbps * 125 > _LARGEST:
        raise UsageError("the session is too long for one M4B file", "choose a lower bit rate")
    asked = config(blocks.channels, kbps)
    movie = Movie(blocks.length, blocks.channels, kbps, asked, tags, job.format is M4B)
    titles = container.texts(tags.chapters)
    front = len(_front(movie, array("I", bytes(4 * movie.frames)), titles, 0))
    begin = file.tell()
    file.write(bytes(front))  # a placeholder: the sizes of the frames are known at the end
    file.write(b"".join(titles))
    sizes = _put_frames(blocks, file, progress, job)
    if len(sizes) != movie.frames:
        raise AssertionError(f"{len(sizes)} frames, and {movie.frames} were to come")
    file.seek(begin)
    file.write(_front(movie, sizes, titles, front))
    file.seek(0, 2)


def _put_frames(blocks: Blocks, file: BinaryIO, progress: Progress, job: EncodeJob) -> array[int]:
    """Append all frames, stitched if possible; return their sizes."""
    begin = file.tell()
    with suppress(NoPacketSeamError):
        return _put(stitched(blocks, job, progress), file)
    file.seek(begin)
    file.truncate()
    return _put(encoded_straight(blocks, job.kbps, progress), file)


def _put(frames: Iterable[bytes], file: BinaryIO) -> array[int]:
    sizes = array("I")
    for frame in frames:
        file.write(frame)
        sizes.append(len(frame))
    return sizes


def _front(movie: Movie, sizes: Sequence[int], titles: Sequence[bytes], at: int) -> bytes:
    """Build everything before the first title or frame; its size does not depend on `at`.

    `at` is the offset of that first byte. All of this is at the front ("fast start"), so that
    a player that streams the file has it first.
    """
    kind = b"M4B " if movie.audiobook else b"M4A "
    brands = box("ftyp", kind, words(0), kind, b"M4A ", b"mp42", b"isom")
    content = sum(map(len, titles)) + sum(sizes)
    sound = _sound(movie, sizes, at + sum(map(len, titles)))
    tracks = [sound, _titles(movie, titles, at)] if titles else [sound]
    listed = [container.listed(movie.tags.chapters)] if titles else []
    about = user_data(movie.tags, audiobook=movie.audiobook)
    head = box("moov", _head(movie), *tracks, box("udta", *listed, about))
    return brands + head + struct.pack(">I4s", 8 + content, b"mdat")


def _head(movie: Movie) -> bytes:
    """Build `mvhd` with a time scale of samples: in milliseconds, as usual, edits are inexact."""
    rate, volume = 0x10000, 0x100
    return full_box(
        "mvhd",
        words(0, 0, SAMPLE_RATE, movie.length),  # the times of creation and change are zero
        struct.pack(">IH10x", rate, volume),
        MATRIX,
        bytes(24),
        words(_TITLES + 1),
    )


def _sound(movie: Movie, sizes: Sequence[int], at: int) -> bytes:
    rolling = struct.pack(">4sIIh", b"roll", 2, 1, -1)  # decoding needs one frame before it
    samples = sample_table(
        _sound_description(movie),
        Samples([FRAME] * movie.frames, sizes, at, _A_SECOND),
        full_box("sgpd", rolling, version=1),
        full_box("sbgp", b"roll", words(1, movie.frames, 1)),
    )
    handler, header = _handler("soun"), full_box("smhd", bytes(4))
    head = _media_head(movie, movie.frames * FRAME)
    media = box("mdia", head, handler, _media(header, samples))
    named = [box("tref", box("chap", words(_TITLES)))] if movie.tags.chapters else []
    shown = _ENABLED | _IN_MOVIE | _IN_PREVIEW
    edits = _edits([(movie.length, movie.before)])
    return box("trak", _track_head(movie, _SOUND, shown), edits, *named, media)


def _titles(movie: Movie, titles: Sequence[bytes], at: int) -> bytes:
    lasting = container.durations(movie.tags.chapters)
    sizes = list(map(len, titles))
    samples = sample_table(container.DESCRIPTION, Samples(lasting, sizes, at, len(sizes)))
    handler = _handler("text")
    media = _media(container.MEDIA_HEADER, samples)
    return box(
        "trak",
        _track_head(movie, _TITLES, _IN_MOVIE),
        _edits(container.edits(movie.tags.chapters)),
        box("mdia", _media_head(movie, sum(lasting)), handler, media),
    )


def _track_head(movie: Movie, number: int, flags: int) -> bytes:
    volume = 0x100 if number == _SOUND else 0
    return full_box(
        "tkhd",
        words(0, 0, number, 0, movie.length, 0, 0),
        struct.pack(">4xH2x", volume),
        MATRIX,
        words(0, 0),
        flags=flags,
    )


def _edits(edits: Sequence[tuple[int, int]]) -> bytes:
    once = 0x10000
    rows = ((length, at & 0xFFFFFFFF, once) for length, at in edits)
    return box("edts", table("elst", rows))


def _media_head(movie: Movie, length: int) -> bytes:
    three = three_letters(movie.tags.language)
    packed = 0
    for letter in "und" if three == UNKNOWN else three:
        packed = packed << 5 | ord(letter) - 0x60
    return full_box("mdhd", words(0, 0, SAMPLE_RATE, length), struct.pack(">H2x", packed))


def _handler(kind: str) -> bytes:
    return full_box("hdlr", words(0), kind.encode(), bytes(12), b"\0")


def _media(header: bytes, samples: bytes) -> bytes:
    here = full_box("url ", flags=_HERE)
    return box("minf", header, box("dinf", full_box("dref", words(1), here)), samples)


def _sound_description(movie: Movie) -> bytes:
    """Build the description of the sound: nested descriptors of AAC."""
    rate = movie.kbps * 1000
    asked = struct.pack(">2BHB2I", _AAC, _AUDIO_STREAM, 0, 0, rate, rate)
    decoder = _descriptor(_DECODER, asked, _descriptor(_CONFIG, movie.config))
    stream = _descriptor(_DESCRIPTOR, struct.pack(">HB", 0, 0), decoder, _descriptor(_SYNC, b"\2"))
    sound = struct.pack(">6xH8x2H4xI", _HERE, movie.channels, 16, SAMPLE_RATE << 16)
    return box("mp4a", sound, full_box("esds", stream))


def _descriptor(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([kind, len(body)]) + body
