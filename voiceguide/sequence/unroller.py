"""The sheet that `unroll` writes on: items in order, and what it meets on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from voiceguide.errors import Place, Problem, RoutineError
from voiceguide.languages import Phrases
from voiceguide.lengths import Count, Length
from voiceguide.routine import (
    Counted,
    Piece,
    PlaySound,
    Routine,
    Sentence,
    Side,
    Sided,
    Strike,
    Text,
    Timed,
    Word,
)
from voiceguide.script import is_path
from voiceguide.sequence.items import (
    MOST_SLOWNESS,
    Chapter,
    Chime,
    Choices,
    ElasticLength,
    EventKind,
    EventOrigin,
    Gap,
    Item,
    Sound,
    SoundFile,
    Source,
    TimedSilence,
    Words,
)
from voiceguide.settings import CHIME_ROLES, Guidance, Settings

# ── from pieces to a spoken text: sides, rounds, reps, lengths and the author's own words


@dataclass(frozen=True, slots=True)
class PassContext:
    """The side, round and rep of the pass in which a text stands."""

    side: Side | None = None
    alternating: bool = False
    """Whether the side changes with every rep, and is nobody's between them."""
    round: int | None = None
    rounds: int | None = None
    rep: int | None = None
    reps: int | None = None
    hold: float | None = None
    """Seconds of the hold that `{hold}` means."""
    first: bool = True
    """Whether this is the first pass through everything around it."""
    later: bool = False
    """Whether something around it is in its second round or a later one."""
    via: Place | None = None
    """The `use` that brought this part in."""


@dataclass(frozen=True, slots=True)
class SentenceWriter:
    """What turns a sentence into words."""

    phrases: Phrases
    own: Mapping[str, str]
    """The routine's `words:`."""

    def sentence(self, sentence: Sentence, context: PassContext, next_title: str = "") -> str:
        """The text of a sentence, begun with a capital."""
        said = "".join(self._piece(piece, context, next_title) for piece in sentence.pieces)
        return capital(" ".join(said.split()))

    def stressed(self, sentence: Sentence, context: PassContext, next_title: str = "") -> str:
        """The same with `*` around its stressed words; empty where none are."""
        if not any(piece.stressed for piece in sentence.pieces):
            return ""
        pieces = ((self._piece(piece, context, next_title), piece) for piece in sentence.pieces)
        said = "".join(_between_stars(text) if piece.stressed else text for text, piece in pieces)
        return " ".join(said.split())

    def _piece(self, piece: Piece, context: PassContext, next_title: str) -> str:
        if isinstance(piece, Text):
            return piece.text
        if isinstance(piece, Sided):
            return piece.right if context.side is Side.RIGHT else piece.left
        return next_title if piece.name == "next" else self._word(piece.name, context)

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
    """The text in asterisks, its outer spaces outside of them."""
    words = text.strip()
    return text.replace(words, f"*{words}*", 1) if words and "*" not in words else text


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def names_side(sentence: Sentence) -> bool:
    """Whether its words change with the side."""
    return any(
        isinstance(piece, Sided)
        or (isinstance(piece, Word) and piece.name in ("side", "other side"))
        for piece in sentence.pieces
    )


def asks_for(sentence: Sentence, word: str) -> Word | None:
    """The piece `{word}` of the sentence, where it has one."""
    pieces = (piece for piece in sentence.pieces if isinstance(piece, Word))
    return next((piece for piece in pieces if piece.name == word), None)


# ── the sheet that `unroll` writes on: items in order, and what it meets on the way


MOST_ITEMS = 200_000
"""A routine that unrolls to more is refused: twelve hours hold fewer."""

SENTENCE = Gap(0.7, 0.4, 2.0)
PARAGRAPH = Gap(1.6, 0.9, 4.0)
BEFORE_HOLD = Gap(1.2, 0.8, 3.0)
AFTER_CHIME = Gap(1.5, 1.0, 3.5)
STEP = Gap(1.6, 1.0, 4.0)
CHAPTER = Gap(2.2, 1.4, 5.0)


