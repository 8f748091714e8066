"""What a file is for: `--for` sets format, bit rate, loudness and what comes beside."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from cli_running import Runner
from mp3_reading import frames_of, without_id3
from session_sounds import Session

import voiceguide
from voiceguide import encode
from voiceguide.encode import ChapterTag, Tags
from voiceguide.encode.captions import MOST_TRACKS, cue_sheet
from voiceguide.encode.formats import (
    FORMATS,
    M4B,
    MP3,
    PURPOSE_LOUDNESS,
    PURPOSE_NAMES,
    PURPOSES,
    EncodeJob,
    Purpose,
    purpose_of,
)
from voiceguide.encode.pcm import CD_RATE, write_cd
from voiceguide.errors import UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "FORMATS.md"

ROUTINE = """---
title: 'Hips: "now"'
loudness: -14 LUFS
---

Lie down.

## First

- hold 9s

## Second

- hold 9s
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routine, and a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.md").write_text(ROUTINE, encoding="utf-8")
    return tmp_path


def exported(home: Path, to: str, **options: Any) -> Path:
    with voiceguide.load(home / "mine.md", voice="silent") as session:
        return session.export(home / to, **options).file


def kbps_in(path: Path) -> int:
    """By the size of a frame, which is 24 ms at 48 kHz."""
    return len(frames_of(without_id3(path.read_bytes()))[1]) // 3


def loudness_in(path: Path) -> float:
    """What the file promises, in LUFS."""
    return float(json.loads(encode.tags_in(path).timeline or "")["loudness"])


def write_cd_of(session: Session, path: Path) -> Path:
    with path.open("w+b") as file:
        write_cd(session, file, lambda _share: None, EncodeJob(MP3, 0))
    return path


# ── the table ────────────────────────────────────────────────────────────────


def kbps_text(purpose: Purpose) -> str:
    """The bit rates in one channel and in two, as the page has them: `96, 128`."""
    rates = purpose.format.bit_rates.items()
    text = ", ".join(str(purpose.kbps.get(number, one.usual)) for number, one in rates)
    return f"{text}, or what fits" if purpose.most_bytes else text


def beside_text(purpose: Purpose) -> str:
    """The companion files, as the page has them."""
    beside = {
        "captions, cover, handout, playlist": purpose.bundle,
        "captions": purpose.captions and not purpose.bundle,
        "a cue sheet with the chapters as tracks": purpose.cue,
    }
    return ", ".join(text for text, there in beside.items() if there)


def test_the_page_has_the_table() -> None:
    """Each purpose in docs/FORMATS.md sets there what it sets here, with its reason."""
    rows = [
        f"| {one.name} | {one.format.description if one.cue else one.format.name} "
        f"| {kbps_text(one)} | {beside_text(one)} | {one.why} |"
        for one in PURPOSES
    ]
    written = PAGE.read_text(encoding="utf-8").splitlines()
    assert [
        row for row in written if row.startswith(tuple(f"| {name} |" for name in PURPOSE_NAMES))
    ] == rows


def test_speech_is_as_loud_as_where_nothing_is_said() -> None:
    """A purpose takes a routine's own loudness back to the usual one, which platforms ask for."""
    assert {one.loudness for one in PURPOSES} == {PURPOSE_LOUDNESS} == {Settings().loudness}


def test_an_unknown_purpose_is_refused(home: Path) -> None:
    """With the one that was probably meant, and before any work."""
    with pytest.raises(UsageError, match="no such purpose") as caught:
        exported(home, "x.mp3", purpose="podcasts")
    assert caught.value.help == "did you mean `podcast`?"


# ── what it sets, and what wins ──────────────────────────────────────────────


def test_a_podcast_has_its_bit_rate_loudness_and_captions(home: Path) -> None:
    """The routine's own loudness stays for what has no purpose, also after one that had."""
    with voiceguide.load(home / "mine.md", voice="silent") as session:
        done = session.export(home / "cast.mp3", purpose="podcast")
        plain = session.export(home / "plain.mp3")
    assert {path.suffix for path in done.files} == {".mp3", ".lrc", ".vtt"}
    assert (kbps_in(done.file), loudness_in(done.file)) == (96, -19)
    assert (kbps_in(plain.file), loudness_in(plain.file)) == (64, -14)


@pytest.mark.slow
def test_what_is_said_beside_it_wins(home: Path) -> None:
    """A bit rate, a loudness, a format: each of them alone, the rest stays the purpose's."""
    assert kbps_in(exported(home, "x.mp3", purpose="podcast", kbps=192)) == 192
    with voiceguide.load(home / "mine.md", voice="silent", loudness=-23) as session:
        quiet = session.export(home / "quiet.mp3", purpose="podcast").file
    assert (kbps_in(quiet), loudness_in(quiet)) == (96, -23)
    opus = exported(home, "x.opus", purpose="podcast")
    assert opus.with_suffix(".vtt").exists()
    assert loudness_in(opus) == -19


