"""The routines of the library: safe, sayable, and fitting at every setting that they allow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from voiceguide import library, load
from voiceguide.studio import Session

ROUTINES = library.routines()

HURTS = re.compile(
    r"\b(pain|hurts?|dizzy|schmerz(en|t)?|weh|wehtun|schwindlig|dolor|duele|mareas)\b", re.I
)
STOP = re.compile(
    r"\b(stop|leave|come out|let go|ease off|hör auf|lass|lasse|para|deja|descansa)\b", re.I
)
"""What may go wrong, and what to do then: every routine says so before its first chapter."""

ASKS = {"en": "ask a professional", "de": "frag vorher", "es": ""}
"""Who does the exercises for the psoas is told, once, when to ask before."""

PSOAS = {
    *("before-a-workout", "bird-dog", "constructive-rest", "desk-break", "glute-bridge"),
    *("ground-bridge", "knee-to-chest", "kneeling-hip-flexor-stretch", "leg-circles"),
    *("light-warm-up", "low-lunge", "lying-psoas-stretch", "movement-break"),
    *("pilates-for-the-psoas", "psoas-dehnung", "psoas-march", "psoas-strength"),
    *("psoas-stretches", "roll-up", "standing-pelvic-tilt", "straight-leg-raise"),
    *("ten-minute-psoas-relief", "warrior-one", "yoga-for-the-psoas"),
}

TWINS = {
    "body-scan": ("koerperreise", "recorrido-corporal"),
    "box-breathing": ("kastenatmung", "respiracion-cuadrada"),
    "kneeling-hip-flexor-stretch": ("psoas-dehnung",),
    "lower-back-morning": ("ruecken-am-morgen", "espalda-por-la-manana"),
    "neck-and-shoulders": ("nacken-und-schultern", "cuello-y-hombros"),
    "pelvic-floor": ("beckenboden", "suelo-pelvico"),
}
"""Routines that are there in German and Spanish, too."""

PROMISES = re.compile(r"\b(cures?|heals?|fix(es)?|guarantee|relieves?|pain-free|treats?)\b", re.I)


def spoken(session: Session) -> list[str]:
    """What is said, in order."""
    events = session.plan(estimate=True).timeline.events
    return [event.text or "" for event in events if event.kind.value == "say"]


@pytest.mark.parametrize("name", ROUTINES)
@pytest.mark.parametrize("level", ["gentle", "standard", "strong"])
@pytest.mark.parametrize("guidance", ["full", "brief", "quiet"])
def test_it_fits_at_every_level_and_guidance(name: str, level: str, guidance: str) -> None:
    """No warning, and no cue that does not fit."""
    plan = load(name, level=level, guidance=guidance).plan(estimate=True)
    assert not [str(problem) for problem in plan.problems]


@pytest.mark.parametrize("name", ROUTINES)
@pytest.mark.parametrize("guidance", ["full", "brief", "quiet"])
def test_it_is_as_long_as_it_says_at_every_guidance(name: str, guidance: str) -> None:
    """Its own length is met without the instructions, too: rests and holds have the room."""
    session = load(name, guidance=guidance)
    promised = session.settings.length
    plan = session.plan(estimate=True)
    assert not [str(problem) for problem in plan.problems]
    if promised:
        assert plan.timeline.duration == promised


@pytest.mark.parametrize("name", ROUTINES)
@pytest.mark.parametrize("pace", ["calm", "steady", "brisk", "100"])
def test_it_fits_at_every_pace(name: str, pace: str) -> None:
    """A slow and a quick voice can say it."""
    plan = load(name, pace=pace).plan(estimate=True)
    assert not [str(problem) for problem in plan.problems]


@pytest.mark.parametrize("name", ROUTINES)
def test_it_warns_before_it_begins(name: str) -> None:
    """What to do when it hurts is said before the first chapter, and who should ask, once."""
    session = load(name)
    begins = session.plan(estimate=True).timeline.chapters[1].position  # the first is the opening
    events = session.plan(estimate=True).timeline.events
    before = " ".join(e.text or "" for e in events if e.position < begins)
    assert HURTS.search(before)
    assert STOP.search(before)
    if name in PSOAS:
        asks = ASKS[session.settings.language]
        assert sum(asks in text for text in spoken(session)) == 1


@pytest.mark.slow
def test_the_table_of_the_library_is_within_its_limits() -> None:
    """School year, longest sentence and share of speech, as the benchmark measures them."""
    script = Path(__file__).parents[1] / "benchmarks" / "library.py"
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ROUTINES)
def test_nobody_waits_for_the_first_movement(name: str) -> None:
    """What comes before the first chapter takes 35 seconds at most."""
    timeline = load(name).plan(estimate=True).timeline
    assert timeline.chapters[1].position <= 35 * 48_000


@pytest.mark.parametrize(("name", "twin"), [(a, b) for a, many in TWINS.items() for b in many])
def test_a_twin_has_the_same_doses(name: str, twin: str) -> None:
    """In another language, every length and every count is the same, and in the same order."""
    assert _amounts(twin) == _amounts(name)


def _amounts(name: str) -> list[list[str]]:
    """The numbers of each timed line and of each tag."""
    text = library.find_routine(name).read_text(encoding="utf-8")
    timed = re.findall(r"^ *- (?!half|end|again|first|option)(.*)|(?<!!)\[([^\]]*)\]", text, re.M)
    return [re.findall(r"[\d:-]*\d", dose or tag) for dose, tag in timed]


@pytest.mark.parametrize("name", ROUTINES)
def test_it_promises_no_cure(name: str) -> None:
    """It is a stretch or a rest, and says no more of itself."""
    assert [text for text in spoken(load(name)) if PROMISES.search(text)] == []


@pytest.mark.parametrize("name", ROUTINES)
def test_its_sentences_are_short(name: str) -> None:
    """A sentence that is heard once, on the floor, holds one instruction: 20 words at most."""
    assert [text for text in spoken(load(name)) if len(text.split()) > 20] == []


@pytest.mark.parametrize("name", ROUTINES)
def test_both_sides_get_the_same(name: str) -> None:
    """The holds of the two sides are equal, to the sample."""
    events = load(name).plan(estimate=True).timeline.events
    holds = [(e.side.value, e.length) for e in events if e.side and e.kind.value == "hold"]
    assert [n for s, n in holds if s == "left"] == [n for s, n in holds if s == "right"]


@pytest.mark.parametrize("name", ROUTINES)
def test_it_says_what_it_is(name: str) -> None:
    """Title, author, description and language are in the front matter, for the file's tags."""
    text = library.find_routine(name).read_text(encoding="utf-8")
    front = text.split("---\n")[1]
    assert all(f"\n{key}: " in f"\n{front}" for key in ("title", "author", "description"))
    assert any(f"\nlanguage: {language}\n" in f"\n{front}" for language in ASKS)


