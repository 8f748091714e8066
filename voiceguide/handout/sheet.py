"""`sheet` makes a handout of a routine; `shown_figures` says when its pictures are shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import TypeGuard, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import InputError, Place
from voiceguide.handout import (
    CueLine,
    Exercise,
    Fact,
    Figure,
    NoteBlock,
    Paragraph,
    Part,
    Section,
    Sheet,
    Span,
    Words,
)
from voiceguide.handout.doses import (
    DASH,
    Labels,
    dose_line,
    is_timed,
    kind_of,
    labels,
    length_text,
    sole,
)
from voiceguide.handout.text import Reader, read_note
from voiceguide.languages import Phrases
from voiceguide.lengths import Count, Length, in_seconds, show_span
from voiceguide.routine import (
    Block,
    Counted,
    Cue,
    Dose,
    Heading,
    Moment,
    Note,
    Phase,
    Picture,
    Prose,
    Routine,
    Side,
    Step,
    Timed,
)
from voiceguide.script import path_fault
from voiceguide.script.clauses import StepKind
from voiceguide.sequence import EventKind
from voiceguide.sequence.passes import chapters_of
from voiceguide.sequence.unroller import capital
from voiceguide.settings import Settings
from voiceguide.timeline import Event, Timeline

SOON = 5.0
"""Seconds: words that come this soon in a pause are the instruction for it."""


def sheet(
    routine: Routine,
    settings: Settings,
    phrases: Phrases,
    used: Mapping[Place, Routine],
    *,
    title: str,
    bounds: tuple[float, float],
    timeline: Timeline | None = None,
    figure: Callable[[Picture], str] = lambda _: "",
) -> Sheet:
    """Make the handout of a routine without errors.

    `used` has the routines that it uses, by the place of the `use`. `bounds` are the shortest and
    the longest possible session, in seconds. With a `timeline`, doses are as chosen there instead
    of ranges. `figure` returns the `data:` address of a picture's bytes.
    """
    if timeline:
        routine = as_chosen(routine, timeline)
        used = {place: as_chosen(one, timeline) for place, one in used.items()}
        settings = replace(settings, length=None)
    opening, chapters = _divided(routine.body)
    words = labels(settings.language).addressing(settings.address)
    maker = _Maker(Reader(settings, phrases, words), used, figure)
    maker.titles.extend(_titles(chapters, used))
    said = [part for part in maker.parts(opening) if not isinstance(part, NoteBlock)]
    notes = (maker.note(block) for block in opening if _is_for_all(block))
    maker.fill(chapters)
    return Sheet(
        title,
        settings.language.replace("_", "-"),
        settings.author or "",
        settings.description or "",
        tuple(_facts(settings, bounds, words)),
        tuple(said),
        tuple(paragraph for note in notes for paragraph in note),
        _told_apart(title, maker.sections, words),
        settings.address,
    )


def _is_for_all(block: Block) -> TypeGuard[Note]:
    """Whether a block is a note that patients may read, too."""
    return isinstance(block, Note) and not block.professional


def _told_apart(title: str, sections: list[Section], words: Labels) -> tuple[Section, ...]:
    """Rename the sections whose heading repeats the title of the sheet."""
    return tuple(
        replace(section, heading=words.exercise) if section.heading == title else section
        for section in sections
    )


def _facts(settings: Settings, bounds: tuple[float, float], words: Labels) -> Iterator[Fact]:
    span = show_span(*bounds).replace("-", DASH)
    if settings.length is not None:
        own = length_text(Length(settings.length, settings.length), words)
        span = words.or_.format(own, span)
    yield Fact(words.time, span)
    if settings.needs is not None:
        yield Fact(words.needs, ", ".join(map(words.noun, settings.needs)) or words.nothing)
    if settings.purposes:
        yield Fact(words.purposes, ", ".join(map(words.noun, settings.purposes)))
    if settings.frequency:
        yield Fact(words.frequency, settings.frequency)
    if settings.not_if:
        yield Fact(words.not_if, ", ".join(settings.not_if))
    if settings.see:
        yield Fact(words.see, settings.see)


def _divided(body: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Split the body before its first chapter or timed step.

    Without chapters, only leading notes are the opening: nothing else marks where it ends.
    """
    has_chapters = any(isinstance(b, Heading) or (isinstance(b, Step) and b.dose.use) for b in body)
    opening = _is_opening if has_chapters else _is_note
    first = len(tuple(takewhile(opening, body)))
    return body[:first], body[first:]


