"""Rounds and sides: the passes through a step, and what stands between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import Block, Dose, Heading, Routine, Setting, Side, Sides, Step, Timed, Use
from voiceguide.sequence.items import Gap, Kind
from voiceguide.sequence.unroller import AFTER_CHIME, Here, Score

# ── rounds and sides: the passes through a step, and what stands between them


BETWEEN_ROUNDS = Gap(2.0, 1.5, 4.0)
CHANGEOVER = Length(5.0, 5.0)
"""Seconds between the sides where the author says nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One pass through a step."""

    round: int
    side: Side | None
    first: bool
    """Whether it is the first pass of all."""
    new_side: bool
    """Whether the side is another one than in the pass before, or this is the first pass."""


def turns(score: Score, dose: Dose, rounds: int) -> Iterator[Turn]:
    """Left, right, left, right, …: every round on every side."""
    before: Side | None = None
    sides = _sides(dose.sides, score.settings.first_side)
    for number in range(1, rounds + 1):
        for side in sides:
            first = number == 1 and side is sides[0]
            yield Turn(number, side, first, first or side is not before)
            before = side


def _sides(sides: Sides, first: Side) -> tuple[Side | None, ...]:
    order: dict[Sides, tuple[Side | None, ...]] = {
        Sides.UNSAID: (None,),
        Sides.EACH: (first, first.other),
        Sides.ALTERNATE: (first,),
        Sides.LEFT: (Side.LEFT,),
        Sides.RIGHT: (Side.RIGHT,),
    }
    return order[sides]


def within(here: Here, dose: Dose, turn: Turn, rounds: int) -> Here:
    """The surroundings of one pass."""
    now = replace(
        here,
        side=turn.side or here.side,
        alternating=dose.sides is Sides.ALTERNATE,
        first=here.first and turn.first,
        later=here.later or turn.round > 1,
    )
    return replace(now, round=turn.round, rounds=rounds) if dose.rounds else now


def between(score: Score, step: Step, before: Turn, turn: Turn, here: Here) -> None:
    """What stands between two passes: the rest, which is no side's, and the change of side."""
    dose = step.dose
    rests = dose.rest is not None and (turn.round != before.round or not dose.rounds)
    if dose.rest and rests:
        announce_rest(score, dose.rest.place, here)
        score.still(Kind.REST, dose.rest, here)
    if turn.new_side:
        _switch(score, step, replace(here, side=turn.side))
    elif not rests:
        score.add(BETWEEN_ROUNDS)


def announce_rest(score: Score, place: Place, here: Here) -> None:
    """The rest chime, and `Rest.`"""
    score.add(AFTER_CHIME)
    score.chime("rest", place, here)
    score.add(AFTER_CHIME)
    if not score.quiet:
        score.say(score.phrases["rest"], place, here)


def _switch(score: Score, step: Step, here: Here) -> None:
    score.add(AFTER_CHIME)
    score.chime("switch", step.place, here)
    score.add(AFTER_CHIME)
    score.say(score.phrases["switch"], step.place, here)
    score.still(Kind.CHANGE, step.dose.change or Timed(CHANGEOVER, step.place), here)


# ── what `use` brings in of another routine ──────────────────────────────────


def chapters_of(routine: Routine, use: Use) -> tuple[Block, ...]:
    """From the first heading on; a routine without headings whole, as one chapter."""
    body = routine.body
    first = next((i for i, block in enumerate(body) if isinstance(block, Heading)), None)
    if first is not None:
        return body[first:]
    return (Heading(1, _title(routine, use), use.place), *body)


def _title(routine: Routine, use: Use) -> str:
    def named(setting: Setting) -> bool:
        return setting.name == "title" and isinstance(setting.value, str)

    front = next((str(setting.value) for setting in routine.front if named(setting)), None)
    return front or routine.title or use.name
