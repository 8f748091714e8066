"""Frames, checksums and the Info frame."""

from __future__ import annotations

import re
from pathlib import Path

import mp3_reading
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_sounds import Session, burst

from voiceguide.encode import BIT_RATES, write
from voiceguide.encode.mp3.frames import (
    FRAME,
    Rate,
    crc16,
    encoded,
    encoder_name,
    end_padding,
    frame_count,
)


@pytest.mark.parametrize("kbps", BIT_RATES)
def test_the_encoder_makes_frames_as_they_are_described(kbps: int) -> None:
    """LAME's frames have the header and the size that a rate says, so that both can be mixed."""
    rate = Rate(kbps)
    made = b"".join(encoded([burst(20_000)], rate))
    frames = mp3_reading.frames_of(made)
    assert {frame[:4] for frame in frames} == {rate.header}
    assert {len(frame) for frame in frames} == {rate.size}
    assert mp3_reading.side_of(frames[0]).reach == 0


@pytest.mark.parametrize("kbps", BIT_RATES)
def test_a_silent_frame_holds_nothing_and_needs_nothing(kbps: int) -> None:
    """It has no main data and reaches back to none, at every bit rate."""
    rate = Rate(kbps)
    assert mp3_reading.side_of(rate.silence) == mp3_reading.Side(reach=0, bits=0)
    assert mp3_reading.frames_of(rate.silence * 2) == [rate.silence] * 2


@given(st.integers(1, 12 * 3600 * 48_000))
def test_the_frames_are_enough_and_the_padding_can_be_written(length: int) -> None:
    """A decoder that cuts 1105 samples in front and the rest behind is left with the length."""
    frames, padding = frame_count(length), end_padding(length)
    assert frames * FRAME - 576 - padding == length
    assert padding >= 529
    assert padding < 4096
    assert frames == 2 or (frames - 1) * FRAME - 1105 < length


def test_the_checksum_is_the_known_one() -> None:
    """The check value of CRC-16/ARC, as catalogues of checksums give it."""
    assert crc16(b"123456789") == 0xBB3D


@given(st.binary(max_size=1500), st.integers(0, 1500))
def test_the_quick_checksum_equals_the_slow_one(data: bytes, cut: int) -> None:
    """Also where it is taken in two parts, and whatever is left over after whole rows."""
    assert crc16(data) == mp3_reading.slow_crc(data)
    assert crc16(data[cut:], crc16(data[:cut])) == mp3_reading.slow_crc(data)


@pytest.mark.parametrize("kbps", BIT_RATES)
@pytest.mark.parametrize("straight", [False, True])
def test_the_info_frame_says_what_follows(tmp_path: Path, kbps: int, straight: bool) -> None:
    """Frames, bytes, delay, padding, rates and both checksums, read back bit by bit."""
    session = Session(70_001, {9_000: burst(9_000)})
    path = tmp_path / "session.mp3"
    write(session, path, kbps=kbps, stream=straight)
    first, *others = mp3_reading.frames_of(path.read_bytes())
    info = mp3_reading.info_of(first)
    assert info.frames == len(others) == frame_count(70_001)
    assert info.size == info.size_again == path.stat().st_size
    assert (info.delay, info.padding) == (576, len(others) * FRAME - 576 - 70_001)
    assert (info.method, info.kbps, info.rate) == (1, min(kbps, 255), 2)
    assert info.encoder.rstrip(b"\0").decode() == encoder_name()
    assert info.frames_crc == mp3_reading.slow_crc(b"".join(others))
    assert info.crc == mp3_reading.slow_crc(first[:175])
    assert not any(first[4:21])
    assert {frame[:4] for frame in others} == {Rate(kbps).header}


def test_players_find_the_right_place_by_its_contents(tmp_path: Path) -> None:
    """A hundredth of the time further on is the frame that begins there, to a 256th of the file."""
    path = tmp_path / "session.mp3"
    write(Session(48_000 * 60, {}), path)
    first, *others = mp3_reading.frames_of(path.read_bytes())
    info = mp3_reading.info_of(first)
    starts = np.cumsum([len(first), *map(len, others)])
    for percent, entry in enumerate(info.contents):
        place = starts[percent * len(others) // 100] if percent else 0
        assert entry == 256 * place // info.size


def test_the_encoder_says_which_one_it_is() -> None:
    """Its name and number, which decoders look for before they believe the delays."""
    assert re.fullmatch(r"LAME\d+\.\d+", encoder_name())
