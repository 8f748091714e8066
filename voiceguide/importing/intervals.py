"""Lists of intervals as people type them, `Hips 3x / Pigeon right 45s`, and tables of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from voiceguide.errors import InputError, quote
from voiceguide.importing.draft import RoutineDraft, plain
from voiceguide.lengths import parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.script.clauses import HEADS, near_head
from voiceguide.script.synonyms import are_lengths, house_clauses

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
"""Most words in an item; a line with more is a sentence."""


def is_interval_list(text: str) -> bool:
    """Whether three fifths of the lines are short and hold a length or a count."""
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
    """Write a step: a segment if the first clause is a length, a named step if it is a count.

    A name that is itself a clause, such as `Rest`, becomes that clause. A name that cannot be a
    segment's word is followed by `hold`.
    """
    word = " ".join(name.lower().split()).strip(" :,-–")
    time, *others = clauses
    rest = "".join(f", {one}" for one in others)
    if are_lengths(time):
        own = house_clauses(f"{word} {time}")
        if own != (f"{word} {time}",) and own[0].split()[0] in HEADS:
            return f"- {own[0]}{rest}"
        plain_word = re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", word)
        if word in HEADS or (plain_word and not near_head(word.split()[0])):
            return f"- {word} {time}{rest}"
        return f"- {_name(name)}: hold {time}{rest}"
    return f"- {_name(name)}: {time}{rest}"


def _name(name: str) -> str:
    return " ".join(re.sub(r"[\[\]{}|<>`_\\:*]", " ", name).split())


# ── tables: CSV and TSV with a name, seconds, rounds, reps, rests and sides ──


_COLUMNS: Mapping[str, str] = {
    "name": r"(?:exercise|name|title|step|move|activity|pose|übung|exercice|ejercicio|esercizio).*",
    "seconds": r"(?:seconds?|secs?|duration|time|work|hold|length|dauer|sekunden).*",
    "rest": r"(?:rest|break|pause|recovery).*",
    "rounds": r"(?:rounds?|sets?|times|runden|sätze).*",
    "reps": r"(?:reps?|repetitions?|wdh|wiederholungen).*",
    "sides": r"(?:sides?|each side|seiten?).*",
    "words": r"(?:notes?|instructions?|description|cues?|text|hinweise?|anleitung).*",
}
"""Patterns of column headings, by what the column holds."""

_ORDER = ("name", "seconds", "rounds")
"""The columns of a table without headings."""


def is_table(text: str) -> bool:
    """Whether all rows have the same number of cells, at least two, and most hold a number."""
    rows = _rows(text)
    widths = {len(row) for row in rows}
    numbers = sum(any(re.search(r"\d", cell) for cell in row[1:]) for row in rows)
    if len(rows) < 2 or len(widths) != 1 or min(widths) < 2:
        return False
    short = all(len(row[0].split()) <= _MOST_IN_A_NAME for row in rows)
    return numbers * 2 > len(rows) and short


_MOST_IN_A_NAME = 8
"""Most words in a name, which is in the first cell."""


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.strip()]
    sign = next((one for one in "\t;," if lines and all(one in line for line in lines)), ",")
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]


def read_table(text: str, draft: RoutineDraft) -> None:
    """Write a step for each row."""
    rows = _rows(text)
    heads = _heads(rows[0]) if rows else []
    if heads:
        rows = rows[1:]
    else:
        heads = list(_ORDER)
        draft.unknown.append("the table has no heads: they are taken for name, seconds and rounds")
    for row in rows:
        _row(dict(zip(heads, row, strict=False)), draft)
    draft.tell(f"{len(rows)} rows became steps")


def _heads(row: Sequence[str]) -> list[str]:
    """What each column holds; empty if the row is not one of headings."""
    found = [
        next((kind for kind, words in _COLUMNS.items() if re.fullmatch(words, cell.lower())), "")
        for cell in row
    ]
    return found if "name" in found and not any(cell.isdecimal() for cell in row) else []


def _row(cells: Mapping[str, str], draft: RoutineDraft) -> None:
    name, seconds, reps = (cells.get(key, "") for key in ("name", "seconds", "reps"))
    clauses = []
    if seconds and seconds != "0":
        clauses.append(_length(seconds))
    elif reps:
        clauses.append(f"{reps} reps")
    rounds, rest = cells.get("rounds", ""), cells.get("rest", "")
    if rounds and rounds not in ("1", "0"):
        clauses.append(f"{rounds} rounds")
    if rest and rest != "0":
        clauses.append(f"rest {_length(rest)}")
    if re.match(r"(?i)y|each|both|2|left and right|ja", cells.get("sides", "")):
        clauses.append("each side")
    if not name or not clauses:
        draft.unknown.append(f"{quote(', '.join(cells.values()))} has no name, or no time")
        return
    words = cells.get("words", "")
    draft.add(step_line(name, clauses), *([f"  {plain(words)}"] if words else ()))


def _length(text: str) -> str:
    """A length; a number without a unit is in seconds."""
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return show_seconds(float(text.replace(",", ".")))
    try:
        return str(parse_length(text))
    except InputError:
        return text
