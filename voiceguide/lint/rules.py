"""What a rule is, what it looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from voiceguide.errors import Place
from voiceguide.routine import Block, Dose, Heading, Moment, Prose, Routine, Sentence, Step, Use
from voiceguide.sequence import Sequence
from voiceguide.settings import Settings
from voiceguide.timeline import Timeline

# ── what a rule is, what it looks at, and what it finds ──────────────────────


@dataclass(frozen=True, slots=True)
class Subject:
    """A routine in all its forms."""

    routine: Routine
    settings: Settings
    language: str
    """Of the built-in words: `en`, also where `language` says `en-gb`."""
    sequence: Sequence
    """Unrolled with full guidance: fewer words on request are no fault of the author's."""
    timeline: Timeline
    """As planned."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """Where a rule is broken, and what its sentence tells of it."""

    place: Place
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a routine should have."""

    name: str
    sentence: str
    """What is wrong; `{…}` are a finding's."""
    way_out: str
    find: Callable[[Subject], Iterator[LintFinding]]


# ── a routine's tree as chapters: in each of them, what is said and what is timed, in order


@dataclass(frozen=True, slots=True)
class Nesting:
    """Where something stands."""

    around: tuple[Place, ...] = ()
    """The steps around it, from the outermost in, its own among them."""
    may_lack: frozenset[Place] = frozenset()
    """Those of them that may be left out, and it with them."""

    def under(self, step: Step) -> Nesting:
        """Under one more step."""
        left_out = {step.place} if step.dose.optional or step.dose.option else set()
        return Nesting((*self.around, step.place), self.may_lack | left_out)


@dataclass(frozen=True, slots=True)
class Speech:
    """Words that are spoken."""

    at: Nesting


@dataclass(frozen=True, slots=True)
class TimedStep:
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


@dataclass(frozen=True, slots=True)
class WrittenChapter:
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
