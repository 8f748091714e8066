"""Settings: what each one means, which of three sources wins, and what is said of wrong ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tables import Case, read_table

from voiceguide.errors import Place, Problem, Severity, UsageError
from voiceguide.languages import phrases
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.routine import Side
from voiceguide.script import Known, parse
from voiceguide.settings import CHIME_ROLES, Bed, BreathPhase, Guidance, Settings
from voiceguide.settings.merge import Settled, override_problems, settle
from voiceguide.settings.table import SETTINGS

KNOWN = Known(
    chimes=frozenset({"bowl", "bell", "wood", "bowl-start", "bell-end"}),
    beds=frozenset({"rain", "waves"}),
)


def settled(front: str, options: Mapping[str, str] | None = None) -> Settled:
    """What comes of lines of front matter."""
    routine = parse(f"---\n{front}\n---\nGo.\n", "r.md", KNOWN).routine
    assert routine
    return settle(routine.front, lines=routine.lines, options=options, known=KNOWN)


def of(front: str) -> Settings:
    """The settings of front matter without problems."""
    result = settled(front)
    assert result.problems == ()
    return result.settings


@pytest.mark.parametrize("case", read_table("settings_problems.txt"), ids=lambda case: case.name)
def test_a_wrong_setting_reads(case: Case) -> None:
    """The exact words for everything that can be wrong in front matter."""
    assert "\n\n".join(map(str, settled(case.script).problems)) == case.outcome


SHOWN = re.compile(r"(?:write|did you mean)(?: [^`;]*:)? `([^`…]+)`")
"""A help that shows a value, or a whole line, to write in place of what is marked."""


@pytest.mark.parametrize("case", read_table("settings_problems.txt"), ids=lambda case: case.name)
def test_the_line_in_the_help_passes(case: Case) -> None:
    """Put in the place of what is marked, it leaves no problem there."""
    for problem in settled(case.script).problems:
        shown = SHOWN.search(problem.help or "")
        if shown and problem.place and not shown[1].endswith(":"):  # what follows is under it
            after = mended(case.script, problem, problem.place, shown[1])
            left = settled(after).problems
            assert problem.message not in {one.message for one in left}, after
            assert len(left) < len(settled(case.script).problems), after


def mended(front: str, problem: Problem, place: Place, written: str) -> str:
    """Front matter with a line of its own, or another value; the first line is the fence."""
    lines = front.split("\n")
    line, start = lines[place.line - 2], place.column - 1
    stop, wrong = start + place.width, re.findall("`([^`]+)`", problem.message)
    if written.partition(": ")[0] in SETTINGS:
        mended = written
    elif line[stop : stop + 1] == ":" and wrong and wrong[-1] in line[stop:]:  # a key is marked
        mended = line.replace(wrong[-1], written)
    else:
        mended = line[:start] + written + line[stop:]
    lines[place.line - 2] = mended
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("mood: sleep", "mood: wind down"),
        ("intro: brief", "intro: short"),
        ("bed: off", "bed: none"),
        ("finish: no", "finish: none"),
        ("ending: fade", "ending: fade 1 min"),
        ("count in: none", "count in: 0"),
        ("lead out: none", "lead out: 0s"),
        ("breath: box", "breath: 4 in, 4 hold, 4 out, 4 hold"),
        ("language: German", "language: de"),
    ],
)
def test_a_value_in_other_words_is_answered_with_the_line(front: str, line: str) -> None:
    """And that line passes."""
    (problem,) = settled(front).problems
    assert problem.help
    assert problem.help.startswith(f"write `{line}`")
    assert settled(line).problems == ()


@pytest.mark.parametrize(
    ("tag", "line"),
    [("bed rain -30", "bed rain, -30 dB"), ("bed ocean", "bed waves"), ("pace fast", "pace brisk")],
)
def test_a_tag_is_answered_with_a_tag(tag: str, line: str) -> None:
    """Not with a line of front matter; and it passes."""
    known = Known(beds=frozenset({"rain", "waves"}))

    def told(written: str) -> list[str]:
        routine = parse(f"Breathe. [{written}] Rest.\n", "r.md", known).routine
        assert routine
        return [problem.help or "" for problem in override_problems(routine, known)]

    assert told(tag) == [f"write `[{line}]`"]
    assert told(line) == []


def test_numbers_may_have_their_units() -> None:
    """Seconds of countdowns, words a minute; and a breath its phases before their seconds."""
    found = of("countdown: 5s\ncount in: 3 seconds\npace: 130 wpm\nending: fade out 1 min")
    assert (found.countdown, found.count_in) == (5, 3)
    assert (found.words_a_minute, found.fade) == (130, 60)
    assert of("breath: in 4, hold 2s, out 6").breath == of("breath: 4 in, 2 hold, 6 out").breath


def test_a_setting_unlike_all_others_is_told_which_there_are() -> None:
    """Where none is near, it may stay as a comment; and all of them are shown."""
    (problem,) = settled("colour: blue").problems
    assert problem.message == "unknown setting `colour`"
    comment = "delete it, or keep it as a comment: `# colour: blue`"
    known = ", ".join(f"`{name}`" for name in sorted(SETTINGS))
    assert problem.help == f"{comment}; known are {known}"


def test_without_any_the_defaults_of_the_page_hold() -> None:
    """Nothing written means calm, standard, full, three seconds counted, bowls, and no bed."""
    settings = settle((), known=KNOWN).settings
    assert settings == Settings()
    assert settings.words_a_minute == 130
    assert settings.point == 0.5
    assert settings.guidance is Guidance.FULL
    assert (settings.countdown, settings.countdown_asked, settings.halfway) == (3, False, True)
    assert settings.chimes == dict.fromkeys(CHIME_ROLES, "bowl")
    assert settings.breath_seconds == 10.0
    assert (settings.lead_in, settings.tail, settings.bed) == (1.0, 4.0, None)


# ── what each one means ──────────────────────────────────────────────────────


def test_tags_are_texts() -> None:
    """Title, author, description and cover, numbers and several lines included."""
    settings = of("title: 2026\nauthor: Kim Lee\ndescription: |\n  One.\n  Two.\ncover: a/b.png")
    assert settings.title == "2026"
    assert settings.author == "Kim Lee"
    assert settings.description == "One.\nTwo."
    assert settings.cover == "a/b.png"


@pytest.mark.parametrize(
    ("written", "words"), [("calm", 130), ("Steady", 150), ("brisk", 175), ("80", 80), ("450", 450)]
)
def test_a_pace_is_words_a_minute(written: str, words: int) -> None:
    """Names and numbers are the same thing."""
    assert of(f"pace: {written}").words_a_minute == words


@pytest.mark.parametrize(
    ("written", "point"),
    [
        ("gentle", 0.0),
        ("standard", 0.5),
        ("Strong", 1.0),
        ("0%", 0.0),
        ("25 %", 0.25),
        ("100%", 1.0),
    ],
)
def test_a_level_is_a_point_in_all_ranges(written: str, point: float) -> None:
    """Nothing is the low end, all the high one."""
    assert of(f"level: {written}").point == point


@pytest.mark.parametrize(("written", "seconds"), [("10 min", 600), ("1:30", 90), ("1:00:00", 3600)])
def test_a_length_is_seconds_and_knows_its_place(written: str, seconds: float) -> None:
    """Also where YAML would read a number of its own."""
    settings = of(f"title: Rest\nlength: {written}")
    assert settings.length == seconds
    assert settings.places["length"].line == 3
    assert seconds * SAMPLE_RATE % 1 == 0


@pytest.mark.parametrize(
    ("written", "halfway"),
    [("yes", True), ("no", False), ("true", True), ("False", False), ("on", True), ("OFF", False)],
)
def test_halfway_is_yes_or_no(written: str, halfway: bool) -> None:
    """In all the words that YAML has for it."""
    assert of(f"halfway: {written}").halfway is halfway


def test_guidance_announcements_and_sides_are_chosen_by_name() -> None:
    """Each from its own few words."""
    settings = of("guidance: brief\nannounce: chapters\nfirst side: right")
    assert settings.guidance is Guidance.BRIEF
    assert settings.announce_chapters
    assert settings.first_side is Side.RIGHT
    assert not of("announce: none").announce_chapters


def test_a_countdown_that_is_written_is_asked_for() -> None:
    """So that it is a problem where it doesn't fit, and not left out."""
    settings = of("countdown: 0")
    assert (settings.countdown, settings.countdown_asked) == (0, True)


