"""What scripts mean: each case of `script_trees.txt`, and what a table of text cannot show."""

from __future__ import annotations

import pytest
from describing import describe
from tables import Case, read_table

from voiceguide.lengths import Count, Length
from voiceguide.routine import (
    Counted,
    Cue,
    Dose,
    Heading,
    Moment,
    Option,
    Phase,
    Prose,
    Routine,
    Sentence,
    Setting,
    Sides,
    Step,
    Text,
    Timed,
)
from voiceguide.script import BUILT_IN_WORDS, Known, Parsed, is_path, parse, path_fault

KNOWN = Known(
    chimes=frozenset({"bowl", "bell", "wood", "bowl-start", "bell-end"}),
    routines=frozenset({"low-lunge", "warrior-one"}),
    beds=frozenset({"rain"}),
)


def read(script: str | bytes) -> Routine:
    """The routine of a script that has no problems."""
    parsed = parse(script, "r.md", KNOWN)
    assert parsed.problems == ()
    assert parsed.routine
    return parsed.routine


# ── the tree ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", read_table("script_trees.txt"), ids=lambda case: case.name)
def test_a_script_means(case: Case) -> None:
    """The tree of a script, a line for each thing that is said, struck or timed."""
    assert describe(read(case.script)) == case.outcome


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(end: str) -> None:
    """Files from any system read alike, places included."""
    routine = read(end.join(["Breathe in.", "", "- hold 30s", "  Kneel.", ""]))
    assert describe(routine) == "say Breathe in.\nstep hold 30s\n  say Kneel."
    assert [block.place.line for block in routine.body] == [1, 3]
    assert len(routine.lines) == 4


def test_a_tab_reaches_to_the_next_fourth_column() -> None:
    """Two spaces and a tab are as deep as one tab, and less than a tab and a space."""
    routine = read("- 2 rounds\n\tOne.\n  \t- hold 1s\n\t Two.\n\tThree.\n")
    assert describe(routine) == (
        "step 2 rounds\n  say One.\n  step hold 1s\n    say Two.\n  say Three."
    )


def test_white_space_from_web_pages_is_white_space() -> None:
    """Spaces that do not break count as spaces, also after the dash."""
    assert describe(read("\u00a0Breathe\u00a0in.\n-\u00a0hold\u00a030\u00a0s\n")) == (
        "say Breathe in.\nstep hold 30s"
    )


@pytest.mark.parametrize("data", ["Breathe.\n", b"Breathe.\n", b"\xef\xbb\xbfBreathe.\n"])
def test_a_script_comes_as_text_or_utf_8(data: str | bytes) -> None:
    """Text, UTF-8, and UTF-8 with its mark are the same routine."""
    assert read(data) == read("\ufeffBreathe.\n")


# ── nodes and their places ───────────────────────────────────────────────────


def test_a_dose_holds_each_clause_with_its_place() -> None:
    """Clauses stand in their own fields, whatever their order, and know where they stand."""
    (step,) = read("- 3 rounds, hold 30-60s,  option  Arm overhead\n").steps()
    assert step.dose.text == "3 rounds, hold 30-60s,  option  Arm overhead"
    assert step.dose.hold
    assert step.dose.hold.length == Length(30.0, 60.0)
    assert (step.dose.hold.place.column, step.dose.hold.place.width) == (13, 11)
    assert step.dose.rounds
    assert step.dose.rounds.count == Count(3, 3)
    assert isinstance(step.dose.option, Option)
    assert step.dose.option.name == "arm overhead"
    assert (step.dose.option.place.column, step.dose.option.place.width) == (27, 20)


def test_phases_keep_their_order_and_take_the_words_of_clauses() -> None:
    """Beside reps, `hold` and `pause` are phases; a box breath has one of them twice."""
    (step,) = read("- hold 2s, in 4s, pause 1s, out 4s, hold 2s, 6 breaths\n").steps()
    assert [phase.word for phase in step.dose.phases] == ["hold", "in", "pause", "out", "hold"]
    assert isinstance(step.dose.phases[0], Phase)
    assert step.dose.hold is None
    assert step.dose.pause is None
    assert isinstance(step.dose.reps, Counted)
    assert step.dose.breaths


def test_a_sentence_knows_its_first_character_and_its_width() -> None:
    """The mark of a sentence ends with it, or with the line that it goes on after."""
    (prose,) = read("One. *Two* three.\nFour\nfive. Six.\n").body
    assert isinstance(prose, Prose)
    places = [(p.place.line, p.place.column, p.place.width) for p in prose.parts]
    assert places == [(1, 1, 4), (1, 7, 11), (2, 1, 4), (3, 7, 4)]


def test_places_after_comments_tabs_and_escapes_are_those_of_the_file() -> None:
    """Columns count the characters of the file, a tab and a comment's included."""
    (step,) = read("- hold 30s\n\t<!-- x --> A\\. [4s] B.\n").steps()
    (prose,) = step.body
    assert isinstance(prose, Prose)
    assert [part.place.column for part in prose.parts] == [13, 17, 22]


def test_a_cue_stands_where_its_moment_is_written() -> None:
    """The place of a cue is its moment's, so that a mark under it tells which it is."""
    (step,) = read("- hold 3 min\n  - every 1 min: One. | Two.\n").steps()
    (cue,) = step.cues
    assert isinstance(cue, Cue)
    assert (cue.moment, cue.length, len(cue.texts)) == (Moment.EVERY, Length(60.0, 60.0), 2)
    assert (cue.place.line, cue.place.column, cue.place.width) == (2, 5, 11)


