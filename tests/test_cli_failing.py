"""What nobody foresaw: one sentence, an exit code, and the traceback where it is asked for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from cli_running import Runner

from voiceguide.cli import main

FAILURES = [
    (MemoryError(), "there is not enough memory"),
    (PermissionError(13, "Permission denied", "/somewhere"), "`/somewhere`: Permission denied"),
    (OSError(5, "Input/output error"), "Input/output error"),
    (KeyError("left"), "voiceguide has a fault (KeyError: 'left')"),
    (RecursionError("too deep\nindeed"), "voiceguide has a fault (RecursionError: too deep)"),
]


@pytest.mark.parametrize(("error", "sentence"), FAILURES)
@pytest.mark.parametrize("debug", [False, True])
def test_what_was_not_foreseen_is_a_sentence(
    error: Exception,
    sentence: str,
    debug: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a way out and exit code 3; the traceback comes with `--debug`, wherever that stands."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("voiceguide.library.catalogue", fail)
    assert main(["list", "--debug"] if debug else ["list"]) == 3
    told = capsys.readouterr().err
    assert f"error: {sentence}" in told
    assert "help: " in told
    assert ("Traceback" in told) is debug


def test_debug_may_stand_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the command, too; a file of that name can be named behind `--`."""
    assert main(["--debug", "check", "nowhere.md"]) != 0
    assert "Traceback" in capsys.readouterr().err
    assert main(["check", "--", "--debug"]) != 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Runner:
    """The command line, in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


LONG = "a" * 300
"""What no file can be called."""


@pytest.mark.parametrize(
    "command",
    [
        *(f"check {LONG}.md", f"play {LONG}.md", f"export {LONG}.md", f"verify {LONG}.mp3"),
        *(f"fmt {LONG}.md", f"import {LONG}.txt", f"show {LONG}", f"plan {LONG}.md"),
        *(f"serve {LONG} --port 0", f"studio {LONG} --port 0", f"publish {LONG} -o site"),
        *(f"new {LONG}", f"copy constructive-rest {LONG}", f"import mine.md -o {LONG}.md"),
        *(f"export mine.md -o {LONG}.mp3", f"export mine.md --bundle {LONG}"),
        *(f"handout mine.md -o {LONG}.html", f"plan mine.md -o {LONG}.svg"),
        *(f"publish mine.md -o {LONG}", f"voices install {LONG}", f"voices install {LONG}.onnx"),
        *(f"programme {LONG}.yaml --start 2026-12-01", f"export mine.md --bed {LONG}.flac"),
    ],
    ids=lambda command: command.replace(LONG, "LONG"),
)
def test_a_name_that_no_file_can_have_is_told(command: str, run: Runner) -> None:
    """Wherever a file or folder is named: a sentence with a way out that has to do with names."""
    run.write("Go.\n")
    ran = run(*command.split(), *(("--voice", "silent") if "export" in command else ()))
    assert ran.code in (2, 3)
    assert "error: " in ran.err
    assert "help: " in ran.err
    assert "doctor" not in ran.err
    assert [path.name for path in run.folder.iterdir() if not path.name.startswith(".")] == [
        "mine.md"
    ]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_callers_signal_handlers_are_put_back(name: str) -> None:
    """Who calls `main` from Python keeps what it had set."""
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip(f"this system has no {name}")

    def handler(_number: int, _frame: object) -> None:
        """The caller's own."""

    before = signal.signal(number, handler)
    try:
        assert main(["--version"]) == 0
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)
