"""Exact time: positions, cues, the fit to a length, and the proof of it over random routines."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsal import at, length_of, of_kind, routine, settings, timeline, told

from voiceguide.languages import phrases
from voiceguide.lengths import in_seconds, samples
from voiceguide.sequence import Choices, Sequence
from voiceguide.sequence.steps import unroll
from voiceguide.timeline import Timeline, UnreachableLengthError, bounds, schedule
from voiceguide.timeline.fit import (
    Elastic,
    Pause,
    Shape,
    apportion,
    at_point,
    nearest_to_length,
    round_shares,
    to_length,
)

PLAIN: dict[str, Any] = {"countdown": 0, "halfway": False, "wake": False}


# ── positions ────────────────────────────────────────────────────────────────


def test_lead_in_and_lead_out() -> None:
    """The first sound waits for the lead-in; the lead-out follows the last sound's end."""
    events = timeline("Go.\n", lead_in=1.5, lead_out=6.0)
    assert at(events.events[0]) == 1.5
    last = events.events[-1]
    assert last.text == "finish"
    assert events.length == last.end + samples(6.0)


def test_pauses_end_on_the_grid_and_nothing_adds_up() -> None:
    """Words after a pause begin on a grid of 24 ms, at most half of it from where they should."""
    text = "One. Two two. Three three three.\n\n- hold 10.01s\n  Four.\n\nFive. Six.\n"
    says = of_kind(timeline(text, lead_in=0.123, **PLAIN), "say")
    assert [say.position % 1152 for say in says[1:-1]] == [0] * (len(says) - 2)
    last = timeline(text, lead_in=0.123, lead_out=6.0, **PLAIN)
    assert last.length == last.events[-1].end + samples(6.0)
    pauses = [b.position - a.end for a, b in pairwise(says) if a.text in ("One.", "Five.")]
    assert all(abs(in_seconds(pause) - 0.7) <= 0.024 for pause in pauses)


def test_a_single_length_is_exact() -> None:
    """`hold 30s` is thirty seconds from chime to chime, to the sample."""
    events = timeline("- hold 30s\n  Kneel down.\n", **PLAIN)
    [hold] = of_kind(events, "hold")
    start, end, _ = of_kind(events, "chime")
    assert (start.position, end.position) == (hold.position, hold.end)
    assert hold.length == 30 * 48_000


def test_a_tag_takes_the_place_of_the_pause() -> None:
    """`[3s]` is three seconds between the words, no pause added."""
    events = timeline("One two. [3s] Three.\n")
    first, silence, second = events.events[:3]
    assert (silence.position, silence.end) == (first.end, second.position)


def test_blank_line_is_a_longer_pause() -> None:
    """Paragraphs are further apart than sentences."""
    one, two, three = timeline("One. Two.\n\nThree.\n").events[:3]
    assert three.position - two.end > two.position - one.end > 0


def test_chapters_begin_shortly_before_their_first_sound() -> None:
    """A phone that jumps a little late still plays the first word."""
    events = timeline("Hello.\n\n## One\n\nFirst.\n\n## Two\n\n- hold 10s\n")
    by_chapter = {e.chapter: e for e in reversed(events.events)}
    for index, chapter in list(enumerate(events.chapters))[1:]:
        assert by_chapter[index].position - chapter.position == samples(0.5)


def test_the_words_before_the_first_heading_are_a_chapter_at_zero() -> None:
    """It bears the session's title; without such words the first heading is at zero."""
    events = timeline("# Hips\n\nHello.\n\n## One\n\nFirst.\n")
    assert [(c.title, c.level) for c in events.chapters] == [("Hips", 1), ("One", 1)]
    assert events.chapters[0].position == 0
    alone = timeline("## One\n\nFirst.\n")
    assert [(c.title, c.position) for c in alone.chapters] == [("One", 0)]
    assert timeline("Only words.\n").chapters == ()


def test_a_chapter_in_which_nothing_happens_begins_where_it_stands() -> None:
    """Between two others, and at the very end: no heading is lost, and none moves backwards."""
    text = "## One\n\nFirst.\n\n## Two\n\n## Three\n\nThird.\n\n## Four\n"
    events = timeline(text, finish=False, **PLAIN)
    assert [chapter.title for chapter in events.chapters] == ["One", "Two", "Three", "Four"]
    positions = [chapter.position for chapter in events.chapters]
    assert positions == sorted(positions)
    third = next(event for event in events.events if event.text == "Third.")
    assert positions[1] == positions[2] == third.position - samples(0.5)
    assert third.end <= positions[3] <= events.length


