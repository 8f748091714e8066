"""Segments: a clock that never stops.

Before a hold the clock waits for the words; through segments it does not. They follow one another
without a gap, within a bullet, from bullet to bullet and from round to round. All words are said
inside them: the next segment's name in the last seconds of the one before it, a count-down, the
author's words as a segment begins. Built-in words that have no room are left out: first the halfway
mark, then the count-down, then the name. The chime at each border stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.routine import Block, Cue, Dose, Moment, Prose, Sides, Spoken, Step, Timed
from voiceguide.sequence import EventKind, Mark, Run, Sound, prose
from voiceguide.sequence.passes import Pass, passes, plays_on, within
from voiceguide.sequence.prose import (
    CLEAR_OF_CHIME,
    count_in_of,
    countdown_of,
    counting,
    cue_marks,
    halfway_mark,
    ready_of,
)
from voiceguide.sequence.reps import breath_tone
from voiceguide.sequence.unroller import AFTER_CHIME, STEP, PassContext, Unroller, capital

BEFORE_COUNTDOWN = 0.3
"""Seconds from the end of the next segment's name to the first number of the count-down."""

BEFORE_END = 0.2
"""Seconds from the end of a name to the border, if there is no room for a count-down too."""

COUNTED_SHARE = 3
"""A count-down takes at most a third of a segment; if that leaves one number, there is none."""

_GROUPED = ("hold", "reps", "pause", "wait", "use", "chime", "segments", "every")
"""Clauses that keep a step from being a group through which the clock runs on."""


class _Segment(Struct, frozen=True):
    """A segment of a run, on one pass."""

    kind: EventKind
    name: str
    """How it is announced: `Walk.`; empty if it is not announced."""
    word: str | None
    """The event's text; None if it has none."""
    timed: Timed
    step: Step
    context: PassContext
    cues: tuple[Cue, ...] = ()
    words: tuple[Spoken, ...] = ()
    """Words that are said as it begins."""
    begins: bool = False
    """Whether its step begins with it."""


def runs_on(step: Step) -> bool:
    """Whether a step contains only segments, at any depth, so that its clock never stops."""
    if step.dose.segments:
        return True
    if any(getattr(step.dose, clause) for clause in _GROUPED):
        return False
    within_it = step.nested
    return any(map(runs_on, within_it)) and all(runs_on(s) or _rests(s) for s in within_it)


def _rests(step: Step) -> bool:
    """Whether a step is only a rest; among segments, it counts as a segment."""
    others = (step.dose.hold, step.dose.reps, step.dose.rounds, step.dose.segments)
    return bool(step.dose.rest) and not any(others) and not step.nested


def together(
    unroller: Unroller, blocks: Iterable[Block], context: PassContext
) -> Iterator[Block | list[Step]]:
    """Yield the blocks; consecutive steps through which one clock runs come as a list."""
    run: list[Step] = []
    for block in blocks:
        if isinstance(block, Step) and (runs_on(block) or (run and _rests(block))):
            if not unroller.leaves_out(block, context):
                run.append(block)
            continue
        if run and isinstance(block, Step | Prose):
            yield run
            run = []
        yield block
    if run:
        yield run


def play_run(unroller: Unroller, steps: list[Step], context: PassContext) -> None:
    """Emit consecutive segments, from the words before the first to the chime after the last."""
    unroller.add(STEP)
    row = _Row(unroller)
    for step in steps:
        row.add(step, context)
    first = row.segments[0]
    _begin(unroller, first)
    prose.play(unroller, first.words, first.context)
    if first.kind is not EventKind.READY and not (first.begins and first.step.name):
        unroller.say(first.name, first.step.place, first.context)
    row.segments[0] = replace(first, words=(), name="")
    for index, segment in enumerate(row.segments):
        if index:
            _begin(unroller, segment)
        _play_segment(unroller, segment, row.segments[index + 1 : index + 2])
        unroller.border += 1
    last = row.segments[-1]
    unroller.chime("end", last.step.place, last.context)
    unroller.add(AFTER_CHIME)
    prose.play(unroller, row.waiting, last.context)


def _begin(unroller: Unroller, segment: _Segment) -> None:
    """Record what begins: a chapter, and a name that `{next}` may have announced."""
    name = segment.word or ""
    if segment.begins:
        unroller.begin_step(segment.step, segment.context, name)
    elif name and not segment.step.name:
        unroller.names.append((segment.context.group, name))


