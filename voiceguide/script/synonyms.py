"""Translate other spellings of a dose, such as `3 x 10`, into the language's own clauses.

    3 x 10 each leg         10 reps, 3 rounds, each side
    hold for 30 seconds     hold 30 seconds
    prepare 5s              ready 5s
    tempo 3-1-1-0           lower 3s, hold 1s, lift 1s

These patterns are exact, and are tried before any guess by similarity. A pattern's groups name
their content: `length` and `other` are lengths, `count` and `reps` are counts, or several of
either with slashes between them, one for each round.

The words of other languages are first translated into English (`wording`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from voiceguide.errors import InputError
from voiceguide.languages import find_language
from voiceguide.lengths import parse_count, parse_length, plain_writing
from voiceguide.patterns import late
from voiceguide.script.wording import in_digits, in_english, tidied

_LIMB = (
    "side|leg|arm|knee|foot|hand|hip|shoulder|ankle|elbow|wrist|thigh|calf|heel|buttock|glute|ear"
    "|direction|way"
)
_LIMBS = rf"(?:{_LIMB}|legs|arms|sides|knees|feet|hands|hips|shoulders|calves|ankles|elbows|wrists"
_LIMBS += "|directions|ways)"
_EACH = (
    rf"(?:on |for |with |to |in |at )?(?:the )?(?:each|ea\.?|e/|every|per|a|both)[ -]?{_LIMBS}"
    rf"|/ ?{_LIMBS}|(?:on |for |with )?both|each|ea\.?|/ ?ea\.?|e/s|e\.?s\.?|b/l|bilateral(?:ly)?"
    r"|(?:on )?(?:the )?left(?: side)?,? (?:and|&|then|\+) (?:the )?right(?: side)?"
    r"|(?:on )?(?:the )?right(?: side)?,? (?:and|&|then|\+) (?:the )?left(?: side)?"
    r"|(?:l|left) ?[/&+] ?(?:r|right)|l and r|r and l|(?:r|right) ?[/&+] ?(?:l|left)"
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
    "hold": "(?:isometric |static )?hold(?:ing|s)?(?: it| this| that)?|keep|stay",
    "rest": "rest(?:ing)?|break|recover(?:y)?|take a (?:rest|break)",
    "pause": "pause|silence|wait silently",
    "ready": "ready|get ready|prepare|preparation|prep|get set|set ?up",
    "change": "change|switch(?: sides| over)?|changeover|change over|change sides|swap(?: sides)?",
    "breathe": "breathe|breathing",
    "wait": "wait",
    "every": "every",
}
"""The language's own words, each with a pattern for all its spellings."""

