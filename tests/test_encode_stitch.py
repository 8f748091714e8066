"""Stitched MP3: right to the sample, as good as a straight encode, with joins that hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import mp3_reading
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mp3_reading import DECODERS
from session_sounds import Session, burst, speech

from voiceguide.encode import BIT_RATES, Tags, write
from voiceguide.encode.mp3.frames import FRAME, Rate
from voiceguide.render import Block

WHEELS = ("libsndfile", "miniaudio")
QUIET = 2 * FRAME
"""Samples from a sound within which its overlap is heard."""


def written(session: Session, folder: Path, kbps: int = 64, *, straight: bool = False) -> Path:
    path = folder / f"{'straight' if straight else 'stitched'}.mp3"
    write(session, path, kbps=kbps, stream=straight)
    return path


def frames_in(path: Path) -> list[bytes]:
    return mp3_reading.frames_of(path.read_bytes())[1:]


def spoken(seconds: int, every: int = 48_000 * 4) -> Session:
    """Two seconds of speech at the beginning of every four, each a little later in its frame."""
    starts = range(0, seconds * 48_000, every)
    return Session(
        seconds * 48_000, {at + n * 137: speech(96_000, n) for n, at in enumerate(starts)}
    )


# ── length ───────────────────────────────────────────────────────────────────

EDGES = [1, 2, 46, 47, 48, 575, 576, 577, 1105, 1151, 1152, 1153]
EDGES += [20 * FRAME + n for n in (46, 47, 48, 575, 576, 577, 1151)]


@pytest.mark.parametrize(
    "decoder",
    [
        pytest.param(name, marks=() if name in WHEELS else pytest.mark.slow)  # a process each time
        for name in DECODERS
    ],
)
@pytest.mark.parametrize("straight", [False, True])
@pytest.mark.parametrize("sounding", [False, True])
def test_the_length_is_exact(tmp_path: Path, decoder: str, straight: bool, sounding: bool) -> None:
    """Every decoder gives as many samples as there are, also where one more needs a frame more."""
    for length in EDGES:
        session = Session(length, {0: burst(length)} if sounding else {})
        path = written(session, tmp_path, straight=straight)
        assert len(DECODERS[decoder](path)) == length


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Any length to three seconds, any sounds in it: at its ends, touching, of one sample."""
    length = draw(st.integers(1, 3 * 48_000))
    cuts = draw(st.lists(st.integers(0, length), max_size=12, unique=True))
    ends = sorted(cuts)
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    return Session(length, {start: burst(stop - start, start) for start, stop in pairs})


@settings(max_examples=40, deadline=None)
@given(session=sessions(), kbps=st.sampled_from(BIT_RATES))
def test_any_session_is_exact_and_well_joined(
    tmp_path_factory: pytest.TempPathFactory, session: Session, kbps: int
) -> None:
    """Whatever sounds where: the length is exact, no join is broken, silence is digital zero."""
    path = written(session, tmp_path_factory.mktemp("any"), kbps)
    assert mp3_reading.faults(frames_in(path), Rate(kbps).silence) == []
    silent = far_from(session)
    for decoder in WHEELS:
        decoded = DECODERS[decoder](path)
        assert len(decoded) == session.length
        assert not decoded[silent].any()


