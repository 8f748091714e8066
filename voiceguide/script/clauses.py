"""Read the clauses of a bullet one by one: `hold 30s`, `3 rounds`, `each side`, `lift 2s`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, Place, nearest_slip, quote
from voiceguide.lengths import Count, Length, parse_count, parse_length
from voiceguide.patterns import late
from voiceguide.routine import Counted, CountIn, Dose, Option, Phase, Sides, Strike, Timed, Use
from voiceguide.script.decode import plain_name
from voiceguide.script.foreign import tag_meant
from voiceguide.script.phrasings import (
    BETWEEN_WORDS,
    DISTANCE,
    EFFORT,
    MORE_OR_LESS,
    NAME_TIMES,
)
from voiceguide.script.source import Known, Passage, ReadingContext, read_chime, read_routine_name
from voiceguide.script.synonyms import (
    are_lengths,
    frequency_in,
    house_clauses,
    is_frequency,
    is_own_pace,
    lengths_in,
    without_other_words,
)


class ClauseKind(Enum):
    """The kind of a clause; the value is its name in messages."""

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
    BREATHE = "breathe"
    PHASE = "phase"
    SEGMENT = "segment"
    SIDES = "sides"
    COUNT_IN = "count in"
    METRONOME = "metronome"
    SHUFFLE = "shuffle"
    OPTIONAL = "optional"
    OPTION = "option"
    CHIME = "chime"
    USE = "use"


class ClauseShape(Enum):
    """How a clause is written."""

    LENGTH = "a word, then a length"
    COUNT = "a count, then a word"
    NAME = "a word, then a name"
    WORDS = "words alone"
    FREE = "any word, then a length"


class ClauseForm(Struct, frozen=True):
    """One row of the table: how a kind of clause is written, and what may stand beside it."""

    kind: ClauseKind
    shape: ClauseShape
    words: tuple[str, ...]
    """The words that mark this kind of clause."""
    example: str
    alone: bool = False
    """Whether only `optional` and `option` may stand beside it."""
    beside_any: bool = False
    """Whether it may stand beside a clause that is otherwise `alone`."""
    phase: bool = False
    """Whether it becomes a phase of the reps that stand beside it."""
    needs: tuple[ClauseKind, ...] = ()
    """Kinds of which at least one must stand beside it; empty if it needs none."""
    lacks: str = ""
    """What the message says when none of them is there."""
    way_out: str = ""


COUNTS = (ClauseKind.REPS, ClauseKind.BREATHS, ClauseKind.BREATHE)
"""Kinds that give the number of reps."""

_CLOCKED = (ClauseKind.HOLD, ClauseKind.SEGMENT, *COUNTS)
_SIDE_WORDS = tuple(sides.value for sides in Sides if sides is not Sides.UNSAID)


def _beside_timed(kind: ClauseKind, shape: ClauseShape, word: str, example: str) -> ClauseForm:
    """The row of a clause that needs a hold, a segment or reps beside it."""
    lacks, way_out = "needs a hold, a segment or reps", "add `hold 30s` or `20 reps`"
    return ClauseForm(kind, shape, (word,), example, needs=_CLOCKED, lacks=lacks, way_out=way_out)


CLAUSE_FORMS = (
    ClauseForm(ClauseKind.HOLD, ClauseShape.LENGTH, ("hold",), "hold 30s", phase=True),
    ClauseForm(ClauseKind.REST, ClauseShape.LENGTH, ("rest",), "rest 10s"),
    ClauseForm(
        ClauseKind.PAUSE, ClauseShape.LENGTH, ("pause",), "pause 3s", alone=True, phase=True
    ),
    ClauseForm(ClauseKind.WAIT, ClauseShape.LENGTH, ("wait",), "wait 20s", alone=True),
    _beside_timed(ClauseKind.READY, ClauseShape.LENGTH, "ready", "ready 5s"),
    ClauseForm(ClauseKind.CHANGE, ClauseShape.LENGTH, ("change",), "change 8s"),
    ClauseForm(ClauseKind.EVERY, ClauseShape.LENGTH, ("every",), "every 4s"),
    ClauseForm(ClauseKind.BREATHE, ClauseShape.LENGTH, ("breathe",), "breathe 5 min"),
    ClauseForm(
        ClauseKind.ROUNDS, ClauseShape.COUNT, ("round", "rounds", "time", "times"), "3 rounds"
    ),
    ClauseForm(ClauseKind.REPS, ClauseShape.COUNT, ("rep", "reps"), "20 reps"),
    ClauseForm(ClauseKind.BREATHS, ClauseShape.COUNT, ("breath", "breaths"), "6 breaths"),
    ClauseForm(ClauseKind.SIDES, ClauseShape.WORDS, _SIDE_WORDS, "each side"),
    _beside_timed(ClauseKind.COUNT_IN, ClauseShape.WORDS, "count in", "count in"),
    _beside_timed(ClauseKind.METRONOME, ClauseShape.NAME, "metronome", "metronome 60"),
    ClauseForm(ClauseKind.SHUFFLE, ClauseShape.WORDS, ("shuffle",), "shuffle"),
    ClauseForm(ClauseKind.OPTIONAL, ClauseShape.WORDS, ("optional",), "optional", beside_any=True),
    ClauseForm(ClauseKind.OPTION, ClauseShape.NAME, ("option",), "option band", beside_any=True),
    ClauseForm(ClauseKind.CHIME, ClauseShape.NAME, ("chime",), "chime bowl", alone=True),
    ClauseForm(ClauseKind.USE, ClauseShape.NAME, ("use",), "use low-lunge", alone=True),
    ClauseForm(ClauseKind.PHASE, ClauseShape.FREE, (), "lift 2s"),
    ClauseForm(ClauseKind.SEGMENT, ClauseShape.FREE, (), "jog 60s"),
)
"""All clauses; the parser, the check for contradictions and the language page use this table."""

FORMS = {form.kind: form for form in CLAUSE_FORMS}


def _words_of(*shapes: ClauseShape) -> dict[str, ClauseKind]:
    return {word: form.kind for form in CLAUSE_FORMS if form.shape in shapes for word in form.words}


Value = Timed | Counted | Phase | Sides | Option | Strike | Use | CountIn | None


class Clause(Struct, frozen=True):
    """A clause that has been read."""

    kind: ClauseKind
    part: Passage
    """The text as written; both clauses of `3 x 10` have the whole of it."""
    value: Value = None
    house: str = ""
    """The clause in the language's own words: `3 rounds`."""

    @property
    def place(self) -> Place:
        """The place of the whole clause."""
        return self.part.place()

    @property
    def text(self) -> str:
        """The clause as written, quoted for a message."""
        return quote(self.part.text)


