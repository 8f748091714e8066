"""The lint rules, on what was written (the tree) and on what will be heard (the timeline)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place, quote
from voiceguide.languages import find_language
from voiceguide.lengths import in_seconds, samples, show_seconds, show_time
from voiceguide.patterns import late
from voiceguide.routine import (
    Block,
    Break,
    Dose,
    Heading,
    Moment,
    Note,
    Prose,
    Routine,
    Sentence,
    Sides,
    Spoken,
    Step,
    Text,
    Use,
)
from voiceguide.script.foreign import SETTING_NAMES
from voiceguide.sequence import Close, EventKind, Item, Open, Sequence, Sound, TimedSilence
from voiceguide.settings import Settings
from voiceguide.timeline import Event, Timeline


class Subject(Struct, frozen=True):
    """A routine in all the forms that rules examine."""

    routine: Routine
    settings: Settings
    language: str
    """Two-letter code of the built-in words: `en`, even if `language` is `en-gb`."""
    sequence: Sequence
    """Unrolled with full guidance: reduced guidance is a listener's wish, not a fault."""
    timeline: Timeline
    """The planned timeline."""


class LintFinding(Struct, frozen=True):
    """Where a rule is broken, and the values for its message."""

    place: Place
    values: Mapping[str, str] = field(default_factory=dict)


class Rule(Struct, frozen=True):
    """A rule that a routine should keep."""

    name: str
    sentence: str
    """The message; `{…}` are filled in from a finding's values."""
    way_out: str
    find: Callable[[Subject], Iterator[LintFinding]]


# ── a routine's tree as chapters, each with its words and timed steps in order


class Nesting(Struct, frozen=True):
    """The steps around an item."""

    around: tuple[Place, ...] = ()
    """The places of the steps around it, outermost first, its own included."""
    may_lack: frozenset[Place] = frozenset()
    """The places of those steps that may be left out, and the item with them."""

    def under(self, step: Step) -> Nesting:
        """The nesting within one more step."""
        left_out = {step.place} if step.dose.optional or step.dose.option else set()
        return Nesting((*self.around, step.place), self.may_lack | left_out)


class Speech(Struct, frozen=True):
    """Words that are spoken."""

    at: Nesting


class TimedStep(Struct, frozen=True):
    """A step with a hold or reps."""

    at: Nesting
    dose: Dose

    @property
    def place(self) -> Place:
        """The place of the hold or reps clause."""
        clause = self.dose.hold or self.dose.reps
        return clause.place if clause else self.at.around[-1]

    @property
    def this(self) -> str:
        """How a message names it."""
        return "this hold" if self.dose.hold else "these reps"


class WrittenChapter(Struct, frozen=True):
    """The beats after a heading or a `use`, up to the next one."""

    start: Heading | Use | None
    """None for what precedes the first heading or `use`."""
    beats: tuple[Speech | TimedStep, ...]

    @property
    def timed(self) -> list[TimedStep]:
        """The holds and reps."""
        return [beat for beat in self.beats if isinstance(beat, TimedStep)]


def chapters(routine: Routine) -> list[WrittenChapter]:
    """The chapters of the routine itself; what precedes the first heading is one, too."""
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
    """The beats of a step, in the order of its first pass."""
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
    """The blocks before and after a step's own hold or reps; in a group, all are before."""
    timed = step.dose.hold or step.dose.reps
    within = [i for i, block in enumerate(step.body) if isinstance(block, Step)]
    first = within[0] if timed and within else len(step.body)
    return step.body[:first], step.body[first:]


def _cues(step: Step, *moments: Moment) -> bool:
    """Whether cues at these moments contain sentences."""
    cues = (cue for cue in step.cues if cue.moment in moments)
    return any(isinstance(part, Sentence) for cue in cues for text in cue.texts for part in text)


# ── the rules on what was written ────────────────────────────────────────────


_OTHER = {Sides.LEFT: Sides.RIGHT, Sides.RIGHT: Sides.LEFT}


