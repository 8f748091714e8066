"""Measures voiceguide against the usual script and against itself, side by side in one run.

    python benchmarks/run.py [ROUNDS]          (or: make bench)

Prints a Markdown table. A figure is the CPU time of a process and of those that it starts, the
least of some rounds; each round runs every case once, so that a busy machine is busy for all of
them, and what counts are the ratios. Memory is that of a case's largest process. Needs the extra
`bench`. The usual script needs ffmpeg and espeak-ng from the distribution, and the voice `natural`
its extra: without them their rows are left out.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voiceguide.engines import make
from voiceguide.errors import VoiceguideError

HERE = Path(__file__).parent
ROUTINE = HERE.parent / "scripts" / "ten-minute-psoas-relief.md"
CHIMES = HERE.parent / "audio_assets" / "chimes"
VOICEGUIDE = str(Path(sys.executable).with_name("voiceguide"))
SENTENCE = r"^([A-Z].*)\.$"  # the first one of a routine's prose
BED = ("--bed", "rain")
SMALL = """\
---
title: A small routine
---

Lie down, and stop if you feel any pain.

## Stretch

- hold 30s, each side
  Kneel on your {left|right} knee.
  - end: Come back.
- 5 reps
  Lift your leg.
  - end: Rest.
"""
DECODING = "import soundfile, sys; [None for _ in soundfile.blocks(sys.argv[1], 65536)]"
SPEAKING = """
import sys, voiceguide
from voiceguide.engines import find_voice, make
from voiceguide.speech.reading import normalise
session = voiceguide.load(sys.argv[1])
engine = make("natural")
voice = find_voice(engine, None, "en").name
for words in session.words():
    engine.speak(normalise(words.text), voice, session.settings.words_a_minute)
engine.close()
"""
IMPORTS = "import lameenc, numpy, PIL.Image, soundfile, yaml, voiceguide.studio.exporting"

USUAL = "Ten minutes, the usual script"
LINEAR = "Ten minutes, the usual script, its pieces joined once"
COLD = "Ten minutes, nothing kept from before"
WARM = "Ten minutes, everything kept"
CHANGED = "Ten minutes, one sentence changed"
STREAMED = "Ten minutes, speech kept, one encoder straight through"
HELD_COLD = "An hour, the same words and a longer rest, nothing kept"
HELD_WARM = "An hour, the same words and a longer rest, everything kept"
SAID_COLD = "An hour, the ten minutes six times over, nothing kept"
SAID_WARM = "An hour, the ten minutes six times over, everything kept"
NARRATED = "Ten minutes by the narration that comes along, everything kept"
OTHERS_COLD = "An hour of 360 different sentences, nothing kept"
OTHERS_WARM = "An hour of 360 different sentences, everything kept"
BED_COLD = "Ten minutes with a bed, nothing kept"
BED_WARM = "Ten minutes with a bed, everything kept"
BED_STREAMED = "Ten minutes with a bed, speech kept, one encoder straight through"
BED_HELD = "An hour with a bed, the same words and a longer rest, nothing kept"
BED_SAID = "An hour with a bed, the ten minutes six times over, nothing kept"
BOOK = "Ten minutes as M4B, speech kept"
BOOK_HOUR = "An hour as M4B, the same words and a longer rest, speech kept"
NATURAL = "A dozen different sentences by the voice `natural`, nothing kept"
NATURAL_ALONE = "The speech of that voice alone"
VERIFIED = "`voiceguide verify` of the ten minutes"
DECODED = "Decoding that file"
CHECK = "`voiceguide check` of a small routine, its speech kept"
ESTIMATE = "`voiceguide plan --estimate` of it"
NUMPY = "`python -c 'import numpy'`"
IMPORTED = "The imports of an export alone"
HELP = "`voiceguide --help`"
LIST = "`voiceguide list`"
PYTHON = "`python -c pass`"


@dataclass(frozen=True, slots=True)
class Run:
    """One process, or the best of several: its CPU time, and the most memory."""

    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure: `command` is asked for afresh each time."""

    label: str
    command: Callable[[], list[str]]
    cache: Callable[[], Path]
    """The folder where voiceguide keeps spoken texts and encoded sound."""
    narrated: bool = False
    """Whether the library's narration may speak; elsewhere all is spoken by espeak-ng."""
    natural: bool = False
    """Whether voices that pip installed may speak."""


