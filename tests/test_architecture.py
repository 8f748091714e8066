"""The house as code: which rooms there are, who may know whom, and how large things may grow."""

from __future__ import annotations

import ast
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import voiceguide

PACKAGE = Path(voiceguide.__file__).parent

ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "installation": set(),
    "files": set(),
    "patterns": set(),
    "lengths": set(),
    "routine": set(),
    "store": {"platformdirs"},
    "languages": {"num2words", "yaml"},
    "script": {"yaml"},
    "settings": {"platformdirs", "tomlkit"},
    "sequence": set(),
    "timeline": set(),
    "lint": set(),
    "picture": {"PIL"},
    "handout": {"markdown_it"},
    "audio": {"av", "numpy", "soundfile"},
    "voices": {"platformdirs"},
    "engines": {
        "espeakng_loader",
        "numpy",
        "onnx",
        "onnxruntime",
        "piper",
        "pyttsx3",
        "sherpa_onnx",
        "soundfile",
    },
    "speech": {"numpy"},
    "importing": set(),
    "library": set(),
    "render": {"numpy"},
    "encode": {"av", "lameenc", "numpy", "pydub", "soundfile"},
    "proof": {"av", "numpy", "soundfile"},
    "player": {"jeepney", "miniaudio", "numpy", "pocketsphinx"},
    "studio": {"numpy", "platformdirs"},
    "programme": {"icalendar"},
    "recording": {"numpy", "soundfile"},
    "catalogue": {"distributed", "fsspec"},
    "web": {"jinja2", "segno", "starlette", "uvicorn", "yaml"},
    "lsp": {"lsprotocol", "pygls"},
    "cli": {"click", "rich"},
}
"""The rooms in order, each with the packages from outside that it may use. A room may import those
above it, and itself."""

EVERYWHERE = {"msgspec"}
"""What every room may use: all data are its `Struct`s. A class of them is made in a fiftieth of the
time that a dataclass takes, and a command makes a hundred and more as it starts."""

FRONT = {"__init__", "__main__"}
"""What stands before the house and opens its doors: may import any room."""

PLATE = {"__version__", "__released__"}
"""What is written on the front, for every room to read."""

MOST_LINES_OF_A_MODULE = 600
FEWEST_LINES_OF_A_MODULE = 40
MOST_LINES_OF_A_FUNCTION = 40
MEDIAN_LINES_OF_A_FUNCTION = 8

CHANCE_AND_CALENDAR = {"datetime", "random", "secrets", "uuid"}
"""Modules that would make the same routine sound different tomorrow."""

HARMLESS_CHANCE = {
    ("player/remote.py", "secrets"),  # a password of one session
    ("programme/__init__.py", "datetime"),  # no clock: every date follows from the one asked for
    ("programme/plan.py", "datetime"),
    ("cli/web.py", "secrets"),  # the address of one studio
    ("studio/supplied.py", "datetime"),  # no clock: a length, as Python writes one
    ("web/episodes.py", "secrets"),  # addresses that cannot be guessed
    ("web/episodes.py", "uuid"),  # no chance: a name for a text
    ("web/publishing.py", "uuid"),  # no chance: a name for an address
    ("web/publishing.py", "secrets"),  # names a folder for a moment
}


# ── reading the code ─────────────────────────────────────────────────────────


