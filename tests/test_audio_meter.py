"""The loudness meter beside a second one: ffmpeg's `ebur128`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from session_sounds import speech

from voiceguide.audio.levels import loudness, true_peak
from voiceguide.audio.recording import read_recording
from voiceguide.library import bed_file, chime_file

RATE = 48_000

Reals = npt.NDArray[np.float64]


@pytest.fixture(autouse=True)
def ffmpeg() -> None:
    if not shutil.which("ffmpeg"):
        assert not os.environ.get("CI"), "ffmpeg is missing"
        pytest.skip("ffmpeg is not here")


def by_ffmpeg(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS, to a tenth, and true peak in dBTP, as ffmpeg measures them."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    run = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=True
    )
    summary = run.stderr.split("Summary:")[1]
    level, peak = re.findall(r"(?:I|Peak): +(-?[\d.]+) (?:LUFS|dBFS)", summary)
    return float(level), float(peak)


def voice(seconds: int = 8) -> Reals:
    return speech(seconds * RATE) / 32_768


def chime() -> Reals:
    path = chime_file("bowl", "finish")
    assert path
    return np.asarray(soundfile.read(path)[0])


def noise(seconds: int = 6) -> Reals:
    return np.random.default_rng(2).uniform(-0.1, 0.1, seconds * RATE)


def bed() -> Reals:
    path = bed_file("waves")
    assert path
    return np.asarray(soundfile.read(path, stop=20 * RATE)[0])


SIGNALS: Mapping[str, Callable[[], Reals]] = {
    "voice": voice,
    "chime": chime,
    "noise": noise,
    "low tone": lambda: 0.3 * np.sin(2 * np.pi * 70 * np.arange(5 * RATE) / RATE),
    "stereo": lambda: np.stack([voice(6), 0.5 * noise()], axis=1),
    "the same twice": lambda: np.stack([voice(6)] * 2, axis=1),
    "a bed": bed,
    "mostly silence": lambda: np.concatenate([np.zeros(9 * RATE), voice(3), np.zeros(14 * RATE)]),
    "soft and loud": lambda: np.concatenate([0.02 * voice(5), voice(5), 0.2 * voice(5)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_both_meters_agree(name: str, tmp_path: Path) -> None:
    """Within 0.1 LU on all that a session is made of, and no peak is missed that ffmpeg sees.

    Of white noise ours sees more: ffmpeg's oversampling filter falls off below half the rate.
    """
    path = tmp_path / "it.wav"
    soundfile.write(path, SIGNALS[name](), RATE, subtype="FLOAT")
    samples = read_recording(path).samples
    level, peak = by_ffmpeg(path)
    ours = loudness(samples if samples.shape[1] == 2 else samples[:, 0], RATE)
    assert ours == pytest.approx(level, abs=0.1)
    most = 1.0 if name == "noise" else 0.2
    assert -0.1 < max(map(true_peak, samples.T)) - peak < most
