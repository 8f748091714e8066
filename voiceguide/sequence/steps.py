"""Turn doses into items: what each kind of step does, in order, on every pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from voiceguide.routine import Block, Heading, Moment, Note, Picture, Prose, Sides, Step, Timed, Use
from voiceguide.sequence import prose
from voiceguide.sequence.items import EventKind, Mark, PeriodEnd, PeriodStart, TimedSilence
from voiceguide.sequence.passes import Pass, announce_rest, between, chapters_of, passes, within
from voiceguide.sequence.prose import (
    after_instructions,
    again_parts,
    all_prose,
    count_in_of,
    countdown_of,
    counting,
    counts_down,
    cue,
    cue_marks,
    hold_marks,
    in_order,
    instructions,
    nested,
    plain_sentence,
    ready_of,
    side_alone,
    words_before,
)
from voiceguide.sequence.reps import play_reps
from voiceguide.sequence.segments import play_run, together
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
    """Emit headings, prose and steps, in the order written."""
    for section in _sections(blocks):
        if not _left_out_whole(unroller, section, context):
            for block in together(unroller, section, context):
                _play_block(unroller, block, context)


def _play_block(unroller: Unroller, block: Block | list[Step], context: PassContext) -> None:
    if isinstance(block, list):
        play_run(unroller, block, context)
    elif isinstance(block, Heading):
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
    """Whether everything under a heading is left out; then the heading is, too."""
    told = [block for block in section if not isinstance(block, Heading | Note | Picture)]
    return bool(told) and all(
        isinstance(block, Step) and unroller.leaves_out(block, context) for block in told
    )


def _heading(unroller: Unroller, heading: Heading, context: PassContext) -> None:
    unroller.add(CHAPTER)
    unroller.heading_level = heading.level
    unroller.end_overrides()
    unroller.begin_chapter(heading.title, heading.level)
    if unroller.settings.announce_chapters or unroller.quiet:
        ended = heading.title[-1:] in ".!?"
        unroller.say(heading.title if ended else heading.title + ".", heading.place, context)


# ── steps ────────────────────────────────────────────────────────────────────


def play_step(unroller: Unroller, step: Step, context: PassContext) -> None:
    """Emit one step, unless it is left out."""
    if unroller.leaves_out(step, context):
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
        context = unroller.numbered(step, context)
        unroller.begin_step(step, context)
        _play_passes(unroller, step, unroller.inside(step, context))


def _use(unroller: Unroller, use: Use, context: PassContext) -> None:
    routine = unroller.used[use.place]
    inside = replace(context, via=unroller.at(use.place, context))
    play_blocks(unroller, chapters_of(routine, use), inside)


def _alone(step: Step) -> Timed | None:
    """Return the length of a step that is only a pause, a wait or a rest."""
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
        marks = cue_marks(unroller, step, context, step.cues)
        unroller.add(_silence(unroller, timed, kind, context, marks))
    _end(unroller, step, context, rings=counts_down(step))


def _play_passes(unroller: Unroller, step: Step, context: PassContext) -> None:
    rounds = unroller.count(step.dose.rounds, context) if step.dose.rounds else 1
    before: Pass | None = None
    for this_pass in passes(unroller, step.dose, rounds):
        changed = _on_pass(step, this_pass)
        reps = changed.dose.reps
        number = unroller.count(reps, context, this_pass.round) if reps else context.reps
        held = _hold_seconds(unroller, changed, context)
        inside = within(context, step.dose, this_pass, rounds)
        if before and not _is_period(step):
            between(unroller, step, before, this_pass, replace(context, hold=held, reps=number))
        _play_pass(unroller, changed, this_pass, replace(inside, hold=held, reps=number))
        before = this_pass


def _on_pass(step: Step, this_pass: Pass) -> Step:
    """Return the step with the dose of one pass; `reps` stays, since its count is read by round."""
    clauses = (step.dose.hold, step.dose.rest)
    if any(clause and (clause.by_round or clause.by_side) for clause in clauses):
        dose = step.dose.at(this_pass.round, this_pass.side)
        return replace(step, dose=replace(dose, reps=step.dose.reps))
    return step


def _hold_seconds(unroller: Unroller, step: Step, context: PassContext) -> float | None:
    """Return the hold that `{hold}` says: the step's own, or that around it, or the first in it."""
    holds = [s.dose.hold for s in (step, *nested(step)) if s.dose.hold]
    if not holds or (context.hold is not None and not step.dose.hold):
        return context.hold
    return holds[0].length.at(unroller.choices.point, unroller.settings.breath_seconds)


