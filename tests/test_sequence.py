"""What happens, in which order: sides, rounds, reps, groups, guidance, options, `use`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from rehearsal import KNOWN, of_kind, routine, sequence, settings, timeline, told

from voiceguide.errors import RoutineError
from voiceguide.languages import phrases
from voiceguide.routine import Side
from voiceguide.script import parse
from voiceguide.sequence import Choices, EventKind, Words
from voiceguide.sequence.steps import unroll
from voiceguide.sequence.unroller import as_people_say
from voiceguide.settings import Guidance, Intro

BARE: dict[str, Any] = {
    "countdown": 0,
    "halfway": False,
    "phrases": {"finish": ""},
    "wake": False,
}
END = ["chime finish"]


def bare(text: str, **changes: Any) -> list[str]:
    """What happens in a routine without built-in marks and closing words."""
    return told(timeline(text, **{**BARE, **changes}))


def test_prose_is_spoken_a_sentence_at_a_time() -> None:
    """Sentences, tags and chimes of prose come in the order written."""
    text = "Stand tall. Breathe. [3s] Now begin. [chime] [chime bell] Go."
    assert bare(text) == [
        "say Stand tall.",
        "say Breathe.",
        "pause 3",
        "say Now begin.",
        "chime start",
        "chime bell",
        "say Go.",
        *END,
    ]


def test_hold_has_instructions_chime_silence_chime() -> None:
    """A hold: the instructions, the time to get ready, the chime, the hold, the chime."""
    text = """
        - hold 30s, ready 5s
          Kneel down.
          - start: Sink.
          - half: Breathe.
          - end: Come back.
    """
    assert bare(text) == [
        "say Kneel down.",
        "ready 5",
        "chime start",
        "hold 30",
        "say Sink.",
        "say Breathe.",
        "chime end",
        "say Come back.",
        *END,
    ]


def test_each_side_in_rounds() -> None:
    """Three rounds on each side are left, right, left, right, left, right."""
    text = """
        - hold 10s, each side, 3 rounds, rest 8s
          Kneel on your {left|right} knee.
    """
    holds = of_kind(timeline(text), "hold")
    assert [(h.side, h.round) for h in holds] == [
        (side, round_) for round_ in (1, 2, 3) for side in (Side.LEFT, Side.RIGHT)
    ]


def test_instructions_once_for_each_side() -> None:
    """A later round says the side alone; rests stand between rounds, not after the last."""
    text = """
        - hold 10s, each side, 2 rounds, rest 8s
          Kneel on your {left|right} knee.
    """
    assert bare(text) == [
        "say Kneel on your left knee.",
        "chime start",
        "hold 10",
        "chime end",
        "chime switch",
        "say Switch sides.",
        "change 5",
        "say Kneel on your right knee.",
        "chime start",
        "hold 10",
        "chime end",
        "chime rest",
        "say Rest.",
        "rest 8",
        "chime switch",
        "say Switch sides.",
        "change 5",
        "say Left side.",
        "chime start",
        "hold 10",
        "chime end",
        "chime switch",
        "say Switch sides.",
        "change 5",
        "say Right side.",
        "chime start",
        "hold 10",
        "chime end",
        *END,
    ]


def test_instructions_without_a_side_are_told_the_side() -> None:
    """Nobody can see the side: words that do not tell it come after `Left side.`"""
    text = """
        - hold 10s, each side, change 8s
          Kneel down.
    """
    happens = bare(text)
    assert happens[:2] == ["say Left side.", "say Kneel down."]
    assert "change 8" in happens
    assert happens[happens.index("change 8") + 1 :][:2] == ["say Right side.", "say Kneel down."]


def test_rest_between_the_sides_where_there_are_no_rounds() -> None:
    """`each side, rest 30s` rests once, between the sides."""
    happens = bare("- hold 10s, each side, rest 30s\n")
    assert happens.count("rest 30") == 1
    assert happens.index("rest 30") < happens.index("chime switch")


def test_one_side_alone() -> None:
    """`right side` is that side only."""
    text = """
        - hold 10s, right side
          Kneel down.
    """
    assert bare(text)[0] == "say Right side."
    assert [h.side for h in of_kind(timeline(text), "hold")] == [Side.RIGHT]


def test_first_side_setting() -> None:
    """`first side: right` turns the order round."""
    holds = of_kind(timeline("- hold 10s, each side\n", first_side=Side.RIGHT), "hold")
    assert [h.side for h in holds] == [Side.RIGHT, Side.LEFT]


def test_first_and_again() -> None:
    """`first` comes on the first pass alone, `again` in place of later instructions."""
    text = """
        - hold 10s, 2 rounds
          Kneel down.
          - first: Take your time.
          - again: Once more.
    """
    says = [line for line in bare(text) if line.startswith("say")]
    assert says == ["say Kneel down.", "say Take your time.", "say Once more."]


def test_first_and_again_within_a_group_that_is_repeated() -> None:
    """A step's later passes are those of the group around it, too."""
    text = """
        - 2 rounds
          - hold 10s
            Kneel down.
            - first: Take your time.
            - again: Once more.
    """
    says = [line for line in bare(text) if line.startswith("say")]
    assert says == ["say Kneel down.", "say Take your time.", "say Once more."]


