"""Doses as people write them: each means what its author wanted, or is answered with a line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from voiceguide.errors import Place, Severity
from voiceguide.lengths import Count, Length
from voiceguide.routine import Counted, Dose, Moment, Phase, Side, Step, Timed
from voiceguide.script import Known, parse
from voiceguide.script.format import house_form

CASES = Path(__file__).parent / "cases"
NOWHERE = Place("", 0)


def steps(script: str) -> list[Step]:
    """The steps of a script without errors."""
    parsed = parse(script, "r.md", Known())
    assert [p for p in parsed.problems if p.severity is Severity.ERROR] == []
    assert parsed.routine
    return list(parsed.routine.steps())


def told(dose: str, under: str = "  Breathe.\n", language: str = "en") -> Dose:
    """What a dose says, wherever it is written and in whatever words."""
    (step, *_) = steps(f"---\nlanguage: {language}\n---\n- {dose}\n{under}")
    return without_places(step.dose)


def without_places(dose: Dose) -> Dose:
    """The same dose, without what tells two ways to write it apart."""
    values: dict[str, Any] = {
        name: _placeless(getattr(dose, name)) for name in dose.__struct_fields__
    }
    return replace(Dose(""), **{**values, "text": ""})


def _placeless(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_placeless, value))
    return replace(value, place=NOWHERE) if hasattr(value, "place") else value  # type: ignore[type-var]  # all that have one are data


def problems(script: str) -> list[str]:
    """What is said of a script, with its way out."""
    return [f"{p.message}; {p.help}" for p in parse(script, "r.md", Known()).problems]


# ── the table of everyday doses ──────────────────────────────────────────────

ROWS = [line.split("\t") for line in (CASES / "doses.tsv").read_text(encoding="utf-8").splitlines()]
MEANT = [
    (written, meant)
    for written, meant in ROWS
    if not meant.startswith(("an error", "a step named", "27 breaths"))
]


@pytest.mark.parametrize(("written", "meant"), MEANT, ids=[row[0] for row in MEANT])
def test_a_dose_means_what_its_author_wanted(written: str, meant: str) -> None:
    """The same as the line in the house's own words."""
    written, _, language = written.removesuffix(")").partition(" (language: ")
    assert told(written, language=language or "en") == told(re.sub(r" \(.*\)|, where.*", "", meant))


def test_a_named_step_has_a_name_and_a_dose() -> None:
    """With or without stars around the name; its dose is what stands behind the colon."""
    house = told("10 reps, 3 rounds, each side")
    for written in (
        "Heel slide: 3 x 10 each side",
        "**Heel slide**: 3 x 10, each side",
        "**Heel slide:** 3 x 10, each side",
    ):
        (step,) = steps(f"- {written}\n  Breathe.\n")
        assert step.name == "Heel slide"
        assert without_places(step.dose) == house


def test_minutes_of_breathing_are_whole_breaths() -> None:
    """As many as come nearest; without phases, of ten seconds each."""
    dose = told("breathe 5 min, in 5.5s, out 5.5s")
    assert dose.breaths
    assert dose.reps == Counted(Count(27, 27), NOWHERE)
    assert told("breathe 5-10 min").reps == Counted(Count(30, 60), NOWHERE)


def test_how_often_belongs_into_the_front_matter() -> None:
    """A prescription is no number of rounds."""
    (said,) = problems("- 10 reps, 3 times a day\n  Breathe.\n")
    assert "`frequency: 3 times a day`" in said


@pytest.mark.parametrize("written", ["at your own pace", "as many as you can", "until tired"])
def test_a_time_of_ones_own_is_a_wait(written: str) -> None:
    """The way out names the clause that waits for the listener."""
    (said,) = problems(f"- {written}\n  Breathe.\n")
    assert "`wait 60s`" in said


