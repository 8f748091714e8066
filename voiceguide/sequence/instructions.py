"""What a step says: its instructions, whole or in short, and the words around it."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.routine import Moment, Note, Prose, Sides, Spoken, Step
from voiceguide.sequence import prose
from voiceguide.sequence.score import Score
from voiceguide.sequence.turns import Turn
from voiceguide.sequence.wording import Here

_OWN_SIDES = (Sides.EACH, Sides.LEFT, Sides.RIGHT)


def instruct(score: Score, step: Step, turn: Turn, here: Here) -> None:
    """The instructions before a hold or reps: whole, in place of them, or the side alone."""
    again = again_parts(score, step, here)
    if again:
        say_with_side(score, step, again, here)
    elif turn.round > 1 or score.quiet or (score.brief and not here.first):
        name_side(score, step, [], here)
    else:
        say_with_side(score, step, instructions(step), here)
        if here.first:
            cue(score, step, Moment.FIRST, here)


def again_parts(score: Score, step: Step, here: Here) -> list[Spoken]:
    """What `again:` says in place of the instructions, on later rounds of the step or around it."""
    return list(cue_parts(step, Moment.AGAIN)) if here.later and not score.quiet else []


def say_with_side(score: Score, step: Step, parts: list[Spoken], here: Here) -> None:
    """Words that do not tell the side by themselves come after it: nobody can see it."""
    name_side(score, step, parts, here)
    prose.play(score, parts, here)


def name_side(score: Score, step: Step, told: list[Spoken], here: Here) -> None:
    """`Left side.`, where a step has sides and what it tells does not say which."""
    if step.dose.sides in _OWN_SIDES and not prose.tells_side(told):
        prose.side_alone(score, step.place, here)


def cue(score: Score, step: Step, moment: Moment, here: Here) -> None:
    """Speak a step's cues of one moment as prose."""
    prose.play(score, cue_parts(step, moment), here, aloud=not score.quiet)


def cue_parts(step: Step, moment: Moment) -> Iterator[Spoken]:
    """What the step's cues of one moment say."""
    cues = (cue for cue in step.cues if cue.moment is moment)
    return (part for cue in cues for text in cue.texts for part in text)


def nested(step: Step) -> list[Step]:
    """The steps directly within a step."""
    return [block for block in step.body if isinstance(block, Step)]


def instructions(step: Step) -> list[Spoken]:
    """The prose before the first step within the step."""
    parts: list[Spoken] = []
    for block in step.body:
        if isinstance(block, Step):
            break
        if isinstance(block, Prose):
            parts.extend(block.parts)
    return parts


def after_instructions(step: Step) -> list[Prose | Note | Step]:
    """The steps within a step, and the prose that follows the first of them."""
    first = next((i for i, block in enumerate(step.body) if isinstance(block, Step)), None)
    return [] if first is None else list(step.body[first:])


def all_prose(step: Step) -> list[Spoken]:
    """The prose of the step and of the steps in it, to see whether it tells the side."""
    parts: list[Spoken] = []
    for block in step.body:
        if isinstance(block, Prose):
            parts.extend(block.parts)
        elif isinstance(block, Step):
            parts.extend(all_prose(block))
    return parts