class UnknownClauseError(InputError):
    """The text resembles no clause, so its bullet may be prose."""


MOST_ROUNDS = 1_000
MOST_REPS = 10_000

_TIMED = _words_of(ClauseShape.LENGTH)
_COUNTED = _words_of(ClauseShape.COUNT)
_WORDS = {word: form.kind for form in CLAUSE_FORMS for word in form.words}
_SIDES = {sides.value: sides for sides in Sides if sides is not Sides.UNSAID}
_FLAGS = (ClauseKind.OPTIONAL, ClauseKind.SHUFFLE)
_COUNT = r"\d+(?:\s*(?:[-‐‑‒–—−]|to\b)\s*\d+)?"
_COUNTED_CLAUSE = late(rf"({_COUNT}(?:/{_COUNT})*)\s*([^\W\d]+)")
_COUNT_IN = late(r"count in(?:\s+(\d{1,2})\s*(?:s|sec|seconds?)?)?")
_BEATS = late(r"(\d{1,3})(?:\s*(?:bpm|beats a minute))?")
_PRIMES = r"(?:''|[\"″”]|['′’](?:\s?\d{1,2}(?:''|[\"″”])?)?)"
"""Primes after a number, for seconds, minutes or both: `45"`, `10'`, `2'30"`."""

_LENGTH_FIRST = late(rf"(\d[\d.:/½¼¾-]*(?:\s?[a-z]+\.?|{_PRIMES}))\s+(?:of\s+)?([^\d:/]*[^\d\s:/])")
BARE_COUNT = late(rf"({_COUNT})\s*[x×]?|[x×]\s*({_COUNT})")
"""A count without a noun, `3x`: it means rounds if other clauses stand beside it."""
_PHASE = late(r"(?:(?:then|and)\s+)?([^\d:/]*[^\d\s:/])\s+(\S*\d.*|[½¼¾].*)")

