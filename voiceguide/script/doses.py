"""Combine the clauses of a bullet into its dose, and check that they go together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, Problem, quote
from voiceguide.lengths import Count, Length, show_seconds
from voiceguide.patterns import late
from voiceguide.routine import Counted, CountIn, Dose, Option, Phase, Sides, Strike, Timed, Use
from voiceguide.script.clauses import (
    BARE_COUNT,
    CLAUSES,
    COUNTS,
    FORMS,
    HEADS,
    Clause,
    ClauseKind,
    UnknownClauseError,
    ends_sentence,
    near_head,
    read_clauses,
    slips,
)
from voiceguide.script.source import Passage, ReadingContext
from voiceguide.script.synonyms import BARE, are_lengths
from voiceguide.script.wording import in_english, own_heads

# ── clauses that cannot stand together, and clauses that need another ────────


_IN_ORDER = (ClauseKind.PHASE, ClauseKind.SEGMENT)
"""Kinds that may occur several times; their order counts."""


def repeated(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Report kinds of clauses that occur twice; phases and segments may."""
    seen: dict[ClauseKind, Clause] = {}
    for clause in clauses:
        before = seen.setdefault(clause.kind, clause)
        if before is clause or clause.kind in _IN_ORDER:
            continue
        way_out = "keep one of them"
        if clause.kind is ClauseKind.SIDES and clause.value is not before.value:
            message = f"{before.text} and {clause.text} contradict each other"
            way_out = _alternated(clauses, {before.value, clause.value}) or way_out
            if {before.value, clause.value} == set(_ONE_SIDE):
                way_out = "write `each side` for both"
        else:
            message = f"{before.text} and {clause.text} say the same thing twice"
        yield Problem(message, way_out, clause.place)


def _alternated(clauses: tuple[Clause, ...], sides: set[object]) -> str | None:
    """The help for `10 reps each, alternating`: write twice as many reps in all."""
    counts = [clause.value.count for clause in clauses if isinstance(clause.value, Counted)]
    if sides != {Sides.EACH, Sides.ALTERNATE} or len(counts) != 1:
        return None
    return f"write `{Count(2 * counts[0].low, 2 * counts[0].high)} reps, alternate sides`"


def misspelt(clauses: tuple[Clause, ...], language: str) -> Iterator[Problem]:
    """Report segments whose word is probably a misspelt clause: `hodl 30s`, `haltn 30s`."""
    for clause in clauses:
        if clause.kind is ClauseKind.SEGMENT and isinstance(clause.value, Phase):
            word = clause.value.word
            own = (head for head in own_heads(language, HEADS) if slips(word, head) == 1)
            near = near_head(word) or next(own, None)
            if near:
                length = clause.part.text.split(None, 1)[-1]
                way_out = f"did you mean `{near} {length}`?"
                yield Problem(f"unknown clause {clause.text}", way_out, clause.place)