ALIKE = [
    ("hold 30s, 3 rounds", ["3 x 30s", "hold 30s x 3", "hold 3 x 30s", "3 sets of 30 seconds"]),
    ("hold 30s, 3 rounds", ["3 rounds of 30s", "30s x 3", "hold 30 sec., 3x", "3 × 30″"]),
    ("10 reps, 3 rounds", ["3 × 10 reps", "10 reps x 3", "three sets of ten", "3 sets, 10 reps"]),
    ("8-12 reps, 3 rounds", ["3 sets of 8 to 12", "3 x 8–12 reps", "8-12 reps x 3 sets"]),
    ("hold 30s, each side", ["hold 30s each leg", "30s per side", "hold it 30 s, both sides"]),
    ("hold 30s, each side", ["hold 30s, left and right", "hold 30s (each side)", "30s/side"]),
    ("10 reps, each side", ["10 reps per side", "10 reps on each leg", "10 repetitions each arm"]),
    ("10 reps, alternate sides", ["10 reps, alternating", "10 reps alternating legs"]),
    ("hold 1.5 min", ["hold 1,5 min", "hold 1½ min", "hold 1:30 min", "hold 1-1/2 min", '90"']),
    ("hold 90 min", ["hold 1h30", "hold 1:30 h", "hold 1½ hours"]),
    ("10 reps, lower 3s, hold 1s, lift 1s", ["10 reps, tempo 3-1-1", "10 reps, tempo 3110"]),
    ("hold 30s, rest 10s, 3 rounds", ["hold: 30s, break 10s, 3 sets", "3 x 30s with 10s rest"]),
    ("ready 5s, hold 30s", ["prepare 5s, hold 30s", "get ready 5s, 30s hold"]),
    ("pause 3s", ["silence 3s"]),
    ("hold 30s, each side, change 5s", ["hold 30s, each side, switch 5s"]),
    ("10 reps", ["reps: 10", "10 repetitions", "10 times"]),
    ("10 rounds, every 1 min", ["10 rounds, every minute", "EMOM 10 min"]),
    ("ready 10s, count in 5, hold 20s", ["ready 10s, countdown 5, hold 20s"]),
    ("10 reps, each side", ["10 each side", "10 per side", "10 each"]),
    ("12/10/8 reps", ["12-10-8 reps"]),
    ("work 40s, rest 20s, 8 rounds", ["40s on, 20s off, 8 rounds", "40 on 20 off, 8x"]),
    ("work 20s, 8 rounds", ["8 x 20s work", "8 x work 20s"]),
    ("hold 45s left, 45s right", ["hold 45s L, 45s R"]),
    ("hold 30s, each side", ["hold 30s, switch", "hold 30s, repeat on the other side"]),
    ("hold 5 breaths", ["hold for 5 slow breaths", "hold 5 deep breaths"]),
    ("20 reps, metronome 60", ["20 reps at 60 bpm"]),
    ("hold 30s", ["hold .5 min", "hold half a minute"]),
    ("in 4s, hold 7s, out 8s", ["4-7-8 breathing"]),
]


@pytest.mark.parametrize(
    ("house", "written"), [(house, one) for house, others in ALIKE for one in others]
)
def test_other_words_mean_the_same(house: str, written: str) -> None:
    """Silently: they are the language, not a guess."""
    under = "" if house.startswith("pause") else "  Breathe.\n"
    assert told(written, under) == told(house, under)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Bridges – 3 x 12", "Bridges: 3 x 12"),
        ("**Bridges** - 3 x 12", "Bridges: 3 x 12"),
        ("Bridges, 3 x 12", "Bridges: 3 x 12"),
        ("10 reps slowly", "10 reps"),
        ("hodl 30s", "hold 30s"),
        ("8 sest", "8 sets"),
    ],
)
def test_what_is_not_understood_is_answered_with_the_line(written: str, line: str) -> None:
    """And that line passes."""
    (said,) = problems(f"- {written}\n  Breathe.\n")
    shown = re.search(r"(?:write|did you mean) `([^`]+)`", said)
    assert shown
    assert shown[1] in (line, line.replace("sets", "reps"))
    assert problems(f"- {shown[1]}\n  Breathe.\n") == []


