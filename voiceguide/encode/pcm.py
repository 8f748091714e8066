"""Samples through libsndfile, some seconds at a time; and WAV, in which they stand as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from voiceguide.encode.files import File, Outlet
from voiceguide.encode.track import Progress
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE, show_clock
from voiceguide.render import Block, Blocks

_AT_A_TIME = 10 * SAMPLE_RATE
"""Samples."""

_LARGEST_WAV = 2**32 - 1 - 1024
"""Bytes: a WAV file counts them in 32 bits. The longest session, 12 h, takes 4.15e9 of the 4.29e9
in one channel; RF64, which goes on from there, is read by few players."""


def samples_of(
    blocks: Blocks, start: int, stop: int, at_a_time: int = _AT_A_TIME
) -> Iterator[Block]:
    """The samples of [start, stop), so many at a time."""
    for at in range(start, stop, at_a_time):
        yield blocks.read(at, min(at + at_a_time, stop))


def check_fits_wav(length: int, channels: int = 1) -> None:
    """Raise a UsageError where a session of `length` samples is too long for WAV."""
    most = _LARGEST_WAV // (2 * channels)
    if length > most:
        raise UsageError(
            f"a WAV file cannot hold more than {show_clock(most // SAMPLE_RATE)} hours",
            "end the name in `.flac` or `.mp3`, or make the session shorter",
        )


def write_wav(blocks: Blocks, file: BinaryIO, progress: Progress) -> None:
    """Write a whole session; it must fit."""
    put_sound(blocks, file, progress, "WAV", "PCM_16")


def put_sound(
    blocks: Blocks,
    file: File,
    progress: Progress,
    kind: str,
    coding: str,
    compression: float | None = None,
) -> None:
    """Write a whole session as libsndfile does; `compression` is as `soundfile` takes it."""
    import soundfile  # late: an export to MP3 needs none of it

    outlet = Outlet(file)
    form = (outlet, "w", SAMPLE_RATE, blocks.channels, coding)
    try:
        with soundfile.SoundFile(*form, format=kind, compression_level=compression) as sound:
            done = 0
            for block in samples_of(blocks, 0, blocks.length):
                sound.write(block)
                outlet.check()
                done += len(block)
                progress(done / blocks.length)
    except Exception:
        outlet.check()  # the cause, where libsndfile reports what came of it
        raise
    outlet.check()