CLAUSES = "a bullet holds clauses such as `hold 30s`, `3 rounds`, `20 reps`, `each side`"
HEADS = frozenset(
    word for form in CLAUSE_FORMS if form.shape is not ClauseShape.COUNT for word in form.words
) - {*_SIDES, "count in"}
"""The words that clauses begin with; counts, sides and `count in` have no such word."""

CLAUSE_WORDS = frozenset(word for words in _WORDS for word in words.split())
"""All words that clauses consist of, except names and phases."""

_DIGIT = late(r"\d")
_SENTENCE_END = late(r"[.!?…][\"'”’)]*$")


def ends_sentence(text: str) -> bool:
    """Whether a text ends like a sentence."""
    return bool(_SENTENCE_END.search(text))


def read_clauses(part: Passage, context: ReadingContext) -> list[Clause]:
    """Read the clauses of a piece between commas; `3 x 10` holds more than one.

    Raises:
        UnknownClauseError: the piece resembles no clause.
        InputError: the piece is not a clause, or is incomplete.
    """
    _refuse_what_is_no_dose(part, context.language)
    found = house_clauses(part.text, context.language)
    if found == (part.text,):
        return [read_clause(part, context)]
    return [_read_house(part, text, index, context) for index, text in enumerate(found)]


def _read_house(part: Passage, text: str, index: int, context: ReadingContext) -> Clause:
    """Read `text`, clause number `index` of the translation of `part`, with the place of `part`."""
    try:
        clause = read_clause(part.as_if(text), context)
    except InputError as error:  # its words quote the translation
        kind = UnknownClauseError if isinstance(error, UnknownClauseError) else InputError
        raise kind(
            replace(
                problem,
                message=problem.message.replace(quote(text), quote(part.text)),
                place=part.place(),
            )
            for problem in error.problems
        ) from None
    # clauses of one piece get different places, by which the fit to a length tells them apart
    whole = part.place()
    place = replace(whole, column=whole.column + index, width=max(1, whole.width - index))
    value = clause.value
    if value is not None and not isinstance(value, Sides):
        value = replace(value, place=place)
    return replace(clause, part=part, value=value, house=text)


def read_clause(part: Passage, context: ReadingContext) -> Clause:
    """Read one clause in the language's own words.

    Raises:
        UnknownClauseError: the text resembles no clause.
        InputError: the text is not a clause, or is incomplete.
    """
    text = plain_name(part.text)
    if not text:
        raise InputError("there is no clause here", "delete the comma", part.place())
    if text in _SIDES:
        return Clause(ClauseKind.SIDES, part, _SIDES[text], text)
    flag = next((kind for kind in _FLAGS if text == kind.value), None)
    if flag:
        return Clause(flag, part, house=text)
    counted_in = _COUNT_IN.fullmatch(text)
    if counted_in:
        seconds = int(counted_in[1]) if counted_in[1] else None
        return Clause(ClauseKind.COUNT_IN, part, CountIn(seconds, part.place()), text)
    head = text.split()[0]
    if head in _TIMED:
        return _timed(_TIMED[head], part, part.part(len(head)))
    if head in _NAMED:
        return replace(_NAMED[head](part, part.part(len(head)), context.known), house=part.text)
    phase = read_phase(part, text) or _backwards(part, text)
    return _counted(part, text) or phase or _refuse(part, text, context.language)


# ── clauses with a length ────────────────────────────────────────────────────


def read_length(part: Passage) -> Length:
    """Read a length; an InputError if the text is not a length."""
    with placed(part):
        return parse_length(part.text)