@dataclass(slots=True)
class Unroller:
    """What is being unrolled, and what has come of it so far."""

    routine: Routine
    settings: Settings
    phrases: Phrases
    choices: Choices
    used: Mapping[Place, Routine]
    wording: SentenceWriter
    titles: tuple[str, ...] | None = None
    """The chapters' titles in order, once they are known."""
    items: list[Item] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    counts: dict[Place, Count] = field(default_factory=dict)
    optionals: dict[Place, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    says_holds: bool = False
    cues_move: bool = False
    asks_next: bool = False
    _last_slowness: int = 0
    """The slowness of the words spoken last."""
    _numbers: dict[int, str] = field(default_factory=dict)
    _breath: float = field(init=False)
    """Seconds of one breath."""

    def __post_init__(self) -> None:
        self._breath = self.settings.breath_seconds

    @property
    def quiet(self) -> bool:
        """Whether only names, sides, counts and chimes are wanted."""
        return self.settings.guidance is Guidance.QUIET

    @property
    def brief(self) -> bool:
        """Whether instructions are wanted on the first pass alone."""
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
        """Write one more item.

        Raises:
            RoutineError: there are more than any session can hold.
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
        """Speak a text, then pause as after a sentence; an empty text is nothing."""
        if text:
            self.add(self.spoken(text, place, context, kind))
            self.add(SENTENCE)

    def say_sentence(self, sentence: Sentence, context: PassContext) -> None:
        """Speak a sentence, then pause; one that comes to no words is nothing."""
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
        """A plain timed silence, without marks."""
        length = self.elastic_length(timed.length, timed.place, context)
        origin = self.origin(timed.place, context)
        self.add(TimedSilence(kind, length, origin, name=kind.value, elastic=timed.length.elastic))

    def number(self, number: int) -> str:
        """A whole number in words; they come often."""
        if number not in self._numbers:
            self._numbers[number] = self.phrases.number(number)
        return self._numbers[number]

    # ── making ───────────────────────────────────────────────────────────────

    def origin(self, place: Place, context: PassContext) -> EventOrigin:
        """What surrounds a moment written at `place`."""
        side = None if context.alternating and context.rep is None else context.side
        return EventOrigin(self.at(place, context), side, context.round, context.rep, self.chapter)

    def at(self, place: Place, context: PassContext) -> Place:
        """The place, with the `use` that led to it."""
        return replace(place, via=context.via) if context.via else place

    def spoken(
        self,
        text: str,
        place: Place,
        context: PassContext,
        kind: EventKind = EventKind.SAY,
        stressed: str = "",
    ) -> Sound:
        """A text as a sound; `stressed` is the same with `*` around its stressed words."""
        origin = self.origin(place, context)
        return Sound(kind, Words(text, self._slowness(origin.place), stressed), origin, text)

    def spoken_sentence(self, sentence: Sentence, context: PassContext) -> Sound:
        """A sentence as a sound; `{hold}` and `{next}` are noted."""
        self.says_holds |= asks_for(sentence, "hold") is not None
        word = asks_for(sentence, "next")
        next_title = self._next_title(word, context) if word else ""
        text = self.wording.sentence(sentence, context, next_title)
        stressed = self.wording.stressed(sentence, context, next_title)
        return self.spoken(text, sentence.place, context, stressed=stressed)

    def _slowness(self, place: Place) -> int:
        """How slowly words are spoken: by where they are written, so that a repeat is the same."""
        if self.settings.mood is None:
            return 0
        first, last = self._first_line, len(self.routine.lines)
        share = (place.outermost.line - first) / max(1, last - first)
        return round(MOST_SLOWNESS * min(1.0, max(0.0, share)))

    def struck(self, role: str, place: Place, context: PassContext) -> Sound | None:
        """The chime of a role as a sound; None where the routine has silenced it."""
        name = self.settings.chimes[role]
        if name is None:
            return None
        source = self._chime_source(name, role)
        return Sound(EventKind.CHIME, source, self.origin(place, context), role, whole=False)

    def named_chime(self, strike: Strike, context: PassContext) -> Sound | None:
        """`[chime]` or `[chime bowl]` as a sound."""
        if strike.chime is None:
            return self.struck("start", strike.place, context)
        source = self._chime_source(strike.chime, "start")
        return Sound(
            EventKind.CHIME, source, self.origin(strike.place, context), strike.chime, whole=False
        )

    def sound_file(self, sound: PlaySound, context: PassContext) -> Sound:
        """`[sound waves.flac]` as a sound."""
        place = self.at(sound.place, context)
        return Sound(
            EventKind.SOUND,
            SoundFile(sound.path, place),
            self.origin(sound.place, context),
            sound.path,
        )

    def _chime_source(self, name: str, role: str) -> Source:
        if is_path(name):
            # the session's settings name it, whichever routine's step strikes it
            settings = (setting for setting in self.routine.front if setting.name == "chimes")
            places = (setting.places.get(role, setting.place) for setting in settings)
            place = next(places, Place(self.routine.source, 1))
            return SoundFile(name, place, struck=True)
        full = name.endswith(tuple(f"-{role}" for role in CHIME_ROLES)) or name == "tick"
        return Chime(name if full else f"{name}-{role}")

    def elastic_length(self, length: Length, place: Place, context: PassContext) -> ElasticLength:
        """A length in seconds, shared by every pass through the same clause."""
        low, high = length.at(0, self._breath), length.at(1, self._breath)
        return ElasticLength(low, high, self.at(place, context))

    def seconds(self, length: Length) -> float:
        """The length at the point chosen, in seconds."""
        self.cues_move |= length.elastic
        return length.at(self.choices.point, self._breath)

    def count(self, counted: Counted, context: PassContext) -> int:
        """How often, as chosen; an elastic count is noted for the fit."""
        place = self.at(counted.place, context)
        if counted.count.elastic:
            self.counts[place] = counted.count
        return self.choices.counts.get(place, counted.count.at(self.choices.point))

    def _next_title(self, word: Word, context: PassContext) -> str:
        self.asks_next = True
        following = len(self.chapters)
        if self.titles is None or following < len(self.titles):
            return self.titles[following] if self.titles else ""
        message = "`{next}` has no chapter after it"
        help_ = "leave it out of the last chapter"
        self.problems.append(Problem(message, help_, self.at(word.place, context)))
        return ""


def _too_much(item: Item, routine: Routine) -> Problem:
    origin = getattr(item, "origin", None)
    place = origin.place if origin else Place(routine.source, 1)
    message = f"this routine unrolls to more than {MOST_ITEMS:,} moments"
    return Problem(message, "write fewer rounds or reps, or nest fewer of them", place)