def far_from(session: Session) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where no sound is near enough to be heard."""
    silent = np.ones(session.length, np.bool_)
    for start, stop in session.spans:
        silent[max(0, start - QUIET) : stop + QUIET] = False
    return silent


# ── place ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("straight", [False, True])
def test_no_sound_is_shifted(tmp_path: Path, decoder: str, straight: bool) -> None:
    """Bursts of noise at the start, at the end and between are found where they belong."""
    length = 48_000 * 20
    places = {0: 1, 100_001: 2, 333_333: 3, 600_000: 4, length - 5_000: 5}
    session = Session(length, {at: burst(5_000, seed) for at, seed in places.items()})
    decoded = DECODERS[decoder](written(session, tmp_path, straight=straight))
    for at, sound in session.sounds.items():
        assert mp3_reading.shift(decoded, sound, at) == 0


@pytest.mark.slow
def test_no_place_within_a_frame_is_shifted(tmp_path: Path) -> None:
    """The same burst at each of the 1152 samples at which a sound can begin in a frame."""
    sound = burst(1_500)
    step = 12 * FRAME + 1
    session = Session(FRAME * step, {n * step: sound for n in range(FRAME)})
    path = written(session, tmp_path)
    decoded = mp3_reading.by_soundfile(path)
    assert mp3_reading.faults(frames_in(path), Rate(64).silence) == []
    assert {mp3_reading.shift(decoded, sound, at) for at in session.sounds} == {0}


def test_silence_is_digital_zero_until_shortly_before_a_sound(tmp_path: Path) -> None:
    """Between regions, and before the first and after the last, there is nothing at all."""
    session = spoken(24)
    decoded = mp3_reading.by_miniaudio(written(session, tmp_path))
    silent = far_from(session)
    assert silent.sum() > 48_000 * 8
    assert not decoded[silent].any()
    assert decoded[~silent].any()


# ── quality ──────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("kbps", [32, 64, 128, 320])
def test_stitched_is_as_good_as_straight(tmp_path: Path, kbps: int) -> None:
    """The noise against the source is the same within a tenth of a decibel, or less."""
    session = spoken(40)
    stitched, straight = (
        mp3_reading.by_soundfile(written(session, tmp_path, kbps, straight=way))
        for way in (False, True)
    )
    assert len(stitched) == len(straight)
    source = session.whole()
    assert mp3_reading.snr(stitched, source) > mp3_reading.snr(straight, source) - 0.1


def test_no_echo_runs_ahead_of_a_sound(tmp_path: Path) -> None:
    """What is heard before sounds begin is not louder than in a straight encode."""
    session = Session(48_000 * 30, {48_000 * n + 211 * n: burst(9_000, n) for n in range(1, 29)})
    ahead = []
    for straight in (False, True):
        decoded = mp3_reading.by_soundfile(written(session, tmp_path, straight=straight))
        ahead.append(sum(np.sum(decoded[at - 1_152 : at] ** 2) for at in session.sounds))
    assert ahead[0] < ahead[1] * 1.1


# ── joins ────────────────────────────────────────────────────────────────────


def test_a_broken_join_is_noticed(tmp_path: Path) -> None:
    """A frame in the wrong place is found both by its bits and by ear: the checks can fail."""
    session, silence = spoken(8), Rate(64).silence
    path = written(session, tmp_path)
    info, *frames = mp3_reading.frames_of(path.read_bytes())
    assert mp3_reading.faults(frames, silence) == []
    good = mp3_reading.snr(mp3_reading.by_soundfile(path), session.whole())
    bits = [mp3_reading.side_of(frame).bits for frame in frames]
    second = next(n for n in range(100, 200) if not bits[n] and bits[n + 1])
    frames[second + 5] = silence
    path.write_bytes(info + b"".join(frames))
    assert mp3_reading.faults(frames, silence)
    assert mp3_reading.snr(mp3_reading.by_soundfile(path), session.whole()) < good - 1


def test_frames_that_stand_in_a_region_reach_back_into_it(tmp_path: Path) -> None:
    """The bit reservoir is in use, so that the check of joins has something to check."""
    frames = frames_in(written(spoken(8), tmp_path))
    assert max(mp3_reading.side_of(frame).reach for frame in frames) > 100


def test_mp3val_finds_nothing(tmp_path: Path) -> None:
    """A validator made by others agrees."""
    path = tmp_path / "session.mp3"
    write(spoken(20), path, tags=Tags(title="Twenty seconds"))
    ran = subprocess.run(
        [mp3_reading.tool("mp3val"), str(path)], check=True, capture_output=True, text=True
    )
    assert "WARNING" not in ran.stdout
    assert "ERROR" not in ran.stdout


def test_sound_that_is_silent_takes_silent_frames(tmp_path: Path) -> None:
    """A span of zeros needs no bit of main data, as if there were no sound at all."""
    zeros: Block = np.zeros(48_000, np.int16)
    for session in (Session(100_000, {20_000: zeros}), Session(100_000, {})):
        frames = frames_in(written(session, tmp_path))
        assert {mp3_reading.side_of(frame).bits for frame in frames} == {0}
