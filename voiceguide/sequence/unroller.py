"""The state of `unroll`: the items in order, and what it has met on the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import Place, Problem, RoutineError
from voiceguide.languages import Phrases
from voiceguide.lengths import Count, Length
from voiceguide.routine import (
    Counted,
    Cue,
    Override,
    Piece,
    PlaySound,
    Routine,
    Sentence,
    Side,
    Sided,
    Sides,
    Step,
    Strike,
    Text,
    Timed,
    Word,
)
from voiceguide.script import is_path
from voiceguide.sequence import (
    MOST_SLOWNESS,
    TICKS,
    Beat,
    BedStart,
    Chapter,
    ChapterStart,
    Chime,
    Choices,
    ElasticLength,
    EventKind,
    EventOrigin,
    Gap,
    Item,
    Mark,
    Sound,
    SoundFile,
    Source,
    TimedSilence,
    Words,
)
from voiceguide.settings import CHIME_ROLES, Guidance, Settings
from voiceguide.settings.merge import read_override

# ── from pieces to a spoken text: sides, rounds, reps, lengths and the author's own words


class PassContext(Struct, frozen=True):
    """The side, round, rep and surroundings of the pass in which a text is said."""

    side: Side | None = None
    alternating: bool = False
    """Whether the side changes with every rep; between reps, events then have no side."""
    round: int | None = None
    rounds: int | None = None
    rep: int | None = None
    reps: int | None = None
    hold: float | None = None
    """Seconds of the hold that `{hold}` says."""
    first: bool = True
    """Whether this is the first pass through everything around it."""
    later: bool = False
    """Whether a step around it is in its second or a later round."""
    via: Place | None = None
    """The `use` that brought this part in."""
    repeated: bool = False
    """Whether a group around it is played more than once."""
    group: Place | None = None
    """The outermost group around it."""
    step_name: str | None = None
    """The name of its step, or of a step around it."""
    step: int | None = None
    steps: int | None = None
    """The exercise's number and total in its group; without a group, its number in the session."""
    siblings: tuple[Place, ...] = ()
    """The exercises of the group around it."""


NOTHING_AHEAD: Mapping[str, str] = MappingProxyType({})


class SentenceWriter(Struct, frozen=True):
    """Turns sentences into words."""

    phrases: Phrases
    own: Mapping[str, str]
    """The routine's `words:`."""

    def sentence(
        self, sentence: Sentence, context: PassContext, ahead: Mapping[str, str] = NOTHING_AHEAD
    ) -> tuple[str, str]:
        """Return a sentence's text, with a capital first, and the same with `*` around its stress.

        `ahead` gives the words that a context does not know. Both texts are empty if a word
        without an alternative is empty; the second is also empty if nothing is stressed.
        """
        pieces = [(self._piece(piece, context, ahead), piece.stressed) for piece in sentence.pieces]
        texts = [text for text, _ in pieces if text is not None]
        if len(texts) < len(pieces):
            return "", ""
        plain = capital(" ".join("".join(texts).split()))
        if not any(stressed for _, stressed in pieces):
            return plain, ""
        marked = (
            _between_stars(text or "") if stressed else text or "" for text, stressed in pieces
        )
        return plain, " ".join("".join(marked).split())

    def _piece(self, piece: Piece, context: PassContext, ahead: Mapping[str, str]) -> str | None:
        """Return a piece as it is said; None if the whole sentence is left out."""
        if isinstance(piece, Text):
            return piece.text
        if isinstance(piece, Sided):
            return piece.right if context.side is Side.RIGHT else piece.left
        said = ahead[piece.name] if piece.name in ahead else self._word(piece.name, context)
        return said or piece.otherwise

    def _word(self, name: str, context: PassContext) -> str:
        if name in self.own:
            return self.own[name]
        if name == "hold":
            return self.phrases.length(context.hold or 0.0)
        if name in ("side", "other side"):
            return self._side(name, context.side or Side.LEFT)
        number: int | None = getattr(context, name)
        return self.phrases.number(number or 1)

    def _side(self, name: str, side: Side) -> str:
        return self.phrases.side(side if name == "side" else side.other)


