"""What every file will hold and how long it will be, or what keeps it from being made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voiceguide import studio
from voiceguide.errors import Problem, RoutineError, Severity
from voiceguide.programme.data import Programme
from voiceguide.programme.opening import Take
from voiceguide.studio import Progress, UnmetLengthError
from voiceguide.timeline import Timeline


@dataclass(slots=True)
class Measured:
    """Timelines in the order of the takes; and who speaks, as `ENGINE:VOICE`."""

    timelines: list[Timeline] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def measure(programme: Programme, takes: Sequence[Take], progress: Progress | None) -> Measured:
    """Plan every take; nothing of it is kept but its timeline.

    Raises:
        RoutineError: one cannot be as long as it is to be, or its cues do not fit.
        UsageError: there is no such voice.
        MachineError: no engine could speak.
    """
    measured = Measured()
    for index, take in enumerate(takes):
        _measure(programme, take, measured, part_of(progress, index, len(takes)))
    if any(problem.severity is Severity.ERROR for problem in measured.problems):
        raise RoutineError(dict.fromkeys(measured.problems))
    return measured


def _measure(
    programme: Programme, take: Take, measured: Measured, progress: Progress | None
) -> None:
    try:
        plan = take.load().plan(progress=progress)
    except UnmetLengthError as error:
        measured.problems.append(_unmet(programme, take, error))
    except RoutineError as error:
        measured.problems.extend(_failed(programme, take, error.problems))
    else:
        measured.timelines.append(plan.timeline)
        measured.voices.append(plan.voice or "")
        measured.problems.extend(_failed(programme, take, plan.problems))


def part_of(progress: Progress | None, index: int, count: int) -> Progress | None:
    """Progress of one of `count` equal parts of the work, as a part of the whole."""
    if progress is None:
        return None
    return lambda done: progress((index + done) / count)


def _unmet(programme: Programme, take: Take, error: studio.UnmetLengthError) -> Problem:
    places = [wish.place for wish in take.slot.wishes if wish.name == "length"]
    return programme.problem((*places, take.slot.place)[0], error.message, error.help)


def _failed(programme: Programme, take: Take, problems: Sequence[Problem]) -> Iterator[Problem]:
    """A routine's problems, and where they are errors, the session that they come from."""
    yield from problems
    if any(problem.severity is Severity.ERROR for problem in problems):
        message = f"the routine `{take.slot.routine}` cannot be like this"
        help_ = "change the session's `length` or `level`, or mend the routine"
        yield programme.problem(take.slot.place, message, help_)