# ── doses as they stand in published programmes and on physiotherapists' sheets ──

WRITTEN = [
    line.split("\t")
    for line in (Path(__file__).parent / "doses_written.tsv").read_text("utf-8").splitlines()
]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "written", "house"), WRITTEN)
def test_published_doses_mean_what_they_say(language: str, written: str, house: str) -> None:
    """In seven languages; words that are said are in the author's, whatever their case."""
    assert in_lower_case(told(written, language=language)) == in_lower_case(told(house))


def in_lower_case(dose: Dose) -> Dose:
    """A dose with the words of its phases and segments in small letters."""
    small = [replace(one, word=one.word.lower()) for one in (*dose.phases, *dose.segments)]
    count = len(dose.phases)
    return replace(dose, phases=tuple(small[:count]), segments=tuple(small[count:]))


EVERYDAY = [
    *("3 x 10", "3x10 each leg", "3 sets of 10", "3 sets of 12-15 reps", "2-3 sets x 10 reps"),
    *("10 repetitions", "10 reps each side", "10 reps per side, 3 sets", "20 alternating"),
    *("3 x 30 sec", "hold 30 seconds, repeat 3 times", "hold for 20 to 30 seconds each side"),
    *("3 x 30s each leg, rest 30s", "hold 5 sec x 10 reps", "10 reps with a 5 second hold"),
    *("10 x 5s hold", "3 x 8, tempo 3-1-1", "5 breaths each side", "in 4, hold 4, out 4, hold 4"),
    *("40s on, 20s off x 8", "EMOM 10", "run 1 min, walk 90s, repeat 8 times", "1 min each side"),
    *("20 reps (10 each side)", "x10", "3 x 8-12, rest 60-90 sec between sets"),
    *("10 reps slowly", "3 sets to failure"),
]
"""Forms of the sheets that people are handed; the last two say something that no clock knows."""


def test_everyday_doses_pass_or_are_answered_with_the_line() -> None:
    """Of 28, 26 pass as they are, and the line that answers the others passes in their place."""
    said = {dose: problems(f"- {dose}\n  Breathe.\n") for dose in EVERYDAY}
    answered = {dose: told_[0] for dose, told_ in said.items() if told_}
    assert len(EVERYDAY) == 28
    assert list(answered) == ["10 reps slowly", "3 sets to failure"]
    for told_ in answered.values():
        shown = re.search(r"write `([^`]+)`", told_)
        assert shown
        assert problems(f"- {shown[1]}\n  Breathe.\n") == []


ANSWERED = [
    ("10 reps with a band", "10 reps"),
    ("4x6 @ 30X1", "6 reps, 4 rounds"),
    ("10 squats", "Squats: 10 reps"),
    ("15 calf raises x 3", "Calf raises: 15 reps, 3 rounds"),
    ("10 reps each, alternating", "20 reps, alternate sides"),
    ("hold up to 60 seconds", "hold 60 seconds"),
    ("3 x 10 2x/day", "10 reps, 3 rounds"),
    ("3 x 30s at RPE 6", "hold 30s, 3 rounds"),
    ("up to 10 reps", "10 reps"),
    ("max 10 reps", "10 reps"),
    ("5 circles each way", "Circles: 5 reps, each side"),
    ("bike 10 min easy", "bike 10 min"),
    ("squats x 10", "Squats: 10 reps"),
    ("10 reps + 20s hold", "10 reps, hold 20s"),
    ("10 alternating reps per side", "20 reps, alternate sides"),
    ("10 reps × 3 sets × 2/day", "10 reps, 3 rounds"),
]