def one_side(subject: Subject) -> Iterator[LintFinding]:
    """Find a step for one side in a chapter (or below it) that has none for the other."""
    for part in _parts(subject.routine):
        first: dict[Sides, Place] = {}
        for step in part.steps():
            first.setdefault(step.dose.sides, step.place)
        for side, other in _OTHER.items():
            if side in first and other not in first:
                yield LintFinding(first[side], {"side": side.value, "other": other.value})


def _parts(routine: Routine) -> Iterator[Routine]:
    """Split the routine at its `##` headings; deeper headings do not divide an exercise."""
    body: list[Block] = []
    for block in routine.body:
        if isinstance(block, Heading) and block.level == 1:
            yield replace(routine, body=tuple(body))
            body = []
        body.append(block)
    yield replace(routine, body=tuple(body))


def no_instruction(subject: Subject) -> Iterator[LintFinding]:
    """Find a hold or reps that nothing was said for: not in the step, not in a group around it, and
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
    """Whether a beat is in every session that has the timed step."""
    return beat.at.may_lack <= for_.at.may_lack


def no_way_out(subject: Subject) -> Iterator[LintFinding]:
    """Find a chapter's last hold or reps after which nothing is said: not in the chapter, and not
    in chapters after it without timed steps, such as "Come back"."""
    found = chapters(subject.routine)
    for index, chapter in enumerate(found):
        after: list[Speech | TimedStep] = [*_epilogue(found[index + 1 :], subject)]
        for beat in reversed(chapter.beats):
            if isinstance(beat, TimedStep) and not any(_is_sure(later, beat) for later in after):
                yield LintFinding(beat.place, {"this": beat.this})
            after.append(beat)


def _epilogue(following: list[WrittenChapter], subject: Subject) -> Iterator[Speech]:
    """What is said after a chapter, up to the next chapter with a timed step."""
    for chapter in following:
        if chapter.timed or not isinstance(chapter.start, Heading):
            return
        yield from (beat for beat in chapter.beats if isinstance(beat, Speech))
    if subject.settings.phrases.get("finish"):
        yield Speech(Nesting())


def no_heading(subject: Subject) -> Iterator[LintFinding]:
    """Find a timed step before the first heading, or after a `use` without a heading of its own; a
    routine with a single timed step needs none."""
    found = chapters(subject.routine)
    single = len(found) == 1 and len(found[0].timed) == 1
    for chapter in found:
        if chapter.timed and not isinstance(chapter.start, Heading) and not single:
            yield LintFinding(chapter.timed[0].place)


# ── the rules on what will be heard ──────────────────────────────────────────


MOST_OF_A_HOLD = 0.5
"""The share of a hold or a rest that words may fill: doing what they say takes time, too."""

MOST_TALK = samples(90.0)
"""Samples of talk that a listener can follow without a pause."""

PAUSE = samples(2.0)
"""Samples; a shorter silence is not a pause, and neither is a gap between two sentences."""

# ── the whole session ────────────────────────────────────────────────────────


def no_safety(subject: Subject) -> Iterator[LintFinding]:
    """Find a session that does not say when to stop before its first hold or reps."""
    known = find_language(subject.language)
    before: list[Item] = []
    for item in subject.sequence.items:
        if isinstance(item, TimedSilence | Open) and item.kind and item.kind.exercise:
            if known and not known.warns(_spoken(before)):
                yield LintFinding(item.origin.place.outermost)
            return
        before.append(item)


def _spoken(items: Iterable[Item]) -> list[str]:
    spoken = (item for item in items if isinstance(item, Sound) and item.kind is EventKind.SAY)
    return [sound.name or "" for sound in spoken]


def no_ending(subject: Subject) -> Iterator[LintFinding]:
    """Find an end without the phrase `finish` that does not have both words and a chime."""
    phrase = subject.settings.phrases.get("finish", "finish")
    if subject.settings.finish and phrase.strip():
        return
    ending = _ending(subject.sequence.items)
    chimes = [item for item in ending if isinstance(item, Sound) and item.kind is EventKind.CHIME]
    if not chimes or not _spoken(ending):
        yield LintFinding(_end(subject))


def _ending(items: tuple[Item, ...]) -> list[Item]:
    """What comes after the last timed step, without the chime that ends it."""
    timed = [i for i, item in enumerate(items) if _ends_timed(item)]
    after = items[timed[-1] + 1 :] if timed else items
    return [item for item in after if not (isinstance(item, Sound) and item.name == "end")]


def _ends_timed(item: Item) -> bool:
    return isinstance(item, Close) or (
        isinstance(item, TimedSilence) and item.kind is not None and item.kind.exercise
    )


def _end(subject: Subject) -> Place:
    """Where the routine switches the phrase off; its last line if that is done elsewhere."""
    routine = subject.routine
    keys = (setting.places.get("finish") for setting in routine.front if setting.name == "phrases")
    return next(filter(None, keys), Place(routine.source, max(1, len(routine.lines))))


# ── time ─────────────────────────────────────────────────────────────────────


def long_words(subject: Subject) -> Iterator[LintFinding]:
    """Find a hold or a rest, more than half of which is filled with words.

    Words that do not fit at all are skipped: they are reported as a problem already.
    """
    found: dict[Place, LintFinding] = {}
    for hold, words in _words_within(subject.timeline):
        length = sum(word.length for word in words)
        if length > hold.length * MOST_OF_A_HOLD and _fit(words, hold) and not hold.place.via:
            values = {"words": _show(length), "length": _show(hold.length)}
            found.setdefault(
                hold.place, LintFinding(hold.place, {**values, "what": hold.kind.value})
            )
    return iter(found.values())


def _words_within(timeline: Timeline) -> list[tuple[Event, list[Event]]]:
    """Each hold and rest with the words in it, without the numbers of a count-down."""
    found: list[tuple[Event, list[Event]]] = []
    for event in timeline.events:
        if event.kind in (EventKind.HOLD, EventKind.REST):
            found.append((event, []))
        elif event.kind is EventKind.SAY and found and event.position < found[-1][0].end:
            found[-1][1].append(event)
    return found


def _fit(words: list[Event], hold: Event) -> bool:
    bounds = [*(word.position for word in words[1:]), hold.end]
    return all(word.end <= bound for word, bound in zip(words, bounds, strict=True))


def _show(count: int) -> str:
    return show_seconds(round(in_seconds(count), 1))


def long_talk(subject: Subject) -> Iterator[LintFinding]:
    """Find more than 90 seconds of talk without a pause of 2 seconds."""
    for first, last in _talks(subject.timeline):
        length = last.end - first.position
        if length > MOST_TALK:
            values = {"length": show_time(in_seconds(length))}
            yield LintFinding(first.place.outermost, values)


def _talks(timeline: Timeline) -> Iterator[tuple[Event, Event]]:
    """The first and the last words of each stretch of talk between two pauses."""
    talk: list[Event] = []
    pause_ends = 0
    for event in timeline.events:
        if event.kind is EventKind.SAY and event.position >= pause_ends:
            talk.append(event)
        elif _is_pause(event):
            if talk:
                yield talk[0], talk[-1]
            talk = []
            pause_ends = max(pause_ends, event.end)
    if talk:
        yield talk[0], talk[-1]


def _is_pause(event: Event) -> bool:
    """Whether an event gives the listener time: a silence, a hold, reps, a sound without words."""
    gives = event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME)
    return gives and event.length >= PAUSE


# ── the rules on single sentences and notes: what was not written for a listener or a patient


MOST_WORDS = 25
"""Most words in a sentence that a listener can follow."""

_TIMED = ("hold", "reps", "rest", "pause", "wait", "segments", "every")
"""The fields of a dose that take time."""

_OPTION = late(
    r"`[^`]*(?:\bvoiceguide\b|(?<![\w-])--[a-z])[^`]*`"
    r"|(?<![\w`-])--[a-z][a-z-]+|\bvoiceguide [a-z]+"
    rf"|`(?:{'|'.join(sorted(SETTING_NAMES))}):[^`]*`"
)


class _Wording(Struct, frozen=True):
    """The patterns that are searched for in a language's sentences."""

    held: re.Pattern[str]
    """A hold with its length, in words."""
    shown: re.Pattern[str]
    """Words that ask the listener to look."""
    staged: re.Pattern[str]
    """A stage direction, in brackets."""


