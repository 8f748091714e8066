"""Sound files: found, checked, decoded."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Channels, Clip, Samples, find_sounding
from voiceguide.audio.levels import measured
from voiceguide.audio.resampling import resample
from voiceguide.errors import InputError
from voiceguide.lengths import SAMPLE_RATE, samples

# ── `Recording`: a sound as it came, from a file or from a caller, before anything is made of it


LONGEST = 900
"""Seconds: no sound that is played as it is may be longer."""

_RATES = range(1_000, 768_001)
"""Hz that a sound may have: what is outside is a broken header, not a sound."""

_HARDLY = 0.02
"""Seconds."""

_SPARSE = 7
"""One sample of so many is enough to find an offset."""

_HALF = np.sqrt(0.5)
_TO_STEREO = {
    3: [(1, 0), (0, 1), (_HALF, _HALF)],
    4: [(1, 0), (0, 1), (_HALF, 0), (0, _HALF)],
    5: [(1, 0), (0, 1), (_HALF, _HALF), (_HALF, 0), (0, _HALF)],
    6: [(1, 0), (0, 1), (_HALF, _HALF), (0, 0), (_HALF, 0), (0, _HALF)],
}
"""The part of each channel in left and right, for WAV's and FLAC's own orders (left, right, centre,
low effects, back left, back right); the parts are those of ITU-R BS.775-3, annex 4."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A sound that was checked: some samples, all of them numbers, within full scale."""

    samples: Channels
    rate: int
    """Hz."""
    name: str
    """What messages call it: ``the sound file `rain.flac` ``."""

    @classmethod
    def of(cls, samples: npt.NDArray[np.float32], rate: int, name: str) -> Recording:
        """The recording of samples of shape (n, channels), with more than two channels mixed down.

        What goes beyond full scale is turned down to it.

        Raises:
            InputError: there are none, they are no numbers, or the rate is none of a sound.
        """
        check_rate(rate, name)
        if not samples.size:
            raise InputError(f"{name} is empty", "name one with a sound in it")
        if not np.isfinite(samples).all():
            raise InputError(f"{name} holds samples that are no numbers", "export it anew")
        mixed = mixed_down(samples)
        peak = max(-float(mixed.min()), float(mixed.max()))
        return cls(mixed / np.float32(peak) if peak > 1 else mixed, rate, name)

    def centred(self) -> Recording:
        """The same without an offset: its median, so that what sounds does not move silence."""
        middle = np.median(self.samples[::_SPARSE], axis=0).astype(np.float32)
        return Recording(self.samples - middle, self.rate, self.name)

    def mono(self) -> Samples:
        """Its samples at `SAMPLE_RATE`, the mean of left and right."""
        return resample(self.samples.mean(axis=1, dtype=np.float32), self.rate, SAMPLE_RATE)

    def sounding(self) -> Recording:
        """The part of it in which there is sound, on either side.

        Silence shorter than `_HARDLY` stays: what is cut to a loop must keep its length.

        Raises:
            InputError: it is silent.
        """
        found = [find_sounding(channel, self.rate) for channel in self.samples.T]
        heard = [(onset, end) for onset, end in found if end > onset]
        if not heard:
            raise InputError(f"{self.name} is silent", "name one with a sound in it")
        start, stop = min(onset for onset, _ in heard), max(end for _, end in heard)
        hardly, length = round(_HARDLY * self.rate), len(self.samples)
        start, stop = start if start > hardly else 0, stop if length - stop > hardly else length
        return Recording(self.samples[start:stop], self.rate, self.name)


def check_rate(rate: int, name: str) -> None:
    """See to it that a rate in Hz is one that a sound may have.

    Raises:
        InputError: it is not.
    """
    if rate not in _RATES:
        raise InputError(f"{name} has a sample rate of {rate} Hz", "use one of 48000 Hz")


