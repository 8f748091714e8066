"""Unroll a routine into a sequence: everything that will happen, in order.

Repeats, sides, guidance and options are unrolled. Lengths are still elastic. Every text that will
be spoken is known, so that all texts can be voiced in one batch, once each. The decisions of the
fit to a requested length (the point in the ranges, counts, steps left out) come in as `Choices`:
to fit a session is to unroll it again with other choices.

This module holds the items of a sequence: moments in order, with elastic lengths in seconds.
"""

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
    """Properties of a kind of event, wherever events are shown, counted or compared."""

    noun: str
    """Its name in sentences: the left *hold*."""
    label: str = ""
    """What a screen shows while it lasts; empty if it is not a stretch of time by itself."""
    style: str = ""
    """Style of its bar in a terminal; empty if it is not drawn."""
    step: bool = False
    """Whether it is a step by itself: after it, another step begins."""
    exercise: bool = False
    """Whether it is exercise: drawn large, and equally long on both sides."""
    spoken: bool = False
    """Whether its text is spoken."""
    line: bool = False
    """Whether pictures draw it as a thin line."""


class EventKind(Enum):
    """The kind of an event. To add a kind, add a row here."""

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
        """Create a member whose value is the word that plans and proofs write."""
        kind = object.__new__(cls)
        kind._value_ = word
        return kind

    def __init__(self, _word: str, traits: _Traits) -> None:
        self.noun, self.label, self.style = traits.noun, traits.label, traits.style
        self.step, self.exercise = traits.step, traits.exercise
        self.spoken, self.line = traits.spoken, traits.line

    @property
    def timed(self) -> bool:
        """Whether it lasts for a while and may contain other events."""
        return bool(self.label)


SLOWNESS_STEP = 0.03
"""Share of the pace by which each step slows speech down."""

MOST_SLOWNESS = 4
"""Steps; 12 % in all. More is not calmer, and long sentences fall apart."""


# ── what sounds ──────────────────────────────────────────────────────────────


class Words(Struct, frozen=True):
    """A text to be spoken."""

    text: str
    slowness: int = 0
    """How much slower than the session's pace, in steps of `SLOWNESS_STEP`."""
    stressed: str = ""
    """The text with `*` around its stressed words; empty if it has none."""
    voice: str = ""
    """`ENGINE:VOICE`; empty for the session's voice."""
    words_a_minute: int = 0
    """Its pace; 0 for the session's pace."""

    @property
    def said(self) -> str:
        """The text to give to a speaker, with its stress marks if it has any."""
        return self.stressed or self.text


class Chime(Struct, frozen=True):
    """A chime of the library, by its full name: `bowl-start`, `tick`."""

    name: str


TICKS = ("tick", "breath_in", "breath_hold", "breath_out")
"""Soft sounds within reps: a tick, and the tones of a breath, which rise, stay and fall."""


class SoundFile(Struct, frozen=True):
    """A sound file of the author, by its path as written."""

    path: str
    place: Place
    struck: bool = False
    """Whether it is used as a chime; chimes are levelled differently."""

    def __eq__(self, other: object) -> bool:
        """Whether it is the same sound, no matter where it is written."""
        return isinstance(other, SoundFile) and self._sound == other._sound

    def __hash__(self) -> int:
        return hash(self._sound)

    @property
    def _sound(self) -> tuple[str, bool]:
        return self.path, self.struck


Source = Words | Chime | SoundFile
"""The sound of an event; the key to its clip."""


# ── moments ──────────────────────────────────────────────────────────────────


class EventOrigin(Struct, frozen=True):
    """Where a moment was written, with its side, round and rep."""

    place: Place
    side: Side | None = None
    round: int | None = None
    rep: int | None = None
    chapter: int | None = None
    """The index of its chapter."""
    step: str | None = None
    """The name of its step, if it has one."""


class ElasticLength(Struct, frozen=True):
    """An elastic length in seconds. Lengths with equal `share` are equally long, to the sample."""

    low: float
    high: float
    share: Hashable


class Sound(Struct, frozen=True):
    """A sound: a spoken text, a chime, a file."""

    kind: EventKind
    source: Source
    origin: EventOrigin
    name: str | None = None
    """The event's text: the words spoken, or a chime's role."""
    whole: bool = True
    """Whether the next item waits for its end; a chime rings on under the next items."""
    asks_remaining: int | None = None
    """Its index among the texts that say `{remaining}`; None if it does not say it."""


class Gap(Struct, frozen=True):
    """A pause that makes speech calm, in seconds: natural, shortest and longest."""

    natural: float
    low: float
    high: float

    def widened(self, slowness: int) -> Gap:
        """Return the pause among words of this slowness: up to half as long again."""
        if not slowness:
            return self
        factor = 1 + 0.5 * slowness / MOST_SLOWNESS
        return Gap(self.natural * factor, self.low * factor, self.high * factor)


