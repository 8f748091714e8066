"""What a sound device is given: the session to the bit, and no click where it stops or jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rehearsal import wait_until_read, wait_until_ready

from voiceguide.errors import MachineError
from voiceguide.player.transport import AHEAD, FADE, Feed, Transport
from voiceguide.render import Block

RATE = 48_000

STEEPEST = 240
"""Between two samples of the tape lie 211 steps at the most; a fade adds a few."""


@dataclass
class Tape:
    """Blocks that are nowhere like elsewhere: two tones that meet anew every thousand seconds."""

    length: int = 20 * RATE
    channels: int = 1
    shift: int = 0
    broken_at: int | None = None
    read_so_far: list[tuple[int, int]] = field(default_factory=list)
    spans: tuple[tuple[int, int], ...] = ()
    ground: None = None

    def read(self, start: int, stop: int) -> Block:
        if self.broken_at is not None and stop > self.broken_at:
            raise MachineError("the voice is lost", "")
        self.read_so_far.append((start, stop))
        at = np.arange(start, stop) + self.shift
        turns = 2 * np.pi * at / RATE
        wave = (8000 * np.sin(200 * turns) + 900 * np.sin(3.781 * turns)).astype(np.int16)
        return wave if self.channels == 1 else np.stack([wave, -wave], axis=1)

    def key(self, start: int, stop: int) -> str:
        return f"{start} {stop} {self.shift}"


@dataclass
class Flat(Tape):
    """Blocks of one level."""

    level: int = 0

    def read(self, start: int, stop: int) -> Block:
        return np.full(stop - start, self.level, np.int16)


@dataclass
class Held(Tape):
    """Blocks that are read only while the way is free."""

    free: Event = field(default_factory=Event)

    def read(self, start: int, stop: int) -> Block:
        assert self.free.wait(60)
        return super().read(start, stop)


@pytest.fixture
def tape() -> Tape:
    return Tape()


def playing(tape: Tape, position: int = 0) -> Transport:
    transport = Transport(tape, position)
    transport.go()
    return transport


def pulled(transport: Transport, count: int, at_once: int = 4800) -> Block:
    """What a device gets that takes `at_once` samples at a time, and is never too early."""
    pieces = []
    for start in range(0, count, at_once):
        assert wait_until_ready(transport, at_once)
        pieces.append(transport.pull(min(at_once, count - start)))
    return np.concatenate(pieces)


def steepest(block: Block) -> int:
    return int(np.abs(np.diff(block.astype(int), axis=0)).max())


# ── to the bit ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("at_once", [4800, 1153, 24_000])
def test_the_session_is_played_to_the_bit(channels: int, at_once: int) -> None:
    """Whatever the device asks for at a time, first to last sample, and then silence."""
    tape = Tape(length=3 * RATE + 7, channels=channels)
    transport = playing(tape)
    heard = pulled(transport, tape.length, at_once)
    assert np.array_equal(heard, tape.read(0, tape.length))
    assert not transport.pull(100).any()
    assert transport.ended
    assert transport.underruns == 0
    transport.close()


def test_it_stands_still_until_it_is_told_to_go(tape: Tape) -> None:
    """The device may run already."""
    transport = Transport(tape)
    assert not transport.pull(1000).any()
    assert (transport.position, transport.pulled, transport.going) == (0, 1000, False)
    transport.close()


def test_volume_is_a_share_of_full_sound(tape: Tape) -> None:
    """Half is half."""
    transport = Transport(tape, volume=0.5)
    transport.go()
    heard = pulled(transport, RATE)
    assert np.abs(heard - tape.read(0, RATE) * 0.5).max() <= 1
    transport.close()


# ── pause ────────────────────────────────────────────────────────────────────


def test_a_pause_fades_out_and_in_and_loses_nothing_but_the_fades(tape: Tape) -> None:
    """Twenty milliseconds each, then the samples go on where they stopped."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.stop()
    out = pulled(transport, RATE // 2)
    assert np.flatnonzero(out)[-1] < FADE
    assert transport.position == RATE + FADE
    transport.go()
    back = pulled(transport, RATE)
    assert np.array_equal(back[FADE:], tape.read(RATE + 2 * FADE, 2 * RATE + FADE))
    assert abs(int(back[0])) <= 1
    assert steepest(np.concatenate([out, back])) <= STEEPEST
    transport.close()


def test_a_stop_that_is_taken_back_at_once_is_a_dip(tape: Tape) -> None:
    """Pause and go on within the fade: no click, and no jump."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.stop()
    first = pulled(transport, FADE // 2, FADE // 2)
    transport.go()
    heard = np.concatenate([first, pulled(transport, RATE)])
    expected = tape.read(RATE, 2 * RATE + FADE // 2)
    assert np.array_equal(heard[2 * FADE :], expected[2 * FADE :])
    assert steepest(heard) <= STEEPEST
    transport.close()


@pytest.mark.parametrize("first", [1, FADE // 2, FADE - 1])
def test_a_fade_may_be_taken_in_parts(tape: Tape, first: int) -> None:
    """Wherever the device's blocks end within it, it is faded out to its last sample."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.stop()
    heard = np.concatenate([pulled(transport, first, first), pulled(transport, 2 * FADE)])
    assert transport.position == RATE + FADE
    assert steepest(heard) <= STEEPEST
    transport.jump(5 * RATE)
    assert transport.position == 5 * RATE
    transport.close()


# ── jumps ────────────────────────────────────────────────────────────────────


def test_a_jump_fades_and_lands_on_its_sample(tape: Tape) -> None:
    """After the fade out, the next sample is the one asked for, faded in."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.jump(10 * RATE)
    assert transport.position == 10 * RATE
    out = pulled(transport, FADE, FADE)
    heard = pulled(transport, RATE)
    assert np.array_equal(heard[FADE:], tape.read(10 * RATE + FADE, 11 * RATE))
    assert steepest(np.concatenate([out, heard])) <= STEEPEST
    transport.close()


def test_a_jump_while_it_stands_still_is_heard_when_it_goes(tape: Tape) -> None:
    """Skipping in a pause stays in the pause."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.stop()
    pulled(transport, RATE)
    transport.jump(5 * RATE)
    assert not transport.pull(1000).any()
    assert transport.position == 5 * RATE
    transport.go()
    assert np.array_equal(pulled(transport, RATE)[FADE:], tape.read(5 * RATE + FADE, 6 * RATE))
    transport.close()


def test_of_two_jumps_the_last_one_counts(tape: Tape) -> None:
    """Twice `next`, faster than a fade."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.jump(5 * RATE)
    transport.jump(8 * RATE)
    pulled(transport, FADE, FADE)
    pulled(transport, RATE)
    assert transport.position == 9 * RATE
    transport.close()


def test_other_blocks_go_on_at_the_same_place(tape: Tape) -> None:
    """A new plan of the rest is heard from here on, and a jump before it is not forgotten."""
    transport = playing(tape)
    pulled(transport, RATE)
    other = Tape(shift=333)
    transport.exchange(other)
    pulled(transport, FADE, FADE)
    heard = pulled(transport, RATE)
    at = RATE + FADE
    assert np.array_equal(heard[FADE:], other.read(at + FADE, at + RATE))
    transport.jump(6 * RATE)
    transport.exchange(tape)
    pulled(transport, FADE, FADE)
    assert np.array_equal(pulled(transport, RATE)[FADE:], tape.read(6 * RATE + FADE, 7 * RATE))
    transport.close()


def test_blocks_that_differ_much_later_are_exchanged_unheard(tape: Tape) -> None:
    """Where the next seconds stay as they are, there is no fade, and every sample is right."""
    transport = playing(tape)
    pulled(transport, RATE)
    other = Tape(length=25 * RATE)
    transport.exchange(other, same_until=15 * RATE)
    heard = pulled(transport, 23 * RATE)
    assert np.array_equal(heard, other.read(RATE, 24 * RATE))
    transport.close()


def test_a_jump_beyond_the_end_ends_the_session(tape: Tape) -> None:
    """There is nothing more to come, until another jump leads back."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.jump(99 * RATE)
    pulled(transport, RATE)
    assert transport.ended
    assert not transport.going
    transport.jump(RATE)
    transport.go()
    assert np.array_equal(pulled(transport, RATE)[FADE:], tape.read(RATE + FADE, 2 * RATE))
    transport.close()


def test_a_jump_before_the_beginning_leads_to_the_beginning(tape: Tape) -> None:
    """To the first sample, and not to the one after it."""
    transport = playing(tape)
    pulled(transport, RATE)
    transport.jump(-5)
    assert transport.position == 0
    pulled(transport, FADE, FADE)
    assert np.array_equal(pulled(transport, RATE)[FADE:], tape.read(FADE, RATE))
    transport.close()


def test_a_jump_in_the_last_hundredth_of_a_second_leads_on(tape: Tape) -> None:
    """The end comes within the fade, and the session is played on from where the jump leads."""
    transport = playing(tape, tape.length - RATE)
    pulled(transport, RATE - 100, 1153)
    transport.jump(5 * RATE)
    assert pulled(transport, 100, 100).any()
    transport.pull(10)
    assert (transport.going, transport.ended) == (True, False)
    at = transport.position
    assert 5 * RATE <= at <= 5 * RATE + 10
    heard = pulled(transport, RATE)
    assert np.array_equal(heard[FADE:], tape.read(at + FADE, at + RATE))
    transport.close()


def test_a_jump_from_the_end_takes_the_end_back(tape: Tape) -> None:
    """From that moment on, and before the device asks for anything more."""
    transport = playing(tape, tape.length - RATE)
    pulled(transport, RATE)
    assert not transport.pull(100).any()
    assert transport.ended
    transport.jump(5 * RATE)
    assert not transport.ended
    transport.go()
    assert np.array_equal(pulled(transport, RATE)[FADE:], tape.read(5 * RATE + FADE, 6 * RATE))
    transport.close()


@hypothesis_settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["go", "stop", "jump", "pull"]), st.integers(0, 19 * RATE)),
        max_size=25,
    )
)
def test_whatever_is_asked_for_there_is_no_click(deeds: list[tuple[str, int]]) -> None:
    """Any order of commands: the sound never moves faster than the tape itself does."""
    tape = Tape(length=20 * RATE)
    transport = Transport(tape)
    heard = [transport.pull(10)]
    for deed, number in deeds:
        if deed == "jump":
            transport.jump(number)
        elif deed == "pull":
            heard.append(pulled(transport, number % 9000 + 1, 777))
        else:
            getattr(transport, deed)()
    transport.stop()
    heard.append(pulled(transport, 2 * FADE))
    assert steepest(np.concatenate(heard)) <= STEEPEST
    transport.close()


