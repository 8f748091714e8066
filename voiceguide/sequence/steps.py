"""Doses to items: what each kind of step does, in order, on every pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceguide.routine import Block, Heading, Moment, Note, Picture, Prose, Sides, Step, Timed, Use
from voiceguide.sequence import prose
from voiceguide.sequence.cues import counts_down, cue_marks, hold_marks
from voiceguide.sequence.items import Chapter, ChapterStart, Kind, Still
from voiceguide.sequence.passes import Turn, announce_rest, between, chapters_of, turns, within
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
from voiceguide.sequence.unroller import AFTER_CHIME, BEFORE_HOLD, CHAPTER, STEP, Here, Score

# ── blocks ───────────────────────────────────────────────────────────────────


def play_blocks(score: Score, blocks: Iterable[Block], here: Here) -> None:
    """Headings, prose and steps, in the order written."""
    for section in _sections(blocks):
        if not _left_out_whole(score, section, here):
            for block in section:
                _play_block(score, block, here)


def _play_block(score: Score, block: Block, here: Here) -> None:
    if isinstance(block, Heading):
        _heading(score, block, here)
    elif isinstance(block, Prose):
        prose.play(score, block.parts, here, aloud=not score.quiet)
    elif isinstance(block, Step):
        play_step(score, block, here)


def _sections(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    section: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and section:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _left_out_whole(score: Score, section: list[Block], here: Here) -> bool:
    """Whether all a heading stands for is left out; then the heading is, too."""
    told = [block for block in section if not isinstance(block, Heading | Note)]
    return bool(told) and all(isinstance(b, Step) and _left_out(score, b, here) for b in told)


def _left_out(score: Score, step: Step, here: Here) -> bool:
    dose = step.dose
    unasked = dose.option is not None and dose.option.name not in score.settings.options
    return unasked or score.at(step.place, here) in score.choices.dropped


def _heading(score: Score, heading: Heading, here: Here) -> None:
    score.add(CHAPTER)
    score.chapters.append(Chapter(heading.title, heading.level))
    score.add(ChapterStart(len(score.chapters) - 1))
    if score.settings.announce_chapters or score.quiet:
        ended = heading.title[-1:] in ".!?"
        score.say(heading.title if ended else heading.title + ".", heading.place, here)


# ── steps ────────────────────────────────────────────────────────────────────


def play_step(score: Score, step: Step, here: Here) -> None:
    """One step, unless it is left out."""
    if _left_out(score, step, here):
        return
    dose = step.dose
    if dose.optional:
        score.optionals[score.at(step.place, here)] = None
    score.add(STEP)
    if dose.use:
        _use(score, dose.use, here)
    elif dose.chime:
        prose.play(score, [dose.chime], here)
    elif _alone(step):
        _timed_alone(score, step, here)
    else:
        _play_passes(score, step, here)


def _use(score: Score, use: Use, here: Here) -> None:
    routine = score.used[use.place]
    inside = replace(here, via=score.at(use.place, here))
    play_blocks(score, chapters_of(routine, use), inside)


def _alone(step: Step) -> Timed | None:
    """The length of a pause, a wait or a rest that is a step of its own."""
    dose = step.dose
    if dose.pause or dose.wait:
        return dose.pause or dose.wait
    repeated = dose.rounds or dose.sides is not Sides.UNSAID
    timed = dose.hold or dose.reps or repeated or nested(step)
    return None if timed else dose.rest


def _timed_alone(score: Score, step: Step, here: Here) -> None:
    dose = step.dose
    timed, kind = _alone(step), Kind.REST
    if dose.pause or dose.wait:
        kind = Kind.PAUSE if dose.pause else Kind.WAIT
    else:
        announce_rest(score, step.place, here)
    cue(score, step, Moment.FIRST, here)
    prose.play(score, instructions(step), here, aloud=not score.quiet)
    if timed:
        _still(score, step, timed, kind, here)
    _end(score, step, here, rings=counts_down(step))


def _play_passes(score: Score, step: Step, here: Here) -> None:
    dose = step.dose
    reps = score.count(dose.reps, here) if dose.reps else here.reps
    here = replace(here, hold=_hold_seconds(score, step, here), reps=reps)
    rounds = score.count(dose.rounds, here) if dose.rounds else 1
    before: Turn | None = None
    for turn in turns(score, dose, rounds):
        if before:
            between(score, step, before, turn, here)
        _play_pass(score, step, turn, within(here, dose, turn, rounds))
        before = turn


def _hold_seconds(score: Score, step: Step, here: Here) -> float | None:
    """What `{hold}` means: the step's own hold, or the one it stands in, or the first within."""
    if step.dose.hold:
        return score.seconds(step.dose.hold.length)
    within_it = (score.seconds(s.dose.hold.length) for s in nested(step) if s.dose.hold)
    return here.hold if here.hold is not None else next(within_it, None)


def _play_pass(score: Score, step: Step, turn: Turn, here: Here) -> None:
    if step.dose.hold or step.dose.reps:
        instruct(score, step, turn, here)
        _ready(score, step, here)
        if step.dose.hold:
            _hold(score, step, step.dose.hold, here)
        else:
            cue(score, step, Moment.START, here)
            play_reps(score, step, turn, here)
            score.chime("end", step.place, here)
        _end(score, step, here, rings=False)
    else:
        _group(score, step, here)
        cue(score, step, Moment.END, here)


def _ready(score: Score, step: Step, here: Here) -> None:
    if step.dose.ready:
        score.still(Kind.READY, step.dose.ready, here)
    else:
        score.add(BEFORE_HOLD)


def _hold(score: Score, step: Step, hold: Timed, here: Here) -> None:
    score.chime("start", step.place, here)
    _still(score, step, hold, Kind.HOLD, here)
    score.chime("end", step.place, here)


def _still(score: Score, step: Step, timed: Timed, kind: Kind, here: Here) -> None:
    marks = hold_marks if kind is Kind.HOLD else cue_marks
    score.add(
        Still(
            kind,
            score.stretch(timed.length, timed.place, here),
            score.around(timed.place, here),
            tuple(marks(score, step, here)),
            name=kind.value,
            elastic=timed.length.elastic,
        )
    )


def _end(score: Score, step: Step, here: Here, *, rings: bool) -> None:
    """What follows a timed step: its `end:`, and the steps within it."""
    if rings:
        score.chime("end", step.place, here)
    score.add(AFTER_CHIME)
    cue(score, step, Moment.END, here)
    _play_within(score, after_instructions(step), here)


def _group(score: Score, step: Step, here: Here) -> None:
    again = again_parts(score, step, here)
    aloud = not score.quiet and not again and (here.first or not score.brief)
    name_side(score, step, again or (all_prose(step) if aloud else []), here)
    prose.play(score, again, here)
    if here.first:
        cue(score, step, Moment.FIRST, here)
    _play_within(score, step.body, here, aloud=aloud)


def _play_within(
    score: Score,
    blocks: Iterable[Prose | Note | Picture | Step],
    here: Here,
    *,
    aloud: bool | None = None,
) -> None:
    spoken = not score.quiet and (here.first or not score.brief) if aloud is None else aloud
    for block in blocks:
        if isinstance(block, Prose):
            prose.play(score, block.parts, here, aloud=spoken)
        elif isinstance(block, Step):
            play_step(score, block, here)