def test_group_speaks_its_prose_on_every_pass() -> None:
    """A group does what is under it, in order, this often."""
    text = """
        - 2 times
          Tuck under.
          - hold 10s
          And release. [3s]
    """
    once = ["say Tuck under.", "chime start", "hold 10", "chime end", "say And release.", "pause 3"]
    assert bare(text) == [*once, *once, *END]


def test_brief_speaks_instructions_on_the_first_pass_alone() -> None:
    """At `brief`, later passes of a group are silent, and the other side is named alone."""
    text = """
        - 2 times
          Tuck under.
          - hold 10s
            Hold it.
        - hold 20s, each side
          Lift your {left|right} leg.
    """
    says = [line for line in bare(text, guidance=Guidance.BRIEF) if line.startswith("say")]
    assert says == [
        "say Tuck under.",
        "say Hold it.",
        "say Lift your left leg.",
        "say Switch sides.",
        "say Right side.",
    ]


def test_quiet_keeps_names_sides_counts_and_chimes() -> None:
    """At `quiet`, prose is silent; chapters, sides and counts are said."""
    text = """
        Welcome. [2s]

        ## Kneeling stretch

        - hold 10s, each side
          Kneel down.
          - half: Breathe.
          - last 2s: count down
        - 2 reps, lift 2s, lower 2s
          Lie down.
    """
    happens = bare(text, guidance=Guidance.QUIET)
    assert "say Welcome." not in happens
    assert "say Kneel down." not in happens
    assert "say Breathe." not in happens
    assert happens[:3] == ["pause 2", "say Kneeling stretch.", "say Left side."]
    assert [h for h in happens if h.startswith("count")] == [
        *["count Two.", "count One."] * 2,
        "count One.",
        "count Two.",
    ]


def test_reps_say_number_then_phase_words_then_ticks() -> None:
    """Each rep's number as it begins; phase words on the first two reps, ticks from then on."""
    text = """
        - 3 reps, lift 2s, hold 5s, lower 2s
          Lie down.
    """
    assert bare(text) == [
        "say Lie down.",
        "reps 27",
        "rep 9",
        "count One, lift.",
        "say Hold.",
        "say Lower.",
        "rep 9",
        "count Two, lift.",
        "say Hold.",
        "say Lower.",
        "rep 9",
        "count Three.",
        "chime tick",
        "chime tick",
        "chime end",
        *END,
    ]


def test_reps_begin_on_their_beat() -> None:
    """Without phases a rep takes four seconds, or as long as `every` says."""
    four = of_kind(timeline("- 3 reps\n"), "count")
    assert [b.position - a.position for a, b in pairwise(four)] == [192_000] * 2
    three = of_kind(timeline("- 3 reps, every 3s\n"), "count")
    assert [b.position - a.position for a, b in pairwise(three)] == [144_000] * 2