@cache
def _wording(language: str) -> _Wording:
    """The patterns of a language, by its tag; those of an unknown language never match."""
    known = find_language(language)
    if known is None:
        return _Wording(*[re.compile(r"(?!)")] * 3)
    data = known.sentences["wording"]
    verbs, units = ("|".join(data[name]) for name in ("hold", "time"))
    return _Wording(
        re.compile(rf"(?i)\b(?:{verbs})\b.*?\w+ (?:{units})\b"),
        re.compile(rf"(?i)\b(?:{'|'.join(data['shown'])})\b"),
        re.compile(rf"(?i)[(\[].*\b(?:{'|'.join(data['staged'])})\b.*[)\]][.!]?"),
    )


_ASIDE = late(
    r"""(?:\A|(?<=[.!?…]\s))\((?!\w{1,2}\))[^\s().!?…,;]+(?:\s[^\s().!?…,;]+){0,3}\)"""
    r"""(?=\s*[.!]?\Z|\s+["“(\[]?[^\W\da-zß-ÿ])"""
)
"""One to four words in brackets between two sentences, without punctuation in them."""


def untimed_hold(subject: Subject) -> Iterator[LintFinding]:
    """Find `Hold for ten seconds.` outside timed steps, followed by words or by nothing."""
    held = _wording(subject.language).held
    order = list(_in_order(subject.routine.body, timed=False))
    for (part, timed), after in zip(order, [*order[1:], None], strict=False):
        spoken_on = after is None or isinstance(after[0], Sentence | Heading)
        if isinstance(part, Sentence) and not timed and spoken_on and held.search(_text(part)):
            yield LintFinding(part.place)


