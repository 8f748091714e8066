"""The clauses of a bullet, one by one: `hold 30s`, `3 rounds`, `each side`, `lift 2s`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from voiceguide.errors import InputError, Place, nearest, quote
from voiceguide.lengths import Count, Length, parse_count, parse_length
from voiceguide.routine import Counted, Dose, Option, Phase, Sides, Strike, Timed, Use
from voiceguide.script.context import Context
from voiceguide.script.decode import plain_name
from voiceguide.script.source import Known, Passage, read_chime, read_routine_name

# ── the clauses of a bullet, one by one: `hold 30s`, `3 rounds`, `each side`, `lift 2s`


class ClauseKind(Enum):
    """What a clause says; the value is how messages name it."""

    HOLD = "hold"
    REST = "rest"
    PAUSE = "pause"
    WAIT = "wait"
    READY = "ready"
    CHANGE = "change"
    EVERY = "every"
    ROUNDS = "rounds"
    REPS = "reps"
    BREATHS = "breaths"
    PHASE = "phase"
    SIDES = "sides"
    OPTIONAL = "optional"
    OPTION = "option"
    CHIME = "chime"
    USE = "use"


class Shape(Enum):
    """How a clause is written."""

    LENGTH = "a word, then a length"
    COUNT = "a count, then a word"
    NAME = "a word, then a name"
    WORDS = "words alone"
    FREE = "any word, then a length"


@dataclass(frozen=True, slots=True)
class ClauseForm:
    """A row of the table: how one kind of clause is written, and what may stand beside it."""

    kind: ClauseKind
    shape: Shape
    words: tuple[str, ...]
    """The words that make it this clause."""
    example: str
    alone: bool = False
    """Whether nothing but `optional` and `option` may stand beside it."""
    beside_any: bool = False
    """Whether it may stand beside what stands alone."""
    phase: bool = False
    """Whether beside reps it is a phase of them."""
    needs: tuple[ClauseKind, ...] = ()
    """Of these there must be one; empty where it needs none."""
    lacks: str = ""
    """What a message says where there is none of them."""
    way_out: str = ""


_COUNTS = (ClauseKind.REPS, ClauseKind.BREATHS)
_SIDE_WORDS = tuple(sides.value for sides in Sides if sides is not Sides.UNSAID)

CLAUSE_FORMS = (
    ClauseForm(ClauseKind.HOLD, Shape.LENGTH, ("hold",), "hold 30s", phase=True),
    ClauseForm(ClauseKind.REST, Shape.LENGTH, ("rest",), "rest 10s"),
    ClauseForm(ClauseKind.PAUSE, Shape.LENGTH, ("pause",), "pause 3s", alone=True, phase=True),
    ClauseForm(ClauseKind.WAIT, Shape.LENGTH, ("wait",), "wait 20s", alone=True),
    ClauseForm(
        *(ClauseKind.READY, Shape.LENGTH, ("ready",), "ready 5s"),
        needs=(ClauseKind.HOLD, *_COUNTS),
        lacks="needs a hold or reps",
        way_out="add `hold 30s` or `20 reps`",
    ),
    ClauseForm(ClauseKind.CHANGE, Shape.LENGTH, ("change",), "change 8s"),
    ClauseForm(
        *(ClauseKind.EVERY, Shape.LENGTH, ("every",), "every 4s"),
        needs=_COUNTS,
        lacks="needs reps",
        way_out="add `20 reps`; a cue has a colon: `- every 2 min: …`",
    ),
    ClauseForm(
        *(ClauseKind.ROUNDS, Shape.COUNT, ("round", "rounds", "time", "times"), "3 rounds"),
    ),
    ClauseForm(ClauseKind.REPS, Shape.COUNT, ("rep", "reps"), "20 reps"),
    ClauseForm(ClauseKind.BREATHS, Shape.COUNT, ("breath", "breaths"), "6 breaths"),
    ClauseForm(ClauseKind.SIDES, Shape.WORDS, _SIDE_WORDS, "each side"),
    ClauseForm(ClauseKind.OPTIONAL, Shape.WORDS, ("optional",), "optional", beside_any=True),
    ClauseForm(ClauseKind.OPTION, Shape.NAME, ("option",), "option band", beside_any=True),
    ClauseForm(ClauseKind.CHIME, Shape.NAME, ("chime",), "chime bowl", alone=True),
    ClauseForm(ClauseKind.USE, Shape.NAME, ("use",), "use low-lunge", alone=True),
    ClauseForm(
        *(ClauseKind.PHASE, Shape.FREE, (), "lift 2s"),
        needs=_COUNTS,
        lacks="is a phase, and there are no reps",
        way_out="add `20 reps` or `6 breaths`",
    ),
)
"""All clauses there are: the parser, what contradicts what, and the page read this table."""

FORMS = {form.kind: form for form in CLAUSE_FORMS}


def _words_of(*shapes: Shape) -> dict[str, ClauseKind]:
    return {word: form.kind for form in CLAUSE_FORMS if form.shape in shapes for word in form.words}


Value = Timed | Counted | Phase | Sides | Option | Strike | Use | None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, read."""

    kind: ClauseKind
    part: Passage
    value: Value = None

    @property
    def place(self) -> Place:
        """Where it stands, all of it."""
        return self.part.place()

    @property
    def text(self) -> str:
        """The clause as a message repeats it."""
        return quote(self.part.text)


