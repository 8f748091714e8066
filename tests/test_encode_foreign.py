"""What ffmpeg writes that nothing here does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from file_reading import by_ffmpeg, probed
from mp3_reading import shift, tool
from msgspec.structs import replace
from session_sounds import Session, burst

from voiceguide.encode import Tags, check_format, format_of, formats, write
from voiceguide.errors import MachineError, UsageError

ENDINGS = [".aac", ".ac3", ".aif", ".aiff", ".au", ".caf", ".mka", ".mp2", ".webm", ".wma", ".wv"]
SHIFTS = {".aac": 1024, ".ac3": 256, ".mp2": 481, ".wma": 2048}
"""By how many samples these are shifted at most as ffmpeg reads them back, for they cannot say how
late their encoders come; measured. The others are exact."""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ENDINGS)
def test_what_ffmpeg_writes_can_be_heard(tmp_path: Path, suffix: str) -> None:
    """Its sounds are where they should be, but in formats that cannot tell their delay."""
    tool("ffmpeg")
    asked = Session(100_000, {20_000: burst(9_000), 70_000: burst(9_000, 2)})
    path = tmp_path / f"session{suffix}"
    assert write(asked, path, tags=Tags(title="Hüften", artist="A")) == path
    assert format_of(path).muxer
    heard = by_ffmpeg(path, 1)[:, 0].astype(np.float64)
    late = {shift(heard, sound, at, reach=3000) for at, sound in asked.sounds.items()}
    assert len(late) == 1
    assert abs(late.pop()) <= SHIFTS.get(suffix, 0)
    assert len(heard) >= 100_000 - SHIFTS.get(suffix, 0)
    if suffix in (".mka", ".wma", ".caf", ".wv"):
        assert "Hüften" in str(probed(path)["format"]["tags"])


def test_the_same_session_is_the_same_file(tmp_path: Path) -> None:
    """Where ffmpeg would write numbers by chance, too."""
    tool("ffmpeg")
    paths = [tmp_path / f"{n}.mka" for n in range(2)]
    for path in paths:
        write(Session(50_000, {100: burst(9_000)}), path, tags=Tags(title="Once"))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before any work, with the endings that do not need it."""
    monkeypatch.setenv("PATH", "")
    asked = Session(50_000, {})
    with pytest.raises(UsageError, match="written by ffmpeg") as caught:
        write(asked, tmp_path / "a.aac")
    assert "install ffmpeg" in caught.value.help
    assert "`.mp3`" in caught.value.help
    assert asked.reads == []
    with pytest.raises(UsageError, match="written by ffmpeg"):
        check_format(format_of("x.AAC"))


def test_ffmpeg_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is told, and the old file stands."""
    tool("ffmpeg")
    odd = replace(formats.format_of("x.ac3"), muxer="nonsense")
    monkeypatch.setitem(formats._BY_ENDING, ".ac3", odd)
    path = tmp_path / "a.ac3"
    path.write_text("old")
    with pytest.raises(MachineError, match=r"ffmpeg cannot write `\.ac3`: .*nonsense"):
        write(Session(50_000, {}), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_leaves_the_old_file(tmp_path: Path) -> None:
    """While the session is put together, and at the last moment."""
    tool("ffmpeg")
    path = tmp_path / "a.au"
    path.write_text("old")
    for when in (0.3, 1.0):

        def press(share: float, when: float = when) -> None:
            if share >= when:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write(Session(1_000_000, {}), path, progress=press)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]