def test_steps_walks_all_depths_in_the_order_written() -> None:
    """Every step of a routine, groups before what is in them."""
    routine = read("- 2 rounds\n  - hold 1s\n  - 3 rounds\n    - hold 2s\n- hold 3s\n")
    assert [step.place.line for step in routine.steps()] == [1, 2, 3, 4, 5]


def test_stress_and_words_are_pieces() -> None:
    """Neighbours that are stressed alike are one piece; white space between them is one space."""
    (prose,) = read("Go  *very*\n*slowly* on\\*.\n").body
    assert isinstance(prose, Prose)
    (sentence,) = prose.parts
    assert isinstance(sentence, Sentence)
    assert sentence.pieces == (
        Text("Go "),
        Text("very", stressed=True),
        Text(" "),
        Text("slowly", stressed=True),
        Text(" on*."),
    )


# ── front matter ─────────────────────────────────────────────────────────────


def front(script: str) -> dict[str, object]:
    """The settings of a script, as written."""
    return {setting.name: setting.value for setting in read(script).front}


def test_settings_are_texts_whatever_yaml_makes_of_them() -> None:
    """No number, no truth value, no date, no sexagesimal minutes: what was written."""
    values = front(
        "---\nlength: 1:30\nhalfway: no\ntitle: 2026-01-02\npace: 0140\nauthor:\nbed: ~\n---\nGo.\n"
    )
    assert values == {
        "length": "1:30",
        "halfway": "no",
        "title": "2026-01-02",
        "pace": "0140",
        "author": "",
        "bed": "~",
    }


def test_settings_are_maps_lists_and_long_texts_too() -> None:
    """What a value may be is `settings`' to say: here it is read as it stands."""
    values = front(
        "\n---\nFirst  Side: left\nsay: {psoas: so-as, Om: 'ohm'}\n"
        "description: >\n  Two\n  lines.\nwith: [a, b]\n---\nGo.\n"
    )
    assert values == {
        "first side": "left",
        "say": {"psoas": "so-as", "Om": "ohm"},
        "description": "Two lines.\n",
        "with": ["a", "b"],
    }


def test_settings_know_where_name_value_and_keys_stand() -> None:
    """Problems of `settings` can mark what is wrong."""
    routine = read("---\ntitle:  Rest\nchimes:\n  start: bell\n---\nGo.\n")
    title, chimes = routine.front
    assert isinstance(title, Setting)
    assert (title.place.line, title.place.column, title.place.width) == (2, 1, 5)
    assert title.value_place
    assert (title.value_place.column, title.value_place.width) == (9, 4)
    assert (chimes.places["start"].line, chimes.places["start"].column) == (4, 3)


@pytest.mark.parametrize("script", ["Go.\n", "---\n---\nGo.\n", "---\n# nothing\n---\nGo.\n"])
def test_front_matter_may_be_missing_or_empty(script: str) -> None:
    """A routine needs no settings."""
    assert front(script) == {}


def test_the_lines_are_kept_as_messages_show_them() -> None:
    """Characters that a terminal would obey are not among them; columns stay."""
    parsed = parse("A\x1b[31m.\nB.\n", "r.md", KNOWN)
    assert parsed.routine
    assert parsed.routine.lines == ("A\ufffd[31m.", "B.")


# ── what is handed out ───────────────────────────────────────────────────────


def test_data_is_made_without_a_file() -> None:
    """Nodes are plain data: a routine can be put together by hand, and compared."""
    place = read("Go.\n").body[0].place
    step = Step(Dose("hold 5s", hold=Timed(Length(5, 5), place)), (), (), place)
    routine = Routine("-", None, (), (Heading(1, "Rest", place), step), ())
    assert list(routine.steps()) == [step]
    assert step.dose.sides is Sides.UNSAID


def test_parsed_is_a_routine_and_its_problems() -> None:
    """As much as could be understood comes with the problems, for an editor to show."""
    parsed = parse("Breathe. [in]\n- hodl 30s\n  Kneel.\n", "r.md", KNOWN)
    assert isinstance(parsed, Parsed)
    assert parsed.routine
    assert describe(parsed.routine) == "say Breathe.\nstep hodl 30s\n  say Kneel."
    assert len(parsed.problems) == 2


@pytest.mark.parametrize(
    "path", ["waves.flac", "a/b.md", "./a.md", "a/../b.md", "a b.md", "..a.md"]
)
def test_paths_beside_the_routine_are_paths(path: str) -> None:
    """A path may go down, and up as far as it came down."""
    assert is_path(path)
    assert path_fault(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "../a.md",
        "/a.md",
        "~/a.md",
        "a/../../b.md",
        "C:/a.md",
        "a\\b.md",
        "file:a.md",
        "a/",
        "..",
        ".",
    ],
)
def test_paths_that_lead_away_are_faults(path: str) -> None:
    """No path of a routine may name a file outside its folder, on any system."""
    assert path_fault(path)


def test_library_names_are_no_paths() -> None:
    """A name has no dots and no slashes."""
    assert not is_path("low-lunge")


def test_the_built_in_words_are_those_of_the_page() -> None:
    """Names that `words:` may not take."""
    assert {
        "side",
        "other side",
        "round",
        "rounds",
        "rep",
        "reps",
        "hold",
        "remaining",
        "step",
        "steps",
        "step name",
        "next",
    } == BUILT_IN_WORDS