def mixed_down(samples: Channels) -> Channels:
    """One channel or two as they are; three to six as stereo; more as the mean of all."""
    channels = samples.shape[1]
    if channels <= 2:
        return samples
    if channels not in _TO_STEREO:
        mean: Channels = samples.mean(axis=1, dtype=np.float32, keepdims=True)
        return mean
    parts = np.array(_TO_STEREO[channels], np.float32)
    mixed: npt.NDArray[np.float32] = np.matmul(samples, parts / parts.sum(axis=0))
    return mixed


# ── sound files that libsndfile does not know, M4A first: read by PyAV or an ffmpeg, where one is


_PATIENCE = 300
"""Seconds that an ffmpeg may take."""

Decoded = npt.NDArray[np.float32]
"""Shape (n, 2), at `SAMPLE_RATE`."""


class Undecoded(Exception):  # noqa: N818  (raised and caught within this room, it is no error yet)
    """The file could not be decoded."""


def decoders() -> tuple[str, ...]:
    """Which of `av` and `ffmpeg` are here."""
    here = {"av": find_spec("av"), "ffmpeg": shutil.which("ffmpeg")}
    return tuple(name for name, found in here.items() if found)


def decode_foreign(path: Path, seconds: int) -> Decoded:
    """At most so many seconds of a sound file, as stereo; a mono one has equal sides.

    Raises:
        Undecoded: nothing here can read it.
    """
    by = {"av": _by_av, "ffmpeg": _by_ffmpeg}
    for name in decoders():
        decoded = by[name](path, seconds)
        if len(decoded):
            return decoded
    raise Undecoded


def _by_av(path: Path, seconds: int) -> Decoded:
    import av

    try:
        # nothing that a file names is fetched: a playlist could name anything
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            pieces = list(_pieces_of_program(container, seconds * SAMPLE_RATE))
    except (av.error.FFmpegError, ValueError, IndexError, OSError):
        return np.zeros((0, 2), np.float32)
    return np.concatenate(pieces).reshape(-1, 2) if pieces else np.zeros((0, 2), np.float32)


def _pieces_of_program(container: Any, left: int) -> Iterator[npt.NDArray[np.float32]]:
    import av

    to_stereo = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
    for frame in container.decode(audio=0):
        for piece in to_stereo.resample(frame):
            taken = piece.to_ndarray().reshape(-1)[: 2 * left]
            left -= len(taken) // 2
            yield taken
        if not left:
            return
    for piece in to_stereo.resample(None):
        yield piece.to_ndarray().reshape(-1)[: 2 * left]


def _by_ffmpeg(path: Path, seconds: int) -> Decoded:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
    command += ["-i", f"file:{path}", "-map", "0:a:0", "-t", str(seconds)]
    command += ["-f", "f32le", "-ac", "2", "-ar", str(SAMPLE_RATE), "pipe:1"]
    try:
        run = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return np.zeros((0, 2), np.float32)
    whole = len(run.stdout) // 8 * 8
    return np.frombuffer(run.stdout[:whole], "<f4").astype(np.float32).reshape(-1, 2)


# ── sound files: found, checked, decoded ─────────────────────────────────────


LARGEST = 1 << 30
"""Bytes: no sound file may be larger."""

_PIECE = 1 << 17
"""Frames that are decoded at once."""

_FORMATS = "use a WAV, FLAC, MP3 or Ogg file"
_OTHERS = f"{_FORMATS}; others, M4A among them, are read where an ffmpeg is installed"

_UNKNOWN = (1, 4)
"""libsndfile's numbers for a format, and for an encoding, that it does not know."""


def read_sound(path: Path) -> Clip:
    """Decode a sound file to a clip at `SAMPLE_RATE`, mixed down to mono, at the file's own level.

    Raises:
        InputError: as `read_recording` raises it.
    """
    return measured(read_recording(path).mono(), SAMPLE_RATE)


def read_recording(path: Path, longest: int = LONGEST, *, cut: bool = False) -> Recording:
    """Decode a sound file: WAV, FLAC, MP3, Ogg; and with PyAV or an ffmpeg, what those know.

    Of a file longer than `longest` seconds, the first `longest` seconds are read with `cut`.

    Raises:
        InputError: there is no such file, it cannot be decoded, is empty, is larger than `LARGEST`
            or longer than `longest`.
    """
    name = f"the sound file `{path.name}`"
    _check_file(path, name)
    samples, rate = _decoded(path, name, longest + 1)
    most = longest * rate
    if len(samples) > most and not cut:
        raise InputError(f"{name} is longer than {longest // 60} minutes", "use a piece of it")
    return Recording.of(samples[:most], rate, name)