def contradictions(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Report clauses that cannot be combined with each other, and clauses that need another."""
    by_kind = {clause.kind: clause for clause in reversed(clauses)}  # the first of each kind
    yield from _beside_what_stands_alone(clauses)
    yield from _tempo(by_kind)
    yield from _sides(by_kind)
    yield from _needs(by_kind)
    yield from _changes(clauses)


def _beside_what_stands_alone(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    alone = next((clause for clause in clauses if FORMS[clause.kind].alone), None)
    others = (c for c in clauses if c is not alone and not FORMS[c.kind].beside_any)
    other = next(others, None)
    if alone and other:
        way_out = f"give {alone.text} a bullet of its own"
        yield Problem(f"{alone.text} cannot be combined with {other.text}", way_out, alone.place)


def _tempo(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    counts = [by_kind[kind] for kind in COUNTS if kind in by_kind]
    first = counts[0] if counts else None
    for other in counts[1:]:
        message = f"{counts[0].text} and {other.text} contradict each other"
        yield Problem(message, "keep one of them", other.place)
    every, held = by_kind.get(ClauseKind.EVERY), by_kind.get(ClauseKind.HOLD)
    timed = by_kind.get(ClauseKind.PHASE) or (first if first and first.kind in COUNTS[1:] else None)
    if every and timed:
        message = f"{every.text} and {timed.text} both set the tempo"
        yield Problem(message, "keep the phases, or `every`", every.place)
    elif every and (held or ClauseKind.SEGMENT in by_kind):
        message = f"{every.text} needs reps, or rounds with steps under them"
        yield Problem(message, "add `20 reps`; a cue has a colon: `- every 2 min: …`", every.place)


def _sides(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    sides, change = by_kind.get(ClauseKind.SIDES), by_kind.get(ClauseKind.CHANGE)
    alternates = sides is not None and sides.value is Sides.ALTERNATE
    if sides and alternates and not _any(by_kind, *COUNTS):
        yield Problem("`alternate sides` needs reps", "write `each side`, or add reps", sides.place)
    if change and not (sides and sides.value is Sides.EACH):
        message = f"{change.text} needs `each side`"
        way_out = "delete it: with `alternate sides` there is no changeover"
        yield Problem(message, way_out if alternates else "add `each side`", change.place)


def _needs(by_kind: dict[ClauseKind, Clause]) -> Iterator[Problem]:
    """Report clauses without any of the clauses that they need by the table."""
    for kind, clause in by_kind.items():
        form = FORMS[kind]
        if form.needs and not _any(by_kind, *form.needs):
            yield Problem(f"{clause.text} {form.lacks}", form.way_out, clause.place)


def _changes(clauses: tuple[Clause, ...]) -> Iterator[Problem]:
    """Report clauses that change from round to round, but not for as many rounds as there are."""
    rounds = next((clause for clause in clauses if clause.kind is ClauseKind.ROUNDS), None)
    changing = [(clause, _by_round(clause)) for clause in clauses if _by_round(clause)]
    for clause, count in changing:
        wished = changing[0][1]
        if rounds and isinstance(rounds.value, Counted):
            wished = rounds.value.count.high
        between = clause.kind is ClauseKind.REST and count == wished - 1
        if count != wished and not between:
            message = f"{clause.text} is for {count} rounds, and there are {wished}"
            yield Problem(message, f"write one for each of {wished}", clause.place)


def _by_round(clause: Clause) -> int:
    """The number of rounds for which a clause lists lengths or counts; 0 if it lists none."""
    value = clause.value
    return len(value.by_round) if isinstance(value, Timed | Counted | Phase) else 0


def _any(by_kind: dict[ClauseKind, Clause], *kinds: ClauseKind) -> bool:
    return any(kind in by_kind for kind in kinds)


# ── from clauses to the dose ─────────────────────────────────────────────────


MOST_CLAUSES = 100
"""Most clauses in a bullet."""

_PROSE = "prose goes without a dash; under a step, as a cue: `- start: …`"
_T = TypeVar("_T", Timed, Counted, CountIn, Option, Strike, Use, Sides)


class ReadDose(Struct, frozen=True):
    """A bullet's dose, and the clauses that it consists of."""

    dose: Dose
    clauses: tuple[Clause, ...]
    whole: bool
    """Whether every clause could be read."""

    def clause(self, *kinds: ClauseKind) -> Clause | None:
        """The first clause of these kinds."""
        return next((clause for clause in self.clauses if clause.kind in kinds), None)


class Under(Struct, frozen=True):
    """What a dose needs to know of the content under its bullet."""

    words: bool = False
    steps: bool = False


def read_dose(bullet: Passage, context: ReadingContext, under: Under) -> ReadDose:
    """Read the dose of a bullet, and report everything that is wrong with its clauses."""
    clauses, errors = _read_clauses(bullet, context)
    named = _named(bullet, context) if errors else None
    if named:
        message = f"{quote(bullet.text)} has no colon behind its name"
        errors = [InputError(message, f"write {quote(named)}", bullet.place())]
    elif errors and not clauses and _is_prose(bullet, errors):
        cue = _CUE_WITHOUT_COLON.fullmatch(bullet.text)
        way_out = f"write {quote(f'{cue[1]}: {cue[2]}')}, under its step" if cue else _PROSE
        used = _USED.fullmatch(bullet.text)
        way_out = f"write {quote(f'use {used[1]}')}" if used else way_out
        errors = [InputError(f"{quote(bullet.text)} is not a dose", way_out, bullet.place())]
    clauses, more = _in_context(clauses, under)
    problems = [problem for error in (*errors, *more) for problem in error.problems]
    problems += (*repeated(clauses), *misspelt(clauses, context.language))
    problems = problems or list(contradictions(clauses))
    context.report.add(*problems)
    return ReadDose(_dose(bullet.text, clauses), clauses, whole=not problems)


_CUE_WITHOUT_COLON = late(r"(?i)(half(?:way)?|start|end|again|first)(?:\s*[-–—]\s*|\s+)(\S.*)")
_USED = late(r"(?i)(?:include|import|insert)\s+([\w./-]+)")
_NAME_AND_DOSE = late(
    r"(?P<stars>\*{0,2})(?P<name>[^\W\d][^\d:*]*?)(?P=stars)\s*[-–—,]?\s+(?P<dose>\d.*)"
)


_NO_NAMES = {*HEADS, "up", "no", "less", "more", "max", "maximum", "min", "minimum", "at"}
_NO_NAMES |= {"each", "per", "and", "or", "a", "an", "every"}
"""Words that a step's name does not begin with."""


def _named(bullet: Passage, context: ReadingContext) -> str | None:
    """The line with the colon that is missing after its name, as in `Bridges – 3 x 12`, or None."""
    found = _NAME_AND_DOSE.fullmatch(bullet.text)
    if not found or ends_sentence(bullet.text) or found["name"].split()[0].lower() in _NO_NAMES:
        return None
    parts = bullet.part(*found.span("dose")).split(COMMA)
    try:
        read = [clause for part in parts for clause in read_clauses(part, context)]
    except InputError:
        return None
    counted = any(clause.kind in (*COUNTS, ClauseKind.HOLD, ClauseKind.ROUNDS) for clause in read)
    return f"{found['name'].strip()}: {found['dose']}" if counted else None


COMMA = late(
    r"(?:,(?!\d)|(?<!\d),|;|(?i:(?<=[\d\s][lr])|(?<=left)|(?<=right))"
    r"(?:\s*/\s*|\s+(?:then|and|&)\s+)(?=\d))(?![^()]*\))"
)


def _read_clauses(
    bullet: Passage, context: ReadingContext
) -> tuple[tuple[Clause, ...], list[InputError]]:
    if not bullet.text:
        message = "this step says nothing"
        return (), [InputError(message, "write a clause: `- hold 30s`", bullet.place())]
    parts = bullet.split(COMMA)
    if len(parts) > MOST_CLAUSES:
        message = f"this step has more than {MOST_CLAUSES} clauses"
        return (), [InputError(message, "write them as several steps", bullet.place())]
    clauses, errors = [], []
    for part in parts:
        try:
            clauses.extend(_clauses_of(part, parts, context))
        except InputError as error:
            errors.append(error)
    return tuple(clauses), [_beside_clauses(error) for error in errors] if clauses else errors


def _beside_clauses(error: InputError) -> InputError:
    """The error, for words beside clauses: `red band` in `10 reps, red band`."""
    first = error.problems[0]
    if first.help != CLAUSES:
        return error
    return UnknownClauseError(first.message, "words go on the lines under the step", first.place)


def _clauses_of(part: Passage, parts: tuple[Passage, ...], context: ReadingContext) -> list[Clause]:
    """Read the clauses of one piece; `3x` means rounds beside other pieces, else `3 times`."""
    plain = _beside_others(part, parts)
    if plain != part.text:
        return read_clauses(part.as_if(plain), context)
    bare = BARE_COUNT.fullmatch(in_english(part.text, context.language))
    if bare and not part.text.isdecimal():
        of_what = "rounds" if len(parts) > 1 else "times"
        return read_clauses(part.as_if(f"{bare[1] or bare[2]} {of_what}"), context)
    whole = part.text.rstrip(".")
    if whole != part.text and len(whole) > 1:
        try:
            return read_clauses(part.part(0, len(whole)), context)
        except InputError:
            pass  # not a clause with a full stop: report the piece as it was written
    return read_clauses(part, context)


_EACH_OF_THEM = late(r"(\d.*[a-z\"”″]\.?) (?:each|ea\.?)", re.I)
_COUNTED = late(r"\b(?:sets?|reps?|rounds?|x)\b|\d ?[x×]", re.I)
_LABELLED = late(r"(?P<word>[^\W\d][^\d:]*?)(?:(?<!\s):| : ) ?(?P<dose>\d.*)")
_BREATH_BACK = late(r"(\d{1,2}) ?s? (in|out|inhale|exhale)", re.I)
_BREATH = late(
    r"(?:breathe |adem )?(?P<word>(?:in|out|inhale|exhale)(?: left| right)?|hold|pause"
    r"|up|down|lift|lower|raise|push|pull|squeeze|release|relax"
    r"|ein|aus|einatmen|ausatmen|halten"
    r"|inhala[r]?|exhala[r]?|inspir\w*|expir\w*|espir\w*|wdech|wydech|uit|vasthouden|mant[eé]n\w*|tieni|retenir)"
    r"(?: for)? (?P<count>\d{1,2})(?P<unit> ?s)?",
    re.I,
)


def _beside_others(part: Passage, parts: tuple[Passage, ...]) -> str:
    """The piece made explicit by its neighbours: `30s each` beside sets, `in 4` beside `out 6`."""
    each = _EACH_OF_THEM.fullmatch(part.text)
    if each and any(_COUNTED.search(other.text) for other in parts if other is not part):
        return f"hold {each[1]}" if BARE.fullmatch(each[1]) else each[1]
    if part.text == "3-2-1" and not any(_COUNTED.search(other.text) for other in parts):
        return "count in 3"  # beside reps it is their tempo
    labelled = _LABELLED.fullmatch(part.text)
    if labelled and len(parts) > 1:
        return f"{labelled['word']} {labelled['dose']}"
    pair = re.fullmatch(r"(\d{1,2})-(\d{1,2})", part.text)
    if pair and any("breath" in other.text.lower() for other in parts):
        return f"in {pair[1]}s, out {pair[2]}s"
    back = _BREATH_BACK.fullmatch(part.text)
    if back and len(parts) > 1:
        return f"{back[2]} {back[1]}s"
    breath = _BREATH.fullmatch(part.text)
    if breath and any(_BREATH.fullmatch(other.text) for other in parts if other is not part):
        return f"{breath['word']} {breath['count']}s"
    return part.text


# ── clauses whose meaning depends on what stands beside and under them ───────


def _in_context(
    clauses: tuple[Clause, ...], under: Under
) -> tuple[tuple[Clause, ...], list[InputError]]:
    clauses = tuple(_counted_words(clauses, under))
    errors = []
    clauses = _halved(_two_sided(clauses))
    try:
        clauses = _for_a_time(clauses)
    except InputError as error:
        errors.append(error)
    clauses = tuple(_phased(tuple(_rested(clauses))))
    return clauses, [
        *errors,
        *_after_reps(clauses),
        *_tempo_alone(clauses),
        *(_no_purpose(clause) for clause in clauses if _is_bare(clause, clauses, under)),
    ]


_LONGEST_REST_OF_A_REP = 20.0
"""Seconds; a longer rest beside `10 reps, hold 5s` is one after all of them."""


def _rested(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    """Make the rest of `10 reps, hold 5s, rest 5s` a phase: it has no rounds to stand between."""
    kinds = {clause.kind for clause in clauses}
    between = {ClauseKind.ROUNDS, ClauseKind.SIDES} & kinds or any(map(_by_round, clauses))
    held = {ClauseKind.HOLD, ClauseKind.PHASE} & kinds and kinds.intersection(COUNTS)
    for clause in clauses:
        value = clause.value
        rest = clause.kind is ClauseKind.REST and isinstance(value, Timed) and value
        if rest and held and not between and rest.length.high <= _LONGEST_REST_OF_A_REP:
            phase = Phase("rest", rest.length, rest.place)
            yield replace(clause, kind=ClauseKind.PHASE, value=phase)
        else:
            yield clause


def _after_reps(clauses: tuple[Clause, ...]) -> Iterator[InputError]:
    """Refuse the one hold of `10 reps, then hold 20s`, which would be held in every rep."""
    phases = [clause for clause in clauses if clause.kind is ClauseKind.PHASE]
    reps = next((clause for clause in clauses if clause.kind in COUNTS), None)
    if not reps or len(phases) != 1 or not _THEN_HOLD.search(phases[0].part.text):
        return
    message = f"{phases[0].text} could come after each rep or after all of them"
    hold = f"hold {phases[0].value.length}" if isinstance(phases[0].value, Phase) else ""
    each = f"{reps.house}, {hold}" if reps.part is phases[0].part else hold
    way_out = f"write `{each}` for each, or `- {hold}` as a bullet of its own below"
    yield InputError(message, way_out, phases[0].place)


def _tempo_alone(clauses: tuple[Clause, ...]) -> Iterator[InputError]:
    """Refuse a tempo without reps, `3-1-1, hold 20s`: it would be three segments."""
    parts = {clause.part: clause for clause in clauses if clause.kind is ClauseKind.SEGMENT}
    for part, clause in parts.items():
        if _BARE_TEMPO.fullmatch(part.text):
            message = f"{clause.text} is a tempo, and needs reps"
            yield InputError(message, "add `10 reps`", clause.place)


_BARE_TEMPO = late(r"(?i)(?:tempo:? ?|@ ?)?\d+[-:]?\d+[-:]?\d+(?:[-:]?\d+)?(?: tempo)?")
_THEN_HOLD = late(r"(?i)(?:\bthen|\+|\bfollowed by)(?: a)? (?:hold\b|.*\bhold\b)")


def _counted_words(clauses: tuple[Clause, ...], under: Under) -> Iterator[Clause]:
    """Turn `10 times` with only words under it into reps."""
    timed = any(clause.kind in _TIMED for clause in clauses)
    for clause in clauses:
        times = clause.kind is ClauseKind.ROUNDS and re.search(r"times?$", clause.house)
        if times and not timed and under.words and not under.steps:
            yield replace(clause, kind=ClauseKind.REPS)
        else:
            yield clause


_TIMED = (*COUNTS, ClauseKind.HOLD, ClauseKind.REST, ClauseKind.PHASE, ClauseKind.EVERY)
"""Kinds that give each round of a step a length or a count."""

_ONE_SIDE = (Sides.LEFT, Sides.RIGHT)


def _two_sided(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Turn `hold 30s left, 60s right` into one hold with both lengths, and `each side`."""
    holds = {
        side.value: hold
        for side in clauses
        if side.kind is ClauseKind.SIDES
        for hold in clauses
        if hold.kind is ClauseKind.HOLD and side.part is hold.part
    }
    left, right = (holds.get(side) for side in _ONE_SIDE)
    if not left or not right:
        return _equal_sides(clauses)
    parts, told = (left.part, right.part), (ClauseKind.HOLD, ClauseKind.SIDES)
    if any(clause.part in parts and clause.kind not in told for clause in clauses):
        return clauses
    lengths = [hold.value.length for hold in (left, right) if isinstance(hold.value, Timed)]
    bounds = Length(
        min(one.low for one in lengths), max(one.high for one in lengths), lengths[0].in_breaths
    )
    value = Timed(bounds, left.place, by_side=(lengths[0], lengths[1]))
    both = replace(left, value=value), Clause(ClauseKind.SIDES, left.part, Sides.EACH, "each side")
    others = (clause for clause in clauses if clause.part not in (left.part, right.part))
    return (*both, *others)


def _equal_sides(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Turn `10 left, 10 right` into `10 reps, each side`."""
    counts = {clause.part: clause for clause in clauses if clause.kind is ClauseKind.REPS}
    sides = [c for c in clauses if c.value in (Sides.LEFT, Sides.RIGHT) and c.part in counts]
    if len(sides) != 2 or sides[0].value is sides[1].value:
        return clauses
    if sides[0].part is sides[1].part:  # `10 reps L+R`
        each = replace(sides[0], value=Sides.EACH, house="each side")
        return tuple(each if c is sides[0] else c for c in clauses if c is not sides[1])
    left, right = (counts[side.part] for side in sides)
    if _count_of(left) != _count_of(right):
        return clauses
    each = replace(sides[0], value=Sides.EACH, house="each side")
    return tuple(each if c is sides[0] else c for c in clauses if c not in (sides[1], right))


def _halved(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Turn `20 reps (10 each side)` into `10 reps, each side`."""
    reps = [clause for clause in clauses if clause.kind is ClauseKind.REPS]
    each = any(clause.value is Sides.EACH for clause in clauses)
    if len(reps) != 2 or not each:
        return clauses
    more, fewer = sorted(reps, key=_count_of, reverse=True)
    return tuple(c for c in clauses if c is not more) if _is_twice(more, fewer) else clauses


def _for_a_time(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Turn `20s on, 10s off for 4 min` into eight rounds, if they are whole."""
    for_a_time = [c for c in clauses if c.kind is ClauseKind.HOLD and _FOR.search(c.part.text)]
    others = [
        clause.value.length
        for clause in clauses
        if clause.kind in _ON_THE_CLOCK and isinstance(clause.value, Timed | Phase)
    ]
    one = sum(length.low for length in others)
    if len(for_a_time) != 1 or not others or any(length.elastic for length in others):
        return clauses
    whole = for_a_time[0]
    assert isinstance(whole.value, Timed)  # a hold's value is
    count = round(whole.value.length.low / one)
    if count * one != whole.value.length.low:
        message = f"rounds of {show_seconds(one)} do not fill {whole.value.length}"
        way_out = f"`{count} rounds` last {show_seconds(count * one)}: write that number"
        raise InputError(message, way_out, whole.place)
    rounds = Counted(Count(count, count), whole.place)
    told = replace(whole, kind=ClauseKind.ROUNDS, value=rounds, house=f"{count} rounds")
    return tuple(told if clause is whole else clause for clause in clauses)


_FOR = late(r"(?i)(?<!hold )\bfor \d[^,]*$")
_ON_THE_CLOCK = (ClauseKind.PHASE, ClauseKind.REST)


def _is_twice(more: Clause, fewer: Clause) -> bool:
    return _count_of(more) == tuple(2 * end for end in _count_of(fewer))


def _count_of(clause: Clause) -> tuple[int, int]:
    value = clause.value
    return (value.count.low, value.count.high) if isinstance(value, Counted) else (0, 0)


_WORD = late(r"[^\W\d_]+")
_THEN = late(r"^(?:and )?(?:then |followed by )|^.*?(?:\+|\bthen\b) ?(?=\d)")


def _phased(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    """Make `hold 5s` beside reps a phase of them, and words with a length without reps segments."""
    counted = any(clause.kind in COUNTS for clause in clauses)
    clocked = any(clause.kind is ClauseKind.PHASE for clause in clauses)
    for clause in clauses:
        value = clause.value
        if FORMS[clause.kind].phase and isinstance(value, Timed) and (counted or clocked):
            # `tempo 3-1-1` is one piece for several clauses, and holds no word for any of them
            alone = sum(one.part is clause.part for one in clauses) == 1
            # the word is spoken, so it stays in the author's language
            word = _WORD.match(_THEN.sub("", clause.part.text.lower())) if alone else None
            name = word[0] if word else clause.kind.value
            value = Phase(name, value.length, value.place, value.by_round)
        if isinstance(value, Phase):
            kind = ClauseKind.PHASE if counted else ClauseKind.SEGMENT
            yield replace(clause, kind=kind, value=value)
        else:
            yield clause


def _is_bare(clause: Clause, clauses: tuple[Clause, ...], under: Under) -> bool:
    """Whether a bare length is not a hold: nothing stands under it, or reps stand beside it."""
    bare = BARE.fullmatch(clause.part.text) is not None and are_lengths(clause.part.text)
    if clause.kind is ClauseKind.HOLD:
        return bare and not (under.words or under.steps)
    return bare and clause.kind in _IN_ORDER


def _no_purpose(clause: Clause) -> InputError:
    text = clause.part.text
    way_out = f"write `hold {text}`, `rest {text}` or `pause {text}`"
    return InputError(f"{quote(text)} does not say what it is for", way_out, clause.place)


def _is_prose(bullet: Passage, errors: Iterable[InputError]) -> bool:
    if not all(isinstance(error, UnknownClauseError) for error in errors):
        return False
    first, *others = bullet.text.lower().split()
    return ends_sentence(bullet.text) or (bool(others) and first not in HEADS)


def _dose(text: str, clauses: tuple[Clause, ...]) -> Dose:
    def of(kind: ClauseKind, type_: type[_T]) -> _T | None:
        values = (clause.value for clause in clauses if clause.kind is kind)
        return next((value for value in values if isinstance(value, type_)), None)

    phases = tuple(_phases_of(clauses, ClauseKind.PHASE))
    breathe = of(ClauseKind.BREATHE, Timed)
    breaths = of(ClauseKind.BREATHS, Counted)
    if breathe:
        breaths = whole_breaths(breathe, phases)
    rounds = of(ClauseKind.ROUNDS, Counted) or next(
        map(_rounds_of, filter(_by_round, clauses)), None
    )
    return Dose(
        text,
        hold=of(ClauseKind.HOLD, Timed),
        rest=of(ClauseKind.REST, Timed),
        pause=of(ClauseKind.PAUSE, Timed),
        wait=of(ClauseKind.WAIT, Timed),
        rounds=rounds,
        reps=of(ClauseKind.REPS, Counted) or breaths,
        breaths=breaths is not None,
        breathe=breathe,
        phases=phases,
        segments=tuple(_phases_of(clauses, ClauseKind.SEGMENT)),
        every=of(ClauseKind.EVERY, Timed),
        sides=of(ClauseKind.SIDES, Sides) or Sides.UNSAID,
        change=of(ClauseKind.CHANGE, Timed),
        ready=of(ClauseKind.READY, Timed),
        count_in=of(ClauseKind.COUNT_IN, CountIn),
        metronome=of(ClauseKind.METRONOME, Counted),
        shuffle=any(clause.kind is ClauseKind.SHUFFLE for clause in clauses),
        optional=any(clause.kind is ClauseKind.OPTIONAL for clause in clauses),
        option=of(ClauseKind.OPTION, Option),
        chime=of(ClauseKind.CHIME, Strike),
        use=of(ClauseKind.USE, Use),
    )


def _phases_of(clauses: tuple[Clause, ...], kind: ClauseKind) -> Iterator[Phase]:
    return (c.value for c in clauses if c.kind is kind and isinstance(c.value, Phase))


def _rounds_of(clause: Clause) -> Counted:
    """The number of rounds that a clause implies by listing a length or a count for each."""
    place = clause.place
    count = _by_round(clause)
    return Counted(Count(count, count), replace(place, column=place.column + 1))


A_BREATH = 10.0
"""Seconds of a breath if neither phases nor settings give another length: `4 in, 6 out`."""


def whole_breaths(breathe: Timed, phases: tuple[Phase, ...]) -> Counted:
    """The whole number of breaths nearest to a length; a breath lasts as long as its phases."""
    breath = sum(phase.length.at(0.5) for phase in phases) or A_BREATH
    ends = (breathe.length.at(end, breath) for end in (0, 1))
    low, high = (max(1, round(end / breath)) for end in ends)
    return Counted(Count(low, high), breathe.place)