def test_phase_word_gives_way_where_it_does_not_fit() -> None:
    """A short first phase keeps the number and leaves its word out."""
    counts = of_kind(timeline("- 1 rep, lift 600ms, lower 2s\n"), "count")
    assert [event.text for event in counts] == ["One."]


def test_alternate_sides_say_the_side_with_each_number() -> None:
    """The side changes with every rep, and nobody has to guess it."""
    reps = timeline("- 4 reps, alternate sides\n")
    assert [event.text for event in of_kind(reps, "count")] == [
        "One, left.",
        "Two, right.",
        "Three, left.",
        "Four, right.",
    ]
    assert [e.side for e in of_kind(reps, "rep")] == [Side.LEFT, Side.RIGHT] * 2
    assert {e.side for e in of_kind(reps, "reps", "chime")} == {None}


def test_breaths_are_reps_with_the_phases_of_a_breath() -> None:
    """`2 breaths` are in and out, as long as the setting says."""
    happens = bare("- 2 breaths\n")
    assert happens[:4] == ["reps 20", "rep 10", "count One, in.", "say Out."]


def test_words_that_change() -> None:
    """`{side}`, `{other side}`, `{round}`, `{rounds}`, `{hold}` and the author's own words."""
    text = """
        ---
        words:
          prop: folded blanket
        ---
        - hold 90s, each side, 2 rounds
          {side} knee down, {other side} foot flat, on the {prop}. Hold for {hold}.
          - again: Round {round} of {rounds}, {side} side.
    """
    says = [line[4:] for line in bare(text) if line.startswith("say")]
    assert says[:2] == [
        "Left knee down, right foot flat, on the folded blanket.",
        "Hold for one minute and thirty seconds.",
    ]
    assert "Round two of two, left side." in says


def test_reps_in_words() -> None:
    """`{reps}` is the count as chosen."""
    text = """
        - 8-12 reps
          Do {reps} of them.
          - end: That was {reps}.
    """
    assert bare(text, point=1.0)[0] == "say Do twelve of them."


def test_next_is_the_next_chapters_title() -> None:
    """`{next}` names the chapter that follows."""
    text = """
        ## First
        Then comes {next}.
        ## The bridge
        Go.
    """
    assert bare(text)[0] == "say Then comes The bridge."


def test_a_sentence_with_next_is_left_out_where_nothing_comes() -> None:
    """In the last chapter `{next}` has nothing to name, and the rest of the words stay."""
    events = timeline("## Only\nWell done. Then comes {next}.\n", **BARE)
    assert [event.text for event in events.events if event.text] == ["Well done.", "finish"]
    assert not events.problems


def test_announce_chapters() -> None:
    """`announce: chapters` says the headings."""
    assert bare("## Low lunge\nGo.\n", announce_chapters=True)[0] == "say Low lunge."


def test_options_are_in_only_where_asked_for() -> None:
    """A step with `option band` is left out unless `--with band`."""
    text = """
        - hold 10s, option band
        - hold 20s
    """
    assert "hold 10" not in bare(text)
    assert "hold 10" in bare(text, options=frozenset({"band"}))


def test_optional_steps_are_met_in_order() -> None:
    """A chapter's own optional steps come before those of later chapters, each where it stands."""
    text = """
        ## One
        - hold 10s, optional
        - 2 rounds
          - hold 20s, optional
        - hold 30s, optional
    """
    assert [place.line for place in sequence(text).optionals] == [3, 5, 6]


def test_a_chapter_whose_steps_are_all_left_out_goes_too() -> None:
    """No heading is announced, and no chapter marked, for nothing."""
    text = """
        ## Bands
        - hold 10s, option band
        ## Rest
        - hold 20s
    """
    assert [chapter.title for chapter in timeline(text).chapters] == ["Rest"]


