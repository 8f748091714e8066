"""Programmes as text: what they mean, what is said of wrong ones, and any text at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import Case, read_table

from voiceguide import library
from voiceguide.errors import Severity
from voiceguide.programme.parse import DAYS, LARGEST, Programme, Slot, parse

ROUTINES = frozenset({"low-lunge", "warrior-one", "psoas-stretches"})
PAGE = Path(__file__).parent.parent / "docs" / "PROGRAMMES.md"


def parsed(text: str) -> Programme:
    """The programme of a text without problems."""
    found = parse(text.encode(), "p.yaml", ROUTINES)
    assert not found.problems
    assert found.programme
    return found.programme


def slots(programme: Programme) -> list[Slot]:
    """All its sessions, in the order written."""
    return [slot for week in programme.weeks for day in week.days for slot in day.slots]


def wishes(slot: Slot) -> dict[str, str]:
    """How a session's routine is to be; of several options the last."""
    return {wish.name: wish.value for wish in slot.wishes}


# ── what is said of wrong ones ───────────────────────────────────────────────


@pytest.mark.parametrize("case", read_table("programme_problems.txt"), ids=lambda case: case.name)
def test_a_problem_reads(case: Case) -> None:
    """The exact words for everything that can be wrong in a programme's file."""
    found = parse(f"{case.script}\n".encode(), "p.yaml", ROUTINES).problems
    assert "\n\n".join(map(str, found)) == case.outcome


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"title: caf\xe9", (1, 11), "the byte 0xE9 is not UTF-8"),
        ("title: Tür".encode("utf-16"), (1, 1), "the file is UTF-16"),
        (
            b"title: a\x07b\nweeks: [day 1: low-lunge]",
            (1, 9),
            "the character U+0007 cannot be spoken",
        ),
        (b"#" * (LARGEST + 1), (1, 1), "the programme is larger than 64 KiB"),
        (b"title: " + b"x" * 20_000, (1, 1), "the line is longer than 10,000 characters"),
        (b'title: "\\u200b"', (1, 8), "the character U+200B cannot be spoken"),
    ],
)
def test_what_no_table_can_hold(data: bytes, place: tuple[int, int], message: str) -> None:
    """Encodings, invisible characters and sizes are problems at their places, too."""
    problem = parse(data, "p.yaml", ROUTINES).problems[0]
    assert (problem.line, problem.column, problem.message) == (*place, message)
    assert problem.help


