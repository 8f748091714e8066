"""The rules on what was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from voiceguide.errors import Place
from voiceguide.lint.rules import (
    LintFinding,
    Nesting,
    Speech,
    Subject,
    TimedStep,
    WrittenChapter,
    chapters,
)
from voiceguide.routine import Block, Heading, Routine, Sides

_OTHER = {Sides.LEFT: Sides.RIGHT, Sides.RIGHT: Sides.LEFT}


def one_side(subject: Subject) -> Iterator[LintFinding]:
    """A step for one side, in a chapter (with those below it) that has none for the other."""
    for part in _parts(subject.routine):
        first: dict[Sides, Place] = {}
        for step in part.steps():
            first.setdefault(step.dose.sides, step.place)
        for side, other in _OTHER.items():
            if side in first and other not in first:
                yield LintFinding(first[side], {"side": side.value, "other": other.value})


def _parts(routine: Routine) -> Iterator[Routine]:
    """The routine cut at its `##` headings; deeper ones divide no exercise."""
    body: list[Block] = []
    for block in routine.body:
        if isinstance(block, Heading) and block.level == 1:
            yield replace(routine, body=tuple(body))
            body = []
        body.append(block)
    yield replace(routine, body=tuple(body))


def no_instruction(subject: Subject) -> Iterator[LintFinding]:
    """A hold or reps that nothing was said for: not in the step, not in a group around it, and
    not since the last timed step of its chapter."""
    announced = [Speech(Nesting())] if subject.settings.announce_chapters else []
    for chapter in chapters(subject.routine):
        spoken_for: set[Place] = set()
        since_timed: list[Speech] = announced if isinstance(chapter.start, Heading) else []
        for beat in chapter.beats:
            if isinstance(beat, Speech):
                spoken_for.update(beat.at.around[-1:])
                since_timed.append(beat)
            else:
                values = not spoken_for.isdisjoint(beat.at.around)
                if not values and not any(_is_sure(said, beat) for said in since_timed):
                    yield LintFinding(beat.place, {"this": beat.this})
                since_timed = []


def _is_sure(beat: Speech | TimedStep, for_: TimedStep) -> bool:
    """Whether it is in every session that has the timed step."""
    return beat.at.may_lack <= for_.at.may_lack


def no_way_out(subject: Subject) -> Iterator[LintFinding]:
    """A chapter's last hold or reps after which nothing is said: not in the chapter, and not in
    chapters after it that have nothing timed, such as "Come back"."""
    found = chapters(subject.routine)
    for index, chapter in enumerate(found):
        after: list[Speech | TimedStep] = [*_epilogue(found[index + 1 :], subject)]
        for beat in reversed(chapter.beats):
            if isinstance(beat, TimedStep) and not any(_is_sure(later, beat) for later in after):
                yield LintFinding(beat.place, {"this": beat.this})
            after.append(beat)


def _epilogue(following: list[WrittenChapter], subject: Subject) -> Iterator[Speech]:
    """What is said after a chapter, up to the next one with something timed in it."""
    for chapter in following:
        if chapter.timed or not isinstance(chapter.start, Heading):
            return
        yield from (beat for beat in chapter.beats if isinstance(beat, Speech))
    if subject.settings.phrases.get("finish"):
        yield Speech(Nesting())


def no_heading(subject: Subject) -> Iterator[LintFinding]:
    """A timed step before the first heading, or after a `use` without one of its own; a single
    timed step needs none."""
    found = chapters(subject.routine)
    single = len(found) == 1 and len(found[0].timed) == 1
    for chapter in found:
        if chapter.timed and not isinstance(chapter.start, Heading) and not single:
            yield LintFinding(chapter.timed[0].place)
