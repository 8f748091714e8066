"""The ground of a session: how a bed is ducked, the floor, and what both are mixed to."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from ground_sounds import SECOND, noise_loop
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.audio.clip import Clip
from voiceguide.audio.loops import LOOP_UNIT, Loop
from voiceguide.errors import Place
from voiceguide.lengths import samples
from voiceguide.proof.levels import ground_level
from voiceguide.render import render
from voiceguide.render.blocks import joined
from voiceguide.render.ducking import (
    AFTER,
    AHEAD,
    CLEAR,
    FADE,
    FADE_OUT,
    LEVEL,
    BedLimits,
    Gain,
    Move,
    bed_gain,
    ducking,
    floor_gain,
    floor_loop,
)
from voiceguide.render.ducking import FLOOR_NEAR as NEAR
from voiceguide.render.ground import LoopGround
from voiceguide.render.mix import CEILING, Mix
from voiceguide.sequence import Chime, EventKind, Source, Words
from voiceguide.settings import Bed
from voiceguide.timeline import Event, Timeline
from voiceguide.timeline.data import BedChange, Settling

HERE = Place("test.md", 1)
DUCKED, SETTLED = 2**-1.5, 2**-0.5


def talk(*seconds: tuple[float, float], length: float, settling: bool = False) -> Timeline:
    """Words from … to …, and a session of so many seconds."""
    events = tuple(
        Event(samples(a), samples(b - a), EventKind.SAY, "a", HERE, source=Words(str(n)))
        for n, (a, b) in enumerate(seconds)
    )
    settles = Settling(samples(length)) if settling else None
    return Timeline(samples(length), events, (), settling=settles)


def ducks(timeline: Timeline) -> Gain:
    return ducking(timeline, BedLimits())


def gain_at(timeline: Timeline, *seconds: float) -> list[float]:
    gain = ducks(timeline)
    return [float(gain.read(samples(s), samples(s) + 1)[0]) for s in seconds]


# ── ducking ──────────────────────────────────────────────────────────────────


def test_a_bed_is_down_under_words() -> None:
    """From 0.4 s before them it goes down by 9 dB, and is back 1.2 s after them."""
    timeline = talk((10, 12), length=24)
    assert gain_at(timeline, 9.59, 10, 11, 12, 13.21) == pytest.approx(
        [1, DUCKED, DUCKED, DUCKED, 1], abs=1e-4
    )
    half = (1 + DUCKED) / 2
    assert gain_at(timeline, 9.8, 12.6) == pytest.approx([half, half], abs=1e-4)


def test_a_bed_stays_down_between_near_words() -> None:
    """Four seconds apart it does not move; six seconds apart it comes back."""
    near, far = talk((10, 12), (15.9, 17), length=24), talk((10, 12), (18, 19), length=24)
    assert gain_at(near, 14) == pytest.approx([DUCKED])
    assert gain_at(far, 15) == [1]
    assert (len(ducks(near).moves), len(ducks(far).moves)) == (2, 4)


def test_a_bed_settles_in_long_silences() -> None:
    """Four seconds after it is back it goes down by 3 dB, and the next words take it from there."""
    timeline = talk((10, 12), (60, 62), length=64)
    assert gain_at(timeline, 17, 24, 59) == pytest.approx([1, SETTLED, SETTLED], abs=1e-4)
    assert gain_at(timeline, 60) == pytest.approx([DUCKED], abs=1e-4)
    assert len(ducks(timeline).moves) == 5


def test_words_at_both_ends_duck_too() -> None:
    """Words at the very start find the bed half down, and those at the end leave it down."""
    timeline = talk((0, 1), (8, 10), length=10)
    assert gain_at(timeline, 0.01, 9.99) == pytest.approx([DUCKED, DUCKED], abs=1e-4)


def test_a_bed_fades_in_and_out() -> None:
    """Nothing at the first sample and the last, all of it three seconds after and six before."""
    timeline = talk(length=30)
    gain = bed_gain(timeline).read(0, timeline.length)
    assert gain[[0, -1]] == pytest.approx([0, 0], abs=1e-6)
    assert gain[[samples(3), samples(24) - 1]] == pytest.approx([1, 1])
    assert np.all(np.diff(gain[: samples(3)]) >= 0)
    assert np.all(np.diff(gain[-FADE_OUT:]) <= 0)


def test_a_bed_settles_with_the_session() -> None:
    """In the mood to wind down each plateau is lower than the one before, by 6 dB in all."""
    timeline = talk(*((at, at + 2) for at in range(10, 600, 60)), length=600, settling=True)
    gain = ducks(timeline)
    plateaus = [move.after for move in gain.moves if move.after > move.before]
    assert plateaus == sorted(plateaus, reverse=True)
    assert 20 * np.log10(plateaus[0] / plateaus[-1]) == pytest.approx(5.5, abs=0.51)


def test_chimes_do_not_duck_a_bed() -> None:
    """Only words do."""
    event = Event(samples(10), samples(4), EventKind.CHIME, "end", HERE, source=Chime("bowl-end"))
    assert ducks(Timeline(samples(19), (event,), ())).moves == ()


spoken = st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 8)), max_size=12)


@given(spoken, st.floats(1, 120))
def test_moves_follow_on_one_another(words: list[tuple[float, float]], length: float) -> None:
    """Whatever is said when: moves do not overlap, and each begins where the last one ended."""
    timeline = talk(*((at, at + long) for at, long in words), length=length)
    gain = ducks(timeline)
    for one, after in pairwise(gain.moves):
        assert one.start < one.stop <= after.start
        assert one.after == after.before
    for at, long in words:
        for moment in (samples(at), samples(at) + samples(long) - 1):
            assert gain.read(moment, moment + 1) == pytest.approx([DUCKED])


@given(spoken, st.integers(0, 120 * SECOND), st.integers(1, 3 * SECOND))
def test_a_gain_is_the_same_however_it_is_read(
    words: list[tuple[float, float]], start: int, length: int
) -> None:
    """Any piece of it is that piece of the whole; where nothing moves it holds still."""
    gain = bed_gain(talk(*((at, at + long) for at, long in words), length=120))
    part = gain.read(start, start + length)
    half = length // 2
    pieces = (gain.read(start, start + half), gain.read(start + half, start + length))
    assert np.array_equal(part, np.concatenate(pieces))
    if not any(a < start + length and start < b for a, b in gain.spans):
        assert np.all(part == gain.at(start))


def test_a_gain_without_moves_holds_still() -> None:
    """It is what it is said to be."""
    assert Gain((), 0.5).read(0, 3).tolist() == [0.5] * 3
    assert Gain((Move(0, 2, 0.0, 1.0),)).read(-1, 3).tolist() == pytest.approx(
        [0, 0.1464, 0.8536, 1], abs=1e-4
    )


# ── spans ────────────────────────────────────────────────────────────────────


def test_spans_are_joined() -> None:
    """In any order; what touches is one, and so is what is near; what is empty is none."""
    spans = [(30, 40), (0, 10), (10, 12), (5, 5), (20, 25)]
    assert list(joined(spans)) == [(0, 12), (20, 25), (30, 40)]
    assert list(joined(spans, 5)) == [(0, 12), (20, 40)]


# ── the floor ────────────────────────────────────────────────────────────────


def test_the_floor_is_far_below_hearing() -> None:
    """One frame of noise without an offset, -84 dBFS, no sample above -77 dBFS."""
    loop = floor_loop()
    assert loop.samples.shape == (LOOP_UNIT, 1)
    assert 10 * np.log10(np.mean(loop.samples**2)) == pytest.approx(LEVEL, abs=0.01)
    assert np.abs(loop.samples).max() < 10 ** (-77 / 20)
    assert abs(loop.samples.mean()) < 1e-9


def test_the_floor_makes_room_for_sounds() -> None:
    """It is gone shortly before each, and back right after; between near ones it stays away."""
    gain = floor_gain([(SECOND, 2 * SECOND), (2 * SECOND + NEAR, 3 * SECOND)])
    assert gain.spans == (
        (SECOND - CLEAR - FADE, SECOND - CLEAR),
        (3 * SECOND, 3 * SECOND + FADE),
    )
    levels = gain.read(0, 4 * SECOND)
    assert levels[[0, SECOND, 2 * SECOND + 9, -1]].tolist() == [1, 0, 0, 1]


# ── the mix ──────────────────────────────────────────────────────────────────


def constant(level: float, length: int = SECOND) -> Clip:
    return Clip(np.full(length, level, np.float32), SECOND, 0, length, -19.0)


def test_a_voice_stands_in_the_middle() -> None:
    """In stereo a mono clip sounds alike on both sides, and is 3 dB louder in all."""
    timeline = talk((1, 2), length=4)
    silence = Loop.of(np.zeros((LOOP_UNIT, 2), np.float32))
    blocks = render(timeline, lambda _: constant(0.25), bed=silence)
    assert blocks.channels == 2
    heard = blocks.read(0, blocks.length)
    assert heard.shape == (4 * SECOND, 2)
    assert heard[SECOND + 9].tolist() == [8192, 8192]
    assert not heard[:SECOND].any()


@pytest.mark.parametrize("channels", [1, 2])
def test_outside_of_spans_there_is_the_steady_ground(channels: int) -> None:
    """What a mix reads there is what its ground says, to the bit, wherever in the loop it is."""
    timeline = talk((5, 6), (40, 41), length=60)
    blocks = render(timeline, lambda _: constant(0.1), bed=noise_loop(channels))
    assert blocks.ground
    stops = [0, *(stop for _, stop in blocks.spans)]
    starts = [*(start for start, _ in blocks.spans), blocks.length]
    still = [(a, b) for a, b in zip(stops, starts, strict=True) if a < b]
    assert len(still) >= 4
    for start, stop in still:
        assert np.array_equal(blocks.read(start, stop), blocks.ground.at(start).read(start, stop))


def test_a_long_stretch_is_summed_in_parts() -> None:
    """A quarter of a minute is the same as its seconds, and takes little more than it holds."""
    timeline = talk((1, 2), (4, 6), (9, 9.5), length=20)
    blocks = render(timeline, lambda _: constant(0.1), bed=noise_loop(2))
    seconds = [blocks.read(at, at + SECOND) for at in range(777, 777 + 15 * SECOND, SECOND)]
    tracemalloc.start()
    try:
        whole = blocks.read(777, 777 + 15 * SECOND)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(whole, np.concatenate(seconds))
    assert peak < 3 * whole.nbytes


@pytest.mark.parametrize("frames", [1, 16, 57, 171])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_ground_is_as_loud_as_its_loudest_moment(frames: int, channels: int) -> None:
    """Wherever in a loop its loudest 400 ms are, over its seam too, however long the loop is."""
    loop = noise_loop(channels, frames)
    width = min(samples(0.4), loop.length)
    mean = np.tile(loop.samples.mean(axis=1, dtype=np.float64), 2)
    sums = np.cumsum(np.concatenate(([0.0], mean**2)))
    loudest = (sums[width:] - sums[:-width]).max() / width
    still = LoopGround(loop, Gain(()))
    blocks = Mix((), 3 * SECOND, lambda _: constant(0.1), still)
    assert ground_level(blocks) == pytest.approx(10 * np.log10(loudest), abs=1e-4)


@pytest.mark.parametrize("level", [-45.0, -20.0, 0.0])
def test_bed_and_voice_never_clip(level: float) -> None:
    """A bed that is too loud gives way until both peaks together are below the ceiling."""
    bed = noise_loop(2, level=level)
    peak = 10 ** (-1.8 / 20)
    blocks = render(talk((5, 15), length=30), lambda _: constant(peak, 10 * SECOND), bed=bed)
    heard = np.abs(blocks.read(0, blocks.length).astype(np.int32)).max()
    assert heard <= np.ceil(10 ** (CEILING / 20) * 32768)
    if level < -30:  # a quiet one is not touched
        assert blocks.ground
        assert blocks.ground.at(samples(10)).gain == pytest.approx(DUCKED)


def test_a_loud_sound_turns_the_bed_down_only_where_it_is_loud() -> None:
    """A chime at the ceiling leaves no room while it is loud, and all of it afterwards."""
    ring = np.full(4 * SECOND, 0.1, np.float32)
    ring[: SECOND // 2] = 10 ** (CEILING / 20) - 0.01
    chime = Clip(ring, SECOND, 0, len(ring), -10.0)
    event = Event(20 * SECOND, len(ring), EventKind.CHIME, "bowl", HERE, source=Chime("bowl"))
    quiet = Timeline(60 * SECOND, (event,), ())
    bed = noise_loop(2)
    blocks = render(quiet, lambda _: chime, bed=bed)
    assert blocks.ground
    peak = max(float(bed.samples.max()), -float(bed.samples.min()))
    gains = [blocks.ground.at(second * SECOND).gain for second in (10, 23, 40)]
    assert gains == [1.0, 1.0, 1.0]
    held = blocks.ground.at(20 * SECOND + SECOND // 4).gain
    assert held == pytest.approx(0.01 / peak)
    heard = np.abs(blocks.read(0, blocks.length).astype(np.int32)).max()
    assert heard <= np.ceil(10 ** (CEILING / 20) * 32768)
    assert blocks.spans[1][0] == 20 * SECOND - AHEAD


def test_a_bed_comes_back_after_the_last_loud_sample_of_a_sound() -> None:
    """Neither sooner, when the sum would clip, nor later; a soft sound does not touch it."""
    ring = np.zeros(2 * SECOND, np.float32)
    ring[[0, 12_345]] = 0.9
    bed = Loop.of(np.full((LOOP_UNIT, 1), 1.0, np.float32))
    bowl = Chime("bowl")
    event = Event(20 * SECOND, len(ring), EventKind.CHIME, "bowl", HERE, source=bowl)
    for sound, moves in ((ring, 1), (0 * ring, 0)):
        clips: dict[Source, Clip] = {bowl: Clip(sound, SECOND, 0, len(sound), -10.0)}
        blocks = render(Timeline(60 * SECOND, (event,), ()), clips.__getitem__, bed=bed)
        assert isinstance(blocks.ground, LoopGround)
        spans = [span for span in blocks.ground.spans if 10 * SECOND < span[0] < 50 * SECOND]
        begins = 20 * SECOND + 12_345 + 1
        expected = [(20 * SECOND - AHEAD, 20 * SECOND), (begins, begins + AFTER)]
        assert spans == expected * moves


def test_an_event_is_as_loud_as_its_level() -> None:
    """6.02 dB less is half, and has another key."""
    event = Event(0, SECOND, EventKind.SAY, "a", HERE, source=Words("a"), level=-6.0206)
    quiet = render(Timeline(SECOND, (event,), ()), lambda _: constant(0.5), digital_silence=True)
    loud = render(talk((0, 1), length=1), lambda _: constant(0.5), digital_silence=True)
    assert (quiet.read(9, 10)[0], loud.read(9, 10)[0]) == (8192, 16384)
    assert quiet.key(0, 100) != loud.key(0, 100)


def test_a_key_knows_the_ground() -> None:
    """Its loop, the place in it, and the gain: where one differs, so does the key."""
    gain = Gain((Move(2000, 3000, 1.0, 0.5),))
    loop = noise_loop(1)
    ground = LoopGround(loop, gain)
    assert ground.key(5000, 6000) == ground.key(5000 + loop.length, 6000 + loop.length)
    others = [
        ground.key(5001, 6001),
        ground.key(1500, 2500),
        LoopGround(loop, Gain((), 0.5)).key(1500, 2500),
        LoopGround(noise_loop(1, 3), gain).key(5000, 6000),
    ]
    assert len({ground.key(5000, 6000), *others}) == 5


def test_a_bed_begins_to_move_right_before_words() -> None:
    """The spans of a mix are what sounds and what moves, from 0.4 s before to 1.2 s after."""
    blocks = render(
        talk((10, 12), length=30), lambda _: constant(0.1, 2 * SECOND), bed=noise_loop(1)
    )
    assert blocks.spans == (
        (0, samples(3)),
        (samples(10) - AHEAD, samples(12) + AFTER),
        (samples(24), samples(30)),
    )


def test_a_bed_gives_way_to_another_to_none_and_comes_back() -> None:
    """Where a change says so: its own bed, silence, or that of the session."""
    base, other = noise_loop(2, level=-20.0), noise_loop(2, level=-40.0)
    changes = (
        BedChange(20 * SECOND, Bed("other", -40.0), HERE),
        BedChange(40 * SECOND, None, HERE),
        BedChange(60 * SECOND, None, HERE, own=False),
    )
    session = Timeline(80 * SECOND, (), (), beds=changes)
    asked: list[BedChange] = []

    def bed_at(change: BedChange) -> Loop:
        asked.append(change)
        return other

    heard = render(session, lambda _: constant(0.5), bed=base, bed_at=bed_at, digital_silence=True)
    loud = [
        float(np.abs(heard.read(at * SECOND, (at + 5) * SECOND).astype(float)).mean())
        for at in (10, 30, 50, 70)
    ]
    assert asked == [changes[0]]
    assert loud[0] > 5 * loud[1] > 0
    assert loud[2] == 0
    assert loud[3] == pytest.approx(loud[0], rel=0.1)