@pytest.mark.parametrize(("written", "line"), ANSWERED)
def test_the_answer_keeps_what_was_understood(written: str, line: str) -> None:
    """With the author's own counts and lengths; and it passes."""
    (said,) = problems(f"- {written}\n  Breathe.\n")
    assert f"write `{line}`" in said
    assert problems(f"- {line}\n  Breathe.\n") == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("3 x 400 m", "`400 m` is a distance"),
        ("hold 100m", "`100m` is a distance"),
        ("run 5 km", "`5 km` is a distance"),
        ("3-1-1, hold 20s", "`3-1-1` is a tempo, and needs reps"),
        ("gong", "write `chime bowl`"),
        ("hold 30s, RPE 5", "`RPE 5` says how hard"),
        ("10 reps, 5 kg", "`5 kg` says how hard"),
        ("10 reps, red band", "words go on the lines under the step"),
        ("10 reps, then hold 20s", "after each rep or after all of them"),
        ("run 1 min, walk 2 min for 20 minutes", "`7 rounds` last 21 min"),
    ],
)
def test_what_no_clock_knows_is_told_as_what_it_is(written: str, said: str) -> None:
    """A distance, an effort, a hold after some reps: an error of its own, and no wrong time."""
    (told_,) = problems(f"- {written}\n  Breathe.\n")
    assert said in told_


def test_a_short_rest_beside_a_held_rep_is_part_of_it() -> None:
    """Where no round needs it, and it is no rest after all of them."""
    for written in ("10 reps, hold 5s, rest 5s", "5s hold, 5s rest, 10 reps"):
        dose = told(written)
        assert [(one.word, one.length.low) for one in dose.phases] == [("hold", 5), ("rest", 5)]
    assert told("3 x 10, hold 5s, rest 5s").rest == Timed(Length(5, 5), NOWHERE)
    (said,) = problems("- 10 reps, hold 5s, rest 60s\n  Breathe.\n")
    assert "never comes" in said


def test_a_misspelt_clause_is_told_in_its_own_language() -> None:
    """Not taken for a segment of that name."""
    (said,) = problems("---\nlanguage: de\n---\n- 30s haltn\n  Atme.\n")
    assert "did you mean `halten 30s`" in said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("- hold 60s: Sit tall.\n", "`hold 60s:` is a dose, and takes no colon"),
        ("- hold 60s\n  Sit.\n  - 30s: Rise.\n", "write `at 30s`"),
        ("- hold 60s\n  Sit.\n  - half - Breathe.\n", "write `half: Breathe.`"),
        ("- left side, right side, hold 30s\n  Sit.\n", "write `each side` for both"),
        ("- use: low-lunge\n", "write `use low-lunge`"),
        ("- include low-lunge\n", "write `use low-lunge`"),
        ("Breathe, {name}.\n", "your own stand under `words:`"),
    ],
)
def test_slips_in_bullets_are_answered_with_what_they_mean(script: str, said: str) -> None:
    """A dose with its words behind a colon, a cue without its word or its colon, both sides, other
    ways to bring in routines and words."""
    (told_,) = problems(script)
    assert said in told_


def test_cues_and_stars_may_be_written_in_words() -> None:
    """`every minute`, `at one minute`, a count-down from a number, and a dose in bold."""
    script = "- **hold 3 min**\n  Sit.\n  - {}: Breathe.\n"
    (step,) = steps(script.format("every minute"))
    assert step.dose.hold
    assert step.dose.hold.length == Length(180, 180)
    assert [(cue.moment, cue.length) for cue in step.cues] == [(Moment.EVERY, Length(60, 60))]
    (step,) = steps(script.format("at one minute"))
    assert [(cue.moment, cue.length) for cue in step.cues] == [(Moment.AT, Length(60, 60))]
    (step,) = steps("- hold 30s\n  Sit.\n  - last 10s: count down from 10\n")
    assert [cue.count_down for cue in step.cues] == [True]


