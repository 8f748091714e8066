"""What cannot stand together in a bullet, and what cannot stand by itself."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.errors import nearest
from voiceguide.routine import Phase, Sides
from voiceguide.script.clauses import HEADS, Clause, Kind
from voiceguide.script.report import Fault

COUNTS = (Kind.REPS, Kind.BREATHS)
"""What counts reps."""

_ALONE = (Kind.PAUSE, Kind.WAIT, Kind.CHIME, Kind.USE)
_BESIDE_ANY = (Kind.OPTIONAL, Kind.OPTION)


def repeated(clauses: tuple[Clause, ...]) -> Iterator[Fault]:
    """Clauses that stand twice; phases may."""
    seen: dict[Kind, Clause] = {}
    for clause in clauses:
        before = seen.setdefault(clause.kind, clause)
        if before is clause or clause.kind is Kind.PHASE:
            continue
        if clause.kind is Kind.SIDES and clause.value is not before.value:
            message = f"{before.text} and {clause.text} contradict each other"
        else:
            message = f"{before.text} and {clause.text} say the same thing twice"
        yield Fault(clause.place, message, "keep one of them")


def misspelt(clauses: tuple[Clause, ...]) -> Iterator[Fault]:
    """Phases without reps whose words are very like a clause's: `hodl 30s`."""
    if any(clause.kind in COUNTS for clause in clauses):
        return
    phases = ((clause, clause.value) for clause in clauses if isinstance(clause.value, Phase))
    for clause, phase in phases:
        near = nearest(phase.word, HEADS, likeness=0.7)
        if near:
            message = f"unknown clause {clause.text}"
            yield Fault(clause.place, message, f"did you mean `{near}`?")


def contradictions(clauses: tuple[Clause, ...]) -> Iterator[Fault]:
    """Clauses that cannot stand beside each other, and such as need another."""
    by_kind = {clause.kind: clause for clause in reversed(clauses)}  # the first of each kind
    yield from _beside_what_stands_alone(clauses)
    yield from _counts(by_kind)
    yield from _sides(by_kind)
    yield from _needs(by_kind)


def _beside_what_stands_alone(clauses: tuple[Clause, ...]) -> Iterator[Fault]:
    alone = next((clause for clause in clauses if clause.kind in _ALONE), None)
    others = (c for c in clauses if c is not alone and c.kind not in _BESIDE_ANY)
    other = next(others, None)
    if alone and other:
        way_out = f"give {alone.text} a bullet of its own"
        yield Fault(alone.place, f"{alone.text} cannot stand beside {other.text}", way_out)


def _counts(by_kind: dict[Kind, Clause]) -> Iterator[Fault]:
    reps, breaths, every = (by_kind.get(k) for k in (*COUNTS, Kind.EVERY))
    if reps and breaths:
        message = f"{reps.text} and {breaths.text} contradict each other"
        yield Fault(breaths.place, message, "keep one of them")
    timed = by_kind.get(Kind.PHASE) or breaths
    if every and timed:
        message = f"{every.text} and {timed.text} both set the tempo"
        yield Fault(every.place, message, "keep the phases, or `every`")


def _sides(by_kind: dict[Kind, Clause]) -> Iterator[Fault]:
    sides, change = by_kind.get(Kind.SIDES), by_kind.get(Kind.CHANGE)
    alternates = sides is not None and sides.value is Sides.ALTERNATE
    if sides and alternates and not _any(by_kind, *COUNTS):
        yield Fault(sides.place, "`alternate sides` needs reps", "add `20 reps`, or `each side`")
    if change and not (sides and sides.value is Sides.EACH):
        message = f"{change.text} needs `each side`"
        way_out = "delete it: with `alternate sides` there is no changeover"
        yield Fault(change.place, message, way_out if alternates else "add `each side`")


def _needs(by_kind: dict[Kind, Clause]) -> Iterator[Fault]:
    ready, every, phase = (by_kind.get(k) for k in (Kind.READY, Kind.EVERY, Kind.PHASE))
    counted = _any(by_kind, *COUNTS)
    if ready and not counted and not _any(by_kind, Kind.HOLD):
        message = f"{ready.text} needs a hold or reps"
        yield Fault(ready.place, message, "add `hold 30s` or `20 reps`")
    if every and not counted:
        way_out = "add `20 reps`; a cue has a colon: `- every 2 min: …`"
        yield Fault(every.place, f"{every.text} needs reps", way_out)
    if phase and not counted:
        message = f"{phase.text} is a phase, and there are no reps"
        yield Fault(phase.place, message, "add `20 reps` or `6 breaths`")


def _any(by_kind: dict[Kind, Clause], *kinds: Kind) -> bool:
    return any(kind in by_kind for kind in kinds)
