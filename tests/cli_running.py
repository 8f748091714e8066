"""Running the command line: within this process, as a process of its own, and on a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from voiceguide.cli import main

COMMAND = (sys.executable, "-c", "import sys; from voiceguide.cli import main; sys.exit(main())")
"""What the installed script `voiceguide` does."""


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Runner:
    """Runs commands within this process, in a folder and with a cache of the test's own."""

    def __init__(
        self, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        self._capfd, self._patch = capfd, patch
        self.folder = folder
        patch.chdir(folder)
        patch.setenv("VOICEGUIDE_CACHE", str(folder / ".cache"))
        patch.delenv("NO_COLOR", raising=False)

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Ran:
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = self._capfd.readouterr()
        return Ran(code, out, err)

    def write(self, text: str, name: str = "mine.md") -> Path:
        """A routine's file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    """The environment of a process of its own, its cache in `folder`."""
    own = {"VOICEGUIDE_CACHE": str(folder / ".cache"), "PYTHONUNBUFFERED": "", "NO_COLOR": ""}
    # a parallel test runner says in COLUMNS how wide its own lines are, which beats the terminal
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**inherited, **own, **more}


def run_process(arguments: Sequence[str], folder: Path, **more: str) -> Ran:
    """Run a command as a process of its own; `more` is added to its environment."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
