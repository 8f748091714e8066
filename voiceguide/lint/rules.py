"""What a rule is, what it looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.routine import (
    Block,
    Dose,
    Heading,
    Moment,
    Prose,
    Routine,
    Sentence,
    Sides,
    Step,
    Use,
)
from voiceguide.sequence import Sequence
from voiceguide.settings import Settings
from voiceguide.timeline import Timeline

# ── what a rule is, what it looks at, and what it finds ──────────────────────


class Subject(Struct, frozen=True):
    """A routine in all its forms."""

    routine: Routine
    settings: Settings
    language: str
    """Of the built-in words: `en`, also where `language` says `en-gb`."""
    sequence: Sequence
    """Unrolled with full guidance: fewer words on request are no fault of the author's."""
    timeline: Timeline
    """As planned."""


class LintFinding(Struct, frozen=True):
    """Where a rule is broken, and what its sentence tells of it."""

    place: Place
    values: Mapping[str, str] = field(default_factory=dict)


class Rule(Struct, frozen=True):
    """One thing that a routine should have."""

    name: str
    sentence: str
    """What is wrong; `{…}` are a finding's."""
    way_out: str
    find: Callable[[Subject], Iterator[LintFinding]]


# ── a routine's tree as chapters: in each of them, what is said and what is timed, in order


class Nesting(Struct, frozen=True):
    """Where something stands."""

    around: tuple[Place, ...] = ()
    """The steps around it, from the outermost in, its own among them."""
    may_lack: frozenset[Place] = frozenset()
    """Those of them that may be left out, and it with them."""

    def under(self, step: Step) -> Nesting:
        """Under one more step."""
        left_out = {step.place} if step.dose.optional or step.dose.option else set()
        return Nesting((*self.around, step.place), self.may_lack | left_out)


class Speech(Struct, frozen=True):
    """Words that are spoken."""

    at: Nesting


class TimedStep(Struct, frozen=True):
    """A hold, or reps."""

    at: Nesting
    dose: Dose

    @property
    def place(self) -> Place:
        """Of the clause."""
        clause = self.dose.hold or self.dose.reps
        return clause.place if clause else self.at.around[-1]

    @property
    def this(self) -> str:
        """How a sentence names it."""
        return "this hold" if self.dose.hold else "these reps"


class WrittenChapter(Struct, frozen=True):
    """What follows a heading, or a `use`, up to the next one."""

    start: Heading | Use | None
    """None before the first one."""
    beats: tuple[Speech | TimedStep, ...]

    @property
    def timed(self) -> list[TimedStep]:
        """The holds and reps."""
        return [beat for beat in self.beats if isinstance(beat, TimedStep)]


def chapters(routine: Routine) -> list[WrittenChapter]:
    """The chapters of a routine's own; what stands before the first heading is one, too."""
    start: Heading | Use | None = None
    beats: list[Speech | TimedStep] = []
    found = []
    for beat in _beats(routine.body, Nesting()):
        if isinstance(beat, Speech | TimedStep):
            beats.append(beat)
        else:
            found.append(WrittenChapter(start, tuple(beats)))
            start, beats = beat, []
    return [*found, WrittenChapter(start, tuple(beats))]


def _beats(blocks: Iterable[Block], at: Nesting) -> Iterator[Speech | TimedStep | Heading | Use]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, Prose):
            yield from _said(any(isinstance(part, Sentence) for part in block.parts), at)
        elif isinstance(block, Step):
            yield from _beats_of(block, at.under(block))


def _said(speaks: bool, at: Nesting) -> Iterator[Speech]:
    if speaks:
        yield Speech(at)


def _beats_of(step: Step, at: Nesting) -> Iterator[Speech | TimedStep | Heading | Use]:
    """A step in the order of its first pass."""
    dose = step.dose
    if dose.use:
        yield dose.use
    yield from _said(bool(step.name), at)
    before, after = _around_hold(step)
    yield from _beats(before, at)
    yield from _said(_cues(step, Moment.FIRST, Moment.START), at)
    if dose.hold or dose.reps:
        yield TimedStep(at, dose)
    yield from _said(_cues(step, Moment.LAST, Moment.END), at)
    yield from _beats(after, at)


def _around_hold(step: Step) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """What a step's own hold or reps come after, and before; a group has none."""
    timed = step.dose.hold or step.dose.reps
    within = [i for i, block in enumerate(step.body) if isinstance(block, Step)]
    first = within[0] if timed and within else len(step.body)
    return step.body[:first], step.body[first:]


def _cues(step: Step, *moments: Moment) -> bool:
    """Whether cues of these moments speak words of the author's."""
    cues = (cue for cue in step.cues if cue.moment in moments)
    return any(isinstance(part, Sentence) for cue in cues for text in cue.texts for part in text)


# ── the rules on what was written ────────────────────────────────────────────


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
