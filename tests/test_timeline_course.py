"""A session that is being played: what has begun stays, and the rest is planned anew."""

from __future__ import annotations

import gc
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rehearsal import length_of, of_kind, routine, settings, timeline

from voiceguide.languages import phrases
from voiceguide.lengths import in_seconds, samples
from voiceguide.sequence.steps import unroll
from voiceguide.sequence.unroller import as_people_say
from voiceguide.timeline import Event, LivePlan, Timeline, UnreachableLengthError, begin
from voiceguide.timeline.layout import GRID

TEXT = """
    Lie down. Let everything go. Take your time with it.

    ## First

    - hold 30-90s, each side
      Kneel on your {left|right} knee.
      - half: Soften.
      - at 10s: Breathe.
      - last 5s: count down

    - 4-12 reps, lift 2s, lower 2s

    ## Second

    - hold 20-60s, optional
      Sit.

    - hold 60-180s
      Rest on your back.
      - every 20s: Let go. | Be still.

    Thank you.
"""


PLAIN: dict[str, Any] = {"countdown": 0, "halfway": False, "wake": False}


def course(text: str = TEXT, *, wish: float | None = None, **changes: Any) -> LivePlan:
    parsed = routine(text)
    asked = settings(parsed, **changes)
    ask = partial(unroll, parsed, asked, phrases("en", asked.phrases))
    target = None if wish is None else samples(wish)
    return begin(ask, length_of, point=asked.point, wish=target)


def before(events: Timeline, position: int) -> list[Event]:
    """What sounds until then, but for wake sounds: those belong to what comes after them."""
    sounding = (event for event in events.events if event.source and event.text != "wake")
    return [event for event in sounding if event.position <= position]


def holds(events: Timeline) -> list[Event]:
    return of_kind(events, "hold")


def span(events: Timeline, text: str) -> Event:
    return next(event for event in events.events if event.text == text)


# ── the whole ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wish", [None, 400.0])
def test_a_course_begins_as_the_timeline(wish: float | None) -> None:
    """What is played live is what would be exported."""
    assert course(wish=wish).timeline == timeline(TEXT, wish=wish)


@hypothesis_settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1))
def test_the_rest_is_fitted_and_what_has_begun_stays(at: float, share: float) -> None:
    """At any moment, to any length: the past to the sample, the end where it was wished for."""
    first = course(wish=420.0)
    position = round(at * first.timeline.length)
    wish = round((0.5 + share) * first.timeline.length)
    second = first.refitted(position, wish)
    assert before(second.timeline, position) == before(first.timeline, position)
    shortest = first.refitted(position, 0).timeline.length
    longest = first.refitted(position, samples(3600)).timeline.length
    assert shortest <= second.timeline.length <= longest
    if second.timeline.length != wish:
        nearer = abs(second.timeline.length - wish)
        assert nearer <= min(abs(shortest - wish), abs(longest - wish))
    assert not second.timeline.problems


def test_the_same_length_again_is_the_same_course() -> None:
    """Planning anew changes nothing where nothing has changed."""
    first = course(wish=420.0)
    again = first.refitted(samples(60), samples(420))
    assert again.timeline.length == first.timeline.length
    assert [e.text for e in again.timeline.events] == [e.text for e in first.timeline.events]
    moved = zip(again.timeline.events, first.timeline.events, strict=True)
    assert max(abs(a.position - b.position) for a, b in moved) <= samples(0.5)


def test_both_sides_stay_equal() -> None:
    """Time that was lost on the left side is not taken from the right one."""
    first = course(wish=420.0)
    left = holds(first.timeline)[0]
    second = first.refitted(left.position + samples(5), samples(360))
    assert second.timeline.duration == 360.0
    one, other, *_ = holds(second.timeline)
    assert one.length == other.length == left.length


def test_what_has_not_begun_gives_the_time() -> None:
    """A minute was lost in the middle, and the session ends when it was meant to."""
    first = course(wish=420.0)
    late = holds(first.timeline)[1]
    second = first.refitted(late.position, samples(360))
    assert second.timeline.duration == 360.0
    assert holds(second.timeline)[-1].length < holds(first.timeline)[-1].length