def test_a_billion_laughs_are_refused_at_once() -> None:
    """A file that refers to itself does not grow."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (problem,) = parse("\n".join(lines).encode(), "p.yaml", ROUTINES).problems
    assert "anchors and aliases" in problem.message


WORDS = st.sampled_from(
    [
        *("title:", "weeks:", "- ", "  - ", "    ", "\n", "\n  ", "\n    ", ": ", "day 1:", "day"),
        *("monday:", "routine:", "low-lunge", "length: 5 min", "level:", "[", "]", "{", "}", ","),
        *('"', "'", "&a", "*a", "!!x", "|", ">", "#", "\t", "%", "---", "gentle", "with:", "é"),
    ]
)


@given(st.lists(WORDS, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_a_programme_or_has_problems(text: str) -> None:
    """Nothing that a file may hold raises, and every problem has a place within it."""
    found = parse(text.encode("utf-8", "replace"), "p.yaml", ROUTINES)
    assert found.programme or found.problems
    for problem in found.problems:
        assert problem.line >= 1
        assert str(problem)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_programme_or_have_problems(data: bytes) -> None:
    """The same for bytes."""
    found = parse(data, "p.yaml", ROUTINES)
    assert found.programme or found.problems


# ── what they mean ───────────────────────────────────────────────────────────


def test_a_whole_programme() -> None:
    """Every word of the format, in the place where it ends up."""
    programme = parsed(
        """
        title: Four weeks
        author: The practice
        description: >-
          Three sessions
          a week.
        weeks:
          - title: Arrive
            note: Slowly.
            Day 1: low-lunge
            day 3:
              - routine: psoas-stretches
                length: 15 min
                guidance: brief
                with: [band, Arm  Overhead]
                note: After a run.
              - warrior-one
          - note: Rest.
        """
    )
    assert (programme.title, programme.author) == ("Four weeks", "The practice")
    assert programme.description == "Three sessions a week."
    assert (programme.name, programme.source, programme.by_weekday) == ("p", "p.yaml", False)
    first, rest = programme.weeks
    assert (first.title, first.note, rest.note, rest.days) == ("Arrive", "Slowly.", "Rest.", ())
    assert [(day.name, day.number) for day in first.days] == [("day 1", 0), ("day 3", 2)]
    assert [slot.routine for slot in slots(programme)] == [
        *("low-lunge", "psoas-stretches", "warrior-one")
    ]
    second = slots(programme)[1]
    assert [(wish.name, wish.value) for wish in second.wishes] == [
        *(("length", "15 min"), ("guidance", "brief"), ("with", "band"), ("with", "arm overhead"))
    ]
    assert second.note == "After a run."


@pytest.mark.parametrize("number", range(7))
def test_weekdays_are_counted_from_monday(number: int) -> None:
    """`monday` is 0, `sunday` 6, in small letters or capitals."""
    name = ("Monday", "tuesday", "WEDNESDAY", "thursday", "friday", "saturday", "sunday")[number]
    programme = parsed(f"title: T\nweeks:\n  - {name}: low-lunge\n")
    assert programme.by_weekday
    assert programme.weeks[0].days[0].number == number


@pytest.mark.parametrize(
    ("of_programme", "of_week", "of_session", "meant"),
    [
        ("", "", "", {}),
        ("level: gentle", "", "", {"level": "gentle"}),
        ("level: gentle", "level: strong", "", {"level": "strong"}),
        ("level: gentle", "level: strong", "level: 30%", {"level": "30%"}),
        ("level: gentle", "", "length: 9 min", {"length": "9 min"}),
        ("guidance: full", "guidance: brief", "", {"guidance": "brief"}),
        (
            "level: gentle",
            "guidance: quiet",
            "length: 9 min",
            {"guidance": "quiet", "length": "9 min"},
        ),
    ],
)
def test_the_nearest_word_counts(
    of_programme: str, of_week: str, of_session: str, meant: dict[str, str]
) -> None:
    """What a session does not say, its week says, then its programme; a length replaces a level."""
    text = f"""
        title: T
        {of_programme}
        weeks:
          - title: One
            {of_week}
            day 1:
              routine: low-lunge
              {of_session}
        """
    assert wishes(slots(parsed(text))[0]) == meant


def test_a_session_with_both_is_as_long_as_it_says() -> None:
    """A level beside a length is a warning, no error, and means nothing."""
    session = "{routine: low-lunge, level: strong, length: 9 min}"
    found = parse(f"title: T\nweeks:\n  - day 1: {session}\n".encode(), "p.yaml", ROUTINES)
    (problem,) = found.problems
    assert problem.severity is Severity.WARNING
    assert found.programme
    assert wishes(slots(found.programme)[0]) == {"length": "9 min"}


def test_every_session_knows_where_it_stands() -> None:
    """Its place is that of the routine's name, for what is found wrong later."""
    text = "title: T\nweeks:\n  - day 1: low-lunge\n    day 2:\n      routine: warrior-one\n"
    places = [(slot.place.line, slot.place.column) for slot in slots(parsed(text))]
    assert places == [(3, 12), (5, 16)]


# ── the page ─────────────────────────────────────────────────────────────────


def test_the_page_shows_a_programme_that_is_right() -> None:
    """The example of docs/PROGRAMMES.md has no problem, with the library's own routines."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    found = parse(text.encode(), "back-to-running.yaml", library.routines())
    assert not found.problems
    assert found.programme
    assert [len(week.days) for week in found.programme.weeks] == [3, 3]


def test_the_page_names_every_word() -> None:
    """Each name that can be written stands in one of the page's tables."""
    rows = re.findall(r"^\| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.M)
    named = {name for row in rows for name in re.findall(r"`([\w ]+)`", row)}
    known = {"title", "author", "description", "weeks", "note", "level", "guidance"}
    known |= {"routine", "length", "with", "day 1", "day 7", "monday", "sunday"}
    assert known <= named
    assert {name for name in known if " " in name or name.endswith("day")} <= set(DAYS)
