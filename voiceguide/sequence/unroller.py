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
    MOST_EASE,
    Around,
    Chapter,
    Chime,
    Choices,
    Gap,
    Item,
    Kind,
    Sound,
    SoundFile,
    Source,
    Still,
    Stretch,
    Words,
)
from voiceguide.settings import CHIME_ROLES, Guidance, Settings

# ── from pieces to a spoken text: sides, rounds, reps, lengths and the author's own words


@dataclass(frozen=True, slots=True)
class Here:
    """Whose turn it is where a text stands."""

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
class Wording:
    """What turns a sentence into words."""

    phrases: Phrases
    own: Mapping[str, str]
    """The routine's `words:`."""

    def sentence(self, sentence: Sentence, here: Here, next_title: str = "") -> str:
        """The text of a sentence, begun with a capital."""
        said = "".join(self._piece(piece, here, next_title) for piece in sentence.pieces)
        return capital(" ".join(said.split()))

    def stressed(self, sentence: Sentence, here: Here, next_title: str = "") -> str:
        """The same with `*` around its stressed words; empty where none are."""
        if not any(piece.stressed for piece in sentence.pieces):
            return ""
        pieces = ((self._piece(piece, here, next_title), piece) for piece in sentence.pieces)
        said = "".join(_between_stars(text) if piece.stressed else text for text, piece in pieces)
        return " ".join(said.split())

    def _piece(self, piece: Piece, here: Here, next_title: str) -> str:
        if isinstance(piece, Text):
            return piece.text
        if isinstance(piece, Sided):
            return piece.right if here.side is Side.RIGHT else piece.left
        return next_title if piece.name == "next" else self._word(piece.name, here)

    def _word(self, name: str, here: Here) -> str:
        if name in self.own:
            return self.own[name]
        if name == "hold":
            return self.phrases.length(here.hold or 0.0)
        if name in ("side", "other side"):
            return self._side(name, here.side or Side.LEFT)
        number: int | None = getattr(here, name)
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
class Score:
    """What is being unrolled, and what has come of it so far."""

    routine: Routine
    settings: Settings
    phrases: Phrases
    choices: Choices
    used: Mapping[Place, Routine]
    wording: Wording
    titles: tuple[str, ...] | None = None
    """The chapters' titles in order, once they are known."""
    items: list[Item] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    counts: dict[Place, Count] = field(default_factory=dict)
    optionals: dict[Place, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    says_holds: bool = False
    asks_next: bool = False
    _eased: int = 0
    """The ease of the words spoken last."""

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
            item = item.widened(self._eased)
        elif isinstance(item, Sound) and isinstance(item.source, Words):
            self._eased = item.source.ease
        self.items.append(item)

    def say(self, text: str, place: Place, here: Here, kind: Kind = Kind.SAY) -> None:
        """Speak a text, then pause as after a sentence; an empty text is nothing."""
        if text:
            self.add(self.spoken(text, place, here, kind))
            self.add(SENTENCE)

    def say_sentence(self, sentence: Sentence, here: Here) -> None:
        """Speak a sentence, then pause; one that comes to no words is nothing."""
        sound = self.spoken_sentence(sentence, here)
        if sound.name:
            self.add(sound)
            self.add(SENTENCE)

    def chime(self, role: str, place: Place, here: Here) -> None:
        """Strike the chime of a role; it rings on under what follows."""
        sound = self.struck(role, place, here)
        if sound:
            self.add(sound)

    def still(self, kind: Kind, timed: Timed, here: Here) -> None:
        """A plain timed silence, without marks."""
        stretch = self.stretch(timed.length, timed.place, here)
        around = self.around(timed.place, here)
        self.add(Still(kind, stretch, around, name=kind.value, elastic=timed.length.elastic))

    # ── making ───────────────────────────────────────────────────────────────

    def around(self, place: Place, here: Here) -> Around:
        """What surrounds a moment written at `place`."""
        side = None if here.alternating and here.rep is None else here.side
        return Around(self.at(place, here), side, here.round, here.rep, self.chapter)

    def at(self, place: Place, here: Here) -> Place:
        """The place, with the `use` that led to it."""
        return replace(place, via=here.via) if here.via else place

    def spoken(
        self, text: str, place: Place, here: Here, kind: Kind = Kind.SAY, stressed: str = ""
    ) -> Sound:
        """A text as a sound; `stressed` is the same with `*` around its stressed words."""
        around = self.around(place, here)
        return Sound(kind, Words(text, self._ease(around.place), stressed), around, text)

    def spoken_sentence(self, sentence: Sentence, here: Here) -> Sound:
        """The words of a sentence here as a sound; `{hold}` and `{next}` are noted."""
        self.says_holds |= asks_for(sentence, "hold") is not None
        word = asks_for(sentence, "next")
        next_title = self._next_title(word, here) if word else ""
        text = self.wording.sentence(sentence, here, next_title)
        stressed = self.wording.stressed(sentence, here, next_title)
        return self.spoken(text, sentence.place, here, stressed=stressed)

    def _ease(self, place: Place) -> int:
        """How slowly words are spoken: by where they are written, so that a repeat is the same."""
        if self.settings.mood is None:
            return 0
        first, last = self._first_line, len(self.routine.lines)
        share = (place.outermost.line - first) / max(1, last - first)
        return round(MOST_EASE * min(1.0, max(0.0, share)))

    def struck(self, role: str, place: Place, here: Here) -> Sound | None:
        """The chime of a role as a sound; None where the routine has silenced it."""
        name = self.settings.chimes[role]
        if name is None:
            return None
        source = self._chime_source(name, role)
        return Sound(Kind.CHIME, source, self.around(place, here), role, whole=False)

    def named_chime(self, strike: Strike, here: Here) -> Sound | None:
        """`[chime]` or `[chime bowl]` as a sound."""
        if strike.chime is None:
            return self.struck("start", strike.place, here)
        source = self._chime_source(strike.chime, "start")
        return Sound(Kind.CHIME, source, self.around(strike.place, here), strike.chime, whole=False)

    def sound_file(self, sound: PlaySound, here: Here) -> Sound:
        """`[sound waves.flac]` as a sound."""
        place = self.at(sound.place, here)
        return Sound(
            Kind.SOUND, SoundFile(sound.path, place), self.around(sound.place, here), sound.path
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

    def stretch(self, length: Length, place: Place, here: Here) -> Stretch:
        """A length in seconds, shared by every pass through the same clause."""
        breath = self.settings.breath_seconds
        return Stretch(length.at(0, breath), length.at(1, breath), self.at(place, here))

    def seconds(self, length: Length) -> float:
        """The length at the point chosen, in seconds."""
        return length.at(self.choices.point, self.settings.breath_seconds)

    def count(self, counted: Counted, here: Here) -> int:
        """How often, as chosen; an elastic count is noted for the fit."""
        place = self.at(counted.place, here)
        if counted.count.elastic:
            self.counts[place] = counted.count
        return self.choices.counts.get(place, counted.count.at(self.choices.point))

    def _next_title(self, word: Word, here: Here) -> str:
        self.asks_next = True
        following = len(self.chapters)
        if self.titles is None or following < len(self.titles):
            return self.titles[following] if self.titles else ""
        message = "`{next}` has no chapter after it"
        help_ = "leave it out of the last chapter"
        self.problems.append(Problem(self.at(word.place, here), message, help_))
        return ""


def _too_much(item: Item, routine: Routine) -> Problem:
    around = getattr(item, "around", None)
    place = around.place if around else Place(routine.source, 1)
    message = f"this routine unrolls to more than {MOST_ITEMS:,} moments"
    return Problem(place, message, "write fewer rounds or reps, or nest fewer of them")