def test_an_optional_step_is_left_out_where_time_is_short() -> None:
    """And only while it has not begun."""
    first = course(wish=480.0)
    assert "Sit." in [event.text for event in first.timeline.events]
    early = first.refitted(samples(30), 0)
    assert "Sit." not in [event.text for event in early.timeline.events]
    begun = span(first.timeline, "Sit.").position
    assert "Sit." in [e.text for e in first.refitted(begun, 0).timeline.events]


def test_an_optional_step_comes_back_where_there_is_time() -> None:
    """What was left out for want of time is taken in again, before its place is past."""
    short = course(wish=course().refitted(0, 0).timeline.duration)
    assert "Sit." not in [event.text for event in short.timeline.events]
    longer = short.refitted(samples(20), samples(500))
    assert "Sit." in [event.text for event in longer.timeline.events]


def test_reps_that_have_begun_are_not_counted_again() -> None:
    """With the fifth rep spoken, there are at least five, and none twice."""
    first = course(wish=420.0)
    fifth = of_kind(first.timeline, "rep")[4]
    fewest = of_kind(first.refitted(fifth.position + 1, 0).timeline, "rep")
    assert 5 <= len(fewest) <= len(of_kind(first.timeline, "rep"))
    assert fewest[:5] == of_kind(first.timeline, "rep")[:5]


def test_a_length_that_is_said_stays_true() -> None:
    """Where words name a hold's length, no hold changes: pauses and counts alone do."""
    text = "- hold 30-90s, each side\n  Hold for {hold}.\n- hold 60-120s\n  Now {hold}.\n"
    first = course(text, wish=300.0)
    second = first.refitted(holds(first.timeline)[0].position, samples(200))
    assert [e.length for e in holds(second.timeline)] == [e.length for e in holds(first.timeline)]
    assert [e.text for e in second.timeline.events] == [e.text for e in first.timeline.events]


@pytest.mark.parametrize("collects", [True, False])
def test_planning_leaves_the_collector_as_it_was(collects: bool) -> None:
    """It is paused while a session is planned, and on afterwards only where it was on before."""
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        course()
        assert gc.isenabled() is collects
    finally:
        (gc.enable if was else gc.disable)()


# ── ten seconds more ─────────────────────────────────────────────────────────

MORE = samples(10)


@pytest.mark.parametrize("into", [1.0, 12.0, 20.0, 35.0, 41.0])
def test_ten_seconds_more(into: float) -> None:
    """The hold is ten seconds longer, and all that follows comes ten seconds later."""
    first = course(wish=420.0, halfway=False)
    hold = holds(first.timeline)[0]
    position = hold.position + samples(into)
    second = first.lengthened(position, MORE)
    assert second
    longer = holds(second.timeline)[0]
    assert longer.length == hold.length + MORE
    assert second.timeline.length == first.timeline.length + MORE
    assert before(second.timeline, position) == before(first.timeline, position)
    after = [e for e in second.timeline.events if e.position >= longer.end]
    expected = [e for e in first.timeline.events if e.position >= hold.end]
    assert [e.text for e in after] == [e.text for e in expected]
    later = [b.position - a.position for a, b in zip(expected, after, strict=True)]
    assert max(abs(late - MORE) for late in later) <= GRID
    assert not second.timeline.problems