def test_pause_wait_and_rest_alone() -> None:
    """A pause is silent, a wait too, a rest is announced."""
    text = """
        - pause 3s
        - wait 20s
        - rest 30s
          Let everything go.
        - chime
    """
    assert bare(text) == [
        "pause 3",
        "wait 20",
        "chime rest",
        "say Rest.",
        "say Let everything go.",
        "rest 30",
        "chime start",
        *END,
    ]


def test_steps_within_a_hold_follow_it() -> None:
    """What is nested under a hold comes after it, on every pass."""
    text = """
        - hold 10s, 2 rounds
          Reach up.
          - hold 5s
            Lean over.
          And back.
    """
    happens = bare(text)
    assert [h for h in happens if h.startswith(("hold", "say"))] == [
        "say Reach up.",
        "hold 10",
        "say Lean over.",
        "hold 5",
        "say And back.",
        "hold 10",
        "say Lean over.",
        "hold 5",
        "say And back.",
    ]


def test_use_brings_the_chapters_of_another_routine() -> None:
    """`use` brings the headings and what stands under them, not the words before the first."""
    main = routine("Hello.\n\n- use other\n", "main.md")
    other = routine("If it hurts, stop.\n\n## Bridge\n\n- hold 10s\n  Lift.\n", "other.md")
    [use] = [step.dose.use for step in main.steps() if step.dose.use]
    asked = settings(main, **BARE)
    unrolled = unroll(main, asked, phrases("en", asked.phrases), used={use.place: other})
    assert unrolled.words() == [Words("Hello."), Words("Lift.")]
    assert [chapter.title for chapter in unrolled.chapters] == ["main", "Bridge"]
    holds = [item for item in unrolled.items if getattr(item, "kind", None) is EventKind.HOLD]
    place = holds[0].origin.place  # type: ignore[union-attr]  # a hold has surroundings
    assert (place.source, place.outermost.source, place.outermost.line) == (
        "other.md",
        "main.md",
        3,
    )


def test_use_of_a_routine_without_headings_is_one_chapter() -> None:
    """A routine without headings comes whole, under its title."""
    main = routine("- use other\n", "main.md")
    other = routine("# Bridges\n\nLift.\n", "other.md")
    [use] = [step.dose.use for step in main.steps() if step.dose.use]
    asked = settings(main, **BARE)
    unrolled = unroll(main, asked, phrases("en", asked.phrases), used={use.place: other})
    assert [chapter.title for chapter in unrolled.chapters] == ["Bridges"]
    assert unrolled.words() == [Words("Lift.")]


def test_chimes_none_is_silent() -> None:
    """`chimes: none` strikes nothing, ticks included."""
    text = """
        ---
        chimes: none
        ---
        - hold 10s, each side
        - 3 reps, lift 2s, lower 2s
    """
    assert not [line for line in bare(text) if line.startswith("chime")]


def test_counts_and_optionals_are_noted_for_the_fit() -> None:
    """The sequence tells which counts are elastic and which steps may be left out."""
    text = """
        - 4-6 times
          - hold 10s
        - hold 20s, optional
    """
    unrolled = sequence(text)
    assert [str(count) for count in unrolled.counts.values()] == ["4-6"]
    assert [place.line for place in unrolled.optionals] == [4]
    without = sequence(text, Choices(0.0, {}, frozenset(unrolled.optionals)))
    stills = [item for item in without.items if getattr(item, "kind", None) is EventKind.HOLD]
    assert len(stills) == 4


@pytest.mark.slow
def test_a_routine_cannot_unroll_without_end() -> None:
    """Rounds within rounds within rounds are refused before they eat the machine."""
    nested = "- 900 rounds\n  - 900 rounds\n    - 900 rounds\n      - hold 1s\n"
    parsed = parse(nested, "test.md", KNOWN).routine
    assert parsed
    with pytest.raises(RoutineError, match="unrolls to more than 200,000 moments"):
        unroll(parsed, settings(parsed), phrases("en"))


QUIETLY: dict[str, Any] = {"countdown": 0, "halfway": False, "wake": False}

