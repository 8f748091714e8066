"""Finished files of every format, decoded and read for tests by others than who wrote them."""

from __future__ import annotations

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from mp3_reading import tool

from voiceguide.encode import FORMATS, Format, formats

Sound = npt.NDArray[np.float32]
"""Decoded samples, shape (n, channels), full scale ±1."""

NEEDS_PYAV = pytest.mark.skipif(
    find_spec("av") is None and not os.environ.get("CI"), reason="PyAV is not installed"
)
"""In CI it fails instead."""

PYAV_FORMATS = (formats.M4B, formats.M4A)


def parametrized(*kinds: Format) -> list[Any]:
    """Ends of names as parameters; those that need PyAV are skipped where it is missing."""
    return [
        pytest.param(kind.ending, marks=NEEDS_PYAV if kind in PYAV_FORMATS else ())
        for kind in kinds
    ]


EVERY_FORMAT = parametrized(*FORMATS)
TAGGED = parametrized(*(kind for kind in FORMATS if kind is not formats.WAV))
NOT_MP3 = parametrized(*(kind for kind in FORMATS if kind is not formats.MP3))


def by_ffmpeg(path: Path, channels: int) -> Sound:
    """Decode with ffmpeg."""
    raw = _output("ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-f", "f32le", "-")
    return np.frombuffer(raw, "<f4").reshape(-1, channels)


def by_libsndfile(path: Path, channels: int) -> Sound:
    """Decode with libsndfile."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == 48_000
    assert samples.shape[1] == channels
    return np.asarray(samples, np.float32)


def by_pyav(path: Path, channels: int) -> Sound:
    """Decode with PyAV's ffmpeg, which is another version."""
    import av

    with av.open(str(path)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    assert frames[0].shape[0] == channels
    return np.ascontiguousarray(np.concatenate(frames, axis=1).T, np.float32)


def probed(path: Path) -> Any:
    """What ffprobe says of a file: its `format`, `streams` and `chapters`."""
    shown = ("-show_format", "-show_streams", "-show_chapters")
    return json.loads(_output("ffprobe", "-v", "error", *shown, "-of", "json", str(path)))


def _output(program: str, *arguments: str) -> bytes:
    ran = subprocess.run(
        [tool(program), *arguments],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    return ran.stdout
