"""A routine as its author wrote it: frozen data, each node with its place; nothing chosen yet.

Routine ─ front: Setting…
        └ body: Heading | Prose | Note | Step …
                                       Step ─ dose: Dose
                                            ├ body: Prose | Note | Step …
                                            └ cues: Cue …
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from voiceguide.errors import Place
from voiceguide.lengths import Count, Length


class Side(Enum):
    """A side of the body."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Sides(Enum):
    """What a step says of the sides."""

    UNSAID = "unsaid"
    EACH = "each side"
    ALTERNATE = "alternate sides"
    LEFT = "left side"
    RIGHT = "right side"


# ── prose ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be spoken as they stand."""

    text: str
    stressed: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """`{name}`: a word that changes with side, round, rep, or stands under `words:`."""

    name: str
    place: Place
    stressed: bool = False


@dataclass(frozen=True, slots=True)
class Sided:
    """`{left form|right form}`."""

    left: str
    right: str
    place: Place
    stressed: bool = False


Piece = Text | Word | Sided


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of prose; it is spoken in one breath."""

    pieces: tuple[Piece, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Silence:
    """`[4s]`: a silence in the prose."""

    length: Length
    place: Place


@dataclass(frozen=True, slots=True)
class Strike:
    """`[chime]`, `[chime bowl]`, `- chime`: a chime; no name means the routine's own family."""

    chime: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class PlaySound:
    """`[sound waves.flac]`: a sound file, by its path as written."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class Break:
    """A blank line within prose: a longer pause."""

    place: Place


Spoken = Sentence | Silence | Strike | PlaySound | Break
"""What prose is made of, in the order it stands."""


@dataclass(frozen=True, slots=True)
class Prose:
    """One run of prose, up to the next bullet, heading or note."""

    parts: tuple[Spoken, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Heading:
    """`## Heading`: a chapter. `level` is 1 for `##`, 2 for `###`, and so on."""

    level: int
    title: str
    place: Place


@dataclass(frozen=True, slots=True)
class Note:
    """`> …`: for the reader, never spoken."""

    text: str
    place: Place


# ── timed steps ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Timed:
    """A clause with a length: `hold 30s`, `rest 10s`, `ready 5s`, `every 4s`, …"""

    length: Length
    place: Place


@dataclass(frozen=True, slots=True)
class Counted:
    """A clause with a count: `3 rounds`, `4-6 times`, `20 reps`, `6 breaths`."""

    count: Count
    place: Place


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a rep: a word and a length, such as `lift 2s`."""

    word: str
    length: Length
    place: Place


@dataclass(frozen=True, slots=True)
class Use:
    """`use NAME`: another routine's chapters."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Option:
    """`option NAME`."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Dose:
    """The clauses of a bullet, each at most once, as written."""

    text: str
    """The bullet's line after the dash, for handouts and messages."""
    hold: Timed | None = None
    rest: Timed | None = None
    pause: Timed | None = None
    wait: Timed | None = None
    rounds: Counted | None = None
    reps: Counted | None = None
    breaths: bool = False
    """Whether `reps` was written as `6 breaths`."""
    phases: tuple[Phase, ...] = ()
    every: Timed | None = None
    sides: Sides = Sides.UNSAID
    change: Timed | None = None
    ready: Timed | None = None
    optional: bool = False
    option: Option | None = None
    chime: Strike | None = None
    use: Use | None = None


class Moment(Enum):
    """When a cue is spoken."""

    FIRST = "first"
    AGAIN = "again"
    START = "start"
    HALF = "half"
    AT = "at"
    EVERY = "every"
    LAST = "last"
    END = "end"


@dataclass(frozen=True, slots=True)
class Cue:
    """`- half: …`: words spoken at a moment of the step above it."""

    moment: Moment
    length: Length | None
    """The `20s` of `at 20s`, the `2 min` of `every 2 min`, the `5s` of `last 5s`."""
    texts: tuple[tuple[Spoken, ...], ...]
    """What is said; more than one only where `every` takes its texts in turn."""
    count_down: bool
    """Whether the text is `count down`; then `texts` is empty."""
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """`- …`: a timed step, with everything indented under it."""

    dose: Dose
    body: tuple[Prose | Note | Step, ...]
    cues: tuple[Cue, ...]
    place: Place


Block = Heading | Prose | Note | Step


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the front matter: its value as YAML read it, and where it stands."""

    name: str
    value: object
    place: Place
    """Of the key."""
    places: dict[str, Place]
    """Where the keys of a mapping value stand; empty for other values."""
    value_place: Place | None = None
    """Where the value stands; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Routine:
    """What the author wrote."""

    source: str
    """The name that messages show: a path, `-`, or a library name."""
    title: str | None
    """The `# Title`; the front matter's `title` is a setting and beats it."""
    front: tuple[Setting, ...]
    body: tuple[Block, ...]
    lines: tuple[str, ...]
    """The file's lines, to show in problems."""

    def steps(self) -> Iterator[Step]:
        """Every step, at any depth, in the order written."""
        for block in self.body:
            if isinstance(block, Step):
                yield from _walk(block)

    def spoken(self) -> Iterator[Spoken]:
        """Everything that prose and cues are made of, prose first."""
        bodies = (self.body, *(step.body for step in self.steps()))
        for block in (block for body in bodies for block in body):
            if isinstance(block, Prose):
                yield from block.parts
        for cue in (cue for step in self.steps() for cue in step.cues):
            yield from (part for text in cue.texts for part in text)


def _walk(step: Step) -> Iterator[Step]:
    yield step
    for child in step.body:
        if isinstance(child, Step):
            yield from _walk(child)