def test_samples_that_find_no_other_place_go_to_the_end() -> None:
    """Three equal segments and no pause at all: a sample more is a sample more of silence."""
    text = "- ready 5s, jog 10-20s, 3 rounds\n"
    changes = {**PLAIN, "finish": False}
    whole = timeline(text, wish=67.0, **changes)
    for more in (1, 2, 3):
        events = timeline(text, wish=67.0 + more / 48_000, **changes)
        assert events.length == whole.length + more
        jogs = of_kind(events, "segment")
        assert {jog.length for jog in jogs} == {of_kind(whole, "segment")[0].length + more // 3}
        assert events.length - jogs[-1].end == samples(2.0) + samples(4.0) + more % 3


def test_spans_of_reps() -> None:
    """`reps` spans its reps, each `rep` its phases."""
    events = timeline("- 3 reps, lift 2s, lower 3s\n")
    [reps] = of_kind(events, "reps")
    each = of_kind(events, "rep")
    assert [in_seconds(rep.length) for rep in each] == [5.0] * 3
    assert reps.position == each[0].position
    assert reps.end == each[-1].end
    assert [rep.rep for rep in each] == [1, 2, 3]


def test_level_is_one_point_in_every_range() -> None:
    """Gentle, standard and strong are the low end, the middle and the high end."""
    text = "- hold 30-60s\n- 4-6 times\n  - hold 10-20s\n"
    for point, first, times, second in ((0.0, 30, 4, 10), (0.5, 45, 5, 15), (1.0, 60, 6, 20)):
        holds = [in_seconds(e.length) for e in of_kind(timeline(text, point=point), "hold")]
        assert holds == [first, *[second] * times]


def test_a_breath_is_as_long_as_the_setting_says() -> None:
    """`hold 5 breaths` takes five times the breath."""
    text = "---\nbreath: 3 in, 5 out\n---\n- hold 5 breaths\n"
    [hold] = of_kind(timeline(text), "hold")
    assert in_seconds(hold.length) == 40.0


# ── cues ─────────────────────────────────────────────────────────────────────


def onsets(events: Timeline, hold: int = 0) -> dict[str, float]:
    """Seconds into the hold at which each text in it sounds."""
    it = of_kind(events, "hold")[hold]
    inside = [e for e in events.events if it.position <= e.position < it.end and e.text]
    return {str(e.text): in_seconds(e.position - it.position) for e in inside}


def test_cues_sound_on_their_moment() -> None:
    """Half in the middle, `at` after the start, `last` before the end, numbers on their second."""
    text = """
        - hold 60s
          - start: Sink.
          - at 10s: Breathe.
          - half: Halfway there.
          - last 12s: Almost done.
          - last 5s: count down
    """
    assert onsets(timeline(text)) == {
        "start": 0.0,
        "Sink.": 0.9,
        "Breathe.": 10.0,
        "Halfway there.": 30.0,
        "Almost done.": 48.0,
        "Five.": 55.0,
        "Four.": 56.0,
        "Three.": 57.0,
        "Two.": 58.0,
        "One.": 59.0,
    }


def test_zero_has_its_chime() -> None:
    """The end chime is struck one second after `One.`"""
    events = timeline("- hold 30s\n")
    one = next(e for e in events.events if e.text == "One.")
    end = next(e for e in events.events if e.text == "end")
    assert end.position - one.position == samples(1.0)


def test_a_rest_that_is_counted_down_has_a_chime_at_zero() -> None:
    """A rest of its own takes cues, and rings where it counts down."""
    happens = told(timeline("- rest 20s\n  - last 3s: count down\n", phrases={"finish": ""}))
    assert happens[-5:] == ["count Three.", "count Two.", "count One.", "chime end", "chime finish"]


def test_every_comes_at_every_point_in_turn() -> None:
    """`every 10s` in a hold of 35 s comes at 10, 20 and 30 s, its texts in turn."""
    text = "- hold 35s\n  - every 10s: Soften. | Let go.\n"
    hold = timeline(text, **PLAIN)
    says = [(in_seconds(e.position), e.text) for e in of_kind(hold, "say")[:3]]
    assert [text for _, text in says] == ["Soften.", "Let go.", "Soften."]
    assert [round(b[0] - a[0], 6) for a, b in pairwise(says)] == [10, 10]


def test_built_in_marks() -> None:
    """Holds of 40 s and more have a halfway mark, and all are counted down."""
    assert list(onsets(timeline("- hold 40s\n"))) == ["start", "Halfway.", "Three.", "Two.", "One."]
    assert list(onsets(timeline("- hold 19s\n"))) == ["start", "Three.", "Two.", "One."]
    long = onsets(timeline("- hold 39s\n", wake=False))
    assert list(long) == ["start", "Three.", "Two.", "One."]


def test_built_in_marks_give_way() -> None:
    """A cue of the author's beats the built-in count-down, and a short hold has none."""
    own = timeline("- hold 20s\n  - last 4s: Get ready to come out of it slowly.\n")
    assert list(onsets(own)) == ["start", "Get ready to come out of it slowly."]
    assert not own.problems
    assert list(onsets(timeline("- hold 3s\n"))) == ["start"]


def test_a_countdown_asked_for_keeps_the_numbers_that_have_room() -> None:
    """`countdown: 5` that meets a cue is counted from where the cue is over."""
    text = "---\ncountdown: 5\n---\n- hold 20s\n  - last 6s: Now come out of it.\n"
    events = timeline(text)
    assert not events.problems
    assert list(onsets(events))[1:] == ["Now come out of it.", "Three.", "Two.", "One."]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "- hold 10s\n  - half: a b c d e f g h i j k l m n o.\n",
            2,
            "`half` takes 6s, but there is 5s until the hold ends",
        ),
        (
            "- hold 30s\n  - at 10s: a b c d e f g h i j.\n  - at 12s: Soften.\n",
            2,
            "`at 10s` takes 4s, but there is 2s until the next cue",
        ),
        (
            "- hold 30s\n  - every 5s: a b c d e f g h i j k l m n o.\n",
            2,
            "`every 5s` takes 6s, but there is 5s until the next cue (5 times, first at 0:01)",
        ),
        (
            "- hold 30-60s\n  - at 50s: Soften.\n",
            2,
            "`at 50s` lies outside the hold of 45s",
        ),
        (
            "- hold 30-60s\n  - last 50s: Soften.\n",
            2,
            "`last 50s` lies outside the hold of 45s",
        ),
        (
            "- 3 reps, every 2s\n  - half: a b c d e f.\n",
            2,
            "`half` takes 2.4s, but there is 2s until the rep ends",
        ),
    ],
)
def test_cues_that_do_not_fit(text: str, line: int, message: str) -> None:
    """What does not fit is a problem with the line, the words' length and the time there is."""
    problems = timeline(text, **PLAIN).problems
    assert (problems[0].line, problems[0].message) == (line, message)
    assert problems[0].help


