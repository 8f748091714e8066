"""Every format keeps what it promises, and says what it promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_reading import NEEDS_PYAV
from proof_files import ROUTINE

from voiceguide import proof, studio

SESSION = ROUTINE.replace("title: A short stretch", "title: Ünterwegs")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus", pytest.param("m4b", marks=NEEDS_PYAV)])
def test_an_untouched_export_passes(tmp_path: Path, suffix: str) -> None:
    """Nothing falls short, sounds are within half a millisecond, and the length is exact."""
    (tmp_path / "a.md").write_text(SESSION, encoding="utf-8")
    path = studio.load(tmp_path / "a.md").export(tmp_path / f"a.{suffix}").file
    report = proof.verify(path)
    assert report.faults == ()
    assert report.promise.title == "Ünterwegs"
    assert report.heard.length == report.promise.length
    assert all(abs(sound.late) < 24 for sound in report.heard.sounds if sound)


@pytest.mark.parametrize(
    ("routine", "options"),
    [
        ("bird-dog", {"level": "gentle", "voice": "espeak:en-us+f3"}),
        ("desk-break", {"guidance": "brief", "voice": "espeak:en-gb"}),
        ("standing-pelvic-tilt", {"level": "strong", "guidance": "quiet"}),
        ("standing-pelvic-tilt", {"bed": "drone, -30 dB"}),
        ("movement-break", {"bed": "waves", "loudness": "-23"}),
    ],
)
def test_bundled_routines_pass(tmp_path: Path, routine: str, options: dict[str, str]) -> None:
    """Whatever the level, the guidance, the voice and the bed, an export is as promised."""
    path = studio.load(routine, **options).export(tmp_path / "a.mp3").file
    report = proof.verify(path)
    assert report.faults == ()
    assert (report.promise.ground or -120) > (-60 if "bed" in options else -121)