_BETWEEN = (
    r"(?: (?:in )?between(?: (?:the |each )?(?:sets?|rounds?|sides|reps?|each|them|holds?))?"
    r"| (?:after|between) each(?: \w+)?)?"
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
    """A pattern, and the clauses that it stands for."""

    written: str
    """The regular expression, compiled when it is first tried: most routines need none."""
    house: tuple[str, ...]


def _pattern(written: str, *house: str) -> _Pattern:
    return _Pattern(written, house)


_X = r" ?[x×*✕·] ?"
_SETS = r"(?:sets?|rounds?|series|circuits?|cycles?|laps?|repeats?|bouts?)"
_REPS = r"(?:reps?\.?|repetitions?|times|x)"
_COUNT = r"(?P<count>\d[^x×]*?)"
_LEADING_ROUNDS = late(rf"{_COUNT}(?:{_X}| ?{_SETS} of:? )(?P<rest>\D.*|\d.* .*)")
_TWO = "{reps} reps", "{count} rounds"
_HELD = "hold {length}", "{count} rounds"
_478 = "{count} breaths", "in 4s", "hold 7s", "out 8s"
_BOX = "{count} breaths", "in 4s", "hold 4s", "out 4s", "hold 4s"
_SQUARE = "{count} breaths", "in {a}s", "hold {a}s", "out {a}s", "hold {a}s"
_SEGMENT = "{word} {length}", "{count} rounds"

_PATTERNS = (
    # breaths
    _pattern(rf"4-7-8(?: breath(?:ing|s)?)? ?x ?{_COUNT}", *_478),
    _pattern(rf"(?P<a>\d+)(?:-(?P=a)){{3}} ?x ?{_COUNT}", *_SQUARE),
    _pattern(rf"(?:box|square) breath(?:ing|s)?,? ?(?:x ?)?{_COUNT} ?(?:{_SETS}|x|times)?", *_BOX),
    _pattern(
        r"(?:box|square) breath(?:ing|s)?,? (?:for )?(?P<length>.+)",
        *("breathe {length}", *_BOX[1:]),
    ),
    _pattern(
        r"(?P<reps>\d+)(?: ?s)?/(?P<other>\d+)(?: ?s)?(?: ?x ?| for )(?P<count>\d+)(?: rounds)?",
        *("work {reps}s", "rest {other}s", "{count} rounds"),
    ),
    # sets of reps, and reps in sets
    _pattern(rf"{_COUNT}{_X}(?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(rf"{_COUNT} ?{_SETS}{_X}(?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(rf"{_COUNT} ?{_SETS} (?:of|à|at|a|@) (?P<reps>.+?)(?: ?{_REPS})?", *_TWO),
    _pattern(r"(?P<count>\d+) ?sets? (?P<reps>\d+(?:-\d+)?)", *_TWO),
    _pattern(
        rf"(?P<reps>.+?) ?(?:reps?|repetitions?)(?:{_X}| for | in )(?P<count>.+?)(?: {_SETS})?",
        *_TWO,
    ),
    _pattern(r"(?:sets|rounds): ?(?P<count>.+?),? reps: ?(?P<reps>.+)", *_TWO),
    _pattern(rf"(?P<reps>\d+(?:-\d+){{2,}}) ?{_REPS}", "{reps} reps"),
    _pattern(rf"(?P<reps>\d[^x×/]*?) ?(?:{_EACH})", "{reps} reps", "each side"),
    _pattern(rf"(?P<reps>\d[^x×/]*?) ?(?:{_ALTERNATE})", "{reps} reps", "alternate sides"),
    _pattern(rf"(?P<reps>\d[^x×/]*?) ?(?:x|times),? ?(?:{_EACH})", "{reps} times", "each side"),
    _pattern(
        rf"(?:{_EACH})[,:]? (?:of )?(?P<reps>\d[^x×/]*?) ?(?:x|times)", "{reps} times", "each side"
    ),
    _pattern(
        rf"(?:{_EACH})[,:]? (?:of )?(?P<reps>\d[^x×/]*?) ?{_REPS}", "{reps} reps", "each side"
    ),
    _pattern(
        rf"{_COUNT}{_X}(?P<reps>\d+){_X}(?P<length>\d[^x×]*?)(?: holds?)?",
        "{reps} reps",
        "{count} rounds",
        "hold {length}",
    ),
    _pattern(
        rf"(?P<reps>\d+) ?{_REPS}{_X}{_COUNT} ?{_SETS}{_X}(?P<length>\d[^x×]*?)(?: holds?)?",
        "{reps} reps",
        "{count} rounds",
        "hold {length}",
    ),
    _pattern(
        rf"(?:hold )?(?P<length>\d[^x×]*?)(?: holds?)?{_X}(?P<reps>\d+) ?(?:reps?|repetitions?)",
        "{reps} reps",
        "hold {length}",
    ),
    _pattern(r"(?P<reps>\d+) ?(?:left|l)(?: side)?", "{reps} reps", "left side"),
    _pattern(r"(?P<reps>\d+) ?(?:right|r)(?: side)?", "{reps} reps", "right side"),
    _pattern(r"(?P<length>\d+(?:-\d+){2,} ?(?:s|secs?|seconds?|min(?:utes?)?))", "hold {length}"),
    # holds in sets
    _pattern(rf"{_COUNT} (?P<length>\d[\d.:]* ?[a-z]+) holds?", *_HELD),
    _pattern(rf"(?:hold )?{_COUNT}{_X}(?P<length>.+?)(?: holds?)?", *_HELD),
    _pattern(rf"{_COUNT} ?{_SETS}(?: of|{_X}| à| at| a| @)? ?(?P<length>.+?)(?: holds?)?", *_HELD),
    _pattern(rf"(?:hold )?(?:for )?(?P<length>.+?){_X}(?P<count>\d+)(?: {_SETS})?", *_HELD),
    _pattern(rf"(?:hold )?(?:for )?(?P<length>.+?),? (?P<count>\d+) {_SETS}", *_HELD),
    # segments
    _pattern(r"(?P<length>\d*:\d\d) on", "work {length}"),
    _pattern(r"(?P<length>\d*:\d\d) off", "rest {length}"),
    # segments in rounds
    _pattern(rf"{_COUNT}{_X}(?P<length>\d\S*(?: [a-z]+)?) (?P<word>[a-z][a-z -]*)", *_SEGMENT),
    _pattern(rf"{_COUNT}{_X}(?P<word>[a-z][a-z -]*?) (?P<length>\d.*)", *_SEGMENT),
    _pattern(r"(?P<reps>\d+) ?s? on[ ,/]+(?P<count>\d+) ?s? off", "work {reps}s", "rest {count}s"),
    # counts alone
    _pattern(rf"(?:for )?{_COUNT} ?{_SETS}", "{count} rounds"),
    _pattern(rf"[x×] ?{_COUNT}(?: ?(?:{_SETS}|times))?", "{count} rounds"),
    _pattern(rf"{_COUNT} ?[x×]?,? ?(?:times )?repeat(?:ed|s)?", "{count} rounds"),
    _pattern(rf"(?:sets|rounds|series) {_COUNT}", "{count} rounds"),
    _pattern(r"(?:reps|repetitions) (?P<reps>\d.*)", "{reps} reps"),
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
    _pattern(r"every min(?:ute)?(?: on the minute)?", "every 1 min"),
    _pattern(r"(?P<reps>\d+) ?min(?:utes?)? emom", "{reps} rounds", "every 1 min"),
    _pattern(
        r"(?:emom|every minute on the minute)(?: ?[x×]| for)? (?P<reps>\d+)"
        r"(?: ?(?:min(?:utes|s)?|rounds?|x))?",
        *("{reps} rounds", "every 1 min"),
    ),
    _pattern(
        r"e(?P<other>\d)mom(?: ?[x×]| for)? (?P<reps>\d+)(?: ?(?:rounds?|x))?",
        *("{reps} rounds", "every {other} min"),
    ),
    _pattern(r"(?:one|1) (?:rep )?every (?P<length>.+)", "every {length}"),
    _pattern(
        rf"(?P<length>\d.*?) (?:in )?between(?: (?:the )?(?:{_LIMBS}|sets|rounds))?",
        "rest {length}",
    ),
    _pattern(
        r"(?:count(?:down| down|-down|-in| in)|count me in)(?: from| for)? (?P<reps>\d+) ?s?",
        "count in {reps}",
    ),
    _pattern(r"(?P<reps>\d+)[ -]?(?:s|secs?|seconds?)? count[ -]?(?:down|in)", "count in {reps}"),
    _pattern(r"(?:count-in|count me in|with (?:a )?count[ -]in)", "count in"),
    _pattern(
        r"(?:metronome|click)(?: at)?:? (?P<reps>\d+) ?(?:bpm|beats(?: per| a)? min(?:ute)?)?",
        "metronome {reps}",
    ),
    _pattern(r"(?P<reps>\d+) ?bpm", "metronome {reps}"),
    _pattern(r"(?:in )?(?:any|random|shuffled|mixed) order|shuffled", "shuffle"),
    _pattern(r"if you (?:can|like|want|wish)|as an option", "optional"),
)
"""Tried in this order; the first match whose lengths and counts can be read wins."""

_TEMPO = (
    late(r"(\d+)-(\d+)-(\d+)(?:-(\d+))?(?: tempo)?"),
    late(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d+)[-/:](\d+)[-/:](\d+)(?:[-/:](\d+))?"),
    late(r"(?:at |with )?(?:a )?(?:tempo:? ?|@ ?)(\d)(\d)(\d)(\d)?"),
)
_TEMPO_WORDS = ("lower", "hold", "lift")

_FREQUENCY = late(
    r"(?:(?:\d+(?: ?(?:-|–|to) ?\d+)?|one|two|three|four|five|six|seven)"
    r" ?(?:x|×|times?|days?|sessions?)?|once|twice|once or twice)"
    r" ?(?:a|an|per|each|every|/) ?(?:day|week|month|hour|morning|evening|night)"
    r"|(?:\d+(?: ?(?:-|–|to) ?\d+)? ?(?:x|×|times) |twice |once )?(?:daily|weekly|a day)"
    r"|every(?: (?:other|second|two|few))? (?:days?|hours?|mornings?|evenings?|nights?)"
)
_OWN_PACE = late(
    r"(?:hold |rest |stay |reps )?(?:for )?(?:"
    r"(?:at|in) your own (?:pace|time|speed)|as (?:tolerated|needed)|take your time"
    r"|max(?:imum)? reps"
    r"|as (?:many|often|long) as (?:you (?:can|like)|tolerated|possible)|to failure|amrap"
    r"|(?:un)?til (?:you are )?(?:ready|tired|failure|fatigued?|done)"
    r"|when(?:ever)? (?:you(?:'re| are) )?ready)"
)


def house_clauses(written: str, language: str = "en") -> tuple[str, ...]:
    """The clauses that a piece of a dose stands for; the piece itself if it is not understood.

    `3 x 10 each leg` gives more than one. The clauses are not checked: this only translates.
    """
    plain = " ".join(written.split())
    text = _SECONDS.sub(r"\1s", _BREATHED.sub("", in_english(plain, language)))
    text = _EACH_LETTER.sub(lambda found: "each side" if "s" in found[0] else "each ", text)
    if _is_house(text):
        return (written,) if text == plain.lower() else (text,)
    if _is_house(plain.lower()):  # in Italian, `alternate` alone is a clause
        return (written,)
    return _understood(text, language) or (text if text != written.lower() else written,)


def _understood(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a text in lower case, as written or simplified; empty if not understood."""
    if len(text) > _LONGEST:
        return _clauses(text, language)
    digits = in_digits(text, language)
    plain = tidied(in_digits(tidied(digits), language))
    if digits != text and _is_house(digits):
        return (digits,)
    found = _clauses(text, language) or _clauses(digits, language)
    return found or (_known(plain, language) if plain not in (text, digits) else ())


_SECONDS = late(r"(?<![\d:]):([0-5]\d)(?![\d:])")
_EACH_LETTER = late(rf"\be/ ?(?:s\b|(?={_LIMB}))")

_BREATHED = late(r"\b(?:slow|deep|full|calm|long|even|easy|big|gentle)(?: and \w+)? (?=breaths?\b)")


def is_frequency(text: str, language: str = "en") -> bool:
    """Whether a text says how often to practise: `3 times a day`."""
    return _FREQUENCY.fullmatch(in_english(" ".join(text.split()), language)) is not None


def frequency_in(text: str, language: str = "en") -> tuple[str, str] | None:
    """Split `3 x 10 twice a day` into how often to practise and the dose; None if not both."""
    for joint in re.finditer(r"\s*[,x×]?\s+", text) if len(text) <= _LONGEST else ():
        left, right = text[: joint.start()], text[joint.end() :]
        for often, dose in ((right, left), (left, right)):
            if is_frequency(often, language):
                return often, ", ".join(house_clauses(dose, language))
    return None


def is_own_pace(text: str, language: str = "en") -> bool:
    """Whether a text leaves the time to the listener: `at your own pace`."""
    return _OWN_PACE.fullmatch(in_english(" ".join(text.split()), language)) is not None


def without_other_words(written: str, language: str = "en") -> str | None:
    """The dose after dropping the fewest adjacent words that make it readable, or None.

    `10 reps with a band` becomes `10 reps`. `10 squats` becomes a step with a name:
    `Squats: 10 reps`.
    """
    if len(written) > _LONGEST:
        return None
    text = tidied(in_digits(in_english(" ".join(written.split()), language), language))
    words = text.split()
    named = _as_named(text, language)
    if named or len(words) > _MOST_WORDS:
        return named
    for dropped in range(1, len(words)):
        for start in range(len(words) - dropped, -1, -1):
            rest = " ".join(words[:start] + words[start + dropped :])
            found = (rest,) if _is_house(rest) else _clauses(rest, language)
            if found and not are_lengths(rest):
                return ", ".join(found)
    return None


_MOST_WORDS = 12
_NAME_BEHIND = late(
    rf"(?P<count>\d+(?:-\d+)?) (?P<name>[a-z][a-z -]*[a-z])(?P<more> x ?\d+| (?:{_EACH}))?"
)
_NO_NAME = late(
    rf"\b(?:{_REPS}|{_SETS}|breaths?|with|of|to|at|in|for|and|or|slow(?:ly)?|controlled|holds?)\b"
)


def _as_named(text: str, language: str) -> str | None:
    found = _NAME_BEHIND.fullmatch(text)
    if not found or _NO_NAME.search(found["name"]) or in_digits(found["name"]) != found["name"]:
        return None
    more = _clauses(found["more"].strip(), language) if found["more"] else ()
    return ", ".join((f"{found['name'].capitalize()}: {found['count']} reps", *more))


@lru_cache(maxsize=4096)
def _clauses(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a text in lower case; empty if it is not understood."""
    return (
        tuple(_of_sides(text))
        or tuple(_of_tempo(text, language))
        or tuple(_of_clock(text))
        or _of_patterns(text)
        or tuple(_of_both(text))
        or _split(text, language)
        or _repeated(text, language)
    )


def _of_sides(text: str) -> Iterator[str]:
    """Understand `each leg` alone."""
    yield from (house for pattern, house in _SIDES if re.fullmatch(pattern, text))


def _of_tempo(text: str, language: str) -> Iterator[str]:
    """Understand `3-1-1-0`, `tempo 4210`: lowering first, as lifters write it; `0` is dropped."""
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _TEMPO)), None)
    if found:
        known = find_language(language)
        lower, hold, lift = known.sentences["tempo"] if known else _TEMPO_WORDS
        told = zip((lower, hold, lift, hold), found.groups(), strict=True)
        yield from (f"{word} {count}s" for word, count in told if count and int(count))


def _of_clock(text: str) -> Iterator[str]:
    """Understand a rate for a time.

    `every 2 min for 10 min` is five rounds, `6 breaths a minute for 10 min` breaths of 10 seconds.
    """
    found = _EVERY_FOR.fullmatch(text)
    if found and are_lengths(found["every"]) and are_lengths(found["whole"]):
        rounds = parse_length(found["whole"]).low / parse_length(found["every"]).low
        if rounds == int(rounds):
            yield from (f"{int(rounds)} rounds", f"every {found['every']}")
    found = _BREATHS_A_MINUTE.fullmatch(text)
    if found and are_lengths(found["whole"]) and float(found["rate"]):
        half = f"{30 / float(found['rate']):.1f}".removesuffix(".0")
        yield from (f"breathe {found['whole']}", f"in {half}s", f"out {half}s")


_EVERY_FOR = late(r"every (?P<every>.+) for (?P<whole>.+)")
_BREATHS_A_MINUTE = late(
    r"(?P<rate>\d+(?:\.\d+)?) breaths? ?(?:per|a|/) ?min(?:ute)?(?: for|,)? (?P<whole>.+)"
)


def _of_both(text: str) -> Iterator[str]:
    """Understand `20 reps (10 each side)`: the total, then the half of it for each side."""
    found = _BOTH.fullmatch(text)
    if found and int(found["all"]) == 2 * int(found["each"]):
        yield from (f"{found['each']} reps", "each side")


_BOTH = late(
    rf"(?P<all>\d+)(?: ?{_REPS})?(?: in)?(?: total)?[ ,:;=-]+"
    rf"(?P<each>\d+)(?: ?{_REPS})? ?(?:{_EACH})"
)


def _of_patterns(text: str) -> tuple[str, ...]:
    for pattern, house in (*_HEAD_FIRST, *_HEAD_LAST):
        found = re.fullmatch(pattern, text)
        if found and are_lengths(found["length"]):
            return (f"{house} {found['length']}",)
    for one in _PATTERNS:
        found = re.fullmatch(one.written, text)
        if found and all(_fits(name, part) for name, part in found.groupdict().items()):
            given = found.groupdict()
            given |= {
                name: part.replace("-", "/")
                for name, part in given.items()
                if re.fullmatch(r"\d+(?:-\d+){2,}.*", part or "")
            }
            given["word"] = _spoken(given.get("word") or "")
            return tuple(clause.format(**given) for clause in one.house)
    return (f"hold {text}",) if BARE.fullmatch(text) and are_lengths(text) else ()


BARE = late(r"[:\d½¼¾⅓⅔].*")
"""A bare length: whether it is a hold depends on what stands beside and under it."""


def _fits(name: str, part: str) -> bool:
    if name == "word":
        return not _NO_SEGMENT.search(part)
    if name in ("a", "b", "c", "other"):
        return True
    if name == "length":
        return are_lengths(part.replace("-", "/") if part.count("-") > 1 else part)
    return are_counts(part.replace("-", "/"))


def are_lengths(text: str) -> bool:
    """Whether a text is a length, or one for each round: `10s/20s/30s`."""
    return _all_read(parse_length, lengths_in(text))


def are_counts(text: str) -> bool:
    """Whether a text is a count, or one for each round: `10/8/6`."""
    return _all_read(parse_count, text.split("/"))


def lengths_in(text: str) -> list[str]:
    """The lengths between slashes; those without a unit get that of the last one: `40/30/20s`."""
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


# ── several clauses in a piece: `10 reps each side`, `3 sets of 10 with 30s rest`

_JOINTS = late(
    r"\s*(?:;|\+|\bthen\b|\bwith(?: a)?\b|\band\b|\bat\b|\(|\)|, )\s*|\s+|"
    rf"(?=/ ?{_LIMBS})"
)


def _split(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a text that splits into understood pieces, the first as long as possible."""
    joints = list(_JOINTS.finditer(text)) if len(text) <= _LONGEST else []
    for joint in reversed(joints):
        if not joint.end():  # nothing is split off
            continue
        left, right = text[: joint.start()].strip(" ("), text[joint.end() :].strip(" )")
        before, after = (
            _known(left, language) if left else (),
            _known(right, language) if right else (),
        )
        found = (*before, *after)
        if (before or not left) and (after or not right) and _differ(found):
            return found
    return ()


def _repeated(text: str, language: str) -> tuple[str, ...]:
    """The clauses of `8 x run 1 min walk 2 min`: rounds, and the clauses repeated in them."""
    found = _LEADING_ROUNDS.fullmatch(text)
    if not found or not are_counts(found["count"]):
        return ()
    clauses = (*_known(found["rest"], language), f"{found['count']} rounds")
    return clauses if len(clauses) > 1 and _differ(clauses) else ()


def _differ(clauses: tuple[str, ...]) -> bool:
    """Whether all clauses are of different kinds: `hold 2 breaths 3s` is not two holds."""
    words = [re.sub(r"[\d/.,:–-]+ ?|(?<=hold|rest).*", "", clause) for clause in clauses]
    return len(set(words)) == len(words)


_LONGEST = 80
"""Most characters of a piece that is searched for several clauses; a longer one is prose."""

_HOUSE = late(
    r"(?:hold|rest|pause|wait|ready|change|every|breathe) (?P<length>.+)"
    r"|(?P<count>\d.*?) ?(?:rounds?|reps?|breaths?|times?)"
    r"|each side|alternate sides|left side|right side|optional|shuffle|count in"
)


def _known(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a piece, which may be in the language's own words already."""
    return (text,) if _is_house(text) else _clauses(text, language) or _segment(text)


_SEGMENT_FIRST = late(r"(?P<word>[^\W\d_](?:(?! x )[^\d:/,.])*?) (?P<length>\d.*)")
_SEGMENT_LAST = late(r"(?P<length>\d[\d.:]* ?[a-z]+\.?) (?P<word>[^\W\d_][^\d:/,.]*)")


def _segment(text: str) -> tuple[str, ...]:
    """The segment of a word and a length in any order; empty if the text has another form."""
    found = _SEGMENT_FIRST.fullmatch(text) or _SEGMENT_LAST.fullmatch(text)
    if not found or not are_lengths(found["length"]) or _NO_SEGMENT.search(found["word"]):
        return ()
    return (f"{_spoken(found['word'])} {found['length']}",)


def _spoken(word: str) -> str:
    """The segment word to speak: `work` for the `on` of `20s on`."""
    return {"on": "work", "off": "rest"}.get(word, word).removesuffix(" for")


_NO_SEGMENT = late(
    rf"^(?:then|and|with|on|hold|rest|pause|wait|x|of|for|at|to|{_EACH}|{_ALTERNATE})\b|\b(?:x|of|{_REPS}|{_SETS})\b"
)


def _is_house(text: str) -> bool:
    found = _HOUSE.fullmatch(text)
    if not found:
        return False
    length, count = found["length"], found["count"]
    return (length is None or are_lengths(length)) and (count is None or are_counts(count))


# ── the moments of cues ──────────────────────────────────────────────────────

_MOMENTS = (
    (
        late(
            r"(?:at |in |by )?(?:the )?(?:half|halfway|half way|midway|middle|midpoint|mid)"
            r"(?: (?:point|through|there))?"
        ),
        "half",
    ),
    (
        late(r"(?:at |in |by )?(?:the )?(?:start|beginning|begin|as you (?:start|begin))"),
        "start",
    ),
    (late(r"(?:at |in |by )?(?:the )?(?:end|finish|finally|afterwards|after|then)"), "end"),
    (late(r"(?:the )?first(?: (?:time|round|pass|set))?"), "first"),
    (
        late(r"(?:again|(?:the )?next (?:time|round|set)s?|later(?: rounds)?|other rounds)"),
        "again",
    ),
    (late(r"(?:in |for )?(?:the )?(?:last|final) (?P<length>.*\d.*)"), "last"),
    (late(r"(?:at|after) (?P<length>.*\d.*)"), "at"),
    (late(r"(?P<length>.*\d.*?) (?:before (?:the )?end|to go|left)"), "last"),
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