Run = tuple[tuple[float, Sound], ...]
"""Sounds one after another, each with the seconds of silence before it."""


class Mark(Struct, frozen=True):
    """Something that sounds inside a `TimedSilence`, at a moment of it."""

    moment: Moment
    seconds: float
    """Seconds after the start (START, AT), between repetitions (EVERY), before the end (LAST)."""
    runs: tuple[Run, ...]
    """For EVERY: played in turn. Otherwise by preference: the first that fits is played."""
    label: str
    """Its name in messages: `half`, `last 5s`."""
    place: Place
    gives_way: bool = False
    """Whether it is left out if it does not fit; if it does not give way, that is a problem."""
    group: str = ""
    """Marks with the same group are kept or left out together: a count-down."""
    least: float = 0.0
    """Seconds; a shorter `TimedSilence` leaves it out."""
    most: float = inf
    """Seconds; a `TimedSilence` of this length or longer leaves it out."""
    begun: bool = False
    """Whether it has begun to sound in a session that is being played; then it stays in place."""
    built_in: bool = False
    """Whether the words are the program's own; then, if no run fits, the last one is played, and
    that is not a problem."""
    ends: bool = False
    """Whether its end, not its beginning, is at its moment."""
    once: str = ""
    """Of all marks with this name, here and in later silences, only the first that fits sounds."""
    overrun: Run = ()
    """Tried before the last run; it may sound on past the end of the silence."""
    room: float = 0.0
    """Seconds after the end of the silence by which the overrun must be over."""


class Beat(Struct, frozen=True):
    """A metronome: a sound every `seconds`, from the first moment on."""

    seconds: float
    sound: Sound


class TimedSilence(Struct, frozen=True):
    """A timed silence: a hold, a rest, a phase of a rep, …"""

    kind: EventKind | None
    """None for a phase of a rep, which is not an event."""
    length: ElasticLength
    origin: EventOrigin
    marks: tuple[Mark, ...] = ()
    name: str = "hold"
    """Its name in messages."""
    elastic: bool = False
    """Whether its length was written as a range."""
    since: float = 0.0
    """Seconds that have been played; in these, only marks that have begun are kept."""
    text: str | None = None
    """The event's text: the name of a segment."""
    beat: Beat | None = None


class Open(Struct, frozen=True):
    """The beginning of an event that spans the next items, up to its `Close`."""

    kind: EventKind
    origin: EventOrigin
    text: str | None = None
    beat: Beat | None = None


class Close(Struct, frozen=True):
    """The end of the innermost open event."""


class PeriodStart(Struct, frozen=True):
    """The beginning of a period: the items up to its `PeriodEnd` last exactly `length`."""

    length: ElasticLength


class PeriodEnd(Struct, frozen=True):
    """The end of a period: `rest` fills what is left of it, and its own `length` is ignored."""

    rest: TimedSilence


class ChapterStart(Struct, frozen=True):
    """The beginning of a chapter, before its first item."""

    index: int


class BedStart(Struct, frozen=True):
    """A change of the bed, valid until the next change."""

    bed: Bed | None
    """None for no bed."""
    place: Place
    own: bool = True
    """Whether the author asked for it; otherwise the session's own bed returns."""


Item = BedStart | Sound | Gap | TimedSilence | Open | Close | PeriodStart | PeriodEnd | ChapterStart


class Chapter(Struct, frozen=True):
    """A heading: its title and its level (1 for `##`)."""

    title: str
    level: int


class Choices(Struct, frozen=True):
    """The decisions of the fit that `unroll` needs: a point, counts, and steps left out."""

    point: float = 0.5
    counts: Mapping[Hashable, int] = field(default_factory=dict)
    """Counts that `point` does not decide."""
    dropped: frozenset[Place] = frozenset()
    """The `optional` steps that are left out."""
    remaining: Mapping[int, float] = field(default_factory=dict)
    """Seconds that remain of the session at each text that says them, by the index of the text."""


class Sequence(Struct, frozen=True):
    """Everything that will happen, in order: repeats, sides, guidance and options unrolled."""

    items: tuple[Item, ...]
    chapters: tuple[Chapter, ...]
    counts: Mapping[Hashable, Count]
    """The elastic counts it depends on, in order of first use."""
    optionals: tuple[Place, ...]
    """The optional steps it contains, in order of first use."""
    says_holds: bool
    """Whether a text says a chosen length (`{hold}`), and so depends on the point."""
    lead_in: float
    lead_out: float
    """Seconds."""
    cues_move: bool = False
    """Whether a cue's moment, or a pause in it, depends on the point."""
    winds_down: bool = False
    """Whether levels fall in the course of the session."""
    fade: float = 0.0
    """Seconds at the end over which everything fades to silence."""
    wake: Source | None = None
    """A hardly audible sound, played shortly before sound that follows a long silence."""

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
