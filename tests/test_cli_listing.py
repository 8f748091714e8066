"""`voiceguide list`: the index that it reads, what it shows, and what fits what is asked for."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from cli_running import Ran, Runner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from voiceguide import library
from voiceguide.cli.console import plain
from voiceguide.cli.library import BEGIN, list_lines
from voiceguide.errors import MachineError
from voiceguide.installation import again
from voiceguide.lengths import parse_length, show_span
from voiceguide.library import LibraryEntry

MADE = runpy.run_path(str(Path(__file__).parents[1] / "scripts" / "make_index.py"))
"""The script that makes the index."""


def made(
    name: str, *, needs: str = "", purposes: str = "", lengths: tuple[int, int]
) -> LibraryEntry:
    """An entry as the index would have it."""
    title, things, words = name.capitalize(), tuple(needs.split()), tuple(purposes.split())
    return LibraryEntry(name, title, None, things, words, None, *lengths)


ENTRIES = (
    made("bridge", needs="floor", purposes="strength", lengths=(144, 283)),
    made("desk", purposes="break release", lengths=(180, 300)),
    made("lunge", needs="floor blanket", purposes="yoga release", lengths=(200, 486)),
    made("session", needs="floor wall", purposes="strength", lengths=(900, 1500)),
)


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


@pytest.fixture
def run_with_entries(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs commands with a library of these entries alone."""
    monkeypatch.setattr(library, "catalogue", lambda: ENTRIES)
    return run


# ── the index ────────────────────────────────────────────────────────────────


def test_the_index_is_that_of_the_routines() -> None:
    """Nothing was changed in a routine without `make index` after it."""
    assert library.index_file().read_text(encoding="utf-8") == MADE["index_text"]()


@pytest.mark.parametrize("name", library.routines())
def test_what_is_read_is_what_was_written(name: str) -> None:
    """The index gives back each entry as the routine itself makes it."""
    [found] = [one for one in library.catalogue() if one.name == name]
    assert found == MADE["entry"](name)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"routines": [{"name": "x"}]}'])
def test_a_broken_index_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A file that is cut or of another version is said, and is no traceback."""
    path = tmp_path / "index.json"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(library, "index_file", lambda: path)
    with pytest.raises(MachineError, match="the index of the routines cannot be read"):
        library.catalogue()


def test_a_missing_index_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it is broken."""
    monkeypatch.setattr(library, "index_file", lambda: tmp_path / "index.json")
    with pytest.raises(MachineError) as caught:
        library.catalogue()
    assert caught.value.help == again()


# ── filters ──────────────────────────────────────────────────────────────────


def names(ran: Ran) -> list[str]:
    """The routines that were listed."""
    assert ran.code == 0
    return [row.split("\t")[0] for row in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", "bridge desk lunge session"),
        ("--for strength", "bridge session"),
        ("--for release", "desk lunge"),
        ("--for Release,yoga", "lunge"),
        ("--for release --for break", "desk"),
        ("--needs nothing", "desk"),
        ("--needs floor", "bridge desk"),
        ("--needs floor,wall", "bridge desk session"),
        ("--needs floor --needs Blanket", "bridge desk lunge"),
        ("--needs nothing,floor", "bridge desk"),
        ("--length 144s", "bridge"),
        ("--length 143s", ""),
        ("--length 5m", "desk lunge"),
        ("--length 25:00", "session"),
        ("--length 25:01", ""),
        ("--for release --needs nothing --length 4m", "desk"),
        ("--for strength --needs floor --length 20m", ""),
    ],
)
def test_what_is_listed_fits_all_that_is_asked_for(
    run_with_entries: Runner, asked: str, found: str
) -> None:
    """Every purpose named, nothing needed beyond what there is, a length within reach."""
    ran = run_with_entries("list", *asked.split())
    assert names(ran) == found.split()
    assert ran.err == ("" if found else "No routine meets all of these conditions.\n")


