"""`needs` and `for`: the words by which a library is searched."""

from __future__ import annotations

import pytest

from voiceguide.errors import Problem
from voiceguide.script import Known, parse
from voiceguide.settings import Settings
from voiceguide.settings.merge import settle


def settled(front: str) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings of a routine with this front matter, and what is wrong in it."""
    parsed = parse(f"---\n{front}\n---\nHello.\n".encode(), "mine.md", Known())
    assert parsed.routine is not None
    assert not parsed.problems
    found = settle(parsed.routine.front, lines=parsed.routine.lines, known=Known())
    return found.settings, found.problems


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("title: Rest", None),
        ("needs: floor", ("floor",)),
        ("needs: Floor,  a  Chair ,band", ("floor", "a chair", "band")),
        ("needs: [floor, wall]", ("floor", "wall")),
        ("needs:\n  - floor\n  - Exercise-Ball", ("floor", "exercise-ball")),
        ("needs: floor, wall, Floor", ("floor", "wall")),
        ("needs: nothing", ()),
        ("needs: Boden, Stühle", ("boden", "stühle")),
    ],
)
def test_what_is_needed(front: str, words: tuple[str, ...] | None) -> None:
    """Words with commas between them or as a list, in lower case, in their order, once each.

    To need nothing is not the same as to say nothing.
    """
    settings, problems = settled(front)
    assert not problems
    assert settings.needs == words


def test_what_it_is_for() -> None:
    """`for` is read as `needs` is, and `nothing` is a word like any other there."""
    assert settled("for: Release, warm-up")[0].purposes == ("release", "warm-up")
    assert settled("title: Rest")[0].purposes == ()


@pytest.mark.parametrize(
    ("front", "message", "help_"),
    [
        ("needs:", "`needs` has no value", "write one, or delete the line"),
        (
            "needs: []",
            "an empty place is not a word of `needs`",
            "write words with commas between them: `needs: one, another`",
        ),
        (
            "for: release,, break",
            "an empty place is not a word of `for`",
            "write words with commas between them: `for: one, another`",
        ),
        (
            "needs: floor, <b>",
            "`<b>` is not a word of `needs`",
            "write words with commas between them: `needs: one, another`",
        ),
        (
            f"for: {'long' * 11}",
            f"`{'long' * 11}` is not a word of `for`",
            "write words with commas between them: `for: one, another`",
        ),
        ("needs: {floor: hard}", "`needs` is one value, not a map", "write `needs: …` on one line"),
        (
            "needs: [[floor]]",
            "`needs` is one value, not a list",
            "write `needs: …` on one line",
        ),
        (
            "needs: nothing, wall",
            "`nothing` and `wall` contradict each other",
            "leave `nothing` out, or `needs` altogether",
        ),
    ],
)
def test_what_is_wrong(front: str, message: str, help_: str) -> None:
    """Each fault is told at its line, with a way out."""
    _, (problem,) = settled(front)
    assert (problem.message, problem.help) == (message, help_)
    assert problem.line == 2
    assert problem.line_text == front
