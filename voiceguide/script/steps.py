"""Bullets to steps: the dose, what stands under it, and whether the two go together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from voiceguide.errors import InputError, Problem, Reporter, quote
from voiceguide.routine import Cue, Note, Picture, Prose, Sides, Step
from voiceguide.script.clauses import BARE_COUNT, ClauseKind, StepKind, near_head, read_clauses
from voiceguide.script.context import ReadingContext, Scope
from voiceguide.script.cues import Above, again_is_lost, label_of, names_moment, read_cue
from voiceguide.script.doses import COMMA, ReadDose, Under, read_dose
from voiceguide.script.prose import read_prose
from voiceguide.script.source import Passage, read_path
from voiceguide.script.tree import Bullet, Node, NoteLines, PictureLine, ProseLines


class DosedBullet(NamedTuple):
    """A bullet whose dose has been read; a group must know the doses within it first."""

    bullet: Bullet
    read: ReadDose
    name: str = ""


def dosed(bullet: Bullet, context: ReadingContext) -> DosedBullet:
    """A bullet with its dose, and its name where it has one."""
    line = context.passage([bullet.line])
    steps = any(
        isinstance(child, Bullet) and not is_cue(child, context) for child in bullet.children
    )
    words = any(isinstance(child, ProseLines) for child in bullet.children)
    under = Under(words, steps)
    label = label_of(bullet)
    if label is None or is_cue(bullet, context):
        return DosedBullet(bullet, read_dose(line, context, under))
    if _reads_whole(line, context):  # `hold: 30s`
        return DosedBullet(bullet, read_dose(line, context, under))
    if _NO_NAME.search(label.text):
        message = f"the name {quote(label.text)} holds more than words"
        context.report.error(
            line.place(0, label.stop), message, "write plain words before the colon"
        )
    return DosedBullet(bullet, read_dose(line.part(label.stop), context, under), label.text)


def is_cue(bullet: Bullet, context: ReadingContext, segments: Collection[str] = ()) -> bool:
    """Whether a bullet is a cue: it has a label that is no step's name, and no clause's either."""
    label = label_of(bullet)
    if label is None:
        return False
    if names_moment(label.text, segments):
        return True
    if near_head(label.text.lower()):
        return True
    line = context.passage([bullet.line])
    return not (_reads_whole(line, context) or _reads_as_dose(line.part(label.stop), context))


def _reads_whole(line: Passage, context: ReadingContext) -> bool:
    """Whether the label and what follows its colon are a clause together: `hold: 30s`."""
    return _can_be_read(line.split(COMMA)[0], _unreported(context))


def _reads_as_dose(line: Passage, context: ReadingContext) -> bool:
    """Whether one of its clauses can be read."""
    return any(_can_be_read(part, _unreported(context)) for part in line.split(COMMA))


def _unreported(context: ReadingContext) -> ReadingContext:
    """For trying: nothing of it is reported."""
    return replace(context, report=Reporter(context.report.source, ()))


def _can_be_read(part: Passage, context: ReadingContext) -> bool:
    try:
        return bool(read_clauses(part, context))
    except InputError:
        return BARE_COUNT.fullmatch(part.text.lower()) is not None


_NO_NAME = re.compile(r"[\[\]{}|<>`_\\]")


def read_step(step: DosedBullet, scope: Scope, context: ReadingContext) -> Step:
    """The step that a bullet and everything under it make."""
    bullet, read, name = step
    segments = {segment.word for segment in read.dose.segments}
    nested = {
        id(child): dosed(child, context)
        for child in bullet.children
        if isinstance(child, Bullet) and not is_cue(child, context, segments)
    }
    inside = scope.within(read.dose, [inner.read.dose for inner in nested.values()], name)
    if not read.whole:
        inside = scope.open()
    above = Above(read.dose, StepKind.of(read.dose, nests=bool(nested)), read.whole)
    cues = tuple(_cues(bullet.children, nested, above, inside, context))
    body = tuple(_body(bullet.children, nested, inside, context))
    if read.whole:
        context.report.add(*_problems(step, nested, above, scope))
        _warn_of_lost_rest(read, above, context)
    return Step(read.dose, body, cues, context.passage([bullet.first]).place(), name)


def _body(
    children: Sequence[Node], nested: dict[int, DosedBullet], scope: Scope, context: ReadingContext
) -> Iterator[Prose | Note | Picture | Step]:
    for child in children:
        if isinstance(child, NoteLines):
            yield read_note(child, context)
        elif isinstance(child, PictureLine):
            with context.report.catching():
                yield read_picture(child, context)
        elif isinstance(child, ProseLines):
            prose = read_prose(child.lines, scope, context)
            if prose:
                yield prose
        elif id(child) in nested:
            yield read_step(nested[id(child)], scope, context)


def read_note(note: NoteLines, context: ReadingContext) -> Note:
    """A note, its lines without their marks."""
    text = "\n".join(line.text.lstrip("> ").rstrip() for line in note.lines)
    return Note(text.strip(), context.passage(note.lines).place(), note.professional)


_PICTURE = re.compile(r"!\[(?P<alternative>[^\[\]]*)\]\((?P<path>[^()]*)\)")


def read_picture(line: PictureLine, context: ReadingContext) -> Picture:
    """A picture on a line of its own.

    Raises:
        InputError: its path leads away, or nothing says what it shows.
    """
    passage = context.passage([line.first])
    found = _PICTURE.fullmatch(passage.text)
    path = read_path(passage.part(*found.span("path"))) if found else ""
    alternative = " ".join(found["alternative"].split()) if found else ""
    if not path or not alternative:
        message = "this picture does not say what it shows" if path else "this picture has no file"
        raise InputError(message, "write `![What it shows](knee.svg)`", passage.place())
    return Picture(alternative, path, passage.place())


def _cues(
    children: Sequence[Node],
    nested: dict[int, DosedBullet],
    above: Above,
    scope: Scope,
    context: ReadingContext,
) -> Iterator[Cue]:
    seen = set()
    for child in children:
        if not isinstance(child, Bullet) or id(child) in nested:
            continue
        with context.report.catching():
            cue = read_cue(child, above, scope, context)
            if (cue.moment, cue.length, cue.segment) in seen:
                message = f"`{cue.moment.value}` stands twice under one step"
                raise InputError(message, "put both texts into one cue", cue.place)
            seen.add((cue.moment, cue.length, cue.segment))
            oddity = again_is_lost(cue, scope)
            if oddity:
                context.report.warn(*oddity)
            yield cue


# ── whether dose and body go together ────────────────────────────────────────


def _problems(
    step: DosedBullet, nested: dict[int, DosedBullet], above: Above, scope: Scope
) -> Iterator[Problem]:
    bullet, read, _ = step
    sides = read.clause(ClauseKind.SIDES)
    if sides and scope.sides:
        message = f"{sides.text} stands within a step that has sides already"
        yield Problem(message, "keep the sides of one of the two", sides.place)
    does = [child for child in bullet.children if not isinstance(child, NoteLines)]
    alone = read.clause(ClauseKind.CHIME, ClauseKind.USE)
    if alone and does:
        message = f"nothing can stand under {alone.text}"
        yield Problem(message, "indent what is under it less, to come after it", alone.place)
    yield from _misplaced(read, above, nested=bool(nested))
    if above.kind is StepKind.GROUP and not any(_sounds(child, nested) for child in does):
        place = read.clauses[0].part.place()
        message = "this step has nothing to do"
        yield Problem(message, "write words or steps under it, or add `hold 30s`", place)


def _misplaced(read: ReadDose, above: Above, *, nested: bool) -> Iterator[Problem]:
    """Clauses that only a group, or only reps, can have."""
    shuffle, every = read.clause(ClauseKind.SHUFFLE), read.clause(ClauseKind.EVERY)
    if shuffle and (above.kind is not StepKind.GROUP or not nested):
        message = "`shuffle` needs steps under it"
        yield Problem(message, "write the steps, each deeper than this dash", shuffle.place)
    if every and above.kind is StepKind.GROUP and not read.dose.rounds:
        message = f"{every.text} needs reps or rounds"
        way_out = f"write `20 reps, {every.house}`, or `10 rounds, {every.house}`"
        yield Problem(message, way_out, every.place)


def _sounds(child: Node, nested: dict[int, DosedBullet]) -> bool:
    return not isinstance(child, Bullet | PictureLine) or id(child) in nested


def _warn_of_lost_rest(read: ReadDose, above: Above, context: ReadingContext) -> None:
    rest = read.clause(ClauseKind.REST)
    comes = read.dose.rounds or read.dose.sides is Sides.EACH or read.dose.segments
    if rest and not comes and above.kind is not StepKind.REST:
        message = f"{rest.text} never comes: it stands between rounds or sides, and there are none"
        way_out = "add `3 rounds` or `each side`, or give the rest a bullet of its own"
        context.report.warn(rest.place, message, way_out)