def _in_order(
    blocks: Iterable[Block], *, timed: bool
) -> Iterator[tuple[Spoken | Heading | Step, bool]]:
    """Spoken parts, headings and timed steps in order, each with whether it is in a timed step."""
    for block in blocks:
        if isinstance(block, Prose):
            yield from ((part, timed) for part in block.parts if not isinstance(part, Break))
        elif isinstance(block, Step):
            own = any(getattr(block.dose, name) for name in _TIMED)
            if own:
                yield block, timed
            yield from _in_order(block.body, timed=timed or own)
        elif isinstance(block, Heading):
            yield block, timed


def stage_direction(subject: Subject) -> Iterator[LintFinding]:
    """Find a stage direction, `(Soft music begins)`, `(gently)`, which would be spoken."""
    staged = _wording(subject.language).staged
    for sentence in _sentences(subject.routine):
        text = _text(sentence).strip()
        found = _ASIDE.search(text) or staged.fullmatch(text)
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0].strip())})


def nothing_to_see(subject: Subject) -> Iterator[LintFinding]:
    """Find words such as `as shown`: nobody looks while they listen."""
    for sentence in _sentences(subject.routine):
        found = _wording(subject.language).shown.search(_text(sentence))
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0])})


def long_sentence(subject: Subject) -> Iterator[LintFinding]:
    """Find sentences of more than `MOST_WORDS` words."""
    for sentence in _sentences(subject.routine):
        count = len(_text(sentence).split())
        if count > MOST_WORDS:
            yield LintFinding(sentence.place, {"count": str(count)})


def technical_note(subject: Subject) -> Iterator[LintFinding]:
    """Find a note on the sheet that is only of use to a user of the program."""
    bodies = (subject.routine.body, *(step.body for step in subject.routine.steps()))
    for block in chain.from_iterable(bodies):
        found = _OPTION.search(block.text) if isinstance(block, Note) else None
        if found and isinstance(block, Note) and not block.professional:
            yield LintFinding(block.place, {"this": quote(found[0].strip("`"))})


def _sentences(routine: Routine) -> Iterator[Sentence]:
    return (part for part in routine.spoken() if isinstance(part, Sentence))


def _text(sentence: Sentence) -> str:
    return "".join(p.text if isinstance(p, Text) else "word" for p in sentence.pieces)
