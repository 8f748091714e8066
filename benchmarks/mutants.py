"""Mutants: small faults put into the core modules, one at a time; a test has to notice each.

    make mutants                      # a sample of all, within ten minutes
    python benchmarks/mutants.py voiceguide/timeline/fit.py --all

Each worker has a copy of the package, so the checkout is never touched. The sample is drawn by a
fixed seed: two runs of one version try the same mutants. Exit code 1 where fewer than `FLOOR` of
them are noticed; those that were not are printed as `file:line: before -> after`.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parent.parent
FLOOR = 0.9
SEED = 20261130
WORKERS = os.cpu_count() or 1

CORE = {
    "voiceguide/lengths.py": ["tests/test_lengths.py"],
    "voiceguide/timeline/fit.py": ["tests/test_timeline.py"],
    "voiceguide/timeline/layout.py": [
        "tests/test_timeline.py",
        "tests/test_timeline_waking.py",
        "tests/test_timeline_settling.py",
    ],
    "voiceguide/timeline/replan.py": ["tests/test_timeline_course.py"],
    "voiceguide/render/mix.py": ["tests/test_render.py", "tests/test_render_ground.py"],
    "voiceguide/encode/mp3/stitch.py": [
        "tests/test_encode_stitch.py",
        "tests/test_encode_ground.py",
    ],
    "voiceguide/player/conductor.py": ["tests/test_player_conductor.py"],
    "voiceguide/player/now.py": ["tests/test_player_conductor.py"],
    "voiceguide/player/transport.py": ["tests/test_player_transport.py"],
    "voiceguide/speech/reading/numbers.py": ["tests/test_speech_reading.py"],
}
"""The core modules, each with the tests that are to notice."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutant:
    """One fault: a file, the line it is in, what stood there, what stands there now."""

    file: str
    line: int
    before: str
    after: str
    source: str


def mutants(file: str) -> Iterator[Mutant]:
    """Every mutant of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for index, node in enumerate(list(_code(tree))):
        changed = copy.deepcopy(tree)
        target = list(_code(changed))[index]
        before = ast.unparse(node)
        if _mutate(target):
            yield Mutant(file, node.lineno, before, ast.unparse(target), ast.unparse(changed))


def _code(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """What runs within functions: neither annotations nor docstrings, nor what makes messages."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                yield from _within(statement)


def _within(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Raise | ast.JoinedStr | ast.Assert):
        return
    if isinstance(node, ast.AnnAssign):
        children: list[ast.AST] = [node.value] if node.value else []
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.BinOp | ast.Compare | ast.BoolOp | ast.Constant | ast.UnaryOp | ast.If):
        yield node
    for child in children:
        yield from _within(child)


def _mutate(node: ast.AST) -> bool:
    """Change a node in its place; False where there is nothing to change."""
    match node:
        case ast.BinOp() | ast.BoolOp() if type(node.op) in SWAPS:
            node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]  # of the same family
        case ast.Compare() if type(node.ops[0]) in SWAPS:
            node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]  # the same
        case ast.UnaryOp(op=ast.USub()):
            node.op = ast.UAdd()
        case ast.If():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant(value=int() | float()):
            node.value = node.value + 1  # type: ignore[operator]  # a number, as just seen
        case _:
            return False
    ast.fix_missing_locations(node)
    return True


def noticed(mutant: Mutant, home: Path) -> bool:
    """Whether a test of the module fails on a mutant."""
    place = home / mutant.file
    whole = place.read_text(encoding="utf-8")
    place.write_text(mutant.source, encoding="utf-8")
    tests = [str(ROOT / test) for test in CORE[mutant.file]]
    # -P: the copy has to be found before the checkout, which is the current folder
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-qx",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            [*command, *tests],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=180,
            check=False,
        )
        return run.returncode != 0
    except subprocess.TimeoutExpired:  # it goes round for ever: that is noticed, too
        return True
    finally:
        place.write_text(whole, encoding="utf-8")


def main() -> int:
    """Try a sample of mutants, or all of some files; gives the exit code."""
    parser = argparse.ArgumentParser(description="Put small faults into the core, and see.")
    parser.add_argument("files", nargs="*", default=list(CORE))
    parser.add_argument("--all", action="store_true", help="every mutant, and not a sample")
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    found = [mutant for file in asked.files for mutant in mutants(file)]
    random.Random(SEED).shuffle(found)
    until = float("inf") if asked.all else time.monotonic() + 60 * asked.minutes
    homes: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        for number in range(WORKERS):
            home = Path(folder, str(number))
            for part in ("voiceguide", "scripts", "audio_assets"):
                shutil.copytree(ROOT / part, home / part)
            homes.put(home)

        def tried(mutant: Mutant) -> bool | None:
            if time.monotonic() > until:
                return None
            home = homes.get()
            try:
                return noticed(mutant, home)
            finally:
                homes.put(home)

        for file in asked.files:
            as_it_is = (ROOT / file).read_text(encoding="utf-8")
            if tried(Mutant(file, 0, "", "", as_it_is)):
                sys.exit(f"the tests of {file} fail without a mutant")
        results = list(pool.map(tried, found))
    return report(found, results)


def report(found: list[Mutant], results: list[bool | None]) -> int:
    """Print what was not noticed, and the share that was; gives the exit code."""
    pairs = [pair for pair in zip(found, results, strict=True) if pair[1] is not None]
    for mutant, seen in pairs:
        if not seen:
            print(f"{mutant.file}:{mutant.line}: {mutant.before} -> {mutant.after}")
    share = sum(bool(seen) for _, seen in pairs) / max(1, len(pairs))
    print(f"{share:.1%} of {len(pairs)} mutants were noticed ({len(found)} there are).")
    return int(share < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
