"""The rules: what each looks at and finds, in what was written and in what will be heard."""

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


# ── the rules on what will be heard ──────────────────────────────────────────


MOST_OF_A_HOLD = 0.5
"""The share of a hold or a rest that words may fill: what they ask for takes time, too."""

MOST_TALK = samples(90.0)
"""Samples of talk that a listener can follow without a pause."""

PAUSE = samples(2.0)
"""Samples: a shorter silence is no pause; nor is any silence between two sentences."""

# ── the whole session ────────────────────────────────────────────────────────


def no_safety(subject: Subject) -> Iterator[LintFinding]:
    """A session that does not say when to stop before its first hold or reps."""
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
    """No phrase `finish`, and not both words and a chime of the author's after the last hold."""
    phrase = subject.settings.phrases.get("finish", "finish")
    if subject.settings.finish and phrase.strip():
        return
    ending = _ending(subject.sequence.items)
    chimes = [item for item in ending if isinstance(item, Sound) and item.kind is EventKind.CHIME]
    if not chimes or not _spoken(ending):
        yield LintFinding(_end(subject))


def _ending(items: tuple[Item, ...]) -> list[Item]:
    """What comes after the last timed step, and after the chime that ends it."""
    timed = [i for i, item in enumerate(items) if _ends_timed(item)]
    after = items[timed[-1] + 1 :] if timed else items
    return [item for item in after if not (isinstance(item, Sound) and item.name == "end")]


def _ends_timed(item: Item) -> bool:
    return isinstance(item, Close) or (
        isinstance(item, TimedSilence) and item.kind is not None and item.kind.exercise
    )


def _end(subject: Subject) -> Place:
    """Where the phrase is switched off; the last line where another place does that."""
    routine = subject.routine
    keys = (setting.places.get("finish") for setting in routine.front if setting.name == "phrases")
    return next(filter(None, keys), Place(routine.source, max(1, len(routine.lines))))


# ── time ─────────────────────────────────────────────────────────────────────


def long_words(subject: Subject) -> Iterator[LintFinding]:
    """A hold or a rest, more than half of which is filled with words.

    Words that do not fit are a problem already, and one is enough.
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
    """Each hold and rest with the words in it; a count-down's numbers are none."""
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
    """More than 90 seconds of talk without a pause of 2 seconds."""
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
    """Whether it gives a listener time: a silence, a hold, reps, a sound that is no words."""
    gives = event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME)
    return gives and event.length >= PAUSE


# ── the rules on single sentences and notes: what was written for other eyes or other programs


MOST_WORDS = 25
"""Of a sentence that a listener follows at once."""

_TIMED = ("hold", "reps", "rest", "pause", "wait", "segments", "every")
"""The fields of a dose that take time of their own."""

_OPTION = late(
    r"`[^`]*(?:\bvoiceguide\b|(?<![\w-])--[a-z])[^`]*`"
    r"|(?<![\w`-])--[a-z][a-z-]+|\bvoiceguide [a-z]+"
    rf"|`(?:{'|'.join(sorted(SETTING_NAMES))}):[^`]*`"
)


class _Wording(Struct, frozen=True):
    """What a language's sentences are looked at for."""

    held: re.Pattern[str]
    """A hold with its length, in words."""
    shown: re.Pattern[str]
    """Words that ask the listener to look."""
    staged: re.Pattern[str]
    """A stage direction, in brackets."""


@cache
def _wording(language: str) -> _Wording:
    """Those of a language by its tag; of one that nobody knows, what is never found."""
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
"""One to four words in brackets between two sentences, with no point of their own."""


def untimed_hold(subject: Subject) -> Iterator[LintFinding]:
    """`Hold for ten seconds.` outside of timed steps, with words or nothing at all behind it."""
    held = _wording(subject.language).held
    order = list(_in_order(subject.routine.body, timed=False))
    for (part, timed), after in zip(order, [*order[1:], None], strict=False):
        spoken_on = after is None or isinstance(after[0], Sentence | Heading)
        if isinstance(part, Sentence) and not timed and spoken_on and held.search(_text(part)):
            yield LintFinding(part.place)


def _in_order(
    blocks: Iterable[Block], *, timed: bool
) -> Iterator[tuple[Spoken | Heading | Step, bool]]:
    """What is said and timed in order, and whether it stands under something timed."""
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
    """`(Soft music begins)`, `(gently)`: it would be spoken."""
    staged = _wording(subject.language).staged
    for sentence in _sentences(subject.routine):
        text = _text(sentence).strip()
        found = _ASIDE.search(text) or staged.fullmatch(text)
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0].strip())})


def nothing_to_see(subject: Subject) -> Iterator[LintFinding]:
    """`as shown`: nobody looks while they listen."""
    for sentence in _sentences(subject.routine):
        found = _wording(subject.language).shown.search(_text(sentence))
        if found:
            yield LintFinding(sentence.place, {"this": quote(found[0])})


def long_sentence(subject: Subject) -> Iterator[LintFinding]:
    """More words in a sentence than a listener follows at once."""
    for sentence in _sentences(subject.routine):
        count = len(_text(sentence).split())
        if count > MOST_WORDS:
            yield LintFinding(sentence.place, {"count": str(count)})


def technical_note(subject: Subject) -> Iterator[LintFinding]:
    """A note on the sheet that only whoever runs the program can use."""
    bodies = (subject.routine.body, *(step.body for step in subject.routine.steps()))
    for block in chain.from_iterable(bodies):
        found = _OPTION.search(block.text) if isinstance(block, Note) else None
        if found and isinstance(block, Note) and not block.professional:
            yield LintFinding(block.place, {"this": quote(found[0].strip("`"))})


def _sentences(routine: Routine) -> Iterator[Sentence]:
    return (part for part in routine.spoken() if isinstance(part, Sentence))


def _text(sentence: Sentence) -> str:
    return "".join(p.text if isinstance(p, Text) else "word" for p in sentence.pieces)
