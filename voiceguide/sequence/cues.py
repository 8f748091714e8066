"""What sounds inside a hold or a rest: the author's cues, the halfway mark, the count-down."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.lengths import show_seconds
from voiceguide.routine import Cue, Moment, Step
from voiceguide.sequence import prose
from voiceguide.sequence.items import Chime, EventKind, Mark, Run, Sound
from voiceguide.sequence.unroller import PassContext, Unroller, capital

HALFWAY_FROM = 40.0
"""Seconds: shorter holds have no built-in halfway mark."""

CLEAR_OF_CHIME = 0.9
"""Seconds from the strike of the start chime to words spoken as a hold begins."""

TIMED = (Moment.START, Moment.HALF, Moment.AT, Moment.EVERY, Moment.LAST)

_COUNT_DOWN = "count down"


def hold_marks(unroller: Unroller, step: Step, context: PassContext) -> tuple[Mark, ...]:
    """A hold's marks: its cues, and the built-in ones where it has none of its own."""
    own = tuple(cue_marks(unroller, step, context))
    return (*own, *_halfway(unroller, step, context), *_countdown(unroller, step, context))


def cue_marks(unroller: Unroller, step: Step, context: PassContext) -> Iterator[Mark]:
    """The marks of a step's own cues."""
    for cue in step.cues:
        if cue.count_down:
            seconds = int(unroller.seconds(cue.length)) if cue.length else 0
            yield from count_down(unroller, cue, seconds, context)
        elif cue.moment in TIMED and not unroller.quiet:
            yield _cue_mark(unroller, cue, step, context)


def counts_down(step: Step) -> bool:
    """Whether the step has a count-down of its own."""
    return any(cue.count_down for cue in step.cues)


def label(cue: Cue) -> str:
    """How a message names a cue: `half`, `at 20s`."""
    return f"{cue.moment.value} {cue.length}" if cue.length else cue.moment.value


def _cue_mark(unroller: Unroller, cue: Cue, step: Step, context: PassContext) -> Mark:
    runs = tuple(prose.run(unroller, text, context) for text in cue.texts)
    return Mark(
        cue.moment, _seconds(unroller, cue, step), runs, label(cue), unroller.at(cue.place, context)
    )


def _seconds(unroller: Unroller, cue: Cue, step: Step) -> float:
    if cue.length:
        return unroller.seconds(cue.length)
    after_chime = cue.moment is Moment.START and step.dose.hold is not None
    return CLEAR_OF_CHIME if after_chime and unroller.settings.chimes["start"] else 0.0


def count_down(unroller: Unroller, cue: Cue, seconds: int, context: PassContext) -> Iterator[Mark]:
    """A mark for each of the last seconds: `five` sounds five seconds before the end."""
    place = unroller.at(cue.place, context)
    for number in range(seconds, 0, -1):
        run = (number_run(unroller, number, cue, context),)
        yield Mark(Moment.LAST, float(number), run, label(cue), place, group=_COUNT_DOWN)


def number_run(unroller: Unroller, number: int, near: Cue | Step, context: PassContext) -> Run:
    """A number, spoken: `Five.`"""
    text = capital(unroller.number(number)) + "."
    return ((0.0, unroller.spoken(text, near.place, context, EventKind.COUNT)),)


def _countdown(unroller: Unroller, step: Step, context: PassContext) -> Iterator[Mark]:
    if counts_down(step):
        return
    settings = unroller.settings
    for number in range(settings.countdown, 0, -1):
        yield Mark(
            Moment.LAST,
            float(number),
            (number_run(unroller, number, step, context),),
            f"countdown {show_seconds(settings.countdown)}",
            unroller.at(step.place, context),
            gives_way=not settings.countdown_asked,
            group=_COUNT_DOWN,
        )


def _halfway(unroller: Unroller, step: Step, context: PassContext) -> Iterator[Mark]:
    own = any(cue.moment is Moment.HALF for cue in step.cues)
    sound = (
        None if own or not unroller.settings.halfway else _halfway_sound(unroller, step, context)
    )
    if sound:
        place = unroller.at(step.place, context)
        runs = (((0.0, sound),),)
        yield Mark(Moment.HALF, 0, runs, "halfway", place, gives_way=True, least=HALFWAY_FROM)


def _halfway_sound(unroller: Unroller, step: Step, context: PassContext) -> Sound | None:
    if unroller.quiet:
        return tick(unroller, step, context)
    text = unroller.phrases["halfway"]
    return unroller.spoken(text, step.place, context) if text else None


def tick(unroller: Unroller, step: Step, context: PassContext) -> Sound | None:
    """A soft tick; None where the routine has silenced its chimes."""
    if unroller.settings.chimes["start"] is None:
        return None
    origin = unroller.origin(step.place, context)
    return Sound(EventKind.CHIME, Chime("tick"), origin, "tick", whole=False)
