"""A routine as its author wrote it: frozen data, each node with its place, ranges still open.

Routine ─ front: Setting…
        └ body: Heading | Prose | Note | Picture | Step …
                                                 Step ─ name, dose: Dose
                                                      ├ body: Prose | Note | Picture | Step …
                                                      └ cues: Cue …
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.lengths import Count, Length
from voiceguide.patterns import late


class Side(Enum):
    """A side of the body."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Sides(Enum):
    """What a step says about sides."""

    UNSAID = "unsaid"
    EACH = "each side"
    ALTERNATE = "alternate sides"
    LEFT = "left side"
    RIGHT = "right side"


# ── prose ────────────────────────────────────────────────────────────────────


class Text(Struct, frozen=True):
    """Words to be spoken as they stand."""

    text: str
    stressed: bool = False


class Word(Struct, frozen=True):
    """`{name}`: a word that changes with side, round or rep, or is defined under `words:`.

    Built in are `side`, `other side`, `round`, `rounds`, `rep`, `reps`, `hold`, `next` (the next
    step's name in a group, else the next chapter's title), `step`, `steps`, `step name` and
    `remaining` (of the session).
    """

    name: str
    place: Place
    stressed: bool = False
    otherwise: str | None = None
    """What is said if the word is empty: the text after the bar in `{name|}`. None leaves the whole
    sentence out."""


class Sided(Struct, frozen=True):
    """`{left form|right form}`: words that differ between the sides."""

    left: str
    right: str
    place: Place
    stressed: bool = False


Piece = Text | Word | Sided


class Sentence(Struct, frozen=True):
    """One sentence of prose, spoken as one utterance."""

    pieces: tuple[Piece, ...]
    place: Place


class Silence(Struct, frozen=True):
    """`[4s]`: a silence in the prose."""

    length: Length
    place: Place


class Strike(Struct, frozen=True):
    """`[chime]`, `[chime bowl]`, `- chime`: a chime; without a name, of the routine's family."""

    chime: str | None
    place: Place


class PlaySound(Struct, frozen=True):
    """`[sound waves.flac]`: a sound file, by its path as written."""

    path: str
    place: Place


class Break(Struct, frozen=True):
    """A blank line within prose: a longer pause."""

    place: Place


class Override(Struct, frozen=True):
    """`[voice piper:en_GB-alba]`, `[pace brisk]`, `[bed waves, -32 dB]`: a setting from here on, to
    the end of the chapter."""

    setting: str
    """`voice`, `pace` or `bed`."""
    value: str
    place: Place


Spoken = Sentence | Silence | Strike | PlaySound | Override | Break
"""The parts of prose."""


class Prose(Struct, frozen=True):
    """One run of prose, up to the next bullet, heading or note."""

    parts: tuple[Spoken, ...]
    place: Place


class Heading(Struct, frozen=True):
    """`## Heading`: a chapter. `level` is 1 for `##`, 2 for `###`, and so on."""

    level: int
    title: str
    place: Place


class Note(Struct, frozen=True):
    """`> …`: for the reader, never spoken."""

    text: str
    place: Place
    professional: bool = False
    """Whether it is for the professional alone, `>> …`, and not on the patient's sheet."""


class Picture(Struct, frozen=True):
    """`![What it shows](knee.svg)` on a line of its own: for sheet and page, never spoken.

    A picture with `{left|right}` in its words shows the left side, and is mirrored for the right.
    """

    alternative: str
    """What it shows, for those who cannot see it."""
    path: str
    place: Place

    @property
    def sided(self) -> bool:
        """Whether it differs between the sides."""
        return _OF_A_SIDE.search(self.alternative) is not None

    def words(self, side: Side | None) -> str:
        """What it shows on a side; on the left one if `side` is None."""
        return _OF_A_SIDE.sub(r"\2" if side is Side.RIGHT else r"\1", self.alternative)

    def mirrored(self, side: Side | None) -> bool:
        """Whether it is mirrored on a side."""
        return side is Side.RIGHT and self.sided


_OF_A_SIDE = late(r"\{([^{}|]*)\|([^{}|]*)\}")


# ── timed steps ──────────────────────────────────────────────────────────────


class Timed(Struct, frozen=True):
    """A clause with a length: `hold 30s`, `rest 10s`, `ready 5s`, `every 4s`, …"""

    length: Length
    """The length of every pass; if passes differ, the range from the shortest to the longest."""
    place: Place
    by_round: tuple[Length, ...] = ()
    """`hold 10s/20s/30s`: the length in each round; for a rest, after each round."""
    by_side: tuple[Length, Length] | None = None
    """`hold 30s left, 60s right`: the lengths on the left and on the right."""

    def at(self, round_number: int, side: Side | None) -> Timed:
        """The clause on one pass; rounds count from 1."""
        length = self.length
        if self.by_round:
            length = self.by_round[min(round_number, len(self.by_round)) - 1]
        elif self.by_side and side:
            length = self.by_side[side is Side.RIGHT]
        return Timed(length, self.place)