def _between_stars(text: str) -> str:
    """Put the text in asterisks, but not its outer spaces."""
    words = text.strip()
    return text.replace(words, f"*{words}*", 1) if words and "*" not in words else text


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def names_side(sentence: Sentence) -> bool:
    """Whether the words of a sentence change with the side."""
    return any(
        isinstance(piece, Sided)
        or (isinstance(piece, Word) and piece.name in ("side", "other side"))
        for piece in sentence.pieces
    )


# ── the state of `unroll`: the items in order, and what it has met on the way


AHEAD = frozenset({"next", "step", "steps", "step name", "remaining"})
"""Words that a context alone does not know."""

UNKNOWN_REMAINING = 600.0
"""Seconds that `{remaining}` says before the session has been laid out once."""

MOST_ITEMS = 200_000
"""A routine that unrolls to more items is refused; twelve hours hold fewer."""

SENTENCE = Gap(0.7, 0.4, 2.0)
PARAGRAPH = Gap(1.6, 0.9, 4.0)
BEFORE_HOLD = Gap(1.2, 0.8, 3.0)
AFTER_CHIME = Gap(1.5, 1.0, 3.5)
STEP = Gap(1.6, 1.0, 4.0)
CHAPTER = Gap(2.2, 1.4, 5.0)


class Unroller(Struct):
    """The input of `unroll`, and its results so far."""

    routine: Routine
    settings: Settings
    phrases: Phrases
    choices: Choices
    used: Mapping[Place, Routine]
    wording: SentenceWriter
    ahead: Unroller | None = None
    """The unroller of an earlier run, which knows what is still to come."""
    items: list[Item] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    counts: dict[Hashable, Count] = field(default_factory=dict)
    optionals: dict[Place, None] = field(default_factory=dict)
    says_holds: bool = False
    cues_move: bool = False
    looks_ahead: bool = False
    """Whether a text says something about what is still to come: `{next}`, `{steps}`."""
    names: list[tuple[Place | None, str]] = field(default_factory=list)
    """The named steps and the segments that have begun, each with its outermost group."""
    steps: int = 0
    """How many exercises outside of groups have begun."""
    remaining: int = 0
    """How many texts so far say how much of the session remains."""
    heading_level: int = 0
    border: int = 0
    """How many borders between segments have passed; at each border, a name is said once."""
    _last_slowness: int = 0
    """The slowness of the words spoken last."""
    _voice: str = ""
    _words_a_minute: int = 0
    _bed: BedStart | None = None
    """The bed that prose started, until the chapter ends."""
    _numbers: dict[int, str] = field(default_factory=dict)
    _lengths: dict[Place, tuple[float, float]] = field(default_factory=dict)
    """The first length written at each place, in seconds."""
    _breath: float = 0.0
    """Seconds of one breath."""

    def __post_init__(self) -> None:
        self._breath = self.settings.breath_seconds

    @property
    def quiet(self) -> bool:
        """Whether only names, sides, counts and chimes are wanted."""
        return self.settings.guidance is Guidance.QUIET

    @property
    def seed(self) -> str:
        """The seed of random choices: the seed asked for, else the routine's own text."""
        return self.settings.seed or "\n".join(self.routine.lines)

    @property
    def brief(self) -> bool:
        """Whether instructions are wanted only on the first pass."""
        return self.settings.guidance is not Guidance.FULL

    @property
    def chapter(self) -> int | None:
        """The chapter being written, as an index."""
        return len(self.chapters) - 1 if self.chapters else None

    @property
    def _first_line(self) -> int:
        return self.routine.body[0].place.line if self.routine.body else 1

    # ── writing ──────────────────────────────────────────────────────────────

    def add(self, item: Item) -> None:
        """Append an item.

        Raises:
            RoutineError: there are more items (`MOST_ITEMS`) than any session can hold.
        """
        if len(self.items) >= MOST_ITEMS:
            raise RoutineError([_too_much(item, self.routine)])
        if isinstance(item, Gap):
            item = item.widened(self._last_slowness)
        elif isinstance(item, Sound) and isinstance(item.source, Words):
            self._last_slowness = item.source.slowness
        self.items.append(item)

    def say(
        self, text: str, place: Place, context: PassContext, kind: EventKind = EventKind.SAY
    ) -> None:
        """Speak a text, then pause as after a sentence; skip an empty text."""
        if text:
            self.add(self.spoken(text, place, context, kind))
            self.add(SENTENCE)

    def say_sentence(self, sentence: Sentence, context: PassContext) -> None:
        """Speak a sentence, then pause; skip a sentence that comes to no words."""
        sound = self.spoken_sentence(sentence, context)
        if sound.name:
            self.add(sound)
            self.add(SENTENCE)

    def chime(self, role: str, place: Place, context: PassContext) -> None:
        """Strike the chime of a role; it rings on under what follows."""
        sound = self.struck(role, place, context)
        if sound:
            self.add(sound)

    def silence(self, kind: EventKind, timed: Timed, context: PassContext) -> None:
        """Add a timed silence without marks."""
        self.add(self.timed(kind, timed, context))

    def timed(
        self, kind: EventKind, timed: Timed, context: PassContext, marks: Iterable[Mark] = ()
    ) -> TimedSilence:
        """Return a timed silence with these marks."""
        length = self.elastic_length(timed.length, timed.place, context)
        origin, elastic = self.origin(timed.place, context), timed.length.elastic
        return TimedSilence(kind, length, origin, tuple(marks), kind.value, elastic)

    def number(self, number: int) -> str:
        """Return a whole number in words; cached, since numbers come often."""
        if number not in self._numbers:
            self._numbers[number] = self.phrases.number(number)
        return self._numbers[number]

    # ── making ───────────────────────────────────────────────────────────────

    def origin(self, place: Place, context: PassContext) -> EventOrigin:
        """Return the origin of a moment written at `place`."""
        side = None if context.alternating and context.rep is None else context.side
        place, name = self.at(place, context), context.step_name
        return EventOrigin(place, side, context.round, context.rep, self.chapter, name)

    def at(self, place: Place, context: PassContext) -> Place:
        """Return the place with the `use` that led to it."""
        return replace(place, via=context.via) if context.via else place

    def spoken(
        self,
        text: str,
        place: Place,
        context: PassContext,
        kind: EventKind = EventKind.SAY,
        stressed: str = "",
    ) -> Sound:
        """Return a text as a sound; `stressed` is the same with `*` around its stressed words."""
        origin = self.origin(place, context)
        slowness = self._slowness(origin.place)
        words = Words(text, slowness, stressed, self._voice, self._words_a_minute)
        return Sound(kind, words, origin, text)

    def override(self, override: Override) -> None:
        """Change the voice, the pace or the bed, to the end of the chapter."""
        if override.setting == "voice":
            self._voice = read_override(override)
        elif override.setting == "pace":
            self._words_a_minute = read_override(override)
        elif not self.settings.one_bed:
            self._lay_bed(BedStart(read_override(override), override.place))

    def end_overrides(self) -> None:
        """Return to the session's own voice, pace and bed."""
        self._voice, self._words_a_minute = "", 0
        if self._bed:
            self._lay_bed(BedStart(self.settings.bed, self._bed.place, own=False))

    def _lay_bed(self, start: BedStart) -> None:
        """Change the bed, unless it is the current one."""
        before = self._bed.bed if self._bed else self.settings.bed
        if start.bed != before:
            self.add(start)
        self._bed = start if start.own else None

    def spoken_sentence(self, sentence: Sentence, context: PassContext) -> Sound:
        """Return a sentence as a sound; record words that depend on what is still to come."""
        asked = {piece.name for piece in sentence.pieces if isinstance(piece, Word)}
        self.says_holds |= "hold" in asked
        ahead = self._ahead(asked, context) if asked & AHEAD else NOTHING_AHEAD
        text, stressed = self.wording.sentence(sentence, context, ahead)
        sound = self.spoken(text, sentence.place, context, stressed=stressed)
        if "remaining" in asked:
            sound = replace(sound, asks_remaining=self.remaining)
            self.remaining += 1
        return sound

    def _ahead(self, asked: set[str], context: PassContext) -> dict[str, str]:
        """Return the words that depend on what is still to come."""
        self.looks_ahead |= bool(asked & {"next", "steps"})
        told = {"step name": context.step_name or ""}
        if asked & {"step", "steps"}:
            step, steps = self._step_of(context)
            told |= {"step": self.number(step), "steps": self.number(steps)}
        if "next" in asked:
            told["next"] = self._next_name(context)
        if "remaining" in asked:
            seconds = self.choices.remaining.get(self.remaining, UNKNOWN_REMAINING)
            told["remaining"] = self.phrases.length(as_people_say(seconds))
        return told

    def _step_of(self, context: PassContext) -> tuple[int, int]:
        """Return which exercise it is, of how many; before an exercise begins, the next one."""
        if context.steps:
            return context.step or 1, context.steps
        most = self.ahead.steps if self.ahead else self.steps
        return min(max(1, self.steps + (not context.step)), max(1, most)), max(1, most)

    def _next_name(self, context: PassContext) -> str:
        """Return the next step of the group, else the next chapter; empty if nothing follows."""
        known = self.ahead or self
        to_come = known.names[len(self.names) :]
        if context.group and to_come and to_come[0][0] == context.group:
            return to_come[0][1]
        following = len(self.chapters)
        return known.chapters[following].title if following < len(known.chapters) else ""

    def _slowness(self, place: Place) -> int:
        """Return the slowness of words, by where they are written: a repeat sounds the same."""
        if self.settings.mood is None:
            return 0
        first, last = self._first_line, len(self.routine.lines)
        share = (place.outermost.line - first) / max(1, last - first)
        return round(MOST_SLOWNESS * min(1.0, max(0.0, share)))

    def struck(self, role: str, place: Place, context: PassContext) -> Sound | None:
        """Return the chime of a role as a sound; None if the routine has silenced it."""
        name = self.settings.chimes[role]
        if name is None:
            return None
        source = self._chime_source(name, role)
        return Sound(EventKind.CHIME, source, self.origin(place, context), role, whole=False)

    def named_chime(self, strike: Strike, context: PassContext) -> Sound | None:
        """Return `[chime]` or `[chime bowl]` as a sound."""
        if strike.chime is None:
            return self.struck("start", strike.place, context)
        source = self._chime_source(strike.chime, "start")
        return Sound(
            EventKind.CHIME, source, self.origin(strike.place, context), strike.chime, whole=False
        )

    def sound_file(self, sound: PlaySound, context: PassContext) -> Sound:
        """Return `[sound waves.flac]` as a sound."""
        place = self.at(sound.place, context)
        return Sound(
            EventKind.SOUND,
            SoundFile(sound.path, place),
            self.origin(sound.place, context),
            sound.path,
        )

    def _chime_source(self, name: str, role: str) -> Source:
        if is_path(name):
            # the settings of the main routine name the file, even if a used routine strikes it
            settings = (setting for setting in self.routine.front if setting.name == "chimes")
            places = (setting.places.get(role, setting.place) for setting in settings)
            place = next(places, Place(self.routine.source, 1))
            return SoundFile(name, place, struck=True)
        full = name.endswith(tuple(f"-{role}" for role in CHIME_ROLES)) or name in TICKS
        return Chime(name if full else f"{name}-{role}")

    def elastic_length(self, length: Length, place: Place, context: PassContext) -> ElasticLength:
        """Return a length in seconds; all passes through the same clause share it."""
        low, high = length.at(0, self._breath), length.at(1, self._breath)
        share = self.at(place, context)
        if self._lengths.setdefault(share, (low, high)) != (
            low,
            high,
        ):  # it differs by round or side
            return ElasticLength(low, high, (share, low, high))
        return ElasticLength(low, high, share)

    def seconds(self, length: Length) -> float:
        """Return the length at the chosen point, in seconds."""
        self.cues_move |= length.elastic
        return length.at(self.choices.point, self._breath)

    def shortest(self, length: Length) -> float:
        """Return the length at its low end, in seconds."""
        return length.at(0.0, self._breath)

    def count(self, counted: Counted, context: PassContext, round_number: int = 1) -> int:
        """Return the chosen count; record an elastic count for the fit."""
        place, count = self.at(counted.place, context), counted.at(round_number).count
        key = (place, round_number) if counted.by_round else place
        if count.elastic:
            self.counts[key] = count
        return self.choices.counts.get(key, count.at(self.choices.point))

    def beat(self, step: Step, context: PassContext) -> Beat | None:
        """Return the metronome of a step; None if it has none, or chimes are silenced."""
        dose = step.dose
        sound = self.tick(step, context) if dose.metronome else None
        if not sound or not dose.metronome:
            return None
        return Beat(60 / dose.metronome.count.at(self.choices.point), sound)

    def tick(self, near: Step | Cue, context: PassContext, name: str = "tick") -> Sound | None:
        """Return a soft tick; None if the routine has silenced its chimes."""
        if self.settings.chimes["start"] is None:
            return None
        origin = self.origin(near.place, context)
        return Sound(EventKind.CHIME, Chime(name), origin, name, whole=False)

    # ── steps that begin ─────────────────────────────────────────────────────

    def leaves_out(self, step: Step, context: PassContext) -> bool:
        """Whether a step is left out of the session."""
        dose = step.dose
        unasked = dose.option is not None and dose.option.name not in self.settings.options
        return unasked or self.at(step.place, context) in self.choices.dropped

    def begin_step(self, step: Step, context: PassContext, name: str = "") -> None:
        """Record that a step begins; a named step that no group repeats is a chapter."""
        if step.name and not context.repeated:
            self.begin_chapter(step.name, self.heading_level + 1)
        if step.name or name:
            self.names.append((context.group, step.name or name))

    def begin_chapter(self, title: str, level: int) -> None:
        """Begin a chapter with the next item."""
        self.chapters.append(Chapter(title, level))
        self.add(ChapterStart(len(self.chapters) - 1))

    def inside(self, step: Step, context: PassContext) -> PassContext:
        """Return the context of the blocks in a step."""
        exercises = tuple(
            block.place
            for block in step.body
            if isinstance(block, Step)
            and is_exercise(block)
            and not self.leaves_out(block, context)
        )
        often = step.dose.rounds is not None or step.dose.sides is Sides.EACH
        within = any(isinstance(block, Step) for block in step.body)
        group = context.group or (self.at(step.place, context) if within else None)
        return replace(
            context,
            step_name=step.name or context.step_name,
            repeated=context.repeated or (within and often),
            group=group,
            siblings=exercises if len(exercises) > 1 else (),
        )

    def numbered(self, step: Step, context: PassContext) -> PassContext:
        """Return the context of a step that begins, with its number among the exercises."""
        if step.place in context.siblings:
            number, most = context.siblings.index(step.place) + 1, len(context.siblings)
            return replace(context, step=number, steps=most)
        if context.group or not is_exercise(step):
            return context
        self.steps += 1
        return replace(context, step=self.steps, steps=None)


def is_exercise(step: Step) -> bool:
    """Whether something is done in the step, and not only rested or waited."""
    dose = step.dose
    own = dose.hold or dose.reps or dose.segments
    return bool(own) or any(isinstance(b, Step) and is_exercise(b) for b in step.body)


def as_people_say(seconds: float) -> float:
    """Round a length as people say it: to ten seconds, to minutes, to five minutes."""
    unit = 10 if seconds < 90 else 60 if seconds < 20 * 60 else 300
    return max(unit, round(seconds / unit) * unit)


def _too_much(item: Item, routine: Routine) -> Problem:
    origin = getattr(item, "origin", None)
    place = origin.place if origin else Place(routine.source, 1)
    message = f"this routine unrolls to more than {MOST_ITEMS:,} moments"
    return Problem(message, "write fewer rounds or reps, or nest fewer of them", place)
