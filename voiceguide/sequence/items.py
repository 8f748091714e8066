"""What a sequence is made of: moments in order, their lengths still elastic, in seconds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from math import inf
from typing import Self

from msgspec import Struct, field

from voiceguide.errors import Place
from voiceguide.lengths import Count
from voiceguide.routine import Moment, Side
from voiceguide.settings import Bed


class _Traits(Struct, frozen=True):
    """What follows from the kind of an event, wherever it is shown, counted or compared."""

    noun: str
    """As sentences name it: the left *hold*."""
    label: str = ""
    """What a screen says while it goes on; empty for what is no time of its own."""
    style: str = ""
    """How a bar in a terminal draws it; empty where it is not drawn."""
    step: bool = False
    """Whether it is a step by itself: after it another one begins."""
    exercise: bool = False
    """Whether it is what the session is for: drawn large, and as long on both sides."""
    spoken: bool = False
    """Whether its text is what is said."""
    line: bool = False
    """Whether pictures draw it as a thin line."""


class EventKind(Enum):
    """What an event of a session is. A new kind is one more row here."""

    SAY = "say", _Traits("line", style="speech", spoken=True, line=True)
    HOLD = "hold", _Traits("hold", "hold", "hold", step=True, exercise=True)
    REST = "rest", _Traits("rest", "rest", "rest", step=True, line=True)
    PAUSE = "pause", _Traits("pause", "pause")
    SEGMENT = "segment", _Traits("segment", "segment", "hold", step=True, exercise=True)
    REPS = "reps", _Traits("reps", "reps", step=True, exercise=True)
    REP = "rep", _Traits("rep", style="reps")
    READY = "ready", _Traits("ready", "get ready", "ready")
    CHANGE = "change", _Traits("change of sides", "change sides", "ready")
    WAIT = "wait", _Traits("wait", "when you are ready", "rest", line=True)
    CHIME = "chime", _Traits("chime")
    SOUND = "sound", _Traits("sound", style="sound", line=True)
    COUNT = "count", _Traits("number", style="speech", spoken=True)

    def __new__(cls, word: str, _traits: _Traits) -> Self:
        """A member whose value is the word that plans and proofs write."""
        kind = object.__new__(cls)
        kind._value_ = word
        return kind

    def __init__(self, _word: str, traits: _Traits) -> None:
        self.noun, self.label, self.style = traits.noun, traits.label, traits.style
        self.step, self.exercise = traits.step, traits.exercise
        self.spoken, self.line = traits.spoken, traits.line

    @property
    def timed(self) -> bool:
        """Whether it is time that a listener is in for a while, and other events may lie in."""
        return bool(self.label)


SLOWNESS_STEP = 0.03
"""The part of the pace by which a step slows speech down."""

MOST_SLOWNESS = 4
"""Steps: 12 % in all. More is no calmer, and long sentences fall apart."""


# ── what sounds ──────────────────────────────────────────────────────────────


class Words(Struct, frozen=True):
    """A text to be spoken."""

    text: str
    slowness: int = 0
    """How much slower than at the session's pace, in steps of `SLOWNESS_STEP`."""
    stressed: str = ""
    """The text with `*` around its stressed words, where it has any."""
    voice: str = ""
    """`ENGINE:VOICE`; empty for the session's own."""
    words_a_minute: int = 0
    """Its pace; 0 for the session's own."""

    @property
    def said(self) -> str:
        """What a speaker is given."""
        return self.stressed or self.text


class Chime(Struct, frozen=True):
    """A chime of the library, by its full name: `bowl-start`, `tick`."""

    name: str


TICKS = ("tick", "breath_in", "breath_hold", "breath_out")
"""The soft sounds within reps; those of breaths rise, stay and fall."""


class SoundFile(Struct, frozen=True):
    """A sound of the author's, by its path as written."""

    path: str
    place: Place
    struck: bool = False
    """Whether it is a chime: those are levelled otherwise."""

    def __eq__(self, other: object) -> bool:
        """Whether it is the same sound, wherever it is written."""
        return isinstance(other, SoundFile) and self._sound == other._sound

    def __hash__(self) -> int:
        return hash(self._sound)

    @property
    def _sound(self) -> tuple[str, bool]:
        return self.path, self.struck


Source = Words | Chime | SoundFile
"""What an event sounds like; the key to its clip."""


# ── moments ──────────────────────────────────────────────────────────────────


class EventOrigin(Struct, frozen=True):
    """What surrounds a moment: where it was written, its side, round and rep."""

    place: Place
    side: Side | None = None
    round: int | None = None
    rep: int | None = None
    chapter: int | None = None
    """The chapter it stands in, as an index."""
    step: str | None = None
    """The name of the step it belongs to, where it has one."""


class ElasticLength(Struct, frozen=True):
    """An elastic length in seconds. Equal `share`s are equally long, to the sample."""

    low: float
    high: float
    share: Hashable


class Sound(Struct, frozen=True):
    """Something that sounds: a text, a chime, a file."""

    kind: EventKind
    source: Source
    origin: EventOrigin
    name: str | None = None
    """The event's text: the words spoken, or a chime's role."""
    whole: bool = True
    """Whether what follows waits for its end; a chime rings on under what follows."""
    asks_remaining: int | None = None
    """Which of the texts that say `{remaining}` it is; None where it does not."""


class Gap(Struct, frozen=True):
    """A pause that makes speech calm: seconds, natural and at the least and the most."""

    natural: float
    low: float
    high: float

    def widened(self, slowness: int) -> Gap:
        """The pause among words of such a slowness: up to half as long again."""
        if not slowness:
            return self
        factor = 1 + 0.5 * slowness / MOST_SLOWNESS
        return Gap(self.natural * factor, self.low * factor, self.high * factor)


