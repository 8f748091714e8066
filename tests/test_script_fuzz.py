"""Whatever a file may hold, it is read: never an exception, soon done, every place inside it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceguide.errors import Problem
from voiceguide.script import Known, parse

KNOWN = Known(frozenset({"bowl", "bell"}), frozenset({"low-lunge"}), frozenset({"rain"}))
PAGE = Path(__file__).parents[1] / "docs" / "LANGUAGE.md"
PIECES = [
    *(
        "- ",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "# ",
        "## ",
        "> ",
        "---\n",
        "<!--",
        "-->",
        "[",
        "]",
        "{",
        "}",
    ),
    *("|", "*", "**", "\\", "`", "```", "_", ":", ", ", ". ", "! ", "… ", "“", "(", "](a)", "&lt;"),
    *("hold 30s", "rest 10s", "3 rounds", "20 reps", "each side", "alternate sides", "lift 2s"),
    *("use low-lunge", "chime", "chime bowl", "option a", "optional", "wait 20s", "6 breaths"),
    *("half:", "at 20s:", "every 1 min:", "last 5s: count down", "first:", "again:", "end:"),
    *("left|right", "side", "round", "rep", "hold", "next", "4s", "20-40 s", "1:30", "0s", "Rest"),
    *(
        "title: a",
        "words:\n  a: b",
        "&a",
        "*a",
        "\r",
        "\ufeff",
        "\0",
        "\u2028",
        "\ud800",
        "é",
        "🙂",
    ),
]
ROUTINE = re.findall(r"```markdown\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]

AT_ANY_SPEED = settings(deadline=None)
"""A busy machine is no fault; time is measured below."""


def check(data: bytes | str) -> None:
    """Read it, and see that what is said of it can be shown."""
    parsed = parse(data, "f.md", KNOWN)
    text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    for problem in parsed.problems:
        check_problem(problem, lines)
    positions = [(problem.line, problem.column) for problem in parsed.problems]
    assert positions == sorted(positions)


def check_problem(problem: Problem, lines: list[str]) -> None:
    """Its place lies inside the file, and its mark inside the line; it has a way out."""
    place = problem.place
    assert place
    assert 1 <= place.line <= len(lines)
    length = len(lines[place.line - 1])
    assert 1 <= place.column <= length + 1
    assert place.width >= 1
    assert place.column + place.width <= max(length, place.column) + 1
    assert problem.help
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", str(problem))


@AT_ANY_SPEED
@given(st.text(st.sampled_from("-#>[]{}|*\\`_:,. \t\n\r04sabe<!\ud800\0é"), max_size=80))
def test_any_text_is_read(text: str) -> None:
    """Signs of the language in any order are a routine, or have problems."""
    check(text)


@AT_ANY_SPEED
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_file_is_read(data: bytes | str) -> None:
    """Text in any script, and bytes that are none."""
    check(data)


@AT_ANY_SPEED
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_pieces_of_the_language_in_any_order_are_read(text: str) -> None:
    """Clauses, cues, tags and settings where they do not belong."""
    check(text)


@AT_ANY_SPEED
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_front_matter_is_read(text: str) -> None:
    """What YAML makes of it is a setting or a problem."""
    check(f"---\n{text}\n---\nBreathe.\n")


EDIT = st.tuples(st.integers(0, len(ROUTINE)), st.integers(0, 12), st.sampled_from(["", *PIECES]))


@pytest.mark.slow
@AT_ANY_SPEED
@given(st.lists(EDIT, min_size=1, max_size=6))
def test_a_routine_with_slips_of_the_finger_is_read(edits: list[tuple[int, int, str]]) -> None:
    """The page's own routine, with pieces lost and others put in."""
    text = ROUTINE
    for start, lost, put_in in edits:
        text = text[:start] + put_in + text[start + lost :]
    check(text)


# ── time ─────────────────────────────────────────────────────────────────────

LARGE = 1 << 18
NASTY = {
    "prose": "Breathe in, and out again. [3s]\n",
    "one paragraph": "a. " * 3000 + "\n",
    "open brackets": "[" * 9000 + "\n",
    "open braces": "{" * 9000 + "\n",
    "stars": "*a " * 3000 + "\n",
    "backticks": "`" * 9001 + "\n",
    "shouts": "!" * 9000 + "\n",
    "links": "[a](b " * 1500 + "\n",
    "backslashes": "\\" * 9000 + "\n",
    "digits": "[" + "9" * 9000 + "s]\n",
    "spaces": "[9" + " " * 9000 + "s]\n",
    "phases": "- 20 reps" + ", lift 2s" * 90 + "\n",
    "slips": "- 20 reps" + ", xift 2q" * 90 + "\n",
    "steps": "- hold 30s\n",
    "wrong steps": "- hodl 30s\n",
    "comments": "<!-- -->" * 1000 + "\n",
    "open comments": "<!--" * 2000 + "\n",
    "blank lines": "\n",
    "headings": "## a\n",
    "fences": "```a\n",
    "dots": ". " * 4000 + "\n",
    "dashes": "- " * 4000 + "x\n",
    "hyphens": "a-" * 4000 + "\n",
    "brackets": "(a b) " * 1500 + "\n",
    "sentences": "- lie on your back and breathe " + "slowly " * 20 + "2 min\n",
    "settings": "---\n" + "".join(f"k{i}: v\n" for i in range(6000)) + "---\n",
    "nested settings": "---\n" + "[" * 60_000 + "\n---\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NASTY)
def test_reading_takes_no_longer_than_the_text_is_long(name: str) -> None:
    """A quarter of a mebibyte of anything is read in a few seconds; a square would take minutes."""
    text = (NASTY[name] * (LARGE // len(NASTY[name]) + 1))[:LARGE]
    before = time.process_time()
    parse(text, "f.md", KNOWN)
    assert time.process_time() - before < 5


def test_indentation_without_end_is_read() -> None:
    """A staircase of steps neither nests nor recurses without end."""
    text = "".join(" " * depth + "- 2 rounds\n" for depth in range(1400))
    parsed = parse(text, "f.md", KNOWN)
    assert [problem.message for problem in parsed.problems] == [
        "steps stand more than 16 deep within one another"
    ]
