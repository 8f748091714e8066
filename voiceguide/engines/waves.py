"""What other programs write as speech: WAV or AIFF, told apart by their content, as samples."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio import Samples


_UNKNOWN_SIZE = 0x7F000000
"""A program that writes to a pipe knows no sizes, and says so many bytes or more, or none."""


class WaveError(ValueError):
    """The bytes are no WAV and no AIFF, or not a whole one."""


def decode_wave(data: bytes) -> tuple[Samples, int]:
    """The samples, mixed down to mono float32 of shape (n,), and their rate in Hz.

    RIFF and AIFF files of any encoding that libsndfile knows, AIFF-C among them.

    Raises:
        WaveError: there are none, or fewer than the file says.
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
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise WaveError(f"it wrote a sound file that cannot be read: {error}") from error
    return _mono(samples), int(rate)


def _mono(samples: npt.NDArray[np.float32]) -> Samples:
    import numpy as np

    mixed: Samples = np.clip(samples.mean(axis=1, dtype=np.float32), -1, 1)
    return mixed


def _with_sizes(data: bytes) -> bytes:
    """A WAV whose sizes are true, also where a pipe kept its writer from knowing them."""
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
    """Each chunk's name, where its content starts, and how many bytes it says it has."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2


def _beginning(data: bytes) -> str:
    """The first bytes, as somebody may recognise them: often a message in plain words."""
    text = "".join(c if c.isprintable() else " " for c in data[:40].decode("utf-8", "replace"))
    return f"`{' '.join(text.split())}`"
