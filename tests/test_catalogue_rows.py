"""Plans of catalogues: every kind of table says the same, and says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogues import write_routine

from voiceguide.catalogue import Catalogue, run
from voiceguide.catalogue.rows import COLUMNS, Row, column_name, numbered, read_plan
from voiceguide.errors import Problem, RoutineError, UsageError
from voiceguide.settings.table import SETTINGS

CSV = """\
id,Routine,length,with,set.name,lead-in
p1,mine.md,30s,"band,ball",Maria,2s

,mine.md,,,,
"""
TABLES = {
    "plan.csv": CSV,
    "excel.csv": "\ufeff" + CSV.replace(",", ";").replace('"band;ball"', '"band,ball"'),
    "plan.tsv": CSV.replace('"band,ball"', "band\vball").replace(",", "\t").replace("\v", ","),
    "plan.jsonl": (
        '{"id": "p1", "routine": "mine.md", "length": "30s", "with": "band,ball",'
        ' "set": {"name": "Maria"}, "lead_in": "2s"}\n\n{"routine": "mine.md"}\n'
    ),
    "plan.toml": (
        '[all]\nroutine = "mine.md"\n\n[[session]]\nid = "p1"\nlength = "30s"\n'
        'with = "band,ball"\nset.name = "Maria"\nlead-in = "2s"\n\n[[session]]\n'
    ),
}


def read(folder: Path, text: str, name: str = "plan.csv") -> list[Row]:
    """The rows of a table, with their ids."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return list(numbered(read_plan(path)))


def problems(folder: Path, text: str, name: str = "plan.csv") -> list[str]:
    """All that is wrong with a plan, as it is shown, without the folder."""
    write_routine(folder)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    found: list[Problem] | tuple[Problem, ...]
    try:
        found = Catalogue(path, folder / "out").survey().problems
    except RoutineError as error:
        found = error.problems
    return [str(problem).replace(f"{folder}/", "") for problem in found]


@pytest.mark.parametrize("name", TABLES)
def test_every_kind_of_table_says_the_same(tmp_path: Path, name: str) -> None:
    """Commas, semicolons, tabs, JSON and TOML give the same cells; empty lines are no rows."""
    first, second = read(tmp_path, TABLES[name], name)
    assert first.cells == {
        "id": "p1",
        "routine": "mine.md",
        "length": "30s",
        "with": "band,ball",
        "set": {"name": "Maria"},
        "lead in": "2s",
    }
    assert (first.number, first.id, first.words) == (1, "p1", {"name": "Maria"})
    assert (second.number, dict(second.cells)) == (2, {"routine": "mine.md"})
    assert not first.faults
    assert not second.faults


@pytest.mark.parametrize(
    ("name", "lines"),
    [("plan.csv", [2, 4]), ("plan.tsv", [2, 4]), ("plan.jsonl", [1, 3]), ("plan.toml", [4, 11])],
)
def test_a_row_knows_its_line(tmp_path: Path, name: str, lines: list[int]) -> None:
    """Problems lead to the line in the file, empty lines counted."""
    assert [row.place.line for row in read(tmp_path, TABLES[name], name)] == lines


def test_a_cell_may_hold_lines(tmp_path: Path) -> None:
    """A quoted cell with a line break moves the lines of the rows below it, and none else."""
    rows = read(tmp_path, 'routine,title\na.md,"two\nlines"\nb.md,one\n')
    assert [row.place.line for row in rows] == [2, 4]


def test_every_setting_is_a_column() -> None:
    """Whatever front matter knows, a row may say; hyphens, case and `_` make no difference."""
    assert set(SETTINGS) <= set(COLUMNS)
    assert column_name(" Lead-In ") == column_name("lead_in") == "lead in"
    assert column_name("set.Vor_Name") == "set.Vor_Name"


def test_all_that_is_wrong_with_the_header_comes_at_once(tmp_path: Path) -> None:
    """Unknown columns, doubled ones and a missing routine, each with its column."""
    found = problems(tmp_path, "id,lenght,level,level\n")
    assert found == [
        "plan.csv:1:1: no column is called `routine`\n"
        "help: begin with a line of column names: `id,routine,length`",
        "plan.csv:1:2: there is no column `lenght`\nhelp: did you mean `length`?",
        "plan.csv:1:4: two columns are called `level`\nhelp: leave one of them out",
    ]


def test_a_wrong_header_hides_no_wrong_row(tmp_path: Path) -> None:
    """Columns and rows are told of at once; what stands under a wrong column is not judged."""
    table = "id,routine,lenght,level\np1,mine.md,3m,nope\np2,gone.md,,\n"
    assert [text.partition("\n")[0] for text in problems(tmp_path, table)] == [
        "plan.csv:1:3: there is no column `lenght`",
        "plan.csv:2:4: row 1, `level`: `nope` is not a level",
        "plan.csv:3:2: row 2, `routine`: there is no routine `gone.md`",
    ]


