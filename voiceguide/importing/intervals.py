"""Lists of intervals as people type them: `Hips 3x / Pigeon right 45s / Pigeon left 45s`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.importing.draft import RoutineDraft, plain
from voiceguide.patterns import late
from voiceguide.script.clauses import HEADS, near_head
from voiceguide.script.synonyms import are_counts, are_lengths, house_clauses

_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|s|m|h|\"|″)\.?"
_LENGTH = rf"(?:\d+(?:[.,:]\d+)?(?:\s?[-–]\s?\d+)?\s?{_UNIT}|\d+:\d\d)"
_ITEM = late(
    rf"(?P<name>[^\d:]*[^\d\s:(,])[\s:,(–-]*\s(?P<length>{_LENGTH})\)?"
    rf"|(?P<before>{_LENGTH})\s+(?:of\s+)?(?P<after>[^\d:]+)"
)
_GROUP = late(r"(?P<name>[^\d:]*?)[\s:,(]*(?P<count>\d+)\s?(?:[x×]|rounds?|times|sets?)\)?:?")
_REPS = late(r"(?P<count>\d+(?:[-–]\d+)?)\s*(?:[x×]\s*)?(?P<name>[^\d\s:x×][^\d:]*)")
_SPLIT = late(r"\s+/\s+|\s*[;,|+]\s*(?=[^\W\d])|\s*→\s*|\s+then\s+")
_MARK = late(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_MOST_WORDS = 9
"""Of an item: what has more is a sentence."""


def is_interval_list(text: str) -> bool:
    """Whether most of its lines are short, with a length or a number of times in each."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    told = [line for line in lines if _is_item(_MARK.sub("", line, count=1).strip())]
    return len(lines) > 0 and len(told) * 5 >= len(lines) * 3


def _is_item(line: str) -> bool:
    parts = [part for part in _SPLIT.split(line) if part]
    short = all(len(part.split()) <= _MOST_WORDS for part in parts)
    known = (
        _ITEM.fullmatch(part) or _GROUP.fullmatch(part) or _REPS.fullmatch(part) for part in parts
    )
    return short and not line.rstrip().endswith((".", "!", "?")) and all(known)


def read_interval_list(text: str, draft: RoutineDraft) -> None:
    """Write the lines as steps; a line that begins with a name and a count is a group."""
    count = 0
    for line in text.split("\n"):
        words = _MARK.sub("", line, count=1).strip()
        if line.startswith("#"):
            draft.heading(line.lstrip("# "))
        elif not words:
            draft.add("")
        elif _is_item(words):
            draft.add(*_steps([part for part in _SPLIT.split(words) if part], draft))
            count += 1
        elif len(words.split()) <= _MOST_WORDS and not words.endswith((".", "!", "?")):
            draft.heading(words)
        else:
            draft.add(plain(words))
    draft.tell(f"{count} lines became steps")


def _steps(parts: Sequence[str], draft: RoutineDraft) -> Iterator[str]:
    first, *others = parts
    group = _GROUP.fullmatch(first)
    if group and not _ITEM.fullmatch(first) and others:
        if group["name"].strip():
            draft.heading(group["name"].strip())
        yield f"- {group['count']} rounds"
        yield from (f"  {_step(part)}" for part in others)
    else:
        yield from map(_step, parts)


def _step(part: str) -> str:
    found = _ITEM.fullmatch(part)
    if found:
        name = found["name"] or found["after"]
        return step_line(name, [found["length"] or found["before"]])
    counted = _REPS.fullmatch(part)
    if counted:
        return step_line(counted["name"], [f"{counted['count']} reps"])
    return f"- {part}"


def step_line(name: str, clauses: Sequence[str]) -> str:
    """A step of this name: a segment where its time is a length, a named step where it is counted.

    A name that reads as a clause, `Rest`, is that clause.
    """
    word = " ".join(name.lower().split()).strip(" :,-–")
    time, *others = clauses
    rest = "".join(f", {one}" for one in others)
    if are_lengths(time):
        own = house_clauses(f"{word} {time}")
        if own != (f"{word} {time}",) and own[0].split()[0] in HEADS:
            return f"- {own[0]}{rest}"
        if word in HEADS:
            return f"- {word} {time}{rest}"
        if re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", word) and not near_head(word.split()[0]):
            return f"- {word} {time}{rest}"
        return f"- {_name(name)}: hold {time}{rest}"
    if are_counts(time.removesuffix(" reps")):
        return f"- {_name(name)}: {time}{rest}"
    return f"- {_name(name)}: {time}{rest}"


def _name(name: str) -> str:
    return " ".join(re.sub(r"[\[\]{}|<>`_\\:*]", " ", name).split())