@pytest.mark.parametrize(
    ("asked", "message", "help_"),
    [
        (("--for", "relese"), "is for `relese`", "did you mean `release`?"),
        (("--needs", "flor"), "needs `flor`", "did you mean `floor`?"),
        (("--needs", "rug"), "needs `rug`", "`blanket`, `floor`, `nothing`, `wall`"),
        (("--for", ""), "is for ``", "known are"),
        (("--length", "9x"), "`--length 9x`: `x` is not a unit of time", "write `30s`"),
        (("--length", "5-9m"), "`--length 5-9m` is not one length", "`--length 15m`"),
        (("--length", "5 breaths"), "`--length 5 breaths` is not one length", "`--length 15m`"),
    ],
)
def test_words_that_mean_nothing(
    run_with_entries: Runner, asked: tuple[str, str], message: str, help_: str
) -> None:
    """Wrong usage, with the nearest word that there is."""
    ran = run_with_entries("list", *asked)
    assert (ran.code, ran.out) == (2, "")
    error, way_out = ran.err.splitlines()
    assert message in error
    assert help_ in way_out


# ── what is shown ────────────────────────────────────────────────────────────


def test_a_row_for_each_routine_in_a_pipe(run: Runner) -> None:
    """Name, lengths, title, needs and purposes, parted by tabs."""
    rows = [row.split("\t") for row in run("list").out.splitlines()]
    assert [row[0] for row in rows] == list(library.routines())
    assert all(len(row) == 5 for row in rows)
    [rest] = [row for row in rows if row[0] == "constructive-rest"]
    assert rest[2:] == ["Constructive rest", "floor", "rest, release"]


def test_as_json(run_with_entries: Runner) -> None:
    """The same entries, exact, and filtered too."""
    [desk] = run_with_entries("list", "--needs", "nothing", "--json").json["routines"]
    assert desk == {
        "name": "desk",
        "title": "Desk",
        "description": None,
        "needs": [],
        "for": ["break", "release"],
        "length": None,
        "shortest": 180,
        "longest": 300,
    }
    assert run_with_entries("list", "--length", "1s", "--json").json == {"routines": []}


def drawn(width: int) -> list[str]:
    """The list on a terminal, as plain text."""
    return list(map(plain, list_lines(ENTRIES, width)))


def test_a_table_where_it_fits() -> None:
    """By family, one row each, in columns; no name twice."""
    assert drawn(80) == [
        "  name     length     for             needs",
        "Break",
        "  desk     3-5 min    break, release  nothing",
        "",
        "Strength",
        "  bridge   3-4 min    strength        floor",
        "  session  15-25 min  strength        floor, wall",
        "",
        "Yoga",
        "  lunge    4-8 min    yoga, release   floor, blanket",
    ]


def test_lines_of_its_own_where_it_does_not() -> None:
    """Name, lengths, and what it is for and needs, one below the other."""
    assert drawn(40)[:4] == [
        "Break",
        "desk",
        "  3-5 min",
        "  for break, release; needs nothing",
    ]


def test_every_routine_has_a_line_at_80_columns() -> None:
    """The library as it is: where to begin comes first, and no name stands there twice."""
    lines = list(map(plain, list_lines(library.catalogue(), 80)))
    assert lines[1] == "Where to begin"
    named = [row.split()[0] for row in lines if row.startswith("  ") and row[2] != " "][1:]
    assert tuple(named[:2]) == BEGIN
    assert sorted(named) == sorted(library.routines())
    for one in library.catalogue():
        [row] = [line for line in lines if one.name in line.split()]
        assert all(purpose in row for purpose in one.purposes)


@given(st.integers(12, 130))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """The library as it is fits into any terminal."""
    shown = map(plain, list_lines(library.catalogue(), width))
    assert max(map(cell_len, shown)) <= width


@pytest.mark.parametrize(
    ("shortest", "longest", "shown"),
    [
        (541.04, 1339.4, "10-22 min"),
        (60, 120, "1-2 min"),
        (170, 200, "3 min"),
        (190.2, 230.9, "3:11-3:50"),
        (61.2, 61.9, "1:02"),
        (7200, 9000, "120-150 min"),
    ],
)
def test_a_span_can_be_met_at_both_ends(shortest: float, longest: float, shown: str) -> None:
    """Whole minutes between the two; seconds where there is no such minute."""
    assert show_span(shortest, longest) == shown
    if shown.endswith("min"):
        span = parse_length(shown)
        assert shortest <= span.low <= span.high <= longest