# ── what changes with the settings, and words that change ────────────────────

INTRO = """
    # Hips

    Clear some floor. If you feel a sharp pain, stop. Have fun.

    ## One

    First.
"""


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("full", ["Clear some floor.", "If you feel a sharp pain, stop.", "Have fun.", "First."]),
        ("short", ["If you feel a sharp pain, stop.", "First."]),
        ("none", ["First."]),
    ],
)
def test_the_introduction_is_as_long_as_asked_for(amount: str, words: list[str]) -> None:
    """Whole; the sentence that says when to stop; nothing."""
    events = timeline(INTRO, intro=Intro(amount), **BARE)
    assert [event.text for event in of_kind(events, "say")] == words


def test_finish_none() -> None:
    """Neither words nor a chime tell of the end."""
    assert told(timeline("Hello.\n", finish=False)) == ["say Hello."]


REST = "- hold 60s\n  Lie down.\n"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (REST, True),
        (f"---\nmood: wind down\n---\n{REST}", False),
        (f"---\nfor: rest\n---\n{REST}", False),
        (f"---\nfor: rest\ncountdown: 3\nhalfway: yes\n---\n{REST}", True),
        ("- hold 179s\n  Lie down.\n", True),
        ("- hold 3 min\n  Lie down.\n", False),
        ("---\ncountdown: 3\nhalfway: yes\n---\n- hold 3 min\n  Lie down.\n", True),
    ],
)
def test_nobody_who_rests_is_counted_down(text: str, counted: bool) -> None:
    """Nor told that half is over: not in rest, not in long holds, unless it is asked for."""
    words = [event.text for event in timeline(text).events]
    assert ("Three." in words, "Halfway." in words) == (counted, counted)


def test_a_count_down_in_ticks() -> None:
    """`countdown: 5 ticks` strikes each of the last five seconds, and says no number."""
    events = timeline("---\ncountdown: 5 ticks\n---\n- hold 20s\n")
    [hold] = of_kind(events, "hold")
    ticks = [hold.end - e.position for e in of_kind(events, "chime") if e.text == "tick"]
    assert ticks == [48_000 * n for n in (5, 4, 3, 2, 1)]
    assert not of_kind(events, "count")


def test_step_of_steps() -> None:
    """Exercises are counted: in a group its own, else those of the whole routine."""
    text = """
        ## One
        - hold 20s
          This is {step} of {steps}.
        ## Two
        - 2 rounds
          - Bridge: hold 20s
            {step name}, {step} of {steps}. Then {next}.
          - Plank: hold 20s
            {step name}, {step} of {steps}. Then {next}.
    """
    says = [event.text for event in of_kind(timeline(text, **BARE), "say")]
    assert says == [
        "This is one of two.",
        *("Bridge.", "Bridge, one of two.", "Then Plank."),
        *("Plank.", "Plank, two of two.", "Then Bridge."),
        *("Bridge.", "Bridge, one of two.", "Then Plank."),
        *("Plank.", "Plank, two of two."),
    ]


def test_an_empty_word_leaves_its_sentence_out() -> None:
    """Or has another form, behind a bar."""
    words = {"name": ""}
    text = "---\nwords:\n  name: Maria\n---\nHello, {name}. Hello, {name|friend}. Begin.\n"
    says = [event.text for event in of_kind(timeline(text, words=words, **BARE), "say")]
    assert says == ["Hello, friend.", "Begin."]
    full = [event.text for event in of_kind(timeline(text, **BARE), "say")]
    assert full == ["Hello, Maria.", "Hello, Maria.", "Begin."]


@pytest.mark.parametrize("wish", [None, 500.0])
def test_remaining_is_what_remains(wish: float | None) -> None:
    """In words, rounded as people say it, from where they are spoken to the end of the session."""
    text = "There are {remaining} left.\n\n- hold 5-9 min\n\nStill {remaining}.\n\n- hold 40s\n"
    events = timeline(text, wish=wish, **QUIETLY)
    says = [event for event in of_kind(events, "say") if event.text and "." in event.text][:2]
    for event in says:
        left = as_people_say((events.length - event.position) / 48_000)
        assert phrases("en").length(left) in str(event.text)