Run = tuple[tuple[float, Sound], ...]
"""Sounds one after another, each with the seconds of silence before it."""


class Mark(Struct, frozen=True):
    """Something that sounds inside a `Still`, at a moment of it."""

    moment: Moment
    seconds: float
    """After the start (START, AT), between repetitions (EVERY), before the end (LAST)."""
    runs: tuple[Run, ...]
    """For EVERY: in turn. For others: the first that fits, in order of preference."""
    label: str
    """How messages name it: `half`, `last 5s`."""
    place: Place
    gives_way: bool = False
    """Whether it is left out where it does not fit; a mark that does not give way is a problem."""
    group: str = ""
    """Marks of one group stand or give way together: a count-down."""
    least: float = 0.0
    """Seconds: it has no place in a shorter `Still`."""
    most: float = inf
    """Seconds: it has no place in a `TimedSilence` of so many or more."""
    begun: bool = False
    """Whether it has begun to sound, in a session that is being played: it stays where it is."""
    built_in: bool = False
    """Whether the words are the program's own: of them the last run is taken where none fits, and
    that is no problem."""
    ends: bool = False
    """Whether its end stands at its moment, not its beginning."""
    once: str = ""
    """Of all marks of one such name, here and in silences that follow, the first that fits is
    heard alone."""
    overrun: Run = ()
    """What is said before the last run is taken, and sounds on behind the end of the silence."""
    room: float = 0.0
    """Seconds behind the end of the silence in which the overrun must be over."""


class Beat(Struct, frozen=True):
    """A metronome: a sound every so many seconds, from the first moment on."""

    seconds: float
    sound: Sound


class TimedSilence(Struct, frozen=True):
    """A timed silence: a hold, a rest, a phase of a rep, …"""

    kind: EventKind | None
    """None for a phase of a rep, which is no event of its own."""
    length: ElasticLength
    origin: EventOrigin
    marks: tuple[Mark, ...] = ()
    name: str = "hold"
    """How messages name it."""
    elastic: bool = False
    """Whether its length was written as a range."""
    since: float = 0.0
    """Seconds: so much of it has been played, and only marks that have begun stand in there."""
    text: str | None = None
    """The event's text: what a segment is called."""
    beat: Beat | None = None


class Open(Struct, frozen=True):
    """The beginning of an event that spans what follows, up to its `Close`."""

    kind: EventKind
    origin: EventOrigin
    text: str | None = None
    beat: Beat | None = None


class Close(Struct, frozen=True):
    """The end of the innermost open event."""


class PeriodStart(Struct, frozen=True):
    """A period begins: what follows, up to its `PeriodEnd`, lasts exactly so long."""

    length: ElasticLength


class PeriodEnd(Struct, frozen=True):
    """What is left of the period is rest; its own `length` is not asked."""

    rest: TimedSilence


class ChapterStart(Struct, frozen=True):
    """A chapter begins with what follows."""

    index: int


class BedStart(Struct, frozen=True):
    """Another bed from here on, until the next one."""

    bed: Bed | None
    """None for none."""
    place: Place
    own: bool = True
    """Whether it is the author's; else the session's own comes back."""


Item = BedStart | Sound | Gap | TimedSilence | Open | Close | PeriodStart | PeriodEnd | ChapterStart


class Chapter(Struct, frozen=True):
    """A heading: its title and its level (1 for `##`)."""

    title: str
    level: int


class Choices(Struct, frozen=True):
    """What `unroll` has to know of the fit: one point, some counts, what is left out."""

    point: float = 0.5
    counts: Mapping[Hashable, int] = field(default_factory=dict)
    """Counts chosen otherwise than by `point`."""
    dropped: frozenset[Place] = frozenset()
    """The `optional` steps left out."""
    remaining: Mapping[int, float] = field(default_factory=dict)
    """Seconds that remain of the session at each text that says them, in their order."""


class Sequence(Struct, frozen=True):
    """What will happen, in order: repeats, sides, guidance and options unrolled."""

    items: tuple[Item, ...]
    chapters: tuple[Chapter, ...]
    counts: Mapping[Hashable, Count]
    """The elastic counts it depends on, in the order met."""
    optionals: tuple[Place, ...]
    """The optional steps it holds, in the order met."""
    says_holds: bool
    """Whether a text says a chosen length (`{hold}`), and so depends on the point."""
    lead_in: float
    lead_out: float
    """Seconds."""
    cues_move: bool = False
    """Whether a cue stands at a moment, or holds a pause, that depends on the point."""
    winds_down: bool = False
    """Whether levels settle in the course of it."""
    fade: float = 0.0
    """Seconds at the end in which everything fades to silence."""
    wake: Source | None = None
    """What is heard, hardly, shortly before sound that follows a long silence."""

    def sources(self) -> list[Source]:
        """Everything that may sound, once each, in order."""
        return list(dict.fromkeys(sound.source for sound in self.sounds()))

    def words(self) -> list[Words]:
        """Everything that may be spoken, once each, in order."""
        return [source for source in self.sources() if isinstance(source, Words)]

    def sounds(self) -> Iterator[Sound]:
        """Everything that may sound, in order, as often as it does."""
        for item in self.items:
            if isinstance(item, Sound):
                yield item
            elif isinstance(item, TimedSilence | PeriodEnd):
                silence = item if isinstance(item, TimedSilence) else item.rest
                yield from _sounds_within(silence)
            elif isinstance(item, Open) and item.beat:
                yield item.beat.sound


def _sounds_within(silence: TimedSilence) -> Iterator[Sound]:
    for mark in silence.marks:
        yield from (sound for run in (*mark.runs, mark.overrun) for _, sound in run)
    if silence.beat:
        yield silence.beat.sound
