"""Blocks: clips at their places, silence elsewhere, the same whatever is read at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from ground_sounds import noise_loop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceguide.audio.clip import Clip
from voiceguide.audio.loops import Loop
from voiceguide.errors import Place
from voiceguide.lengths import samples
from voiceguide.render import Mix, PlacedClip, render
from voiceguide.render.mix import DAMPING, damped
from voiceguide.sequence import Chime, EventKind, Source, Words
from voiceguide.timeline import Event, Timeline

HERE = Place("test.md", 1)


def clip(length: int, level: float, onset: int = 0) -> Clip:
    """A clip of one level."""
    return Clip(np.full(length, level, dtype=np.float32), 48_000, onset, length, -19.0)


def mix(rows: list[tuple[int, int, float]], length: int) -> Mix:
    """Clips of (start, length, level)."""
    clips: dict[Source, Clip] = {Words(str(n)): clip(row[1], row[2]) for n, row in enumerate(rows)}
    placed = [
        PlacedClip(start, start + long, Words(str(n)), f"{long} {level}")
        for n, (start, long, level) in enumerate(rows)
    ]
    return Mix(placed, length, clips.__getitem__)


def test_sound_begins_at_its_event() -> None:
    """The clip's onset, not its first sample, stands at the event's position."""
    events = (Event(100, 40, EventKind.SAY, "a", HERE, source=Words("a")),)
    timeline = Timeline(300, events, ())
    blocks = render(timeline, lambda _: clip(50, 0.5, onset=10), digital_silence=True)
    assert blocks.spans == ((90, 140),)
    heard = blocks.read(0, 300)
    assert np.flatnonzero(heard).tolist() == list(range(90, 140))
    assert heard[100] == 16384


def test_overlapping_sounds_add_up() -> None:
    """A chime rings on under words."""
    blocks = mix([(0, 10, 0.25), (5, 10, 0.5)], 20)
    assert blocks.read(0, 20).tolist() == [8192] * 5 + [24576] * 5 + [16384] * 5 + [0] * 5
    assert blocks.spans == ((0, 15),)


def test_more_than_full_scale_is_cut_off() -> None:
    """Sums never wrap round."""
    assert mix([(0, 1, 0.9), (0, 1, 0.9)], 1).read(0, 1).tolist() == [32767]
    assert mix([(0, 1, -0.9), (0, 1, -0.9)], 1).read(0, 1).tolist() == [-32768]


def test_what_lies_outside_is_cut() -> None:
    """A clip may begin before the session or end after it."""
    blocks = mix([(-5, 10, 0.5), (15, 10, 0.5)], 20)
    assert blocks.spans == ((0, 5), (15, 20))
    assert np.count_nonzero(blocks.read(0, 20)) == 10


rows = st.lists(
    st.tuples(st.integers(-20, 220), st.integers(1, 60), st.sampled_from([0.1, -0.3, 0.7])),
    max_size=12,
)


@given(rows, st.lists(st.integers(0, 200), min_size=1, max_size=8))
def test_blocks_do_not_depend_on_how_they_are_read(
    placed: list[tuple[int, int, float]], cuts: list[int]
) -> None:
    """Any way to cut a session into blocks gives the same samples, and zeros outside the spans."""
    blocks = mix(placed, 200)
    whole = blocks.read(0, 200)
    edges = sorted({0, *cuts, 200})
    pieces = [blocks.read(a, b) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(pieces), whole)
    outside = np.ones(200, dtype=bool)
    for start, stop in blocks.spans:
        outside[start:stop] = False
    assert not whole[outside].any()


@given(rows, st.integers(0, 100), st.integers(1, 100), st.integers(1, 50))
def test_equal_keys_mean_equal_samples(
    placed: list[tuple[int, int, float]], start: int, length: int, shift: int
) -> None:
    """The key of a stretch moves with what is in it, and changes with where it stands."""
    moved = mix([(at + shift, long, level) for at, long, level in placed], 300)
    blocks = mix(placed, 300)
    assert blocks.key(start, start + length) == moved.key(start + shift, start + shift + length)
    other = moved.key(start, start + length)
    if other == blocks.key(start, start + length):
        assert np.array_equal(moved.read(start, start + length), blocks.read(start, start + length))


SOUNDS: dict[Source, Clip] = {
    Words("a"): clip(30, 0.5),
    Words("b"): clip(30, 0.25),
    Words("c"): clip(29, 0.5),
    Words("late"): clip(30, 0.5, onset=3),
    Chime("bowl-start"): clip(40_000, 0.5),
}
"""Sounds that are alike in all but one thing."""

sounded = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 20, 45, 60]),
        st.sampled_from(list(SOUNDS)),
        st.sampled_from([0.0, -6.0, -6.5]),
    ),
    max_size=3,
)


_CHIME = Chime("bowl-start")


@example([(0, _CHIME, 0.0), (45, _CHIME, 0.0)], [(0, _CHIME, 0.0), (60, _CHIME, 0.0)], (0, 40))
@given(sounded, sounded, st.sampled_from([(0, 40), (0, 41), (5, 45), (30_000, 40_000)]))
def test_no_two_different_sounds_share_a_key(
    first: list[tuple[int, Source, float]],
    second: list[tuple[int, Source, float]],
    part: tuple[int, int],
) -> None:
    """Whatever differs, a level, a length, an onset, a place, or how a chime is damped."""
    one, other = (
        render(Timeline(50_000, tuple(_events(rows)), ()), SOUNDS.__getitem__, digital_silence=True)
        for rows in (first, second)
    )
    if not np.array_equal(one.read(*part), other.read(*part)):
        assert one.key(*part) != other.key(*part)


def _events(rows: list[tuple[int, Source, float]]) -> Iterator[Event]:
    for at, source, level in sorted(rows, key=lambda row: row[0]):
        kind = EventKind.CHIME if isinstance(source, Chime) else EventKind.SAY
        yield Event(at, 30, kind, "start", HERE, source=source, level=level)


# ── keys: what is encoded once and copied must be the same ───────────────────

PLACED: dict[Source, Clip] = {
    Words("soft"): clip(20, 0.1),
    Words("loud"): clip(20, 0.4),
    Words("long"): clip(45, 0.1),
    Words("late"): clip(45, 0.1, onset=9),
    Chime("tick"): clip(7, -0.3),
}
LOOPS = (None, *(noise_loop(1, seed) for seed in (1, 2)))

happened = st.lists(
    st.tuples(
        st.integers(0, 220), st.sampled_from(list(PLACED)), st.sampled_from([0.0, -0.5, -6.0, -6.5])
    ),
    max_size=7,
)
sessions = st.tuples(happened, st.sampled_from(LOOPS), st.booleans())


def rendered(happens: list[tuple[int, Source, float]], bed: Loop | None, silent: bool) -> Mix:
    """A session of 260 samples in which sounds begin, each at its level."""
    events = tuple(
        Event(at, 5, EventKind.SAY, "a", HERE, source=source, level=level)
        for at, source, level in sorted(happens, key=lambda row: row[0])
    )
    timeline = Timeline(260, events, ())
    return render(timeline, PLACED.__getitem__, bed=bed, digital_silence=silent)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(sessions, sessions, st.integers(0, 200), st.integers(0, 200), st.integers(1, 60))
def test_no_two_different_sessions_share_a_key(
    one: tuple[Any, Any, bool], other: tuple[Any, Any, bool], first: int, second: int, length: int
) -> None:
    """Whatever two sessions hold, wherever one looks: where samples differ, the keys do."""
    a, b = rendered(*one), rendered(*other)
    here, there = a.read(first, first + length), b.read(second, second + length)
    same = here.shape == there.shape and np.array_equal(here, there)
    assert same or a.key(first, first + length) != b.key(second, second + length)


@pytest.mark.parametrize("bed", LOOPS)
def test_a_key_knows_length_level_and_place(bed: Loop | None) -> None:
    """Stretches that are alike but for one of these have keys of their own."""
    base = rendered([(50, Words("soft"), 0.0)], bed, silent=True)
    key = base.key(40, 90)
    assert base.key(40, 91) != key
    assert base.key(41, 91) != key
    quieter = rendered([(50, Words("soft"), -0.5)], bed, silent=True)
    assert quieter.key(40, 90) != key
    longer = rendered([(50, Words("long"), 0.0)], bed, silent=True)
    assert longer.key(40, 90) != key
    later = rendered([(50, Words("late"), 0.0)], bed, silent=True)
    assert later.key(40, 90) != key
    assert base.key(0, 10) != base.key(0, 11)


def test_chimes_close_together_are_damped_wherever_they_are() -> None:
    """The first one falls silent as the second begins; those a second apart ring on."""
    first, near, far = (samples(seconds) for seconds in (10, 10.5, 11.5))
    struck = [(at, EventKind.CHIME.value, "bowl") for at in (first, near, far)]
    assert damped(struck) == [near, None, None]
    assert damped([(9, *struck[0][1:]), (10, *struck[0][1:])]) == [10, None]


def test_a_damped_chime_fades_to_nothing() -> None:
    """Along a straight line, over its last twenty milliseconds."""
    chime = Chime("bowl-start")
    events = tuple(
        Event(at, 24_000, EventKind.CHIME, "bowl", HERE, source=chime) for at in (0, 24_000)
    )
    heard = render(
        Timeline(60_000, events, ()), lambda _: clip(30_000, 0.5), digital_silence=True
    ).read(0, 60_000)
    left = np.arange(DAMPING, 0, -1) / DAMPING
    assert np.allclose(heard[24_000 - DAMPING : 24_000], 16_384 * left, atol=1)
    assert (heard[: 24_000 - DAMPING] == 16_384).all()


@pytest.mark.parametrize(
    ("first", "then", "far"),
    [
        (("chime", "bowl"), ("chime", "bowl"), 0),
        (("chime", "bowl"), ("chime", "tick"), 9_000),
        (("chime", "tick"), ("chime", "bowl"), 9_000),
        (("chime", "tick"), ("chime", "tick"), 9_000),
        (("chime", "bowl"), ("say", "Breathe."), 9_000),
        (("say", "Breathe."), ("chime", "bowl"), 9_000),
        (("say", "Breathe."), ("say", "Breathe."), 9_000),
    ],
)
def test_no_other_sound_is_damped_nor_damps(
    first: tuple[str, str], then: tuple[str, str], far: int
) -> None:
    """Neither words nor ticks; and two chimes that are struck at once ring together."""
    assert damped([(100, *first), (100 + far, *then)]) == [None, None]


def struck(*places: int) -> Mix:
    """A session of three seconds in which a chime of 30,000 samples is struck."""
    rings = clip(30_000, 0.5)
    events = tuple(Event(at, 24_000, EventKind.CHIME, "bowl", HERE, source=_CHIME) for at in places)
    return render(Timeline(150_000, events, ()), lambda _: rings, digital_silence=True)


def test_a_chime_that_is_over_as_the_next_begins_is_heard_to_its_end() -> None:
    """It is not faded out, since nothing of it would be cut."""
    assert (struck(0, 30_000).read(0, 60_000) == 16_384).all()
    assert (struck(0, 29_999).read(0, 29_999) != 16_384).any()


def test_equal_sounds_have_equal_keys_wherever_they_are() -> None:
    """A damped chime too; and what is over before a stretch begins is not in its key."""
    blocks = struck(0, 24_000, 70_000, 94_000)
    assert blocks.key(0, 30_000) == blocks.key(70_000, 100_000)
    nothing = struck().key(0, 1_000)
    assert blocks.key(54_000, 55_000) == nothing
    assert blocks.key(53_999, 54_999) != nothing
    assert blocks.key(24_000, 30_000) == struck(24_000).key(24_000, 30_000)


def test_without_a_ground_a_session_is_mono() -> None:
    """One channel is said, and one is read; of no samples, too."""
    blocks = struck(0)
    assert blocks.channels == 1
    assert (blocks.read(0, 9).shape, blocks.read(9, 9).shape) == ((9,), (0,))


class Looked(list[PlacedClip]):
    """Clips that remember how many of them were looked at."""

    looks = 0

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        self.looks += len(found)
        return found


def test_only_clips_near_a_stretch_are_looked_at() -> None:
    """Reading a long session in its middle takes no longer than at its beginning."""
    blocks = mix([(100 * n, 50, 0.5) for n in range(1_000)], 100_000)
    looked = Looked(blocks._placed)
    blocks._placed = looked
    for at in (0, 50_000, 99_900):
        assert blocks.read(at, at + 50).all()
        assert blocks.key(at, at + 50)
    assert looked.looks == 6