# ── one by one ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("guidance", ["full", "brief", "quiet"])
@pytest.mark.parametrize("pace", ["calm", "steady", "brisk"])
def test_ten_minutes_are_ten_minutes(guidance: str, pace: str) -> None:
    """Whatever is said and how fast, the session has its length, and all its chapters."""
    session = load("ten-minute-psoas-relief", guidance=guidance, pace=pace)
    timeline = session.plan(estimate=True).timeline
    assert timeline.length == 600 * 48_000
    assert [chapter.title for chapter in timeline.chapters] == [
        "Ten-minute psoas relief",
        "Standing pelvic tilt",
        "Kneeling hip flexor stretch",
        "Lying psoas stretch",
        "Constructive rest",
    ]


def test_ten_minutes_meet_the_doses() -> None:
    """Tilts of 10 to 20 seconds, 4 to 6 times; stretches of 30 to 60, and well within both."""
    timeline = load("ten-minute-psoas-relief").plan(estimate=True).timeline
    seconds: dict[int, list[float]] = {}
    for event in timeline.events:
        if event.kind.value == "hold" and event.chapter is not None:
            seconds.setdefault(event.chapter, []).append(event.length / 48_000)
    tilts, kneeling, lying, rest = (seconds[chapter] for chapter in range(1, 5))
    assert 4 <= len(tilts) <= 6
    assert all(11 < tilt < 19 for tilt in tilts)
    assert all(33 < hold < 57 for hold in kneeling + lying)
    assert len(lying) == 2
    assert 120 <= rest[0] <= 240


def test_ten_minutes_are_mostly_quiet() -> None:
    """The showpiece speaks for less than 30 % of its time, and says hardly anything twice."""
    timeline = load("ten-minute-psoas-relief").plan(estimate=True).timeline
    said = [event for event in timeline.events if event.kind.value in ("say", "count")]
    assert sum(event.length for event in said) < 0.3 * timeline.length
    texts = [event.text for event in said]
    assert max(texts.count(text) for text in texts) <= 2


def test_a_short_session_leaves_the_lying_stretch_out() -> None:
    """It is optional: seven minutes are met without it, heading and all."""
    timeline = load("ten-minute-psoas-relief", length="6:30").plan(estimate=True).timeline
    assert timeline.length == 390 * 48_000
    assert "Lying psoas stretch" not in [chapter.title for chapter in timeline.chapters]


@pytest.mark.parametrize("guidance", ["full", "quiet"])
@pytest.mark.parametrize("minutes", [10, 11.5, 15, 17.25, 20])
def test_constructive_rest_has_any_length_from_ten_to_twenty(minutes: float, guidance: str) -> None:
    """Any length between, with its words."""
    session = load("constructive-rest", length=f"{minutes} min", guidance=guidance)
    plan = session.plan(estimate=True)
    assert plan.timeline.length == round(minutes * 60 * 48_000)
    assert not plan.problems


def test_the_kneeling_stretch_has_three_rounds_a_side() -> None:
    """Thirty to sixty seconds, three times a leg, with a rest between the rounds."""
    timeline = load("kneeling-hip-flexor-stretch").plan(estimate=True).timeline
    holds = [event for event in timeline.events if event.kind.value == "hold"]
    assert [event.side.value for event in holds if event.side] == ["left", "right"] * 3
    assert {event.length for event in holds} == {45 * 48_000}
    assert sum(event.kind.value == "rest" for event in timeline.events) == 2


def test_the_arm_overhead_is_an_option() -> None:
    """It is in the session only where it is asked for, and names the side of the kneeling leg."""
    plain = spoken(load("kneeling-hip-flexor-stretch"))
    asked = spoken(load("kneeling-hip-flexor-stretch", with_=["arm overhead"]))
    assert not [text for text in plain if " arm" in text]
    assert asked.count("Your left arm reaches up, beside your ear.") == 3
    assert asked.count("Lower your right arm.") == 3
