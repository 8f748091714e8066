"""How fast sessions are planned: thousands of events, unrolled, fitted to a length and laid out.

    python benchmarks/planning.py [EVENTS ...]

A routine of many exercises (elastic holds on both sides in rounds with cues, elastic counts of
reps) is parsed once; then it is fitted to a length in the middle of what it can be. The texts'
lengths are guessed from their letters, so that nothing but planning is measured. Seconds are of
CPU; beside them stands how many times a bare interpreter starts in them, which is what machines
can be compared by.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from voiceguide.languages import phrases
from voiceguide.lengths import samples
from voiceguide.script import Known, parse
from voiceguide.sequence import Sequence, Source, Words
from voiceguide.sequence.steps import unroll
from voiceguide.settings.merge import settle
from voiceguide.timeline import bounds, schedule

EXERCISE = """
## Exercise {n}

- hold 20-60s, each side, 3 rounds, rest 10s
  Kneel on your {{left|right}} knee for the {n}th time. Breathe slowly.
  - half: Soften.

- 8-12 reps, lift 2s, lower 2s
  Lift your leg.
"""
EVENTS_EACH = 104
KNOWN = Known(chimes=frozenset({"bowl"}))


def guessed(source: Source) -> int:
    """Samples that a source sounds for: 60 ms a letter, two seconds a chime."""
    return samples(0.06 * len(source.text) if isinstance(source, Words) else 2.0)


def planner(exercises: int) -> Callable[..., Sequence]:
    """What unrolls a routine of so many exercises."""
    text = "".join(EXERCISE.format(n=n) for n in range(1, exercises + 1))
    routine = parse(text, "planning.md", KNOWN).routine
    assert routine
    settings = settle(routine.front, lines=routine.lines, known=KNOWN).settings
    return partial(unroll, routine, settings, phrases("en"))


def measured(events: int) -> tuple[int, float]:
    """How many events there are, and the seconds of CPU that planning them takes."""
    plan = planner(max(1, round(events / EVENTS_EACH)))
    shortest, longest = bounds(plan, guessed)
    start = time.process_time()
    timeline = schedule(plan, guessed, wish=(shortest + longest) // 2)
    return len(timeline.events), time.process_time() - start


def interpreter() -> float:
    """Seconds that a bare interpreter takes, the best of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print a row for each number of events."""
    bare = interpreter()
    for events in map(int, sys.argv[1:] or ("1000", "10000", "100000")):
        found, seconds = measured(events)
        print(f"{found:>7,} events  {seconds:7.2f} s  {seconds / bare:6.0f} x `python -c pass`")


if __name__ == "__main__":
    main()
