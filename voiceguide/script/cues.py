"""Cues: `- half: …`, words spoken at a moment of the step above them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from voiceguide.errors import InputError, Place, quote
from voiceguide.lengths import Length
from voiceguide.routine import Cue, Dose, Moment, Phase, Spoken
from voiceguide.script.clauses import HEADS, StepKind, read_length, slips
from voiceguide.script.context import ReadingContext, Scope
from voiceguide.script.prose import read_texts
from voiceguide.script.source import Passage, SourceLine
from voiceguide.script.synonyms import moment_in_english
from voiceguide.script.tree import Bullet, Cut, ProseLines

LONGEST_COUNT_DOWN = 60
"""Seconds."""

_CUE = re.compile(r"(?P<head>(?:[^:,]|:(?=\d))+?)\s*:(?!\d)(?P<space>\s*)")
_MOMENTS = {moment.value: moment for moment in Moment}
_WITH_LENGTH = (Moment.AT, Moment.EVERY, Moment.LAST)
_COUNT_DOWN = re.compile(r"count[ -]?down\.?", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Above:
    """The step that a cue stands under."""

    dose: Dose
    kind: StepKind
    whole: bool
    """Whether its dose could be read."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before the colon of a bullet."""

    text: str
    """Without the stars around a name."""
    stop: int
    """Where what follows the colon begins."""


_NAMED = re.compile(r"(?P<stars>\*{1,2})(?P<head>[^*:]+?)\s*(?::(?P=stars)|(?P=stars)\s*:)\s*")


def label_of(bullet: Bullet) -> Label | None:
    """The label of a bullet that has one: a moment, or the name of a step."""
    text = bullet.line.text
    starred = _NAMED.match(text)
    if starred:
        return Label(" ".join(starred["head"].split()), starred.end())
    found = _head(bullet)
    return Label(" ".join(found["head"].split()), found.end()) if found else None


def names_moment(label: str, segments: Collection[str] = ()) -> bool:
    """Whether a label is a cue's: `half`, `at 20s`, `jog half`, or a letter off one."""
    moment, _ = _segment_and_moment(label.lower(), segments)
    word, *rest = moment.split(None, 1)
    if word in _MOMENTS:
        return not rest or _MOMENTS[word] in _WITH_LENGTH
    return not rest and any(slips(word, known) == 1 for known in _MOMENTS)


def _segment_and_moment(label: str, segments: Collection[str]) -> tuple[str, str]:
    """`half` and the segment `jog` of `jog half`."""
    plain = moment_in_english(label)
    for segment in sorted(segments, key=len, reverse=True):
        if label.startswith(f"{segment} "):
            return moment_in_english(label[len(segment) :].strip()), segment
    return plain, ""


def read_cue(bullet: Bullet, above: Above, scope: Scope, context: ReadingContext) -> Cue:
    """The cue that a bullet is.

    Raises:
        InputError: it is at no moment, or at one that the step above has not.
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
            f"{_name(head)} says nothing", "write its words after the colon", head.place()
        )
    if _counts_down(text):
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


def _name(head: Passage) -> str:
    return quote(head.text)


# ── the moment ───────────────────────────────────────────────────────────────


def _moment(head: Passage, text: str, context: ReadingContext) -> tuple[Moment, Length | None]:
    word, *rest = text.split(None, 1)
    moment = _MOMENTS.get(word)
    if moment is None:
        raise InputError(f"unknown cue {_name(head)}", _suggestion(text), head.place())
    if moment not in _WITH_LENGTH:
        if rest:
            message = f"`{word}` takes no {quote(rest[0])}"
            raise InputError(message, f"write `{word}`, or `at 20s`", head.place())
        return moment, None
    if not rest:
        raise InputError(f"`{word}` needs a length", f"write `{word} 20s`", head.place())
    own = head.text.lower().endswith(rest[0])  # as written, its place can be told to the letter
    after = head.part(len(head.text) - len(rest[0])) if own else head.as_if(rest[0])
    length = read_length(after)
    if length.elastic:
        way_out = f"write `{str(length).split('-')[0]}`"
        raise InputError("a cue has one length, not a range", way_out, after.place())
    return moment, length


def _suggestion(text: str) -> str:
    word = text.split(maxsplit=1)[0]
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
        raise InputError(f"{_name(head)} {message}", way_out, head.place())
    timed = segment or next(iter(above.dose.segments), None) or above.kind.timed(above.dose)
    if not timed or not length or timed.length.in_breaths is not length.in_breaths:
        return
    past = length.low - timed.length.high
    if past > 0 or (past == 0 and moment is not Moment.LAST):
        name = timed.word if isinstance(timed, Phase) else above.kind.value
        message = f"{_name(head)} lies outside the {name} of {timed.length}"
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
        message = f"{_name(head)} says nothing"
        if len(texts) > 1:
            message = f"one of the texts of {_name(head)} says nothing"
        raise InputError(message, "write words, or delete it", head.place())
    return texts


def _counts_down(text: str) -> bool:
    return _COUNT_DOWN.fullmatch(text) is not None


def _check_count_down(moment: Moment, length: Length | None, head: Passage) -> None:
    if moment is not Moment.LAST or length is None:
        message = "only the last seconds are counted down"
        raise InputError(message, "write `last 5s`", head.place())
    if not length.in_breaths and (length.low % 1 or length.low > LONGEST_COUNT_DOWN):
        message = f"{_name(head)} cannot be counted down"
        way_out = f"write whole seconds, at most {LONGEST_COUNT_DOWN}"
        raise InputError(message, way_out, head.place())


def again_is_lost(cue: Cue, scope: Scope) -> tuple[Place, str, str] | None:
    """What is odd about an `again:` where neither its step nor one around it has rounds."""
    if cue.moment is not Moment.AGAIN or scope.rounds:
        return None
    message = "`again` is never spoken: there are no rounds here"
    return cue.place, message, "add `3 rounds` to its step"
