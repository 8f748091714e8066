"""What a terminal is told after an export, and what `make` shows while pip works."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import voiceguide
from voiceguide import installation
from voiceguide.cli import export as module
from voiceguide.cli.console import plain
from voiceguide.cli.export import afterwards
from voiceguide.installation import Installation, Kind

ROOT = Path(__file__).parents[1]

ROUTINE = "# Mine\n\nLie down on a rug of wool.\n\n- hold 5s\n"


@pytest.fixture(autouse=True)
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """voiceguide is on the path, in an environment that is switched on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(installation, "command_name", lambda: "voiceguide")
    monkeypatch.setattr(installation, "here", lambda: Installation(Kind.ENVIRONMENT))


def told(routine: str, to: str, voice: str = "silent", *, bundle: bool = False) -> list[str]:
    with voiceguide.load(routine, voice=voice) as session:
        done = session.export(to, bundle=bundle)
    return [plain(line) for line in afterwards(done, routine)]


def test_it_says_what_was_made_where_and_what_comes_next(tmp_path: Path) -> None:
    """Length, size and voice, the folder, and three commands that work as they stand."""
    (tmp_path / "my own.md").write_text(ROUTINE, encoding="utf-8")
    size = voiceguide.cli.console.size_text
    lines = told("my own.md", "my own.mp3")
    voice = "silent:silent"
    length = f"{(tmp_path / 'my own.mp3').stat().st_size}"
    assert lines[0].startswith("Mine  0:")
    assert size(int(length)) in lines[0]
    assert lines[0].endswith(voice)
    assert lines[1:] == [
        f"In {tmp_path.resolve()}",
        "Try next:",
        "  voiceguide play 'my own.mp3'               hear it here",
        "  voiceguide export 'my own.md' --for phone  with captions, cover and handout",
        "  voiceguide verify 'my own.mp3'             prove it by listening",
    ]


def test_what_is_done_already_is_not_said_again(tmp_path: Path) -> None:
    """A bundle needs no bundle, a routine of the library has a copy, and WAV no proof."""
    lines = told("desk-break", "desk/desk-break.mp3", bundle=True)
    assert lines[1] == f"6 files in {(tmp_path / 'desk').resolve()}"
    assert [line.split("  ")[1] for line in lines[3:]] == [
        "voiceguide play desk/desk-break.mp3",
        "voiceguide copy desk-break",
    ]
    (tmp_path / "mine.md").write_text(ROUTINE, encoding="utf-8")
    assert "verify" not in " ".join(told("mine.md", "mine.wav"))


def test_espeak_says_how_to_get_a_better_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command for this installation; not where one is here, nor where none speaks that
    language, nor in the application folder."""
    (tmp_path / "mine.md").write_text(ROUTINE, encoding="utf-8")
    better = 'For a natural voice: python -m pip install "voiceguide[natural]"'
    monkeypatch.setattr(module, "_speaks_here", lambda: False)
    assert better in told("mine.md", "mine.mp3", "espeak")
    assert better not in told("mine.md", "mine.mp3", "silent")
    (tmp_path / "meine.md").write_text(f"---\nlanguage: de\n---\n{ROUTINE}", encoding="utf-8")
    assert better not in told("meine.md", "meine.mp3", "espeak")
    monkeypatch.setattr(installation, "here", lambda: Installation(Kind.APP))
    assert "natural" not in " ".join(told("mine.md", "mine.mp3", "espeak"))
    monkeypatch.setattr(installation, "here", lambda: Installation(Kind.ENVIRONMENT))
    monkeypatch.setattr(module, "_speaks_here", lambda: True)
    assert better not in told("mine.md", "mine.mp3", "espeak")


# ── while pip works ──────────────────────────────────────────────────────────


def install_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, with a pip that says what one says, and fails where it is asked to."""
    found = install_module()
    pip = """
import pathlib, sys, time
print("Collecting numpy==2.4", flush=True)
while "wait" in sys.argv and not pathlib.Path("seen").exists():
    time.sleep(0.01)
print("  Downloading numpy.whl")
print("ERROR: no such thing" if "wrong" in sys.argv else "Installing collected packages: numpy")
sys.exit("wrong" in sys.argv)
"""
    monkeypatch.setattr(found, "PIP", [sys.executable, "-c", pip])
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    return found


class Terminal(io.StringIO):
    """What is shown; the pip that waits goes on when its package was."""

    def write(self, text: str) -> int:
        if "numpy (1)" in text:
            Path("seen").touch()
        return super().write(text)

    def isatty(self) -> bool:
        return True


def shown(install: ModuleType, monkeypatch: pytest.MonkeyPatch, to: io.StringIO, *more: str) -> int:
    monkeypatch.setattr(sys, "argv", ["install.py", "Fetching", *more])
    monkeypatch.setattr(sys, "stderr", to)
    monkeypatch.setenv("TERM", "xterm")
    return int(install.main())


def test_a_terminal_sees_how_far_pip_is(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, with the package at which it is; in the end it is gone."""
    terminal = Terminal()
    assert shown(install, monkeypatch, terminal, "wait") == 0
    assert re.search(r"Fetching: numpy \(1\), 0:\d\d", terminal.getvalue())
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_elsewhere_a_beginning_is_told(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a log there is one line for each call of pip; silence stays silence."""
    log = io.StringIO()
    assert shown(install, monkeypatch, log) == 0
    assert log.getvalue() == "Fetching …\n"
    monkeypatch.setenv("MAKEFLAGS", "s -- VOICE=natural")
    for silent in (io.StringIO(), Terminal()):
        assert shown(install, monkeypatch, silent) == 0
        assert silent.getvalue().strip("\r\x1b[K") == ""


def test_what_pip_says_is_shown_where_it_fails(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, and its exit code."""
    log = io.StringIO()
    assert shown(install, monkeypatch, log, "wrong") == 1
    assert "ERROR: no such thing\n" in log.getvalue()
    assert log.getvalue().endswith("what it says is above.\n")


def test_silence_is_asked_for_by_makes_short_options(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make -s` is; a variable or a long option with an `s` in it is not."""
    for flags, quiet in {
        "s": True,
        "ks": True,
        "": False,
        " -- VOICE=s": False,
        "VOICE=s": False,
    }.items():
        monkeypatch.setenv("MAKEFLAGS", flags)
        assert install.quiet() is quiet, flags


def test_the_real_pip_is_run(tmp_path: Path) -> None:
    """It takes the options, and what is there already needs nothing."""
    command = [sys.executable, str(ROOT / "requirements" / "install.py"), "Looking", "--no-index"]
    environment = {**os.environ, "MAKEFLAGS": ""}
    ran = subprocess.run(
        [*command, "pytest"], capture_output=True, text=True, check=False, env=environment
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "Looking …\n")