@pytest.mark.parametrize(
    ("dose", "said"),
    [
        ("20 reps, alternate sides, lift 1s, lower 1s", ["One, left.", "Two, right."]),
        ("5 reps, alternate sides, lift 500ms, lower 1s", ["One.", "Two."]),
        ("5 breaths, in 1s, hold 500ms, in 500ms, out 3s", ["One, in.", "Two, in."]),
        ("12 reps, lift 300ms, lower 300ms", ["Five.", "Ten."]),
    ],
)
def test_what_the_program_says_always_fits(dose: str, said: list[str]) -> None:
    """In full, without the side, the number alone, every fifth rep alone: and never a problem."""
    events = timeline(f"- {dose}\n", **PLAIN)
    assert not events.problems
    assert [event.text for event in of_kind(events, "count")][:2] == said
    reps = of_kind(events, "rep")
    for event in of_kind(events, "count"):
        around = next(rep for rep in reps if rep.position <= event.position < rep.end)
        assert event.end <= around.end


def test_breaths_are_told_apart_with_eyes_closed() -> None:
    """From the third on in rises, hold stays, out falls; `phase words: always` keeps the words."""
    events = timeline("- 4 breaths, in 4s, hold 2s, out 6s\n", **PLAIN)
    tones = [event.text for event in of_kind(events, "chime") if event.rep == 3]
    assert tones == ["breath_in", "breath_hold", "breath_out"]
    words = timeline("- 4 breaths, in 4s, hold 2s, out 6s\n", phase_words=True, **PLAIN)
    assert [e.text for e in words.events if e.rep == 4 and e.text] == ["Four, in.", "Hold.", "Out."]


