"""Hearing in a test: decode a finished file, and find in it what a timeline says.

Nothing here trusts the plan: a file is decoded by two decoders, sounds are found by
cross-correlation with what they sound like, beginnings of speech by their energy.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import soundfile

from voiceguide.lengths import SAMPLE_RATE

Sound = npt.NDArray[np.float32]

FAINT = 10 ** (-75 / 20)
"""Full scale ±1: quieter than this nobody hears."""


def by_libsndfile(path: Path) -> Sound:
    """Decode with libsndfile (mpg123 for MP3)."""
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == SAMPLE_RATE
    return cast("Sound", samples)


def by_miniaudio(path: Path) -> Sound:
    """Decode with miniaudio (dr_mp3), which knows nothing of the other."""
    import miniaudio

    decoded = miniaudio.decode_file(
        str(path),
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=1,
        sample_rate=SAMPLE_RATE,
    )
    return np.frombuffer(decoded.samples, dtype=np.float32)


DECODERS = {"libsndfile": by_libsndfile, "miniaudio": by_miniaudio}


def shift(heard: Sound, pattern: Sound, expected: int, within: int = 480) -> tuple[int, float]:
    """How many samples late `pattern` is heard, and how alike it is there (1 is the same).

    `expected` is where its first sample should be; it is looked for `within` samples around.
    """
    first = max(0, expected - within)
    window = heard[first : expected + len(pattern) + within].astype(np.float64)
    size = 1 << (len(window) + len(pattern)).bit_length()
    spectrum = np.fft.rfft(window, size) * np.conj(np.fft.rfft(pattern, size))
    match = np.fft.irfft(spectrum, size)[: len(window) - len(pattern) + 1]
    best = int(np.argmax(match))
    piece = window[best : best + len(pattern)]
    alike = match[best] / (np.linalg.norm(piece) * np.linalg.norm(pattern) + 1e-12)
    return first + best - expected, float(alike)


def onset(heard: Sound, start: int, stop: int, below_peak_db: float = 30.0) -> int | None:
    """The first sample in [start, stop) whose level is within so many dB of the peak there."""
    level = np.abs(heard[start:stop])
    peak = float(level.max(initial=0.0))
    if peak < FAINT:
        return None
    return start + int(np.argmax(level >= peak * 10 ** (-below_peak_db / 20)))


def loudest(heard: Sound, start: int, stop: int) -> float:
    """The peak in [start, stop), full scale ±1."""
    return float(np.abs(heard[start:stop]).max(initial=0.0))
