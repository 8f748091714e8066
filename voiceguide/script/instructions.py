"""Turn a bullet that is a sentence with a length in it into a hold with the sentence below.

    - Lie on your back, knees bent, for two minutes      - hold 2 min
                                                           Lie on your back, knees bent, for two …

Only a few words and a length remain a segment: `Leg swings front to back 30s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from voiceguide.errors import InputError, Problem, Reporter
from voiceguide.patterns import late
from voiceguide.script.clauses import BARE_COUNT, HEADS, ClauseKind, ends_sentence, read_clauses
from voiceguide.script.doses import COMMA, ReadDose
from voiceguide.script.source import Passage, ReadingContext
from voiceguide.script.synonyms import are_lengths, house_clauses
from voiceguide.script.tree import Bullet, ProseLines
from voiceguide.script.wording import in_digits, in_english

_SHORTEST, _LONGEST = 6, 60
"""Fewest and most words of a sentence with its length."""

_LENGTH = late(
    r"(?<![\w/])\d+(?:[.,:]\d+)?(?:\s?[-–]\s?\d+(?:[.,]\d+)?)?"
    r"(?:(?<=:\d\d)|\s?(?:s|secs?|seconds?|min(?:ute)?s?|h|hours?|(?:\w+ )?breaths?))(?!\w)"
)
_CHOSEN = late(r"\d+\s?[-–]\s?\d+\s?(?:s|seconds?|min(?:utes?)?|breaths?)(?!\w)")
"""A range; the sentence says the length chosen from it: `for {hold}`."""

_DOSED = late(rf"(?:{'|'.join(sorted(HEADS))})(?: for)? \d")
_NUMBERED = late(r"\d.*(?:\d ?[x×@] ?|[x×@] ?\d|\b(?:sets?|rounds?|reps?|rest|off|rpe)\b)")
"""A dose, though not one that can be read: `3 x 30s at RPE 6`."""
_BESIDE = (ClauseKind.SIDES, ClauseKind.ROUNDS)


def sentence_below(
    bullet: Bullet, read: ReadDose, told: Iterable[Problem], context: ReadingContext
) -> Bullet | None:
    """The bullet as a hold with its sentence below; None if it is a dose, or is meant as one.

    `read` is the bullet read as a dose, and `told` the problems of that reading.
    """
    text = bullet.line.text
    if not _SHORTEST <= len(text.split()) <= _LONGEST or not _is_sentence(text, read, told):
        return None
    found = _hold_in(context.passage([bullet.line]), unreported(context))
    if not found:
        return None
    dose, stop = found
    said = _CHOSEN.sub("{hold}", text[:stop].rstrip("."))
    below = replace(bullet.line, text=f"{said[0].upper()}{said[1:]}.")
    line = replace(bullet.line, text=dose)
    return Bullet(bullet.first, line, [ProseLines([below]), *bullet.children])


def _is_sentence(text: str, read: ReadDose, told: Iterable[Problem]) -> bool:
    """Whether the text is unlike any dose, or a segment whose name has at least six words."""
    if _NUMBERED.match(text.lower()):
        return False
    if not read.whole:
        guessed = any("did you mean" in problem.help for problem in told)
        return not guessed and not _DOSED.match(text.lower())
    named = [clause.house for clause in read.clauses if clause.kind is ClauseKind.SEGMENT]
    if len(named) != 1:
        return False
    words = len(re.split(r"\s+\S*\d", named[0])[0].split()) + text.count(" for ")
    return words >= _SHORTEST or ends_sentence(text)


def _hold_in(line: Passage, context: ReadingContext) -> tuple[str, int] | None:
    """The dose of a sentence with one length, and the offset of its end, before other clauses."""
    parts = list(line.split(COMMA))
    beside: list[str] = []
    while len(parts) > 1 and can_be_read(parts[-1], context, *_BESIDE):
        beside.insert(0, parts.pop().text)
    first, *others = parts
    dosed = any(_DOSED.match(part.text.lower()) for part in parts)
    begins = can_be_read(first, context) and not can_be_read(first, context, ClauseKind.HOLD)
    if others and (dosed or begins):  # clauses, unlike `For two minutes, …`
        return None
    stop = line.text.rindex(parts[-1].text) + len(parts[-1].text)
    plain = in_digits(in_english(line.text[:stop], context.language), context.language)
    lengths = [found for found in _LENGTH.finditer(plain) if are_lengths(found[0])]
    if len(lengths) != 1:
        return None
    tail = plain[lengths[0].start() :].rstrip(".")
    readable = can_be_read(line.as_if(tail), context, ClauseKind.HOLD, *_BESIDE)
    hold = ", ".join(house_clauses(tail)) if readable else f"hold {lengths[0][0]}"
    return ", ".join((hold, *beside)), stop


def can_be_read(part: Passage, context: ReadingContext, *kinds: ClauseKind) -> bool:
    """Whether the part can be read as clauses, and all are of these kinds if any are given."""
    try:
        return all(not kinds or one.kind in kinds for one in read_clauses(part, context))
    except InputError:
        return not kinds and BARE_COUNT.fullmatch(part.text.lower()) is not None


def unreported(context: ReadingContext) -> ReadingContext:
    """The same context with a throwaway report, to try a reading."""
    return replace(context, report=Reporter(context.report.source, ()))
