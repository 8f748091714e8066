"""Prose in order: sentences with the pauses between them, tags, and whether prose is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from voiceguide.errors import Place
from voiceguide.routine import (
    Block,
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
    Text,
    Timed,
)
from voiceguide.sequence.items import EventKind, Run, Sound
from voiceguide.sequence.passes import Pass
from voiceguide.sequence.unroller import (
    AFTER_CHIME,
    PARAGRAPH,
    SENTENCE,
    PassContext,
    Unroller,
    names_side,
)

# ── prose in order: sentences with the pauses between them, and tags


def play(
    unroller: Unroller, parts: Iterable[Spoken], context: PassContext, *, aloud: bool = True
) -> None:
    """Emit prose; if it is not `aloud`, only its tags."""
    for part in parts:
        if isinstance(part, Sentence):
            if aloud:
                unroller.say_sentence(part, context)
        elif isinstance(part, Break):
            unroller.add(PARAGRAPH)
        elif isinstance(part, Silence):
            unroller.silence(EventKind.PAUSE, Timed(part.length, part.place), context)
        elif isinstance(part, Override):
            unroller.override(part)
        else:
            _play_sound(unroller, part, context)


def _play_sound(unroller: Unroller, part: Strike | PlaySound, context: PassContext) -> None:
    sound = _sound(unroller, part, context)
    if sound:
        unroller.add(sound)
        unroller.add(SENTENCE if sound.whole else AFTER_CHIME)


def _sound(unroller: Unroller, part: Strike | PlaySound, context: PassContext) -> Sound | None:
    if isinstance(part, Strike):
        return unroller.named_chime(part, context)
    return unroller.sound_file(part, context)


def run(unroller: Unroller, parts: Iterable[Spoken], context: PassContext) -> Run:
    """Return prose as sounds one after another, for a cue; its pauses are fixed."""
    return tuple(_run(unroller, parts, context))


def _run(
    unroller: Unroller, parts: Iterable[Spoken], context: PassContext
) -> Iterator[tuple[float, Sound]]:
    pause = 0.0
    for part in parts:
        if isinstance(part, Silence):
            pause = unroller.seconds(part.length)
        elif isinstance(part, Break):
            pause = max(pause, PARAGRAPH.natural)
        elif isinstance(part, Override):
            unroller.override(part)
        else:
            sound = _cue_sound(unroller, part, context)
            if sound and sound.name:
                yield pause, sound
                pause = SENTENCE.natural if sound.whole else AFTER_CHIME.natural


def _cue_sound(
    unroller: Unroller, part: Sentence | Strike | PlaySound, context: PassContext
) -> Sound | None:
    if isinstance(part, Sentence):
        return unroller.spoken_sentence(part, context)
    return _sound(unroller, part, context)


def tells_side(parts: Iterable[Spoken]) -> bool:
    """Whether the words themselves say which side it is."""
    return any(isinstance(part, Sentence) and names_side(part) for part in parts)


# ── what a step says: its instructions, whole or in short, and the words around it


OWN_SIDES = (Sides.EACH, Sides.LEFT, Sides.RIGHT)


def words_before(
    unroller: Unroller,
    step: Step,
    this_pass: Pass,
    context: PassContext,
    *,
    named: bool = True,
    sided: bool = True,
) -> list[Spoken]:
    """Return the words before a hold, reps or segments: the name, the side, and the instructions.

    On later passes the words of `again:`, or nothing, replace the instructions.
    """
    said: list[Spoken] = []
    if named and step.name and this_pass.first:
        said.append(plain_sentence(step.name, step.place))
    told, first = again_parts(unroller, step, context), []
    later = this_pass.round > 1 or (unroller.brief and not context.first)
    if not told and not unroller.quiet and not later:
        told = instructions(step)
        first = list(cue_parts(step, Moment.FIRST)) if context.first else []
    side = side_alone(unroller, step, told, context) if sided else []
    return [*said, *side, *told, *first]


def again_parts(unroller: Unroller, step: Step, context: PassContext) -> list[Spoken]:
    """Return the words of `again:`, for later rounds of the step or of a step around it."""
    return list(cue_parts(step, Moment.AGAIN)) if context.later and not unroller.quiet else []


def side_alone(
    unroller: Unroller, step: Step, told: list[Spoken], context: PassContext
) -> list[Spoken]:
    """Return `Left side.` if a step has sides and its own words do not say which one.

    It comes before those words, since nobody can see the side.
    """
    if not context.side or step.dose.sides not in OWN_SIDES or tells_side(told):
        return []
    return [plain_sentence(unroller.phrases.side_alone(context.side), step.place)]


def plain_sentence(text: str, place: Place) -> Sentence:
    """Return a text of the program as a sentence."""
    ended = text[-1:] in ".!?…" or not text
    return Sentence((Text(text if ended else f"{text}."),), place)


def cue(unroller: Unroller, step: Step, moment: Moment, context: PassContext) -> None:
    """Speak a step's cues of one moment as prose."""
    play(unroller, cue_parts(step, moment), context, aloud=not unroller.quiet)


def cue_parts(step: Step, moment: Moment) -> Iterator[Spoken]:
    """Return what the step's cues of one moment say."""
    cues = (cue for cue in step.cues if cue.moment is moment)
    return (part for cue in cues for text in cue.texts for part in text)


def nested(step: Step) -> list[Step]:
    """Return the steps directly within a step."""
    return [block for block in step.body if isinstance(block, Step)]


def instructions(step: Step) -> list[Spoken]:
    """Return the prose before the first step within the step."""
    parts: list[Spoken] = []
    for block in step.body:
        if isinstance(block, Step):
            break
        if isinstance(block, Prose):
            parts.extend(block.parts)
    return parts


def after_instructions(step: Step) -> list[Prose | Note | Picture | Step]:
    """Return the first step within a step, and everything after it."""
    first = next((i for i, block in enumerate(step.body) if isinstance(block, Step)), None)
    return [] if first is None else list(step.body[first:])


def in_order(unroller: Unroller, step: Step, context: PassContext) -> list[Block]:
    """Return the blocks in a step; if it is shuffled, its steps in a random order.

    The same seed gives the same order; without a seed, the same text does.
    """
    body: list[Block] = list(step.body)
    if not step.dose.shuffle:
        return body
    place = unroller.at(step.place, context)

    def drawn(index: int) -> bytes:
        return sha256(f"{unroller.seed}\n{place}\n{index}".encode()).digest()

    slots = [index for index, block in enumerate(body) if isinstance(block, Step)]
    for slot, index in zip(slots, sorted(slots, key=drawn), strict=True):
        body[slot] = step.body[index]
    return body


def all_prose(step: Step) -> list[Spoken]:
    """Return the prose of a step and of the steps in it, to see whether it says the side."""
    parts: list[Spoken] = []
    for block in step.body:
        if isinstance(block, Prose):
            parts.extend(block.parts)
        elif isinstance(block, Step):
            parts.extend(all_prose(block))
    return parts
