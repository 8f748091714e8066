"""`voiceguide play` as a command: what it is told, what it prints, how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli_running import COMMAND, Runner, environment, run_process
from live_services import LONGEST, play, unix_alone, wait_until

from voiceguide.cli import play as command
from voiceguide.studio.playing import left_off, remote_file

SHORT = """\
---
title: Short
lead in: 0s
lead out: 0s
chimes: none
phrases: {finish: Done.}
---

## First

- hold 1-3s
  Lean.

## Second

- hold 1-3s
  Stand.
"""

QUIETLY = ("--voice", "silent", "--speaker", "null")


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder with a routine, and no bus around them."""
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(SHORT)
    return runner


def left(run: Runner, step: int, **wishes: str) -> None:
    """Pretend that a session was left in some step."""
    (run.folder / "state").mkdir()
    found = {"routine": str(run.folder / "mine.md"), "wishes": wishes, "step": step}
    (run.folder / "state" / "left.json").write_text(json.dumps(found), encoding="utf-8")


def first_line(run: Runner, *arguments: str) -> str:
    """What a process of its own tells first, without its time."""
    process = play(run.folder, *arguments, "--speaker", "null")
    try:
        assert process.stdout
        return process.stdout.readline().split(maxsplit=1)[-1].strip()
    finally:
        process.kill()
        process.communicate()


# ── what it is told ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "no routine is named"),
        (("mine.md", "--resume"), "`--resume` continues the last session"),
        (("--resume",), "there is no session to go on with"),
        (("mine.md", "--at", "soon"), "`--at soon`"),
        (("mine.md", "--at", "5 breaths"), "`--at 5 breaths` is not one moment of the session"),
        (("mine.md", "--at", "10-20s"), "`--at 10-20s` is not one moment of the session"),
        (("mine.md", "--at", "9 min"), "the session is over after"),
        (("mine.md", "--from", "Third"), "there is no chapter `Third`"),
        (("mine.md", "--from", "3"), "there is no chapter `3`"),
        (("mine.md", "--end-at", "25:00"), "`25:00` is not a time of day"),
        (("mine.md", "--volume", "101"), "101"),
        (("mine.md", "--length", "9 min"), "a length of 9:00 cannot be met"),
        (("none.md",), "none.md"),
    ],
)
def test_wrong_uses(run: Runner, arguments: tuple[str, ...], problem: str) -> None:
    """Exit code 2 and a sentence, before anything sounds."""
    ran = run("play", *arguments, *QUIETLY[: 4 if arguments and "--resume" not in arguments else 0])
    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err


def test_a_routine_with_problems_is_not_played(run: Runner) -> None:
    """Its problems are told, and the exit code is 1."""
    run.write("- hold\n", "bad.md")
    ran = run("play", "bad.md", *QUIETLY)
    assert ran.code == 1
    assert "bad.md:1" in ran.err


@pytest.mark.slow
def test_options_change_no_recording(run: Runner) -> None:
    """A file is as long as it is, and has the voice that it has."""
    assert run("export", "mine.md", "-o", "mine.flac", "--voice", "silent").code == 0
    for option in (("--length", "5s"), ("--level", "gentle")):
        ran = run("play", "mine.flac", "--speaker", "null", *option)
        assert (ran.code, ran.out) == (2, "")
        assert f"`{option[0]}` changes nothing in a recording" in ran.err


def test_a_time_of_the_day_is_so_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later today, or else tomorrow."""
    monkeypatch.setattr(
        time, "localtime", lambda: time.struct_time((2026, 1, 1, 7, 10, 30, 3, 1, 0))
    )
    assert command._seconds_until("07:30") == 19.5 * 60
    assert command._seconds_until("7:10") == 24 * 3600 - 30


# ── what it prints ───────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_session_in_a_pipe(run: Runner) -> None:
    """A line an event, at its time, and how it ended; nothing is left to go on with."""
    left(run, 1)
    ran = run("play", "mine.md", *QUIETLY)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [row.split(maxsplit=1)[1] for row in lines[:-1]] == [
        "Lean.",
        "hold 0:02",
        "Stand.",
        "hold 0:02",
        "Done.",
    ]
    assert lines[-1] == "over"
    assert not (run.folder / "state" / "left.json").exists()
    assert not list((run.folder / "state").rglob("remote.json"))


@pytest.mark.slow
def test_what_was_left_of_another_routine_stays(run: Runner) -> None:
    """A short one that is played to its end in between takes nobody's place from them."""
    left(run, 1)
    kept = (run.folder / "state" / "left.json").read_bytes()
    (run.folder / "other.md").write_text("Go.\n", encoding="utf-8")
    assert run("play", "other.md", *QUIETLY).code == 0
    assert (run.folder / "state" / "left.json").read_bytes() == kept