@cache
def _modules() -> dict[str, Path]:
    """Every module of the package by its dotted name, the package itself as `voiceguide`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(("voiceguide", *(part for part in parts if part != "__init__")))] = path
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported anywhere in a file, types included."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in _imported_from(node))


def _imported_from(node: ast.ImportFrom) -> Iterator[str]:
    base = node.module or ""
    if base == "voiceguide" or base.startswith("voiceguide."):
        # `from voiceguide import library` imports a module, `… import load` a name in one
        for alias in node.names:
            name = f"{base}.{alias.name}"
            on_the_front = base == "voiceguide" and alias.name in PLATE
            if not on_the_front:
                yield name if name in _modules() else base
    else:
        yield base


def _running_imports(path: Path) -> set[str]:
    """The top-level packages imported by a file when it runs, not only when types are checked."""
    for_types = {
        inner
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in node.body
    }
    found: set[str] = set()
    for node in set(ast.walk(_tree(path))) - for_types:
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and number of lines of each function with a body, its docstring not counted."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = node.body[0] if ast.get_docstring(node) is not None else None
            body = node.body[1:] if docstring else node.body
            if body:  # a protocol's methods have none
                said = _lines(docstring) if docstring else 0
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}", _lines(node) - said


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


# ── who knows whom ───────────────────────────────────────────────────────────


def test_the_rooms_are_those_of_the_table() -> None:
    """No room is missing, and none has been built on in silence."""
    standing = {_room(module) for module in _modules()} - FRONT
    assert standing == set(ROOMS)


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_only_those_above_it(room: str) -> None:
    """Nothing looks back, not even inside a function."""
    order = list(ROOMS)
    allowed = set(order[: order.index(room) + 1])
    broken = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for module, path in _modules().items()
        if _room(module) == room
        for line, name in _imports(path)
        if name.split(".")[0] == "voiceguide" and _room(name) not in allowed
    ]
    assert not broken


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_its_own_packages_from_outside(room: str) -> None:
    """One room knows LAME, one knows espeak, one knows the terminal."""
    used = {
        package
        for module, path in _modules().items()
        if _room(module) == room
        for package in _running_imports(path)
    }
    assert used - sys.stdlib_module_names - {"voiceguide"} - EVERYWHERE <= ROOMS[room]


def test_relative_imports_are_not_used() -> None:
    """Every import says where it comes from, and so the tests above see all of them."""
    relative = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in _modules().values()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_no_modules_import_each_other() -> None:
    """There are no cycles, not inside a room and not inside a function either."""
    graph = {
        module: {
            name
            for _, name in _imports(path)
            if name in _modules() and name not in (module, "voiceguide")
        }
        for module, path in _modules().items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" > ".join(error.args[1]))


def test_nothing_knows_chance_or_the_calendar() -> None:
    """The same routine, voice and version give the same bytes."""
    found = {
        (path.relative_to(PACKAGE).as_posix(), package)
        for path in _modules().values()
        for package in _running_imports(path) & CHANCE_AND_CALENDAR
    }
    assert found == HARMLESS_CHANCE


# ── how large things are ─────────────────────────────────────────────────────


def test_no_module_is_longer_than_a_few_pages() -> None:
    """Past its limit a module becomes a package of the same name."""
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in _modules().values()
    }
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_MODULE} == {}


def test_no_module_is_a_crumb() -> None:
    """What is shorter than a page is read with something else, and belongs to it."""
    crumbs = {
        str(path.relative_to(PACKAGE)): lines
        for path in _modules().values()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) < FEWEST_LINES_OF_A_MODULE
        and not path.name.startswith("__")
    }
    assert crumbs == {}


def test_no_public_class_name_means_two_things() -> None:
    """Who reads `Plan` in one room knows what it is in all others."""
    homes: dict[str, list[str]] = {}
    for module, path in _modules().items():
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_no_function_is_long() -> None:
    """A function fits on a screen."""
    functions = dict(function for path in _modules().values() for function in _functions(path))
    assert {name: n for name, n in functions.items() if n > MOST_LINES_OF_A_FUNCTION} == {}


def test_most_functions_are_short() -> None:
    """Half of all functions are a few lines: one thought each."""
    lengths = [n for path in _modules().values() for _, n in _functions(path)]
    assert statistics.median(lengths) <= MEDIAN_LINES_OF_A_FUNCTION


# ── what a quick command loads ───────────────────────────────────────────────

HEAVY = {"PIL", "lameenc", "num2words", "numpy", "rich.console", "soundfile", "yaml"}
"""What takes long to import, and is of no use to a command that makes no sound; of rich, the width
of characters (`rich.cells`) is there in a millisecond."""

MODULES_AFTER = """
import sys
from voiceguide.cli import main
code = main({arguments})
assert code == 0, code
print("loaded:", *sorted(sys.modules))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["list"]])
def test_quick_commands_import_nothing_heavy(arguments: list[str]) -> None:
    """`voiceguide --help` and `list` start at once, for they load neither sound nor terminal."""
    code = MODULES_AFTER.format(arguments=arguments)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = run.stdout.splitlines()[-1].split()
    assert loaded[0] == "loaded:"
    assert "voiceguide.cli" in loaded
    assert not HEAVY & set(loaded)


SOUND = {"PIL", "av", "lameenc", "num2words", "numpy", "pydub", "rich.console", "soundfile"}
"""What makes, reads or draws something, and takes longer to load than a routine to plan."""

SMALL = "---\ntitle: Small\n---\n\nLie down.\n\n- hold 20s\n\nSit up.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "--estimate"], ["plan", "--estimate"]], ids=" ".join
)
def test_a_routine_is_planned_without_what_makes_sound(
    arguments: list[str], tmp_path: Path
) -> None:
    """What is spoken and measured once is planned by kept lengths: nothing of sound is loaded."""
    (tmp_path / "small.md").write_text(SMALL, encoding="utf-8")
    code = MODULES_AFTER.format(arguments=[*arguments, str(tmp_path / "small.md")])
    home = {**os.environ, "VOICEGUIDE_CACHE": str(tmp_path / "cache")}
    home["VOICEGUIDE_CONFIG"] = str(tmp_path / "none.toml")
    command = [sys.executable, "-c", code]
    for _ in range(2):  # the first one speaks, and measures the chimes
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=home)
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "voiceguide.timeline" in loaded
    assert sorted(SOUND & loaded) == []
    far = {"encode", "handout", "picture", "player", "programme", "proof", "render", "web"}
    assert [name for name in sorted(far) if f"voiceguide.{name}" in loaded] == []
