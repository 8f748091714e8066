"""`voiceguide show` and `handout`: a routine to read on a terminal, in a pipe and on paper."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli_running import COMMAND, Runner, environment
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reading import read_page
from rich.cells import cell_len
from sheets import sheet_of

from voiceguide import library, load
from voiceguide.cli.console import plain
from voiceguide.cli.handout import in_ascii, sheet_lines
from voiceguide.handout import Sheet

GOLDEN = Path(__file__).parent / "cli_golden"

ROUTINE = """\
---
title: Hips
description: A stretch for the hips, to be done on the floor, slowly, with a band if you have one.
needs: floor
for: release
length: 6 min
---

> 3 to 5 times a week. Ask for more time: `--length 8m`.

Lie down. Stop at a sharp pain.

- option band
  Have your band within reach.

## Stretch

> Both knees bent.

Bend your knees.

- hold 30-60s, each side, 2 rounds, rest 10s
  Draw your {left|right} knee to your chest, and let the other leg lie long on the floor.
  Let your shoulders sink.
  - option band
    Put the band around your {left|right} foot.
  - half: Breathe.

### Lift

- 8-12 reps, lift 2s, lower 2s, optional
  Lift.
"""


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder that has a routine."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(ROUTINE)
    return runner


def drawn(sheet: Sheet, width: int) -> list[str]:
    """The handout as plain lines."""
    return list(map(plain, sheet_lines(sheet, width)))


# ── show ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [40, 80])
def test_a_handout_looks_as_it_did(width: int) -> None:
    """The whole of it, compared with files that a person has looked at."""
    shown = "\n".join([*drawn(sheet_of(ROUTINE), width), ""])
    assert shown == (GOLDEN / f"handout-{width}.txt").read_text(encoding="utf-8")


def test_show_prints_the_handout(run: Runner) -> None:
    """In a pipe it is plain text of 80 columns; a path will do, and a name."""
    golden = (GOLDEN / "handout-80.txt").read_text(encoding="utf-8")
    assert run("show", "mine.md").out == golden
    assert "3 × hold 30–60 s each side" in run("show", "kneeling-hip-flexor-stretch").out


def test_show_reads_standard_input(run: Runner) -> None:
    """As every command with a ROUTINE."""
    assert "Hold 9 s" in run("show", "-", stdin=b"- hold 9s\n").out


def test_show_tells_what_is_wrong(run: Runner) -> None:
    """A routine with problems has no handout."""
    run.write("- hold 9x\n", "bad.md")
    ran = run("show", "bad.md")
    assert (ran.code, ran.out) == (1, "")
    assert "bad.md:1:" in ran.err


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(library.routines()), st.integers(24, 130))
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    """Whatever there is to read, it fits."""
    assert max(map(cell_len, drawn(load(name).sheet(), width))) <= width


def test_a_terminal_without_dashes_gets_ascii(run: Runner, tmp_path: Path) -> None:
    """Where a character is lacking, another one stands for it, and nothing is lost."""
    done = subprocess.run(
        [*COMMAND, "show", "mine.md"],
        cwd=run.folder,
        env=environment(tmp_path, PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=True,
    )
    shown = done.stdout.decode("ascii")
    assert "2 x 30-60 s each side, rest 10 s" in shown
    assert "?" not in shown
    assert in_ascii("7½–18 min “now” • it’s…") == '7.5-18 min "now" * it\'s...'


def test_source_in_a_pipe_is_the_file_itself(tmp_path: Path) -> None:
    """What `show --source` writes can be redirected: byte for byte the original."""
    done = subprocess.run(
        [*COMMAND, "show", "--source", "constructive-rest"],
        env=environment(tmp_path, PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=True,
    )
    assert done.stdout == library.find_routine("constructive-rest").read_bytes()


def test_source_needs_no_routine_without_problems(run: Runner) -> None:
    """What is wrong with a text is no reason not to show it."""
    run.write("- hold 9x\n", "bad.md")
    assert run("show", "bad.md", "--source").out == "- hold 9x\n"


# ── handout ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["mine.md"], "mine.html"),
        (["constructive-rest"], "constructive-rest.html"),
        (["mine.md", "-o", "for-anna.htm"], "for-anna.htm"),
        (["mine.md", "-o", "pages"], "pages/mine.html"),
    ],
)
def test_a_page_is_written(run: Runner, arguments: list[str], file: str) -> None:
    """Where it was asked for, or named after the routine; its path is printed."""
    (run.folder / "pages").mkdir()
    ran = run("handout", *arguments)
    assert (ran.code, ran.out, ran.err) == (0, f"{Path(file)}\n", "")
    page = read_page((run.folder / file).read_text(encoding="utf-8"))
    assert page.headings[0][0] == 1


def test_an_old_page_is_replaced(run: Runner) -> None:
    """Whole, and nothing else is left in the folder."""
    page = run.folder / "mine.html"
    page.write_text("old", encoding="utf-8")
    assert run("handout", "mine.md", "-o", "mine.html").code == 0
    assert "Draw your left (right) knee" in page.read_text(encoding="utf-8")
    there = {path.name for path in run.folder.iterdir()}
    assert there - {".cache"} == {"mine.md", "mine.html"}  # the home of the test has a cache


def test_a_page_that_is_not_ours_is_not_replaced(run: Runner) -> None:
    """Where nobody names the file: ours is, again and again, and an edited one is not."""
    page = run.folder / "mine.html"
    page.write_text("somebody's own", encoding="utf-8")
    ran = run("handout", "mine.md")
    assert (ran.code, page.read_text(encoding="utf-8")) == (2, "somebody's own")
    assert "`mine.html` is there already, and was not written by voiceguide" in ran.err
    page.unlink()
    assert run("handout", "mine.md").code == run("handout", "mine.md").code == 0
    page.write_text("edited", encoding="utf-8")
    assert "was changed since" in run("handout", "mine.md").err


def test_a_routine_with_problems_leaves_the_old_page(run: Runner) -> None:
    """Nothing is written before all is well."""
    run.write("- hold 9x\n")
    page = run.folder / "mine.html"
    page.write_text("old", encoding="utf-8")
    assert run("handout", "mine.md").code == 1
    assert page.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("arguments", "message", "help_"),
    [
        (["mine.md", "-o", "mine.pdf"], "`mine.pdf` is not a name for a page", "`-o mine.html`"),
        (["mine.md", "-o", "-"], "`-` is not a name for a page", "ends in .html"),
        (["mine.md", "--output="], "`` is not a name for a page", "ends in .html"),
        (["-"], "a routine from standard input has no name", "`-o FILE`"),
        (["constructive-rets"], "there is no routine", "did you mean `constructive-rest`?"),
    ],
)
def test_a_page_has_to_have_a_name(
    run: Runner, arguments: list[str], message: str, help_: str
) -> None:
    """Wrong usage, with a way out, and no file."""
    before = sorted(run.folder.iterdir())
    ran = run("handout", *arguments)
    assert (ran.code, ran.out) == (2, "")
    error, way_out = ran.err.splitlines()
    assert message in error
    assert help_ in way_out
    assert sorted(run.folder.iterdir()) == before


def test_a_folder_that_is_not_there(run: Runner) -> None:
    """A slip of the pen, told with the command that makes it."""
    ran = run("handout", "mine.md", "-o", "nowhere/mine.html")
    assert ran.code == 2
    assert "there is no folder `nowhere`" in ran.err