def test_a_problem_in_every_round_is_one_problem() -> None:
    """The same cue on six passes is told once, with how often and when first."""
    text = "- hold 10s, each side, 3 rounds\n  - half: a b c d e f g h i j k l m n o.\n"
    [problem] = timeline(text, **PLAIN).problems
    assert problem.message.endswith("until the hold ends (6 times, first at 0:03)")


def test_an_elastic_hold_leaves_out_a_last_point_without_room() -> None:
    """Nobody can foresee where the last `every` of a range falls; in an exact hold it must fit."""
    words = "a b c d e f g h i j."
    elastic = timeline(f"- hold 20-42s\n  - every 10s: {words}\n", point=1.0, **PLAIN)
    assert not elastic.problems
    assert len(of_kind(elastic, "say")) == 3 + 1
    exact = timeline(f"- hold 42s\n  - every 10s: {words}\n", **PLAIN)
    assert [p.message for p in exact.problems] == [
        "`every 10s` takes 4s, but there is 2s until the hold ends"
    ]


# ── the fit ──────────────────────────────────────────────────────────────────

STRETCHES = """
    Welcome. This is calm.

    - hold 30-60s, each side, 2-3 rounds, rest 10-15s
      Kneel on your {left|right} knee. Hold for {hold}.
    - 4-6 times
      Tuck under.
      - hold 10-20s
    - 8-12 reps
      Lift.
    - hold 1-3 min
      Lie down.
"""


@pytest.mark.parametrize("minutes", [7, 7.5, 8, 9, 9.123, 10, 11, 12, 13])
def test_the_length_is_met_to_the_sample(minutes: float) -> None:
    """Shorter and longer both work, and every range keeps its bounds."""
    events = timeline(STRETCHES, wish=minutes * 60)
    assert events.length == samples(minutes * 60)
    holds = of_kind(events, "hold")
    assert len({h.length for h in holds if h.side}) == 1
    assert all(30 <= in_seconds(h.length) <= 60 for h in holds if h.side)


def test_said_lengths_are_the_lengths_chosen() -> None:
    """`{hold}` says what the fit chose, to the second."""
    events = timeline(STRETCHES, wish=600)
    hold = next(e for e in of_kind(events, "hold") if e.side)
    said = next(e.text for e in events.events if e.text and e.text.startswith("Hold for"))
    assert said == f"Hold for {phrases('en').length(in_seconds(hold.length))}."


def test_equal_counts_rise_one_by_one() -> None:
    """Between the points at which whole counts jump, no length is lost."""
    text = "- 2-4 times\n  - hold 10s\n" * 3
    shortest = timeline(text, point=0.0).length
    longest = timeline(text, point=1.0).length
    for more in range(0, 60_000_000, 2_345_678):
        wish = in_seconds(shortest) + in_seconds(more)
        if samples(wish) <= longest:
            assert timeline(text, wish=wish).length == samples(wish)


def test_counts_rise_in_the_order_in_which_rounding_would_raise_them() -> None:
    """A count of many steps is raised first; of two alike, the one that is written first."""
    text = "- 2-8 reps, lift 5s\n\n- 1-2 times\n  - hold 5s\n\n- 1-2 times\n  - hold 5s\n"
    counts = []
    for wish in range(70, 130):
        try:
            events = timeline(text, wish=float(wish), **PLAIN)
        except UnreachableLengthError:
            continue
        reps, holds = of_kind(events, "rep"), of_kind(events, "hold")
        middle = of_kind(events, "reps")[0].end
        counts.append((len(reps), sum(hold.position > middle for hold in holds)))
    assert counts == sorted(counts)
    assert {row for row in counts if row[0] < 5} <= {(2, 2), (3, 2), (4, 2)}
    assert all(holds == 4 for reps, holds in counts if reps > 5)


def test_optional_steps_go_last_first_where_time_is_short() -> None:
    """As many stay as fit."""
    text = "- hold 60s, optional\n- hold 20s, optional\n- hold 30s\n"
    whole = timeline(text, **PLAIN).duration
    for shorter, left in ((0.5, [60, 20, 30]), (20, [60, 30]), (80, [30])):
        events = timeline(text, wish=whole - shorter, **PLAIN)
        assert [in_seconds(e.length) for e in of_kind(events, "hold")] == left


