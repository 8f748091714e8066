"""What a session is made with, as plain data with the defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import asdict

from voiceguide.errors import Place
from voiceguide.routine import Side


class Guidance(Enum):
    """How much is said."""

    FULL = "full"
    BRIEF = "brief"
    QUIET = "quiet"


class Mood(Enum):
    """What becomes of levels and pace in the course of a session."""

    WIND_DOWN = "wind down"

    @property
    def lead_out(self) -> float:
        """Seconds of silence at the end, where a routine does not say: long, and soft."""
        return 12.0


class Intro(Enum):
    """How much is said before the first heading."""

    FULL = "full"
    SHORT = "short"
    """One sentence: the one that says when to stop."""
    NONE = "none"


PACES = {"calm": 130, "steady": 150, "brisk": 175}
"""Words a minute of each named pace."""

LEVELS = {"gentle": 0.0, "standard": 0.5, "strong": 1.0}
"""The point in every range of each named level."""

NOTHING = "nothing"
"""What `needs` says where nothing has to be at hand."""

CHIME_ROLES = ("start", "end", "switch", "rest", "finish", "wake")

COUNTDOWN = 3
"""Seconds."""

LEAD_OUT = 4.0
"""Seconds."""

LOUDNESS = -19.0
"""LUFS of a mono voice: as loud as -16 in stereo. Recordings are levelled to it when taken in."""

BED_LEVEL = -30.0
"""LUFS, where a bed is named without a level."""


class Bed(Struct, frozen=True):
    """A quiet sound under it all."""

    name: str
    """Of the library, or a file."""
    level: float
    """LUFS, as of a mono sound beside a voice of `LOUDNESS`."""


class LexiconName(Struct, frozen=True):
    """A pronunciation lexicon to be read."""

    path: str
    place: Place | None = None
    """None where no routine names it, but the configuration."""


class BreathPhase(Struct, frozen=True):
    """`4 in`: one phase of a breath."""

    word: str
    seconds: float


class Settings(Struct, frozen=True):
    """Everything a routine's front matter and the options say, with the defaults filled in."""

    title: str | None = None
    author: str | None = None
    description: str | None = None
    cover: str | None = None
    date: str | None = None
    """`2026`, `2026-11` or `2026-11-30`."""
    needs: tuple[str, ...] | None = None
    """What has to be at hand: `floor`, `wall`; empty is nothing, None is not said."""
    purposes: tuple[str, ...] = ()
    """The setting `for`: `release`, `warm-up`."""
    frequency: str | None = None
    """How often to practise: on the sheet, never spoken."""
    not_if: tuple[str, ...] = ()
    """When to leave it: on the sheet, and spoken once."""
    see: str | None = None
    """Who to ask, on the sheet."""
    address: str | None = None
    """`Sie`, `vous`: how the program's own words address the reader; None as the language does."""
    language: str = "en"
    voice: str | None = None
    """`ENGINE` or `ENGINE:VOICE`; None is the best one installed."""
    words_a_minute: int = PACES["calm"]
    length: float | None = None
    """Seconds."""
    point: float = LEVELS["standard"]
    """In every range: 0 the low end, 1 the high end; of no use where `length` is given."""
    guidance: Guidance = Guidance.FULL
    announce_chapters: bool = False
    countdown: int = COUNTDOWN
    """Seconds counted down at the end of a hold."""
    countdown_ticks: bool = False
    """Whether it is ticks, and not numbers."""
    count_in: int = 0
    """Seconds counted down before a hold, a segment or reps begin; 0 for none."""
    phase_words: bool = False
    """Whether every rep says the words of its phases, and not the first ones alone."""
    seed: str | None = None
    """What `shuffle` draws its order from; None is the routine's own text."""
    halfway: bool = True
    first_side: Side = Side.LEFT
    chimes: Mapping[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(CHIME_ROLES, "bowl")
    )
    """A role's family, full chime name (`bell-end`) or file; None is silence."""
    bed: Bed | None = None
    loudness: float = LOUDNESS
    """LUFS of the voice, as of a mono sound; chimes, sounds and bed follow it."""
    breath: tuple[BreathPhase, ...] = (BreathPhase("in", 4.0), BreathPhase("out", 6.0))
    say: Mapping[str, str] = field(default_factory=dict)
    lexicons: tuple[LexiconName, ...] = ()
    """The setting `lexicon`: of a word that stands in more than one, the first one's."""
    words: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)
    lead_in: float = 1.0
    """Seconds."""
    lead_out: float | None = None
    """Seconds; None is the mood's, or `LEAD_OUT`."""
    mood: Mood | None = None
    intro: Intro = Intro.FULL
    finish: bool = True
    """Whether words and a chime say that the session is over."""
    fade: float = 0.0
    """The setting `ending`: seconds in which everything fades to silence at the end."""
    allow: frozenset[str] = frozenset()
    """The rules for authors that are switched off."""
    options: frozenset[str] = frozenset()
    """The `option NAME`s asked for."""
    asked: frozenset[str] = frozenset()
    """The names of the settings that the front matter or an option says."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where the front matter says a setting, by its name; none of those that options say."""

    def __eq__(self, other: object) -> bool:
        """Whether the same holds, whoever says it, and wherever."""
        return isinstance(other, Settings) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]  # as of the maps that it holds

    def _values(self) -> dict[str, object]:
        return {**asdict(self), "asked": self.one_bed, "places": None}

    @property
    def one_bed(self) -> bool:
        """Whether an option says the bed: it is that of all the session, whatever prose lays."""
        return "bed" in self.asked and "bed" not in self.places

    @property
    def countdown_asked(self) -> bool:
        """Whether somebody wrote `countdown`: a default gives way as a whole."""
        return "countdown" in self.asked

    @property
    def restful(self) -> bool:
        """Whether it is for rest, in which nobody wants to be counted down."""
        return self.mood is Mood.WIND_DOWN or "rest" in self.purposes

    @property
    def tail(self) -> float:
        """The seconds of silence at the end."""
        if self.lead_out is not None:
            return self.lead_out
        return self.mood.lead_out if self.mood else LEAD_OUT

    @property
    def breath_seconds(self) -> float:
        """The length of one breath."""
        return sum(phase.seconds for phase in self.breath)