def test_a_shuffled_group_is_drawn_by_its_seed() -> None:
    """The same seed draws the same order, another one another; every step comes once a round."""
    text = "- 2 rounds, shuffle\n" + "".join(f"  - {name}: hold 9s\n" for name in "ABCDEFG")
    orders = set()
    for seed in ("1", "1", "2", "3", None):
        events = timeline(text, seed=seed, **QUIETLY)
        names = [str(event.text) for event in of_kind(events, "say")][:14]
        assert names[:7] == names[7:]
        assert sorted(names[:7]) == [f"{name}." for name in "ABCDEFG"]
        orders.add(tuple(names))
    assert len(orders) == 4


def test_doses_that_change() -> None:
    """Slashes give each round its own, sides have lengths of their own."""
    holds = of_kind(timeline("- hold 10s/20s/30s, rest 5s/6s/7s\n", **QUIETLY), "hold")
    assert [hold.length / 48_000 for hold in holds] == [10, 20, 30]
    rests = of_kind(timeline("- hold 10s/20s/30s, rest 5s/6s\n", **QUIETLY), "rest")
    assert [rest.length / 48_000 for rest in rests] == [5, 6]
    sided = of_kind(timeline("- hold 30s left, 60s right\n", **QUIETLY), "hold")
    assert [hold.length / 48_000 for hold in sided] == [30, 60]
    reps = of_kind(timeline("- 5/4/3 reps\n", **QUIETLY), "rep")
    assert [rep.round for rep in reps] == [1] * 5 + [2] * 4 + [3] * 3
    ranges = of_kind(timeline("- hold 10-20s/30-50s\n", **QUIETLY), "hold")
    assert [hold.length / 48_000 for hold in ranges] == [15, 40]


@pytest.mark.parametrize("dose", ["hold 10s", "5 reps, lift 1s, lower 1s", "jog 10s"])
def test_a_metronome_ticks_on_every_beat(dose: str) -> None:
    """Ninety beats a minute, to the sample, from the first moment to the end."""
    events = timeline(f"- {dose}, metronome 90\n", **QUIETLY)
    [span] = of_kind(events, "hold", "reps", "segment")
    ticks = [e.position - span.position for e in of_kind(events, "chime") if e.text == "tick"]
    assert ticks == [32_000 * n for n in range(15)]


@pytest.mark.parametrize(
    "dose", ["jog 7s, walk 7s", "jog 7s, walk 7s, jog 10s", "run 5s, 3 rounds"]
)
def test_a_metronome_goes_on_from_segment_to_segment(dose: str) -> None:
    """Seventy beats a minute do not go into seven seconds: no border begins them anew."""
    events = timeline(f"- {dose}, metronome 70\n", **QUIETLY)
    first, *_, last = of_kind(events, "segment")
    ticks = [e.position - first.position for e in of_kind(events, "chime") if e.text == "tick"]
    beats = range(1 + int((last.end - first.position - 1) / (48_000 * 60 / 70)))
    assert ticks == [round(n * 48_000 * 60 / 70) for n in beats]


def test_a_voice_and_a_pace_hold_to_the_end_of_the_chapter() -> None:
    """`[voice …]` and `[pace …]` change what follows, and the next heading ends them."""
    text = "One. [pace brisk] Two.\n\n## A\n\nThree. [voice espeak:de] Four.\n\n## B\n\nFive.\n"
    found = [
        (event.source.text, event.source.voice, event.source.words_a_minute)
        for event in timeline(text, **BARE).events
        if isinstance(event.source, Words)
    ]
    assert found == [
        *(("One.", "", 0), ("Two.", "", 175), ("Three.", "", 0)),
        *(("Four.", "espeak:de", 0), ("Five.", "", 0)),
    ]