# ── aside ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("channels", [1, 2])
def test_something_is_heard_aside_while_it_stands_still(channels: int) -> None:
    """A reminder sounds in a pause, whole, and the session has not moved."""
    tape = Tape(channels=channels)
    transport = Transport(tape, RATE)
    reminder = np.arange(1, 2001, dtype=np.int16)
    transport.say_aside(reminder)
    heard = np.concatenate([transport.pull(700) for _ in range(4)])
    mono = heard if channels == 1 else heard[:, 1]
    assert np.array_equal(mono[:2000], reminder)
    assert not mono[2000:].any()
    assert (transport.position, len(transport._aside)) == (RATE, 0)
    transport.say_aside(reminder)
    transport.pull(len(reminder))  # to its very end at once
    assert not transport._aside
    transport.close()


def test_what_is_said_aside_follows_the_last_sample_at_once(tape: Tape) -> None:
    """Where the session ends within the fade, nothing comes between."""
    transport = playing(tape, tape.length - RATE)
    pulled(transport, RATE - 100, 1153)
    transport.stop()
    reminder = np.arange(1, 2001, dtype=np.int16)
    transport.say_aside(reminder)
    heard = pulled(transport, 2100)
    assert heard[:99].any()
    assert np.array_equal(heard[100:], reminder)
    transport.close()