class _Row:
    """Collects the segments of a run, in order, as they are unrolled."""

    def __init__(self, unroller: Unroller) -> None:
        self.segments: list[_Segment] = []
        self.waiting: list[Spoken] = []
        """Words that are said as the next segment begins."""
        self._unroller = unroller

    def add(self, step: Step, context: PassContext) -> None:
        """Add the segments of a step, with those of the steps within it."""
        unroller = self._unroller
        if step.dose.optional:
            unroller.optionals[unroller.at(step.place, context)] = None
        context = unroller.inside(step, unroller.numbered(step, context))
        rounds = unroller.count(step.dose.rounds, context) if step.dose.rounds else 1
        before: Pass | None = None
        for this_pass in passes(unroller, step.dose, rounds):
            dose = step.dose.at(this_pass.round, this_pass.side)
            now = within(context, dose, this_pass, rounds)
            if before:
                self._between(step, before, this_pass, context)
            self._pass(step, dose, this_pass, now)
            before = this_pass

    def _between(self, step: Step, before: Pass, this_pass: Pass, context: PassContext) -> None:
        dose = step.dose.at(before.round, before.side)
        phrases = self._unroller.phrases
        if dose.rest and plays_on(dose, before, this_pass):
            self._append(EventKind.REST, phrases["rest"], None, dose.rest, step, context)
        if this_pass.new_side and dose.change:
            now = replace(context, side=this_pass.side)
            self._append(EventKind.CHANGE, phrases["switch"], None, dose.change, step, now)

    def _pass(self, step: Step, dose: Dose, this_pass: Pass, context: PassContext) -> None:
        if _rests(step):
            name = self._unroller.phrases["rest"]
            self.waiting += prose.instructions(step) if self._aloud(context) else []
            if dose.rest:
                self._append(EventKind.REST, name, None, dose.rest, step, context, step.cues)
        elif dose.segments:
            self._own(step, dose, this_pass, context)
        else:
            self._nested(step, this_pass, context)
        if not self._unroller.quiet:
            self.waiting += prose.cue_parts(step, Moment.END)

    def _own(self, step: Step, dose: Dose, this_pass: Pass, context: PassContext) -> None:
        begins = this_pass.first
        named = not self.segments
        self.waiting += prose.words_before(
            self._unroller, step, this_pass, context, named=named, sided=False
        )
        ready = ready_of(self._unroller, dose)
        if ready:
            self._append(EventKind.READY, "", None, ready, step, context, begins=begins)
            begins = False
        for index, phase in enumerate(dose.segments):
            cues = tuple(cue for cue in step.cues if _belongs(cue, phase.word, index))
            name = self._name(step, this_pass, phase.word, index, context)
            timed = Timed(phase.length, phase.place)
            start = begins and not index
            kind = EventKind.SEGMENT
            self._append(kind, name, phase.word, timed, step, context, cues, begins=start)
        if dose.rest and not dose.rounds and dose.sides is not Sides.EACH:
            name = self._unroller.phrases["rest"]
            self._append(EventKind.REST, name, None, dose.rest, step, context)

    def _nested(self, step: Step, this_pass: Pass, context: PassContext) -> None:
        """Add the steps of a group; its prose is said as the next segment begins."""
        again = prose.again_parts(self._unroller, step, context)
        aloud = self._aloud(context) and not again
        if this_pass.first and step.name:
            self.waiting.append(prose.plain_sentence(step.name, step.place))
        self.waiting += again
        if context.first:
            self.waiting += prose.cue_parts(step, Moment.FIRST)
        for block in prose.in_order(self._unroller, step, context):
            if isinstance(block, Prose) and aloud and this_pass.first:
                self.waiting += block.parts
            elif isinstance(block, Step) and not self._unroller.leaves_out(block, context):
                self.add(block, context)

    def _aloud(self, context: PassContext) -> bool:
        return not self._unroller.quiet and (context.first or not self._unroller.brief)

    def _name(
        self, step: Step, this_pass: Pass, word: str, index: int, context: PassContext
    ) -> str:
        """Return `Walk.`, or `Plank, left.` if a side begins."""
        name = step.name if step.name and not index else capital(word)
        if step.dose.sides in prose.OWN_SIDES and context.side and not index:
            return f"{name}, {self._unroller.phrases.side(context.side)}."
        return f"{name}."

    def _append(
        self,
        kind: EventKind,
        name: str,
        word: str | None,
        timed: Timed,
        step: Step,
        context: PassContext,
        cues: tuple[Cue, ...] = (),
        *,
        begins: bool = False,
    ) -> None:
        words = tuple(self.waiting)
        self.waiting = []
        if kind is EventKind.REST and self.segments and self.segments[-1].kind is kind:
            name = ""  # the rest goes on: it has been announced
        found = _Segment(kind, name, word, timed, step, context, cues, words, begins)
        self.segments.append(found)