def _timed(kind: ClauseKind, part: Passage, rest: Passage) -> Clause:
    name = kind.value
    if not rest.text:
        message = f"`{name}` needs a length"
        way_out = f"write `{name} 30s`, `{name} 1:30` or `{name} 20-40s`"
        raise InputError(message, way_out, part.place())
    if not (_DIGIT.search(rest.text) or any(sign in rest.text for sign in "½¼¾")):
        message = f"{quote(rest.text)} is not a length"
        way_out = f"write `{name} 30s`; prose goes without a dash"
        raise UnknownClauseError(message, way_out, part.place())
    try:
        length, by_round = _length_or_lengths(rest)
    except InputError as error:
        raise _with_own_length(name, rest, error) from None
    house = f"{name} {rest.text}"
    return Clause(kind, part, Timed(length, part.place(), by_round), house)


_LENGTH_WITHIN = late(r"\d[\d.,:–-]*(?:\s?(?:s|secs?|seconds?|min(?:ute)?s?|h|breaths?))?\b")


def _with_own_length(name: str, part: Passage, error: InputError) -> InputError:
    """The error, with the length that the author wrote in its help: `up to 60 seconds`."""
    own = [found for found in _LENGTH_WITHIN.findall(part.text) if are_lengths(found)]
    if len(own) != 1 or own[0] == part.text:
        return error
    message = f"{quote(part.text)} is not a length"
    return InputError(message, f"write `{name} {own[0]}`", part.place())


def _length_or_lengths(part: Passage) -> tuple[Length, tuple[Length, ...]]:
    """Read a length, or `10s/20s/30s` as the range of all of them and the length of each round."""
    texts = lengths_in(part.text)
    if len(texts) < 2:
        return read_length(part), ()
    with placed(part):
        lengths = tuple(map(parse_length, texts))
    if len({length.in_breaths for length in lengths}) > 1:
        message = f"{quote(part.text)} mixes breaths and time"
        raise InputError(message, "write it in one of the two", part.place())
    low, high = min(one.low for one in lengths), max(one.high for one in lengths)
    return Length(low, high, lengths[0].in_breaths), lengths


def read_phase(part: Passage, text: str) -> Clause | None:
    """Read a word and a length as a phase; None if the text has another form."""
    found = _PHASE.fullmatch(text)
    if not found:
        return None
    word = found[1].removesuffix(" for")
    try:
        length, by_round = _length_or_lengths(part.part(len(part.text) - len(found[2])))
    except InputError:
        times = word.endswith((" x", " ×"))
        if near_head(word) or times or not re.fullmatch(_COUNT, found[2]):
            return None
        raise
    value = Phase(word, length, part.place(), by_round)
    return Clause(ClauseKind.PHASE, part, value, f"{word} {found[2]}")


def _backwards(part: Passage, text: str) -> Clause | None:
    """Read a phase whose length stands before its word: `90s walk`."""
    found = _LENGTH_FIRST.fullmatch(text)
    if not found or not are_lengths(found[1]) or near_head(found[2]) or found[2] in CLAUSE_WORDS:
        return None
    if found[2] == "off":  # `40s on, 20s off`
        return _timed(ClauseKind.REST, part, part.as_if(found[1]))
    written = f"{'work' if found[2] == 'on' else found[2]} {found[1]}"
    return read_phase(part.as_if(written), written)


def near_head(word: str) -> str | None:
    """The word of a clause that `word` misspells by one letter or by two swapped letters."""
    return next((head for head in sorted(HEADS) if slips(word, head) == 1), None)


# ── clauses with a count ─────────────────────────────────────────────────────


def _counted(part: Passage, text: str) -> Clause | None:
    found = _COUNTED_CLAUSE.fullmatch(text)
    if not found or found[2] not in _COUNTED:
        return None
    kind = _COUNTED[found[2]]
    written = part.part(0, found.end(1))
    counts = [_count(written, count, kind) for count in found[1].split("/")]
    if len(counts) < 2:
        value = Counted(counts[0], part.place())
    elif kind is ClauseKind.ROUNDS:
        raise InputError(f"{quote(part.text)} is not a count", "write `3 rounds`", part.place())
    else:
        bounds = Count(min(one.low for one in counts), max(one.high for one in counts))
        value = Counted(bounds, part.place(), tuple(counts))
    return Clause(kind, part, value, text)