def test_an_optional_step_is_left_out_where_only_then_the_length_is_met() -> None:
    """There is time for it, but no number of rounds that would fit with it."""
    without = timeline("- 2 times\n  - hold 100s\n", **PLAIN)
    text = "- 1-3 times\n  - hold 100s\n\n- hold 30s, optional\n"
    fitted = timeline(text, wish=without.duration, **PLAIN)
    assert [in_seconds(hold.length) for hold in of_kind(fitted, "hold")] == [100, 100]


@pytest.mark.parametrize(
    "step",
    [
        "- 2-5 times, optional\n  - hold 10s\n",
        "- hold 20-40s, 2-4 rounds, optional\n",
        "- hold 30-90s, optional\n  Hold for {hold}.\n",
    ],
)
def test_no_step_is_left_out_where_low_ends_are_enough(step: str) -> None:
    """With the fewest rounds, the shortest holds and the words that belong to them, to the
    sample; a sample less, and pauses are shorter."""
    text = f"Sit down. Be still.\n\n{step}\n- hold 30-60s\n\n{step}\n- hold 30-60s\n"
    shortest = timeline(text, point=0.0, **PLAIN)
    fitted = timeline(text, wish=shortest.duration, **PLAIN)
    assert fitted.events == shortest.events


@pytest.mark.parametrize("point", [n / 16 for n in range(1, 16)])
def test_the_length_of_a_level_leads_to_its_counts_and_words(point: float) -> None:
    """A fit to the length that a session has at a point finds that point."""
    level = timeline(STRETCHES, point=point)
    fitted = timeline(STRETCHES, wish=level.duration)
    assert [e.text for e in fitted.events] == [e.text for e in level.events]
    moved = zip(fitted.events, level.events, strict=True)
    assert max(abs(a.length - b.length) for a, b in moved) <= 9


def test_pauses_stay_natural_where_a_hold_can_change() -> None:
    """The hold takes every sample, so that speech sounds as it should."""
    parsed = routine("One. Two. Three.\n\n- hold 30-90s\n")
    ask = partial(unroll, parsed, settings(parsed, **PLAIN), phrases("en"))
    natural = at_point(ask, length_of, 0.5)
    for wish in range(samples(65), samples(100), samples(5) + 7):
        assert to_length(ask, length_of, wish).pauses == natural.pauses


@pytest.mark.parametrize("seconds", [150.0, 210.0, 270.0])
def test_around_a_length_that_cannot_be_met_are_two_that_can(seconds: float) -> None:
    """The longest with one round less, and the shortest with one more."""
    text = "- 1-6 times\n  - hold 60s\n"
    with pytest.raises(UnreachableLengthError) as caught:
        timeline(text, wish=seconds, **PLAIN)
    below, above = caught.value.near
    assert below < samples(seconds) < above < below + samples(62)


@pytest.mark.parametrize(
    ("text", "wishes", "most"),
    [
        ("- hold 30-90s\n  Kneel.\n", range(45, 90, 9), 2),
        ("- hold 30-90s\n  Hold for {hold}.\n", range(45, 90, 9), 4),
        ("- 2-40 reps, lift 5s\n\n- 3-20 times\n  - hold 5-8s\n", range(60, 240, 13), 7),
        ("- hold 20-60s\n\n- hold 20s, optional\n", range(60, 90, 7), 3),
        ("- hold 60s, optional\n\n- hold 20s, optional\n\n- hold 30s\n", range(41, 46), 3),
    ],
)
def test_a_fit_unrolls_a_routine_a_few_times(text: str, wishes: range, most: int) -> None:
    """Whatever is the same at another point or length is not worked out again."""
    parsed = routine(text)
    ask = partial(unroll, parsed, settings(parsed, **PLAIN), phrases("en"))
    for wish in wishes:
        asked = list[Choices]()

        def asking(choices: Choices, asked: list[Choices] = asked) -> Sequence:
            asked.append(choices)
            return ask(choices)

        to_length(asking, length_of, samples(wish))
        assert len(asked) <= most


def test_no_step_is_left_out_where_shorter_holds_are_enough() -> None:
    """Four that may be left out stay, all of them at their low end."""
    text = "- hold 30-60s, optional\n" * 4 + "- hold 30-60s\n"
    shortest = timeline(text, point=0.0, **PLAIN).duration
    holds = of_kind(timeline(text, wish=shortest + 5, **PLAIN), "hold")
    assert [in_seconds(hold.length) for hold in holds] == [31.0] * 5