def sound_seconds(path: Path) -> float | None:
    """How long a sound file says that it lasts, in seconds; None where libsndfile cannot tell.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    import soundfile

    name = f"the sound file `{path.name}`"
    _check_file(path, name)
    try:
        return float(soundfile.info(path).duration)
    except soundfile.LibsndfileError as error:
        if error.code in _UNKNOWN:
            return None
        raise InputError(f"{name} cannot be read", _FORMATS) from error


def _check_file(path: Path, name: str) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(f"there is no sound file `{path.name}`", f"looked for {path}") from None
    except (OSError, ValueError) as error:  # a loop of links; a null character in the name
        raise InputError(f"{name} cannot be read", str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"`{path.name}` is no file with a sound in it", _FORMATS)
    if found.st_size > LARGEST:
        way_out = "use a shorter piece of it, or a compressed one"
        raise InputError(f"{name} is larger than {LARGEST >> 20} MB", way_out)


def _decoded(path: Path, name: str, seconds: int) -> tuple[npt.NDArray[np.float32], int]:
    """At most so many seconds of samples, of shape (n, 1) or (n, 2), and their rate."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            check_rate(file.samplerate, name)
            pieces = list(_pieces(file, seconds))
            return np.concatenate(pieces or [np.zeros((0, 1), np.float32)]), file.samplerate
    except soundfile.LibsndfileError as error:
        if error.code not in _UNKNOWN:
            raise InputError(f"{name} cannot be read", _FORMATS) from error
    # soundfile takes a name in .raw for a format that it wants described, and raises TypeError
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise InputError(f"{name} cannot be read", _FORMATS) from error
    return _foreign(path, name, seconds), SAMPLE_RATE


def _pieces(file: Any, seconds: int) -> Iterator[npt.NDArray[np.float32]]:
    """The file's samples; the length in its header may be wrong, so they are counted."""
    left = seconds * file.samplerate
    while left > 0:
        frames = file.read(min(_PIECE, left), dtype="float32", always_2d=True)
        if not len(frames):
            return
        left -= len(frames)
        yield mixed_down(frames)


def _foreign(path: Path, name: str, seconds: int) -> npt.NDArray[np.float32]:
    try:
        stereo = decode_foreign(path, seconds)
    except Undecoded:
        way_out = _FORMATS if decoders() else _OTHERS
        raise InputError(f"{name} cannot be read", way_out) from None
    same = np.array_equal(stereo[:, 0], stereo[:, 1])
    return stereo[:, :1] if same else stereo


# ── `Tape`: a long sound file that is open for reading, any stretch of it at a time


RUN_UP = samples(0.2)
"""Samples that are decoded before a place that is jumped to. A decoder needs what stands before to
be right: libsndfile's first 750 of a Vorbis file may be wrong, Opus asks for 80 ms."""

_MP4 = b"ftyp"
_TAPE_FORMATS = "name an audio file that `voiceguide export` wrote"


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
            InputError: the file breaks off before.
        """

    def close(self) -> None:
        """Let the file go."""


def open_tape(path: Path) -> Tape:
    """Open a sound file.

    Raises:
        InputError: it cannot be read, or is no sound.
    """
    try:
        with path.open("rb") as file:
            is_mp4 = file.read(8)[4:] == _MP4
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror}", _TAPE_FORMATS) from error
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
            raise InputError(f"`{path}` can only be decoded with PyAV", way_out) from None
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


def _breaks_off(path: Path) -> InputError:
    return InputError(f"`{path}` breaks off", "copy it once more, or export it again")


def _no_sound(path: Path) -> InputError:
    return InputError(f"`{path}` is no sound file that can be decoded", _TAPE_FORMATS)
