"""A bullet's clauses together: the dose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from voiceguide.errors import InputError, Problem, nearest, quote
from voiceguide.routine import Counted, Dose, Option, Phase, Sides, Strike, Timed, Use
from voiceguide.script.clauses import (
    CLAUSE_WORDS,
    FORMS,
    HEADS,
    Clause,
    ClauseKind,
    UnknownClauseError,
    ends_sentence,
    read_clause,
)
from voiceguide.script.context import Context
from voiceguide.script.source import Passage

# ── what cannot stand together in a bullet, and what cannot stand by itself ──


COUNTS = (ClauseKind.REPS, ClauseKind.BREATHS)
"""What counts reps."""


def repeated(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Clauses that stand twice; phases may."""
    seen: dict[ClauseKind, Clause] = {}
    for clause in clauses:
        before = seen.setdefault(clause.kind, clause)
        if before is clause or clause.kind is ClauseKind.PHASE:
            continue
        if clause.kind is ClauseKind.SIDES and clause.value is not before.value:
            message = f"{before.text} and {clause.text} contradict each other"
        else:
            message = f"{before.text} and {clause.text} say the same thing twice"
        yield Problem(message, "keep one of them", clause.place)


def misspelt(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Phases without reps whose words are very like a clause's: `hodl 30s`."""
    if any(clause.kind in COUNTS for clause in clauses):
        return
    phases = ((clause, clause.value) for clause in clauses if isinstance(clause.value, Phase))
    for clause, phase in phases:
        near = nearest(phase.word, HEADS, likeness=0.7)
        if near:
            message = f"unknown clause {clause.text}"
            yield Problem(message, f"did you mean `{near}`?", clause.place)


def contradictions(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Clauses that cannot stand beside each other, and such as need another."""
    by_kind = {clause.kind: clause for clause in reversed(clauses)}  # the first of each kind
    yield from _beside_what_stands_alone(clauses)
    yield from _counts(by_kind)
    yield from _sides(by_kind)
    yield from _needs(by_kind)


def _beside_what_stands_alone(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    alone = next((clause for clause in clauses if FORMS[clause.kind].alone), None)
    others = (c for c in clauses if c is not alone and not FORMS[c.kind].beside_any)
    other = next(others, None)
    if alone and other:
        way_out = f"give {alone.text} a bullet of its own"
        yield Problem(f"{alone.text} cannot stand beside {other.text}", way_out, alone.place)


def _counts(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    reps, breaths, every = (by_kind.get(k) for k in (*COUNTS, ClauseKind.EVERY))
    if reps and breaths:
        message = f"{reps.text} and {breaths.text} contradict each other"
        yield Problem(message, "keep one of them", breaths.place)
    timed = by_kind.get(ClauseKind.PHASE) or breaths
    if every and timed:
        message = f"{every.text} and {timed.text} both set the tempo"
        yield Problem(message, "keep the phases, or `every`", every.place)


def _sides(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    sides, change = by_kind.get(ClauseKind.SIDES), by_kind.get(ClauseKind.CHANGE)
    alternates = sides is not None and sides.value is Sides.ALTERNATE
    if sides and alternates and not _any(by_kind, *COUNTS):
        yield Problem("`alternate sides` needs reps", "add `20 reps`, or `each side`", sides.place)
    if change and not (sides and sides.value is Sides.EACH):
        message = f"{change.text} needs `each side`"
        way_out = "delete it: with `alternate sides` there is no changeover"
        yield Problem(message, way_out if alternates else "add `each side`", change.place)


def _needs(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    """What the table says that a clause cannot do without."""
    for kind, clause in by_kind.items():
        form = FORMS[kind]
        if form.needs and not _any(by_kind, *form.needs):
            yield Problem(f"{clause.text} {form.lacks}", form.way_out, clause.place)


def _any(by_kind: dict[ClauseKind, Clause], *kinds: ClauseKind) -> bool:
    return any(kind in by_kind for kind in kinds)


# ── a bullet's clauses together: the dose ────────────────────────────────────


MOST_CLAUSES = 100
"""In a bullet."""

MOST_WORDS = 12
"""In a clause, between which a missing comma is looked for."""

_PROSE = "prose goes without a dash; under a step, as a cue: `- start: …`"
_T = TypeVar("_T", Timed, Counted, Option, Strike, Use, Sides)


@dataclass(frozen=True, slots=True)
class ReadDose:
    """A bullet's dose, with the clauses it was made from."""

    dose: Dose
    clauses: tuple[Clause, ...]
    whole: bool
    """Whether every clause could be read."""

    def clause(self, *kinds: ClauseKind) -> Clause | None:
        """The first clause of these kinds."""
        return next((clause for clause in self.clauses if clause.kind in kinds), None)


def read_dose(bullet: Passage, context: Context) -> ReadDose:
    """The dose of a bullet; all that is wrong with its clauses is reported."""
    clauses, errors = _read_clauses(bullet, context)
    if errors and not clauses and _is_prose(bullet, errors):
        errors = [InputError(f"{quote(bullet.text)} is no dose", _PROSE, bullet.place())]
    clauses = tuple(_phased(clauses))
    problems = [problem for error in errors for problem in error.problems]
    problems += (*repeated(clauses), *misspelt(clauses))
    problems = problems or list(contradictions(clauses))
    context.report.add(*problems)
    return ReadDose(_dose(bullet.text, clauses), clauses, whole=not problems)


def _read_clauses(bullet: Passage, context: Context) -> tuple[tuple[Clause, ...], list[InputError]]:
    if not bullet.text:
        message = "this step says nothing"
        return (), [InputError(message, "write a clause: `- hold 30s`", bullet.place())]
    parts = bullet.split(",")
    if len(parts) > MOST_CLAUSES:
        message = f"this step has more than {MOST_CLAUSES} clauses"
        return (), [InputError(message, "write them as several steps", bullet.place())]
    read = [_clause_or_error(part, context) for part in parts]
    clauses = (result for result in read if isinstance(result, Clause))
    return tuple(clauses), [result for result in read if isinstance(result, InputError)]


def _clause_or_error(part: Passage, context: Context) -> Clause | InputError:
    try:
        return read_clause(part, context)
    except InputError as error:
        mended = _mended(part, context)
        if mended:
            message = f"{quote(part.text)} is no clause"
            return InputError(message, f"write {quote(mended)}", part.place())
        return error


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
        return read_clause(part, context).kind is not ClauseKind.PHASE
    except InputError:
        return False


def _is_prose(bullet: Passage, errors: Iterable[InputError]) -> bool:
    if not all(isinstance(error, UnknownClauseError) for error in errors):
        return False
    first, *others = bullet.text.lower().split()
    return ends_sentence(bullet.text) or (bool(others) and first not in HEADS)


def _phased(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    """The clauses with `hold 5s` and `pause 1s` beside reps as the phases they are."""
    counted = any(clause.kind in COUNTS for clause in clauses)
    for clause in clauses:
        if counted and FORMS[clause.kind].phase and isinstance(clause.value, Timed):
            timed = clause.value
            phase = Phase(clause.kind.value, timed.length, timed.place)
            yield replace(clause, kind=ClauseKind.PHASE, value=phase)
        else:
            yield clause


def _dose(text: str, clauses: tuple[Clause, ...]) -> Dose:
    def of(kind: ClauseKind, type_: type[_T]) -> _T | None:
        values = (clause.value for clause in clauses if clause.kind is kind)
        return next((value for value in values if isinstance(value, type_)), None)

    breaths = of(ClauseKind.BREATHS, Counted)
    return Dose(
        text,
        hold=of(ClauseKind.HOLD, Timed),
        rest=of(ClauseKind.REST, Timed),
        pause=of(ClauseKind.PAUSE, Timed),
        wait=of(ClauseKind.WAIT, Timed),
        rounds=of(ClauseKind.ROUNDS, Counted),
        reps=of(ClauseKind.REPS, Counted) or breaths,
        breaths=breaths is not None,
        phases=tuple(clause.value for clause in clauses if isinstance(clause.value, Phase)),
        every=of(ClauseKind.EVERY, Timed),
        sides=of(ClauseKind.SIDES, Sides) or Sides.UNSAID,
        change=of(ClauseKind.CHANGE, Timed),
        ready=of(ClauseKind.READY, Timed),
        optional=any(clause.kind is ClauseKind.OPTIONAL for clause in clauses),
        option=of(ClauseKind.OPTION, Option),
        chime=of(ClauseKind.CHIME, Strike),
        use=of(ClauseKind.USE, Use),
    )
