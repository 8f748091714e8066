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
import compileall
import copy
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

import pytest

ROOT = Path(__file__).parent.parent
FLOOR = 0.9
SEED = 20261130
WORKERS = os.cpu_count() or 1
COPIED = ("voiceguide", "tests", "scripts", "audio_assets", "docs", "pyproject.toml")
CONTEXT = get_context("spawn") if sys.platform == "win32" else get_context("forkserver")
PRELOADED = ["pytest", "numpy", "hypothesis"]
"""What nearly every test needs: imported once, before each run forks from there."""

CORE = {
    "voiceguide/lengths.py": ["tests/test_lengths.py"],
    "voiceguide/timeline/fit.py": [
        "tests/test_timeline.py",
        "tests/test_timeline_course.py::test_a_length_that_cannot_be_met_becomes_the_nearest",
    ],
    "voiceguide/timeline/layout.py": [
        "tests/test_timeline.py",
        "tests/test_timeline_waking.py",
        "tests/test_timeline_settling.py",
        "tests/test_sequence.py::test_remaining_is_what_remains",
        "tests/test_sequence.py::test_a_metronome_ticks_on_every_beat",
        "tests/test_sequence.py::test_a_metronome_goes_on_from_segment_to_segment",
        "tests/test_segments.py::test_each_round_begins_on_its_minute",
        "tests/test_segments.py::test_a_round_that_is_longer_than_its_period_is_a_problem",
        "tests/test_segments.py::test_a_round_as_long_as_its_period_is_none",
    ],
    "voiceguide/timeline/__init__.py": [
        "tests/test_timeline_course.py",
        "tests/test_sequence.py::test_remaining_is_what_remains",
        "tests/test_player_conductor.py::test_a_length_that_was_asked_for_is_kept",
    ],
    "voiceguide/render/mix.py": ["tests/test_render.py", "tests/test_render_ground.py"],
    "voiceguide/encode/mp3/stitch.py": [
        "tests/test_encode_stitch.py",
        "tests/test_encode_ground.py",
        "tests/test_encode_pieces.py",
        # without those that take half of the time
        "-k=not ffmpeg and not hour and not memory and not long_regions",
    ],
    "voiceguide/player/conductor.py": ["tests/test_player_conductor.py"],
    "voiceguide/player/now.py": ["tests/test_player_conductor.py"],
    "voiceguide/player/transport.py": ["tests/test_player_transport.py"],
    "voiceguide/speech/reading/numbers.py": ["tests/test_speech_reading.py"],
}
"""The core modules, each with the tests that are to notice, as pytest takes them."""

