"""Check and decode sound files; nothing else here reads sound that was made elsewhere.

libsndfile reads MP3, FLAC, WAV, Ogg and Opus; PyAV or an ffmpeg, if installed, reads other formats,
above all M4A. Neither may open what a file refers to: a playlist could name anything.
"""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from voiceguide.audio.clip import Channels
from voiceguide.errors import InputError
from voiceguide.installation import bring
from voiceguide.lengths import SAMPLE_RATE, samples

LARGEST = 1 << 30
"""Largest sound file that may be part of a session, in bytes."""

RATES = range(1_000, 768_001)
"""Accepted sample rates in Hz; any other means a broken header."""

MOST_CHANNELS = 64

RUN_UP = samples(0.2)
"""Samples that are decoded before a seek target, and dropped. A decoder needs the preceding data:
after a seek, libsndfile's first 750 samples of a Vorbis file may be wrong, Opus asks for 80 ms."""

_AT_A_TIME = 10
"""Seconds that are decoded in one piece."""

_PATIENCE = 300
"""Timeout of an ffmpeg, in seconds."""

_MP4 = b"ftyp"
"""The second four bytes of an MP4 file."""

_WHITELIST = "file,pipe"

_FORMATS = "use a WAV, FLAC, MP3 or Ogg file"
_OTHERS = f"{_FORMATS}; others, M4A among them, are read where an ffmpeg is installed"
_EXPORTED = "name an audio file that `voiceguide export` wrote"

_UNKNOWN = (1, 4)
"""libsndfile's error codes for an unknown format and an unknown encoding."""


# ── an open file, of which any part can be read ──────────────────────────────


class OpenSound(Protocol):
    """An open sound file with random access; to read on from the last position costs least."""

    rate: int
    """Hz."""
    channels: int
    length: int
    """Samples, according to the file."""
    broken: bool
    """Whether `pieces` ended early because the file could not be decoded further."""
    codec: str
    """`MP3`, `FLAC`, `OPUS`, `VORBIS`, `AAC`, …"""

    def read(self, start: int, stop: int) -> Channels:
        """The samples of [start, stop), float32 of shape (n, channels), full scale ±1.

        Raises:
            InputError: the file ends before `stop`.
        """

    def pieces(self) -> Iterator[Channels]:
        """All samples, some seconds at a time, up to where the file cannot be decoded further.

        Call it only once, and not after `read`.
        """

    def close(self) -> None:
        """Close the file."""