class Bench:
    """The cases, and the temporary folder they work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = folder / "kept"
        self.target = str(folder / "out.mp3")
        self.book = str(folder / "out.m4b")
        self.finished = str(folder / "finished.mp3")
        self.plan = folder / "plan.json"
        self.held = folder / "held.md"
        self.said = folder / "said.md"
        self.others = folder / "others.md"
        self.dozen = folder / "dozen.md"
        self.small = folder / "small.md"
        self._changes = 0

    def prepare(self) -> None:
        """Plan the ten minutes for the usual script, and fill the cache that is kept."""
        text = ROUTINE.read_text(encoding="utf-8")
        self.held.write_text(held_longer(text), encoding="utf-8")
        self.said.write_text(six_times(text), encoding="utf-8")
        self.others.write_text(different(360, "60 min"), encoding="utf-8")
        self.dozen.write_text(different(12, "3 min"), encoding="utf-8")
        self.small.write_text(SMALL, encoding="utf-8")
        run([VOICEGUIDE, "check", str(self.small)], self.kept)
        planned = run([VOICEGUIDE, "plan", str(ROUTINE), "--json"], self.kept)
        self.plan.write_bytes(planned)
        for routine in (ROUTINE, self.held, self.said, self.others):
            run(self._export(routine)(), self.kept)
        run(self._export(ROUTINE, *BED)(), self.kept)
        run(self._export(ROUTINE, "-o", self.finished)(), self.kept)
        run(self._export(ROUTINE)(), self.kept, narrated=True)

    def cases(self) -> list[Case]:
        """Everything that is measured, in the order it runs."""
        script = [sys.executable, str(HERE / "usual_script.py")]
        usual = [*script, str(self.plan), str(CHIMES), self.target]
        speaking = [sys.executable, "-c", SPEAKING]
        kept, fresh = self._kept, self._fresh
        return [
            *([Case(USUAL, lambda: usual, kept)] if has_tools() else []),
            *([Case(LINEAR, lambda: [*usual, "linear"], kept)] if has_tools() else []),
            Case(COLD, self._export(ROUTINE), fresh),
            Case(WARM, self._export(ROUTINE), kept),
            Case(NARRATED, self._export(ROUTINE), kept, narrated=True),
            Case(CHANGED, self._export_changed, kept),
            Case(STREAMED, self._export(ROUTINE, "--stream"), kept),
            Case(HELD_COLD, self._export(self.held), fresh),
            Case(HELD_WARM, self._export(self.held), kept),
            Case(SAID_COLD, self._export(self.said), fresh),
            Case(SAID_WARM, self._export(self.said), kept),
            Case(OTHERS_COLD, self._export(self.others), fresh),
            Case(OTHERS_WARM, self._export(self.others), kept),
            Case(BED_COLD, self._export(ROUTINE, *BED), fresh),
            Case(BED_WARM, self._export(ROUTINE, *BED), kept),
            Case(BED_STREAMED, self._export(ROUTINE, *BED, "--stream"), kept),
            Case(BED_HELD, self._export(self.held, *BED), fresh),
            Case(BED_SAID, self._export(self.said, *BED), fresh),
            Case(BOOK, self._export(ROUTINE, "-o", self.book), kept),
            Case(BOOK_HOUR, self._export(self.held, "-o", self.book), kept),
            Case(NATURAL, self._export(self.dozen, "--voice", "natural"), fresh, natural=True),
            Case(NATURAL_ALONE, lambda: [*speaking, str(self.dozen)], fresh, natural=True),
            Case(VERIFIED, lambda: [VOICEGUIDE, "verify", self.finished], kept),
            Case(DECODED, lambda: [sys.executable, "-c", DECODING, self.finished], kept),
            Case(CHECK, lambda: [VOICEGUIDE, "check", str(self.small)], kept),
            Case(ESTIMATE, lambda: [VOICEGUIDE, "plan", "--estimate", str(self.small)], kept),
            Case(NUMPY, lambda: [sys.executable, "-c", "import numpy"], kept),
            Case(IMPORTED, lambda: [sys.executable, "-c", IMPORTS], kept),
            Case(HELP, lambda: [VOICEGUIDE, "--help"], kept),
            Case(LIST, lambda: [VOICEGUIDE, "list"], kept),
            Case(PYTHON, lambda: [sys.executable, "-c", "pass"], kept),
        ]

    def _export(self, routine: Path, *options: str) -> Callable[[], list[str]]:
        return lambda: [VOICEGUIDE, "export", str(routine), "-o", self.target, *options]

    def _export_changed(self) -> list[str]:
        """An export with a sentence that was never heard before."""
        self._changes += 1
        changed = self.folder / "changed.md"
        text = ROUTINE.read_text(encoding="utf-8")
        other = rf"\1, {self._changes}."
        changed.write_text(replaced(text, SENTENCE, other), encoding="utf-8")
        return self._export(changed)()

    def _kept(self) -> Path:
        return self.kept

    def _fresh(self) -> Path:
        fresh = self.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        return fresh


def held_longer(text: str) -> str:
    """The routine with so long a rest at its end that it lasts an hour."""
    longer = replaced(text, r"^- hold (\w+)-\d+ min$", r"- hold \1-60 min")
    return replaced(longer, "length: 10 min", "length: 60 min")


def six_times(text: str) -> str:
    """The routine said six times over in an hour."""
    _, front, body = text.split("---\n", maxsplit=2)
    front = replaced(front, "length: 10 min", "length: 60 min")
    return f"---\n{front}---\n{body * 6}"


def different(count: int, length: str) -> str:
    """A session in which no sentence comes twice."""
    said = (
        f"This is number {n} of the sentences, and you breathe out. [4s]"
        for n in range(1, count + 1)
    )
    front = f"---\ntitle: Different sentences\nlength: {length}\n---\n"
    return "\n".join((front, *said, "", "- hold 1-60 min", "  Rest.", ""))


def replaced(text: str, old: str, new: str) -> str:
    """The text with the first line that matches `old` replaced; there has to be one."""
    changed, found = re.subn(old, new, text, count=1, flags=re.MULTILINE)
    if not found:
        sys.exit(f"{ROUTINE.name} has no line `{old}`: change benchmarks/run.py with it")
    return changed


# ── measuring ────────────────────────────────────────────────────────────────


def run(command: list[str], cache: Path, *, narrated: bool = False) -> bytes:
    """Run a command that has to succeed; gives its standard output."""
    env = environment(cache, narrated=narrated, natural=False)
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout


def measure(case: Case) -> Run:
    """Run a case once, from the start of its process to its end."""
    env = environment(case.cache(), narrated=case.narrated, natural=case.natural)
    command = case.command()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            said.seek(0)
            sys.exit(f"{case.label} failed:\n{said.read().decode(errors='replace')}")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def environment(cache: Path, *, narrated: bool, natural: bool) -> dict[str, str]:
    """This process's environment, with voiceguide's cache in a folder of ours, and no settings."""
    nobodys = {"VOICEGUIDE_CONFIG": os.devnull, "VOICEGUIDE_VOICES": os.devnull}
    nobodys |= {"VOICEGUIDE_PIP_VOICES": "on" if natural else "off"}
    nobodys |= {"VOICEGUIDE_NARRATION": "on" if narrated else "off"}
    # an installed package has its bytecode, whatever this shell is used for
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **nobodys, "VOICEGUIDE_CACHE": str(cache)}


def least(cases: list[Case], rounds: int) -> dict[str, Run]:
    """Every case measured in every round; the least of a case counts."""
    runs: dict[str, list[Run]] = {case.label: [] for case in cases}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for case in cases:
            runs[case.label].append(measure(case))
    return {label: _least(measured) for label, measured in runs.items()}


def _least(runs: list[Run]) -> Run:
    return Run(min(one.seconds for one in runs), max(one.megabytes for one in runs))


# ── telling ──────────────────────────────────────────────────────────────────

HEAD = ("what", "CPU", "memory", "that is", "aim")


def table(found: dict[str, Run]) -> Iterator[str]:
    """The lines of the Markdown table."""
    told = comparisons({label: one.seconds for label, one in found.items()})
    yield from (_row(*HEAD), _row("---", "--:", "--:", "---", "---"))
    for label, one in found.items():
        that_is, wished = told.get(label, ("", ""))
        yield _row(label, f"{one.seconds:.2f} s", f"{one.megabytes:.0f} MB", that_is, wished)


def comparisons(seconds: dict[str, float]) -> dict[str, tuple[str, str]]:
    """What each time means beside another, and what was wished for."""

    def times(one: str, other: str) -> str:
        return f"{seconds[one] / seconds[other]:.1f} times"

    def hour(one: str, ten: str) -> tuple[str, str]:
        return f"{times(one, ten)} the ten minutes", "at most 2, under 110 MB"

    def more(one: str, other: str) -> str:
        return f"{seconds[one] - seconds[other]:.2f} s more than"

    def quicker(than: str) -> str:
        return f"{times(than, COLD)} and {times(than, WARM)} what voiceguide takes cold and warm"

    optional = {}
    if USUAL in seconds:
        optional[USUAL] = quicker(USUAL), "5 and 16 times"
        optional[LINEAR] = quicker(LINEAR), "2.5 times"
    if NATURAL in seconds:
        ratio = seconds[NATURAL] / seconds[NATURAL_ALONE]
        optional[NATURAL] = f"{ratio:.2f} times its speech", "1.25 times"
    return {
        **optional,
        COLD: (f"{times(COLD, WARM)} as long as with everything kept", ""),
        WARM: (f"{times(WARM, NUMPY)} an interpreter that imports numpy", "3 times"),
        NARRATED: (f"{times(NARRATED, NUMPY)} the same", "3 times"),
        CHANGED: (f"{more(CHANGED, WARM)} with everything kept", "that sentence"),
        STREAMED: (f"{times(STREAMED, WARM)} as long as stitched", ""),
        HELD_COLD: hour(HELD_COLD, COLD),
        HELD_WARM: hour(HELD_WARM, WARM),
        SAID_COLD: hour(SAID_COLD, COLD),
        OTHERS_COLD: (f"{times(OTHERS_COLD, COLD)} the ten minutes", ""),
        OTHERS_WARM: hour(OTHERS_WARM, WARM),
        BED_COLD: (f"{times(BED_COLD, COLD)} as long as without", "1.6 times, under 140 MB"),
        BED_STREAMED: (f"{times(BED_STREAMED, BED_WARM)} as long as stitched", ""),
        BED_HELD: (f"{times(BED_HELD, BED_COLD)} the ten minutes", "less than 2"),
        BED_SAID: (f"{times(BED_SAID, BED_COLD)} the ten minutes", "less than 2"),
        BOOK_HOUR: (f"{times(BOOK_HOUR, BOOK)} the ten minutes", "2 times"),
        VERIFIED: (f"{times(VERIFIED, DECODED)} decoding it", "2 times"),
        CHECK: (f"{times(CHECK, PYTHON)} Python alone", "12 times"),
        ESTIMATE: (f"{times(ESTIMATE, PYTHON)} Python alone", "15 times"),
        SAID_WARM: hour(SAID_WARM, WARM),
        HELP: (f"{times(HELP, PYTHON)} Python alone", "7 times"),
        LIST: (f"{times(LIST, PYTHON)} Python alone", "7 times"),
    }


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def has_tools() -> bool:
    """Whether the usual script can run; what it lacks is told."""
    packages = [name for name in ("pydub", "pyttsx3") if not importlib.util.find_spec(name)]
    if packages:
        print(f"missing: {' and '.join(packages)}: pip install '.[bench]'", file=sys.stderr)
    ffmpeg = bool(shutil.which("ffmpeg"))
    if not ffmpeg:
        print("missing: ffmpeg; on Debian: apt install ffmpeg espeak-ng", file=sys.stderr)
    return ffmpeg and not packages


def has_natural() -> bool:
    """Whether the voice `natural` can speak; what it lacks is told."""
    try:
        make("natural").close()
    except VoiceguideError as error:
        print(f"missing: the voice `natural`: {error.help}", file=sys.stderr)
        return False
    return True


def main() -> None:
    """Measure, and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.prepare()
        spoken = has_natural()
        cases = [case for case in bench.cases() if spoken or not case.natural]
        found = least(cases, rounds)
    print(*table(found), sep="\n")
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"\nThe least of {rounds} runs; Python {platform.python_version()}, {machine}.")


if __name__ == "__main__":
    main()