SEARCH = "the search for a rung takes another way, and finds the same one"
TIED = "where a rung meets the wish exactly, the search ends on it or just below, and both try it"
EQUIVALENT = {
    "voiceguide/lengths.py": {
        (
            "last = monthrange(int(year), int(month))[1] if month and int(year) else 31",
            "31 -> 32",
        ): ("without a month there is no day"),
    },
    "voiceguide/timeline/fit.py": {
        (
            "pause.high - pause.natural if over > 0 else pause.natural - pause.low "
            "for pause in pauses",
            "over > 0 -> over >= 0",
        ): "no pause gives anything",
        ("sign = 1 if over > 0 else -1", "over > 0 -> over >= 0"): "no pause gives anything",
        (
            "if self._total_on(low) > wish:",
            "self._total_on(low) > wish -> self._total_on(low) >= wish",
        ): SEARCH,
        ("while low + 1 < high:", "1 -> 2"): SEARCH,
        (
            "guess = low + bisect_right(range(low + 1, high), float(wish), key=expected)",
            "low + bisect_right(range(low + 1, high), float(wish), key=expected)"
            " -> low - bisect_right(range(low + 1, high), float(wish), key=expected)",
        ): SEARCH,
        (
            "guess = low + bisect_right(range(low + 1, high), float(wish), key=expected)",
            "1 -> 2",
        ): SEARCH,
        (
            "low, high = bisect_right(self._rungs, 0.5, key=lambda rung: rung[0]), "
            "len(self._rungs)",
            "0.5 -> 1.5",
        ): SEARCH,
        (
            "elif self._total_on(high) <= wish:",
            "self._total_on(high) <= wish -> self._total_on(high) < wish",
        ): TIED,
        ("guess = max(guess, low + 1)", "low + 1 -> low - 1"): SEARCH,
        (
            "if self._total_on(guess) <= wish:",
            "self._total_on(guess) <= wish -> self._total_on(guess) < wish",
        ): TIED,
        (
            "if self._total_on(low + 1) > wish:",
            "self._total_on(low + 1) > wish -> self._total_on(low + 1) >= wish",
        ): TIED,
        ("if self._total_on(low + 1) > wish:", "1 -> 2"): SEARCH,
        (
            "(first, grows), (last, more) = ((shape.total(0), shape.spread) for shape in ends)",
            "0 -> 1",
        ): SEARCH,
        ("share = (rung - low) / (high - low)", "rung - low -> rung + low"): SEARCH,
        ("share = (rung - low) / (high - low)", "high - low -> high + low"): SEARCH,
        (
            "spread = grows + (more - grows) * share",
            "grows + (more - grows) * share -> grows - (more - grows) * share",
        ): SEARCH,
        (
            "spread = grows + (more - grows) * share",
            "(more - grows) * share -> (more - grows) // share",
        ): SEARCH,
        (
            "return first + (last - first) * share + spread * self._threshold(rung)",
            "first + (last - first) * share + spread * self._threshold(rung)"
            " -> first + (last - first) * share - spread * self._threshold(rung)",
        ): SEARCH,
        (
            "return first + (last - first) * share + spread * self._threshold(rung)",
            "first + (last - first) * share -> first - (last - first) * share",
        ): SEARCH,
        (
            "return first + (last - first) * share + spread * self._threshold(rung)",
            "last - first -> last + first",
        ): SEARCH,
        (
            "return first + (last - first) * share + spread * self._threshold(rung)",
            "spread * self._threshold(rung) -> spread // self._threshold(rung)",
        ): SEARCH,
        (
            "self._latest: deque[tuple[Hashable, Sequence]] = deque(maxlen=2)",
            "2 -> 3",
        ): "one more sequence is kept, and none is another",
        (
            "share = (rung - low) / (high - low)",
            "(rung - low) / (high - low) -> (rung - low) * (high - low)",
        ): SEARCH,
        ("spread = grows + (more - grows) * share", "more - grows -> more + grows"): SEARCH,
        (
            "return first + (last - first) * share + spread * self._threshold(rung)",
            "(last - first) * share -> (last - first) // share",
        ): SEARCH,
        (
            "return 1.0",
            "1.0 -> 2.0",
        ): "no point is above 1: there is no strain beyond the last rung",
        (
            "yield shape.longest if shape.longest < wish else shape.shortest",
            "shape.longest < wish -> shape.longest <= wish",
        ): "a length that can be met has no other lengths around it",
    },
    "voiceguide/timeline/__init__.py": {
        (
            "longer = self._longer(silence, index, length, played, length + more)",
            "length + more -> length - more",
        ): "what has begun is as long as the plan's lengths say",
    },
    "voiceguide/player/conductor.py": {
        ("self._reminded = 0", "0 -> 1"): "a wait sets it as it begins",
        (
            "self._transport.say_aside("
            "self._sound_of(source) if source else np.zeros(0, np.int16))",
            "0 -> 1",
        ): "a sample of silence in silence",
        (
            "self._course = self._course.refitted(position, position + max(0, left))",
            "0 -> 1",
        ): "whatever has begun lasts longer than that, or nothing is left to fit",
    },
    "voiceguide/player/transport.py": {
        (
            "self.underruns += self._position > 0",
            "0 -> 1",
        ): "what is read ahead is never a single sample",
        ("self._over = np.zeros(0, np.int16)", "0 -> 1"): "nothing is added to the first sample",
        (
            "return block if self.volume == 1.0 else (block * self.volume).astype(np.int16)",
            "1.0 -> 2.0",
        ): "times one every sample stays as it is",
    },
    "voiceguide/timeline/layout.py": {
        (
            "self.events.append(_event(item, self.position, 0, item.text))",
            "0 -> 1",
        ): "it gets its length when what it spans is over",
    },
    "voiceguide/render/mix.py": {
        (
            "if one.fade and last > one.stop - one.fade:",
            "one.fade and last > one.stop - one.fade -> one.fade or last > one.stop - one.fade",
        ): "before it fades it is multiplied by one",
        (
            "if one.fade and last > one.stop - one.fade:",
            "last > one.stop - one.fade -> last >= one.stop - one.fade",
        ): "the first sample of a fade is multiplied by one",
        (
            "self._longest = max((one.stop - one.start for one in self._placed), default=0)",
            "0 -> 1",
        ): "nothing is placed",
        ("yield 0, bed", "0 -> 1"): "the first bed is there from the start, whatever is given",
        (
            "(one.peak * one.factor for one in placed if isinstance(one.source, Words)), default=0",
            "0 -> 1",
        ): "without words no bed is ever under any",
        ("ringing, started = None, 0", "0 -> 1"): "nothing rings yet",
        (
            "return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()",
            "20 -> 21",
        ): "a digest of another size is as good",
    },
    "voiceguide/encode/mp3/stitch.py": {
        (
            "for start, end in ((0, 1), *spans):",
            "0 -> 1",
        ): "the region at the start begins in the first frame and has no sound",
        (
            "for start, end in ((0, 1), *spans):",
            "1 -> 2",
        ): "the region at the start begins in the first frame and has no sound",
        (
            "if period > LOOP_PIECE",
            "period > LOOP_PIECE -> period >= LOOP_PIECE",
        ): "a loop as long as a piece is one piece either way",
        (
            "gain = round(source.gain * 2 ** (steps / 4), 6)",
            "6 -> 7",
        ): "a digit more hides the errors of floats as well",
    },
    "voiceguide/player/now.py": {
        ("until = 0", "0 -> 1"): "before the first step nothing waits for its end",
    },
}
"""Mutants that no test can notice, by their line and change, and why: nothing that can be seen
changes."""

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
    index: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before} -> {self.after}"

    @property
    def equivalent(self) -> bool:
        """Whether nothing that can be seen changes."""
        line = (ROOT / self.file).read_text(encoding="utf-8").splitlines()[self.line - 1].strip()
        return (line, f"{self.before} -> {self.after}") in EQUIVALENT.get(self.file, {})

    def source(self) -> str:
        """The file with the fault in it."""
        tree = ast.parse((ROOT / self.file).read_text(encoding="utf-8"))
        _mutate(list(_code(tree))[self.index])
        return ast.unparse(tree)