def test_chimes_are_a_family_or_a_map_of_roles() -> None:
    """A map changes the roles that it names: to a family, a chime, a file or silence."""
    assert of("chimes: Wood").chimes == dict.fromkeys(CHIME_ROLES, "wood")
    assert of("chimes: none").chimes == dict.fromkeys(CHIME_ROLES, None)
    assert of(
        "chimes:\n  start: bell\n  end: bell-end\n  rest: none\n  finish: my/gong.flac"
    ).chimes == {
        "start": "bell",
        "end": "bell-end",
        "switch": "bowl",
        "rest": None,
        "finish": "my/gong.flac",
        "wake": "bowl",
    }


@pytest.mark.parametrize(
    ("written", "name", "level"),
    [
        ("rain", "rain", -30.0),
        ("rain, -24 dB", "rain", -24.0),
        ("waves , −24.5dB", "waves", -24.5),
        ("my, own/rain.flac, -20 db", "my, own/rain.flac", -20.0),
    ],
)
def test_a_bed_is_a_sound_and_a_level(written: str, name: str, level: float) -> None:
    """A name or a file, -30 dBFS where nothing is said; it knows where it stands."""
    settings = of(f"bed: {written}")
    bed = settings.bed
    assert bed == Bed(name, level)
    assert settings.places["bed"].line == 2


