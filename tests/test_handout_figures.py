"""Pictures of a routine: beside their exercise, on the sheet and in time, mirrored for a side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from voiceguide import studio
from voiceguide.errors import RoutineError
from voiceguide.handout.page import as_html
from voiceguide.library import copy_routine

ROUTINE = """\
---
title: Two
---

Hello. [1s]

## First

- hold 10s, each side, change 5s
  ![On the {left|right} knee](lunge.svg)
  ![Sunk on the {left|right} knee](sunk.svg)
  Kneel on your {left|right} knee.

Stand up again.

## Second

![A chair](chair.svg)

Sit down.

- hold 5s
  Stay there.
"""


@pytest.fixture
def session(tmp_path: Path) -> studio.Session:
    """A routine with three pictures."""
    for name in ("lunge", "sunk", "chair"):
        (tmp_path / f"{name}.svg").write_text(f"<svg><title>{name}</title></svg>", encoding="utf-8")
    return studio.loads(ROUTINE, folder=tmp_path)


def test_each_moment_has_the_pictures_of_its_exercise(session: studio.Session) -> None:
    """From the first words of a side to its end, with that side; none where it is over."""
    timeline = session.plan(estimate=True).timeline
    shown = session.figures(timeline)
    told = [([p.path for p in one.pictures], one.side and one.side.value) for one in shown]
    both = ["lunge.svg", "sunk.svg"]
    assert [names for names, _ in told] == [both, both, [], ["chair.svg"]]
    assert [side for names, side in told if names == both] == ["left", "right"]
    holds = [event for event in timeline.events if event.kind.value == "hold"]
    for hold, picture in zip(holds, ("lunge.svg", "lunge.svg", "chair.svg"), strict=True):
        last = [one for one in shown if one.position <= hold.position][-1]
        assert last.pictures[0].path == picture
        assert last.side == hold.side


def test_a_picture_of_a_side_is_mirrored_for_the_other(session: studio.Session) -> None:
    """On the sheet both sides have their words, and the same drawing, the right one mirrored."""
    html = as_html(session.sheet())
    images = re.findall(r'<img src="([^"]*)" alt="([^"]*)"( class="mirrored")?>', html)
    assert [(words, bool(mirrored)) for _, words, mirrored in images] == [
        ("On the left knee", False),
        ("On the right knee", True),
        ("Sunk on the left knee", False),
        ("Sunk on the right knee", True),
        ("A chair", False),
    ]
    assert images[0][0] == images[1][0]


@pytest.mark.parametrize("name", ["low-lunge", "ten-minute-psoas-relief"])
def test_a_copy_keeps_its_pictures(tmp_path: Path, name: str) -> None:
    """A routine that was copied out of the library shows the library's pictures."""
    with studio.load(copy_routine(name, tmp_path)) as session:
        assert session.figures(session.plan(estimate=True).timeline)
        assert as_html(session.sheet()).count("<figure>") >= 4


def test_a_picture_that_is_missing_is_told() -> None:
    """Neither beside the routine nor in the library: an error with its line."""
    with pytest.raises(RoutineError, match=r"nowhere\.svg") as caught:
        studio.loads("# One\n\n![Nothing](nowhere.svg)\n\nHello.\n")
    assert caught.value.problems[0].line == 3
