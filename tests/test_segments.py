"""Segments: a clock that never stops, in the timeline and in the decoded file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listening import by_libsndfile, shift
from rehearsal import of_kind, timeline, told

from voiceguide import library, load
from voiceguide.audio.clip import Clip
from voiceguide.audio.recording import read_sound
from voiceguide.lengths import samples
from voiceguide.timeline import Event, Timeline

CASES = Path(__file__).parent / "cases"
PLAIN = {"wake": False, "countdown": 0, "halfway": False}


def clock(events: Timeline) -> list[Event]:
    """Segments and rests, in order."""
    return of_kind(events, "segment", "rest")


def unbroken(found: list[Event]) -> bool:
    """Whether each begins on the sample on which the one before it ends."""
    return all(event.end == after.position for event, after in pairwise(found))


# ── the clock ────────────────────────────────────────────────────────────────


def test_rounds_are_exactly_their_sum() -> None:
    """Eight rounds of 20 s and 10 s are 3:50, no rest after the last, though much is said."""
    found = clock(timeline("- work 20s, rest 10s, 8 rounds\n  High knees, as fast as you can.\n"))
    assert [event.kind.value for event in found] == ["segment", "rest"] * 7 + ["segment"]
    assert unbroken(found)
    assert found[-1].end - found[0].position == samples(230)


def test_a_group_of_segments_is_the_same_as_a_bullet_of_them() -> None:
    """From bullet to bullet and from round to round nothing stops the clock."""
    group = clock(timeline("- 3 rounds\n  - jog 60s\n  - walk 90s\n"))
    bullet = clock(timeline("- jog 60s, walk 90s, 3 rounds\n"))
    assert unbroken(group)
    assert [(e.text, e.length, e.round) for e in group] == [
        (e.text, e.length, e.round) for e in bullet
    ]


def test_a_circuit_runs_through_rests_of_every_kind() -> None:
    """A rest beside a segment, as a bullet of its own, and between rounds are all on the clock."""
    text = """
        - 2 rounds, rest 60s
          - squats 40s, rest 20s
          - push-ups 40s
          - rest 15s
    """
    found = clock(timeline(text, **PLAIN))
    assert unbroken(found)
    once = [40, 20, 40, 15]
    assert [event.length / 48_000 for event in found] == [*once, 60, *once]


def test_bullets_in_a_row_are_one_run() -> None:
    """Without a group, too; prose between them stops the clock, where the author speaks."""
    assert unbroken(clock(timeline("- jog 60s\n- walk 90s\n- jog 30s\n")))
    apart = clock(timeline("- jog 60s\n\nWell done.\n\n- walk 90s\n"))
    assert not unbroken(apart)


@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(0, 60),
    st.booleans(),
)
def test_no_words_stop_the_clock(
    lengths: list[int], rounds: int, rest: int, many_words: bool
) -> None:
    """Whatever the lengths, and however much is said: the whole is the sum, to the sample."""
    segments = ", ".join(
        f"move {n} {seconds}s" for n, seconds in zip("abcd", lengths, strict=False)
    )
    between = f", rest {rest}s" if rest else ""
    words = "  One two three four five six seven eight nine ten.\n" if many_words else ""
    events = timeline(f"- {segments}, {rounds} rounds{between}\n{words}")
    found = clock(events)
    assert unbroken(found)
    sum_ = sum(lengths) * rounds + rest * (rounds - 1)
    assert found[-1].end - found[0].position == samples(sum_)
    assert not events.problems


# ── what is said inside ──────────────────────────────────────────────────────


def said(events: Timeline, index: int) -> list[tuple[str, float]]:
    """What sounds within a segment or rest: the text, and the seconds after its beginning."""
    around = clock(events)[index]
    return [
        (event.text or "", round((event.position - around.position) / 48_000, 3))
        for event in events.events
        if event.source and around.position <= event.position < around.end
    ]


def test_the_next_name_comes_before_the_count_down() -> None:
    """In the last seconds: `Rest.` ends 0.3 s before `Three.`."""
    events = timeline("- work 20s, rest 10s, 2 rounds\n")
    assert said(events, 0) == [
        *(("start", 0.0), ("Rest.", 16.3), ("Three.", 17.0), ("Two.", 18.0), ("One.", 19.0)),
    ]
    assert said(events, 1)[:2] == [("rest", 0.0), ("Work.", 6.3)]


def test_what_has_no_room_gives_way() -> None:
    """The count-down first, then the name, which comes at the start instead; the chime stays."""
    short = timeline("- up 2s, down 2s, 2 rounds\n")
    assert said(short, 1) == [("start", 0.0), ("Up.", 1.4)]
    shorter = timeline("- up 1s, a very long name for it 1s, down 4s\n")
    assert said(shorter, 0) == [("start", 0.0)]
    assert said(shorter, 1)[0] == ("start", 0.0)
    late = timeline("- up 1s, one two three 8s\n", **PLAIN)
    assert said(late, 1) == [("start", 0.0), ("One two three.", 0.9)]
    for events in (short, shorter, late):
        assert not events.problems


def test_a_count_down_takes_a_third_of_a_segment_at_most() -> None:
    """Ten seconds of rest are no time for ten numbers, and five for none."""
    events = timeline("---\ncountdown: 10\n---\n- work 20s, rest 10s, 2 rounds\n")
    counted = [[t for t, _ in said(events, n) if t in ("Six.", "Three.", "One.")] for n in (0, 1)]
    assert counted == [["Six.", "Three.", "One."], ["Three.", "One."]]
    assert [text for text, _ in said(timeline("- up 5s, down 5s\n"), 1)] == ["start"]


def test_breaths_have_tones_in_place_of_chimes() -> None:
    """`in`, `hold` and `out` with a side or without: a tone says which, and nothing is counted."""
    text = (CASES / "b7-nostril.md").read_text()
    events = timeline(text)
    assert said(events, 0) == [("breath_in", 0.0), ("Hold.", 3.4)]
    assert said(events, 1) == [("breath_hold", 0.0), ("Out right.", 3.0)]
    assert said(events, 2)[0] == ("breath_out", 0.0)
    assert clock(events)[-1].end - clock(events)[0].position == samples(160)


def test_a_halfway_mark_goes_first() -> None:
    """Of a mark in the middle, a count-down and a name, the mark is what is left out."""
    name = "word " * 46
    events = timeline(f"- plank 42s, {name}42s\n")
    assert [text for text, _ in said(events, 0)] == [
        *("start", f"{name.capitalize().strip()}.", "Three.", "Two.", "One.")
    ]
    assert "Halfway." in dict(said(events, 1))


def test_instructions_of_a_later_bullet_are_said_inside_it() -> None:
    """The first bullet's come before the clock starts, the others' as their segment begins."""
    text = "- squats 40s\n  Feet apart.\n- lunges 40s\n  A long step.\n"
    events = timeline(text, **PLAIN)
    before = [e.text for e in events.events if e.end <= clock(events)[0].position]
    assert before == ["Feet apart.", "Squats."]
    assert said(events, 1) == [("start", 0.0), ("A long step.", 0.9)]


def test_words_of_the_authors_that_do_not_fit_are_a_problem() -> None:
    """They stand at their own line, with their length and the time there is."""
    text = f"- squats 40s\n- lunges 5s\n  {'word ' * 20}.\n"
    [problem] = timeline(text, **PLAIN).problems
    assert problem.line == 3
    assert "takes 8.4s, but there is 4.1s" in problem.message


def test_cues_belong_to_the_segment_they_name() -> None:
    """`jog half:` is in the middle of the jog, `half:` alone in the first segment."""
    text = "- jog 60s, walk 90s\n  - walk half: Breathe.\n  - half: Chin up.\n"
    events = timeline(text, **PLAIN)
    assert ("Chin up.", 30.0) in said(events, 0)
    assert ("Breathe.", 45.0) in said(events, 1)


def test_sides_are_named_and_take_no_time() -> None:
    """Both sides follow one another on the clock; `change` gives a changeover of its own."""
    events = timeline("- side plank 30s, each side\n", **PLAIN)
    assert unbroken(clock(events))
    assert "say Side plank, right." in told(events)
    changed = timeline("- side plank 30s, each side, change 6s\n", **PLAIN)
    found = of_kind(changed, "segment", "change")
    assert unbroken(found)
    assert [event.length for event in found] == [samples(n) for n in (30, 6, 30)]


def test_ready_and_count_in() -> None:
    """The last seconds of getting ready are counted, before a hold, reps and segments alike."""
    for dose in ("hold 20s", "jog 20s", "5 reps"):
        events = timeline(f"- ready 10s, count in, {dose}\n", **PLAIN)
        [ready] = of_kind(events, "ready")
        numbers = [e for e in of_kind(events, "count") if e.position < ready.end]
        assert [event.text for event in numbers] == ["Three.", "Two.", "One."]
        assert [ready.end - event.position for event in numbers] == [samples(n) for n in (3, 2, 1)]


def test_a_count_in_without_ready_makes_room_for_itself() -> None:
    """`count in 5` alone gives six seconds."""
    [ready] = of_kind(timeline("- hold 20s, count in 5\n", **PLAIN), "ready")
    assert ready.length == samples(6)


# ── every minute on the minute ───────────────────────────────────────────────


def test_each_round_begins_on_its_minute() -> None:
    """What is said, counted and held in a round takes from its rest, and from nothing else."""
    text = """
        - 4 rounds, every 1 min
          Ten swings, and mind your back.
          - 10 reps, every 2s
    """
    events = timeline(text, countdown=3, halfway=False, wake=False)
    starts = [e for e in of_kind(events, "chime") if e.text == "start"]
    assert [b.position - a.position for a, b in pairwise(starts)] == [samples(60)] * 3
    rests = of_kind(events, "rest")
    assert len(rests) == 4
    assert rests[-1].end - starts[0].position == samples(240)
    assert not events.problems


def test_a_round_that_is_longer_than_its_period_is_a_problem() -> None:
    """Both lengths are named."""
    [problem] = timeline("- 2 rounds, every 20s\n  - hold 30s\n", **PLAIN).problems
    assert problem.message == "a round takes 31.6s, longer than its 20s (2 times, first at 0:01)"


def test_a_round_as_long_as_its_period_is_none() -> None:
    """The second one is to the sample: it has no rest, and nothing is amiss."""
    events = timeline("- 2 rounds, every 31.6s\n  - hold 30s\n", **PLAIN)
    assert not events.problems
    assert [rest.length for rest in of_kind(events, "rest")] == [384]
    shorter = timeline("- 2 rounds, every 31.6s\n  - hold 29.99998s\n", **PLAIN)
    assert [rest.length for rest in of_kind(shorter, "rest")] == [385, 1]


@pytest.mark.parametrize("wish", [300.0, 330.0, 343.7])
def test_a_period_is_no_place_for_the_fit(wish: float) -> None:
    """What is elastic outside makes up the length; the minutes stay minutes."""
    text = "- hold 10-90s\n\n- 4 rounds, every 1 min\n  One. Two.\n"
    events = timeline(text, wish=wish, **PLAIN)
    assert events.length == samples(wish)
    starts = [e for e in of_kind(events, "chime") if e.text == "start"][1:]
    assert [b.position - a.position for a, b in pairwise(starts)] == [samples(60)] * 3


# ── five interval routines ───────────────────────────────────────────────────

CIRCUIT = """
Stop if you feel pain.

