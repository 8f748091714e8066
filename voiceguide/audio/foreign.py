"""Sound files that libsndfile does not know, M4A first: read by PyAV or an ffmpeg, where one is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.lengths import SAMPLE_RATE

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
            pieces = list(_pieces(container, seconds * SAMPLE_RATE))
    except (av.error.FFmpegError, ValueError, IndexError, OSError):
        return np.zeros((0, 2), np.float32)
    return np.concatenate(pieces).reshape(-1, 2) if pieces else np.zeros((0, 2), np.float32)


def _pieces(container: Any, left: int) -> Iterator[npt.NDArray[np.float32]]:
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
