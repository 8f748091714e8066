"""Marks inside a hold or a rest: the author's cues, the halfway mark, the count-down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from voiceguide.lengths import Length, show_seconds
from voiceguide.routine import Cue, Dose, Moment, Step, Timed
from voiceguide.sequence import prose
from voiceguide.sequence.items import EventKind, Mark, Run, Sound
from voiceguide.sequence.unroller import PassContext, Unroller, capital

HALFWAY_FROM = 40.0
"""Seconds; shorter holds have no built-in halfway mark."""

LEFT_ALONE_FROM = 180.0
"""Seconds; a hold this long has no built-in count-down or halfway mark, unless asked for."""

CLEAR_OF_CHIME = 0.9
"""Seconds from the strike of the start chime to words spoken as a hold begins."""

COUNT_IN = 3
"""Seconds of a `count in` without a number, if the settings give none."""

TIMED = (Moment.START, Moment.HALF, Moment.AT, Moment.EVERY, Moment.LAST)

_COUNT_DOWN = "count down"


def hold_marks(unroller: Unroller, step: Step, context: PassContext) -> tuple[Mark, ...]:
    """Return a hold's marks: its cues, and the built-in marks that no cue replaces."""
    own = tuple(cue_marks(unroller, step, context, step.cues))
    halfway = halfway_mark(unroller, step, step.cues, context, most=LEFT_ALONE_FROM)
    seconds = 0 if counts_down(step) else countdown_of(unroller)
    most = inf if unroller.settings.countdown_asked else LEFT_ALONE_FROM
    return (*own, *halfway, *counting(unroller, step, seconds, context, most=most))


def countdown_of(unroller: Unroller) -> int:
    """Return the seconds counted down at the end; 0 in a restful session, unless asked for."""
    settings = unroller.settings
    return 0 if settings.restful and not settings.countdown_asked else settings.countdown


def cue_marks(
    unroller: Unroller, step: Step, context: PassContext, cues: Iterable[Cue]
) -> Iterator[Mark]:
    """Yield the marks of a step's own cues."""
    for cue in cues:
        if cue.count_down:
            seconds = int(unroller.seconds(cue.length)) if cue.length else 0
            yield from _count_down(unroller, cue, seconds, context)
        elif cue.moment in TIMED and not unroller.quiet:
            yield _cue_mark(unroller, cue, step, context)


def counts_down(step: Step) -> bool:
    """Whether the step has a count-down of its own."""
    return any(cue.count_down for cue in step.cues)


def label(cue: Cue) -> str:
    """Return the name of a cue in messages: `half`, `at 20s`."""
    return f"{cue.moment.value} {cue.length}" if cue.length else cue.moment.value


def _cue_mark(unroller: Unroller, cue: Cue, step: Step, context: PassContext) -> Mark:
    runs = tuple(prose.run(unroller, text, context) for text in cue.texts)
    place = unroller.at(cue.place, context)
    return Mark(cue.moment, _seconds(unroller, cue, step), runs, label(cue), place)


def _seconds(unroller: Unroller, cue: Cue, step: Step) -> float:
    if cue.length:
        return unroller.seconds(cue.length)
    after_chime = cue.moment is Moment.START and (step.dose.hold or step.dose.segments)
    return CLEAR_OF_CHIME if after_chime and unroller.settings.chimes["start"] else 0.0


# ── the last seconds in numbers ──────────────────────────────────────────────


def _count_down(unroller: Unroller, cue: Cue, seconds: int, context: PassContext) -> Iterator[Mark]:
    """Yield a mark for each of the last seconds: `five` sounds five seconds before the end."""
    place = unroller.at(cue.place, context)
    for number in range(seconds, 0, -1):
        runs = _number_runs(unroller, number, cue, context)
        yield Mark(
            Moment.LAST, float(number), runs, label(cue), place, group=_COUNT_DOWN, built_in=True
        )


def counting(
    unroller: Unroller, step: Step, seconds: int, context: PassContext, *, most: float = inf
) -> Iterator[Mark]:
    """Yield the built-in count-down, which gives way to other marks.

    A count-down that was asked for gives way number by number, the default one as a whole.
    """
    asked = unroller.settings.countdown_asked
    for number in range(seconds, 0, -1):
        yield Mark(
            Moment.LAST,
            float(number),
            _number_runs(unroller, number, step, context),
            f"countdown {show_seconds(seconds)}",
            unroller.at(step.place, context),
            gives_way=True,
            most=most,
            group=f"{_COUNT_DOWN} {number}" if asked else _COUNT_DOWN,
        )


def _number_runs(
    unroller: Unroller, number: int, near: Cue | Step, context: PassContext
) -> tuple[Run, ...]:
    """Return a spoken number, `Five.`; a tick if it does not fit, or if ticks are wanted."""
    tick = unroller.tick(near, context)
    ticks: tuple[Run, ...] = (((0.0, tick),),) if tick else ()
    if unroller.settings.countdown_ticks and ticks:
        return ticks
    text = capital(unroller.number(number)) + "."
    return (((0.0, unroller.spoken(text, near.place, context, EventKind.COUNT)),), *ticks)


# ── time to get into position ────────────────────────────────────────────────


def ready_of(unroller: Unroller, dose: Dose) -> Timed | None:
    """Return the time before a hold, reps or segments; a count-in adds one if none is written."""
    if dose.ready:
        return dose.ready
    seconds = count_in_of(unroller, dose)
    clause = dose.count_in or dose.hold or dose.reps or next(iter(dose.segments), None)
    return Timed(Length(seconds + 1.0, seconds + 1.0), clause.place) if seconds and clause else None


def count_in_of(unroller: Unroller, dose: Dose) -> int:
    """Return the seconds that are counted down before a hold, reps or segments."""
    if dose.count_in is None:
        return unroller.settings.count_in
    return dose.count_in.seconds or unroller.settings.count_in or COUNT_IN


# ── the middle ───────────────────────────────────────────────────────────────


def halfway_mark(
    unroller: Unroller,
    step: Step,
    cues: Iterable[Cue],
    context: PassContext,
    *,
    most: float = inf,
) -> Iterator[Mark]:
    """Yield the built-in halfway mark, unless the author has one; it gives way to other marks."""
    settings = unroller.settings
    own = any(cue.moment is Moment.HALF for cue in cues)
    asked = "halfway" in settings.asked
    wanted = settings.halfway and (asked or not settings.restful) and not own
    sound = _halfway(unroller, step, context) if wanted else None
    if sound:
        place = unroller.at(step.place, context)
        runs = (((0.0, sound),),)
        most = inf if asked else most
        yield Mark(
            Moment.HALF, 0, runs, "halfway", place, gives_way=True, least=HALFWAY_FROM, most=most
        )


def _halfway(unroller: Unroller, step: Step, context: PassContext) -> Sound | None:
    if unroller.quiet:
        return unroller.tick(step, context)
    text = unroller.phrases["halfway"]
    return unroller.spoken(text, step.place, context) if text else None
