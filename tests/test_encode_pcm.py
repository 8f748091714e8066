"""WAV and FLAC: every sample, and nothing that cannot be; and what libsndfile may not swallow."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import pytest
import soundfile
from session_sounds import Session, burst, speech

from voiceguide.encode import Tags, write
from voiceguide.encode.formats import FLAC, OGG, OPUS, WAV, EncodeJob, writer_of
from voiceguide.encode.pcm import Outlet, check_fits_wav
from voiceguide.errors import UsageError
from voiceguide.lengths import LONGEST, samples


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".WAV", ".Flac"])
@pytest.mark.parametrize("length", [1, 1152, 48_000 * 25 + 7])
def test_every_sample_comes_back(tmp_path: Path, suffix: str, length: int) -> None:
    """Bit for bit, over more than one block, in 16 bit, 48 kHz, mono."""
    session = Session(length, {0: speech(min(length, 300_000)), length - 1: burst(1)})
    path = tmp_path / f"session{suffix}"
    write(session, path)
    about = soundfile.info(path)
    assert (about.samplerate, about.channels, about.subtype) == (48_000, 1, "PCM_16")
    decoded, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(decoded, session.whole())


def test_flac_says_what_it_is(tmp_path: Path) -> None:
    """Title, artist, album, track, date, genre and comment, read by another reader."""
    path = tmp_path / "session.flac"
    tags = Tags(
        title="Zehn Minuten 🧘",
        artist="山田",
        album="Ö",
        track=(7, 9),
        date="2025-11-21",
        genre="Speech",
        comment="no\0zero",
    )
    write(Session(48_000, {}), path, tags=tags)
    read: Any = mutagen.flac.FLAC  # it says that it is typed, and is not
    assert dict(read(path).tags.as_dict()) == {
        "title": ["Zehn Minuten 🧘"],
        "artist": ["山田"],
        "album": ["Ö"],
        "tracknumber": ["7"],
        "tracktotal": ["9"],
        "date": ["2025-11-21"],
        "genre": ["Speech"],
        "comment": ["nozero"],
    }


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_the_same_session_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    """No clock and no chance in the file."""
    paths = [tmp_path / f"{n}{suffix}" for n in range(2)]
    for path in paths:
        write(Session(100_000, {500: speech(50_000)}), path, tags=Tags(title="Once"))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_longest_session_fits_a_wav_file() -> None:
    """Twelve hours take 4.15e9 bytes, and the sizes in a header can say 4.29e9."""
    check_fits_wav(samples(LONGEST))
    assert samples(LONGEST) * 2 + 1024 < 2**32


def test_more_than_a_wav_file_can_say_is_refused(tmp_path: Path) -> None:
    """Above 4 GiB the error comes before a sample is read or a file is made."""
    session = Session(2**31, {})
    with pytest.raises(UsageError, match="more than 12:25") as caught:
        write(session, tmp_path / "session.wav")
    assert ".flac" in caught.value.help
    assert session.reads == []
    assert list(tmp_path.iterdir()) == []


class Interrupted(io.BytesIO):
    """A file in whose writing somebody presses Ctrl-C."""

    def write(self, data: object, /) -> int:
        raise KeyboardInterrupt


JOBS = [EncodeJob(WAV, 0), EncodeJob(FLAC, 0), EncodeJob(OPUS, 64), EncodeJob(OGG, 80)]


@pytest.mark.parametrize("job", JOBS, ids=[job.format.name for job in JOBS])
def test_ctrl_c_is_not_lost_in_the_library(
    job: EncodeJob, capfd: pytest.CaptureFixture[str]
) -> None:
    """It comes while C code is calling back, and still stops the work, with nothing printed."""
    written = writer_of(job.format)
    with pytest.raises(KeyboardInterrupt):
        written(Session(100_000, {0: burst(100_000)}), Interrupted(), lambda share: None, job)
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("job", JOBS, ids=[job.format.name for job in JOBS])
def test_ctrl_c_is_not_lost_on_the_way_from_the_library(
    job: EncodeJob, call: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It comes before our file is called, where nothing of ours could keep its exception.

    The library was then told that nothing was written, and went on: Ogg lacked a part.
    """
    calls = count(1)
    pass_on = Outlet.write

    def interrupted(outlet: Outlet, data: bytes) -> int:
        if next(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return pass_on(outlet, data)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Outlet, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer_of(job.format)(
            Session(200_000, {0: burst(200_000)}), io.BytesIO(), lambda share: None, job
        )
    assert capfd.readouterr() == ("", "")
    assert signal.getsignal(signal.SIGINT) is before


SMALL_STACK = """
import io, sys, threading
from voiceguide.encode.formats import FORMATS, EncodeJob, writer_of
from session_sounds import Session, burst

def export():
    job = EncodeJob(next(one for one in FORMATS if one.name == sys.argv[1]), 80)
    writer_of(job.format)(Session(1_500_000, {0: burst(9)}), io.BytesIO(), lambda share: None, job)
    print("whole")

threading.stack_size(512 * 1024)
thread = threading.Thread(target=export)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("job", JOBS, ids=[job.format.name for job in JOBS])
def test_half_a_megabyte_of_stack_is_enough(job: EncodeJob) -> None:
    """As a thread on macOS has; a codec that needs more would end the whole program."""
    command = [sys.executable, "-c", SMALL_STACK, job.format.name]
    ran = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.returncode) == ("whole\n", 0)