def test_a_bed_may_be_none() -> None:
    """The word takes away what a configuration has put there."""
    assert of("bed: none").bed is None


@pytest.mark.parametrize(
    ("written", "phases"),
    [
        ("4 in, 6 out", [("in", 4.0), ("out", 6.0)]),
        ("4 In, 2 hold, 6.5 out", [("in", 4.0), ("hold", 2.0), ("out", 6.5)]),
        ("4s in, 4s hold, 4s out, 4s hold", [("in", 4), ("hold", 4), ("out", 4), ("hold", 4)]),
    ],
)
def test_a_breath_is_its_phases(written: str, phases: list[tuple[str, float]]) -> None:
    """Seconds and words, in the order breathed."""
    settings = of(f"breath: {written}")
    assert settings.breath == tuple(BreathPhase(word, seconds) for word, seconds in phases)
    assert settings.breath_seconds == sum(seconds for _, seconds in phases)


def test_words_are_known_by_their_plain_names() -> None:
    """As braces in prose look them up: in lower case, words a space apart."""
    assert of("words:\n  My  Cushion: a folded blanket").words == {"my cushion": "a folded blanket"}


def test_words_may_be_respelt_and_phrases_changed_or_silenced() -> None:
    """What is said by itself may be left unsaid; numbers need their words."""
    settings = of("say:\n  psoas: so-as\nphrases:\n  switch: Now the other side.\n  rest: ''")
    assert settings.say == {"psoas": "so-as"}
    assert settings.phrases == {"switch": "Now the other side.", "rest": ""}
    assert phrases("en", settings.phrases)["rest"] == ""


@pytest.mark.parametrize(
    ("written", "seconds"), [("0s", 0.0), ("0", 0.0), ("500ms", 0.5), ("1 min", 60.0)]
)
def test_leads_may_be_nothing(written: str, seconds: float) -> None:
    """Unlike other lengths; a minute is the most."""
    assert of(f"lead in: {written}\nlead out: {written}").lead_in == seconds
    assert of(f"lead in: {written}\nlead out: {written}").lead_out == seconds


@pytest.mark.parametrize("voice", ["espeak", "espeak:en-us+f3", "piper:/voices/kim.onnx"])
def test_a_voice_is_an_engine_or_one_of_its_voices(voice: str) -> None:
    """Which there are is not this room's to know."""
    assert of(f"voice: {voice}").voice == voice


def test_a_language_may_be_of_a_region() -> None:
    """`en-GB` has the words of English."""
    assert of("language: en-GB").language == "en-GB"


# ── which one wins ───────────────────────────────────────────────────────────


def test_an_option_beats_the_front_matter_which_beats_the_configuration() -> None:
    """Each setting by itself."""
    routine = parse("---\nlevel: gentle\npace: brisk\n---\nGo.\n", "r.md", KNOWN).routine
    assert routine
    settings = settle(
        routine.front,
        lines=routine.lines,
        options={"level": "strong"},
        config={"level": "standard", "pace": 100, "voice": "espeak:en", "halfway": False},
        known=KNOWN,
    ).settings
    assert settings.point == 1.0
    assert settings.words_a_minute == 175
    assert settings.voice == "espeak:en"
    assert settings.halfway is False