def test_counts_rise_by_their_own_steps() -> None:
    """`8-12` has four of them, wherever it begins: the one of `1-2` comes in their middle."""
    text = "- 8-12 reps, lift 5s\n\n- 1-2 times\n  - hold 5s\n"
    counts = []
    for wish in range(60, 110):
        try:
            events = timeline(text, wish=float(wish), **PLAIN)
        except UnreachableLengthError:
            continue
        counts.append((len(of_kind(events, "rep")), len(of_kind(events, "hold"))))
    assert {(9, 1), (10, 1), (10, 2), (11, 2)} <= set(counts)
    assert not {(9, 2), (11, 1), (12, 1)} & set(counts)


def test_of_two_counts_that_fit_the_one_nearer_to_rounding_is_taken() -> None:
    """Twice with a long hold up to as far above the middle as it then is below it three times."""
    text = "- 2-3 times\n  - hold 10s\n\n- hold 30-90s\n"
    holds: dict[int, list[float]] = {2: [], 3: []}
    for wish in range(60, 140):
        with suppress(UnreachableLengthError):
            *short, long = of_kind(timeline(text, wish=float(wish), **PLAIN), "hold")
            holds[len(short)].append(in_seconds(long.length))
    above, below = max(holds[2]) - 60, 60 - min(holds[3])
    assert above > 2
    assert above == pytest.approx(below, abs=1)


def test_a_length_out_of_reach_becomes_the_nearest() -> None:
    """The shortest where less is wished, the longest where more is."""
    parsed = routine(STRETCHES)
    ask = partial(unroll, parsed, settings(parsed), phrases("en"))
    shortest, longest = bounds(ask, length_of)
    for wish, expected in ((0, shortest), (2 * longest, longest)):
        fitted = nearest_to_length(ask, length_of, wish)
        assert fitted == nearest_to_length(ask, length_of, expected)


def test_a_length_that_cannot_be_met_names_the_shortest_and_the_longest() -> None:
    """Both of them can be met, and nothing beyond."""
    with pytest.raises(UnreachableLengthError) as caught:
        timeline(STRETCHES, wish=60)
    shortest, longest = caught.value.shortest, caught.value.longest
    for wish in (shortest, longest):
        assert timeline(STRETCHES, wish=in_seconds(wish)).length == wish
    for wish in (shortest - 480, longest + 480):
        with pytest.raises(UnreachableLengthError):
            timeline(STRETCHES, wish=in_seconds(wish))


def test_twelve_hours_are_the_longest() -> None:
    """A longer session is a problem, not a full disk."""
    events = timeline("- 20 times\n  - hold 1 h\n")
    assert [p.message for p in events.problems] == ["the session would last 20:00:50"]


# ── the proof over random routines ───────────────────────────────────────────

words = st.sampled_from(["Breathe.", "Kneel on your {left|right} knee.", "Let the floor hold you."])


@st.composite
def ranges(draw: st.DrawFn, most: int = 60) -> str:
    """A length, exact or elastic, in whole or broken seconds."""
    low = draw(st.integers(10, most))
    high = draw(st.integers(low, most + 30))
    tenth = draw(st.sampled_from(["", ".5", ".37"]))
    return f"{low}s" if high == low else f"{low}-{high}{tenth}s"


@st.composite
def steps(draw: st.DrawFn) -> str:
    """One step: a hold, a group or reps."""
    count = draw(st.sampled_from(["2", "3", "2-4", "1-5"]))
    kind = draw(st.sampled_from(["hold", "group", "reps", "rest"]))
    optional = draw(st.sampled_from(["", ", optional"]))
    if kind == "hold":
        dose = (
            f"- hold {draw(ranges())}, each side, {count} rounds, rest {draw(ranges(20))}{optional}"
        )
        return f"{dose}\n  {draw(words)}\n"
    if kind == "group":
        return f"- {count} times{optional}\n  Tuck under.\n  - hold {draw(ranges(20))}\n"
    if kind == "reps":
        dose = f"- {count} reps, lift 2-3s, lower 2s, each side{optional}"
        return f"{dose}\n  Lift your {{left|right}} leg.\n"
    return f"- rest {draw(ranges())}{optional}\n"


