"""Doses to items: what each kind of step does, in order, on every pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceguide.routine import Block, Heading, Moment, Note, Picture, Prose, Sides, Step, Timed, Use
from voiceguide.sequence import prose
from voiceguide.sequence.cues import counts_down, cue_marks, hold_marks
from voiceguide.sequence.items import Chapter, ChapterStart, EventKind, TimedSilence
from voiceguide.sequence.passes import Pass, announce_rest, between, chapters_of, passes, within
from voiceguide.sequence.prose import (
    after_instructions,
    again_parts,
    all_prose,
    cue,
    instruct,
    instructions,
    name_side,
    nested,
)
from voiceguide.sequence.reps import play_reps
from voiceguide.sequence.unroller import (
    AFTER_CHIME,
    BEFORE_HOLD,
    CHAPTER,
    STEP,
    PassContext,
    Unroller,
)

# ── blocks ───────────────────────────────────────────────────────────────────


def play_blocks(unroller: Unroller, blocks: Iterable[Block], context: PassContext) -> None:
    """Headings, prose and steps, in the order written."""
    for section in _sections(blocks):
        if not _left_out_whole(unroller, section, context):
            for block in section:
                _play_block(unroller, block, context)


def _play_block(unroller: Unroller, block: Block, context: PassContext) -> None:
    if isinstance(block, Heading):
        _heading(unroller, block, context)
    elif isinstance(block, Prose):
        prose.play(unroller, block.parts, context, aloud=not unroller.quiet)
    elif isinstance(block, Step):
        play_step(unroller, block, context)


def _sections(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    section: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and section:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _left_out_whole(unroller: Unroller, section: list[Block], context: PassContext) -> bool:
    """Whether all a heading stands for is left out; then the heading is, too."""
    told = [block for block in section if not isinstance(block, Heading | Note)]
    return bool(told) and all(isinstance(b, Step) and _left_out(unroller, b, context) for b in told)


def _left_out(unroller: Unroller, step: Step, context: PassContext) -> bool:
    dose = step.dose
    unasked = dose.option is not None and dose.option.name not in unroller.settings.options
    return unasked or unroller.at(step.place, context) in unroller.choices.dropped


def _heading(unroller: Unroller, heading: Heading, context: PassContext) -> None:
    unroller.add(CHAPTER)
    unroller.chapters.append(Chapter(heading.title, heading.level))
    unroller.add(ChapterStart(len(unroller.chapters) - 1))
    if unroller.settings.announce_chapters or unroller.quiet:
        ended = heading.title[-1:] in ".!?"
        unroller.say(heading.title if ended else heading.title + ".", heading.place, context)


# ── steps ────────────────────────────────────────────────────────────────────


def play_step(unroller: Unroller, step: Step, context: PassContext) -> None:
    """One step, unless it is left out."""
    if _left_out(unroller, step, context):
        return
    dose = step.dose
    if dose.optional:
        unroller.optionals[unroller.at(step.place, context)] = None
    unroller.add(STEP)
    if dose.use:
        _use(unroller, dose.use, context)
    elif dose.chime:
        prose.play(unroller, [dose.chime], context)
    elif _alone(step):
        _timed_alone(unroller, step, context)
    else:
        _play_passes(unroller, step, context)


def _use(unroller: Unroller, use: Use, context: PassContext) -> None:
    routine = unroller.used[use.place]
    inside = replace(context, via=unroller.at(use.place, context))
    play_blocks(unroller, chapters_of(routine, use), inside)


def _alone(step: Step) -> Timed | None:
    """The length of a pause, a wait or a rest that is a step of its own."""
    dose = step.dose
    if dose.pause or dose.wait:
        return dose.pause or dose.wait
    repeated = dose.rounds or dose.sides is not Sides.UNSAID
    timed = dose.hold or dose.reps or repeated or nested(step)
    return None if timed else dose.rest


def _timed_alone(unroller: Unroller, step: Step, context: PassContext) -> None:
    dose = step.dose
    timed, kind = _alone(step), EventKind.REST
    if dose.pause or dose.wait:
        kind = EventKind.PAUSE if dose.pause else EventKind.WAIT
    else:
        announce_rest(unroller, step.place, context)
    cue(unroller, step, Moment.FIRST, context)
    prose.play(unroller, instructions(step), context, aloud=not unroller.quiet)
    if timed:
        _silence(unroller, step, timed, kind, context)
    _end(unroller, step, context, rings=counts_down(step))


def _play_passes(unroller: Unroller, step: Step, context: PassContext) -> None:
    dose = step.dose
    reps = unroller.count(dose.reps, context) if dose.reps else context.reps
    context = replace(context, hold=_hold_seconds(unroller, step, context), reps=reps)
    rounds = unroller.count(dose.rounds, context) if dose.rounds else 1
    before: Pass | None = None
    for this_pass in passes(unroller, dose, rounds):
        if before:
            between(unroller, step, before, this_pass, context)
        _play_pass(unroller, step, this_pass, within(context, dose, this_pass, rounds))
        before = this_pass


def _hold_seconds(unroller: Unroller, step: Step, context: PassContext) -> float | None:
    """What `{hold}` means: the step's own hold, or the one it stands in, or the first within."""
    holds = [s.dose.hold for s in (step, *nested(step)) if s.dose.hold]
    if not holds or (context.hold is not None and not step.dose.hold):
        return context.hold
    return holds[0].length.at(unroller.choices.point, unroller.settings.breath_seconds)


