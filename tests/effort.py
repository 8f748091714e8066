"""What a command does, counted: the calls of voiceguide's own functions.

Time tells little on a busy machine; calls are the same on every one. A command runs in a process of
its own, with everything kept by runs before it. What differs between versions of Python is left
out: comprehensions and generator expressions, which newer ones call otherwise or not at all.

    python tests/effort.py        writes effort.json anew, after a change that is meant to cost that
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import voiceguide

RECORD = Path(__file__).with_name("effort.json")
PACKAGE = str(Path(voiceguide.__file__).parent)

ROUTINE = """\
---
title: Effort
language: en
---

Lie down, and stop if you feel any pain.

## Stretch

- hold 30s, each side
  Kneel on your {left|right} knee.
  - half: Soften.
  - end: Come back.
- 8 reps, lift 2s, lower 2s
  Lift your leg.
  - end: Rest.

## Strength

- 3 rounds, rest 10s
  - 5 reps
    Lift your hips.
  - hold 10-20s
    Stay up there.
- hold 1 min
  Close your eyes.

Get up when you like.
"""

COMMANDS = {
    "check": ("check", "effort.md"),
    "plan --estimate": ("plan", "--estimate", "effort.md"),
    "export": ("export", "effort.md", "-o", "effort.mp3"),
}

HEAVY = (
    *("PIL", "icalendar", "lameenc", "markdown_it", "num2words", "numpy", "pydub", "rich"),
    *("soundfile", "tomlkit", "yaml"),
)
"""Packages that take long to import."""

COUNTING = """
import itertools, json, sys, threading

package, heavy, *arguments = sys.argv[1:]
calls = itertools.count()
unsteady = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}

def seen(frame, event, _):
    if event == "call":
        code = frame.f_code
        if code.co_filename.startswith(package) and code.co_name not in unsteady:
            next(calls)

threading.setprofile(seen)
sys.setprofile(seen)
from voiceguide.cli import main
ended = main(arguments)
sys.setprofile(None)
loaded = [name for name in heavy.split() if name in sys.modules]
print(json.dumps({"calls": next(calls), "loads": loaded}), file=sys.stderr)
sys.exit(ended)
"""


def counted(names: Iterable[str] = COMMANDS) -> dict[str, Any]:
    """The effort of these commands: how many calls, and which heavy packages are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "effort.md").write_text(ROUTINE, encoding="utf-8")
        for name in (*names, *names):  # everything is kept after that
            _effort(COMMANDS[name], folder)
        return {name: _effort(COMMANDS[name], folder) for name in names}


def _effort(command: tuple[str, ...], folder: str) -> dict[str, Any]:
    fixed = {
        "PYTHONHASHSEED": "0",
        "VOICEGUIDE_CACHE": str(Path(folder, "cache")),
        "VOICEGUIDE_CONFIG": os.devnull,
        "VOICEGUIDE_NARRATION": "off",
        "VOICEGUIDE_PIP_VOICES": "off",
        "VOICEGUIDE_VOICES": os.devnull,
    }
    program = [sys.executable, "-c", COUNTING, PACKAGE, " ".join(HEAVY), *command]
    done = subprocess.run(
        program, cwd=folder, env={**os.environ, **fixed}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return found


if __name__ == "__main__":
    RECORD.write_text(json.dumps(counted(), indent=2) + "\n", encoding="utf-8")