@pytest.mark.slow
@given(
    st.lists(steps(), min_size=1, max_size=5),
    st.floats(0, 1),
    st.sampled_from(["Welcome. Breathe.\n\n", ""]),
)
def test_every_length_within_reach_is_met(parts: list[str], share: float, intro: str) -> None:
    """The sum is exact, every range keeps its bounds, and both sides are equal to the sample."""
    parsed = routine(intro + "\n".join(parts))
    asked = settings(parsed)
    ask = partial(unroll, parsed, asked, phrases("en"))
    low, high = bounds(ask, length_of)
    wish = round(low + (high - low) * share)
    try:
        events = schedule(ask, length_of, wish=wish)
    except UnreachableLengthError as error:
        _assert_nothing_nearer(error, wish, ask)
        return
    assert events.length == wish
    _assert_bounds(events, {step.place.line: step for step in parsed.steps()})


def _assert_nothing_nearer(error: UnreachableLengthError, wish: int, ask: object) -> None:
    """What is named in place of a length between two steps can be met."""
    assert error.near
    assert wish not in error.near
    for near in error.near:
        assert schedule(ask, length_of, wish=near).length == near  # type: ignore[arg-type]


def _assert_bounds(events: Timeline, steps_by_line: dict[int, object]) -> None:
    by_line: dict[tuple[int, str], set[int]] = {}
    for event in of_kind(events, "hold", "rest"):
        by_line.setdefault((event.place.line, event.kind.value), set()).add(event.length)
        step = steps_by_line[event.place.line]
        timed = getattr(step.dose, event.kind.value)  # type: ignore[attr-defined]
        assert samples(timed.length.low) <= event.length <= samples(timed.length.high)
    assert all(len(lengths) == 1 for lengths in by_line.values())


# ── whole samples ────────────────────────────────────────────────────────────


@given(
    st.lists(st.tuples(st.integers(1, 9999), st.integers(0, 9999), st.integers(1, 9)), min_size=1),
    st.floats(0, 1),
)
def test_shares_sum_up(rows: list[tuple[int, int, int]], point: float) -> None:
    """What is left over is less than one more sample for the smallest share that could grow."""
    shares = {n: Elastic(low, low + more, times) for n, (low, more, times) in enumerate(rows)}
    total = round(sum(part.times * part.at(point) for part in shares.values()))
    lengths, left = round_shares(shares, point, total)
    assert sum(shares[n].times * length for n, length in lengths.items()) + left == total
    assert 0 <= left < sum(part.times for part in shares.values()) + 1
    assert all(shares[n].low <= length <= shares[n].high for n, length in lengths.items())


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999))), st.integers(-9999, 9999))
def test_pauses_take_what_they_can(rows: list[tuple[int, int]], over: int) -> None:
    """Every sample is placed, and no pause leaves its bounds."""
    pauses = [Pause(1000, 1000 - less, 1000 + more) for less, more in rows]
    lengths, rest = apportion(over, pauses)
    assert sum(lengths) + rest == 1000 * len(pauses) + over
    assert all(p.low <= length <= p.high for p, length in zip(pauses, lengths, strict=True))
    room = sum(p.high - p.natural if over > 0 else p.natural - p.low for p in pauses)
    assert rest == 0 or abs(over) > room


def test_a_sample_goes_to_the_share_that_lacks_most() -> None:
    """Of 1.2 and 100.8, the second becomes more."""
    shares = {"few": Elastic(1, 2), "many": Elastic(100, 104)}
    assert round_shares(shares, 0.2, 102) == ({"few": 1, "many": 101}, 0)


def test_a_share_at_its_longest_takes_no_sample_more() -> None:
    """Too little is left for three times 10.5, and what lasts 30 stays at 30."""
    shares = {"thrice": Elastic(10, 20, 3), "once": Elastic(30, 30)}
    assert round_shares(shares, 0.05, 61) == ({"thrice": 10, "once": 30}, 1)


@pytest.mark.parametrize(("over", "length"), [(1, 11), (2, 12), (0, 10)])
def test_a_single_sample_is_given_too(over: int, length: int) -> None:
    """To a pause that can only be longer, and another that can only be shorter."""
    longer, shorter = Pause(10, 10, 12), Pause(10, 8, 10)
    assert apportion(over, [longer, shorter]) == ((length, 10), 0)
    assert apportion(-over, [longer, shorter]) == ((10, 20 - length), 0)


def test_where_nothing_is_elastic_the_point_is_an_end() -> None:
    """The high end only where more is wished than there is."""
    rigid = Shape.of(100, {}, ())
    assert [rigid.point_for(wish) for wish in (99, 100, 101)] == [0.0, 0.0, 1.0]
