"""Counted repetitions: each rep's number as it begins, its phases in words, then in ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import Moment, Side, Sides, Step
from voiceguide.sequence import prose
from voiceguide.sequence.items import Close, EventKind, Mark, Open, Run, Sound, TimedSilence
from voiceguide.sequence.passes import Pass
from voiceguide.sequence.unroller import PassContext, Unroller, capital

TEMPO = Length(4.0, 4.0)
"""Seconds a rep where the author gives neither phases nor `every`."""

TAUGHT = 2
"""So many reps say their phases in words, first and after a change of side."""

_BEFORE_HALF = 0.4
"""Seconds between a rep's number and the words of `half:`."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A phase of a rep as it will be timed; no word where the rep has only a tempo."""

    word: str
    length: Length
    place: Place
    share: str = ""


def play_reps(unroller: Unroller, step: Step, this_pass: Pass, context: PassContext) -> None:
    """All the reps of one pass."""
    parts = list(_parts(unroller, step))
    unroller.add(Open(EventKind.REPS, unroller.origin(step.place, context)))
    for number in range(1, (context.reps or 0) + 1):
        now = replace(context, rep=number, side=_side(step, context, number))
        taught = number <= TAUGHT and this_pass.new_side and not unroller.quiet
        _play_rep(unroller, step, parts, now, taught=taught)
    unroller.add(Close())


def _side(step: Step, context: PassContext, number: int) -> Side | None:
    alternates = step.dose.sides is Sides.ALTERNATE and context.side and number % 2 == 0
    return context.side.other if alternates and context.side else context.side


def _parts(unroller: Unroller, step: Step) -> Iterator[_Part]:
    dose = step.dose
    if dose.phases:
        yield from (_Part(phase.word, phase.length, phase.place) for phase in dose.phases)
    elif dose.every:
        yield _Part("", dose.every.length, dose.every.place)
    elif dose.breaths:
        for index, phase in enumerate(unroller.settings.breath):
            word = unroller.phrases.words.get(phase.word, phase.word)
            length = Length(phase.seconds, phase.seconds)
            yield _Part(word, length, step.place, share=f"breath {index}")
    else:
        yield _Part("", TEMPO, step.place, share="tempo")


def _play_rep(
    unroller: Unroller, step: Step, parts: list[_Part], context: PassContext, *, taught: bool
) -> None:
    unroller.add(Open(EventKind.REP, unroller.origin(step.place, context)))
    for index, part in enumerate(parts):
        word = part.word if taught else ""
        runs = (
            _phase_runs(unroller, step, word, context)
            if index
            else _begin(unroller, step, word, context)
        )
        unroller.add(_phase(unroller, part, runs, context))
    unroller.add(Close())


def _phase(
    unroller: Unroller, part: _Part, runs: tuple[Run, ...], context: PassContext
) -> TimedSilence:
    name = part.word or "rep"
    place = unroller.at(part.place, context)
    length = unroller.elastic_length(part.length, part.place, context)
    if part.share:
        length = replace(length, share=(place, part.share))
    marks = (Mark(Moment.START, 0.0, runs, f"rep {context.rep}", place),) if runs else ()
    origin = unroller.origin(part.place, context)
    return TimedSilence(None, length, origin, marks, name, elastic=part.length.elastic)


def _begin(unroller: Unroller, step: Step, word: str, context: PassContext) -> tuple[Run, ...]:
    """The number, with the side where it alternates; the phase's word too where it fits."""
    said = [unroller.number(context.rep or 1)]
    if step.dose.sides is Sides.ALTERNATE and context.side:
        said.append(unroller.phrases.side(context.side))
    wishes = [[*said, word], said] if word else [said]
    counts = tuple(_counted(unroller, step, words, context) for words in wishes)
    half = _half(unroller, step, context)
    if not half:
        return counts
    first, *rest = half
    return tuple((*run, (_BEFORE_HALF, first[1]), *rest) for run in counts)


def _counted(unroller: Unroller, step: Step, words: list[str], context: PassContext) -> Run:
    text = capital(", ".join(words)) + "."
    return ((0.0, unroller.spoken(text, step.place, context, EventKind.COUNT)),)


def _half(unroller: Unroller, step: Step, context: PassContext) -> Run:
    """The words of `half:`, in the rep that begins the second half."""
    if unroller.quiet or context.rep != (context.reps or 0) // 2 + 1:
        return ()
    texts = [cue.texts[0] for cue in step.cues if cue.moment is Moment.HALF and cue.texts]
    return prose.run(unroller, texts[0], context) if texts else ()


def _phase_runs(unroller: Unroller, step: Step, word: str, context: PassContext) -> tuple[Run, ...]:
    if not word:
        sound: Sound | None = unroller.tick(step, context)
    else:
        sound = unroller.spoken(capital(word) + ".", step.place, context)
    return (((0.0, sound),),) if sound else ()
