"""pip, with a line that tells how far it has come: `python requirements/install.py ARGUMENTS`.

pip itself says either nothing or a page. Here it runs as it would, on a terminal one line shows
which package it is at and for how long it has worked; anywhere else, one line is printed when it
begins. What it says is shown where it fails. With `make --silent` there is no line at all.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

PIP = [
    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--use-pep517"),
    *("--progress-bar", "off"),
]

_STEP = re.compile(r"\s*(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_LATER = {
    "Building wheel": "building what has no wheel",
    "Installing collected": "putting it all in place",
}

TICK = 0.2
"""Seconds between two showings, so that the time goes on while pip is silent."""


class Line:
    """The line on the terminal; without one, a beginning is all that is told."""

    def __init__(self, what: str) -> None:
        self._what, self._at, self._seen = what, "starting", 0
        self._began = time.monotonic()
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Line:
        if self._shown:
            self._ticker.start()
        elif not quiet():
            print(f"{self._what} …", file=sys.stderr, flush=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._shown:
            self._ticker.join()
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def heard(self, said: str) -> None:
        """Take in a line of pip's."""
        step = _STEP.match(said)
        if step:
            self._seen += 1
            self._at = f"{step[1]} ({self._seen})"
        for begin, meaning in _LATER.items():
            if said.startswith(begin):
                self._at = meaning

    @property
    def _shown(self) -> bool:
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not quiet()

    def _tick(self) -> None:
        while not self._done.wait(TICK):
            seconds = int(time.monotonic() - self._began)
            text = f"{self._what}: {self._at}, {seconds // 60}:{seconds % 60:02}"
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)


def quiet() -> bool:
    """Whether make was told to be silent: its short options stand together, before the others."""
    short = os.environ.get("MAKEFLAGS", "").partition(" ")[0]
    return "s" in short and not short.startswith("-") and "=" not in short


def run(arguments: list[str], line: Line) -> tuple[int, list[str]]:
    """Run pip; gives its exit code and all that it said."""
    with subprocess.Popen(
        [*PIP, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        said = list(_heard(pip, line))
    return pip.returncode, said


def _heard(pip: subprocess.Popen[str], line: Line) -> Iterator[str]:
    assert pip.stdout is not None
    for said in pip.stdout:
        line.heard(said)
        yield said


def main() -> int:
    """Install; the first argument says what, for people, the others are pip's."""
    what, *arguments = sys.argv[1:]
    with Line(what) as line:
        code, said = run(arguments, line)
    if code:
        sys.stderr.writelines(said)
        print("pip could not do it: what it says is above.", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
