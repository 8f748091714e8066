"""Write samples with libsndfile, some seconds at a time; WAV files, and the sound of audio CDs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO, ParamSpec, Protocol, TypeVar

import numpy as np
from msgspec import Struct

from voiceguide.audio.clip import resampled_length, resampled_pieces
from voiceguide.audio.loops import LOOP_UNIT, Loop
from voiceguide.encode.formats import EncodeJob, Progress
from voiceguide.errors import UsageError
from voiceguide.files.signals import signals_postponed
from voiceguide.lengths import SAMPLE_RATE, show_clock
from voiceguide.render import Block, Blocks, Ground, Steady
from voiceguide.render.blocks import to_16_bit

A = ParamSpec("A")
P = TypeVar("P")
T = TypeVar("T")

_AT_A_TIME = 10 * SAMPLE_RATE
"""Samples that are read at a time."""

_WRITTEN_AT_ONCE = SAMPLE_RATE
"""Samples that libsndfile is given at a time. libvorbis puts four bytes of each on the stack, of
which a thread on macOS has 512 KB, and a program on Windows 1 or 2 MB."""

_LARGEST_WAV = 2**32 - 1 - 1024
"""Most bytes of a WAV file, which stores its size in 32 bits. The longest session, 12 h, takes
4.15e9 of the 4.29e9 in one channel; few players read RF64, which allows more."""


def samples_of(
    blocks: Blocks, start: int, stop: int, at_a_time: int = _AT_A_TIME
) -> Iterator[Block]:
    """Yield the samples of [start, stop), `at_a_time` in each block."""
    for at in range(start, stop, at_a_time):
        yield blocks.read(at, min(at + at_a_time, stop))


def begun_ahead(pieces: Iterable[P], begin: Callable[[P], T], ahead: int) -> Iterator[tuple[P, T]]:
    """Yield all pieces with what `begin` returns for them; `ahead` are begun in advance."""
    begun: deque[tuple[P, T]] = deque()
    for piece in pieces:
        begun.append((piece, begin(piece)))
        if len(begun) > ahead:
            yield begun.popleft()
    yield from begun


def piece_after(frame: int, period: int, size: int) -> int:
    """Return the first frame from `frame` on at which a piece begins of a loop of `period` frames,
    whose pieces have `size` frames."""
    into = frame % period
    return frame - into + min(-(-into // size) * size, period)


class SilentGround(Struct, frozen=True):
    """A silent ground."""

    steady: Steady

    def at(self, _position: int) -> Steady:
        """Return the same ground for every position."""
        return self.steady


def ground_of(blocks: Blocks) -> Ground:
    """Return the ground of a session; silence, if it has none."""
    if blocks.ground:
        return blocks.ground
    return SilentGround(Steady(Loop.of(np.zeros((LOOP_UNIT, blocks.channels), np.float32)), 1.0))


def check_fits_wav(length: int, channels: int = 1) -> None:
    """Raise a UsageError if a session of `length` samples is too long for WAV."""
    most = _LARGEST_WAV // (2 * channels)
    if length > most:
        raise UsageError(
            f"a WAV file cannot hold more than {show_clock(most // SAMPLE_RATE)} hours",
            "end the name in `.flac` or `.mp3`, or make the session shorter",
        )


def write_wav(blocks: Blocks, file: BinaryIO, progress: Progress, _job: EncodeJob) -> None:
    """Write a whole session; raise a UsageError if it is too long."""
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
    """Write a whole session with libsndfile; `compression` is as `soundfile` takes it."""
    form = SoundForm(kind, coding, blocks.channels, compression=compression)
    pieces = samples_of(blocks, 0, blocks.length, _WRITTEN_AT_ONCE)
    put_pieces(pieces, blocks.length, file, progress, form)


class SoundForm(Struct, frozen=True):
    """The parameters of a file for libsndfile."""

    kind: str
    coding: str
    channels: int
    rate: int = SAMPLE_RATE
    compression: float | None = None


def put_pieces(
    pieces: Iterable[Block], length: int, file: ByteFile, progress: Progress, form: SoundForm
) -> None:
    """Write pieces of `length` samples in all with libsndfile."""
    import soundfile  # late: an export to MP3 does not need it

    outlet = Outlet(file)
    named = (outlet, "w", form.rate, form.channels, form.coding)
    try:
        with ExitStack() as stack:
            with signals_postponed():
                sound = soundfile.SoundFile(
                    *named, format=form.kind, compression_level=form.compression
                )
                stack.callback(signals_postponed()(sound.close))
            done = 0
            for piece in pieces:
                with signals_postponed():
                    sound.write(piece)
                outlet.check()
                done += len(piece)
                progress(done / length)
    except Exception:
        outlet.check()  # raises the cause instead of libsndfile's error about it
        raise
    outlet.check()


# ── an audio CD ──────────────────────────────────────────────────────────────


CD_RATE = 44_100
"""Samples a second. An audio CD has two channels of 16 bits (IEC 60908, the "Red Book"): every
session is resampled, and a mono one is written to both channels."""

LONGEST_CD = 80 * 60
"""Seconds on a present-day blank disc; older discs hold 74 minutes."""

_CD_FORM = SoundForm("WAV", "PCM_16", 2, CD_RATE)


def write_cd(blocks: Blocks, file: BinaryIO, progress: Progress, _job: EncodeJob) -> None:
    """Write a whole session as WAV: 44.1 kHz, 16 bit, two channels, of exactly the same length.

    Raise a UsageError if the session is longer than a disc.
    """
    if blocks.length > LONGEST_CD * SAMPLE_RATE:
        raise UsageError(
            f"an audio CD holds {LONGEST_CD // 60} minutes, and the session is longer",
            "make it shorter with `--length`, or write a file for each chapter with `--split`",
        )
    length = resampled_length(blocks.length, SAMPLE_RATE, CD_RATE)
    put_pieces(_cd_pieces(blocks), length, file, progress, _CD_FORM)


def _cd_pieces(blocks: Blocks) -> Iterator[Block]:
    """Yield the session at the CD's sample rate, in two channels."""
    read = (
        block.reshape(len(block), -1).astype(np.float32) / np.float32(32768)
        for block in samples_of(blocks, 0, blocks.length)
    )
    for piece in resampled_pieces(read, SAMPLE_RATE, CD_RATE):
        yield to_16_bit(np.repeat(piece, 2, axis=1) if piece.shape[1] == 1 else piece)


