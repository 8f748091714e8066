"""Translate other spellings of a dose, such as `3 x 10`, into the language's own clauses.

    3 x 10 each leg         10 reps, 3 rounds, each side
    hold for 30 seconds     hold 30 seconds
    prepare 5s              ready 5s
    tempo 3-1-1-0           lower 3s, hold 1s, lift 1s

The patterns are in `phrasings`. They are exact, and are tried before any guess by similarity.

The words of other languages are first translated into English (`wording`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from voiceguide.errors import InputError
from voiceguide.languages import find_language
from voiceguide.lengths import parse_count, parse_length, plain_writing
from voiceguide.patterns import late
from voiceguide.script.phrasings import (
    ALTERNATE,
    EACH,
    FREQUENCY,
    HEAD_FIRST,
    HEAD_LAST,
    LEADING_ROUNDS,
    LIMB,
    LIMBS,
    OWN_PACE,
    PATTERNS,
    REPS,
    SETS,
    SIDES,
    TEMPO,
    TEMPO_WORDS,
)
from voiceguide.script.wording import in_digits, in_english, tidied


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
    found = _understood(text, language)
    return _in_own_words(found, language) or (text if text != written.lower() else written,)


def _in_own_words(clauses: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The clauses with the words that a pattern brings in, and are spoken, in the language."""
    known = find_language(language)
    if known is None or known.code == "en":
        return clauses
    said = {"work": known.sentences["work"]}
    if any(clause.startswith(("in ", "out ")) for clause in clauses):
        said |= {word: known.words[word] for word in ("in", "hold", "out")}
    parts = (clause.partition(" ") for clause in clauses)
    return tuple(f"{said.get(word, word)}{space}{rest}" for word, space, rest in parts)


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
_EACH_LETTER = late(rf"\be/ ?(?:s\b|(?={LIMB}))")

_BREATHED = late(r"\b(?:slow|deep|full|calm|long|even|easy|big|gentle)(?: and \w+)? (?=breaths?\b)")


def is_frequency(text: str, language: str = "en") -> bool:
    """Whether a text says how often to practise: `3 times a day`."""
    return FREQUENCY.fullmatch(in_english(" ".join(text.split()), language)) is not None


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
    return OWN_PACE.fullmatch(in_english(" ".join(text.split()), language)) is not None


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
    rf"(?P<count>\d+(?:-\d+)?) (?P<name>[a-z][a-z -]*?[a-z])(?P<more> x ?\d+| (?:{EACH}))?"
)
_NO_NAME = late(
    rf"\b(?:{REPS}|{SETS}|breaths?|with|of|to|at|in|for|and|or|slow(?:ly)?|controlled|holds?)\b"
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
    yield from (house for pattern, house in SIDES if re.fullmatch(pattern, text))


def _of_tempo(text: str, language: str) -> Iterator[str]:
    """Understand `3-1-1-0`, `tempo 4210`: lowering first, as lifters write it; `0` is dropped."""
    found = next(filter(None, (pattern.fullmatch(text) for pattern in TEMPO)), None)
    if found:
        known = find_language(language)
        lower, hold, lift = known.sentences["tempo"] if known else TEMPO_WORDS
        told = zip((lower, hold, lift, hold), found.groups(), strict=True)
        yield from (f"{word} {count}s" for word, count in told if count and int(count))


def _of_clock(text: str) -> Iterator[str]:
    """Understand a rate for a time.

    `every 2 min for 10 min` is five rounds, `6 breaths a minute for 10 min` breaths of 10 seconds.
    """
    found = _EVERY_FOR.fullmatch(text)
    every = {"min": "1 min", "minute": "1 min"}.get(found["every"], found["every"]) if found else ""
    if found and are_lengths(every) and are_lengths(found["whole"]):
        rounds = parse_length(found["whole"]).low / parse_length(every).low
        if rounds == int(rounds):
            yield from (f"{int(rounds)} rounds", f"every {every}")
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
    rf"(?P<all>\d+)(?: ?{REPS})?(?: in)?(?: total)?[ ,:;=-]+"
    rf"(?P<each>\d+)(?: ?{REPS})? ?(?:{EACH})"
)


def _of_patterns(text: str) -> tuple[str, ...]:
    for pattern, house in (*HEAD_FIRST, *HEAD_LAST):
        found = re.fullmatch(pattern, text)
        if found and are_lengths(found["length"]):
            return (f"{house} {found['length']}",)
    for written, *clauses in PATTERNS:
        found = re.fullmatch(written, text)
        if found and all(_fits(name, part) for name, part in found.groupdict().items()):
            given = found.groupdict()
            given |= {
                name: part.replace("-", "/")
                for name, part in given.items()
                if re.fullmatch(r"\d+(?:-\d+){2,}.*", part or "")
            }
            given["word"] = _spoken(given.get("word") or "")
            return tuple(clause.format(**given) for clause in clauses)
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
    rf"(?=/ ?{LIMBS})"
)


def _split(text: str, language: str) -> tuple[str, ...]:
    """The clauses of a text that splits into understood pieces, the first as long as possible."""
    joints = list(_JOINTS.finditer(text)) if len(text) <= _LONGEST else []
    for joint in reversed(joints):
        on_sides = re.match(EACH, text[joint.end() :]) and text[: joint.start()].endswith(" on")
        if not joint.end() or on_sides:  # nothing is split off, or `on each leg` is cut
            continue
        if text[: joint.start()] == "alternate" and not text[joint.end()].isdigit():
            continue  # `alternate nostril breathing`
        left, right = text[: joint.start()].strip(" ("), text[joint.end() :].strip(" )")
        before, after = (
            _known(left, language) if left else (),
            _known(right, language) if right else (),
        )
        if (before or not left) and (after or not right) and _differ(before, after):
            return (*before, *after)
    return ()


def _repeated(text: str, language: str) -> tuple[str, ...]:
    """The clauses of `8 x run 1 min walk 2 min`: rounds, and the clauses repeated in them."""
    found = LEADING_ROUNDS.fullmatch(text)
    if not found or not are_counts(found["count"]):
        return ()
    clauses, rounds = _known(found["rest"], language), (f"{found['count']} rounds",)
    return (*clauses, *rounds) if clauses and _differ(clauses, rounds) else ()


def _differ(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether two pieces are of different kinds: `hold 2 breaths 3s` is not two holds."""
    kinds = (
        {re.sub(r"[\d/.,:–-]+ ?|(?<=hold|rest).*", "", clause) for clause in piece}
        for piece in (before, after)
    )
    return not set.intersection(*kinds)


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
    word = word.removesuffix(" for")
    return {"on": "work", "off": "rest"}.get(word, word)


_NO_SEGMENT = late(
    rf"^(?:then|and|with|on|hold|rest|pause|wait|x|of|for|at|to|{EACH}|{ALTERNATE})\b|\b(?:x|of|{REPS}|{SETS})\b"
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
    plain = in_digits(" ".join(label.lower().split()))
    plain = re.sub(r"^every (minute|second)$", r"every 1 \1", plain)
    for pattern, moment in _MOMENTS:
        found = pattern.fullmatch(plain)
        if found:
            length = found.groupdict().get("length")
            return f"{moment} {length}" if length else moment
    return plain
