"""Tables: CSV and TSV with a name, seconds, rounds, reps, rests and sides."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence

from voiceguide.errors import InputError, quote
from voiceguide.importing.draft import RoutineDraft, plain
from voiceguide.importing.intervals import step_line
from voiceguide.lengths import parse_length, show_seconds

_COLUMNS: Mapping[str, str] = {
    "name": r"(?:exercise|name|title|step|move|activity|pose|übung|exercice|ejercicio|esercizio).*",
    "seconds": r"(?:seconds?|secs?|duration|time|work|hold|length|dauer|sekunden).*",
    "rest": r"(?:rest|break|pause|recovery).*",
    "rounds": r"(?:rounds?|sets?|times|runden|sätze).*",
    "reps": r"(?:reps?|repetitions?|wdh|wiederholungen).*",
    "sides": r"(?:sides?|each side|seiten?).*",
    "words": r"(?:notes?|instructions?|description|cues?|text|hinweise?|anleitung).*",
}
"""What a column holds, by how it is headed."""

_ORDER = ("name", "seconds", "rounds")
"""Of a table without heads."""


def is_table(text: str) -> bool:
    """Whether it has lines of the same number of cells, at least two, with a number in each."""
    rows = _rows(text)
    widths = {len(row) for row in rows}
    numbers = sum(any(re.search(r"\d", cell) for cell in row[1:]) for row in rows)
    return len(rows) > 1 and len(widths) == 1 and _is_wide(widths, numbers, rows)


def _is_wide(widths: set[int], numbers: int, rows: Sequence[Sequence[str]]) -> bool:
    short = all(len(row[0].split()) <= _MOST_WORDS for row in rows)
    return min(widths) > 1 and numbers * 2 > len(rows) and short


_MOST_WORDS = 8
"""Of a name in the first cell."""


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
    """What each column holds; nothing where this is no row of heads."""
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
    draft.add(step_line(name, clauses), *_words(cells.get("words", "")))


def _words(text: str) -> list[str]:
    return [f"  {plain(text)}"] if text else []


def _length(text: str) -> str:
    """A length; a number alone is one of seconds."""
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return show_seconds(float(text.replace(",", ".")))
    try:
        return str(parse_length(text))
    except InputError:
        return text
