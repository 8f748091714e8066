"""The face of the room: `write`, and what it refuses before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_reading import EVERY_FORMAT
from session_sounds import Session, speech

from voiceguide.encode import (
    BIT_RATES,
    FORMATS,
    Format,
    Tags,
    check_format,
    format_of,
    formats,
    write,
)
from voiceguide.errors import UsageError


def session() -> Session:
    return Session(48_000 * 30, {48_000 * n: speech(30_000, n) for n in range(0, 30, 3)})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mp3", formats.MP3),
        ("a.MP3", formats.MP3),
        ("dir.wav/a.b.Flac", formats.FLAC),
        ("a.wav", formats.WAV),
        ("a.OGG", formats.OGG),
        ("a.opus", formats.OPUS),
        ("a.m4a", formats.M4A),
        ("a.m4b", formats.M4B),
    ],
)
def test_the_format_is_in_the_name(name: str, kind: Format) -> None:
    """The last part alone, in small letters or capitals."""
    assert format_of(name) is kind
    assert format_of(Path(name)) is kind


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.odd", "`.odd` is not a format that can be written"),
        ("mp3", "`mp3` names no format"),
        (".mp3", "`.mp3` names no format"),
        ("", "`` names no format"),
    ],
)
def test_another_name_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """With the endings that work; nothing is written."""
    with pytest.raises(UsageError) as caught:
        format_of(name)
    assert caught.value.message.startswith(said)
    assert all(kind.ending in caught.value.help for kind in FORMATS)
    with pytest.raises(UsageError):
        write(session(), tmp_path / (name or "none"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kbps", [0, -64, 65, 144, 384, 64000])
def test_another_bit_rate_is_refused(tmp_path: Path, kbps: int) -> None:
    """With those that work; nothing is written."""
    with pytest.raises(UsageError, match=f"no bit rate of {kbps} kbps") as caught:
        check_format(formats.MP3, kbps)
    assert all(str(known) in caught.value.help for known in BIT_RATES)
    with pytest.raises(UsageError):
        write(session(), tmp_path / "session.mp3", kbps=kbps)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", EVERY_FORMAT)
def test_an_empty_session_is_refused(tmp_path: Path, suffix: str) -> None:
    """No player can do anything with a file of no length."""
    with pytest.raises(UsageError, match="the session is empty"):
        write(Session(0, {}), tmp_path / f"session{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_impossible_tags_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Nothing is read and no file is made."""
    asked = session()
    with pytest.raises(UsageError):
        write(asked, tmp_path / "session.mp3", tags=Tags(date="soon"))
    assert asked.reads == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", EVERY_FORMAT)
def test_what_was_written_is_told(tmp_path: Path, suffix: str) -> None:
    """The path of a file that is there, of the format that its name asked for."""
    path = tmp_path / f"session{suffix}"
    assert write(session(), str(path), tags=Tags(title="A")) == path
    assert format_of(path).begins(path.read_bytes()[:12])


@pytest.mark.slow
@pytest.mark.parametrize("suffix", EVERY_FORMAT)
@pytest.mark.parametrize("straight", [False, True])
def test_progress_runs_from_start_to_end(tmp_path: Path, suffix: str, straight: bool) -> None:
    """It never goes back, ends at exactly one, and moves in more than one step."""
    shares: list[float] = []
    write(session(), tmp_path / f"session{suffix}", progress=shares.append, stream=straight)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == 1
    assert len(set(shares)) > 2


@pytest.mark.parametrize("straight", [False, True])
def test_the_same_session_is_the_same_file(tmp_path: Path, straight: bool) -> None:
    """Byte for byte, with all its tags."""
    tags = Tags(title="Once", date="2025", language="en")
    paths = [tmp_path / f"{n}.mp3" for n in range(2)]
    for path in paths:
        write(session(), path, tags=tags, stream=straight)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_size_follows_from_length_and_bit_rate(tmp_path: Path) -> None:
    """8000 bytes a second at 64 kbps, whatever is said: a constant bit rate, for seeking."""
    path = write(session(), tmp_path / "session.mp3")
    assert abs(path.stat().st_size - 30 * 8000) <= 3 * 192