# ── the file for libsndfile, which calls back from C, where exceptions cannot pass ──


class ByteFile(Protocol):
    """The methods of a file that libsndfile needs."""

    def write(self, data: bytes, /) -> int:
        """Append or overwrite bytes; return their number."""

    def read(self, count: int, /) -> bytes:
        """Return the next bytes."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Move to a position; return it, counted from the beginning."""

    def tell(self) -> int:
        """Return the current position."""


class Outlet:
    """A file that keeps its first error until `check`; after that error it does nothing."""

    def __init__(self, file: ByteFile) -> None:
        self._file = file
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """See `ByteFile`; return 0 after an error."""
        return self._guarded(self._file.write, data) or 0

    def read(self, count: int) -> bytes:
        """See `ByteFile`; return no bytes after an error."""
        return self._guarded(self._file.read, count) or b""

    def seek(self, offset: int, whence: int) -> int:
        """See `ByteFile`."""
        return self._guarded(self._file.seek, offset, whence) or 0

    def tell(self) -> int:
        """See `ByteFile`."""
        return self._guarded(self._file.tell) or 0

    def check(self) -> None:
        """Raise the first error, if there was one."""
        if self._error:
            raise self._error

    def _guarded(self, do: Callable[A, T], *args: A.args, **kwargs: A.kwargs) -> T | None:
        if self._error:
            return None
        try:
            return do(*args, **kwargs)
        except BaseException as error:  # including Ctrl-C
            self._error = error
            return None