def _is_opening(block: Block) -> bool:
    return not (isinstance(block, Heading) or (isinstance(block, Step) and is_timed(block)))


def _is_note(block: Block) -> bool:
    return isinstance(block, Note)


def _titles(blocks: Iterable[Block], used: Mapping[Place, Routine]) -> Iterator[str]:
    """The titles of all chapters, in order."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block.title
        elif isinstance(block, Step):
            use = block.dose.use
            yield from _titles(chapters_of(used[use.place], use) if use else block.body, used)


def _condition(dose: Dose, words: Labels) -> str:
    said = words.with_.format(dose.option.name) if dose.option else ""
    return capital(", ".join(filter(None, (said, words.optional if dose.optional else ""))))


class _Maker(Struct):
    """Builds the sections of a sheet."""

    reader: Reader
    used: Mapping[Place, Routine]
    figure: Callable[[Picture], str]
    titles: list[str] = field(default_factory=list)
    begun: int = 0
    """Number of chapters begun."""
    sections: list[Section] = field(default_factory=list)
    apart: bool = True
    """Whether the next parts begin a section of their own."""

    def fill(self, blocks: Iterable[Block], condition: str = "") -> None:
        """Add the chapters in `blocks`, and the parts between them."""
        for block in blocks:
            if isinstance(block, Heading):
                self._begin(block, condition)
            elif isinstance(block, Step) and block.dose.use:
                own = _condition(block.dose, self.reader.labels)
                use = block.dose.use
                self.fill(chapters_of(self.used[use.place], use), own or condition)
                self.apart = bool(own)  # the condition ends here
            else:
                self._add(tuple(self.parts([block])), condition)

    def _begin(self, heading: Heading, condition: str) -> None:
        self.begun += 1
        deepest = self.sections[-1].depth + 1 if self.sections else 1
        depth = min(heading.level, deepest)
        self.sections.append(Section(depth, heading.title, condition, ()))
        self.apart = False

    def _add(self, parts: tuple[Part, ...], condition: str) -> None:
        if self.apart:
            depth = self.sections[-1].depth if self.sections else 1
            self.sections.append(Section(depth, "", condition, ()))
            self.apart = False
        last = self.sections[-1]
        self.sections[-1] = replace(last, parts=(*last.parts, *parts))

    # ── the parts of a section ───────────────────────────────────────────────────

    def parts(self, blocks: Iterable[Block], reader: Reader | None = None) -> Iterator[Part]:
        """Turn prose, notes, pictures and steps into parts, in the order written."""
        within = tuple(blocks)
        steps = [block for block in within if isinstance(block, Step) and is_timed(block)]
        for block in within:
            chapter = self.titles[self.begun] if self.begun < len(self.titles) else ""
            here = replace(reader or self.reader, following=chapter)
            if block in steps:
                index = steps.index(block)
                after = steps[index + 1].name if index + 1 < len(steps) else ""
                here = replace(here, step=index + 1, steps=len(steps), following=after or chapter)
            if isinstance(block, Prose):
                yield from here.paragraphs(block.parts)
            elif isinstance(block, Picture):
                yield from self._figures(block, here)
            elif isinstance(block, Note):
                if not block.professional:
                    yield NoteBlock(self.note(block))
            elif isinstance(block, Heading):  # of a routine that is used within a step
                self.begun += 1
                yield Paragraph(((Span(block.title, "stress"),),))
            elif isinstance(block, Step) and kind_of(block) is not StepKind.CHIME:
                yield self._exercise(block, here)

    def note(self, note: Note) -> tuple[Words, ...]:
        """The paragraphs of a note, with its pictures embedded."""
        return tuple(
            tuple(self._pictured(span, note) for span in words) for words in read_note(note.text)
        )

    def _figures(self, picture: Picture, reader: Reader) -> Iterator[Figure]:
        """The figure of a picture; one per side if it is sided, mirrored for the right."""
        address = self.figure(picture)
        for side in (reader.sides if picture.sided else ()) or (None,):
            yield Figure(picture.words(side), address, picture.mirrored(side))

    def _pictured(self, span: Span, note: Note) -> Span:
        """Embed a picture beside the routine; one that cannot be read keeps only its text."""
        if span.style != "picture":
            return span
        outside = path_fault(span.address) is not None
        try:
            address = "" if outside else self.figure(Picture(span.text, span.address, note.place))
        except (OSError, InputError):
            address = ""
        return replace(span, address=address)

    def _exercise(self, step: Step, reader: Reader) -> Exercise:
        condition, use = _condition(step.dose, reader.labels), step.dose.use
        if use:
            blocks = chapters_of(self.used[use.place], use)
            return Exercise("", condition, tuple(self.parts(blocks, reader)))
        dose = dose_line(step, reader.breath(), reader.labels)
        under = tuple(self._under(step, reader.within(step)))
        return Exercise(dose, condition, under, step.name)

    def _under(self, step: Step, reader: Reader) -> Iterator[Part]:
        """The parts below a step, in the order in which they are done."""
        first = next((i for i, b in enumerate(step.body) if isinstance(b, Step)), len(step.body))
        is_group = kind_of(step) is StepKind.GROUP
        yield from self.parts(step.body[:first], reader)
        yield from _cues(step, _BEFORE, reader)
        if not is_group:
            yield from _cues(step, _DURING, reader)
            yield from _cues(step, _AFTER, reader)
        inner = sole(step)
        for block in step.body[first:]:
            if block is inner:
                yield from self._under(inner, reader.within(inner))
            else:
                yield from self.parts([block], reader)
        if is_group:
            yield from _cues(step, _AFTER, reader)


# ── cues ─────────────────────────────────────────────────────────────────────


_BEFORE = frozenset({Moment.FIRST, Moment.AGAIN})
_AFTER = frozenset({Moment.END})
_DURING = frozenset(Moment) - _BEFORE - _AFTER


def _cues(step: Step, moments: Collection[Moment], reader: Reader) -> Iterator[Part]:
    for cue in (cue for cue in step.cues if cue.moment in moments):
        sentences = reader.sentences(part for text in cue.texts for part in text)
        if sentences:  # a count-down has none
            instructs = _is_instruction(cue, kind_of(step))
            yield (
                Paragraph(sentences) if instructs else CueLine(_when(cue, reader.labels), sentences)
            )


def _is_instruction(cue: Cue, kind: StepKind) -> bool:
    """Whether a cue comes at the beginning of a pause, and so says what to do in it."""
    if kind not in (StepKind.PAUSE, StepKind.WAIT, StepKind.REST):
        return False
    soon = cue.length is not None and cue.length.high <= SOON and not cue.length.in_breaths
    return cue.moment is Moment.START or (cue.moment is Moment.AT and soon)


def _when(cue: Cue, words: Labels) -> str:
    in_turn = cue.moment is Moment.EVERY and len(cue.texts) > 1
    label = words.in_turn_every if in_turn else words.moment(cue.moment)
    return label.format(length_text(cue.length, words)) if cue.length else label


# ── a routine with the doses of one session: no ranges, and only the steps that are played


_Lengthy = TypeVar("_Lengthy", Timed, Phase)
_B = TypeVar("_B", bound=Block)
_Key = tuple[str, int, int]


class _Heard(Struct):
    """What a timeline played at one place of a routine."""

    lengths: list[float] = field(default_factory=list)
    """Seconds."""
    rounds: int = 0
    reps: int = 0


def as_chosen(routine: Routine, timeline: Timeline) -> Routine:
    """The routine with the doses of the timeline; a used routine is matched by its own source."""
    return _Choosing(_heard(timeline.events)).routine(routine)


def _heard(events: Iterable[Event]) -> Mapping[_Key, _Heard]:
    heard: dict[_Key, _Heard] = {}
    for event in events:
        at = heard.setdefault(_key(event.place), _Heard())
        if event.kind not in (EventKind.SAY, EventKind.COUNT, EventKind.CHIME):
            at.lengths.append(in_seconds(event.length))
        at.rounds = max(at.rounds, event.round or 0)
        at.reps = max(at.reps, event.rep or 0)
    return heard


def _key(place: Place) -> _Key:
    return place.source, place.line, place.column


class _Choosing(Struct, frozen=True):
    heard: Mapping[_Key, _Heard]

    def routine(self, routine: Routine) -> Routine:
        return replace(routine, body=self._blocks(routine.body))

    def _blocks(self, blocks: tuple[_B, ...]) -> tuple[_B, ...]:
        played = (b for b in blocks if not isinstance(b, Step) or self._is_played(b))
        return tuple(self._step(b) if isinstance(b, Step) else b for b in played)  # type: ignore[misc]  # a step stays one

    def _is_played(self, step: Step) -> bool:
        """Whether a step was played; True for a step that cannot be left out."""
        may_lack = (step.dose.optional or step.dose.option) and not step.dose.use
        return not may_lack or any(True for _ in self._met(step))

    def _step(self, step: Step) -> Step:
        return replace(step, dose=self._dose(step), body=self._blocks(step.body))

    def _dose(self, step: Step) -> Dose:
        dose = step.dose
        timed = {
            name: self._timed(clause)
            for name in ("hold", "rest", "pause", "wait", "every", "change", "ready")
            if (clause := getattr(dose, name))
        }
        return replace(
            dose,
            **timed,
            rounds=self._counted(dose.rounds, self._most(step, "rounds")),
            reps=self._counted(dose.reps, self._most(step, "reps")),
            phases=tuple(map(self._timed, dose.phases)),
            segments=tuple(map(self._timed, dose.segments)),
        )

    def _timed(self, clause: _Lengthy) -> _Lengthy:
        """The clause with its played length, rounded; unchanged if it was not a range."""
        heard = self.heard.get(_key(clause.place))
        if not clause.length.elastic or clause.by_round or not heard or not heard.lengths:
            return clause
        if isinstance(clause, Timed) and clause.by_side:
            return clause
        shown = [_rounded(seconds) for seconds in heard.lengths]
        return replace(clause, length=Length(min(shown), max(shown)))

    def _counted(self, clause: Counted | None, often: int) -> Counted | None:
        if not clause or not clause.count.elastic or clause.by_round or not often:
            return clause
        return replace(clause, count=Count(often, often))

    def _most(self, step: Step, name: str) -> int:
        """The highest round, or rep, that was played in a step."""
        return max((getattr(heard, name) for heard in self._met(step)), default=0)

    def _met(self, step: Step) -> Iterator[_Heard]:
        """What was played at a step and below it."""
        place, last = step.place, _last_line(step)
        for (source, line, _), heard in self.heard.items():
            if source == place.source and place.line <= line <= last:
                yield heard


def _rounded(seconds: float) -> float:
    return float(round(seconds)) if seconds >= 1 else round(seconds, 1)


# ── which pictures of a routine belong to a moment of its session ────────────


class ShownFigures(Struct, frozen=True):
    """The pictures that are shown from a position on."""

    position: int
    """Samples."""
    pictures: tuple[Picture, ...]
    side: Side | None


class _Span(Struct, frozen=True):
    """A picture and the last line to which it applies."""

    picture: Picture
    until: float

    def covers(self, source: str, line: int) -> bool:
        place = self.picture.place
        return place.source == source and place.line <= line <= self.until


def shown_figures(routines: Iterable[Routine], timeline: Timeline) -> tuple[ShownFigures, ...]:
    """The pictures of a session in order of time; each is shown until the next.

    A picture applies to what is below it, up to the next picture or the end of its step or
    chapter. During an exercise, the last picture of its step is shown: the position that its words
    lead to.
    """
    known = tuple(routines)
    spans = [span for routine in known for span in _spans(routine.body, math.inf)]
    last_lines = {
        (step.place.source, step.place.line): _last_line(step)
        for routine in known
        for step in routine.steps()
    }
    shown: list[ShownFigures] = []
    busy_until = 0
    for event in timeline.events if spans else ():
        if event.kind.timed and event.kind.exercise:
            busy_until = event.end
        elif event.position < busy_until or not event.text:
            continue  # words within an exercise, and rests, do not change the picture
        source, line = event.place.source, event.place.line
        line = last_lines.get((source, line), line)  # an event at a bullet is for the whole step
        pictures = tuple(_group([one for one in spans if one.covers(source, line)]))
        before = shown[-1] if shown else ShownFigures(0, (), None)
        if pictures != before.pictures or (pictures and event.side not in (None, before.side)):
            shown.append(ShownFigures(event.position, pictures, event.side))
    return tuple(shown)


def _spans(blocks: tuple[Block, ...], last: float) -> Iterator[_Span]:
    for index, block in enumerate(blocks):
        if isinstance(block, Picture):
            after = (one.place.line - 1 for one in blocks[index:] if isinstance(one, Heading))
            yield _Span(block, next(after, last))
        elif isinstance(block, Step):
            yield from _spans(block.body, _last_line(block))


def _last_line(block: Block) -> int:
    """The last line of a block, including everything below it."""
    if not isinstance(block, Step):
        return block.place.line
    cues = (cue.place.line for cue in block.cues)
    return max((block.place.line, *cues, *map(_last_line, block.body)))


def _group(spans: list[_Span]) -> list[Picture]:
    """The last picture, with those on the lines directly above it."""
    found: list[Picture] = []
    for picture in (span.picture for span in reversed(spans)):
        if found and picture.place.line != found[0].place.line - 1:
            break
        found.insert(0, picture)
    return found
