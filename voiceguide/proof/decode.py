"""A finished file to samples, some seconds at a time: an hour takes no more room than a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.audio import resample
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE

# ── a finished file to samples, some seconds at a time: an hour takes no more room than a minute


Piece = npt.NDArray[np.float32]
"""Shape (n, channels), full scale ±1.0."""

AT_A_TIME = 10
"""Seconds that are decoded at once."""

MOST_CHANNELS = 8
RATES = range(8_000, 192_001)
"""Hz."""

_MP4 = b"ftyp"
"""What stands after the first four bytes of an MP4 file."""

_FORMATS = "name an audio file that `voiceguide export` wrote"


class Decoder(Protocol):
    """A sound file that is open for reading, once, from its beginning."""

    rate: int
    """Hz."""
    channels: int
    codec: str
    """`MP3`, `FLAC`, `OPUS`, `VORBIS`, `AAC`, …"""

    def pieces(self) -> Iterator[Piece]:
        """The samples, in order; they end where the file can be decoded no further."""

    def close(self) -> None:
        """Let the file go."""


def open_sound(path: Path) -> Decoder:
    """Open a file that stands there.

    Raises:
        UsageError: it is no sound file, or one that nobody here can decode.
    """
    decoder = _Av(path) if _is_mp4(path) else _Libsndfile(path)
    if decoder.rate not in RATES or not 0 < decoder.channels <= MOST_CHANNELS:
        decoder.close()
        raise _no_sound(path)
    return decoder


def _is_mp4(path: Path) -> bool:
    """Whether a file begins as an MP4 does, whatever it is called: a draft has no ending."""
    try:
        with path.open("rb") as file:
            return file.read(8)[4:] == _MP4
    except OSError as error:
        raise _no_sound(path) from error


def _no_sound(path: Path) -> UsageError:
    return UsageError(f"`{path}` is no sound file that can be decoded", _FORMATS)


class _Libsndfile:
    """MP3, FLAC, WAV, Ogg and Opus."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._error = soundfile.SoundFileError
        try:
            self._file: Any = soundfile.SoundFile(path)
        # soundfile takes a name in .raw for a format that it wants described: TypeError
        except (soundfile.SoundFileError, TypeError, OSError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.codec: str = self._file.subtype if self._file.format == "OGG" else self._file.format

    def pieces(self) -> Iterator[Piece]:
        """The samples, in order."""
        while len(piece := self._read()):
            yield piece

    def _read(self) -> Piece:
        """What comes next; a file that breaks off ends there, and its length will tell."""
        try:
            piece: Piece = self._file.read(AT_A_TIME * self.rate, dtype="float32", always_2d=True)
        except self._error:
            return np.zeros((0, self.channels), np.float32)
        return piece

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


class _Av:
    """AAC in an MP4 file, by PyAV, which is an extra."""

    def __init__(self, path: Path) -> None:
        try:
            import av
        except ImportError:
            way_out = "install it: `pip install voiceguide[m4b]`"
            raise UsageError(f"`{path}` can only be decoded with PyAV", way_out) from None
        self._av = av
        try:
            self._container = av.open(str(path))
            self._stream = self._container.streams.audio[0]
        except (av.FFmpegError, IndexError, OSError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._stream.rate or 0
        self.channels: int = self._stream.channels or 0
        self.codec = str(self._stream.codec_context.name).upper()

    def pieces(self) -> Iterator[Piece]:
        """The samples, in order, without what its edit list cuts off."""
        gathered: list[Piece] = []
        for frame in self._frames():
            gathered.append(frame)
            if sum(map(len, gathered)) >= AT_A_TIME * self.rate:
                yield np.concatenate(gathered)
                gathered.clear()
        if gathered:
            yield np.concatenate(gathered)

    def _frames(self) -> Iterator[Piece]:
        try:
            for frame in self._container.decode(self._stream):
                samples = np.asarray(frame.to_ndarray(), np.float32)
                yield samples.reshape(self.channels, -1).T
        except self._av.FFmpegError:  # it breaks off here, and its length will tell
            return

    def close(self) -> None:
        """Let the file go."""
        self._container.close()


# ── a file of another rate at the session's, piece by piece ──────────────────


_AROUND = 1
"""Seconds before and after a piece that are resampled with it, for the filter's tails."""

_STEP = 10
"""Seconds that are resampled at once."""


def at_session_rate(pieces: Iterable[Piece], rate: int) -> Iterator[Piece]:
    """The same sound at `SAMPLE_RATE`; its first sample stays in place."""
    return iter(pieces) if rate == SAMPLE_RATE else _resampled(pieces, rate)


def _resampled(pieces: Iterable[Piece], rate: int) -> Iterator[Piece]:
    before = 0
    waiting = np.zeros((0, 1), np.float32)
    for piece in pieces:
        waiting = np.concatenate([waiting, piece]) if len(waiting) else piece
        while len(waiting) >= before + (_STEP + _AROUND) * rate:
            yield _middle(waiting[: before + (_STEP + _AROUND) * rate], rate, before, _STEP * rate)
            waiting = waiting[before + (_STEP - _AROUND) * rate :]
            before = _AROUND * rate
    yield _middle(waiting, rate, before, max(0, len(waiting) - before))


def _middle(waiting: Piece, rate: int, before: int, count: int) -> Piece:
    """The `count` samples after `before`, at the session's rate."""
    columns = [resample(np.ascontiguousarray(one), rate, SAMPLE_RATE) for one in waiting.T]
    start, stop = (round(at * SAMPLE_RATE / rate) for at in (before, before + count))
    return np.stack(columns, axis=1)[start:stop]