def mutants(file: str) -> Iterator[Mutant]:
    """Every mutant of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for index, node in enumerate(list(_code(tree))):
        before = ast.unparse(node)
        if _mutate(changed := copy.deepcopy(node)):
            yield Mutant(file, node.lineno, before, ast.unparse(changed), index)


def _code(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """What runs within functions: neither annotations nor docstrings, nor what makes messages.

    Asserts are left out, and `strict=` of `zip`, which is one.
    """
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                yield from _within(statement)


def _within(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Raise | ast.JoinedStr | ast.Assert):
        return
    if isinstance(node, ast.keyword) and node.arg == "strict":
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


class Bench:
    """Copies of the checkout, one for each worker, and fresh processes that test in them."""

    def __init__(self, folder: Path) -> None:
        self._homes: SimpleQueue[Path] = SimpleQueue()
        CONTEXT.set_forkserver_preload(PRELOADED)
        first = folder / "0"
        first.mkdir()
        for part in COPIED:
            copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
            copied(ROOT / part, first / part)
        compileall.compile_dir(first / "voiceguide", quiet=2)  # once, and not for each mutant
        self._homes.put(first)
        for number in range(1, WORKERS):
            home = folder / str(number)
            shutil.copytree(first, home)
            self._homes.put(home)

    def noticed(self, mutant: Mutant, seconds: float) -> bool:
        """Whether a test of the module fails on a mutant, or does not end in time."""
        home = self._homes.get()
        place = home / mutant.file
        try:
            place.write_text(mutant.source(), encoding="utf-8")
            return not self._pass(home, CORE[mutant.file], seconds)
        finally:
            shutil.copy2(ROOT / mutant.file, place)
            self._homes.put(home)

    def seconds(self, file: str) -> float:
        """How long the tests of a file take as it is; they have to pass."""
        home = self._homes.get()
        began = time.monotonic()
        try:
            if not self._pass(home, CORE[file], 3600):
                sys.exit(f"the tests of {file} fail without a mutant")
        finally:
            self._homes.put(home)
        return time.monotonic() - began

    def _pass(self, home: Path, tests: list[str], seconds: float) -> bool:
        answered, answer = CONTEXT.Pipe(duplex=False)
        run = CONTEXT.Process(target=_test, args=(str(home), tests, answer))
        run.start()
        answer.close()
        try:
            return answered.poll(seconds) and answered.recv() == pytest.ExitCode.OK
        except EOFError:  # it ended before it could tell
            return False
        finally:
            run.kill()  # where it goes round for ever
            run.join()


def _test(home: str, tests: list[str], answer: Connection) -> None:
    """Run tests in a copy of the checkout, and answer with pytest's exit code."""
    sys.dont_write_bytecode = True  # two mutants of one second and size would be mistaken
    sys.path.insert(0, home)  # before the checkout, which is installed
    os.chdir(home)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    options = ["-qx", "--assert=plain", "-p", "no:xdist", "-p", "no:cacheprovider"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there already
    answer.send(pytest.main([*options, *tests]))


def main() -> int:
    """Try a sample of mutants, or all of some files; gives the exit code."""
    parser = argparse.ArgumentParser(description="Put small faults into the core, and see.")
    parser.add_argument("files", nargs="*", default=list(CORE))
    parser.add_argument("--all", action="store_true", help="every mutant, and not a sample")
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    found = [one for file in asked.files for one in mutants(file) if not one.equivalent]
    random.Random(SEED).shuffle(found)
    until = float("inf") if asked.all else time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        bench = Bench(Path(folder))
        needed = dict(zip(asked.files, pool.map(bench.seconds, asked.files), strict=True))

        def tried(mutant: Mutant) -> bool | None:
            if time.monotonic() > until:
                return None
            seen = bench.noticed(mutant, 30 + 5 * needed[mutant.file])
            if not seen:
                print(mutant, flush=True)
            return seen

        results = list(pool.map(tried, found))
    return report(found, results)


def report(found: list[Mutant], results: list[bool | None]) -> int:
    """Print the share of mutants that were noticed, by file and in all; gives the exit code."""
    tried = [
        (mutant.file, seen) for mutant, seen in zip(found, results, strict=True) if seen is not None
    ]
    for file in CORE:
        if mine := [seen for name, seen in tried if name == file]:
            print(f"{sum(mine):5} of {len(mine):3}  {file}")
    share = sum(seen for _, seen in tried) / max(1, len(tried))
    print(f"{share:.1%} of {len(tried)} mutants were noticed ({len(found)} there are).")
    return int(share < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
