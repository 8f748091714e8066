"""What people write for a clause, and the clause as this language has it: `3 x 10`.

    3 x 10 each leg         10 reps, 3 rounds, each side
    hold for 30 seconds     hold 30 seconds
    prepare 5s              ready 5s
    tempo 3-1-1-0           lower 3s, hold 1s, lift 1s

These are no guesses: each is asked before any guess by likeness. A pattern's groups name what is
in them: `length` and `other` are lengths, `count` and `reps` are counts, or several of either with
slashes between them, one for each round.

In a routine of another language its own words (`clauses.yaml` in its folder) are first put into
English ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from msgspec import Struct

from voiceguide.errors import InputError
from voiceguide.languages import find_language, phrases
from voiceguide.lengths import parse_count, parse_length, plain_writing

_LIMB = (
    "side|leg|arm|knee|foot|hand|hip|shoulder|ankle|elbow|wrist|thigh|calf|heel|buttock|glute|ear"
)
_LIMBS = rf"(?:{_LIMB}|legs|arms|sides|knees|feet|hands|hips|shoulders|calves|ankles|elbows|wrists)"
_EACH = (
    rf"(?:on |for |with |to )?(?:the )?(?:each|ea\.?|every|per|a|both)[ -]{_LIMBS}"
    rf"|/ ?{_LIMBS}|(?:on |for |with )?both|each|ea\.?|/ ?ea\.?|bilateral(?:ly)?"
    r"|(?:on )?(?:the )?left(?: side)? and (?:the )?right(?: side)?|l ?[/&] ?r|l and r|r ?[/&] ?l"
    r"|unilateral(?:ly)?|each one|(?:change|switch|swap)(?: sides| legs)?"
    r"|one side (?:at a time|then the other)|then switch(?: sides)?"
    r"|(?:repeat |then )?(?:on )?(?:the )?other (?:side|leg|arm)"
)
_ALTERNATE = (
    rf"alternat(?:e|ing|ely)(?:[ -]{_LIMBS})?|sides in turn|in turn"
    r"|(?:switch|change)(?:ing)? sides (?:each|every) (?:rep|time)"
)
_ONE_SIDE = rf"(?:on |with |for )?(?:the |your )?{{0}}(?: (?:{_LIMB}))?(?: only)?"

_SIDES = (
    (rf"(?:{_EACH})", "each side"),
    (rf"(?:{_ALTERNATE})", "alternate sides"),
    (_ONE_SIDE.format("(?:left|l)"), "left side"),
    (_ONE_SIDE.format("(?:right|r)"), "right side"),
)

_HEADS = {
    "hold": "hold(?:ing)?(?: it| this| that)?|keep|stay",
    "rest": "rest(?:ing)?|break|recover(?:y)?|take a (?:rest|break)",
    "pause": "pause|silence|wait silently",
    "ready": "ready|get ready|prepare|preparation|prep|get set|set ?up",
    "change": "change|switch(?: sides| over)?|changeover|change over|change sides|swap(?: sides)?",
    "breathe": "breathe|breathing",
    "wait": "wait",
    "every": "every",
}
"""The house's words, with all that people write for them."""

_BETWEEN = (
    r"(?: (?:in )?between(?: (?:the )?(?:sets|rounds|sides|reps|each|them|holds))?| after each)?"
)
_HEAD_FIRST = tuple(
    (rf"(?:{words})(?: for| of)?:? (?P<length>.+?){_BETWEEN}", house)
    for house, words in _HEADS.items()
)
_HEAD_LAST = tuple(
    (rf"(?P<length>.+?)[ -](?:{_HEADS[house]}){_BETWEEN}", house)
    for house in ("hold", "rest", "pause", "ready", "change")
)


class _Pattern(Struct, frozen=True):
    """How something is written, and the clauses that it stands for."""

    written: str
    """A pattern, compiled when it is first tried: most routines need none of them."""
    house: tuple[str, ...]


def _pattern(written: str, *house: str) -> _Pattern:
    return _Pattern(written, house)


