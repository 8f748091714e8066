"""A step's dose as a line that a physiotherapist would write.

    hold 30-60s, each side, 3 rounds, rest 10s  3 × 30–60 s each side, rest 10 s
    20 reps, lift 2s, hold 5s, lower 2s, each side
                                              20 × (lift 2 s, hold 5 s, lower 2 s) each side
    4-6 times, and a hold of 10-20s within    4–6 × hold 10–20 s

How a session gets there, `ready` and `change`, is no part of the dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceguide.handout import labels
from voiceguide.handout.amounts import count_text, length_text
from voiceguide.lengths import Count, Length
from voiceguide.routine import Counted, Dose, Sides, Step
from voiceguide.script.kinds import StepKind
from voiceguide.sequence.wording import capital
from voiceguide.settings import BreathPhase

_TIMED = (StepKind.HOLD, StepKind.REPS, StepKind.REST, StepKind.PAUSE, StepKind.WAIT, StepKind.USE)

_SIDES = {
    Sides.UNSAID: "",
    Sides.EACH: f" {labels.EACH_SIDE}",
    Sides.ALTERNATE: f", {labels.IN_TURN}",
    Sides.LEFT: f", {labels.LEFT_SIDE}",
    Sides.RIGHT: f", {labels.RIGHT_SIDE}",
}


def dose_line(step: Step, breath: Iterable[BreathPhase]) -> str:
    """The dose of a step, with that of the one timed step within it; empty where it has none."""
    inner = sole(step)
    dose = _joined(step.dose, inner.dose) if inner else step.dose
    kind = kind_of(inner or step)
    if kind is StepKind.HOLD:
        line = _hold(dose, named=inner is not None)
    elif kind is StepKind.REPS:
        line = _reps(dose, breath)
    elif kind is StepKind.GROUP:
        line = _group(step)
    else:
        line = _silence(dose, kind)
    return capital("".join((line, *_rest(dose, kind))).strip(" ,"))


def sole(step: Step) -> Step | None:
    """The hold or the reps within a group that are all of its dose, so that both are one line."""
    if kind_of(step) is not StepKind.GROUP:
        return None
    timed = [inner for inner in nested(step) if is_timed(inner)]
    if len(timed) != 1 or kind_of(timed[0]) not in (StepKind.HOLD, StepKind.REPS):
        return None
    outer, inner = step.dose, timed[0].dose
    apart = inner.optional or inner.option or (outer.rounds and inner.rounds)
    twice = outer.rest and inner.rest
    return None if apart or twice else timed[0]


def kind_of(step: Step) -> StepKind:
    """What a step does with its time."""
    return StepKind.of(step.dose, nests=bool(nested(step)))


def nested(step: Step) -> list[Step]:
    """The steps directly within a step."""
    return [block for block in step.body if isinstance(block, Step)]


def is_timed(step: Step) -> bool:
    """Whether there is a dose in it, or another routine; words and chimes are none."""
    return kind_of(step) in _TIMED or any(map(is_timed, nested(step)))


def _joined(outer: Dose, inner: Dose) -> Dose:
    sides = inner.sides if outer.sides is Sides.UNSAID else outer.sides
    rounds, rest = outer.rounds or inner.rounds, outer.rest or inner.rest
    return replace(inner, rounds=rounds, sides=sides, rest=rest)


# ── the parts of a line ──────────────────────────────────────────────────────


def _hold(dose: Dose, *, named: bool) -> str:
    held = length_text(dose.hold.length) if dose.hold else ""
    if not dose.rounds:
        return f"{labels.HOLD} {held}{_SIDES[dose.sides]}"
    name = f"{labels.HOLD} " if named else ""
    return f"{_count(dose.rounds)} × {name}{held}{_SIDES[dose.sides]}"


def _reps(dose: Dose, breath: Iterable[BreathPhase]) -> str:
    sets = f"{_counted(dose.rounds.count, labels.SETS)} " if dose.rounds else ""
    reps = dose.reps.count if dose.reps else Count(1, 1)
    phases = ", ".join(f"{phase.word} {length_text(phase.length)}" for phase in dose.phases)
    every = f", {labels.ONE_EVERY} {length_text(dose.every.length)}" if dose.every else ""
    if dose.breaths:
        lungs = phases or ", ".join(_breath_phases(breath))
        core = f"{_counted(reps, labels.BREATHS)} ({lungs})"
    elif phases:
        core = f"{count_text(reps)} × {f'({phases})' if len(dose.phases) > 1 else phases}"
    else:
        core = count_text(reps) if sets else _times(reps)
    in_all = f" {labels.IN_ALL}" if dose.sides is Sides.ALTERNATE and not sets else ""
    return f"{sets}{core}{in_all}{_SIDES[dose.sides]}{every}"


def _breath_phases(breath: Iterable[BreathPhase]) -> Iterator[str]:
    for phase in breath:
        yield f"{phase.word} {length_text(Length(phase.seconds, phase.seconds))}"


def _group(step: Step) -> str:
    dose = step.dose
    rounds = ""
    if dose.rounds:
        holds_steps = any(map(is_timed, nested(step)))
        count = dose.rounds.count
        rounds = _counted(count, labels.ROUNDS) if holds_steps else _times(count)
    return f"{rounds}{_SIDES[dose.sides]}"


def _silence(dose: Dose, kind: StepKind) -> str:
    timed = kind.timed(dose)
    if timed is None:
        return ""
    shown = length_text(timed.length)
    if kind is StepKind.WAIT:
        return labels.WAIT.format(shown)
    return f"{labels.REST} {shown}" if kind is StepKind.REST else shown


def _rest(dose: Dose, kind: StepKind) -> Iterator[str]:
    if dose.rest and kind is not StepKind.REST:
        yield f", {labels.REST} {length_text(dose.rest.length)}"


def _count(counted: Counted) -> str:
    return count_text(counted.count)


def _counted(count: Count, names: tuple[str, str]) -> str:
    return f"{count_text(count)} {names[count.high > 1]}"


def _times(count: Count) -> str:
    once, often = labels.TIMES
    return once if count.high == 1 else often.format(count_text(count))
