"""Reading sound files, whole and broken ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from voiceguide.audio import decode
from voiceguide.audio.recording import read_recording, read_sound
from voiceguide.errors import InputError

SECOND = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100) * 0.5


def write(path: Path, samples: object = SECOND, rate: int = 44_100, **more: str) -> Path:
    """Write a sound file."""
    soundfile.write(path, samples, rate, **more)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "wéird name.WAV"])
def test_a_sound_file_becomes_a_clip(tmp_path: Path, name: str) -> None:
    """WAV, FLAC, Ogg and MP3 are read, at the session's rate, with their place and loudness."""
    clip = read_sound(write(tmp_path / name))
    assert clip.rate == 48_000
    assert len(clip.samples) == pytest.approx(48_000, abs=3_000)  # an MP3 has some padding
    assert clip.samples.dtype == np.float32
    assert clip.sounding == pytest.approx(48_000, abs=600)
    assert clip.loudness == pytest.approx(-9.5, abs=0.5)


def test_channels_are_mixed_down(tmp_path: Path) -> None:
    """The mean of left and right is taken, without one of them lost."""
    stereo = np.stack([SECOND, np.zeros(44_100)], axis=1)
    clip = read_sound(write(tmp_path / "stereo.wav", stereo))
    assert np.abs(clip.samples).max() == pytest.approx(0.25, abs=0.01)


def test_a_file_beyond_full_scale_is_turned_down(tmp_path: Path) -> None:
    """Floating-point files may hold more than full scale; a clip does not."""
    loud = read_sound(write(tmp_path / "loud.wav", SECOND * 8, subtype="FLOAT"))
    assert np.abs(loud.samples).max() == pytest.approx(1, abs=1e-3)


def test_the_format_is_known_by_content(tmp_path: Path) -> None:
    """A FLAC file that is called WAV is read all the same."""
    path = write(tmp_path / "a.flac").rename(tmp_path / "a.wav")
    assert read_sound(path).sounding > 40_000


def broken_files(folder: Path) -> dict[str, Path]:
    """What may stand where a sound is expected."""
    (folder / "folder.wav").mkdir()
    (folder / "text.wav").write_text("not a sound at all", encoding="utf-8")
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "raw.raw").write_bytes(bytes(4_000))
    whole = write(folder / "whole.flac").read_bytes()
    (folder / "cut.flac").write_bytes(whole[:200])
    (folder / "loop.wav").symlink_to(folder / "loop.wav")
    return {
        "missing": folder / "missing.wav",
        "folder": folder / "folder.wav",
        "text": folder / "text.wav",
        "nothing": folder / "nothing.wav",
        "raw": folder / "raw.raw",
        "cut": folder / "cut.flac",
        "loop": folder / "loop.wav",
        "null": folder / "a\0b.wav",
        "empty": write(folder / "empty.wav", np.zeros(0)),
        "no numbers": write(folder / "nan.wav", np.array([0.1, np.nan, 0.2]), subtype="FLOAT"),
        "slow": write(folder / "slow.wav", SECOND, 12),
    }


MESSAGES = {
    "missing": "there is no sound file `missing.wav`",
    "folder": "`folder.wav` is not a file with a sound in it",
    "text": "the sound file `text.wav` cannot be read",
    "nothing": "the sound file `nothing.wav` cannot be read",
    "raw": "the sound file `raw.raw` cannot be read",
    "cut": "the sound file `cut.flac` cannot be read",
    "loop": "sound file `loop.wav`",
    "null": "sound file",
    "empty": "the sound file `empty.wav` is empty",
    "no numbers": "the sound file `nan.wav` holds samples that are not numbers",
    "slow": "the sound file `slow.wav` has a sample rate of 12 Hz",
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, kind: str) -> None:
    """Whatever is wrong with a file, it is named, and nothing else is raised."""
    with pytest.raises(InputError) as raised:
        read_sound(broken_files(tmp_path)[kind])
    assert MESSAGES[kind] in raised.value.message
    assert raised.value.exit_code == 1


def test_a_file_may_not_be_endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the length nor the size of a file can fill the memory."""
    path = write(tmp_path / "long.wav", np.zeros(44_100 * 3))
    with pytest.raises(InputError, match="is longer than"):
        read_recording(path, 2)
    assert len(read_recording(path, 2, cut=True).samples) == 44_100 * 2
    monkeypatch.setattr(decode, "LARGEST", 1_000)
    with pytest.raises(InputError, match="is larger than"):
        read_sound(path)