def _play_pass(unroller: Unroller, step: Step, this_pass: Pass, context: PassContext) -> None:
    if step.dose.hold or step.dose.reps:
        prose.play(unroller, words_before(unroller, step, this_pass, context), context)
        _ready(unroller, step, context)
        if step.dose.hold:
            _hold(unroller, step, step.dose.hold, context)
        else:
            cue(unroller, step, Moment.START, context)
            play_reps(unroller, step, this_pass, context)
            unroller.chime("end", step.place, context)
        _end(unroller, step, context, rings=False)
    elif step.dose.every:
        _period(unroller, step, step.dose.every, this_pass, context)
    else:
        _group(unroller, step, this_pass, context)
        cue(unroller, step, Moment.END, context)


def _is_period(step: Step) -> bool:
    return step.dose.every is not None and not step.dose.reps


def _ready(unroller: Unroller, step: Step, context: PassContext) -> None:
    ready = ready_of(unroller, step.dose)
    if ready:
        seconds = count_in_of(unroller, step.dose)
        marks = counting(unroller, step, seconds, context)
        unroller.add(_silence(unroller, ready, EventKind.READY, context, marks))
    else:
        unroller.add(BEFORE_HOLD)


def _hold(unroller: Unroller, step: Step, hold: Timed, context: PassContext) -> None:
    unroller.chime("start", step.place, context)
    marks = hold_marks(unroller, step, context)
    silence = _silence(unroller, hold, EventKind.HOLD, context, marks)
    beat = unroller.beat(step, context)
    unroller.add(replace(silence, beat=beat) if beat else silence)
    unroller.chime("end", step.place, context)


def _silence(
    unroller: Unroller,
    timed: Timed,
    kind: EventKind,
    context: PassContext,
    marks: Iterable[Mark] = (),
) -> TimedSilence:
    return TimedSilence(
        kind,
        unroller.elastic_length(timed.length, timed.place, context),
        unroller.origin(timed.place, context),
        tuple(marks),
        name=kind.value,
        elastic=timed.length.elastic,
    )


def _end(unroller: Unroller, step: Step, context: PassContext, *, rings: bool) -> None:
    """Emit what follows a timed step: its `end:` cue, and the steps within it."""
    if rings:
        unroller.chime("end", step.place, context)
    unroller.add(AFTER_CHIME)
    cue(unroller, step, Moment.END, context)
    _play_within(unroller, after_instructions(step), context)


def _group(unroller: Unroller, step: Step, this_pass: Pass, context: PassContext) -> None:
    if step.name and this_pass.first:
        prose.play(unroller, [plain_sentence(step.name, step.place)], context)
    again = again_parts(unroller, step, context)
    aloud = not unroller.quiet and not again and (context.first or not unroller.brief)
    told = again or (all_prose(step) if aloud else [])
    prose.play(unroller, [*side_alone(unroller, step, told, context), *again], context)
    if context.first:
        cue(unroller, step, Moment.FIRST, context)
    _play_within(unroller, in_order(unroller, step, context), context, aloud=aloud)


def _period(
    unroller: Unroller, step: Step, every: Timed, this_pass: Pass, context: PassContext
) -> None:
    """Emit one round that begins on its moment; rest fills what is left of its period."""
    rest = _silence(unroller, every, EventKind.REST, context)
    unroller.add(PeriodStart(rest.length))
    unroller.chime("start", step.place, context)
    unroller.add(AFTER_CHIME)
    _group(unroller, step, this_pass, context)
    cue(unroller, step, Moment.END, context)
    last = this_pass.round == context.rounds
    seconds = 0 if last else countdown_of(unroller)
    marks = tuple(counting(unroller, step, seconds, context))
    unroller.add(PeriodEnd(replace(rest, marks=marks)))
    if last:
        unroller.chime("end", step.place, context)
        unroller.add(AFTER_CHIME)


def _play_within(
    unroller: Unroller,
    blocks: Iterable[Block],
    context: PassContext,
    *,
    aloud: bool | None = None,
) -> None:
    spoken = (
        not unroller.quiet and (context.first or not unroller.brief) if aloud is None else aloud
    )
    for block in together(unroller, blocks, context):
        if isinstance(block, list):
            play_run(unroller, block, context)
        elif isinstance(block, Prose):
            prose.play(unroller, block.parts, context, aloud=spoken)
        elif isinstance(block, Step):
            play_step(unroller, block, context)