class UnknownClauseError(InputError):
    """It is like no clause, so that its bullet may be prose."""


MOST_ROUNDS = 1_000
MOST_REPS = 10_000

_TIMED = _words_of(Shape.LENGTH)
_COUNTED = _words_of(Shape.COUNT)
_SIDES = {sides.value: sides for sides in Sides if sides is not Sides.UNSAID}
_COUNT = r"\d+(?:\s*(?:[-‐‑‒–—−]|to\b)\s*\d+)?"
_COUNTED_CLAUSE = re.compile(rf"({_COUNT})\s*([^\W\d]+)")
_BARE_COUNT = re.compile(rf"(?:{_COUNT})\s*[x×]?|[x×]\s*(?:{_COUNT})")
_PHASE = re.compile(r"([^\d:]*[^\d\s:])\s+(\S*\d.*)")
_BACKWARDS = re.compile(r"(.*\S)\s+([^\W\d]+)")
_MEANT = {
    "sets": "rounds",
    "set": "rounds",
    "repeats": "rounds",
    "cycles": "rounds",
    "repetitions": "reps",
    "both sides": "each side",
    "each leg": "each side",
    "each arm": "each side",
    "per side": "each side",
    "alternating": "alternate sides",
    "switch sides": "each side",
}
"""What other programs and people call it."""

CLAUSES = "a bullet holds clauses such as `hold 30s`, `3 rounds`, `20 reps`, `each side`"
HEADS = frozenset({*_TIMED, *_words_of(Shape.NAME), "optional"})
"""The words that clauses begin with, where they begin with one."""

_WORDS = HEADS | {*_COUNTED, *_SIDES}
CLAUSE_WORDS = frozenset(word for words in _WORDS for word in words.split())
"""All words that clauses are made of, but for names and phases."""

_DIGIT = re.compile(r"\d")
_NUMBERS = re.compile(r"[\d:.–-]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")


def ends_sentence(text: str) -> bool:
    """Whether a text closes like a sentence."""
    return bool(_SENTENCE_END.search(text))


def read_clause(part: Passage, context: Context) -> Clause:
    """One clause of a bullet.

    Raises:
        UnknownClauseError: it is like no clause.
        InputError: it is none, or lacks something.
    """
    text = plain_name(part.text)
    if not text:
        raise InputError("there is no clause here", "delete the comma", part.place())
    if text in _SIDES:
        return Clause(ClauseKind.SIDES, part, _SIDES[text])
    if text == ClauseKind.OPTIONAL.value:
        return Clause(ClauseKind.OPTIONAL, part)
    head = text.split()[0]
    if head in _TIMED:
        return _timed(_TIMED[head], part, part.part(len(head)))
    if head in _NAMED:
        return _NAMED[head](part, part.part(len(head)), context.known)
    return _counted(part, text) or _phase(part, text) or _refuse(part, text)


# ── clauses with a length ────────────────────────────────────────────────────


def read_length(part: Passage) -> Length:
    """A length.

    Raises:
        InputError: it is none.
    """
    try:
        return parse_length(part.text)
    except InputError as error:
        raise error.at(part.place()) from None


def _timed(kind: ClauseKind, part: Passage, rest: Passage) -> Clause:
    name = kind.value
    if not rest.text:
        message = f"`{name}` needs a length"
        raise InputError(
            message, f"write `{name} 30s`, `{name} 1:30` or `{name} 20-40s`", part.place()
        )
    if not _DIGIT.search(rest.text):
        message = f"{quote(rest.text)} is no length"
        raise UnknownClauseError(
            message, f"write `{name} 30s`; prose goes without a dash", rest.place()
        )
    return Clause(kind, part, Timed(read_length(rest), part.place()))


def _phase(part: Passage, text: str) -> Clause | None:
    found = _PHASE.fullmatch(text)
    if not found:
        return None
    try:
        length = parse_length(found[2])
    except InputError as error:
        if nearest(found[1], HEADS) or not re.fullmatch(_COUNT, found[2]):
            return None
        raise error.at(part.place()) from None
    return Clause(ClauseKind.PHASE, part, Phase(found[1], length, part.place()))