def test_a_level_beside_a_length_is_told_of() -> None:
    """One of the two options means nothing, and a warning says which; the length is kept."""
    both = settled("title: T", {"length": "10m", "level": "gentle"})
    (problem,) = both.problems
    assert (problem.severity, problem.place) == (Severity.WARNING, None)
    assert problem.message.startswith("`level` means nothing beside `length`")
    assert both.settings.length == 600.0
    assert settled("level: gentle", {"length": "10m"}).problems == ()
    assert settled("length: 10m", {"level": "gentle"}).problems == ()


def test_a_length_asked_for_has_no_place() -> None:
    """Then a message about it speaks of the option, not of the line it beats."""
    settings = settled("length: 5 min", {"length": "10m"}).settings
    assert (settings.length, dict(settings.places)) == (600.0, {})


def test_a_countdown_of_the_configuration_gives_way() -> None:
    """It is a habit, not something this routine needs."""
    settings = settle((), config={"countdown": "5"}, known=KNOWN).settings
    assert (settings.countdown, settings.countdown_asked) == (5, False)


def test_maps_are_merged_name_by_name() -> None:
    """A user's pronunciations hold in every routine that has no other."""
    routine = parse("---\nsay:\n  psoas: so-as\n---\nGo.\n", "r.md", KNOWN).routine
    assert routine
    config = {"say": {"psoas": "sow-az", "asana": "ah-sa-na"}, "chimes": {"start": "bell"}}
    settings = settle(routine.front, config=config, known=KNOWN).settings
    assert settings.say == {"psoas": "so-as", "asana": "ah-sa-na"}
    assert (settings.chimes["start"], settings.chimes["end"]) == ("bell", "bowl")


def test_a_wrong_setting_leaves_the_others_alone() -> None:
    """What is right holds, so that a plan can be shown beside the problems."""
    result = settled("pace: fast\nlevel: gentle")
    assert len(result.problems) == 1
    assert result.settings.point == 0.0


# ── options and configuration ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"level": "hard"},
            "`--level hard`: `hard` is not a level\n"
            "help: write `gentle`, `standard` or `strong`, or `0%` to `100%`",
        ),
        ({"length": "10"}, "`--length 10`: `10` has no unit\nhelp: write `10s` or `10 min`"),
        (
            {"guidance": "short"},
            "`--guidance short`: `guidance` cannot be `short`\n"
            "help: write `full`, `brief` or `quiet`",
        ),
        (
            {"first side": "top"},
            "`--first-side top`: `first side` cannot be `top`\nhelp: write `left` or `right`",
        ),
        (
            {"with": ["bands"]},
            "this routine has no option `bands`\nhelp: did you mean `band`?",
        ),
    ],
)
def test_a_wrong_option_is_wrong_usage(options: Mapping[str, str | list[str]], said: str) -> None:
    """There is no line to point at: the option itself is named."""
    with pytest.raises(UsageError) as caught:
        settle((), options=options, known=KNOWN, option_names=["band", "arm overhead"])
    assert str(caught.value) == said
    assert caught.value.exit_code == 2


def test_a_wrong_configuration_is_wrong_usage() -> None:
    """It names the setting, and that it stands in the user's own file."""
    with pytest.raises(UsageError) as caught:
        settle((), config={"pace": "fast"}, known=KNOWN)
    assert caught.value.message == "`pace` in your configuration: `fast` is not a pace"


@pytest.mark.parametrize("asked", ["Band, arm  overhead", ["band", "Arm overhead"]])
def test_options_are_chosen_by_name(asked: str | list[str]) -> None:
    """However they are written, as the routine's own are."""
    settings = settle(
        (), options={"with": asked}, known=KNOWN, option_names=["band", "arm overhead"]
    ).settings
    assert settings.options == {"band", "arm overhead"}


def test_a_routine_without_options_says_so() -> None:
    """There is no nearest name to suggest."""
    with pytest.raises(UsageError, match="it has no options: leave `--with` out"):
        settle((), options={"with": "band"}, known=KNOWN)


# ── anything at all ──────────────────────────────────────────────────────────

VALUES = st.recursive(
    st.text(max_size=12)
    | st.sampled_from(["none", "0", "4 in, 6 out", "rain, -3 dB", "10 min", "5%"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2)
    ),
    max_leaves=4,
)


@hypothesis_settings(deadline=None)
@given(st.sampled_from(list(SETTINGS)), VALUES)
def test_any_value_is_right_or_wrong_usage(name: str, value: object) -> None:
    """No value of any setting brings anything else down."""
    with suppress(UsageError):
        assert isinstance(settle((), config={name: value}, known=KNOWN).settings, Settings)
