"""Sound files: found, checked, decoded."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.audio.clip import Clip
from voiceguide.audio.foreign import Undecoded, decode_foreign, decoders
from voiceguide.audio.measuring import measured
from voiceguide.audio.recording import (
    LONGEST,
    Recording,
    SoundError,
    check_rate,
    mixed_down,
)
from voiceguide.lengths import SAMPLE_RATE

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
        SoundError: as `read_recording` raises it.
    """
    return measured(read_recording(path).mono(), SAMPLE_RATE)


def read_recording(path: Path, longest: int = LONGEST, *, cut: bool = False) -> Recording:
    """Decode a sound file: WAV, FLAC, MP3, Ogg; and with PyAV or an ffmpeg, what those know.

    Of a file longer than `longest` seconds, the first `longest` seconds are read with `cut`.

    Raises:
        SoundError: there is no such file, it cannot be decoded, is empty, is larger than `LARGEST`
            or longer than `longest`.
    """
    name = f"the sound file `{path.name}`"
    _check_file(path, name)
    samples, rate = _decoded(path, name, longest + 1)
    most = longest * rate
    if len(samples) > most and not cut:
        raise SoundError(f"{name} is longer than {longest // 60} minutes", "use a piece of it")
    return Recording.of(samples[:most], rate, name)


def sound_seconds(path: Path) -> float | None:
    """How long a sound file says that it lasts, in seconds; None where libsndfile cannot tell.

    Raises:
        SoundError: there is no such file, or it is damaged.
    """
    import soundfile

    name = f"the sound file `{path.name}`"
    _check_file(path, name)
    try:
        return float(soundfile.info(path).duration)
    except soundfile.LibsndfileError as error:
        if error.code in _UNKNOWN:
            return None
        raise SoundError(f"{name} cannot be read", _FORMATS) from error


def _check_file(path: Path, name: str) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise SoundError(f"there is no sound file `{path.name}`", f"looked for {path}") from None
    except (OSError, ValueError) as error:  # a loop of links; a null character in the name
        raise SoundError(f"{name} cannot be read", str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise SoundError(f"`{path.name}` is no file with a sound in it", _FORMATS)
    if found.st_size > LARGEST:
        way_out = "use a shorter piece of it, or a compressed one"
        raise SoundError(f"{name} is larger than {LARGEST >> 20} MB", way_out)


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
            raise SoundError(f"{name} cannot be read", _FORMATS) from error
    # soundfile takes a name in .raw for a format that it wants described, and raises TypeError
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise SoundError(f"{name} cannot be read", _FORMATS) from error
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
        raise SoundError(f"{name} cannot be read", way_out) from None
    same = np.array_equal(stereo[:, 0], stereo[:, 1])
    return stereo[:, :1] if same else stereo
