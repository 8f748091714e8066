"""`voiceguide fmt` and `import`: the house's form, which changes no meaning; the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_running import Runner
from describing import describe
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import read_table

from voiceguide import library
from voiceguide.script import parse
from voiceguide.script.format import house_form
from voiceguide.studio.opening import known_names

KNOWN = replace(known_names(), routines=frozenset({"low-lunge", "warrior-one"}))

MESSY = """\
---
title: X   # kept
---
Hi.  [4 seconds] [Chime  Bowl]
##  A
- **Heel slide**: 3 x 10 each leg, tempo 3-1-1
\tUp. <!-- c -->
\t- Halfway: ten more.
<!-- a
   b

c -->
- hold for 30 seconds, each leg, 3 sets



- work 40/30/20s, rest 20s/15s
  Go.
- hold 30s left, 60s right
    Lean.
> note
>>pro
- 10 times
  Tuck.
- jog for 60s, 90s walk
  - jog middle: x
"""

NEAT = """\
---
title: X   # kept
---

Hi.  [4s] [chime bowl]

## A

- Heel slide: 10 reps, 3 rounds, each side, lower 3s, hold 1s, lift 1s
  Up. <!-- c -->
  - half: ten more.
<!-- a
   b

c -->
- hold 30s, each side, 3 rounds

- work 40s/30s/20s, rest 20s/15s
  Go.
- hold 30s left, 1 min right
  Lean.
> note
>> pro
- 10 reps
  Tuck.
- jog 60s, walk 90s
  - jog half: x
"""


def test_the_house_form_is_this() -> None:
    """Doses, cues, tags, indents and blank lines; comments, notes and the order stay."""
    assert house_form(MESSY, KNOWN) == NEAT


def test_the_house_form_is_kept() -> None:
    """What has been formatted is not changed by formatting it again."""
    assert house_form(NEAT, KNOWN) == NEAT


def meaning(text: str) -> str:
    """What a routine means, wherever it stands."""
    parsed = parse(text, "r.md", KNOWN)
    assert parsed.routine
    return describe(parsed.routine)


TEXTS = {case.name: case.script + "\n" for case in read_table("script_trees.txt")}


@pytest.mark.parametrize("name", [*TEXTS, *library.routines()])
def test_formatting_changes_nothing_of_what_is_meant(name: str) -> None:
    """Of every script of the table, and of every routine of the library; twice is as once."""
    text = TEXTS.get(name) or library.find_routine(name).read_text(encoding="utf-8")
    after = house_form(text, KNOWN)
    assert meaning(after) == meaning(text)
    assert house_form(after, KNOWN) == after


@pytest.mark.parametrize("name", library.routines())
def test_the_library_is_written_in_the_house_form(name: str) -> None:
    """What comes along is an example of it: `fmt --check` finds nothing to change."""
    text = library.find_routine(name).read_text(encoding="utf-8")
    assert house_form(text, KNOWN) == text


DOSES = st.sampled_from(
    [
        *("3 x 10", "hold 30 seconds each side", "10 reps/side", "jog 60 s, walk 1½ min"),
        *("6 breaths", "Heel slide: 3x8-12", "hold 10s/20s", "3 sets of 30s", "90s walk"),
        "hold 30s left, 60s right",
    ]
)
OTHERS = ["Breathe.\n", "\n\n\n", "##  A\n", ">note\n", "<!-- x\n\n y -->\n", "[4 sec]\n"]
LINES = st.one_of(
    DOSES.map(lambda dose: f"- {dose}\n    Breathe.\n"),
    st.sampled_from(OTHERS),
)


@pytest.mark.slow
@given(st.lists(LINES, max_size=8).map("".join))
@settings(max_examples=150, deadline=None)
def test_formatting_is_idempotent(text: str) -> None:
    """Whatever a valid routine is made of."""
    if not parse(text, "r.md", KNOWN).problems:
        after = house_form(text, KNOWN)
        assert meaning(after) == meaning(text)
        assert house_form(after, KNOWN) == after


# ── the commands ─────────────────────────────────────────────────────────────


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


def test_fmt_writes_checks_and_shows(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what changes is written, and its path printed; `--check` and `--diff` write nothing."""
    monkeypatch.chdir(tmp_path)
    messy, neat = Path("messy.md"), Path("neat.md")
    messy.write_text(MESSY, encoding="utf-8")
    neat.write_text(NEAT, encoding="utf-8")
    assert run("fmt", "--check", "neat.md").code == 0
    checked = run("fmt", "--check", "messy.md", "neat.md")
    assert (checked.code, checked.out) == (1, "messy.md\n")
    assert "-- work 40/30/20s" in run("fmt", "--diff", "messy.md").out
    assert messy.read_text(encoding="utf-8") == MESSY
    assert run("fmt", "messy.md", "neat.md").out == "messy.md\n"
    assert messy.read_text(encoding="utf-8") == NEAT


def test_fmt_leaves_a_routine_with_problems_as_it_is(run: Runner, tmp_path: Path) -> None:
    """And tells of them; a name that is no file is wrong usage."""
    broken = tmp_path / "broken.md"
    broken.write_text("- hodl 30s\n  Breathe.\n")
    ran = run("fmt", str(broken))
    assert ran.code == 1
    assert "did you mean `hold 30s`?" in ran.err
    assert broken.read_text() == "- hodl 30s\n  Breathe.\n"
    assert run("fmt", "low-lunge").code == 2


def test_import_writes_a_routine_and_tells_what_it_did(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To standard output or into a new file, and `check` passes it."""
    monkeypatch.chdir(tmp_path)
    Path("rest.txt").write_text("Narrator: Stop if it hurts. (pause 4s)\n\nRest.\n")
    shown = run("import", "rest.txt")
    assert "Stop if it hurts. [4s]" in shown.out
    assert "Changed: pauses became silences." in shown.err
    assert run("import", "rest.txt", "-o", "rest.md").out == "rest.md\n"
    assert run("check", "rest.md").code == 0
    assert run("import", "rest.txt", "-o", "rest.md").code == 2
    assert run("import", "nowhere.txt").code == 2


def test_import_reads_standard_input(run: Runner) -> None:
    """A pipe needs no file."""
    assert "Rest. [3s] And rise." in run("import", "-", stdin=b"Rest. /3s And rise.\n").out