def _count(part: Passage, text: str, kind: ClauseKind) -> Count:
    with placed(part):
        count = parse_count(text)
    most = MOST_ROUNDS if kind is ClauseKind.ROUNDS else MOST_REPS
    if count.high > most:
        message = f"`{text} {kind.value}` is more than {most:,}"
        raise InputError(message, f"write `{most}` at most", part.place())
    return count


@contextmanager
def placed(part: Passage) -> Iterator[None]:
    """Give errors raised inside the block the place of `part`."""
    try:
        yield
    except InputError as error:
        raise error.at(part.place()) from None


# ── clauses with a name ──────────────────────────────────────────────────────


def _chime(part: Passage, rest: Passage, known: Known) -> Clause:
    name = read_chime(rest, known) if rest.text else None
    return Clause(ClauseKind.CHIME, part, Strike(name, part.place()))


def _use(part: Passage, rest: Passage, known: Known) -> Clause:
    if not rest.text:
        raise InputError("`use` needs a name", "write `use low-lunge`, or a path", part.place())
    if ends_sentence(rest.text):
        message = f"{quote(rest.text)} is not a routine"
        raise UnknownClauseError(message, "write `use low-lunge`, or a path", rest.place())
    return Clause(ClauseKind.USE, part, Use(read_routine_name(rest, known), part.place()))


def _option(part: Passage, rest: Passage, known: Known) -> Clause:
    if not rest.text:
        raise InputError("`option` needs a name", "write `option band`", part.place())
    return Clause(ClauseKind.OPTION, part, Option(plain_name(rest.text), part.place()))


def _metronome(part: Passage, rest: Passage, _: Known) -> Clause:
    beats = _BEATS.fullmatch(rest.text.lower())
    if not beats or not SLOWEST <= int(beats[1]) <= QUICKEST:
        message = f"{quote(rest.text)} is not a number of beats a minute"
        if not rest.text:
            message = "`metronome` needs a number of beats a minute"
        way_out = f"write `metronome 60`: from {SLOWEST} to {QUICKEST}"
        raise InputError(message, way_out, part.place())
    count = int(beats[1])
    return Clause(ClauseKind.METRONOME, part, Counted(Count(count, count), part.place()))


SLOWEST, QUICKEST = 20, 240
"""The range of a metronome, in beats a minute."""

_NAMED: dict[str, Callable[[Passage, Passage, Known], Clause]] = {
    "chime": _chime,
    "use": _use,
    "option": _option,
    "metronome": _metronome,
}

# ── text that is not a clause ────────────────────────────────────────────────


def _refuse_what_is_no_dose(part: Passage, language: str) -> None:
    if is_frequency(part.text, language):
        message = f"{quote(part.text)} is how often to practise, and belongs into the front matter"
        raise InputError(message, f"write `frequency: {part.text}` there", part.place())
    if EFFORT.fullmatch(part.text.lower()):
        message = f"{quote(part.text)} says how hard, and is neither a time nor a count"
        raise InputError(message, "words go on the lines under the step", part.place())
    far = DISTANCE.search(part.text.lower())
    if far:
        message = f"`{far[0]}` is a distance, and no clock knows how long it takes"
        way_out = "write a time, `2 min`, or `wait 5 min` in a bullet of its own"
        raise InputError(message, way_out, part.place())
    both = frequency_in(part.text, language)
    if both:
        message = f"{quote(both[0])} is how often to practise, and belongs into the front matter"
        way_out = f"write `{both[1]}` here, and `frequency: {both[0]}` there"
        raise InputError(message, way_out, part.place())
    if is_own_pace(part.text, language):
        message = f"{quote(part.text)} has no length"
        raise InputError(message, OWN_PACE_HELP, part.place())


