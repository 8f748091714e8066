"""The application folder: it speaks where there is no Python, and nothing else of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

import voiceguide

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("PyInstaller") is None and not os.environ.get("CI"),
        reason="PyInstaller is not installed: the extra `app` brings it",
    ),
]

ROUTINE = """---
title: Away
voice: espeak
---

Lie down.

- hold 20s, each side
  Draw your {left|right} knee in.
"""


def built(folder: Path) -> Path:
    """The program, in a folder that PyInstaller makes: two minutes."""
    places = ("--distpath", str(folder / "dist"), "--workpath", str(folder / "build"))
    spec = str(ROOT / "requirements" / "app.spec")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    subprocess.run([*command, *places, spec], check=True, cwd=folder)
    return folder / "dist" / "voiceguide" / "voiceguide"


def run(application: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it with nothing of this process but a home: no Python, no path, no cache."""
    environment = {"HOME": str(folder), "PATH": str(folder / "nothing")}
    return subprocess.run(
        [str(application), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_folder_works_where_there_is_no_python(tmp_path: Path) -> None:
    """Built once, moved, and asked for all that it promises: each check says what."""
    program = built(tmp_path)
    away = tmp_path / "away"
    away.mkdir()
    program.parent.rename(away / "voiceguide")
    for check in (exports_a_routine, has_the_library, says_what_does_not_fit):
        home = away / check.__name__
        home.mkdir()
        check(away / "voiceguide" / "voiceguide", home)


def exports_a_routine(application: Path, tmp_path: Path) -> None:
    """The engine's child is the program itself; the file is the one that a Python makes."""
    (tmp_path / "away.md").write_text(ROUTINE, encoding="utf-8")
    ran = run(application, tmp_path, "export", "away.md", "-o", "away.flac")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "away.flac\n", "")
    with voiceguide.load(tmp_path / "away.md") as session:
        ours = session.export(tmp_path / "ours.flac").file
    heard, rate = soundfile.read(tmp_path / "away.flac", dtype="int16")
    wanted, _ = soundfile.read(ours, dtype="int16")
    assert rate == 48_000
    assert abs(heard).max() > 1000
    assert (heard == wanted).all()
    assert run(application, tmp_path, "verify", "away.flac").returncode == 0


def has_the_library(application: Path, tmp_path: Path) -> None:
    """Routines, chimes, beds, engines by their entry points, pages: nothing has stayed behind."""
    report = json.loads(run(application, tmp_path, "doctor", "--json").stdout)
    assert report["ready"]
    assert report["library"]["works"]
    assert report["library"]["routines"] == len(voiceguide.library.routines())
    working = {one["name"] for one in report["engines"] if one["works"]}
    assert {"espeak", "recorded", "silent"} <= working
    page = run(application, tmp_path, "handout", "desk-break", "-o", "page.html")
    assert page.returncode == 0
    assert "<h1>Desk break</h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def says_what_does_not_fit(application: Path, tmp_path: Path) -> None:
    """No pip is named where there is none."""
    ran = run(application, tmp_path, "export", "desk-break", "-o", "x.m4b")
    assert ran.returncode == 3
    assert "the application folder has no room for it" in ran.stderr
    assert "pip" not in ran.stderr