def _play_pass(unroller: Unroller, step: Step, this_pass: Pass, context: PassContext) -> None:
    if step.dose.hold or step.dose.reps:
        instruct(unroller, step, this_pass, context)
        _ready(unroller, step, context)
        if step.dose.hold:
            _hold(unroller, step, step.dose.hold, context)
        else:
            cue(unroller, step, Moment.START, context)
            play_reps(unroller, step, this_pass, context)
            unroller.chime("end", step.place, context)
        _end(unroller, step, context, rings=False)
    else:
        _group(unroller, step, context)
        cue(unroller, step, Moment.END, context)


def _ready(unroller: Unroller, step: Step, context: PassContext) -> None:
    if step.dose.ready:
        unroller.silence(EventKind.READY, step.dose.ready, context)
    else:
        unroller.add(BEFORE_HOLD)


def _hold(unroller: Unroller, step: Step, hold: Timed, context: PassContext) -> None:
    unroller.chime("start", step.place, context)
    _silence(unroller, step, hold, EventKind.HOLD, context)
    unroller.chime("end", step.place, context)


def _silence(
    unroller: Unroller, step: Step, timed: Timed, kind: EventKind, context: PassContext
) -> None:
    marks = hold_marks if kind is EventKind.HOLD else cue_marks
    unroller.add(
        TimedSilence(
            kind,
            unroller.elastic_length(timed.length, timed.place, context),
            unroller.origin(timed.place, context),
            tuple(marks(unroller, step, context)),
            name=kind.value,
            elastic=timed.length.elastic,
        )
    )


def _end(unroller: Unroller, step: Step, context: PassContext, *, rings: bool) -> None:
    """What follows a timed step: its `end:`, and the steps within it."""
    if rings:
        unroller.chime("end", step.place, context)
    unroller.add(AFTER_CHIME)
    cue(unroller, step, Moment.END, context)
    _play_within(unroller, after_instructions(step), context)


def _group(unroller: Unroller, step: Step, context: PassContext) -> None:
    again = again_parts(unroller, step, context)
    aloud = not unroller.quiet and not again and (context.first or not unroller.brief)
    name_side(unroller, step, again or (all_prose(step) if aloud else []), context)
    prose.play(unroller, again, context)
    if context.first:
        cue(unroller, step, Moment.FIRST, context)
    _play_within(unroller, step.body, context, aloud=aloud)


def _play_within(
    unroller: Unroller,
    blocks: Iterable[Prose | Note | Picture | Step],
    context: PassContext,
    *,
    aloud: bool | None = None,
) -> None:
    spoken = (
        not unroller.quiet and (context.first or not unroller.brief) if aloud is None else aloud
    )
    for block in blocks:
        if isinstance(block, Prose):
            prose.play(unroller, block.parts, context, aloud=spoken)
        elif isinstance(block, Step):
            play_step(unroller, block, context)
