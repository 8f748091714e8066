"""Read bullets as steps: dose, body and cues, and whether they go together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, Problem, quote
from voiceguide.lengths import Length
from voiceguide.patterns import late
from voiceguide.routine import Cue, Dose, Moment, Note, Phase, Picture, Prose, Sides, Spoken, Step
from voiceguide.script.clauses import (
    HEADS,
    ClauseKind,
    StepKind,
    near_head,
    read_length,
    slips,
)
from voiceguide.script.doses import COMMA, ReadDose, Under, read_dose
from voiceguide.script.instructions import can_be_read, sentence_below, unreported
from voiceguide.script.prose import read_prose, read_texts
from voiceguide.script.source import Passage, ReadingContext, Scope, SourceLine, read_path
from voiceguide.script.synonyms import are_lengths, moment_in_english
from voiceguide.script.tree import Bullet, Cut, Node, NoteLines, PictureLine, ProseLines

# ── cues: `- half: …`, words spoken at a moment of the step above them ───────


LONGEST_COUNT_DOWN = 60
"""Most seconds that a cue can count down."""

_CUE = late(r"(?P<head>(?:[^:,]|:(?=\d))+?)\s*:(?!\d)(?P<space>\s*)")
_MOMENTS = {moment.value: moment for moment in Moment}
_WITH_LENGTH = (Moment.AT, Moment.EVERY, Moment.LAST)
_COUNT_DOWN = late(r"count[ -]?down(?: (?:from \d+|the (?:last )?seconds))?\.?", re.IGNORECASE)


_FITTING = {
    StepKind.REPS: (Moment.FIRST, Moment.AGAIN, Moment.START, Moment.HALF, Moment.END),
    StepKind.GROUP: (Moment.FIRST, Moment.AGAIN, Moment.END),
}
_MISFIT = {
    StepKind.REPS: (
        "needs a hold or a rest: reps are counted, not timed",
        "reps have `first`, `again`, `start`, `half` and `end`",
    ),
    StepKind.GROUP: (
        "needs a hold, a rest or reps of its own",
        "move it under the step that is timed; a group has `first`, `again` and `end`",
    ),
}


class Above(Struct, frozen=True):
    """The step that a cue stands under."""

    dose: Dose
    kind: StepKind
    whole: bool
    """Whether its dose could be read."""


class Label(Struct, frozen=True):
    """The text before the colon of a bullet."""

    text: str
    """Without the stars around a name."""
    stop: int
    """The offset of the text after the colon."""


_NAMED = late(r"(?P<stars>\*{1,2})(?P<head>[^*:]+?)\s*(?::(?P=stars)|(?P=stars)\s*:)\s*")


def label_of(bullet: Bullet) -> Label | None:
    """The label of a bullet, a moment or the name of a step; None if it has none."""
    text = bullet.line.text
    starred = _NAMED.match(text)
    if starred:
        return Label(" ".join(starred["head"].split()), starred.end())
    found = _head(bullet)
    return Label(" ".join(found["head"].split()), found.end()) if found else None


def names_moment(label: str, segments: Collection[str] = ()) -> bool:
    """Whether a label is the moment of a cue, `half`, `at 20s`, `jog half`, or misspells one."""
    moment, _ = _segment_and_moment(label.lower(), segments)
    word, *rest = moment.split(None, 1)
    if word in _MOMENTS:
        return not rest or _MOMENTS[word] in _WITH_LENGTH
    return not rest and any(slips(word, known) == 1 for known in _MOMENTS)


def _segment_and_moment(label: str, segments: Collection[str]) -> tuple[str, str]:
    """Split `jog half` into the moment `half` and the segment `jog`."""
    plain = moment_in_english(label)
    for segment in sorted(segments, key=len, reverse=True):
        if label.startswith(f"{segment} "):
            return moment_in_english(label[len(segment) :].strip()), segment
    return plain, ""


def read_cue(bullet: Bullet, above: Above, scope: Scope, context: ReadingContext) -> Cue:
    """Read a bullet as a cue.

    Raises:
        InputError: its moment is unknown or does not occur in the step above, or it has no words.
    """
    found = _head(bullet)
    head = context.passage([bullet.line]).part(*found.span("head") if found else (0, 0))
    segments = {segment.word: segment for segment in above.dose.segments}
    moment_text, segment = _segment_and_moment(" ".join(head.text.lower().split()), segments)
    moment, length = _moment(head, moment_text, context)
    if above.whole:
        _check_fit(moment, length, head, above, segments.get(segment))
    lines = _text_lines(bullet, found.end() if found else 0, context)
    text = " ".join(line.text for line in lines).strip()
    if not text:
        raise InputError(
            f"{quote(head.text)} says nothing", "write its words after the colon", head.place()
        )
    if _COUNT_DOWN.fullmatch(text):
        _check_count_down(moment, length, head)
        return Cue(moment, length, (), True, head.place(), segment)
    counting = moment is Moment.HALF and above.dose.reps is not None
    scope = replace(scope, rep=counting or not above.whole)
    texts = _texts(lines, moment, head, scope, context)
    return Cue(moment, length, texts, False, head.place(), segment)


def _head(bullet: Bullet) -> re.Match[str] | None:
    text = bullet.line.text
    found = _CUE.match(text)
    if not found:
        return None
    closed = found["space"] or found.end() == len(text)
    first = moment_in_english(found["head"].lower()).split()[0]
    return found if closed or first in _MOMENTS else None


# ── the moment ───────────────────────────────────────────────────────────────


def _moment(head: Passage, text: str, context: ReadingContext) -> tuple[Moment, Length | None]:
    word, *rest = text.split(None, 1)
    moment = _MOMENTS.get(word)
    if moment is None:
        raise InputError(f"unknown cue {quote(head.text)}", _suggestion(text), head.place())
    if moment not in _WITH_LENGTH:
        if rest:
            message = f"`{word}` takes no {quote(rest[0])}"
            raise InputError(message, f"write `{word}`, or `at 20s`", head.place())
        return moment, None
    if not rest:
        raise InputError(f"`{word}` needs a length", f"write `{word} 20s`", head.place())
    own = head.text.lower().endswith(rest[0])  # untranslated: its exact place is known
    after = head.part(len(head.text) - len(rest[0])) if own else head.as_if(rest[0])
    length = read_length(after)
    if length.elastic:
        way_out = f"write `{str(length).split('-')[0]}`"
        raise InputError("a cue has one length, not a range", way_out, after.place())
    return moment, length


def _suggestion(text: str) -> str:
    word = text.split(maxsplit=1)[0]
    if are_lengths(text):
        return f"write `at {text}`"
    if word in HEADS:
        return "a clause takes no colon; words to be spoken go on the lines under it"
    near = next((head for head in (*_MOMENTS, *sorted(HEADS)) if slips(word, head) == 1), None)
    if near:
        return f"did you mean `{near}`?"
    known = ", ".join(f"`{moment}`" for moment in sorted(_MOMENTS))
    return f"known are {known}; a step's name has a dose behind it: `- Heel slide: 10 reps`"


def _check_fit(
    moment: Moment, length: Length | None, head: Passage, above: Above, segment: Phase | None
) -> None:
    if moment not in _FITTING.get(above.kind, Moment):
        message, way_out = _MISFIT[above.kind]
        raise InputError(f"{quote(head.text)} {message}", way_out, head.place())
    timed = segment or next(iter(above.dose.segments), None) or above.kind.timed(above.dose)
    if not timed or not length or timed.length.in_breaths is not length.in_breaths:
        return
    past = length.low - timed.length.high
    if past > 0 or (past == 0 and moment is not Moment.LAST):
        name = timed.word if isinstance(timed, Phase) else above.kind.value
        message = f"{quote(head.text)} lies outside the {name} of {timed.length}"
        raise InputError(message, f"make the {name} longer, or move the cue", head.place())


# ── the words ────────────────────────────────────────────────────────────────


def _text_lines(bullet: Bullet, start: int, context: ReadingContext) -> list[SourceLine]:
    first = bullet.line.after(start)
    lines = [] if first.blank else [first]
    for child in bullet.children:
        if isinstance(child, ProseLines):
            lines.extend(child.lines)
            continue
        if isinstance(child, Cut):
            continue
        place = context.passage([child.first]).place()
        context.report.error(place, "a cue holds nothing but words", "indent this line less")
    return lines


def _texts(
    lines: list[SourceLine], moment: Moment, head: Passage, scope: Scope, context: ReadingContext
) -> tuple[tuple[Spoken, ...], ...]:
    before = len(context.report)
    texts = read_texts(lines, scope, context, bars=moment is Moment.EVERY)
    if not all(texts) and len(context.report) == before:
        message = f"{quote(head.text)} says nothing"
        if len(texts) > 1:
            message = f"one of the texts of {quote(head.text)} says nothing"
        raise InputError(message, "write words, or delete it", head.place())
    return texts


def _check_count_down(moment: Moment, length: Length | None, head: Passage) -> None:
    if moment is not Moment.LAST or length is None:
        message = "only the last seconds are counted down"
        raise InputError(message, "write `last 5s`", head.place())
    if not length.in_breaths and (length.low % 1 or length.low > LONGEST_COUNT_DOWN):
        message = f"{quote(head.text)} cannot be counted down"
        way_out = f"write whole seconds, at most {LONGEST_COUNT_DOWN}"
        raise InputError(message, way_out, head.place())


# ── from bullets to steps ────────────────────────────────────────────────────


class DosedBullet(NamedTuple):
    """A bullet with its dose read; a group needs the doses within it before its texts are read."""

    bullet: Bullet
    read: ReadDose
    name: str = ""


def dosed(bullet: Bullet, context: ReadingContext) -> DosedBullet:
    """Read the dose and the name of a bullet; the sentence of `sentence_below` becomes a child."""
    trying = unreported(context)
    tried = _dosed(bullet, trying)
    told = trying.report.problems()
    sentence = None if label_of(bullet) else sentence_below(bullet, tried.read, told, context)
    if sentence:
        return _dosed(sentence, context)
    context.report.add(*told)
    return tried


def _dosed(bullet: Bullet, context: ReadingContext) -> DosedBullet:
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
    if label.text[0].isdecimal() and _reads_as_dose(line.part(0, len(label.text)), context):
        whole = line.as_if(line.text.replace(":", ",", 1))  # `10 reps: 2s up, 2s down`
        return DosedBullet(bullet, read_dose(whole, context, under))
    if _NO_NAME.search(label.text):
        message = f"the name {quote(label.text)} holds more than words"
        context.report.error(
            line.place(0, label.stop), message, "write plain words before the colon"
        )
    return DosedBullet(bullet, read_dose(line.part(label.stop), context, under), label.text)


def is_cue(bullet: Bullet, context: ReadingContext, segments: Collection[str] = ()) -> bool:
    """Whether a bullet is a cue: its label is neither the name of a step nor part of a clause."""
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
    """Whether the label and the text after its colon are one clause: `hold: 30s`."""
    if len(_LABELLED.findall(line.text)) > 1:  # `work: 40s, rest: 20s`
        return True
    return can_be_read(line.split(COMMA)[0], unreported(context))


def _reads_as_dose(line: Passage, context: ReadingContext) -> bool:
    """Whether at least one clause of the line can be read."""
    return any(can_be_read(part, unreported(context)) for part in line.split(COMMA))


_LABELLED = late(r"(?:^|[,;] ?)[^\W\d][^\d:,;]*: ?\d[^:,;]*(?=[,;]|$)")
_NO_NAME = late(r"[\[\]{}|<>`_\\]")


def read_step(step: DosedBullet, scope: Scope, context: ReadingContext) -> Step:
    """Read a bullet and everything under it as a step."""
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
    """Read a note; its lines lose their marks."""
    text = "\n".join(line.text.lstrip("> ").rstrip() for line in note.lines)
    return Note(text.strip(), context.passage(note.lines).place(), note.professional)


_PICTURE = late(r"!\[(?P<alternative>[^\[\]]*)\]\((?P<path>[^()]*)\)")


def read_picture(line: PictureLine, context: ReadingContext) -> Picture:
    """Read a picture on a line of its own.

    Raises:
        InputError: its path is missing or leads out of the folder, or it has no alternative text.
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
                message = f"`{cue.moment.value}` occurs twice under one step"
                raise InputError(message, "put both texts into one cue", cue.place)
            seen.add((cue.moment, cue.length, cue.segment))
            if cue.moment is Moment.AGAIN and not scope.rounds:
                message = "`again` is never spoken: there are no rounds here"
                context.report.warn(cue.place, message, "add `3 rounds` to its step")
            yield cue


# ── whether dose and body go together ────────────────────────────────────────


def _problems(
    step: DosedBullet, nested: dict[int, DosedBullet], above: Above, scope: Scope
) -> Iterator[Problem]:
    bullet, read, _ = step
    sides = read.clause(ClauseKind.SIDES)
    if sides and scope.sides:
        message = f"{sides.text} is within a step that already has sides"
        yield Problem(message, "keep the sides of one of the two", sides.place)
    does = [child for child in bullet.children if not isinstance(child, NoteLines)]
    alone = read.clause(ClauseKind.CHIME, ClauseKind.USE)
    if alone and does:
        message = f"nothing can be under {alone.text}"
        yield Problem(message, "indent what is under it less, to come after it", alone.place)
    yield from _misplaced(read, above, nested=bool(nested))
    if above.kind is StepKind.GROUP and not any(_sounds(child, nested) for child in does):
        place = read.clauses[0].part.place()
        message = "this step has nothing to do"
        yield Problem(message, "write words or steps under it, or add `hold 30s`", place)


def _misplaced(read: ReadDose, above: Above, *, nested: bool) -> Iterator[Problem]:
    """Report clauses that only a group or only reps can have."""
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
