"""A bullet's clauses together: the dose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from voiceguide.errors import quote
from voiceguide.routine import Counted, Dose, Option, Phase, Sides, Strike, Timed, Use
from voiceguide.script.clauses import (
    CLAUSE_WORDS,
    HEADS,
    Clause,
    Kind,
    UnknownClause,
    ends_sentence,
    read_clause,
)
from voiceguide.script.context import Context
from voiceguide.script.contradictions import COUNTS, contradictions, misspelt, repeated
from voiceguide.script.passage import Passage
from voiceguide.script.report import Fault

MOST_CLAUSES = 100
"""In a bullet."""

MOST_WORDS = 12
"""In a clause, between which a missing comma is looked for."""

_PHASES = (Kind.HOLD, Kind.PAUSE, Kind.PHASE)
"""Beside reps, these are phases."""

_PROSE = "prose goes without a dash; under a step, as a cue: `- start: …`"
_T = TypeVar("_T", Timed, Counted, Option, Strike, Use, Sides)


@dataclass(frozen=True, slots=True)
class ReadDose:
    """A bullet's dose, with the clauses it was made from."""

    dose: Dose
    clauses: tuple[Clause, ...]
    whole: bool
    """Whether every clause could be read."""

    def clause(self, *kinds: Kind) -> Clause | None:
        """The first clause of these kinds."""
        return next((clause for clause in self.clauses if clause.kind in kinds), None)


def read_dose(bullet: Passage, context: Context) -> ReadDose:
    """The dose of a bullet; all that is wrong with its clauses is reported."""
    clauses, faults = _read_clauses(bullet, context)
    if faults and not clauses and _is_prose(bullet, faults):
        faults = [Fault(bullet.place(), f"{quote(bullet.text)} is no dose", _PROSE)]
    clauses = tuple(_phased(clauses))
    faults.extend(repeated(clauses))
    faults.extend(misspelt(clauses))
    if not faults:
        faults.extend(contradictions(clauses))
    for fault in faults:
        context.report.error(fault.place, fault.message, fault.help)
    return ReadDose(_dose(bullet.text, clauses), clauses, whole=not faults)


def _read_clauses(bullet: Passage, context: Context) -> tuple[tuple[Clause, ...], list[Fault]]:
    if not bullet.text:
        message = "this step says nothing"
        return (), [Fault(bullet.place(), message, "write a clause: `- hold 30s`")]
    parts = bullet.split(",")
    if len(parts) > MOST_CLAUSES:
        message = f"this step has more than {MOST_CLAUSES} clauses"
        return (), [Fault(bullet.place(), message, "write them as several steps")]
    read = [_clause_or_fault(part, context) for part in parts]
    clauses = (result for result in read if isinstance(result, Clause))
    return tuple(clauses), [result for result in read if isinstance(result, Fault)]


def _clause_or_fault(part: Passage, context: Context) -> Clause | Fault:
    try:
        return read_clause(part, context)
    except Fault as fault:
        mended = _mended(part, context)
        if mended:
            message = f"{quote(part.text)} is no clause"
            return Fault(part.place(), message, f"write {quote(mended)}")
        return fault


def _mended(part: Passage, context: Context) -> str | None:
    """The clause without a full stop, or with the comma that is missing in it."""
    whole = part.text.rstrip(".")
    if whole != part.text and _can_be_read(part.part(0, len(whole)), context):
        return whole
    if sum(word in CLAUSE_WORDS for word in part.text.lower().split()) < 2:
        return None
    for space in islice(re.finditer(r"\s+", part.text), MOST_WORDS):
        left, right = part.part(0, space.start()), part.part(space.end())
        if _can_be_read(left, context) and _can_be_read(right, context):
            return f"{left.text}, {right.text}"
    return None


def _can_be_read(part: Passage, context: Context) -> bool:
    try:
        return read_clause(part, context).kind is not Kind.PHASE
    except Fault:
        return False


def _is_prose(bullet: Passage, faults: Iterable[Fault]) -> bool:
    if not all(isinstance(fault, UnknownClause) for fault in faults):
        return False
    first, *others = bullet.text.lower().split()
    return ends_sentence(bullet.text) or (bool(others) and first not in HEADS)


def _phased(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    """The clauses with `hold 5s` and `pause 1s` beside reps as the phases they are."""
    counted = any(clause.kind in COUNTS for clause in clauses)
    for clause in clauses:
        if counted and clause.kind in _PHASES and isinstance(clause.value, Timed):
            timed = clause.value
            phase = Phase(clause.kind.value, timed.length, timed.place)
            yield replace(clause, kind=Kind.PHASE, value=phase)
        else:
            yield clause


def _dose(text: str, clauses: tuple[Clause, ...]) -> Dose:
    def of(kind: Kind, type_: type[_T]) -> _T | None:
        values = (clause.value for clause in clauses if clause.kind is kind)
        return next((value for value in values if isinstance(value, type_)), None)

    breaths = of(Kind.BREATHS, Counted)
    return Dose(
        text,
        hold=of(Kind.HOLD, Timed),
        rest=of(Kind.REST, Timed),
        pause=of(Kind.PAUSE, Timed),
        wait=of(Kind.WAIT, Timed),
        rounds=of(Kind.ROUNDS, Counted),
        reps=of(Kind.REPS, Counted) or breaths,
        breaths=breaths is not None,
        phases=tuple(clause.value for clause in clauses if isinstance(clause.value, Phase)),
        every=of(Kind.EVERY, Timed),
        sides=of(Kind.SIDES, Sides) or Sides.UNSAID,
        change=of(Kind.CHANGE, Timed),
        ready=of(Kind.READY, Timed),
        optional=any(clause.kind is Kind.OPTIONAL for clause in clauses),
        option=of(Kind.OPTION, Option),
        chime=of(Kind.CHIME, Strike),
        use=of(Kind.USE, Use),
    )
