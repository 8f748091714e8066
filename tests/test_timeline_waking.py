"""Sounds that wake headphones: before what follows a long silence, and nowhere else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rehearsal import length_of, of_kind, timeline

from voiceguide.errors import Place
from voiceguide.lengths import in_seconds, samples
from voiceguide.sequence import Chime, EventKind, Words
from voiceguide.timeline import Event, Timeline
from voiceguide.timeline.layout import wakes as waking

HERE = Place("test.md", 1)
HOLD = "- hold {seconds}s\n  - last 5s: Come back.\n"


def wakes(events: Timeline) -> list[Event]:
    return [event for event in of_kind(events, "chime") if event.text == "wake"]


def silence_before(event: Event, events: Timeline) -> int:
    ends = [e.end for e in events.events if e.source and e.position < event.position]
    return event.position - max(ends, default=0)


def test_a_wake_sound_comes_half_a_second_before_what_follows_a_long_silence() -> None:
    """The words at the end of a long hold find the headphones awake."""
    events = timeline(HOLD.format(seconds=60), countdown=0, halfway=False)
    [wake] = wakes(events)
    [words] = [event for event in events.events if event.text == "Come back."]
    assert words.position - wake.position == samples(0.5)
    assert wake.source == Chime("bowl-wake")
    assert wake.length == length_of(Chime("bowl-wake"))


@pytest.mark.parametrize(("seconds", "count"), [(19, 0), (45, 1)])
def test_only_a_silence_of_more_than_twenty_seconds_needs_one(seconds: int, count: int) -> None:
    """Short holds stay as they were."""
    events = timeline(HOLD.format(seconds=seconds), countdown=0, halfway=False)
    assert len(wakes(events)) == count


def test_a_silence_of_just_twenty_seconds_needs_none() -> None:
    """A sample more does."""
    sounds = [Event(n, 0, EventKind.SAY, "a", HERE, source=Words("a")) for n in (0, samples(20))]
    for late, count in ((0, 0), (1, 1)):
        events = [sounds[0], replace(sounds[1], position=samples(20) + late)]
        assert len([*waking(events, Chime("bowl-wake"), 100)]) == count


def test_every_long_silence_has_its_own() -> None:
    """Each of them, and nothing else, in whatever is done."""
    text = "- hold 3 min, each side\n  Kneel.\n  - every 40s: Breathe.\n- pause 30s\n- hold 20s\n"
    events = timeline(text)
    woken = {wake.position + samples(0.5) for wake in wakes(events)}
    sounding = [event for event in events.events if event.source and event.text != "wake"]
    late = {event.position for event in sounding if silence_before(event, events) > samples(20)}
    silences = {
        event.position for event in sounding if _silence_without_wakes(event, events) > samples(20)
    }
    assert woken == silences
    assert late == set()
    assert len(woken) >= 6


def _silence_without_wakes(event: Event, events: Timeline) -> int:
    before = (e for e in events.events if e.source and e.text != "wake")
    return event.position - max((e.end for e in before if e.position < event.position), default=0)


def test_a_bed_keeps_headphones_awake() -> None:
    """Under a bed there is no silence, and nothing to wake from."""
    text = "---\nbed: rain\n---\n" + HOLD.format(seconds=60)
    assert not wakes(timeline(text, countdown=0, halfway=False))


@pytest.mark.parametrize("chimes", ["chimes: none", "chimes:\n  wake: none"])
def test_it_can_be_silenced(chimes: str) -> None:
    """With all chimes, or alone."""
    text = f"---\n{chimes}\n---\n" + HOLD.format(seconds=60)
    assert not wakes(timeline(text, countdown=0, halfway=False))


def test_the_length_of_a_session_does_not_know_of_it() -> None:
    """A wish is met to the sample all the same, and every hold is as long as without."""
    text = "Sit.\n\n- hold 1-3 min, 2 rounds, rest 20-40s\n  Breathe.\n"
    with_it = timeline(text, wish=300.0)
    without = timeline(text, wish=300.0, wake=False)
    assert in_seconds(with_it.length) == 300.0
    assert wakes(with_it)
    assert [e for e in with_it.events if e.text != "wake"] == list(without.events)
