"""Runs of frames cut out of a stream: their data are the same, and in their own frames."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mp3_reading
import numpy as np
import pytest
from ground_sounds import noise_loop
from hypothesis import given
from hypothesis import strategies as st
from session_sounds import burst, speech

from voiceguide.encode.mp3.frames import Rate, encoded
from voiceguide.encode.mp3.reservoir import Stream
from voiceguide.render import Block, Steady

RATES = [Rate(kbps, channels) for kbps in (32, 64, 96, 128) for channels in (1, 2)]


@cache
def stream(rate: Rate) -> Stream:
    """Speech, noise, a bang, and silence."""
    silence: Block = np.zeros(20_000, np.int16)
    sounds = (speech(60_000), silence, burst(30_000), silence)
    mono = np.concatenate([*sounds, Steady(noise_loop(1), 1.0).read(0, 60_000)])
    both = mono if rate.channels == 1 else np.stack((mono, np.roll(mono, 99)), axis=1)
    return Stream(b"".join(encoded([np.ascontiguousarray(both)], rate)), rate)


@given(st.sampled_from(RATES), st.data())
def test_a_run_holds_the_same_data(rate: Rate, data: st.DataObject) -> None:
    """Any run of any stream, unpacked by another reader, has its frames' own bits, in order."""
    whole = stream(rate)
    first = data.draw(st.integers(0, whole.count - 1))
    stop = data.draw(st.integers(first + 1, whole.count))
    packed = whole.packed(first, stop)
    assert len(packed.before) == whole.need(first)
    frames = mp3_reading.frames_of(whole.data)
    run = mp3_reading.frames_of(packed.frames)
    before = bytearray(frames[0][: rate.size - rate.room])
    before[4:] = bytes(len(before) - 4)
    # a frame of any data, the last bytes of which belong to the run
    carrier = bytes(before) + bytes(max(0, rate.room - len(packed.before))) + packed.before
    found = mp3_reading.main_data([carrier, *run])[1:]
    assert found == mp3_reading.main_data(frames)[first:stop]
    for ours, theirs in zip(run, frames[first:stop], strict=True):
        assert ours[:4] == theirs[:4]
        assert (ours[4] << 8 | ours[5]) & 0x7F == (theirs[4] << 8 | theirs[5]) & 0x7F
        assert ours[6 : 4 + rate.side_size] == theirs[6 : 4 + rate.side_size]


@given(st.sampled_from(RATES), st.data())
def test_the_room_at_the_end_is_free(rate: Rate, data: st.DataObject) -> None:
    """What a run says to have left is zeros, and is what `rooms` said of it before."""
    whole = stream(rate)
    first = data.draw(st.integers(0, whole.count - 1))
    stop = data.draw(st.integers(first + 1, whole.count))
    packed = whole.packed(first, stop)
    assert packed.room == whole.rooms(first)[stop - first - 1]
    assert not any(packed.frames[len(packed.frames) - packed.room :])
    assert 0 <= packed.room <= rate.room


@pytest.mark.parametrize("rate", RATES)
def test_the_first_frame_needs_nothing(rate: Rate) -> None:
    """A run from the beginning of a stream is whole by itself."""
    assert stream(rate).need(0) == 0
    assert stream(rate).packed(0, 5).before == b""


def test_windows_must_fit() -> None:
    """Behind a frame stands the one that followed it; somewhere another one cannot."""
    whole = stream(Rate(64))
    assert all(whole.follows(at, whole, at - 1) for at in range(1, whole.count))
    pairs = [whole.follows(at, whole, at) for at in range(whole.count)]
    assert not all(pairs)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("steps", [1, 6])
def test_turned_down_it_is_the_same_sound(rate: Rate, steps: int, tmp_path: Path) -> None:
    """Frames that are turned down decode to the same samples, so many steps quieter."""
    whole = stream(rate)
    loud, quiet = tmp_path / "loud.mp3", tmp_path / "quiet.mp3"
    loud.write_bytes(whole.data)
    quiet.write_bytes(whole.quieter(steps).data)
    heard = mp3_reading.by_soundfile(loud)
    assert np.abs(heard).max() > 0.1
    expected = heard * 2 ** (-steps / 4)
    np.testing.assert_allclose(mp3_reading.by_soundfile(quiet), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_what_was_derived_can_be_dropped(rate: Rate) -> None:
    """Frames that were packed pack the same once more, and until then hold their bytes alone."""
    whole = Stream(stream(rate).data, rate)
    packed, quieter = whole.packed(3, 9), whole.quieter(2).data
    assert whole.__dict__
    whole.rest()
    assert not whole.__dict__
    assert (whole.packed(3, 9), whole.quieter(2).data) == (packed, quieter)
