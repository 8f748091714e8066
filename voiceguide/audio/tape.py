"""`Tape`: a long sound file that is open for reading, any stretch of it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from voiceguide.audio.clip import Channels
from voiceguide.audio.recording import SoundError
from voiceguide.lengths import samples

RUN_UP = samples(0.2)
"""Samples that are decoded before a place that is jumped to. A decoder needs what stands before to
be right: libsndfile's first 750 of a Vorbis file may be wrong, Opus asks for 80 ms."""

_MP4 = b"ftyp"
_FORMATS = "name an audio file that `voiceguide export` wrote"


class Tape(Protocol):
    """A sound file of which any stretch can be read; one that follows on the last costs least."""

    rate: int
    """Hz."""
    channels: int
    length: int
    """Samples, as the file says."""

    def read(self, start: int, stop: int) -> Channels:
        """The samples of [start, stop), float32 of shape (n, channels), full scale ±1.

        Raises:
            SoundError: the file breaks off before.
        """

    def close(self) -> None:
        """Let the file go."""


def open_tape(path: Path) -> Tape:
    """Open a sound file.

    Raises:
        SoundError: it cannot be read, or is no sound.
    """
    try:
        with path.open("rb") as file:
            is_mp4 = file.read(8)[4:] == _MP4
    except OSError as error:
        raise SoundError(f"cannot read `{path}`: {error.strerror}", _FORMATS) from error
    return _Av(path) if is_mp4 else _Libsndfile(path)


class _Libsndfile:
    """MP3, FLAC, WAV, Ogg and Opus."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._path = path
        self._at = 0
        self._error = soundfile.SoundFileError
        try:
            self._file: Any = soundfile.SoundFile(path)
        # soundfile takes a name in .raw for a format that it wants described: TypeError
        except (soundfile.SoundFileError, TypeError, OSError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.length: int = self._file.frames

    def read(self, start: int, stop: int) -> Channels:
        """The samples of [start, stop)."""
        run_up = 0 if start == self._at else min(RUN_UP, start)
        try:
            if start != self._at:
                self._file.seek(start - run_up)
            read: Channels = self._file.read(stop - start + run_up, dtype="float32", always_2d=True)
        except self._error as error:
            raise _breaks_off(self._path) from error
        self._at = stop
        return _whole(read[run_up:], stop - start, self._path)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


class _Av:
    """AAC in an MP4 file, by PyAV, which is an extra."""

    def __init__(self, path: Path) -> None:
        try:
            import av
        except ImportError:
            way_out = 'install it: `pip install "voiceguide[m4b]"`'
            raise SoundError(f"`{path}` can only be decoded with PyAV", way_out) from None
        self._av, self._path = av, path
        try:
            self._container = av.open(str(path), options={"protocol_whitelist": "file"})
            self._stream = self._container.streams.audio[0]
        except (av.FFmpegError, IndexError, OSError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._stream.rate or 0
        self.channels: int = self._stream.channels or 0
        self.length = round((self._stream.duration or 0) * self._stream.time_base * self.rate)
        self._at = 0
        self._rest = np.zeros((0, self.channels), np.float32)
        self._frames = self._decoded(0)

    def read(self, start: int, stop: int) -> Channels:
        """The samples of [start, stop)."""
        if start != self._at:
            self._at = start
            self._rest = self._rest[:0]
            self._frames = self._decoded(start)
        pieces, count = [self._rest], len(self._rest)
        while count < stop - start and (piece := next(self._frames, None)) is not None:
            pieces.append(piece)
            count += len(piece)
        ready = np.concatenate(pieces)
        self._at, self._rest = stop, ready[stop - start :]
        return _whole(ready[: stop - start], stop - start, self._path)

    def close(self) -> None:
        """Let the file go."""
        self._container.close()

    def _decoded(self, start: int) -> Iterator[Channels]:
        """The samples from a place on, frame by frame."""
        base = self._stream.time_base
        before = max(0, start - RUN_UP)
        try:
            self._container.seek(round(before / self.rate / base), stream=self._stream)
            for frame in self._container.decode(self._stream):
                first = round((frame.pts or 0) * base * self.rate)
                sound = np.asarray(frame.to_ndarray(), np.float32).reshape(self.channels, -1).T
                yield sound[max(0, start - first) :]
        except self._av.FFmpegError:  # it breaks off here, and `read` says so
            return


def _whole(read: Channels, count: int, path: Path) -> Channels:
    if len(read) < count:
        raise _breaks_off(path)
    return read


def _breaks_off(path: Path) -> SoundError:
    return SoundError(f"`{path}` breaks off", "copy it once more, or export it again")


def _no_sound(path: Path) -> SoundError:
    return SoundError(f"`{path}` is no sound file that can be decoded", _FORMATS)