def _refuse(part: Passage, text: str, language: str) -> Clause:
    bare = BARE_COUNT.fullmatch(text)
    if bare:
        count = bare[1] or bare[2]
        way_out = f"write `{count} reps` or `{count} rounds`"
        raise InputError(f"{quote(text)} does not say of what", way_out, part.place())
    meant = _meant(text)
    message = f"unknown clause {quote(part.text)}"
    rung = (tag_meant(text) or "").strip("[]")
    if rung.startswith("chime "):
        raise InputError(message, f"write `{rung}`", part.place())
    times = NAME_TIMES.fullmatch(text)
    if times and not ends_sentence(text):
        way_out = f"write `{times[1].capitalize()}: {times[2]} reps`"
        raise InputError(message, way_out, part.place())
    between = BETWEEN_WORDS.fullmatch(text)
    if not meant and between and are_lengths(between[2]) and not ends_sentence(text):
        way_out = f"write `{between[1]} {between[2]}`; words go on the lines under it"
        raise InputError(message, way_out, part.place())
    if not meant and MORE_OR_LESS.match(text) and not ends_sentence(text):
        counted = re.search(rf"{_COUNT}", text)
        plain = without_other_words(text[text.index(counted[0]) :] if counted else text, language)
        plain = plain or f"{counted[0] if counted else '10'} reps"
        way_out = f"write `{plain}`; words go on the lines under it"
        raise InputError(message, way_out, part.place())
    if meant:
        raise InputError(message, f"did you mean `{meant}`?", part.place())
    raise UnknownClauseError(message, CLAUSES, part.place())


OWN_PACE_HELP = (
    "write `wait 60s` in a bullet of its own: played live, it goes on when the listener is ready"
)


def _meant(text: str) -> str | None:
    """The clause that `text` probably misspells, with its count or length as written."""
    if ends_sentence(text):
        return None
    head, _, rest = text.partition(" ")
    near = near_head(head)
    if near and _DIGIT.search(rest):
        own = _LENGTH_WITHIN.search(rest)
        return f"{near} {rest if not own or len(rest.split()) < 4 else own[0]}"
    counted = re.fullmatch(rf"({_COUNT})\s*(.+)", text)
    if counted and counted[2] in HEADS:  # `30 rest`
        return f"{counted[2]} {counted[1]}s"
    words = counted[2] if counted else text
    known = _COUNTED if counted else {*_SIDES, *HEADS}
    slipped = next((word for word in (*known, "sets") if slips(words, word) == 1), None)
    if counted and slipped:
        return f"{counted[1]} {slipped}"
    found = nearest_slip(words, known)
    if found is None and near:
        found = near
    return f"{counted[1]} {found}" if counted and found else found


def slips(word: str, other: str) -> int:
    """Edit distance of two words, where a swap of neighbours is one edit; 2 means 2 or more."""
    if word == other:
        return 0
    if abs(len(word) - len(other)) > 1 or len(word) < 3:
        return 2
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))
    start = len(list(alike))
    rest, its = word[start:], other[start:]
    swapped = rest[:2] == its[1::-1] and rest[2:] == its[2:]
    return 1 if swapped or rest[1:] == its[1:] or rest[1:] == its or rest == its[1:] else 2


# ── the kind of a step, from its dose ────────────────────────────────────────


class StepKind(Enum):
    """How a step spends its time; the value is its name in messages."""

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
        """The kind of a step with this dose; `nests` says whether it contains steps."""
        repeats = dose.rounds is not None or dose.sides is not Sides.UNSAID
        kinds = {
            cls.CHIME: dose.chime,
            cls.USE: dose.use,
            cls.PAUSE: dose.pause,
            cls.WAIT: dose.wait,
            cls.HOLD: dose.hold,
            cls.REPS: dose.reps or dose.breathe,
            cls.SEGMENTS: dose.segments,
            cls.REST: None if repeats or nests else dose.rest,
        }
        return next((kind for kind, clause in kinds.items() if clause), cls.GROUP)

    def timed(self, dose: Dose) -> Timed | None:
        """The clause whose silence holds the cues; None for kinds without one."""
        silences = {
            StepKind.HOLD: dose.hold,
            StepKind.REST: dose.rest,
            StepKind.PAUSE: dose.pause,
            StepKind.WAIT: dose.wait,
        }
        return silences.get(self)