def _belongs(cue: Cue, word: str, index: int) -> bool:
    return cue.segment.lower() == word.lower() if cue.segment else not index


# ── one segment, with what is said inside it ─────────────────────────────────


_CHIMES = {EventKind.SEGMENT: "start", EventKind.REST: "rest", EventKind.CHANGE: "switch"}


def _play_segment(unroller: Unroller, segment: _Segment, following: list[_Segment]) -> None:
    timed, context = segment.timed, segment.context
    role = _CHIMES.get(segment.kind)
    tone = _tone(unroller, segment)
    if tone:
        unroller.add(tone)
    elif role:
        unroller.chime(role, segment.step.place, context)
    silence = unroller.timed(segment.kind, timed, context, _marks(unroller, segment, following))
    if segment.word:
        silence = replace(silence, name=f"`{segment.word}`", text=segment.word)
    if segment.kind is EventKind.SEGMENT:
        silence = replace(silence, beat=unroller.beat(segment.step, context))
    unroller.add(silence)


def _tone(unroller: Unroller, segment: _Segment) -> Sound | None:
    """Return the tone that begins a breath's phase in place of a chime: rising, steady, falling."""
    words = [breath_tone(unroller, phase.word) for phase in segment.step.dose.segments]
    if segment.kind is not EventKind.SEGMENT or len(words) < 2 or not all(words):
        return None
    name = breath_tone(unroller, segment.word or "")
    return unroller.tick(segment.step, segment.context, name)


def _marks(unroller: Unroller, segment: _Segment, following: list[_Segment]) -> Iterator[Mark]:
    """Yield the marks of a segment, in the order of their claim to the room."""
    yield from _own_marks(unroller, segment)
    if segment.name:
        # said here if it had no room in the segment before
        yield _name_mark(unroller, segment, Moment.START, CLEAR_OF_CHIME, unroller.border)
    counted = _countdown(unroller, segment)
    if following and following[0].name:
        before_count = len(counted) + BEFORE_COUNTDOWN if counted else BEFORE_END
        for seconds in dict.fromkeys((before_count, BEFORE_END)):
            yield _name_mark(unroller, following[0], Moment.LAST, seconds, unroller.border + 1)
    yield from counted
    if segment.kind is EventKind.SEGMENT:
        yield from halfway_mark(unroller, segment.step, segment.cues, segment.context)


def _own_marks(unroller: Unroller, segment: _Segment) -> Iterator[Mark]:
    """Yield the author's cues; words that come before a hold are said as a segment begins."""
    context, cues = segment.context, segment.cues
    if not segment.words:
        yield from cue_marks(unroller, segment.step, context, cues)
        return
    starts = [part for c in cues if c.moment is Moment.START for t in c.texts for part in t]
    parts = [*segment.words, *([] if unroller.quiet else starts)]
    run = prose.run(unroller, parts, context)
    if run:
        place = unroller.at(parts[0].place, context)
        yield Mark(Moment.START, CLEAR_OF_CHIME, (run,), "what is said as it begins", place)
    others = tuple(cue for cue in cues if cue.moment is not Moment.START)
    yield from cue_marks(unroller, segment.step, context, others)


def _name_mark(
    unroller: Unroller, segment: _Segment, moment: Moment, seconds: float, border: int
) -> Mark:
    """Return the mark of a segment's name, before or after its border; the first that fits wins."""
    place = segment.step.place
    run: Run = ((0.0, unroller.spoken(segment.name, place, segment.context)),)
    return Mark(
        moment,
        seconds,
        (run,),
        "name",
        unroller.at(place, segment.context),
        gives_way=True,
        ends=moment is Moment.LAST,
        once=f"name {border}",
        group=f"name {border} {seconds}",
    )


def _countdown(unroller: Unroller, segment: _Segment) -> tuple[Mark, ...]:
    """Return the last seconds in numbers; none if the author counts down, or it is short."""
    step, context = segment.step, segment.context
    if segment.kind is EventKind.READY:
        return tuple(counting(unroller, step, count_in_of(unroller, step.dose), context))
    if any(cue.count_down for cue in segment.cues):
        return ()
    room = int(unroller.elastic_length(segment.timed.length, segment.timed.place, context).low)
    seconds = min(countdown_of(unroller), room // COUNTED_SHARE)
    if _tone(unroller, segment):
        seconds = 0  # numbers would disturb a breath
    return tuple(counting(unroller, step, seconds if seconds > 1 else 0, context))
