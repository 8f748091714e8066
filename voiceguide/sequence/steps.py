"""`unroll`: turn a routine into items; what each kind of step does, in order, on every pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.languages import Phrases, find_language
from voiceguide.routine import (
    Block,
    Heading,
    Moment,
    Note,
    Picture,
    Prose,
    Routine,
    Sentence,
    Sides,
    Step,
    Timed,
    Use,
)
from voiceguide.sequence import (
    BedStart,
    ChapterStart,
    Choices,
    Close,
    EventKind,
    Gap,
    Item,
    PeriodEnd,
    PeriodStart,
    Sequence,
    Sound,
    Source,
    TimedSilence,
    prose,
)
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
    SentenceWriter,
    Unroller,
)
from voiceguide.settings import Intro, Mood, Settings

# ── `unroll`: a whole routine ─────────────────────────────────────────────────


def unroll(
    routine: Routine,
    settings: Settings,
    phrases: Phrases,
    choices: Choices | None = None,
    used: Mapping[Place, Routine] | None = None,
) -> Sequence:
    """Unroll a routine without errors; `used` holds the routines it uses, by the `use`'s place.

    Raises:
        RoutineError: it unrolls to more moments (`MOST_ITEMS`) than any session can hold.
    """
    wording = SentenceWriter(phrases, settings.words)
    blank = Unroller(
        routine, settings, phrases, choices or Choices(settings.point), used or {}, wording
    )
    unroller = _play(blank)
    if unroller.looks_ahead:
        unroller = _play(replace(blank, ahead=unroller))
    return Sequence(
        tuple(_settle(unroller.items)),
        tuple(unroller.chapters),
        unroller.counts,
        tuple(unroller.optionals),
        unroller.says_holds,
        settings.lead_in,
        settings.tail,
        unroller.cues_move,
        settings.mood is Mood.WIND_DOWN,
        settings.fade,
        _wake(unroller),
    )


def _play(blank: Unroller) -> Unroller:
    fresh = Unroller(
        blank.routine,
        blank.settings,
        blank.phrases,
        blank.choices,
        blank.used,
        blank.wording,
        blank.ahead,
    )
    intro, chapters = _parts(fresh.routine)
    intro = _shortened(intro, fresh)
    speaks = fresh.settings.not_if or any(isinstance(block, Prose | Step) for block in intro)
    if speaks and any(map(_brings_a_chapter, chapters[:1])):
        fresh.begin_chapter(_title(fresh), 1)
    _warn(fresh)
    play_blocks(fresh, intro, PassContext())
    play_blocks(fresh, chapters, PassContext())
    if fresh.settings.finish:
        _finish(fresh)
    return fresh


def _title(unroller: Unroller) -> str:
    routine = unroller.routine
    return unroller.settings.title or routine.title or PurePath(routine.source).stem


def _parts(routine: Routine) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Split the body before the first heading or `use`; without one, the intro is empty."""
    body = routine.body
    first = next((i for i, block in enumerate(body) if _brings_a_chapter(block)), 0)
    return body[:first], body[first:]


def _brings_a_chapter(block: Block) -> bool:
    return isinstance(block, Heading) or (
        isinstance(block, Step) and isinstance(block.dose.use, Use)
    )


def _shortened(intro: tuple[Block, ...], unroller: Unroller) -> tuple[Block, ...]:
    """Return the introduction as requested: whole, only its safety sentence, or without words."""
    if unroller.settings.intro is Intro.FULL:
        return intro
    prose = [block for block in intro if isinstance(block, Prose)]
    sentences = [part for block in prose for part in block.parts if isinstance(part, Sentence)]
    kept: list[Block] = []
    if sentences and unroller.settings.intro is Intro.SHORT:
        safe = _safety_sentence(sentences, unroller)
        kept.append(Prose((safe,), safe.place))
    return (*kept, *(block for block in intro if not isinstance(block, Prose)))


def _safety_sentence(sentences: list[Sentence], unroller: Unroller) -> Sentence:
    """Find the sentence that says when to stop, else the last one."""
    language = find_language(unroller.settings.language)
    texts = (unroller.wording.sentence(sentence, PassContext())[0] for sentence in sentences)
    warn = (
        s for s, text in zip(sentences, texts, strict=True) if language and language.warns([text])
    )
    return next(warn, sentences[-1])


def _warn(unroller: Unroller) -> None:
    """Say first, and once, who should not take part, unless the phrase is switched off."""
    phrase, settings = unroller.phrases["not if"], unroller.settings
    if settings.not_if and phrase:
        place = settings.places.get("not if", Place(unroller.routine.source, 1))
        unroller.say(phrase.format(", ".join(settings.not_if)), place, PassContext())


def _finish(unroller: Unroller) -> None:
    """Add the words and the chime that make the end unmistakable."""
    unroller.end_overrides()
    place = Place(unroller.routine.source, max(1, len(unroller.routine.lines)))
    unroller.add(CHAPTER)
    if not unroller.quiet:
        unroller.say(unroller.phrases["finish"], place, PassContext())
    unroller.add(AFTER_CHIME)
    unroller.chime("finish", place, PassContext())


def _wake(unroller: Unroller) -> Source | None:
    """Return the sound that wakes headphones; None with a bed, which keeps them awake."""
    place = Place(unroller.routine.source, 1)
    sound = None if unroller.settings.bed else unroller.struck("wake", place, PassContext())
    return sound.source if sound else None


def _settle(items: Iterable[Item]) -> Iterator[Item]:
    """Drop pauses beside a silence, at the start and at the end; of adjacent ones keep the widest.

    The last chime rings to its end.
    """
    settled = list(_without_needless_gaps(items))
    last = settled[-1] if settled else None
    if isinstance(last, Sound):
        settled[-1] = replace(last, whole=True)
    return iter(settled)


def _without_needless_gaps(items: Iterable[Item]) -> Iterator[Item]:
    pending: Gap | None = None
    after_silence = True
    for item in items:
        if isinstance(item, Gap):
            pending = item if pending is None or item.natural > pending.natural else pending
            continue
        if not isinstance(item, BedStart | ChapterStart | Close):
            if pending and not after_silence and not _is_silence(item):
                yield pending
            pending = None
            after_silence = _is_silence(item)
        yield item


def _is_silence(item: Item) -> bool:
    """Whether an item begins and ends in silence, so that it needs no pause beside it."""
    if isinstance(item, PeriodEnd):
        return True
    return isinstance(item, TimedSilence) and item.kind not in (
        None,
        EventKind.HOLD,
        EventKind.SEGMENT,
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
    timed = dose.hold or dose.reps or repeated or step.nested
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
        unroller.add(unroller.timed(kind, timed, context, marks))
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
    holds = [s.dose.hold for s in (step, *step.nested) if s.dose.hold]
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
        unroller.add(unroller.timed(EventKind.READY, ready, context, marks))
    else:
        unroller.add(BEFORE_HOLD)


def _hold(unroller: Unroller, step: Step, hold: Timed, context: PassContext) -> None:
    unroller.chime("start", step.place, context)
    marks = hold_marks(unroller, step, context)
    silence = unroller.timed(EventKind.HOLD, hold, context, marks)
    beat = unroller.beat(step, context)
    unroller.add(replace(silence, beat=beat) if beat else silence)
    unroller.chime("end", step.place, context)


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
    rest = unroller.timed(EventKind.REST, every, context)
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