## Circuit

- 3 rounds, rest 60s
  - squats 40s, rest 20s
    Feet apart. Next comes {next}.
  - push-ups 40s, rest 20s
  - plank 40s, rest 20s

Well done.
"""

BORDERS = {
    "h1-tabata-natural.md": [seconds for n in range(8) for seconds in (30 * n, 30 * n + 20)],
    "h15-c25k.md": [seconds for n in range(8) for seconds in (150 * n, 150 * n + 60)] + [1200],
    "circuit": [0, 40, 60, 100, 120, 160, 180, 240, 280, 300, 340, 360, 400, 420, 480],
}
"""Seconds from the first chime to each that follows, as their authors wrote them."""


def _strike(event: Event) -> Clip:
    """The chime of an event, as it is in the library."""
    path = library.chime_file("wood", event.text or "")
    assert path
    return read_sound(path)


@pytest.mark.parametrize("name", BORDERS)
def test_the_borders_are_in_the_decoded_file(name: str, tmp_path: Path) -> None:
    """Each chime sounds on its exact sample after the first one."""
    routine = CASES / name
    if name == "circuit":
        routine = tmp_path / "circuit.md"
        routine.write_text(CIRCUIT)
    session = load(routine, voice="silent", chimes="wood")
    export = session.export(tmp_path / "routine.mp3")
    strikes = [
        event
        for event in export.plan.timeline.events
        if event.text in ("start", "rest", "end") and event.kind.value == "chime"
    ]
    if name == "h15-c25k.md":
        strikes = strikes[2:-2]  # between the walks to warm up and to cool down
    first = strikes[0].position
    wished = [first + samples(seconds) for seconds in BORDERS[name]]
    assert [event.position for event in strikes][: len(wished)] == wished
    heard = by_libsndfile(export.file)
    for event in strikes:
        clip = _strike(event)
        moved, alike = shift(heard, clip.samples, event.position - clip.onset)
        assert abs(moved) <= 1
        assert alike > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h4-pyramid.md", "h6-emom.md"])
def test_holds_and_minutes_are_in_the_decoded_file(name: str, tmp_path: Path) -> None:
    """A pyramid's holds have their own lengths, a minute's rounds begin on their minute."""
    session = load(CASES / name, voice="silent", chimes="wood")
    export = session.export(tmp_path / "routine.mp3")
    heard = by_libsndfile(export.file)
    strikes = [e for e in export.plan.timeline.events if e.text in ("start", "end")]
    found = []
    for event in strikes:
        clip = _strike(event)
        moved, alike = shift(heard, clip.samples, event.position - clip.onset)
        assert alike > 0.8  # a sound that wakes headphones lies under it
        found.append(event.position + moved)
    apart = [(b - a) / 48_000 for a, b in pairwise(found)]
    if name == "h4-pyramid.md":
        assert apart[::2] == pytest.approx([10, 20, 30, 20, 10], abs=1 / 48_000)
    else:
        assert apart[10:15] == pytest.approx([60] * 5, abs=1 / 48_000)


# ── names ────────────────────────────────────────────────────────────────────


def test_a_named_step_is_said_and_is_a_chapter() -> None:
    """Its name comes before its instructions, and below its heading a chapter begins with it."""
    text = "## Knees\n\n- Heel slide: 2 x 3, each side\n  Slide your heel.\n"
    events = timeline(text, **PLAIN)
    says = [event.text for event in of_kind(events, "say")]
    assert says[:3] == ["Heel slide.", "Left side.", "Slide your heel."]
    assert says.count("Heel slide.") == 1
    assert [(c.title, c.level) for c in events.chapters] == [("Knees", 1), ("Heel slide", 2)]
    assert {event.step for event in of_kind(events, "rep")} == {"Heel slide"}


def test_at_quiet_the_name_is_said_alone() -> None:
    """Who knows the exercises hears which one comes."""
    events = timeline("---\nguidance: quiet\n---\n- Bridge: hold 20s\n  Lift.\n", **PLAIN)
    assert [event.text for event in of_kind(events, "say")] == ["Bridge."]


def test_a_step_that_a_group_repeats_is_no_chapter() -> None:
    """Its name is said every time that it comes, but a player's list would be full of it."""
    events = timeline("- 3 rounds\n  - Bridge: hold 20s\n  - Plank: hold 20s\n", **PLAIN)
    assert events.chapters == ()
    says = [event.text for event in of_kind(events, "say")]
    assert says[:-1] == ["Bridge.", "Plank."] * 3