# ── clauses with a count ─────────────────────────────────────────────────────


def _counted(part: Passage, text: str) -> Clause | None:
    found = _COUNTED_CLAUSE.fullmatch(text)
    if not found or found[2] not in _COUNTED:
        return None
    kind = _COUNTED[found[2]]
    return Clause(kind, part, Counted(_count(part, found[1], kind), part.place()))


def _count(part: Passage, text: str, kind: ClauseKind) -> Count:
    try:
        count = parse_count(text)
    except InputError as error:
        raise error.at(part.place()) from None
    most = MOST_ROUNDS if kind is ClauseKind.ROUNDS else MOST_REPS
    if count.high > most:
        message = f"{quote(part.text)} is more than {most:,}"
        raise InputError(message, "write a smaller number", part.place())
    return count


# ── clauses with a name ──────────────────────────────────────────────────────


def _chime(part: Passage, rest: Passage, known: Known) -> Clause:
    name = read_chime(rest, known) if rest.text else None
    return Clause(ClauseKind.CHIME, part, Strike(name, part.place()))


def _use(part: Passage, rest: Passage, known: Known) -> Clause:
    if not rest.text:
        raise InputError("`use` needs a name", "write `use low-lunge`, or a path", part.place())
    if ends_sentence(rest.text):
        message = f"{quote(rest.text)} is no routine"
        raise UnknownClauseError(message, "write `use low-lunge`, or a path", rest.place())
    return Clause(ClauseKind.USE, part, Use(read_routine_name(rest, known), part.place()))


def _option(part: Passage, rest: Passage, known: Known) -> Clause:
    if not rest.text:
        raise InputError("`option` needs a name", "write `option band`", part.place())
    return Clause(ClauseKind.OPTION, part, Option(plain_name(rest.text), part.place()))


_NAMED: dict[str, Callable[[Passage, Passage, Known], Clause]] = {
    "chime": _chime,
    "use": _use,
    "option": _option,
}

# ── what is no clause ────────────────────────────────────────────────────────


def _refuse(part: Passage, text: str) -> Clause:
    if _is_length(text):
        way_out = f"write `hold {text}`, `rest {text}` or `pause {text}`"
        raise InputError(f"{quote(text)} does not say what it is for", way_out, part.place())
    if _BARE_COUNT.fullmatch(text):
        count = text.strip("x× ")
        way_out = f"write `{count} rounds` or `{count} reps`"
        raise InputError(f"{quote(text)} does not say of what", way_out, part.place())
    meant = _meant(text)
    message = f"unknown clause {quote(part.text)}"
    if meant:
        raise InputError(message, f"did you mean `{meant}`?", part.place())
    raise UnknownClauseError(message, CLAUSES, part.place())


def _is_length(text: str) -> bool:
    try:
        parse_length(text)
    except InputError:
        return False
    return True


def _meant(text: str) -> str | None:
    backwards = _BACKWARDS.fullmatch(text)
    if backwards and backwards[2] in _TIMED and _is_length(backwards[1]):
        return f"{backwards[2]} {backwards[1]}"
    words = _NUMBERS.sub(" ", text).split()
    plain = " ".join(words)
    if plain in _MEANT or ends_sentence(text):
        return _MEANT.get(plain)
    counts = _DIGIT.search(text) and words
    return nearest(plain, _WORDS) or (nearest(words[0], _WORDS) if counts else None)


# ── what a step does with its time, by its dose ──────────────────────────────


class StepKind(Enum):
    """What a step does with its time; the value is how messages name it."""

    HOLD = "hold"
    REPS = "reps"
    SEGMENTS = "segments"
    REST = "rest"
    PAUSE = "pause"
    WAIT = "wait"
    CHIME = "chime"
    USE = "use"
    GROUP = "group"

    @classmethod
    def of(cls, dose: Dose, *, nests: bool) -> StepKind:
        """The kind of a step; `nests` says whether there are steps within it."""
        repeats = dose.rounds is not None or dose.sides is not Sides.UNSAID
        kinds = {
            cls.CHIME: dose.chime,
            cls.USE: dose.use,
            cls.PAUSE: dose.pause,
            cls.WAIT: dose.wait,
            cls.HOLD: dose.hold,
            cls.REPS: dose.reps,
            cls.SEGMENTS: dose.segments,
            cls.REST: None if repeats or nests else dose.rest,
        }
        return next((kind for kind, clause in kinds.items() if clause), cls.GROUP)

    def timed(self, dose: Dose) -> Timed | None:
        """The silence that cues stand in."""
        silences = {
            StepKind.HOLD: dose.hold,
            StepKind.REST: dose.rest,
            StepKind.PAUSE: dose.pause,
            StepKind.WAIT: dose.wait,
        }
        return silences.get(self)
