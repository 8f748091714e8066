"""A routine with its doses as a session has them: no ranges, and nothing that is left out.

A handout for one session prints what its sound does. What that is stands in the timeline, at the
place of each clause: how long a hold was, how many rounds and reps there were, and which steps
were played at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from voiceguide.errors import Place
from voiceguide.lengths import Count, Length, in_seconds
from voiceguide.routine import Block, Counted, Dose, Phase, Routine, Step, Timed
from voiceguide.sequence import EventKind
from voiceguide.timeline import Event, Timeline

_Lengthy = TypeVar("_Lengthy", Timed, Phase)
_B = TypeVar("_B", bound=Block)
_Key = tuple[str, int, int]


@dataclass(slots=True)
class _Heard:
    """What was met at a place, or below it."""

    lengths: list[float] = field(default_factory=list)
    """Seconds."""
    rounds: int = 0
    reps: int = 0


def as_chosen(routine: Routine, timeline: Timeline) -> Routine:
    """The routine as the timeline has it; one that is used is told by its own source."""
    return _Choosing(_heard(timeline.events)).routine(routine)


def _heard(events: Iterable[Event]) -> Mapping[_Key, _Heard]:
    heard: dict[_Key, _Heard] = {}
    for event in events:
        at = heard.setdefault(_key(event.place), _Heard())
        if event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME):
            at.lengths.append(in_seconds(event.length))
        at.rounds = max(at.rounds, event.round or 0)
        at.reps = max(at.reps, event.rep or 0)
    return heard


def _key(place: Place) -> _Key:
    return place.source, place.line, place.column


@dataclass(frozen=True, slots=True)
class _Choosing:
    heard: Mapping[_Key, _Heard]

    def routine(self, routine: Routine) -> Routine:
        return replace(routine, body=self._blocks(routine.body))

    def _blocks(self, blocks: tuple[_B, ...]) -> tuple[_B, ...]:
        played = (b for b in blocks if not isinstance(b, Step) or self._is_played(b))
        return tuple(self._step(b) if isinstance(b, Step) else b for b in played)  # type: ignore[misc]  # a step stays one

    def _is_played(self, step: Step) -> bool:
        """Whether it was; only what may be left out is asked."""
        if not (step.dose.optional or step.dose.option):
            return True
        if step.dose.use:
            return True
        first, last = _lines(step)
        source = step.place.source
        return any(key[0] == source and first <= key[1] <= last for key in self.heard)

    def _step(self, step: Step) -> Step:
        return replace(step, dose=self._dose(step), body=self._blocks(step.body))

    def _dose(self, step: Step) -> Dose:
        dose = step.dose
        timed = {
            name: self._timed(clause)
            for name in ("hold", "rest", "pause", "wait", "every", "change", "ready")
            if (clause := getattr(dose, name))
        }
        return replace(
            dose,
            **timed,
            rounds=self._counted(dose.rounds, self._most(step, "rounds")),
            reps=self._counted(dose.reps, self._most(step, "reps")),
            phases=tuple(map(self._timed, dose.phases)),
            segments=tuple(map(self._timed, dose.segments)),
        )

    def _timed(self, clause: _Lengthy) -> _Lengthy:
        """The clause with the length that it had, to the second where it has any."""
        heard = self.heard.get(_key(clause.place))
        if not clause.length.elastic or clause.by_round or not heard or not heard.lengths:
            return clause
        if isinstance(clause, Timed) and clause.by_side:
            return clause
        shown = [_rounded(seconds) for seconds in heard.lengths]
        return replace(clause, length=Length(min(shown), max(shown)))

    def _counted(self, clause: Counted | None, often: int) -> Counted | None:
        if not clause or not clause.count.elastic or clause.by_round or not often:
            return clause
        return replace(clause, count=Count(often, often))

    def _most(self, step: Step, name: str) -> int:
        """The last round, or rep, of what was met under a step."""
        (first, last), source = _lines(step), step.place.source
        met = (
            getattr(heard, name)
            for key, heard in self.heard.items()
            if key[0] == source and first <= key[1] <= last
        )
        return max(met, default=0)


def _rounded(seconds: float) -> float:
    return float(round(seconds)) if seconds >= 1 else round(seconds, 1)


def _lines(step: Step) -> tuple[int, int]:
    """The first and the last line of a step, with all that stands under it."""
    last = step.place.line
    for block in step.body:
        last = max(last, _lines(block)[1] if isinstance(block, Step) else block.place.line)
    return step.place.line, last