def test_what_was_said_in_the_hold_is_not_said_again() -> None:
    """`half` that has been spoken stays; a count-down that has not comes before the new end."""
    first = course(wish=420.0, halfway=False)
    hold = holds(first.timeline)[0]
    second = first.lengthened(hold.position + hold.length // 2 + samples(2), MORE)
    assert second
    longer = holds(second.timeline)[0]
    inside = [e for e in second.timeline.events if hold.position <= e.position < longer.end]
    assert [e.text for e in inside].count("Soften.") == 1
    one = next(event for event in inside if event.text == "One.")
    assert longer.end - one.position == samples(1)


def test_every_goes_on_as_it_began() -> None:
    """The points of `every` stay, and new ones come in the time that was won."""
    first = course("- hold 50s\n  - every 20s: Let go.\n", countdown=0, halfway=False)
    hold = holds(first.timeline)[0]
    second = first.lengthened(hold.position + samples(30), samples(20))
    assert second
    said = [e.position - hold.position for e in of_kind(second.timeline, "say")][:3]
    assert said == [samples(20), samples(40), samples(60)]


def test_more_and_more() -> None:
    """It can be asked for again, in the same hold and in a rest, and the rest still be fitted."""
    text = TEXT.replace("each side\n", "each side, rest 20s\n")
    first = course(text, wish=500.0, halfway=False)
    hold = holds(first.timeline)[0]
    second = first.lengthened(hold.position + samples(5), MORE)
    assert second
    third = second.lengthened(hold.position + samples(9), MORE)
    assert third
    assert holds(third.timeline)[0].length == hold.length + 2 * MORE
    fitted = third.refitted(hold.position + samples(9), samples(500))
    assert fitted.timeline.duration == 500.0
    assert holds(fitted.timeline)[0].length == hold.length + 2 * MORE


def test_where_nothing_is_timed_there_is_nothing_to_lengthen() -> None:
    """In the middle of words, before the start and after the end."""
    first = course()
    assert first.lengthened(samples(1.2), MORE) is None
    assert first.lengthened(0, MORE) is None
    assert first.lengthened(first.timeline.length + 5, MORE) is None


def test_a_session_of_nothing_but_a_rest_can_be_lengthened_until_its_end() -> None:
    """From its first sample to its last, and no longer once it is over."""
    first = course("- rest 20s\n", finish=False, lead_in=1.0, **PLAIN)
    [rest] = of_kind(first.timeline, "rest")
    for position in (rest.position, rest.end - 1):
        longer = first.lengthened(position, MORE)
        assert longer
        assert of_kind(longer.timeline, "rest")[0].length == rest.length + MORE
    assert first.lengthened(rest.position - 1, MORE) is None
    assert first.lengthened(rest.end, MORE) is None


@hypothesis_settings(max_examples=40)
@given(st.floats(0, 1), st.integers(1, samples(120)))
def test_lengthening_keeps_the_past(at: float, more: int) -> None:
    """At any moment, by any time."""
    first = course(wish=420.0)
    position = round(at * first.timeline.length)
    second = first.lengthened(position, more)
    if second:
        assert second.timeline.length == first.timeline.length + more
        assert before(second.timeline, position) == before(first.timeline, position)
        assert in_seconds(second.timeline.length) > 420


@pytest.mark.parametrize("wish", [20.0, 99_999.0, 55.0, 61.0, 65.0])
def test_a_length_that_cannot_be_met_becomes_the_nearest(wish: float) -> None:
    """Too short, too long, and between two counts: no length that can be met is nearer."""
    text = "- 1-2 times\n  - hold 30s\n"
    plan = course(text, **PLAIN)
    found = plan.refitted(0, samples(wish)).timeline.length
    can = []
    for tenths in range(300, 900, 5):
        with suppress(UnreachableLengthError):
            can.append(course(text, wish=tenths / 10, **PLAIN).timeline.length)
    assert len(can) < 100
    assert abs(found - samples(wish)) <= min(abs(length - samples(wish)) for length in can)


@hypothesis_settings(max_examples=15)
@given(st.floats(0.05, 0.9), st.floats(0.6, 1.4))
@example(0.5, 1.2890625)
def test_what_is_still_to_be_said_of_the_time_follows_a_new_length(at: float, by: float) -> None:
    """And what has been said stays as it was."""
    text = "You have {remaining}.\n\n- hold 1-9 min\n\nStill {remaining}.\n\n- hold 20s-5min\n\n"
    first = course(f"{text}And {{remaining}}.\n\n- hold 10-90s\n", wish=480.0, **PLAIN)
    position = round(at * first.timeline.length)
    second = first.refitted(position, round(by * first.timeline.length))
    assert before(second.timeline, position) == before(first.timeline, position)
    said = [event for event in of_kind(second.timeline, "say") if event.position > position]
    for event in said:
        left = (second.timeline.length - event.position) / 48_000
        # between two roundings, either name may take so long to say that the other one is right
        near = {phrases("en").length(as_people_say(left + more)) for more in (-1, 0, 1)}
        counted = ("have", "Still", "And")
        if str(event.text).startswith(counted):
            assert any(name in str(event.text) for name in near)
