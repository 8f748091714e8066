"""Catalogues: rows a second, what a second variant costs, and what dask adds to a row.

    python benchmarks/catalogue.py                 # a hundred rows of ten minutes each
    python benchmarks/catalogue.py --rows 24 --no-dask

Every run is a process of its own with an empty cache, whose CPU is counted with that of all its
children, and each is done `--times` times, of which the quickest counts: on a machine that others
use, CPU is what can be compared. Rows are one routine of the library, in lengths a few seconds
apart, by the voice that comes along. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROUTINE = "ten-minute-psoas-relief"

COPIES = 120
"""Rows of the measurement of dask."""

HERE = """
import sys, voiceguide
if __name__ == "__main__":
    plan, out, jobs = sys.argv[1:]
    states = [one.state for one in voiceguide.catalogue(plan, out, jobs=int(jobs))]
    assert set(states) <= {"made"}, states
"""

DASK = """
import sys, voiceguide
from distributed import LocalCluster
if __name__ == "__main__":
    plan, out, workers = sys.argv[1:]
    with LocalCluster(n_workers=int(workers), threads_per_worker=1, dashboard_address=None) as one:
        place = "dask://" + one.scheduler_address.removeprefix("tcp://")
        states = [one.state for one in voiceguide.catalogue(plan, out, on=place)]
    assert set(states) <= {"made"}, states
"""


class Cost(NamedTuple):
    """What a run took."""

    cpu: float
    """Seconds, of all processes."""
    wall: float
    """Seconds."""
    bytes: int


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=100)
    asked.add_argument("--times", type=int, default=2)
    asked.add_argument("--no-dask", action="store_true")
    options = asked.parse_args()
    count, times = options.rows, options.times
    print(f"| {count} rows of `{ROUTINE}`, {os.cpu_count()} cores | |\n|---|--:|")
    nothing, first, all_ = (measured(HERE, rows, 1, times) for rows in (0, 1, count))
    once = first.cpu - nothing.cpu
    variant = (all_.cpu - first.cpu) / (count - 1)
    show("the first session, everything new", f"{once:.2f} s of CPU")
    show("each further variant (aim 0.3 s)", f"{variant:.2f} s of CPU")
    show("a variant against the first (aim 0.35)", f"{variant / once:.2f}")
    show("bytes of a session", f"{all_.bytes / count / 1e6:.2f} MB")
    two = measured(HERE, count, 2, times)
    show("rows a second, one process", f"{count / all_.wall:.2f}")
    show("rows a second, two processes", f"{count / two.wall:.2f}")
    if not options.no_dask:
        more = max(0.0, copied(DASK, times) - copied(HERE, times))
        show("what dask adds to a row", f"{1000 * more:.1f} ms of CPU")
        show("the same as a share of a variant (aim 2 %)", f"{more / variant:.1%}")


def show(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


def copied(program: str, times: int) -> float:
    """Seconds of CPU for a row that is a copy of another: mostly the way there and back."""
    few, many = (measured(program, rows, 1, times, equal=True) for rows in (1, COPIES))
    return (many.cpu - few.cpu) / (COPIES - 1)


def measured(program: str, rows: int, workers: int, times: int, *, equal: bool = False) -> Cost:
    """The quickest of some runs with that many rows."""
    costs = [once(program, rows, workers, equal=equal) for _ in range(times)]
    return Cost(min(c.cpu for c in costs), min(c.wall for c in costs), costs[0].bytes)


def once(program: str, rows: int, workers: int, *, equal: bool) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, out = folder / "plan.jsonl", folder / "out"
        text = "".join(row(0 if equal else number, number) for number in range(rows))
        plan.write_text(text, encoding="utf-8")
        env = {**os.environ, "VOICEGUIDE_CACHE": str(folder / "cache")}
        env |= {"VOICEGUIDE_CONFIG": os.devnull, "VOICEGUIDE_NARRATION": "off"}
        env |= {"VOICEGUIDE_PIP_VOICES": "off"}
        before, began = children_cpu(), time.perf_counter()
        (folder / "run.py").write_text(program, encoding="utf-8")
        command = [sys.executable, str(folder / "run.py"), str(plan), str(out), str(workers)]
        done = subprocess.run(command, env=env, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        wall = time.perf_counter() - began
        sizes = sum(path.stat().st_size for path in out.glob("*.mp3"))
        return Cost(children_cpu() - before, wall, sizes)


def row(longer: int, number: int) -> str:
    seconds = 560 + 3 * longer
    return json.dumps({"id": f"s{number}", "routine": ROUTINE, "length": f"{seconds}s"}) + "\n"


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
