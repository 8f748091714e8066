"""Problems: how they are shown, in which order, and which word was meant."""

from __future__ import annotations

import pytest

from voiceguide.errors import (
    MachineError,
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    VoiceguideError,
    did_you_mean,
    in_file_order,
    nearest,
    quote,
)


def test_a_problem_shows_place_sentence_mark_and_way_out() -> None:
    """As compilers do: the line as written, and marks under what is meant."""
    problem = Problem("unknown clause `hodl`", "write `hold`", Place("r.md", 3, 3, 4), "- hodl 3s")
    assert str(problem) == (
        "r.md:3:3: unknown clause `hodl`\n    3 | - hodl 3s\n      |   ^^^^\nhelp: write `hold`"
    )


def test_a_problem_without_line_and_help_is_one_line() -> None:
    """Nothing is made up."""
    assert (
        str(Problem("there is nothing to say", place=Place("-", 1)))
        == "-:1:1: there is nothing to say"
    )


def test_a_warning_says_that_it_is_one() -> None:
    """It does not stop the work."""
    assert str(Problem("odd", severity=Severity.WARNING)) == "warning: odd"
    problem = Problem("odd", place=Place("r.md", 1), severity=Severity.WARNING)
    assert str(problem) == "r.md:1:1: warning: odd"


def test_tabs_before_the_mark_stay_tabs() -> None:
    """However wide a terminal shows them, the mark stands under what it means."""
    shown = str(Problem("odd", place=Place("r.md", 1, 3, 2), line_text="\t xy"))
    assert shown.splitlines()[2] == "      | \t ^^"


@pytest.mark.parametrize(
    ("column", "shown", "mark"),
    [
        (1, "x" + "-" * 119 + "…", "^"),
        (101, "…" + "-" * 60 + "x" + "-" * 59 + "…", " " * 61 + "^"),
        (200, "…" + "-" * 119 + "x", " " * 120 + "^"),
    ],
)
def test_of_a_long_line_what_is_around_the_mark_is_shown(
    column: int, shown: str, mark: str
) -> None:
    """A paragraph on one line does not fill the screen."""
    line = "-" * (column - 1) + "x" + "-" * (200 - column)
    _, line_shown, mark_shown = str(Problem("odd", "", Place("r.md", 1, column), line)).splitlines()
    assert line_shown == f"    1 | {shown}"
    assert mark_shown == f"      | {mark}"


def test_a_mark_ends_with_its_line() -> None:
    """Also where what it means goes on after it."""
    shown = str(Problem("odd", place=Place("r.md", 1, 3, 90), line_text="abcd"))
    assert shown.splitlines()[2] == "      |   ^^"


def test_a_problem_as_a_dictionary_is_what_json_shows() -> None:
    """Names that other tools rely on."""
    problem = Problem("odd", "mend it", Place("r.md", 3, 3))
    assert problem.as_dict() == {
        "file": "r.md",
        "line": 3,
        "column": 3,
        "severity": "error",
        "message": "odd",
        "help": "mend it",
    }
    assert Problem("odd", place=Place("r.md", 1)).as_dict()["help"] is None


def test_a_place_knows_the_routine_that_was_asked_for() -> None:
    """A used routine's place leads back through every `use`."""
    outer = Place("outer.md", 5)
    inner = Place("inner.md", 2, via=Place("middle.md", 9, via=outer))
    assert inner.outermost is outer
    assert outer.outermost is outer
    assert str(inner) == "inner.md:2:1"


def test_a_routine_error_tells_all_problems_in_the_order_of_the_file() -> None:
    """Lines before columns; those of one place in the order found."""
    late, early, first, second = (
        Problem(message, place=Place("r.md", line, column))
        for line, column, message in [(10, 1, "d"), (2, 1, "a"), (2, 9, "b"), (2, 9, "c")]
    )
    error = RoutineError([late, first, second, early])
    assert error.problems == in_file_order([late, first, second, early])
    assert [problem.message for problem in error.problems] == ["a", "b", "c", "d"]
    assert str(error) == "r.md:2:1: a\n\nr.md:2:9: b\n\nr.md:2:9: c\n\nr.md:10:1: d"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RoutineError([]), 1),
        (UsageError("no"), 2),
        (MachineError("no"), 3),
        (VoiceguideError("no"), 3),
    ],
)
def test_each_error_has_its_exit_code(error: VoiceguideError, code: int) -> None:
    """The routine's fault, the user's, the machine's."""
    assert error.exit_code == code
    assert isinstance(error, VoiceguideError)


def test_an_error_says_the_way_out() -> None:
    """Where there is one."""
    assert (
        str(UsageError("no such voice", "write `espeak`")) == "no such voice\nhelp: write `espeak`"
    )
    assert str(UsageError("no such voice")) == "no such voice"


# ── words ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "meant"), [("hodl", "hold"), ("HOLD", "hold"), ("rset", "rest"), ("kneeling", None)]
)
def test_the_nearest_word_is_meant(word: str, meant: str | None) -> None:
    """Slips of the finger and capitals, but nothing far-fetched."""
    assert nearest(word, {"hold", "rest", "pause"}) == meant


def test_likeness_narrows_what_is_near() -> None:
    """`press` is a bit like `rest`, and not very."""
    assert nearest("press", ["rest"]) == "rest"
    assert nearest("press", ["rest"], likeness=0.7) is None


def test_a_suggestion_is_the_nearest_word_or_all_of_them() -> None:
    """In an order that does not depend on how they came."""
    assert did_you_mean("hodl", {"rest", "hold"}) == "did you mean `hold`?"
    assert did_you_mean("kneeling", {"rest", "hold"}) == "known are `hold`, `rest`"
    assert did_you_mean("hodl", []) == ""


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("hold 30s", "`hold 30s`"),
        (" hold\n  30s ", "`hold 30s`"),
        ("a" * 60, f"`{'a' * 60}`"),
        ("a" * 61, f"`{'a' * 60}…`"),
        ("a " * 5000, f"`{('a ' * 30)}…`"),
    ],
)
def test_a_quote_is_short_and_on_one_line(text: str, quoted: str) -> None:
    """A message stays a sentence, whatever the routine holds."""
    assert quote(text) == quoted
