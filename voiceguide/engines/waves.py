"""Decode the WAV or AIFF data that other programs write; the content decides which it is."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from voiceguide.files.signals import signals_postponed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio.clip import Samples


_UNKNOWN_SIZE = 0x7F000000
"""A program that writes to a pipe gives this size or a larger one, or 0, for an unknown size."""


class WaveError(ValueError):
    """The bytes are not a complete WAV or AIFF file."""


def decode_wave(data: bytes) -> tuple[Samples, int]:
    """Return the samples, mixed down to mono float32 of shape (n,), and their rate in Hz.

    Accepts RIFF and AIFF files of any encoding that libsndfile knows, including AIFF-C.

    Raises:
        WaveError: there are no samples, or fewer than the file claims.
    """
    if not data:
        raise WaveError("it wrote nothing")
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        data = _with_sizes(data)
    elif data[:4] != b"FORM" or data[8:12] not in (b"AIFF", b"AIFC"):
        raise WaveError(f"it wrote no WAV and no AIFF, but {_beginning(data)}")
    elif len(data) < 8 + int.from_bytes(data[4:8], "big"):
        raise WaveError("it wrote an AIFF file that is cut short")
    return _decoded(data)


def _decoded(data: bytes) -> tuple[Samples, int]:
    import soundfile

    try:
        with signals_postponed():
            samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise WaveError(f"it wrote a sound file that cannot be read: {error}") from error
    return _mono(samples), int(rate)


def _mono(samples: npt.NDArray[np.float32]) -> Samples:
    import numpy as np

    mixed: Samples = np.clip(samples.mean(axis=1, dtype=np.float32), -1, 1)
    return mixed


def _with_sizes(data: bytes) -> bytes:
    """Correct the sizes of a WAV, which a program that writes to a pipe cannot know."""
    for name, start, size in _chunks(data):
        if name == b"data":
            left = len(data) - start
            if 0 < size < _UNKNOWN_SIZE and size > left:
                raise WaveError("it wrote a WAV file that is cut short")
            known = size if 0 < size <= left else left
            head = data[: start - 4] + struct.pack("<I", known)
            whole = head + data[start:]
            return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]
    raise WaveError("it wrote a WAV file without any samples")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, the start of its content, and its stated size in bytes."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2


def _beginning(data: bytes) -> str:
    """Return the first bytes as readable text: often they are an error message."""
    text = "".join(c if c.isprintable() else " " for c in data[:40].decode("utf-8", "replace"))
    return f"`{' '.join(text.split())}`"
