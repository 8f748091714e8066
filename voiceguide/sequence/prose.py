"""Prose in order: sentences with the pauses between them, tags, and whether prose is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from math import inf

from voiceguide.errors import Place
from voiceguide.lengths import Length, show_seconds
from voiceguide.routine import (
    Block,
    Break,
    Cue,
    Dose,
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
from voiceguide.sequence import EventKind, Mark, Run, Sound
from voiceguide.sequence.passes import Pass
from voiceguide.sequence.unroller import (
    AFTER_CHIME,
    PARAGRAPH,
    SENTENCE,
    PassContext,
    Unroller,
    capital,
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


# ── marks inside a hold or a rest: the author's cues, the halfway mark, the count-down


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
    runs = tuple(run(unroller, text, context) for text in cue.texts)
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