def open_sound(path: Path) -> OpenSound:
    """Open a sound file; its first bytes tell its format, since a draft has no suffix.

    Raises:
        InputError: it cannot be read, or is not a sound.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block, a device has no end
            raise _no_sound(path)
        with path.open("rb") as file:
            is_mp4 = file.read(8)[4:] == _MP4
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror}", _EXPORTED) from error
    sound: OpenSound = _PyavSound(path) if is_mp4 else _LibsndfileSound(path)
    if sound.rate in RATES and 0 < sound.channels <= MOST_CHANNELS:
        return sound
    sound.close()
    raise _no_sound(path)


class _LibsndfileSound:
    """Reads MP3, FLAC, WAV, Ogg and Opus with libsndfile."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._path = path
        self._at = 0
        self.broken = False
        self._error = soundfile.SoundFileError
        try:
            self._file: Any = soundfile.SoundFile(path)
        # for a name in .raw, soundfile wants the format described: TypeError
        except (soundfile.SoundFileError, TypeError, OSError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.length: int = self._file.frames
        self.codec: str = self._file.subtype if self._file.format == "OGG" else self._file.format

    def read(self, start: int, stop: int) -> Channels:
        run_up = 0 if start == self._at else min(RUN_UP, start)
        try:
            if start != self._at:
                self._file.seek(start - run_up)
            read = self._next(stop - start + run_up)
        except self._error as error:
            raise _breaks_off(self._path) from error
        self._at = stop
        return _whole(read[run_up:], stop - start, self._path)

    def pieces(self) -> Iterator[Channels]:
        try:
            while len(piece := self._next(_AT_A_TIME * self.rate)):
                yield piece
        except self._error:
            self.broken = True

    def close(self) -> None:
        self._file.close()

    def _next(self, count: int) -> Channels:
        read: Channels = self._file.read(count, dtype="float32", always_2d=True)
        return read


class _PyavSound:
    """Reads AAC in an MP4 file, and ffmpeg's other formats, with PyAV, which is an extra."""

    def __init__(self, path: Path) -> None:
        try:
            import av
        except ImportError:
            way_out = bring("m4b")
            raise InputError(f"`{path}` can only be decoded with PyAV", way_out) from None
        self._av, self._path = av, path
        self.broken = False
        try:
            self._container = av.open(str(path), options={"protocol_whitelist": _WHITELIST})
            self._stream = self._container.streams.audio[0]
        except (av.FFmpegError, IndexError, OSError, ValueError) as error:
            raise _no_sound(path) from error
        self.rate: int = self._stream.rate or 0
        self.channels: int = self._stream.channels or 0
        self.codec = str(self._stream.codec_context.name).upper()
        # an MP3's or a raw stream's length is not known before its end
        seconds = (self._stream.duration or 0) * (self._stream.time_base or 0)
        self.length = round(seconds * self.rate)
        self._at = 0
        self._rest = np.zeros((0, self.channels), np.float32)
        self._frames = self._decoded(0)

    def read(self, start: int, stop: int) -> Channels:
        if start != self._at:
            self._at = start
            self._rest = self._rest[:0]
            self._frames = self._decoded(start)
        ready = self._gathered(stop - start)
        self._at, self._rest = stop, ready[stop - start :]
        return _whole(ready[: stop - start], stop - start, self._path)

    def pieces(self) -> Iterator[Channels]:
        while len(piece := self._gathered(_AT_A_TIME * self.rate)):
            yield piece
            self._rest = self._rest[:0]

    def close(self) -> None:
        self._container.close()

    def _gathered(self, least: int) -> Channels:
        """The rest of the last frame and whole frames after it, `least` samples if there are."""
        gathered, count = [self._rest], len(self._rest)
        while count < least and (frame := next(self._frames, None)) is not None:
            gathered.append(frame)
            count += len(frame)
        return np.concatenate(gathered)

    def _decoded(self, start: int) -> Iterator[Channels]:
        """The samples from `start` on, frame by frame, as floats of shape (n, channels)."""
        base = self._stream.time_base
        before = max(0, start - RUN_UP)
        floats = self._av.AudioResampler(format="fltp")
        try:
            if start:
                self._container.seek(round(before / self.rate / base), stream=self._stream)
            for frame in self._container.decode(self._stream):
                first = round((frame.pts or 0) * base * self.rate)
                for part in floats.resample(frame):
                    sound = np.asarray(part.to_ndarray(), np.float32).T
                    yield sound[max(0, start - first) :]
        except (self._av.FFmpegError, ValueError):
            self.broken = True


def _whole(read: Channels, count: int, path: Path) -> Channels:
    if len(read) < count:
        raise _breaks_off(path)
    return read


def _breaks_off(path: Path) -> InputError:
    return InputError(f"`{path}` breaks off", "copy it once more, or export it again")


def _no_sound(path: Path) -> InputError:
    return InputError(f"`{path}` is not a sound file that can be decoded", _EXPORTED)


# ── a file as a whole, or its beginning ──────────────────────────────────────


def sound_seconds(path: Path) -> float | None:
    """The duration that a sound file states, in seconds; None if libsndfile cannot tell.

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


def decoded(
    path: Path, name: str, seconds: int, mixed: Callable[[Channels], Channels]
) -> tuple[Channels, int]:
    """Decode at most `seconds` of a file; return the samples and their rate in Hz.

    `mixed` is applied to each piece. `name` is what messages call the file.

    Raises:
        InputError: there is no such file, it is too large, or nothing here can decode it.
    """
    _check_file(path, name)
    try:
        sound: OpenSound = _LibsndfileSound(path)
    except InputError as error:
        if getattr(error.__cause__, "code", None) in _UNKNOWN:
            return _decoded_by_ffmpeg(path, name, seconds, mixed)
        raise InputError(f"{name} cannot be read", _FORMATS) from error
    check_rate(sound.rate, name)
    found = _beginning(sound, seconds, mixed)
    if found is None:
        raise InputError(f"{name} cannot be read", _FORMATS)
    return found, sound.rate


def _beginning(
    sound: OpenSound, seconds: int, mixed: Callable[[Channels], Channels]
) -> Channels | None:
    """At most `seconds` of it, counted since a header may be wrong; None if it is damaged."""
    left, taken = seconds * sound.rate, []
    for piece in sound.pieces():
        taken.append(mixed(piece[:left]))
        left -= len(piece)
        if left <= 0:
            break
    sound.close()
    if sound.broken:
        return None
    return np.concatenate(taken or [np.zeros((0, 1), np.float32)])


def _decoded_by_ffmpeg(
    path: Path, name: str, seconds: int, mixed: Callable[[Channels], Channels]
) -> tuple[Channels, int]:
    """Decode with the ffmpeg in PyAV, or else with the program."""
    here = decoders()
    if "av" in here:
        with suppress(InputError):
            sound = _PyavSound(path)
            check_rate(sound.rate, name)
            found = _beginning(sound, seconds, mixed)
            if found is not None and len(found):
                return found, sound.rate
    found = _by_program(path, seconds) if "ffmpeg" in here else None
    if found is None or not len(found):
        raise InputError(f"{name} cannot be read", _FORMATS if here else _OTHERS)
    # ffmpeg was told to give two channels: for a mono sound they are equal
    return found[:, :1] if np.array_equal(found[:, 0], found[:, 1]) else found, SAMPLE_RATE


def _by_program(path: Path, seconds: int) -> Channels | None:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", _WHITELIST]
    command += ["-i", f"file:{path}", "-map", "0:a:0", "-t", str(seconds)]
    command += ["-f", "f32le", "-ac", "2", "-ar", str(SAMPLE_RATE), "pipe:1"]
    try:
        run = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    whole = len(run.stdout) // 8 * 8
    return np.frombuffer(run.stdout[:whole], "<f4").astype(np.float32).reshape(-1, 2)


def _check_file(path: Path, name: str) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(f"there is no sound file `{path.name}`", f"looked for {path}") from None
    except (OSError, ValueError) as error:  # a loop of links; a null character in the name
        raise InputError(f"{name} cannot be read", str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"`{path.name}` is not a file with a sound in it", _FORMATS)
    if found.st_size > LARGEST:
        way_out = "use a shorter piece of it, or a compressed one"
        raise InputError(f"{name} is larger than {LARGEST >> 20} MB", way_out)


def check_rate(rate: int, name: str) -> None:
    """Raise an InputError if a sample rate in Hz is not in `RATES`."""
    if rate not in RATES:
        raise InputError(f"{name} has a sample rate of {rate} Hz", "use one of 48000 Hz")


def decoders() -> tuple[str, ...]:
    """Which of `av` and `ffmpeg` are installed."""
    here = {"av": find_spec("av"), "ffmpeg": shutil.which("ffmpeg")}
    return tuple(name for name, found in here.items() if found)
