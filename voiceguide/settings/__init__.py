"""Settings: front matter, configuration and options, merged into one validated object.

This module holds that object, `Settings`, with the defaults filled in. `table` lists all settings,
`merge` reads and merges what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import asdict

from voiceguide.errors import Place
from voiceguide.routine import Side


class Guidance(Enum):
    """How much is spoken."""

    FULL = "full"
    BRIEF = "brief"
    QUIET = "quiet"


class Mood(Enum):
    """How levels and pace change in the course of a session."""

    WIND_DOWN = "wind down"

    @property
    def lead_out(self) -> float:
        """Seconds of silence at the end if the routine sets none: long, for a soft end."""
        return 12.0


class Intro(Enum):
    """How much is spoken before the first heading."""

    FULL = "full"
    SHORT = "short"
    """Only the sentence that says when to stop."""
    NONE = "none"


PACES = {"calm": 130, "steady": 150, "brisk": 175}
"""The named paces, in words a minute."""

LEVELS = {"gentle": 0.0, "standard": 0.5, "strong": 1.0}
"""The named levels, each a point in every range: 0 the low end, 1 the high end."""

NOTHING = "nothing"
"""The value of `needs` if nothing has to be at hand."""

CHIME_ROLES = ("start", "end", "switch", "rest", "finish", "wake")

COUNTDOWN = 3
"""Seconds counted down at the end of a hold by default."""

LEAD_OUT = 4.0
"""Seconds of silence at the end by default."""

LOUDNESS = -19.0
"""LUFS of a mono voice, as loud as -16 in stereo. Recordings are levelled to it when imported."""

BED_LEVEL = -30.0
"""LUFS of a bed that is named without a level."""


class Bed(Struct, frozen=True):
    """A quiet sound under the whole session."""

    name: str
    """The name of a bed in the library, or a path."""
    level: float
    """LUFS of the bed as a mono sound, beside a voice of `LOUDNESS`."""


class LexiconName(Struct, frozen=True):
    """A pronunciation lexicon to be read."""

    path: str
    place: Place | None = None
    """None if the configuration names it, and not a routine."""


class BreathPhase(Struct, frozen=True):
    """`4 in`: one phase of a breath."""

    word: str
    seconds: float


class Settings(Struct, frozen=True):
    """All settings from configuration, front matter and options, with the defaults filled in."""

    title: str | None = None
    author: str | None = None
    description: str | None = None
    cover: str | None = None
    date: str | None = None
    """`2026`, `2026-11` or `2026-11-30`."""
    needs: tuple[str, ...] | None = None
    """What has to be at hand: `floor`, `wall`; empty for nothing, None if not set."""
    purposes: tuple[str, ...] = ()
    """The setting `for`: `release`, `warm-up`."""
    frequency: str | None = None
    """How often to practise: on the sheet, never spoken."""
    not_if: tuple[str, ...] = ()
    """When not to do the routine: on the sheet, and spoken once."""
    see: str | None = None
    """Who to ask, on the sheet."""
    address: str | None = None
    """How built-in words address the listener: `sie`, `vous`; None for the language's default."""
    language: str = "en"
    voice: str | None = None
    """`ENGINE` or `ENGINE:VOICE`; None for the best one installed."""
    words_a_minute: int = PACES["calm"]
    length: float | None = None
    """Seconds that the whole session lasts; None for as long as it takes."""
    point: float = LEVELS["standard"]
    """The point in every range: 0 the low end, 1 the high end; ignored if `length` is set."""
    guidance: Guidance = Guidance.FULL
    announce_chapters: bool = False
    countdown: int = COUNTDOWN
    """Seconds counted down at the end of a hold."""
    countdown_ticks: bool = False
    """Whether the countdown is ticks instead of numbers."""
    count_in: int = 0
    """Seconds counted down before a hold, a segment or reps begin; 0 for none."""
    phase_words: bool = False
    """Whether every rep says the words of its phases, instead of only the first reps."""
    seed: str | None = None
    """The seed of the order that `shuffle` draws; None for the routine's own text."""
    halfway: bool = True
    first_side: Side = Side.LEFT
    chimes: Mapping[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(CHIME_ROLES, "bowl")
    )
    """For each role a family, a full chime name (`bell-end`) or a path; None for silence."""
    bed: Bed | None = None
    loudness: float = LOUDNESS
    """LUFS of the voice as a mono sound; chimes, sounds and bed follow it."""
    breath: tuple[BreathPhase, ...] = (BreathPhase("in", 4.0), BreathPhase("out", 6.0))
    say: Mapping[str, str] = field(default_factory=dict)
    lexicons: tuple[LexiconName, ...] = ()
    """The setting `lexicon`; if several contain a word, the first one wins."""
    words: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)
    lead_in: float = 1.0
    """Seconds of silence at the start."""
    lead_out: float | None = None
    """Seconds of silence at the end; None for the mood's, or `LEAD_OUT`."""
    mood: Mood | None = None
    intro: Intro = Intro.FULL
    finish: bool = True
    """Whether words and a chime announce the end of the session."""
    fade: float = 0.0
    """The setting `ending`: seconds in which everything fades to silence at the end."""
    allow: frozenset[str] = frozenset()
    """The rules for authors that are switched off."""
    options: frozenset[str] = frozenset()
    """The names of the `option NAME` clauses that are switched on."""
    asked: frozenset[str] = frozenset()
    """The names of the settings that the front matter or an option sets."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """The places of settings in the front matter, by name; settings from options have none."""

    def __eq__(self, other: object) -> bool:
        """Whether both have the same effect, wherever the settings were written."""
        return isinstance(other, Settings) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]  # it holds maps, which cannot be hashed

    def _values(self) -> dict[str, object]:
        return {**asdict(self), "asked": self.one_bed, "places": None}

    @property
    def one_bed(self) -> bool:
        """Whether an option sets the bed; it then replaces all beds that prose names."""
        return "bed" in self.asked and "bed" not in self.places

    @property
    def countdown_asked(self) -> bool:
        """Whether front matter or an option sets `countdown`; only a default is dropped whole."""
        return "countdown" in self.asked

    @property
    def restful(self) -> bool:
        """Whether the session is for rest, in which nobody wants a countdown."""
        return self.mood is Mood.WIND_DOWN or "rest" in self.purposes

    @property
    def tail(self) -> float:
        """Seconds of silence at the end."""
        if self.lead_out is not None:
            return self.lead_out
        return self.mood.lead_out if self.mood else LEAD_OUT

    @property
    def breath_seconds(self) -> float:
        """Seconds of one breath."""
        return sum(phase.seconds for phase in self.breath)