class Counted(Struct, frozen=True):
    """A clause with a count: `3 rounds`, `4-6 times`, `20 reps`, `6 breaths`."""

    count: Count
    """The count of every round; if rounds differ, the range from the smallest to the greatest."""
    place: Place
    by_round: tuple[Count, ...] = ()
    """`10/8/6 reps`: the count of each round."""

    def at(self, round_number: int) -> Counted:
        """The clause in one round; rounds count from 1."""
        if not self.by_round:
            return self
        return Counted(self.by_round[min(round_number, len(self.by_round)) - 1], self.place)


class Phase(Struct, frozen=True):
    """A phase of a rep, `lift 2s`; without reps a segment, on a clock that runs on: `jog 60s`."""

    word: str
    length: Length
    place: Place
    by_round: tuple[Length, ...] = ()
    """`work 40s/30s/20s`: the length in each round."""

    def at(self, round_number: int) -> Phase:
        """The segment in one round; rounds count from 1."""
        if not self.by_round:
            return self
        length = self.by_round[min(round_number, len(self.by_round)) - 1]
        return Phase(self.word, length, self.place)


class CountIn(Struct, frozen=True):
    """`count in`, `count in 5`: the last seconds before a hold, a segment or reps are counted."""

    seconds: int | None
    """None for the number in the setting `count in`."""
    place: Place


class Use(Struct, frozen=True):
    """`use NAME`: another routine's chapters."""

    name: str
    place: Place


class Option(Struct, frozen=True):
    """`option NAME`: the step is only in the session if asked for, with `--with NAME`."""

    name: str
    place: Place


class Dose(Struct, frozen=True):
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
    breathe: Timed | None = None
    """`breathe 5 min`: the nearest number of whole breaths, which `reps` then holds; a breath takes
    as long as the phases, or 10 s if there are none."""
    phases: tuple[Phase, ...] = ()
    segments: tuple[Phase, ...] = ()
    """`work 20s, walk 90s`: words with a length in a dose without reps, in the order written."""
    every: Timed | None = None
    """The tempo of reps; of a group, the period in which each of its rounds begins."""
    sides: Sides = Sides.UNSAID
    change: Timed | None = None
    ready: Timed | None = None
    count_in: CountIn | None = None
    metronome: Counted | None = None
    """Beats a minute."""
    shuffle: bool = False
    """Whether the steps within are done in random order."""
    optional: bool = False
    option: Option | None = None
    chime: Strike | None = None
    use: Use | None = None

    def at(self, round_number: int, side: Side | None) -> Dose:
        """The dose on one pass, as passes may differ; rounds count from 1."""
        return replace(
            self,
            hold=self.hold and self.hold.at(round_number, side),
            rest=self.rest and self.rest.at(round_number, side),
            reps=self.reps and self.reps.at(round_number),
            segments=tuple(segment.at(round_number) for segment in self.segments),
        )


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


class Cue(Struct, frozen=True):
    """`- half: …`: words spoken at a moment of the step above it."""

    moment: Moment
    length: Length | None
    """The `20s` of `at 20s`, the `2 min` of `every 2 min`, the `5s` of `last 5s`."""
    texts: tuple[tuple[Spoken, ...], ...]
    """What is said; more than one only for `every`, which says its texts in turn."""
    count_down: bool
    """Whether the text is `count down`; then `texts` is empty."""
    place: Place
    segment: str = ""
    """`jog half: …`: the segment it belongs to; empty for the step's first one."""


class Step(Struct, frozen=True):
    """`- …`: a timed step, with everything indented under it."""

    dose: Dose
    body: tuple[Prose | Note | Picture | Step, ...]
    cues: tuple[Cue, ...]
    place: Place
    name: str = ""
    """`Heel slide: 3 x 10`: said before its instructions; empty if it has none."""

    @property
    def nested(self) -> list[Step]:
        """The steps directly within it."""
        return [block for block in self.body if isinstance(block, Step)]


Block = Heading | Prose | Note | Picture | Step


class Setting(Struct, frozen=True):
    """One line of the front matter: its value as YAML read it, and its place."""

    name: str
    value: object
    place: Place
    """The place of the key."""
    places: dict[str, Place]
    """The places of the keys of a mapping value; empty for other values."""
    value_place: Place | None = None
    """The place of the value; None if that is not known."""


class Routine(Struct, frozen=True):
    """A whole routine, as its author wrote it."""

    source: str
    """The name that messages show: a path, `-`, or a library name."""
    title: str | None
    """The `# Title`; the front matter's `title` is a setting and overrides it."""
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
        """Every part of prose and of cues, prose first."""
        bodies = (self.body, *(step.body for step in self.steps()))
        for block in (block for body in bodies for block in body):
            if isinstance(block, Prose):
                yield from block.parts
        for cue in (cue for step in self.steps() for cue in step.cues):
            yield from (part for text in cue.texts for part in text)


def _walk(step: Step) -> Iterator[Step]:
    yield step
    for child in step.nested:
        yield from _walk(child)
