"""Takes on their own: where the voice is, what is wrong with them, and how a long one is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceguide.audio.clip import Samples
from voiceguide.audio.levels import loudness
from voiceguide.recording.intake import Pair, matched, pieces_of
from voiceguide.recording.takes import LEAD, TAIL, TakeFault, VoiceTake, is_clipped, take_of
from voiceguide.settings import LOUDNESS

RATE = 24_000


def silence(seconds: float) -> Samples:
    """Nothing."""
    return np.zeros(round(seconds * RATE), np.float32)


def voice(seconds: float, level: float = 0.2) -> Samples:
    """Syllables, four a second, that never quite fall silent between."""
    times = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * n * times + n * n) / n for n in range(1, 20))
    rising = 0.2 + np.sin(np.pi * ((times * 4) % 1)) ** 2
    sound: Samples = (level * tone * rising / 2).astype(np.float32)
    return sound


def room(sound: Samples, level: float = 1e-4, seed: int = 1) -> Samples:
    """A sound with a room's noise under it."""
    noise = np.random.default_rng(seed).normal(0, level, len(sound))
    return (sound + noise).astype(np.float32)


def take(*sounds: Samples, expected: float | None = None, noise: float = 1e-4) -> VoiceTake:
    """The take of sounds one after another."""
    return take_of(room(np.concatenate(sounds), noise), RATE, expected)


# ── a good take ──────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=25)
@given(
    before=st.floats(0.3, 3),
    length=st.floats(0.3, 4),
    after=st.floats(0.3, 3),
    level=st.floats(0.05, 0.4),
    offset=st.floats(-0.1, 0.1),
)
@example(before=3.0, length=0.3, after=3.0, level=0.25, offset=0.0)
def test_a_line_is_trimmed_and_levelled(
    before: float, length: float, after: float, level: float, offset: float
) -> None:
    """However long one waits, however near one sits, and whatever offset the device adds."""
    sound = room(np.concatenate([silence(before), voice(length, level), silence(after)]))
    done = take_of(sound + np.float32(offset), RATE, length)
    assert done.faults == ()
    assert done.seconds == pytest.approx(LEAD + length + TAIL, abs=0.035)
    assert loudness(done.samples, done.rate) == pytest.approx(LOUDNESS, abs=0.3)
    assert abs(float(done.samples[0])) < 1e-4
    assert abs(float(done.samples[-1])) < 1e-4


def test_a_key_that_is_pressed_is_no_part_of_the_line() -> None:
    """Clicks before and after are left out, however loud."""
    click = 0.5 * np.ones(round(0.02 * RATE), np.float32)
    done = take(silence(0.5), click, silence(0.5), voice(1.0), silence(0.6), click, silence(0.1))
    assert done.seconds == pytest.approx(LEAD + 1.0 + TAIL, abs=0.035)


def test_a_pause_within_a_line_stays() -> None:
    """A comma is no end."""
    done = take(silence(1), voice(1.0), silence(0.7), voice(0.5), silence(1), expected=2)
    assert done.faults == ()
    assert done.seconds == pytest.approx(LEAD + 2.2 + TAIL, abs=0.035)


def test_what_is_recorded_finer_is_brought_to_48_khz() -> None:
    """A studio's 96 kHz would only fill the disk."""
    sound = np.repeat(np.concatenate([silence(0.5), voice(1.0), silence(0.5)]), 4)
    assert take_of(sound, 4 * RATE).rate == 48_000


# ── what is wrong ────────────────────────────────────────────────────────────