_X = r" ?[x×*✕·] ?"
_SETS = r"(?:sets?|rounds?|series|circuits?|cycles?|laps?|repeats?|bouts?)"
_REPS = r"(?:reps?\.?|repetitions?|times|x)"
_COUNT = r"(?P<count>\d[^x×]*?)"
_TWO = "{reps} reps", "{count} rounds"
_HELD = "hold {length}", "{count} rounds"
_SEGMENT = "{word} {length}", "{count} rounds"

_PATTERNS = (
    # sets of reps, and reps in sets
    _pattern(rf"{_COUNT}{_X}(?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(rf"{_COUNT} ?{_SETS}{_X}(?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(rf"{_COUNT} ?{_SETS} (?:of|à|at|a|@) (?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(
        rf"(?P<reps>.+?) ?(?:reps?|repetitions?)(?:{_X}| for | in )(?P<count>.+?)(?: {_SETS})?",
        *_TWO,
    ),
    _pattern(r"(?:sets|rounds): ?(?P<count>.+?),? reps: ?(?P<reps>.+)", *_TWO),
    _pattern(rf"(?P<reps>\d+(?:-\d+){{2,}}) ?{_REPS}", "{reps} reps"),
    _pattern(rf"(?P<reps>\d[^x×/]*?) ?(?:{_EACH})", "{reps} reps", "each side"),
    _pattern(rf"(?P<reps>\d[^x×/]*?) ?(?:{_ALTERNATE})", "{reps} reps", "alternate sides"),
    # holds in sets
    _pattern(rf"(?:hold )?{_COUNT}{_X}(?P<length>.+?)(?: holds?)?", *_HELD),
    _pattern(rf"{_COUNT} ?{_SETS}(?: of|{_X}| à| at| a| @)? ?(?P<length>.+?)(?: holds?)?", *_HELD),
    _pattern(rf"(?:hold )?(?:for )?(?P<length>.+?){_X}(?P<count>\d+)(?: {_SETS})?", *_HELD),
    _pattern(rf"(?:hold )?(?:for )?(?P<length>.+?),? (?P<count>\d+) {_SETS}", *_HELD),
    # segments in rounds
    _pattern(rf"{_COUNT}{_X}(?P<length>\d\S*(?: [a-z]+)?) (?P<word>[a-z][a-z -]*)", *_SEGMENT),
    _pattern(rf"{_COUNT}{_X}(?P<word>[a-z][a-z -]*?) (?P<length>\d.*)", *_SEGMENT),
    _pattern(r"(?P<reps>\d+) ?s? on[ ,/]+(?P<count>\d+) ?s? off", "work {reps}s", "rest {count}s"),
    # counts alone
    _pattern(rf"(?:for )?{_COUNT} ?{_SETS}", "{count} rounds"),
    _pattern(
        r"(?:repeat|do|perform|complete|go)(?: this| it| them| these| the above| all)? x? ?"
        rf"{_COUNT}(?: ?(?:times|x|more times|{_SETS}))?",
        "{count} rounds",
    ),
    _pattern(rf"{_SETS}: ?{_COUNT}", "{count} rounds"),
    _pattern(r"(?:for )?(?P<reps>\d.*?) ?(?:reps?\.?|repetitions?)", "{reps} reps"),
    _pattern(r"(?:reps?|repetitions?): ?(?P<reps>.+)", "{reps} reps"),
    _pattern(r"(?:breaths?): ?(?P<reps>.+)", "{reps} breaths"),
    _pattern(
        r"(?:for )?(?P<reps>\d.*?) (?:slow |deep |full |calm |long |even )+breaths?",
        "{reps} breaths",
    ),
    _pattern(
        r"(?P<a>\d+)-(?P<b>\d+)-(?P<c>\d+) breath(?:ing|s?)", "in {a}s", "hold {b}s", "out {c}s"
    ),
    # the clock
    _pattern(r"every minute(?: on the minute)?", "every 1 min"),
    _pattern(r"emom(?: for)? (?P<reps>\d+)(?: ?min(?:utes|s)?)?", "{reps} rounds", "every 1 min"),
    _pattern(
        r"(?:count(?:down| down|-down|-in| in)|count me in)(?: from| for)? (?P<reps>\d+) ?s?",
        "count in {reps}",
    ),
    _pattern(r"(?:count-in|count me in|with (?:a )?count[ -]in)", "count in"),
    _pattern(
        r"(?:metronome|click)(?: at)?:? (?P<reps>\d+) ?(?:bpm|beats(?: per| a)? min(?:ute)?)?",
        "metronome {reps}",
    ),
    _pattern(r"(?P<reps>\d+) ?bpm", "metronome {reps}"),
    _pattern(r"(?:in )?(?:any|random|shuffled|mixed) order|shuffled", "shuffle"),
    _pattern(r"if you (?:can|like|want|wish)|as an option", "optional"),
)
"""In this order; the first whose lengths and counts can be read is the one."""

_TEMPO = (
    re.compile(r"(\d+)-(\d+)-(\d+)(?:-(\d+))?(?: tempo)?"),
    re.compile(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d+)[-/:](\d+)[-/:](\d+)(?:[-/:](\d+))?"),
    re.compile(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d)(\d)(\d)(\d)?"),
)
_TEMPO_WORDS = ("lower", "hold", "lift")

_FREQUENCY = re.compile(
    r"(?:(?:\d+(?: ?(?:-|–|to) ?\d+)?|one|two|three|four|five|six|seven)"
    r" ?(?:x|×|times?|days?|sessions?)|once|twice)"
    r" ?(?:a|an|per|each|every|/) ?(?:day|week|month|hour|morning|evening|night)"
    r"|(?:\d+ ?(?:x|×|times) |twice |once )?(?:daily|weekly)"
    r"|every(?: (?:other|second|two|few))? (?:days?|hours?|mornings?|evenings?|nights?)"
)
_OWN_PACE = re.compile(
    r"(?:hold |rest |stay |reps )?(?:for )?(?:"
    r"(?:at|in) your own (?:pace|time|speed)|as (?:tolerated|needed)|take your time"
    r"|max(?:imum)? reps"
    r"|as (?:many|often|long) as (?:you (?:can|like)|tolerated|possible)|to failure|amrap"
    r"|(?:un)?til (?:you are )?(?:ready|tired|failure|fatigued?|done)"
    r"|when(?:ever)? (?:you(?:'re| are) )?ready)"
)


def house_clauses(written: str, language: str = "en") -> tuple[str, ...]:
    """The clauses that a piece of a dose stands for; the piece itself where nothing is known.

    More than one comes of `3 x 10 each leg`. None of them need be right: this only puts words into
    the house's own.
    """
    text = _BREATHED.sub("", in_english(" ".join(written.split()), language))
    if _is_house(text):
        return (written,) if text == " ".join(written.lower().split()) else (text,)
    found = _clauses(text, language) or _clauses(in_digits(text), language)
    return found or (text if text != written.lower() else written,)


_BREATHED = re.compile(
    r"\b(?:slow|deep|full|calm|long|even|easy|big|gentle)(?: and \w+)? (?=breaths?\b)"
)


def is_frequency(text: str) -> bool:
    """Whether it says how often to practise: `3 times a day`."""
    return _FREQUENCY.fullmatch(" ".join(text.lower().split())) is not None


def is_own_pace(text: str) -> bool:
    """Whether it leaves the time to whoever listens: `at your own pace`."""
    return _OWN_PACE.fullmatch(" ".join(text.lower().split())) is not None


@lru_cache(maxsize=4096)
def _clauses(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a text in lower case; empty where it is not understood."""
    return (
        tuple(_of_sides(text))
        or tuple(_of_tempo(text, language))
        or _of_patterns(text)
        or _split(text, language)
    )


def _of_sides(text: str) -> Iterator[str]:
    """`each leg` alone."""
    yield from (house for pattern, house in _SIDES if re.fullmatch(pattern, text))


def _of_tempo(text: str, language: str) -> Iterator[str]:
    """`3-1-1-0`, `tempo 4210`: the lowering first, as lifters write it; a `0` is left out."""
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _TEMPO)), None)
    if found:
        known = find_language(language)
        lower, hold, lift = known.sentences["tempo"] if known else _TEMPO_WORDS
        told = zip((lower, hold, lift, hold), found.groups(), strict=True)
        yield from (f"{word} {count}s" for word, count in told if count and int(count))


def _of_patterns(text: str) -> tuple[str, ...]:
    for pattern, house in (*_HEAD_FIRST, *_HEAD_LAST):
        found = re.fullmatch(pattern, text)
        if found and are_lengths(found["length"]):
            return (f"{house} {found['length']}",)
    for one in _PATTERNS:
        found = re.fullmatch(one.written, text)
        if found and all(_fits(name, part) for name, part in found.groupdict().items()):
            given = found.groupdict()
            if re.fullmatch(r"\d+(?:-\d+){2,}", given.get("reps") or ""):
                given["reps"] = given["reps"].replace("-", "/")
            return tuple(clause.format(**given) for clause in one.house)
    return (f"hold {text}",) if BARE.fullmatch(text) and are_lengths(text) else ()


BARE = re.compile(r"[\d½¼¾⅓⅔].*")
"""A length alone: whether it is a hold depends on what stands beside and under it."""


def _fits(name: str, part: str) -> bool:
    if name in ("word", "a", "b", "c"):
        return True
    return are_lengths(part) if name == "length" else are_counts(part.replace("-", "/"))


def are_lengths(text: str) -> bool:
    """Whether it is a length, or one for each round: `10s/20s/30s`."""
    return _all_read(parse_length, lengths_in(text))


def are_counts(text: str) -> bool:
    """Whether it is a count, or one for each round: `10/8/6`."""
    return _all_read(parse_count, text.split("/"))


def lengths_in(text: str) -> list[str]:
    """The lengths between slashes; the last one's unit is that of those without: `40/30/20s`."""
    parts = [part.strip() for part in plain_writing(text.strip()).split("/")]
    if len(parts) < 2:
        return [text.strip()]
    unit = re.search(r"[^\d.,:½¼¾\s-][^\d]*$", parts[-1])
    bare = re.compile(r"\d+(?:[.,]\d+)?")
    return [f"{part}{unit[0]}" if unit and bare.fullmatch(part) else part for part in parts]


def _all_read(read: object, parts: Iterable[str]) -> bool:
    try:
        return all(read(part) for part in parts)  # type: ignore[operator]  # a reader of texts
    except InputError:
        return False


# ── several in one piece: `10 reps each side`, `3 sets of 10 with 30s rest` ──

_JOINTS = re.compile(
    r"\s*(?:;|\+|\bthen\b|\bwith(?: a)?\b|\band\b|\bat\b|\(|\)|, )\s*|\s+|"
    rf"(?=/ ?{_LIMBS})"
)


def _split(text: str, language: str) -> tuple[str, ...]:
    """Two or more pieces that are each understood, the first of them as long as can be."""
    joints = list(_JOINTS.finditer(text)) if len(text) <= _LONGEST else []
    for joint in reversed(joints):
        left, right = text[: joint.start()].strip(" ("), text[joint.end() :].strip(" )")
        before, after = (
            _known(left, language) if left else (),
            _known(right, language) if right else (),
        )
        found = (*before, *after)
        if (before or not left) and (after or not right) and _differ(found):
            return found
    return ()


def _differ(clauses: tuple[str, ...]) -> bool:
    """Whether each says something of its own: `hold 2 breaths 3s` is not two holds."""
    words = [re.sub(r"[\d/.,:–-]+ ?|(?<=hold|rest).*", "", clause) for clause in clauses]
    return len(set(words)) == len(words)


_LONGEST = 80
"""Characters of a piece in which others are looked for; a longer one is prose."""

_HOUSE = re.compile(
    r"(?:hold|rest|pause|wait|ready|change|every|breathe) (?P<length>.+)"
    r"|(?P<count>\d.*?) ?(?:rounds?|reps?|breaths?|times?)"
    r"|each side|alternate sides|left side|right side|optional|shuffle|count in"
)


def _known(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a piece, which may be in the house's words already."""
    return (text,) if _is_house(text) else _clauses(text, language)


def _is_house(text: str) -> bool:
    found = _HOUSE.fullmatch(text)
    if not found:
        return False
    length, count = found["length"], found["count"]
    return (length is None or are_lengths(length)) and (count is None or are_counts(count))


# ── numbers in words, and the words of other languages ───────────────────────


@cache
def _numerals() -> Mapping[str, str]:
    """`three`: `3`; up to twenty, and tens."""
    words = phrases("en")
    known = {words.number(n): str(n) for n in (*range(2, 21), 25, 30, 40, 45, 50, 60, 90)}
    return {**known, "one": "1", "a minute": "1 min", "half a minute": "30s", "an hour": "1 h"}


def in_digits(text: str) -> str:
    """The text with its English numbers in digits: `3 sets of 10`."""
    words = "|".join(sorted(map(re.escape, _numerals()), key=len, reverse=True))
    return re.sub(rf"\b(?:{words})\b", lambda found: _numerals()[found[0]], text)


@cache
def _translations(language: str) -> tuple[re.Pattern[str], Mapping[str, str]] | None:
    known = find_language(language)
    if known is None or not known.clauses:
        return None
    table = {str(own): str(english) for own, english in known.clauses.items()}
    longest_first = sorted(table, key=len, reverse=True)
    # a word in lower case is found in any; one with a capital only as it stands: `Pause`
    words = (
        re.escape(own) if own != own.lower() else f"(?i:{re.escape(own)})" for own in longest_first
    )
    return re.compile(rf"(?<![^\W\d])(?:{'|'.join(words)})(?![^\W\d])"), table


def in_english(text: str, language: str) -> str:
    """A dose with its language's own words put into English; in lower case, but for names."""
    known = _translations(language)
    if known:
        pattern, table = known
        text = pattern.sub(lambda found: table.get(found[0]) or table[found[0].lower()], text)
    return text.lower()


# ── the moments of cues ──────────────────────────────────────────────────────

_MOMENTS = (
    (
        re.compile(
            r"(?:at |in |by )?(?:the )?(?:half|halfway|half way|midway|middle|midpoint|mid)"
            r"(?: (?:point|through|there))?"
        ),
        "half",
    ),
    (
        re.compile(r"(?:at |in |by )?(?:the )?(?:start|beginning|begin|as you (?:start|begin))"),
        "start",
    ),
    (re.compile(r"(?:at |in |by )?(?:the )?(?:end|finish|finally|afterwards|after|then)"), "end"),
    (re.compile(r"(?:the )?first(?: (?:time|round|pass|set))?"), "first"),
    (
        re.compile(r"(?:again|(?:the )?next (?:time|round|set)s?|later(?: rounds)?|other rounds)"),
        "again",
    ),
    (re.compile(r"(?:in |for )?(?:the )?(?:last|final) (?P<length>.*\d.*)"), "last"),
    (re.compile(r"(?:at|after) (?P<length>.*\d.*)"), "at"),
    (re.compile(r"(?P<length>.*\d.*?) (?:before (?:the )?end|to go|left)"), "last"),
)


def moment_in_english(label: str) -> str:
    """The moment that a cue's label means: `half` for `Halfway`, `last 10s` for `10s to go`."""
    plain = " ".join(label.lower().split())
    for pattern, moment in _MOMENTS:
        found = pattern.fullmatch(plain)
        if found:
            length = found.groupdict().get("length")
            return f"{moment} {length}" if length else moment
    return plain
