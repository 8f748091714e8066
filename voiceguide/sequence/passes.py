"""Rounds and sides: the passes through a step, and what comes between them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import Block, Dose, Heading, Routine, Setting, Side, Sides, Step, Timed, Use
from voiceguide.sequence import EventKind, Gap
from voiceguide.sequence.unroller import AFTER_CHIME, PassContext, Unroller

# ── rounds and sides: the passes through a step, and what comes between them


BETWEEN_ROUNDS = Gap(2.0, 1.5, 4.0)
CHANGEOVER = Length(5.0, 5.0)
"""Seconds between the sides, if the author gives none."""


class Pass(Struct, frozen=True):
    """One pass through a step."""

    round: int
    side: Side | None
    first: bool
    """Whether it is the very first pass."""
    new_side: bool
    """Whether the side differs from that of the pass before, or this is the first pass."""


def passes(unroller: Unroller, dose: Dose, rounds: int) -> Iterator[Pass]:
    """Yield every round on every side: left, right, left, right, …"""
    before: Side | None = None
    sides = _sides(dose.sides, unroller.settings.first_side)
    for number in range(1, rounds + 1):
        for side in sides:
            first = number == 1 and side is sides[0]
            yield Pass(number, side, first, first or side is not before)
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


def within(context: PassContext, dose: Dose, this_pass: Pass, rounds: int) -> PassContext:
    """Return the context of one pass."""
    now = replace(
        context,
        side=this_pass.side or context.side,
        alternating=dose.sides is Sides.ALTERNATE,
        first=context.first and this_pass.first,
        later=context.later or this_pass.round > 1,
    )
    return replace(now, round=this_pass.round, rounds=rounds) if dose.rounds else now


def between(
    unroller: Unroller, step: Step, before: Pass, this_pass: Pass, context: PassContext
) -> None:
    """Emit the rest, which belongs to no side, and the change of side between two passes."""
    dose = step.dose.at(before.round, before.side)
    rests = dose.rest is not None and plays_on(dose, before, this_pass)
    if dose.rest and rests:
        announce_rest(unroller, dose.rest.place, context)
        unroller.silence(EventKind.REST, dose.rest, context)
    if this_pass.new_side:
        _switch(unroller, step, replace(context, side=this_pass.side))
    elif not rests:
        unroller.add(BETWEEN_ROUNDS)


def plays_on(dose: Dose, before: Pass, this_pass: Pass) -> bool:
    """Whether a rest comes between two passes: between rounds or, without rounds, between sides."""
    return this_pass.round != before.round or not dose.rounds


def announce_rest(unroller: Unroller, place: Place, context: PassContext) -> None:
    """Strike the rest chime and say `Rest.`"""
    unroller.add(AFTER_CHIME)
    unroller.chime("rest", place, context)
    unroller.add(AFTER_CHIME)
    if not unroller.quiet:
        unroller.say(unroller.phrases["rest"], place, context)


def _switch(unroller: Unroller, step: Step, context: PassContext) -> None:
    unroller.add(AFTER_CHIME)
    unroller.chime("switch", step.place, context)
    unroller.add(AFTER_CHIME)
    unroller.say(unroller.phrases["switch"], step.place, context)
    unroller.silence(EventKind.CHANGE, step.dose.change or Timed(CHANGEOVER, step.place), context)


# ── the part of another routine that `use` brings in ─────────────────────────


def chapters_of(routine: Routine, use: Use) -> tuple[Block, ...]:
    """Return the routine from its first heading on; without headings, all of it as one chapter."""
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
