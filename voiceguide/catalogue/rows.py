"""Read the plan of a catalogue: a table in which each row asks for a session or programme.

    CSV, TSV, JSON lines, TOML ─read_plan▶ Row, Row, Row …

Reading does not look at routines: a `Row` holds its cells by the names of their columns, and its
line. Rows are read one by one, so that memory does not grow with the plan.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.errors import (
    Place,
    Problem,
    RoutineError,
    Severity,
    UsageError,
    did_you_mean,
    quote,
)
from voiceguide.settings.table import SETTINGS

Value = str | int | float | bool | Sequence[str] | Mapping[str, str]
"""The value of a cell; a CSV has only texts."""

WORD = "set"
"""`set.name`: the column of a word for the routine's placeholder, such as a person's name."""

MAPS = (WORD, "chimes", "say", "phrases")
"""Settings with a column for each of their names: `chimes.start`."""

EXPORTING = {
    "format": "how the sound's file ends: mp3, m4b, opus, flac, …",
    "bitrate": "kbps of what is compressed",
    "captions": "`yes`: the spoken words beside it, .lrc and .vtt",
    "sheet": "`yes`: the handout of this very session beside it",
    "split": "`yes`: a file for each chapter, in a folder named by the id",
    "bundle": "`yes`: all that a phone wants, in a folder named by the id",
    "stream": "`yes`: an MP3 in one go instead of stitched",
    "digital silence": "`yes`: silences of zeros",
    "verify": "`yes`: the sound is read back before it takes its place",
}
"""Columns for the export that are not settings."""

OF_PROGRAMMES = {
    "programme": "a programme instead of a routine: its path, or a name of the library",
    "start": "its first day",
    "at": "when each day's session begins",
}

COLUMNS = ("id", "routine", *OF_PROGRAMMES, "with", *EXPORTING, *SETTINGS)
"""All columns of a plan, apart from those with a dot such as `set.NAME`."""

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|manifest|feed)(\..*)?", re.IGNORECASE)
_TABLE = re.compile(r"\s*\[\[\s*session\s*\]\]")


class Row(Struct, frozen=True):
    """A row as it is written in the plan."""

    number: int
    """From 1, without headings."""
    place: Place
    """The place of its line; the column is 1."""
    cells: Mapping[str, Value] = field(default_factory=dict)
    """Values by column; empty cells are left out."""
    columns: Sequence[str] = ()
    """The columns of its table in order; empty if the table has none."""
    faults: tuple[Problem, ...] = ()
    """Problems that make it unreadable."""
    id: str = ""
    """The name of its session; see `numbered`."""

    def problem(self, message: str, way_out: str = "", column: str = "") -> Problem:
        """Make a problem of this row or, with `column`, of one of its cells."""
        where = f"row {self.number}, `{column}`: " if column else f"row {self.number}: "
        number = self.columns.index(column) + 1 if column in self.columns else 1
        return Problem(where + message, way_out, replace(self.place, column=number))

    @property
    def words(self) -> dict[str, str]:
        """The words that are filled in, which may name a person."""
        found = self.cells.get(WORD)
        return dict(found) if isinstance(found, Mapping) else {}


# ── reading tables ───────────────────────────────────────────────────────────

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".toml")


def read_plan(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, without ids.

    Raises:
        UsageError: there is no such file, or its suffix is unknown.
        RoutineError: it is not a table; or, after all rows were yielded without these cells, it has
            unknown columns.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        way_out = f"end it in one of {', '.join(f'`{one}`' for one in ENDINGS)}"
        raise UsageError(f"`{path.name}` does not say what kind of table it is", way_out)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from reader(file, str(path))
    except FileNotFoundError as error:
        raise UsageError(f"there is no plan `{path}`", "name a table of sessions") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"`{path}` is not UTF-8", "save it as UTF-8, “CSV UTF-8”") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read `{path}`: {reason}", "name a table of sessions") from error


def _csv_rows(file: TextIO, source: str) -> Iterator[Row]:
    first = file.readline()
    file.seek(0)
    delimiter = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    try:
        columns = tuple(map(column_name, next(reader, [])))
        problems += _column_problems(columns, source)
        if not {"routine", "programme"} & set(columns):
            raise RoutineError(problems)
        number, line = 0, reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                number += 1
                yield _csv_row(number, Place(source, line), columns, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        way_out = "quote cells that hold a separator, and double the quotes within"
        place = Place(source, max(1, reader.line_num))
        broken = Problem(f"this is not a table: {error}", way_out, place)
        raise RoutineError([*problems, broken]) from error
    if problems:
        raise RoutineError(problems)


def _column_problems(names: Sequence[str], source: str) -> Iterator[Problem]:
    if not {"routine", "programme"} & set(names):
        way_out = "begin with a line of column names: `id,routine,length`"
        yield Problem("no column is called `routine`", way_out, Place(source, 1))
    for number, name in enumerate(names, 1):
        place = Place(source, 1, number)
        if not is_column(name):
            yield Problem(f"there is no column {quote(name)}", _nearest_column(name), place)
        elif name in names[: number - 1]:
            yield Problem(f"two columns are called {quote(name)}", "leave one of them out", place)


def _csv_row(number: int, place: Place, columns: Sequence[str], cells: Sequence[str]) -> Row:
    row = Row(number, place, columns=columns)
    if len(cells) > len(columns):
        extra = f"it has {len(cells)} cells, and there are {len(columns)} columns"
        return replace(row, faults=(row.problem(extra, "quote what holds a separator"),))
    written = zip(columns, cells, strict=False)
    known = ((name, text.strip()) for name, text in written if is_column(name))
    return replace(row, cells=_gathered(known))


def _json_rows(file: TextIO, source: str) -> Iterator[Row]:
    number = 0
    for line, text in enumerate(file, 1):
        if text.strip():
            number += 1
            yield _json_row(Row(number, Place(source, line)), text)


def _json_row(row: Row, text: str) -> Row:
    try:
        found = json.loads(text.rstrip())
    except (ValueError, RecursionError) as error:
        column = getattr(error, "colno", 1)
        fault = row.problem(f"this is not JSON: {getattr(error, 'msg', error)}", "correct the line")
        return replace(row, faults=(replace(fault, place=replace(row.place, column=column)),))
    if not isinstance(found, dict):
        fault = row.problem("this is not an object", 'write `{"routine": "…"}` on one line')
        return replace(row, faults=(fault,))
    return mapped(row, found)


def _toml_rows(file: TextIO, source: str) -> Iterator[Row]:
    text = file.read()
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        numbers = re.search(r"line (\d+), column (\d+)", str(error))
        place = Place(source, int(numbers[1]), int(numbers[2])) if numbers else Place(source, 1)
        raise RoutineError(f"this is not TOML: {error}", "correct it", place) from error
    lines = (n for n, line in enumerate(text.splitlines(), 1) if _TABLE.match(line))
    common, sessions = found.pop("all", {}), found.pop("session", [])
    for name in found:
        way_out = "write `[all]` for settings of all rows, and `[[session]]` for each row"
        raise RoutineError(f"there is no table {quote(name)}", way_out, Place(source, 1))
    for number, session in enumerate(sessions, 1):
        row = Row(number, Place(source, next(lines, 1)))
        yield mapped(row, {**common, **session})


_READERS: dict[str, Callable[[TextIO, str], Iterator[Row]]] = {
    ".csv": _csv_rows,
    ".tsv": _csv_rows,
    ".jsonl": _json_rows,
    ".ndjson": _json_rows,
    ".toml": _toml_rows,
}


# ── the cells of a row ───────────────────────────────────────────────────────


def column_name(text: str) -> str:
    """Normalise the name of a column, `Lead-In` to `lead in`; the part after a dot is unchanged."""
    head, dot, tail = text.strip().partition(".")
    plain = re.sub(r"[\s_-]+", " ", head).strip().lower()
    plain = WORD if plain == "words" else plain
    return f"{plain}.{tail.strip()}" if dot else plain


def is_column(name: str) -> bool:
    """Whether a plan may have a column of this name."""
    head, dot, tail = name.partition(".")
    return (head in MAPS and bool(tail)) if dot else name in COLUMNS


def _nearest_column(name: str) -> str:
    return did_you_mean(name, [*COLUMNS, "set.NAME"])


def mapped(row: Row, found: Mapping[str, Any]) -> Row:
    """Fill a row with the cells of a mapping from JSON, TOML or a Python program."""
    pairs: list[tuple[str, Any]] = []
    faults: list[Problem] = []
    for key, value in found.items():
        name = column_name(str(key).removesuffix("_"))
        if not is_column(name) and name not in MAPS:
            faults.append(row.problem(f"there is no column {quote(name)}", _nearest_column(name)))
        elif not _fits(name, value):
            way_out = "write a text, a number, or for `with` a list of texts"
            faults.append(row.problem("this is not a valid value", way_out, name))
        elif value is not None:
            pairs.append((name, value))
    return replace(row, cells=_gathered(pairs), faults=tuple(faults))


def _fits(name: str, value: object) -> bool:
    if isinstance(value, Mapping):
        return name in MAPS and all(isinstance(one, str) for one in value.values())
    if isinstance(value, list | tuple):
        return name == "with" and all(isinstance(one, str) for one in value)
    return value is None or isinstance(value, str | int | float)


def _gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Value]:
    """Cells by column; names with a dot are gathered into maps, and empty cells are left out."""
    cells: dict[str, Any] = {}
    for name, value in pairs:
        head, dot, tail = name.partition(".")
        if value == "":
            continue
        if dot:
            cells.setdefault(head, {})[tail] = str(value)
        elif isinstance(value, Mapping):
            cells.setdefault(name, {}).update(value)
        else:
            cells[name] = value
    return cells


# ── the ids of rows ──────────────────────────────────────────────────────────


def numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """Give each row its id: the one in its cell, or a generated one.

    A generated id is made from the row without a person's words, so that it reveals none of them;
    rows that differ only in words are numbered in order. A row with a bad id gets a fault, and a
    generated id under which it is reported.
    """
    taken: set[int] = set()
    made: Counter[str] = Counter()
    for row in rows:
        written = str(row.cells.get("id", "")).strip()
        fault = _id_fault(row, written, taken) if written else None
        name = written if written and not fault else _free(made_id(row), made, taken)
        taken.add(fold(name))
        yield replace(row, id=name, faults=(*row.faults, *((fault,) if fault else ())))


def _id_fault(row: Row, written: str, taken: set[int]) -> Problem | None:
    if not _ID.fullmatch(written) or _RESERVED.fullmatch(written):
        way_out = "use letters, digits, `.`, `_` and `-`, at most 100 of them, such as `p-0017`"
        return row.problem(f"{quote(written)} cannot name a file", way_out, "id")
    if fold(written) in taken:
        way_out = "give each row its own id; capitals make no difference"
        return row.problem(f"{quote(written)} is the id of another row", way_out, "id")
    return None


def fold(name: str) -> int:
    """Hash a name, ignoring case, to 64 bits, so that a million names fit into memory."""
    return int.from_bytes(hashlib.blake2b(name.lower().encode(), digest_size=8).digest(), "big")


def _free(stem: str, made: Counter[str], taken: set[int]) -> str:
    while True:
        made[stem] += 1
        name = stem if made[stem] == 1 else f"{stem}-{made[stem]}"
        if fold(name) not in taken:
            return name


def made_id(row: Row) -> str:
    """Generate an id, `psoas-stretches-3f9a0c12be`, from the row without a person's words."""
    said = {name: value for name, value in row.cells.items() if name not in (WORD, "id")}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=list)
    named = str(said.get("routine") or said.get("programme") or "row")
    stem = re.sub(r"[^a-z0-9]+", "-", Path(named).stem.lower()).strip("-")[:60] or "row"
    return f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def naming(row: Row) -> Iterator[Problem]:
    """Warn if an id contains a word that is filled in: file names would reveal a person's name."""
    for name, word in row.words.items():
        if len(word) > 2 and word.lower() in row.id.lower():
            way_out = "name sessions by numbers: others can see file names"
            found = row.problem(f"it contains the word of `{WORD}.{name}`", way_out, "id")
            yield replace(found, severity=Severity.WARNING)
