"""README and CONTRIBUTING show only what works: their blocks are run, their links followed."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from test_architecture import ROOMS
from walking import blocks, check_links, only

from voiceguide.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")

SETTING_UP = {"pip install ."}
"""Lines that would change this machine; CI runs what they mean."""

DRAWN = {"", "toml"}
"""Blocks to look at: the drawing of the stages, and a piece of a build file."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the routines that the README shows."""
    for block in blocks("README.md"):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    return tmp_path


def _run(*command: str, folder: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of voiceguide as a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("VOICEGUIDE_")}
    env |= {"VOICEGUIDE_CACHE": str(folder / "cache"), "PYTHONUTF8": "1"}
    # the developer's own would be used
    env |= {"VOICEGUIDE_CONFIG": os.devnull, "VOICEGUIDE_VOICES": os.devnull}
    if path:
        env["PYTHONPATH"] = str(path)
    program = "import sys; from voiceguide.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


# ── what is shown is run ─────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_tested(page: str) -> None:
    """No block escapes: shell, console, Python, the routine, and what is only looked at."""
    kinds = {block.language for block in blocks(page)}
    assert kinds <= {"sh", "console", "python", "markdown"} | DRAWN


@pytest.mark.slow
def test_the_shell_blocks_work_in_their_order(folder: Path) -> None:
    """Every `voiceguide` line of the README ends well, in a folder with nothing but the routine."""
    for line in _shell_lines("README.md"):
        program, *arguments = shlex.split(line)
        if program == "voiceguide":
            done = _run(*arguments, folder=folder)
            assert done.returncode == 0, f"{line}\n{done.stdout}"
    exported = {path.name for path in folder.glob("*.mp3")}
    assert exported == {
        *("ten-minute-psoas-relief.mp3", "my-routine.mp3", "longer.mp3", "rest.mp3"),
    }
    for also in ("my-routine.opus", "my-routine.lrc", "my-routine.svg", "relief"):
        assert (folder / also).exists()


@pytest.mark.parametrize("page", PAGES)
def test_the_other_shell_lines_are_known(page: str) -> None:
    """What is no `voiceguide` line is a target of the Makefile, or sets up."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for line in _shell_lines(page):
        program, *arguments = shlex.split(line, comments=True)
        if program == "make":
            assert set(arguments) <= targets, line
        elif program != "voiceguide":
            assert line in SETTING_UP


def _shell_lines(page: str) -> Iterator[str]:
    for block in blocks(page):
        if block.language == "sh":
            yield from block.text.splitlines()


def test_what_comes_out_is_shown_as_it_is_told(folder: Path) -> None:
    """The README's plan of six lines is what the program says of them."""
    plan, _ = (block for block in blocks("README.md") if block.language == "console")
    done = _run(*shlex.split(plan.asked)[1:], folder=folder)
    assert done.stdout == plan.answer


def test_a_mistake_is_shown_as_it_is_told(folder: Path) -> None:
    """The README's error is what the program says of the routine with that line in it."""
    _, mistaken = (block for block in blocks("README.md") if block.language == "console")
    routine = folder / "my-routine.md"
    lines = routine.read_text(encoding="utf-8").splitlines()
    mistakes = re.findall(r"^ *(\d+) \| (.*)$", mistaken.answer, re.MULTILINE)
    assert mistakes
    for number, line in mistakes:
        assert lines[int(number) - 1] != line
        lines[int(number) - 1] = line
    routine.write_text("\n".join(lines), encoding="utf-8")
    program, *arguments = shlex.split(mistaken.asked)
    assert program == "voiceguide"
    done = _run(*arguments, folder=folder)
    assert done.stdout == mistaken.answer
    assert done.returncode == 1


@pytest.mark.slow
def test_the_python_block_works(folder: Path) -> None:
    """The lines for programmers plan and export the routine."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", only("README.md", "python")],
        cwd=folder,
        env={**os.environ, "VOICEGUIDE_CACHE": str(folder / "cache"), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "hold" in done.stdout
    assert (folder / "my-routine.mp3").stat().st_size > 6 * 60 * 8_000


@pytest.mark.slow
def test_the_engine_of_the_example_speaks(tmp_path: Path) -> None:
    """An engine in a stranger's package is found by its entry point, and heard."""
    package, folder = tmp_path / "packages", tmp_path / "folder"
    point = re.search(r'^(\w+) = "(\w+):(\w+)"$', only("docs/ENGINES.md", "toml"), re.MULTILINE)
    assert point
    name, module, engine = point.groups()
    info = package / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    folder.mkdir()
    (package / f"{module}.py").write_text(only("docs/ENGINES.md", "python"), encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[voiceguide.engines]\n{name} = {module}:{engine}\n")
    wish = ("--voice", name, "--length", "10m", "-o", "hummed.flac")
    done = _run("export", "constructive-rest", *wish, folder=folder, path=package)
    assert done.returncode == 0, done.stdout
    assert (folder / "hummed.flac").stat().st_size > 100_000


# ── what is said is so ───────────────────────────────────────────────────────


def test_the_table_of_commands_is_complete() -> None:
    """The README names every command there is, and no other."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Commands\n")[1].split("\n## ")[0]
    named = re.findall(r"^\| `voiceguide (\w+)", section, re.MULTILINE)
    assert named == list(COMMANDS)


def test_the_table_of_rooms_is_the_house() -> None:
    """CONTRIBUTING names every room, in the order that the tests hold."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(ROOMS)


def test_the_figures_are_those_that_the_benchmark_prints() -> None:
    """Every row of the table of speeds is measured by the script, and none is left out."""
    bench = _benchmark()
    labels = [label for label in vars(bench).values() if isinstance(label, str)]
    text = (ROOT / "docs" / "SPEED.md").read_text(encoding="utf-8")
    _, table = text.split(f"| {' | '.join(bench.HEAD)} |\n", maxsplit=1)
    rows = table.split("\n\n")[0].splitlines()[1:]
    named = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert named == [case.label for case in bench.Bench(Path()).cases()]
    assert set(named) <= set(labels)


def _benchmark() -> ModuleType:
    path = ROOT / "benchmarks" / "run.py"
    spec = importlib.util.spec_from_file_location("benchmark_run", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every file that a page points to is there, with the heading that is meant."""
    check_links(ROOT / page)