def test_a_meditation_app_gets_what_it_asks_for(home: Path) -> None:
    """MP3 of 48 kHz and 128 kbps, in one channel too."""
    path = exported(home, "x.mp3", purpose="insight-timer")
    assert kbps_in(path) == 128
    assert soundfile.info(path).samplerate == 48_000


def test_for_a_phone_all_of_it_comes(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the command line into a folder of the routine's name, or of the one that is named."""
    run = Runner(capfd, monkeypatch, home)
    ran = run("export", "mine.md", "--voice", "silent", "--for", "phone")
    assert ran.out.split() == [
        f"mine/{name}"
        for name in ("mine.mp3", "mine.lrc", "mine.vtt", "cover.png", "mine.html", "mine.m3u8")
    ]
    ran = run("export", "mine.md", "--voice", "silent", "--for", "phone", "-o", "anna")
    assert (home / "anna" / "mine.mp3").exists()
    ran = run("export", "mine.md", "--voice", "silent", "--for", "phone", "-o", "x.mp3")
    assert ran.code == 2
    assert "name a folder" in ran.err


@pytest.mark.slow
def test_the_command_line_takes_the_format_that_is_named(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--format` beats the purpose's; without it, a CD's file ends in `.wav`."""
    run = Runner(capfd, monkeypatch, home)
    spoken = ("export", "mine.md", "--voice", "silent")
    assert run(*spoken, "--for", "podcast", "--format", "opus").out.split()[-1] == "mine.opus"
    assert run(*spoken, "--for", "cd").out.split() == ["mine.cue", "mine.wav"]
    assert run(*spoken, "--for", "messenger", "-o", "to-anna.mp3").out == "to-anna.mp3\n"


# ── a messenger ──────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_twelve_minutes_with_a_bed_fit_a_messenger(home: Path) -> None:
    """The whole file, with its cover and its words, is below 16 MB."""
    with voiceguide.load("constructive-rest", length="12m", bed="rain", voice="silent") as session:
        path = session.export(home / "x.mp3", purpose="messenger").file
    info = soundfile.info(path)
    assert (info.frames, info.channels) == (12 * 60 * SAMPLE_RATE, 2)
    assert 10_000_000 < path.stat().st_size < 16_000_000


@pytest.mark.parametrize(
    ("minutes", "channels", "kbps"),
    [(12, 2, 128), (20, 2, 96), (33, 2, 64), (12, 1, 64), (60, 1, 32), (40, 1, 48)],
)
def test_the_best_bit_rate_that_fits_is_taken(minutes: int, channels: int, kbps: int) -> None:
    """Longer sessions sound a little worse, and still fit."""
    length, beside = minutes * 60 * SAMPLE_RATE, 60_000
    found = purpose_of("messenger").kbps_for(MP3, length, channels, beside)
    assert found == kbps
    assert minutes * 60 * kbps * 125 + beside <= 16_000_000


@pytest.mark.parametrize(("minutes", "channels"), [(34, 2), (67, 1)])
def test_what_cannot_fit_is_refused(minutes: int, channels: int) -> None:
    """Rather than sound of water, with three ways out."""
    with pytest.raises(UsageError, match="do not fit into the 16 MB") as caught:
        purpose_of("messenger").kbps_for(MP3, minutes * 60 * SAMPLE_RATE, channels, 0)
    assert "`--length`" in caught.value.help
    assert "`--split`" in caught.value.help


def test_a_format_of_another_kind_has_its_own_bit_rate_within_the_limit() -> None:
    """An M4B for a messenger is held to it too, by AAC's usual bit rate."""
    meant = purpose_of("messenger")
    assert meant.kbps_for(M4B, 12 * 60 * SAMPLE_RATE, 1, 0) == 64
    assert meant.kbps_for(M4B, 30 * 60 * SAMPLE_RATE, 2, 0) == 64


@pytest.mark.slow
def test_a_file_that_is_too_large_in_the_end_replaces_nothing(home: Path) -> None:
    """A bit rate that was asked for, or a format without any, may leave no room for it."""
    (home / "x.wav").write_bytes(b"mine")
    with (
        voiceguide.load("constructive-rest", length="10m", voice="silent") as session,
        pytest.raises(UsageError, match="do not fit into the 16 MB"),
    ):
        session.export(home / "x.wav", purpose="messenger")
    assert (home / "x.wav").read_bytes() == b"mine"


# ── a CD ─────────────────────────────────────────────────────────────────────


def test_a_cd_has_the_red_books_sound_to_the_sample(home: Path) -> None:
    """44.1 kHz, 16 bit, two channels, as long as the session; `--json` tells the rate."""
    with voiceguide.load(home / "mine.md", voice="silent") as session:
        done = session.export(home / "x.wav", purpose="cd")
        length = done.plan.timeline.length
    with wave.open(str(done.file)) as sound:
        found = (sound.getframerate(), sound.getsampwidth(), sound.getnchannels())
        assert found == (44_100, 2, 2)
        assert sound.getnframes() == round(length * 44_100 / 48_000)
    assert done.as_dict()["sample_rate"] == 44_100


def test_a_cds_sound_is_the_same_at_another_rate(tmp_path: Path) -> None:
    """A tone keeps its pitch, level and place, alike in both channels, and silence is silent."""
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = np.rint(9000 * np.sin(2 * np.pi * 1000 * seconds)).astype(np.int16)
    session = Session(25 * SAMPLE_RATE + 7, {12 * SAMPLE_RATE: tone})
    sound, rate = soundfile.read(write_cd_of(session, tmp_path / "x.wav"), dtype="int16")
    assert (rate, len(sound)) == (CD_RATE, round((25 * SAMPLE_RATE + 7) * CD_RATE / SAMPLE_RATE))
    assert np.array_equal(sound[:, 0], sound[:, 1])
    wanted = 9000 * np.sin(2 * np.pi * 1000 * np.arange(CD_RATE) / CD_RATE)
    inside = slice(CD_RATE // 10, -CD_RATE // 10)  # a tone that begins at once is no tone there
    there = sound[12 * CD_RATE : 13 * CD_RATE, 0]
    assert np.abs(there[inside] - wanted[inside]).max() <= 2
    assert not sound[: 11 * CD_RATE].any()


def test_a_cd_holds_eighty_minutes(tmp_path: Path) -> None:
    """More is refused, with ways out."""
    with pytest.raises(UsageError, match="an audio CD holds 80 minutes"):
        write_cd_of(Session(80 * 60 * SAMPLE_RATE + 1, {}), tmp_path / "x.wav")


def test_a_cd_is_burnt_from_wav(home: Path) -> None:
    """No other name will do, and nothing is written under it."""
    with pytest.raises(UsageError, match=r"not burnt from `\.flac`"):
        exported(home, "x.flac", purpose="cd")
    assert not (home / "x.flac").exists()


def test_the_chapters_are_the_cue_sheets_tracks(home: Path) -> None:
    """Each begins in the sector of its chapter; the first one with the sound, and no quote ends
    a title."""
    path = exported(home, "x.wav", purpose="cd").with_suffix(".cue")
    text = path.read_bytes().decode()
    assert text.startswith("REM Made with voiceguide\r\nTITLE \"Hips: 'now'\"\r\n")
    assert 'FILE "x.wav" WAVE' in text
    with voiceguide.load(home / "mine.md", voice="silent") as session:
        chapters = session.plan().timeline.chapters
    first, *others = (line.split()[-1] for line in text.splitlines() if "INDEX 01" in line)
    assert first == "00:00:00"
    wanted = [chapter.position * 75 // SAMPLE_RATE for chapter in chapters if chapter.position]
    assert [sectors(time) for time in others] == wanted[-len(others) :]
    assert 'TITLE "Second"' in text


def sectors(time: str) -> int:
    minutes, seconds, rest = map(int, time.split(":"))
    return (minutes * 60 + seconds) * 75 + rest


def test_a_track_is_four_seconds_long_at_least() -> None:
    """A shorter chapter belongs to the one before it; there are 99 tracks at most."""
    second = SAMPLE_RATE
    starts = [0, 3 * second, 10 * second, 13 * second, 18 * second]
    chapters = tuple(ChapterTag(f"at {at}", at, at + second) for at in starts)
    text = cue_sheet(Tags("All", chapters=chapters), "x.wav", 20 * second).decode()
    found = [sectors(line.split()[-1]) for line in text.splitlines() if "INDEX" in line]
    assert found == [0, 10 * 75]
    many = tuple(ChapterTag("one", n * 5 * second, (n + 1) * 5 * second) for n in range(120))
    text = cue_sheet(Tags("All", chapters=many), "x.wav", 600 * second).decode()
    assert text.count("INDEX 01") == MOST_TRACKS
    alone = cue_sheet(Tags("All"), "x.wav", 20 * second).decode()
    assert alone.count("INDEX 01 00:00:00") == 1


def test_every_purposes_format_can_be_written() -> None:
    """By a writer that is there, under an ending that the table of formats knows."""
    endings = {kind.ending for kind in FORMATS}
    for one in PURPOSES:
        assert one.format.ending in endings
        assert callable(encode.formats.writer_of(one.format))