GERMAN = [
    ("3 Sätze à 10 Wdh, Pause 30s", "10 reps, 3 rounds, rest 30s"),
    ("30 Sekunden halten, pro Seite", "hold 30s, each side"),
    ("8 bis 12 Wiederholungen, abwechselnd", "8-12 reps, alternate sides"),
    ("3 x 30 Sek., je Seite", "hold 30s, 3 rounds, each side"),
    ("hold 30s, jede Seite, Wechsel 5s", "hold 30s, each side, change 5s"),
]


@pytest.mark.parametrize(("written", "house"), GERMAN)
def test_a_german_routine_may_have_german_clauses(written: str, house: str) -> None:
    """Beside the English ones, which stay what they are: `pause` is a silence, `Pause` a rest."""
    assert told(written, language="de") == told(house)
    assert told("pause 3s", "", "de").pause


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "tenir 30 secondes, chaque côté, 3 séries"),
        ("es", "mantener 30 segundos, cada lado, 3 series"),
        ("it", "mantenere 30 secondi, ogni lato, 3 serie"),
        ("pt", "segurar 30 segundos, cada lado, 3 séries"),
        ("nl", "vasthouden 30 seconden, elke kant, 3 series"),
        ("pl", "utrzymaj 30 sekund, każda strona, 3 serie"),
    ],
)
def test_other_languages_have_their_clauses(language: str, written: str) -> None:
    """By the words of their folders."""
    assert told(written, language=language) == told("hold 30s, each side, 3 rounds")


# ── segments, and doses that change ──────────────────────────────────────────


def seconds(*lengths: float) -> tuple[Length, ...]:
    """Exact lengths."""
    return tuple(Length(one, one) for one in lengths)


def test_words_with_a_length_are_segments_where_there_are_no_reps() -> None:
    """In the order written; beside reps they are phases, and a rest stays between the rounds."""
    dose = told("work 20s, walk 40s, rest 10s, 8 rounds")
    assert [(one.word, one.length) for one in dose.segments] == [
        ("work", Length(20, 20)),
        ("walk", Length(40, 40)),
    ]
    assert dose.rest == Timed(Length(10, 10), NOWHERE)
    assert told("4 reps, work 20s").segments == ()
    in_left = told("in left 4s, hold 4s, out right 8s").segments
    assert [one.word for one in in_left] == ["in left", "hold", "out right"]
    assert told("jog for 60s") == told("jog 60s")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("hodl 30s", "hold 30s"), ("rset 10s", "rest 10s"), ("puase 3s", "pause")],
)
def test_a_word_spelled_almost_like_a_clause_is_no_segment(written: str, meant: str) -> None:
    """It stays an error, with that clause and the author's own length in its help."""
    (said, *_) = problems(f"- {written}\n  Breathe.\n")
    assert f"did you mean `{meant}" in said


def test_slashes_give_each_round_its_own() -> None:
    """Of a hold, of segments and of reps; as many as there are make the rounds."""
    dose = told("hold 10s/20s/30s/20s/10s, rest 10s")
    assert dose.hold == Timed(Length(10, 30), NOWHERE, seconds(10, 20, 30, 20, 10))
    assert dose.rounds == Counted(Count(5, 5), NOWHERE)
    dose = told("work 40/30/20s, rest 20s/15s/10s")
    assert dose.segments == (Phase("work", Length(20, 40), NOWHERE, seconds(40, 30, 20)),)
    assert dose.rest == Timed(Length(10, 20), NOWHERE, seconds(20, 15, 10))
    counts = (Count(10, 10), Count(8, 8), Count(6, 6))
    assert told("10/8/6 reps").reps == Counted(Count(6, 10), NOWHERE, counts)


def test_slashes_and_rounds_must_agree() -> None:
    """A rest may have one fewer: none follows the last round."""
    (said,) = problems("- hold 10s/20s, 3 rounds\n  Breathe.\n")
    assert "is for 2 rounds, and there are 3" in said
    assert told("work 40s/30s/20s, rest 20s/15s").rounds == Counted(Count(3, 3), NOWHERE)


