"""WAV and FLAC, 16 bit, mono: every sample as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, ParamSpec, TypeVar

from voiceguide.encode.tags import Tags
from voiceguide.encode.track import Progress
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE, show_clock
from voiceguide.render import Block, Blocks

P = ParamSpec("P")
T = TypeVar("T")

_AT_A_TIME = 10 * SAMPLE_RATE
"""Samples."""

_LONGEST_WAV = (2**32 - 1 - 1024) // 2
"""Samples: a WAV file counts its bytes in 32 bits. The longest session, 12 h, takes 4.15e9 of the
4.29e9; RF64, which goes on from there, is read by few players and never needed here."""


def samples_of(blocks: Blocks, start: int, stop: int) -> Iterator[Block]:
    """The samples of [start, stop), some seconds at a time."""
    for at in range(start, stop, _AT_A_TIME):
        yield blocks.read(at, min(at + _AT_A_TIME, stop))


def check_fits_wav(length: int) -> None:
    """Raise a UsageError where a session of `length` samples is too long for WAV."""
    if length > _LONGEST_WAV:
        limit = show_clock(_LONGEST_WAV // SAMPLE_RATE)
        raise UsageError(
            f"a WAV file cannot hold more than {limit} hours",
            "end the name in `.flac` or `.mp3`, or make the session shorter",
        )


def write_wav(blocks: Blocks, file: BinaryIO, progress: Progress) -> None:
    """Write a whole session; it must fit."""
    _write(blocks, file, progress, "WAV", {})


def write_flac(blocks: Blocks, file: BinaryIO, progress: Progress, tags: Tags | None) -> None:
    """Write a whole session with the tags that libsndfile can: no chapters, lyrics or cover."""
    _write(blocks, file, progress, "FLAC", _comments(tags) if tags is not None else {})


def _comments(tags: Tags) -> dict[str, str]:
    named = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "tracknumber": str(tags.track[0]) if tags.track else "",
        "date": tags.date or "",
        "genre": tags.genre,
        "comment": tags.comment,
    }
    return {name: text.replace("\0", "") for name, text in named.items() if text}


def _write(
    blocks: Blocks, file: BinaryIO, progress: Progress, kind: str, comments: dict[str, str]
) -> None:
    import soundfile  # late: an export to MP3 needs none of it

    outlet = _Outlet(file)
    try:
        with soundfile.SoundFile(outlet, "w", SAMPLE_RATE, 1, "PCM_16", format=kind) as sound:
            for name, text in comments.items():
                setattr(sound, name, text)
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


class _Outlet:
    """A file for libsndfile, which calls back from C, where no exception can pass.

    The first one is kept until `check`; from then on nothing is done any more.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        return self._guarded(self._file.write, data) or 0

    def read(self, count: int) -> bytes:
        return self._guarded(self._file.read, count) or b""

    def seek(self, offset: int, whence: int) -> int:
        return self._guarded(self._file.seek, offset, whence) or 0

    def tell(self) -> int:
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