def test_what_is_said_over_the_session_is_added_and_never_wraps() -> None:
    """More than full scale is cut off at either end, and the session goes on."""
    for level in (30_000, -30_000):
        transport = playing(Flat(level=level))
        pulled(transport, RATE)
        transport.say_over(np.array([100, -100, 9_000, -9_000] * 10, np.int16))
        heard = pulled(transport, 4800)
        added = [level + 100, level - 100, level + 9_000, level - 9_000]
        assert heard[:4].tolist() == [min(32_767, max(-32_768, one)) for one in added]
        assert (heard[40:] == level).all()
        transport.close()


def test_a_fade_is_half_a_cosine_to_the_sample() -> None:
    """From the last full sample down to silence, and up again from there."""
    transport = playing(Flat(level=10_000))
    pulled(transport, RATE)
    transport.stop()
    down = pulled(transport, 2 * FADE)
    transport.go()
    up = pulled(transport, 2 * FADE)
    wave = np.rint(10_000 * (1 - np.cos(np.pi * np.arange(FADE) / FADE)) / 2)
    assert down.tolist() == [*wave[::-1], *[0] * FADE]
    assert up.tolist() == [*wave, *[10_000] * FADE]
    transport.close()


def test_what_is_not_ready_in_time_is_counted_once_it_has_begun() -> None:
    """Not before the first sample: until that is read, nothing is late."""
    tape = Held()
    transport = playing(tape)
    assert not transport.pull(4800).any()
    assert (transport.position, transport.underruns) == (0, 0)
    tape.free.set()
    pulled(transport, RATE)
    tape.free.clear()
    transport.pull(10 * RATE)
    assert transport.underruns == 1
    tape.free.set()
    transport.close()


# ── what goes wrong ──────────────────────────────────────────────────────────


def test_what_goes_wrong_in_reading_is_raised_where_it_is_asked_for() -> None:
    """The device gets silence, and the conductor the error."""
    transport = playing(Tape(broken_at=RATE))
    while transport.going:
        wait_until_ready(transport, RATE)
        transport.pull(4800)
    with pytest.raises(MachineError, match="the voice is lost"):
        transport.check()
    assert not transport.pull(4800).any()
    transport.close()


def test_reading_is_not_done_without_end(tape: Tape) -> None:
    """Three seconds ahead and no more: an hour does not fill the memory."""
    feed = Feed(tape)
    assert wait_until_read(feed, AHEAD)
    taken = feed.take(1)
    assert taken is not None
    assert wait_until_read(feed, AHEAD)
    assert max(stop for _, stop in tape.read_so_far) <= AHEAD + RATE // 2
    feed.close()