def test_the_state_may_be_at_home(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the home, not a folder of that name."""
    monkeypatch.setenv("HOME", str(run.folder))
    monkeypatch.setenv("USERPROFILE", str(run.folder))
    monkeypatch.setenv("VOICEGUIDE_STATE", "~/state")
    left(run, 1)
    assert left_off().step == 1
    assert remote_file().is_relative_to(run.folder / "state")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("mine.md", "--from", "second"), ("mine.md", "--at", "4s"), ("--resume",)],
)
def test_a_session_from_its_middle(run: Runner, arguments: tuple[str, ...]) -> None:
    """With a chapter, at a time, and where it was left: what comes before is not told."""
    left(run, 1, voice="silent")
    voice = () if "--resume" in arguments else ("--voice", "silent")
    assert first_line(run, *arguments, *voice) == "Stand."


def test_a_session_that_ends_on_time(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--end-at` fits the ranges to the time that is left: here to their shortest."""
    monkeypatch.setattr(command, "_seconds_until", lambda clock: 1.0 if clock == "07:30" else 0.0)
    ran = run("play", "mine.md", *QUIETLY, "--end-at", "07:30", "--from", "2", "--keep-length")
    assert ran.code == 0
    assert "  hold 0:01\n" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "warning"), [(1.0, "later: nothing in it can be shorter"), (3600.0, "earlier: ")]
)
def test_an_end_that_cannot_be_met_is_told(
    run: Runner, monkeypatch: pytest.MonkeyPatch, seconds: float, warning: str
) -> None:
    """Before it begins: whoever has to be somewhere can still choose otherwise."""
    monkeypatch.setattr(command, "_seconds_until", lambda _clock: seconds)
    (run.folder / "exact.md").write_text("Stand. [3s]\n", encoding="utf-8")
    ran = run("play", "exact.md", *QUIETLY, "--end-at", "07:30")
    assert ran.code == 0
    assert "warning: the session ends " in ran.err
    assert warning in ran.err


def test_an_exported_file(run: Runner) -> None:
    """The same lines, out of the file."""
    assert run("export", "mine.md", "-o", "mine.mp3", "--voice", "silent").code == 0
    assert first_line(run, "mine.mp3", "--from", "2") == "Stand."


# ── how it ends ──────────────────────────────────────────────────────────────


@pytest.mark.slow
@unix_alone
@pytest.mark.parametrize("how", ["q", "\x03"])
def test_the_terminal_is_left_as_it_was(tmp_path: Path, how: str) -> None:
    """`q` and Ctrl-C: the screen, the cursor and the keys are given back; it can be resumed."""
    import pty
    import subprocess
    import termios

    (tmp_path / "mine.md").write_text("- hold 10m\n", encoding="utf-8")
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    state = {"VOICEGUIDE_STATE": str(tmp_path / "state"), "DBUS_SESSION_BUS_ADDRESS": "none:"}
    process = subprocess.Popen(
        [sys.executable, "-c", CONTROLLING, *COMMAND[1:], "play", "mine.md", *QUIETLY],
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm", **state),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    seen = b""
    while b"hold" not in seen:
        seen += os.read(ours, 4096)
    assert termios.tcgetattr(theirs)[3] & termios.ICANON == 0
    os.write(ours, how.encode())
    os.set_blocking(ours, False)
    while process.poll() is None:
        seen += _read(ours)
        time.sleep(0.01)
    seen += _read(ours)
    assert process.returncode == (0 if how == "q" else 130)
    assert termios.tcgetattr(theirs) == before
    assert seen.count(b"\x1b[?1049h") == seen.count(b"\x1b[?1049l") == 1
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    os.close(ours)
    os.close(theirs)
    found = json.loads((tmp_path / "state" / "left.json").read_text(encoding="utf-8"))
    assert found["routine"] == str(tmp_path / "mine.md")


CONTROLLING = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches us
code = sys.argv[2]
sys.argv = sys.argv[2:]
exec(code)
"""
"""Runs the code after `-c` in a terminal that is its own."""


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65536)
    except (BlockingIOError, OSError):
        return b""


@pytest.mark.slow
@unix_alone
def test_the_remote_control(tmp_path: Path) -> None:
    """A script pauses it, looks, and ends it; without a session it is told so."""
    state = {"VOICEGUIDE_STATE": str(tmp_path / "state")}
    assert run_process(("remote", "pause"), tmp_path, **state).code == 2
    (tmp_path / "mine.md").write_text("# Sunday\n\n- hold 10m\n", encoding="utf-8")
    process = play(tmp_path, "mine.md", *QUIETLY)
    wait_until(lambda: run_process(("remote", "status"), tmp_path, **state).code == 0)

    def obeyed(command: str) -> bool:  # where it was too busy, it has done nothing
        return run_process(("remote", command), tmp_path, **state).code == 0

    def said() -> dict[str, object]:
        ran = run_process(("remote", "status", "--json"), tmp_path, **state)
        return dict(ran.json) if ran.code == 0 else {}

    wait_until(lambda: obeyed("pause"))

    wait_until(lambda: said().get("state") == "paused")
    wait_until(lambda: said().get("title") == "Sunday")
    page = (Path(__file__).parent.parent / "docs" / "LIVE.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    door = tmp_path / "state" / "live" / "remote.json"
    # it is paused from the beginning of its fade on, so the position may move between two answers
    wait_until(lambda: bool(names["ask"]("status", door) == {"ok": True, **said()}))
    assert names["ask"]("dance", door)["ok"] is False
    wait_until(lambda: obeyed("quit"))
    out, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-2:] == ["paused", "quit"]


@pytest.mark.slow
@unix_alone
def test_a_signal_ends_it_softly(tmp_path: Path) -> None:
    """An interrupt in a pipe: exit code 130, no traceback."""
    (tmp_path / "mine.md").write_text("- hold 10m\n", encoding="utf-8")
    process = play(tmp_path, "mine.md", *QUIETLY)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert "Traceback" not in err
