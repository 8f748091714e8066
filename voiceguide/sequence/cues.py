"""What sounds inside a hold or a rest: the author's cues, the halfway mark, the count-down."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.lengths import show_seconds
from voiceguide.routine import Cue, Moment, Step
from voiceguide.sequence import prose
from voiceguide.sequence.items import Chime, Kind, Mark, Run, Sound
from voiceguide.sequence.unroller import Here, Score, capital

HALFWAY_FROM = 40.0
"""Seconds: shorter holds have no built-in halfway mark."""

CLEAR_OF_CHIME = 0.9
"""Seconds from the strike of the start chime to words spoken as a hold begins."""

TIMED = (Moment.START, Moment.HALF, Moment.AT, Moment.EVERY, Moment.LAST)

_COUNT_DOWN = "count down"


def hold_marks(score: Score, step: Step, here: Here) -> tuple[Mark, ...]:
    """A hold's marks: its cues, and the built-in ones where it has none of its own."""
    own = tuple(cue_marks(score, step, here))
    return (*own, *_halfway(score, step, here), *_countdown(score, step, here))


def cue_marks(score: Score, step: Step, here: Here) -> Iterator[Mark]:
    """The marks of a step's own cues."""
    for cue in step.cues:
        if cue.count_down:
            seconds = int(score.seconds(cue.length)) if cue.length else 0
            yield from count_down(score, cue, seconds, here)
        elif cue.moment in TIMED and not score.quiet:
            yield _cue_mark(score, cue, step, here)


def counts_down(step: Step) -> bool:
    """Whether the step has a count-down of its own."""
    return any(cue.count_down for cue in step.cues)


def label(cue: Cue) -> str:
    """How a message names a cue: `half`, `at 20s`."""
    return f"{cue.moment.value} {cue.length}" if cue.length else cue.moment.value


def _cue_mark(score: Score, cue: Cue, step: Step, here: Here) -> Mark:
    runs = tuple(prose.run(score, text, here) for text in cue.texts)
    return Mark(cue.moment, _seconds(score, cue, step), runs, label(cue), score.at(cue.place, here))


def _seconds(score: Score, cue: Cue, step: Step) -> float:
    if cue.length:
        return score.seconds(cue.length)
    after_chime = cue.moment is Moment.START and step.dose.hold is not None
    return CLEAR_OF_CHIME if after_chime and score.settings.chimes["start"] else 0.0


def count_down(score: Score, cue: Cue, seconds: int, here: Here) -> Iterator[Mark]:
    """A mark for each of the last seconds: `five` sounds five seconds before the end."""
    place = score.at(cue.place, here)
    for number in range(seconds, 0, -1):
        run = (number_run(score, number, cue, here),)
        yield Mark(Moment.LAST, float(number), run, label(cue), place, group=_COUNT_DOWN)


def number_run(score: Score, number: int, near: Cue | Step, here: Here) -> Run:
    """A number, spoken: `Five.`"""
    text = capital(score.phrases.number(number)) + "."
    return ((0.0, score.spoken(text, near.place, here, Kind.COUNT)),)


def _countdown(score: Score, step: Step, here: Here) -> Iterator[Mark]:
    if counts_down(step):
        return
    settings = score.settings
    for number in range(settings.countdown, 0, -1):
        yield Mark(
            Moment.LAST,
            float(number),
            (number_run(score, number, step, here),),
            f"countdown {show_seconds(settings.countdown)}",
            score.at(step.place, here),
            gives_way=not settings.countdown_asked,
            group=_COUNT_DOWN,
        )


def _halfway(score: Score, step: Step, here: Here) -> Iterator[Mark]:
    own = any(cue.moment is Moment.HALF for cue in step.cues)
    sound = None if own or not score.settings.halfway else _halfway_sound(score, step, here)
    if sound:
        place = score.at(step.place, here)
        runs = (((0.0, sound),),)
        yield Mark(Moment.HALF, 0, runs, "halfway", place, gives_way=True, least=HALFWAY_FROM)


def _halfway_sound(score: Score, step: Step, here: Here) -> Sound | None:
    if score.quiet:
        return tick(score, step, here)
    text = score.phrases["halfway"]
    return score.spoken(text, step.place, here) if text else None


def tick(score: Score, step: Step, here: Here) -> Sound | None:
    """A soft tick; None where the routine has silenced its chimes."""
    if score.settings.chimes["start"] is None:
        return None
    around = score.around(step.place, here)
    return Sound(Kind.CHIME, Chime("tick"), around, "tick", whole=False)
