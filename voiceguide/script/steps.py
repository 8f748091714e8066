"""Bullets to steps: the dose, what stands under it, and whether the two go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from voiceguide.errors import InputError, Problem
from voiceguide.routine import Cue, Note, Prose, Sides, Step
from voiceguide.script.clauses import ClauseKind, StepKind
from voiceguide.script.context import Context, Scope
from voiceguide.script.cues import Above, again_is_lost, is_cue, read_cue
from voiceguide.script.doses import ReadDose, read_dose
from voiceguide.script.prose import read_prose
from voiceguide.script.tree import Bullet, Node, NoteLines, ProseLines


class DosedBullet(NamedTuple):
    """A bullet whose dose has been read; a group must know the doses within it first."""

    bullet: Bullet
    read: ReadDose


def dosed(bullet: Bullet, context: Context) -> DosedBullet:
    """A bullet with its dose."""
    return DosedBullet(bullet, read_dose(context.passage([bullet.line]), context))


def read_step(step: DosedBullet, scope: Scope, context: Context) -> Step:
    """The step that a bullet and everything under it make."""
    bullet, read = step
    nested = {
        id(child): dosed(child, context)
        for child in bullet.children
        if isinstance(child, Bullet) and not is_cue(child)
    }
    inside = scope.within(read.dose, [inner.read.dose for inner in nested.values()])
    if not read.whole:
        inside = scope.open()
    above = Above(read.dose, StepKind.of(read.dose, nests=bool(nested)), read.whole)
    cues = tuple(_cues(bullet.children, above, inside, context))
    body = tuple(_body(bullet.children, nested, inside, context))
    if read.whole:
        context.report.add(*_problems(step, above, scope))
        _warn_of_lost_rest(read, above, context)
    return Step(read.dose, body, cues, context.passage([bullet.first]).place())


def _body(
    children: Sequence[Node], nested: dict[int, DosedBullet], scope: Scope, context: Context
) -> Iterator[Prose | Note | Step]:
    for child in children:
        if isinstance(child, NoteLines):
            yield read_note(child, context)
        elif isinstance(child, ProseLines):
            prose = read_prose(child.lines, scope, context)
            if prose:
                yield prose
        elif id(child) in nested:
            yield read_step(nested[id(child)], scope, context)


def read_note(note: NoteLines, context: Context) -> Note:
    """A note, its lines without their marks."""
    text = "\n".join(line.text.lstrip(">").strip() for line in note.lines)
    return Note(text.strip(), context.passage(note.lines).place())


def _cues(children: Sequence[Node], above: Above, scope: Scope, context: Context) -> Iterator[Cue]:
    seen = set()
    for child in children:
        if not isinstance(child, Bullet) or not is_cue(child):
            continue
        with context.report.catching():
            cue = read_cue(child, above, scope, context)
            if (cue.moment, cue.length) in seen:
                message = f"`{cue.moment.value}` stands twice under one step"
                raise InputError(message, "put both texts into one cue", cue.place)
            seen.add((cue.moment, cue.length))
            oddity = again_is_lost(cue, scope)
            if oddity:
                context.report.warn(*oddity)
            yield cue


# ── whether dose and body go together ────────────────────────────────────────


def _problems(step: DosedBullet, above: Above, scope: Scope) -> Iterator[Problem]:
    bullet, read = step
    sides = read.clause(ClauseKind.SIDES)
    if sides and scope.sides:
        message = f"{sides.text} stands within a step that has sides already"
        yield Problem(message, "keep the sides of one of the two", sides.place)
    does = [child for child in bullet.children if not isinstance(child, NoteLines)]
    alone = read.clause(ClauseKind.CHIME, ClauseKind.USE)
    if alone and does:
        message = f"nothing can stand under {alone.text}"
        yield Problem(message, "indent what is under it less, to come after it", alone.place)
    if above.kind is StepKind.GROUP and not any(_sounds(child) for child in does):
        place = read.clauses[0].part.place()
        message = "this step has nothing to do"
        yield Problem(message, "write words or steps under it, or add `hold 30s`", place)


def _sounds(child: Node) -> bool:
    return not (isinstance(child, Bullet) and is_cue(child))


def _warn_of_lost_rest(read: ReadDose, above: Above, context: Context) -> None:
    rest = read.clause(ClauseKind.REST)
    passes = read.dose.rounds or read.dose.sides is Sides.EACH
    if rest and not passes and above.kind is not StepKind.REST:
        message = f"{rest.text} never comes: it stands between rounds or sides, and there are none"
        way_out = "add `3 rounds` or `each side`, or give the rest a bullet of its own"
        context.report.warn(rest.place, message, way_out)
