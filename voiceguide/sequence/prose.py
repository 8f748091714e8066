"""Prose in order: sentences with the pauses between them, tags, and when to say it at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voiceguide.errors import Place
from voiceguide.routine import (
    Break,
    Moment,
    Note,
    Override,
    Picture,
    PlaySound,
    Prose,
    Sentence,
    Sides,
    Silence,
    Spoken,
    Step,
    Strike,
    Timed,
)
from voiceguide.sequence.items import Kind, Run, Sound
from voiceguide.sequence.passes import Turn
from voiceguide.sequence.unroller import AFTER_CHIME, PARAGRAPH, SENTENCE, Here, Score, names_side

# ── prose in order: sentences with the pauses between them, tags, and when to say it at all


def play(score: Score, parts: Iterable[Spoken], here: Here, *, aloud: bool = True) -> None:
    """Write prose; where it is not `aloud`, its tags alone."""
    for part in parts:
        if isinstance(part, Sentence):
            if aloud:
                score.say_sentence(part, here)
        elif isinstance(part, Break):
            score.add(PARAGRAPH)
        elif isinstance(part, Silence):
            score.still(Kind.PAUSE, Timed(part.length, part.place), here)
        elif not isinstance(part, Override):  # these are no sound
            _play_sound(score, part, here)


def _play_sound(score: Score, part: Strike | PlaySound, here: Here) -> None:
    sound = _sound(score, part, here)
    if sound:
        score.add(sound)
        score.add(SENTENCE if sound.whole else AFTER_CHIME)


def _sound(score: Score, part: Strike | PlaySound, here: Here) -> Sound | None:
    if isinstance(part, Strike):
        return score.named_chime(part, here)
    return score.sound_file(part, here)


def run(score: Score, parts: Iterable[Spoken], here: Here) -> Run:
    """The same as sounds one after another, for a cue: its pauses are fixed."""
    return tuple(_run(score, parts, here))


def _run(score: Score, parts: Iterable[Spoken], here: Here) -> Iterator[tuple[float, Sound]]:
    pause = 0.0
    for part in parts:
        if isinstance(part, Silence):
            pause = score.seconds(part.length)
        elif isinstance(part, Break):
            pause = max(pause, PARAGRAPH.natural)
        elif not isinstance(part, Override):
            sound = _cue_sound(score, part, here)
            if sound:
                yield pause, sound
                pause = SENTENCE.natural if sound.whole else AFTER_CHIME.natural


def _cue_sound(score: Score, part: Sentence | Strike | PlaySound, here: Here) -> Sound | None:
    if isinstance(part, Sentence):
        return score.spoken_sentence(part, here)
    return _sound(score, part, here)


def tells_side(parts: Iterable[Spoken]) -> bool:
    """Whether the words say by themselves which side it is."""
    return any(isinstance(part, Sentence) and names_side(part) for part in parts)


def side_alone(score: Score, place: Place, here: Here) -> None:
    """`Left side.`, where there is a side."""
    if here.side:
        score.say(score.phrases.side_alone(here.side), place, here)


# ── what a step says: its instructions, whole or in short, and the words around it


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
    play(score, parts, here)


def name_side(score: Score, step: Step, told: list[Spoken], here: Here) -> None:
    """`Left side.`, where a step has sides and what it tells does not say which."""
    if step.dose.sides in _OWN_SIDES and not tells_side(told):
        side_alone(score, step.place, here)


def cue(score: Score, step: Step, moment: Moment, here: Here) -> None:
    """Speak a step's cues of one moment as prose."""
    play(score, cue_parts(step, moment), here, aloud=not score.quiet)


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


def after_instructions(step: Step) -> list[Prose | Note | Picture | Step]:
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
