"""The data of a routine: plain, frozen, and made without a file."""

from __future__ import annotations

import inspect

import pytest
from msgspec import Struct

from voiceguide import routine
from voiceguide.errors import Place
from voiceguide.lengths import Count, Length
from voiceguide.routine import (
    Counted,
    Dose,
    Heading,
    Phase,
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


def lengths(*seconds: float) -> tuple[Length, ...]:
    """Exact lengths."""
    return tuple(Length(one, one) for one in seconds)


def test_a_dose_that_changes_is_told_for_each_pass() -> None:
    """Each round and each side has its own; a rest after the last round is the last one's."""
    shortest_to_longest = Length(10, 30)
    work = Phase("work", shortest_to_longest, HERE, lengths(30, 20, 10))
    rest = Timed(Length(5, 15), HERE, lengths(15, 5))
    reps = Counted(Count(6, 10), HERE, (Count(10, 10), Count(8, 8), Count(6, 6)))
    dose = Dose("", segments=(work,), rest=rest, reps=reps)
    second, third = dose.at(2, None), dose.at(3, None)
    assert [segment.length for segment in second.segments] == [Length(20, 20)]
    assert second.reps == Counted(Count(8, 8), HERE)
    assert second.rest == third.rest == Timed(Length(5, 5), HERE)
    sided = Dose("", hold=Timed(Length(30, 60), HERE, by_side=(Length(30, 30), Length(60, 60))))
    assert sided.at(1, Side.RIGHT).hold == Timed(Length(60, 60), HERE)
    assert sided.at(4, Side.LEFT).hold == Timed(Length(30, 30), HERE)


def test_a_dose_that_does_not_change_is_the_same_on_each_pass() -> None:
    """A plain length and a plain count are those of every round and of both sides."""
    dose = Dose("", hold=Timed(Length(5, 8), HERE), reps=Counted(Count(1, 3), HERE))
    assert dose.at(3, Side.RIGHT) == dose


DATA = [
    kind
    for _, kind in inspect.getmembers(routine, inspect.isclass)
    if issubclass(kind, Struct) and kind is not Struct
]


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_all_data_is_frozen_and_slotted(kind: type) -> None:
    """What was read stays what it is, and a slip in a field's name is an error."""
    assert issubclass(kind, Struct)
    assert kind.__struct_config__.frozen
    assert not kind.__struct_config__.dict
