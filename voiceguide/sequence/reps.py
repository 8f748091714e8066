"""Counted repetitions: each rep's number as it begins; phases first in words, then in ticks."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.lengths import Length
from voiceguide.routine import Moment, Side, Sides, Step
from voiceguide.sequence import Close, EventKind, Mark, Open, Run, TimedSilence, prose
from voiceguide.sequence.passes import Pass
from voiceguide.sequence.unroller import PassContext, Unroller, capital

TEMPO = Length(4.0, 4.0)
"""Seconds per rep, if the author gives neither phases nor `every`."""

TAUGHT = 2
"""How many reps say their phases in words, at first and after a change of side."""

COUNTED_ANYWAY = 5
"""Every fifth rep is counted even if its number is longer than the first phase."""

AFTER_TONE = 0.15
"""Seconds between a breath's tone and its number."""

_BEFORE_HALF = 0.4
"""Seconds between a rep's number and the words of `half:`."""


class _Part(Struct, frozen=True):
    """A phase of a rep as it will be timed; its word is empty if the rep has only a tempo."""

    word: str
    length: Length
    place: Place
    share: str = ""


def play_reps(unroller: Unroller, step: Step, this_pass: Pass, context: PassContext) -> None:
    """Emit all reps of one pass."""
    parts = list(_parts(unroller, step))
    beat = unroller.beat(step, context)
    unroller.add(Open(EventKind.REPS, unroller.origin(step.place, context), beat=beat))
    for number in range(1, (context.reps or 0) + 1):
        now = replace(context, rep=number, side=_side(step, context, number))
        new = number <= TAUGHT and this_pass.new_side
        taught = (new or unroller.settings.phase_words) and not unroller.quiet
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
        if index:
            marks = _phase_marks(unroller, step, part, word, context)
        else:
            marks = _number_marks(unroller, step, parts, word, context)
        unroller.add(_phase(unroller, part, marks, context))
    unroller.add(Close())


def _phase(
    unroller: Unroller, part: _Part, marks: tuple[Mark, ...], context: PassContext
) -> TimedSilence:
    name = part.word or "rep"
    length = unroller.elastic_length(part.length, part.place, context)
    if part.share:
        length = replace(length, share=(unroller.at(part.place, context), part.share))
    origin = unroller.origin(part.place, context)
    return TimedSilence(None, length, origin, marks, name, elastic=part.length.elastic)


# ── words and ticks in a rep; they are the program's own, and always fit ─────────────────────


def _number_marks(
    unroller: Unroller,
    step: Step,
    parts: list[_Part],
    word: str,
    context: PassContext,
) -> tuple[Mark, ...]:
    """Return the mark of a rep's number, with the side if it alternates and the word if it fits.

    If even the number does not fit, every fifth rep's number sounds on into the next phases, and
    the other reps get ticks.
    """
    part, *others = parts
    rep = context.rep or 1
    said = [unroller.number(rep)]
    number = said[:1]
    if step.dose.sides is Sides.ALTERNATE and context.side:
        said.append(unroller.phrases.side(context.side))
    wishes = [[*said, word]] if word else []
    counts = [_counted(unroller, step, words, context) for words in (*wishes, said, number)]
    tone = breath_tone(unroller, part.word, _breathes(step))
    sound = unroller.tick(step, context, tone) if tone and not word else None
    if sound:
        counts = [*(((0.0, sound), (AFTER_TONE, run[0][1])) for run in counts), *counts]
    own = _half(unroller, step, context)
    if own:
        first, *rest = own
        counts = [(*run, (_BEFORE_HALF, first[1]), *rest) for run in counts] + [own]
    ticks = () if own else _ticks(unroller, step, part, context)
    over = rep % COUNTED_ANYWAY == 0 and not own
    place = own[0][1].origin.place if own else unroller.at(part.place, context)
    return (
        Mark(
            Moment.START,
            0.0,
            (*dict.fromkeys(counts), *ticks),
            "half" if own else f"rep {rep}",
            place,
            built_in=not own,
            overrun=_counted(unroller, step, number, context) if over and ticks else (),
            room=sum(unroller.shortest(later.length) for later in others) if over else 0.0,
        ),
    )


def _counted(unroller: Unroller, step: Step, words: list[str], context: PassContext) -> Run:
    text = capital(", ".join(words)) + "."
    return ((0.0, unroller.spoken(text, step.place, context, EventKind.COUNT)),)


def _half(unroller: Unroller, step: Step, context: PassContext) -> Run:
    """Return the words of `half:`, for the rep that begins the second half."""
    if unroller.quiet or context.rep != (context.reps or 0) // 2 + 1:
        return ()
    texts = [cue.texts[0] for cue in step.cues if cue.moment is Moment.HALF and cue.texts]
    return prose.run(unroller, texts[0], context) if texts else ()


def _phase_marks(
    unroller: Unroller, step: Step, part: _Part, word: str, context: PassContext
) -> tuple[Mark, ...]:
    """Return a mark with the phase's word, or with a tick."""
    runs = _ticks(unroller, step, part, context)
    if word:
        runs = (((0.0, unroller.spoken(capital(word) + ".", step.place, context)),), *runs)
    place = unroller.at(part.place, context)
    mark = Mark(Moment.START, 0.0, runs, f"rep {context.rep}", place, built_in=True)
    return (mark,) if runs else ()


def _ticks(unroller: Unroller, step: Step, part: _Part, context: PassContext) -> tuple[Run, ...]:
    """Return a tick, or a breath's tone; with a metronome, which ticks itself, only the tone."""
    tone = breath_tone(unroller, part.word, _breathes(step))
    if step.dose.metronome and not tone:
        return ()
    sound = unroller.tick(step, context, tone or "tick")
    return (((0.0, sound),),) if sound else ()


def _breathes(step: Step) -> bool:
    return step.dose.breaths or step.dose.breathe is not None


def breath_tone(unroller: Unroller, word: str, breathes: bool = True) -> str:
    """Return the name of the tone for a breath's phase (`in left` rises), or an empty string."""
    if not breathes:
        return ""
    first = word.lower().split(" ")[0]
    words = {unroller.phrases[name].lower(): name for name in ("in", "hold", "out")}
    name = words.get(first, first)
    return f"breath_{name}" if name in ("in", "hold", "out") else ""
