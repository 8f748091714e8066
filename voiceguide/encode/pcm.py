"""Samples through libsndfile, some seconds at a time; and WAV, in which they stand as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, ParamSpec, Protocol, TypeVar

import numpy as np
from msgspec import Struct

from voiceguide.audio import LOOP_UNIT, Loop
from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE, show_clock
from voiceguide.render import Block, Blocks, Ground, Steady

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


class SilentGround(Struct, frozen=True):
    """A ground in which nothing sounds."""

    steady: Steady

    def at(self, _position: int) -> Steady:
        """The same everywhere."""
        return self.steady


def ground_of(blocks: Blocks) -> Ground:
    """The ground of a session; silence, where it has no other."""
    if blocks.ground:
        return blocks.ground
    return SilentGround(Steady(Loop.of(np.zeros((LOOP_UNIT, blocks.channels), np.float32)), 1.0))


def check_fits_wav(length: int, channels: int = 1) -> None:
    """Raise a UsageError where a session of `length` samples is too long for WAV."""
    most = _LARGEST_WAV // (2 * channels)
    if length > most:
        raise UsageError(
            f"a WAV file cannot hold more than {show_clock(most // SAMPLE_RATE)} hours",
            "end the name in `.flac` or `.mp3`, or make the session shorter",
        )


def write_wav(blocks: Blocks, file: BinaryIO, progress: Progress, _job: EncodeJob) -> None:
    """Write a whole session; a UsageError where it is too long."""
    check_fits_wav(blocks.length, blocks.channels)
    put_sound(blocks, file, progress, "WAV", "PCM_16")


def put_sound(
    blocks: Blocks,
    file: ByteFile,
    progress: Progress,
    kind: str,
    coding: str,
    compression: float | None = None,
) -> None:
    """Write a whole session as libsndfile does; `compression` is as `soundfile` takes it."""
    form = SoundForm(kind, coding, blocks.channels, compression=compression)
    pieces = samples_of(blocks, 0, blocks.length)
    put_pieces(pieces, blocks.length, file, progress, form)


class SoundForm(Struct, frozen=True):
    """What libsndfile has to know of a file."""

    kind: str
    coding: str
    channels: int
    rate: int = SAMPLE_RATE
    compression: float | None = None


def put_pieces(
    pieces: Iterable[Block], length: int, file: ByteFile, progress: Progress, form: SoundForm
) -> None:
    """Write pieces of `length` samples in all, as libsndfile does."""
    import soundfile  # late: an export to MP3 needs none of it

    outlet = Outlet(file)
    named = (outlet, "w", form.rate, form.channels, form.coding)
    try:
        with soundfile.SoundFile(
            *named, format=form.kind, compression_level=form.compression
        ) as sound:
            done = 0
            for piece in pieces:
                sound.write(piece)
                outlet.check()
                done += len(piece)
                progress(done / length)
    except Exception:
        outlet.check()  # the cause, where libsndfile reports what came of it
        raise
    outlet.check()


# ── what libsndfile writes to: it calls back from C, where no exception can pass ──


P = ParamSpec("P")
T = TypeVar("T")


class ByteFile(Protocol):
    """The part of a file that libsndfile needs."""

    def write(self, data: bytes, /) -> int:
        """Append or replace bytes; how many they were."""

    def read(self, count: int, /) -> bytes:
        """The next bytes."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Go to a place; where that is, from the beginning."""

    def tell(self) -> int:
        """Where it stands."""


class Outlet:
    """A file whose first error is kept until `check`; from then on nothing is done any more."""

    def __init__(self, file: ByteFile) -> None:
        self._file = file
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """See `ByteFile`; 0 where it went wrong."""
        return self._guarded(self._file.write, data) or 0

    def read(self, count: int) -> bytes:
        """See `ByteFile`; nothing where it went wrong."""
        return self._guarded(self._file.read, count) or b""

    def seek(self, offset: int, whence: int) -> int:
        """See `ByteFile`."""
        return self._guarded(self._file.seek, offset, whence) or 0

    def tell(self) -> int:
        """See `ByteFile`."""
        return self._guarded(self._file.tell) or 0

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error:
            raise self._error

    def _guarded(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        if self._error:
            return None
        try:
            return do(*args, **kwargs)
        except BaseException as error:  # Ctrl-C too
            self._error = error
            return None
