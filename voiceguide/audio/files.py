"""Sound files: decoding to a mono clip of the session's rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voiceguide.audio.clip import Clip, Samples
from voiceguide.audio.measuring import measured
from voiceguide.audio.resampling import resample
from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE

LARGEST = 1 << 30
"""Bytes: no sound file may be larger."""

LONGEST = 3600
"""Seconds: no sound may be longer."""

_RATES = range(1_000, 768_001)
"""Hz that a file may have: what is outside is a broken header, not a sound."""

_PIECE = 1 << 17
"""Frames that are decoded at once."""

_FORMATS = "use a WAV, FLAC, MP3 or Ogg file"


class SoundError(VoiceguideError):
    """A sound file that cannot be used; it names the file's fault, its caller knows the place."""

    exit_code = 1


def read_sound(path: Path) -> Clip:
    """Decode a sound file (WAV, FLAC, MP3, Ogg) to a clip at `SAMPLE_RATE`, mixed down to mono.

    A file of floating-point samples beyond full scale is turned down to it.

    Raises:
        SoundError: there is no such file, it cannot be decoded, is empty, is larger than `LARGEST`
            or longer than `LONGEST`.
    """
    _check_file(path)
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            return measured(_decode(file, path), SAMPLE_RATE)
    # soundfile takes a name in .raw for a format that it wants described, and raises TypeError
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        raise SoundError(f"the sound file `{path.name}` cannot be read", _FORMATS) from error


def _check_file(path: Path) -> None:
    try:
        if not path.is_file():
            raise SoundError(f"there is no sound file `{path.name}`", f"looked for it at {path}")
        if path.stat().st_size > LARGEST:
            raise SoundError(
                f"the sound file `{path.name}` is larger than {LARGEST >> 20} MB",
                "use a shorter piece of it, or a compressed one",
            )
    except (OSError, ValueError) as error:  # a loop of links; a null character in the name
        raise SoundError(f"the sound file `{path.name}` cannot be read", str(error)) from error


def _decode(file: Any, path: Path) -> Samples:
    if file.samplerate not in _RATES:
        raise SoundError(
            f"the sound file `{path.name}` has a sample rate of {file.samplerate} Hz", _FORMATS
        )
    pieces = list(_mono_pieces(file, path))
    if not pieces:
        raise SoundError(f"the sound file `{path.name}` is empty", _FORMATS)
    samples = np.concatenate(pieces)
    if not np.isfinite(samples).all():
        raise SoundError(f"the sound file `{path.name}` holds samples that are no numbers")
    return _within_full_scale(resample(samples, file.samplerate, SAMPLE_RATE))


def _mono_pieces(file: Any, path: Path) -> Iterator[Samples]:
    """The file's samples; the length in its header may be wrong, so they are counted."""
    left = LONGEST * file.samplerate
    while len(frames := file.read(_PIECE, dtype="float32", always_2d=True)):
        left -= len(frames)
        if left < 0:
            raise SoundError(
                f"the sound file `{path.name}` is longer than {LONGEST // 60} minutes",
                "use a shorter piece of it",
            )
        yield frames.mean(axis=1, dtype=np.float32)


def _within_full_scale(samples: Samples) -> Samples:
    peak = max(-float(samples.min()), float(samples.max()))
    return samples / np.float32(peak) if peak > 1 else samples