def test_a_quote_without_end_hides_no_row_before_it(tmp_path: Path) -> None:
    """The header, the rows before, and the place where the table breaks off."""
    table = 'routine,lenght,level\nmine.md,,nope\n"mine.md\n'
    assert [text.partition("\n")[0] for text in problems(tmp_path, table)] == [
        "plan.csv:1:2: there is no column `lenght`",
        "plan.csv:2:3: row 1, `level`: `nope` is not a level",
        "plan.csv:3:1: this is not a table: unexpected end of data",
    ]


def test_nothing_is_made_of_a_table_with_a_wrong_column(tmp_path: Path) -> None:
    """Else a misspelt `length` would be a thousand sessions of another length."""
    write_routine(tmp_path)
    (tmp_path / "plan.csv").write_text("routine,lenght\nmine.md,13s\n", encoding="utf-8")
    with pytest.raises(RoutineError, match="lenght"):
        list(run(tmp_path / "plan.csv", tmp_path / "out", jobs=1))
    assert list((tmp_path / "out").glob("*.mp3")) == []


def test_all_that_is_wrong_with_rows_comes_at_once(tmp_path: Path) -> None:
    """Several bad cells of a row, and bad rows one after the other, with row and column."""
    found = problems(
        tmp_path,
        "id,routine,length,level,with,format,bitrate,sheet\n"
        "p1,mine.md,5x,nope,,,,\n"
        "p1,mine.md,,,chair,mp9,,maybe\n"
        "p3,gone.md,,,,,,\n"
        "p4,,,,,,,\n"
        "p5,mine.md,,,,,lots,\n"
        "p6,mine.md,,,,,7,,\n"
        "a/b,mine.md,,,,,,\n",
    )
    heads = [text.partition("\n")[0] for text in found]
    assert heads == [
        "plan.csv:2:3: row 1, `length`: `x` is not a unit of time",
        "plan.csv:2:4: row 1, `level`: `nope` is not a level",
        "plan.csv:3:1: row 2, `id`: `p1` is the id of another row",
        "plan.csv:3:8: row 2, `sheet`: `maybe` is neither yes nor no",
        "plan.csv:3:6: row 2, `format`: there is no format `mp9`",
        "plan.csv:3:5: row 2, `with`: this routine has no option `chair`",
        "plan.csv:4:2: row 3, `routine`: there is no routine `gone.md`",
        "plan.csv:5:2: row 4, `routine`: there is no routine",
        "plan.csv:6:7: row 5, `bitrate`: `lots` is not a number",
        "plan.csv:7:1: row 6: it has 9 cells, and there are 8 columns",
        "plan.csv:8:1: row 7, `id`: `a/b` cannot name a file",
    ]
    assert all("\nhelp: " in text for text in found)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("plan.jsonl", '{"routine": "mine.md"}\n{"routine"\n', "plan.jsonl:2:11: row 2: this is"),
        ("plan.jsonl", "[1]\n", "plan.jsonl:1:1: row 1: this is not an object"),
        ("plan.jsonl", '{"routine": "mine.md", "levle": 1}\n', "row 1: there is no column `levle`"),
        ("plan.jsonl", '{"routine": "mine.md", "bed": [1]}\n', "`bed`: this is not a valid value"),
        ("plan.toml", "[[session]]\nroutine = \n", "plan.toml:2:11: this is not TOML"),
        ("plan.toml", "[[sessions]]\n", "plan.toml:1:1: there is no table `sessions`"),
        ("plan.csv", 'routine\n"mine.md\n', "this is not a table: unexpected end of data"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    """JSON, TOML and quotes that do not end."""
    (found,) = problems(tmp_path, text, name)
    assert told in found
    assert "\nhelp: " in found


@pytest.mark.parametrize("name", ["plan.xlsx", "gone.csv"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    """An ending that says nothing, and a file that is not there."""
    with pytest.raises(UsageError) as caught:
        list(read_plan(tmp_path / name))
    assert name in caught.value.message
    assert caught.value.help


def test_made_ids_say_nothing_of_a_person(tmp_path: Path) -> None:
    """Words are no part of an id; rows that differ in nothing else are numbered."""
    rows = read(
        tmp_path,
        "routine,length,set.name\nmine.md,30s,Maria\nmine.md,30s,Tom\nmine.md,40s,Maria\n",
    )
    one, two, three = (row.id for row in rows)
    assert two == f"{one}-2"
    assert one != three
    again = read(tmp_path, "routine,length\nmine.md,30s\n")
    assert again[0].id == one  # the same without any word


def test_an_id_that_names_a_person_is_warned_of(tmp_path: Path) -> None:
    """File names are seen by others."""
    (found,) = problems(tmp_path, "id,routine,set.name\nmaria-1,mine.md,Maria\n")
    assert "plan.csv:2:1: warning: row 1, `id`: it contains the word of `set.name`" in found
    assert "help: name sessions by numbers" in found


def test_a_row_that_says_nothing_is_told_so(tmp_path: Path) -> None:
    """As a program may hand one in; it is no routine with errors of its own."""
    found = Catalogue([{}], tmp_path / "out").survey().problems
    assert [problem.message for problem in found] == ["row 1, `routine`: there is no routine"]