def test_sides_may_have_lengths_of_their_own() -> None:
    """In whichever order they are written, the left one stands first."""
    for written in ("hold 30s left, 60s right", "60s right, hold 30s left"):
        dose = told(written)
        assert dose.hold
        assert dose.hold.by_side == seconds(30, 60)
        assert dose.at(1, Side.RIGHT).hold == Timed(Length(60, 60), NOWHERE)
        assert dose.sides.value == "each side"


def test_a_metronome_a_count_in_and_a_shuffle_are_clauses() -> None:
    """Each with what it needs, and an error without it."""
    assert told("20 reps, metronome 60").metronome == Counted(Count(60, 60), NOWHERE)
    assert told("ready 10s, count in, hold 20s").count_in
    (group, *_) = steps("- 2 rounds, shuffle\n  - hold 10s\n    One.\n  - hold 20s\n    Two.\n")
    assert group.dose.shuffle
    assert problems("- hold 30s, shuffle\n  Breathe.\n")
    assert problems("- 3 rounds, metronome 60\n  Breathe.\n")
    assert problems("- 20 reps, metronome 5\n  Breathe.\n")


def test_cues_may_belong_to_a_segment() -> None:
    """By its name before the moment; a moment in other words is the same one."""
    script = "- jog 60s, walk 90s\n  Go.\n  - walk halfway: Slowly.\n  - 5s to go: Almost.\n"
    (step,) = steps(script)
    assert [(cue.segment, cue.moment) for cue in step.cues] == [
        ("walk", Moment.HALF),
        ("", Moment.LAST),
    ]


# ── the other cases ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["b4-sigh", "b7-nostril", "h1-tabata-natural", "h4-pyramid"])
@pytest.mark.parametrize("ending", ["", "\n- rest 5s\n"])
def test_a_routine_as_people_publish_it_passes(name: str, ending: str) -> None:
    """Breath patterns, a Tabata and a pyramid, as they were written."""
    assert steps((CASES / f"{name}.md").read_text(encoding="utf-8") + ending)


@pytest.mark.parametrize("name", ["h6-emom", "h13-ready-countdown", "h15-c25k"])
def test_interval_training_passes(name: str) -> None:
    """On the minute, with a count-in, and a first week of running."""
    assert steps((CASES / f"{name}.md").read_text(encoding="utf-8"))


# ── sentences with a length in them ──────────────────────────────────────────

SENTENCES = [
    line.split("\t")
    for line in Path(__file__)
    .with_name("sentences_as_doses.tsv")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.mark.parametrize(("language", "written", "house"), SENTENCES)
def test_a_sentence_with_a_length_is_an_instruction_and_its_hold(
    language: str, written: str, house: str
) -> None:
    """A few words are a segment's name; the house form says which, and means the same."""
    front = f"---\nlanguage: {language}\n---\n\n"
    lines = house.replace(" | ", "\n  ")
    assert house_form(f"{front}- {written}\n", Known()) == f"{front}- {lines}\n"
    meant, told = steps(f"{front}- {written}\n"), steps(f"{front}- {lines}\n")
    assert [without_places(step.dose) for step in meant] == [
        without_places(step.dose) for step in told
    ]
    assert [bool(step.body) for step in meant] == ["|" in house]


def test_what_stands_under_such_a_sentence_follows_it() -> None:
    """Words, and cues of its hold."""
    script = (
        "- Lie back and let your knees fall out for two minutes\n  Soften.\n  - half: Breathe.\n"
    )
    (step,) = steps(script)
    said = [str(piece.text) for one in step.body for part in one.parts for piece in part.pieces]  # type: ignore[union-attr]  # it is prose alone
    assert said == ["Lie back and let your knees fall out for two minutes.", "Soften."]
    assert [cue.moment for cue in step.cues] == [Moment.HALF]
