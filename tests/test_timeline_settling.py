"""The mood `wind down`: levels fall, words come slower, and what is timed stays as it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsal import of_kind, timeline

from voiceguide.lengths import samples
from voiceguide.sequence import MOST_SLOWNESS, SLOWNESS_STEP, Words
from voiceguide.timeline import Settling, Timeline

TEXT = """
    ---
    mood: wind down
    bed: rain
    ---
    Lie down. Close your eyes.

    - hold 2 min, each side
      Let the {left|right} leg be heavy.
      - every 30s: Soften.

    - 6 breaths

    Let go of the day. Rest.
"""


def plain(text: str) -> Timeline:
    return timeline(text.replace("mood: wind down", "mood: none"), lead_out=12.0)


def test_levels_fall_and_never_rise() -> None:
    """From zero to four decibels less for the voice, eight for chimes; what is silent has none."""
    events = timeline(TEXT)
    spoken = [event.level for event in events.events if isinstance(event.source, Words)]
    struck = [event.level for event in of_kind(events, "chime")]
    assert spoken[0] == 0.0
    assert -4.0 <= spoken[-1] <= -3.5
    assert -8.0 <= struck[-1] <= -7.0
    assert all(
        later <= earlier for levels in (spoken, struck) for earlier, later in pairwise(levels)
    )
    assert {event.level for event in events.events if not event.source} == {0.0}


def test_without_the_mood_levels_stay() -> None:
    """Every other session is as loud at its end as at its start."""
    events = plain(TEXT)
    assert {event.level for event in events.events} == {0.0}
    assert events.settling is None


def test_words_come_slower_further_down() -> None:
    """By where they are written, so that what is said again is the same again."""
    eases = {
        event.source.text: event.source.slowness
        for event in timeline(TEXT).events
        if isinstance(event.source, Words)
    }
    assert eases["Lie down."] == 0
    assert eases["Rest."] == MOST_SLOWNESS
    written = ("Lie down.", "Let the left leg be heavy.", "Soften.", "Let go of the day.", "Rest.")
    in_order = [eases[text] for text in written]
    assert in_order == sorted(in_order)
    assert eases["Let the left leg be heavy."] == eases["Let the right leg be heavy."]
    assert MOST_SLOWNESS * SLOWNESS_STEP <= 0.12


def test_what_is_timed_stays_as_it_is() -> None:
    """A hold of two minutes lasts two minutes, and a breath its ten seconds."""
    kinds = ("hold", "rep", "change", "ready")
    wound, plainly = timeline(TEXT), plain(TEXT)
    assert [e.length for e in of_kind(wound, *kinds)] == [
        e.length for e in of_kind(plainly, *kinds)
    ]
    assert wound.length > plainly.length


@pytest.mark.parametrize(
    ("front", "seconds"),
    [("mood: wind down", 12), ("mood: wind down\nlead out: 2s", 2), ("mood: none", 4)],
)
def test_the_end_is_long_and_soft(front: str, seconds: int) -> None:
    """Twelve seconds after the last chime, where the routine does not say."""
    events = timeline(f"---\n{front}\n---\nRest.\n")
    last = max(event.end for event in events.events if event.source)
    assert abs(events.length - last - samples(seconds)) <= 1152


@pytest.mark.parametrize("wish", [420.0, 421.5, 455.25])
def test_a_length_can_be_wished_for_all_the_same(wish: float) -> None:
    """Exactly, and the levels follow it."""
    text = TEXT.replace("hold 2 min", "hold 2-4 min")
    events = timeline(text, wish=wish)
    assert events.duration == wish
    assert events.settling == Settling(events.length)


def test_a_routine_of_nothing_but_its_front_matter_has_a_mood_too() -> None:
    """The closing words stand alone."""
    assert timeline("---\nmood: wind down\n---\n- chime\n").events


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_levels_are_bounded(length: int, share: float) -> None:
    """Between nothing and the most, wherever one looks, beyond the ends too."""
    settling = Settling(length)
    for position in (-5, round(share * length), 2 * length):
        assert -settling.voice <= settling.of_voice(position) <= 0
        assert -settling.chime <= settling.of_chime(position) <= settling.of_voice(position)
        assert -settling.bed <= settling.of_bed(position) <= 0