def test_a_take_without_a_voice_is_told() -> None:
    """A muted microphone, a room, no samples at all."""
    for sound in (silence(2), room(silence(2)), np.zeros(0, np.float32)):
        done = take_of(sound, RATE, 1.0)
        assert done.faults == (TakeFault.NOTHING,)
        assert len(done.samples) == 0


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (TakeFault.QUIET, lambda: take(silence(1), voice(1, 0.004), silence(1), noise=1e-6)),
        (TakeFault.CLIPPED, lambda: take(silence(1), np.clip(voice(1, 2), -1, 1), silence(1))),
        (TakeFault.CLIPPED, lambda: take(silence(1), np.clip(voice(1, 2), -0.6, 0.6), silence(1))),
        (TakeFault.NOISY, lambda: take(silence(1), voice(1), silence(1), noise=0.01)),
        (TakeFault.HEAD, lambda: take(voice(2)[RATE // 8 :], silence(1))),
        (TakeFault.TAIL, lambda: take(silence(1), voice(2)[: -RATE // 8])),
        (TakeFault.SHORT, lambda: take(silence(1), voice(1), silence(1), expected=3.0)),
        (TakeFault.LONG, lambda: take(silence(1), voice(3), silence(1), expected=1.0)),
    ],
)
def test_each_fault_is_found_alone(fault: TakeFault, made: object) -> None:
    """And said in a sentence with a way out; the line is there all the same."""
    done = made()  # type: ignore[operator]  # a take, made when it is wanted
    assert done.faults == (fault,)
    assert ": " in done.sentences[0]
    assert done.seconds > 0.5


def test_a_take_that_was_brought_to_full_scale_is_not_clipped() -> None:
    """Studios hand files over so; only crests that are flat are clipped."""
    for hertz in (80, 140, 300):
        times = np.arange(RATE) / RATE
        tone = np.sin(2 * np.pi * hertz * times) + 0.5 * np.sin(2 * np.pi * 2 * hertz * times)
        assert not is_clipped((tone / np.abs(tone).max()).astype(np.float32))
        flat = np.clip(2 * tone / np.abs(tone).max(), -1, 1).astype(np.float32)
        assert is_clipped(flat)


def test_a_short_word_may_take_its_time() -> None:
    """`Rest.` said slowly is twice as long as it should be, and right."""
    assert take(silence(1), voice(0.8), silence(1), expected=0.35).faults == ()


# ── a long take, cut ─────────────────────────────────────────────────────────

LINES = st.lists(st.lists(st.floats(0.35, 1.5), min_size=1, max_size=3), min_size=2, max_size=7)
"""The phrases of each line, in seconds."""


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(
    lines=LINES, within=st.floats(0.15, 0.6), between=st.floats(1.1, 2.5), seed=st.integers(0, 99)
)
def test_a_long_take_is_cut_between_its_lines(
    lines: list[list[float]], within: float, between: float, seed: int
) -> None:
    """And never within one, whatever pauses a reader makes; each begins where its line does."""
    sounds, spans, at = [silence(1.5)], [], 1.5
    for phrases in lines:
        parts = [part for one in phrases for part in (voice(one), silence(within))][:-1]
        length = sum(len(part) for part in parts) / RATE
        spans.append((at, at + length))
        sounds += [*parts, silence(between)]
        at += length + round(between * RATE) / RATE
    pieces = pieces_of(room(np.concatenate(sounds), seed=seed), RATE, len(lines))
    assert len(pieces) == len(lines)
    for piece, (begin, end) in zip(pieces, spans, strict=True):
        assert piece.begin == pytest.approx(begin, abs=0.03)
        assert piece.end == pytest.approx(end, abs=0.03)


def test_pauses_that_do_not_stand_out_are_cut_at_one_second() -> None:
    """So that a reader who forgot a line is told of it, and no sentence is torn for its sake."""
    sounds = [silence(1), *(part for _ in range(5) for part in (voice(1), silence(1.5)))]
    assert len(pieces_of(room(np.concatenate(sounds)), RATE, 6)) == 5
    assert pieces_of(room(silence(3)), RATE, 6) == []


def test_an_inner_pause_does_not_stand_in_for_a_missing_line() -> None:
    """One that is longer than all others within lines, and still far from those between them."""
    phrases = [voice(1), silence(0.8), voice(1)]
    sounds = [
        silence(1),
        *phrases,
        silence(2),
        *(p for _ in range(4) for p in (voice(1), silence(2))),
    ]
    assert len(pieces_of(room(np.concatenate(sounds)), RATE, 6)) == 5


@pytest.mark.slow
@pytest.mark.parametrize("rate", [11_025, 22_050, 44_100, 48_000])
def test_pieces_are_in_their_places_at_every_rate(rate: int) -> None:
    """After a quarter of an hour, too, where no frame has a whole number of samples."""
    times = np.arange(900 * rate) / rate
    sound = np.where(times % 100 < 2, 0.2 * np.sin(2 * np.pi * 200 * times), 0).astype(np.float32)
    pieces = pieces_of(room(sound), rate, 9)
    begins = [piece.begin for piece in pieces]
    assert begins == pytest.approx([100.0 * at for at in range(9)], abs=0.011)


# ── pieces and lines ─────────────────────────────────────────────────────────

LENGTHS = st.lists(st.floats(0.5, 8), min_size=1, max_size=40)


@settings(deadline=None)
@given(expected=LENGTHS, pace=st.floats(0.5, 2), data=st.data())
def test_what_was_said_in_order_is_matched_in_order(
    expected: list[float], pace: float, data: st.DataObject
) -> None:
    """At whatever pace, and though no line is exactly as long as it should be."""
    off = data.draw(st.lists(st.floats(0.75, 1.3), min_size=len(expected), max_size=len(expected)))
    seconds = [pace * one * by for one, by in zip(expected, off, strict=True)]
    assert matched(seconds, expected) == [Pair(at, at) for at in range(len(expected))]


@settings(deadline=None)
@given(seconds=LENGTHS, expected=LENGTHS)
def test_every_line_and_every_piece_is_accounted_for(
    seconds: list[float], expected: list[float]
) -> None:
    """Once each and in order, however little they fit."""
    pairs = matched(seconds, expected)
    assert [pair.line for pair in pairs if pair.line is not None] == list(range(len(expected)))
    assert [pair.piece for pair in pairs if pair.piece is not None] == list(range(len(seconds)))


@pytest.mark.slow
@settings(deadline=None)
@given(data=st.data(), count=st.integers(6, 30))
def test_it_is_found_where_a_line_is_missing_or_said_twice(data: st.DataObject, count: int) -> None:
    """To the line, where its neighbours are of other lengths."""
    steps = data.draw(st.lists(st.sampled_from([0.35, 3.0]), min_size=count, max_size=count))
    expected = [(1.0 + at % 2 * 2.5) + step * 0.01 for at, step in enumerate(steps)]
    at = data.draw(st.integers(1, count - 2))
    without = [*expected[:at], *expected[at + 1 :]]
    wrong = [pair for pair in matched(without, expected) if not pair.whole]
    assert [pair.piece for pair in wrong] == [None]
    # of two lines of one length beside each other, nobody can tell which is missing
    assert abs((wrong[0].line or 0) - at) <= 1
    twice = [*expected[: at + 1], *expected[at:]]
    wrong = [pair for pair in matched(twice, expected) if not pair.whole]
    assert [pair.line for pair in wrong] == [None]
    assert wrong[0].piece in (at, at + 1)


def test_nothing_beside_nothing() -> None:
    """A take without a voice lacks every line."""
    assert matched([], [1.0, 2.0]) == [Pair(0, None), Pair(1, None)]
    assert matched([1.0], []) == [Pair(None, 0)]
