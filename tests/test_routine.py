"""The data of a routine: plain, frozen, and made without a file."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from voiceguide import routine
from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import (
    Dose,
    Heading,
    Prose,
    Routine,
    Sentence,
    Side,
    Sides,
    Step,
    Text,
    Timed,
)

HERE = Place("r.md", 1)


def step(*within: Step | Prose) -> Step:
    """A step that holds others."""
    return Step(Dose("hold 1s", hold=Timed(Length(1, 1), HERE)), within, (), HERE)


def test_a_side_has_another() -> None:
    """And that one has the first."""
    assert Side.LEFT.other is Side.RIGHT
    assert Side.RIGHT.other is Side.LEFT


def test_steps_are_walked_outer_before_inner() -> None:
    """At any depth, in the order written; headings and prose are passed by."""
    prose = Prose((Sentence((Text("Go."),), HERE),), HERE)
    inner, middle = step(), step(prose)
    outer = step(inner, prose, middle)
    last = step()
    body = (Heading(1, "Rest", HERE), outer, prose, last)
    walked = list(Routine("r.md", None, (), body, ()).steps())
    assert [id(found) for found in walked] == [id(one) for one in (outer, inner, middle, last)]


def test_a_dose_says_nothing_that_was_not_written() -> None:
    """All but its text has a default that means: unsaid."""
    dose = Dose("")
    assert dose.sides is Sides.UNSAID
    assert not any((dose.hold, dose.rest, dose.reps, dose.phases, dose.optional, dose.breaths))


DATA = [
    kind
    for _, kind in inspect.getmembers(routine, inspect.isclass)
    if dataclasses.is_dataclass(kind)
]


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_all_data_is_frozen_and_slotted(kind: type) -> None:
    """What was read stays what it is, and a slip in a field's name is an error."""
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # not in its stub
    assert "__slots__" in vars(kind)
