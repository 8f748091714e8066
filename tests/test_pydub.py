"""pydub: sessions as segments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from session_sounds import Session, burst

import voiceguide
from voiceguide.encode.foreign import segment_of
from voiceguide.errors import RoutineError

ROUTINE = "## Rest\n\n- hold 2s\n"


@pytest.fixture
def routine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A routine, and a cache of the test's own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "mine.md"
    path.write_text(ROUTINE, encoding="utf-8")
    return path


def test_a_session_is_a_segment(routine: Path) -> None:
    """The samples of the WAV file, bit for bit; and the progress runs to its end."""
    shares: list[float] = []
    with voiceguide.load(routine, voice="silent") as session:
        segment = session.to_pydub(progress=shares.append)
        wav = session.export(routine.with_suffix(".wav")).file
    assert (segment.frame_rate, segment.sample_width, segment.channels) == (48_000, 2, 1)
    written, _ = soundfile.read(wav, dtype="int16")
    assert np.array_equal(np.frombuffer(segment.raw_data, "<i2"), written)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_stereo_stays_stereo() -> None:
    """Left and right lie beside each other, as pydub has them."""

    class Stereo(Session):
        def _mixed(self, start: int, stop: int) -> Any:
            left = super()._mixed(start, stop)
            return np.stack([left, -left], axis=1)

    whole = Stereo(50_000, {100: burst(9_000)}, channels=2)
    left, right = segment_of(whole, lambda _share: None).split_to_mono()
    heard = np.array(left.get_array_of_samples())
    assert np.array_equal(heard, whole.whole()[:, 0])
    assert np.array_equal(np.array(right.get_array_of_samples()), -heard)


def test_a_routine_with_problems_is_no_segment(routine: Path) -> None:
    """As in an export."""
    routine.write_text("- hold 2s\n  - half: Breathe slowly, all the way in and out again.\n")
    with pytest.raises(RoutineError):
        voiceguide.load(routine, voice="silent").to_pydub()


def test_no_warning_without_ffmpeg(routine: Path) -> None:
    """pydub warns as it is imported; a segment needs no ffmpeg, and nobody is to be alarmed."""
    code = (
        "import sys, voiceguide\n"
        "print(len(voiceguide.load(sys.argv[1], voice='silent').to_pydub().raw_data))"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(routine)],
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    assert int(ran.stdout) > 2 * 48_000 * 2
