"""The command line as a process: pipes, terminals, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cli_running import COMMAND, environment, run_process
from live_services import LONGEST

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="these signals, pipes and terminals are those of Unix"
)

SHORT = "# Short\n\nSit down.\n\n- hold 20s, each side\n  Lean to the {left|right}.\n"
LONG = "- hold 3h\n  Stay.\n"
WORDY = "# Wordy\n\n" + "".join(f"Sentence number {n} is like no other.\n" for n in range(2000))


def start(
    arguments: Sequence[str], folder: Path, stdout: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """A command in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something has happened, while the process runs."""
    until = time.monotonic() + LONGEST
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def on_terminal(arguments: Sequence[str], folder: Path, columns: int = 80, **more: str) -> str:
    """All that a command writes to a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**environment(folder, TERM="xterm-256color", **more)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65_536):
            written += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0, written
    return written.decode()


# ── pipes ────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [["plan", "long.md", "--estimate", "--all"], ["plan", "long.md", "--estimate", "--json"]],
)
def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, arguments: list[str]) -> None:
    """`voiceguide plan x | head -1` says nothing on standard error."""
    (tmp_path / "long.md").write_text(WORDY, encoding="utf-8")
    process = start(arguments, tmp_path)
    assert process.stdout
    assert process.stderr
    with process.stderr:
        with process.stdout:
            process.stdout.readline()
        assert process.stderr.read() == ""
    assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_to_a_full_disk_is_the_machines_fault(tmp_path: Path) -> None:
    """Exit code 3 and one sentence, where standard output goes to a full disk."""
    with Path("/dev/full").open("w") as full:
        process = start(["list"], tmp_path, stdout=full.fileno())
        _, told = process.communicate()
    assert process.returncode == 3
    assert told == (
        "error: the output cannot be written: No space left on device\n"
        "help: `voiceguide doctor` tries out what works on this machine\n"
    )


@pytest.mark.slow
def test_in_a_pipe_there_is_neither_a_bar_nor_a_colour(tmp_path: Path) -> None:
    """Standard output has the path alone, standard error nothing."""
    (tmp_path / "short.md").write_text(SHORT, encoding="utf-8")
    ran = run_process(["export", "short.md", "--stream"], tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "short.mp3\n", "")


def test_a_terminal_without_unicode_crashes_nothing(tmp_path: Path) -> None:
    """What ASCII lacks is drawn otherwise, or shown as a question mark."""
    (tmp_path / "é.md").write_text("# 休息\n\n## 腰\n\n- hold 20s\n", encoding="utf-8")
    ran = run_process(["plan", "é.md", "--estimate"], tmp_path, PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert "#####" in ran.out
    assert "??" in ran.out
    told = run_process(["plan", "é.md", "--estimate", "--json"], tmp_path, PYTHONIOENCODING="ascii")
    assert told.json["title"] == "休息"


def test_a_routine_cannot_command_the_terminal(tmp_path: Path) -> None:
    """Control characters in a routine's text are shown as what they are: none."""
    (tmp_path / "evil.md").write_text("- hold \x1b[31m20x\n", encoding="utf-8")
    ran = run_process(["check", "evil.md"], tmp_path)
    assert ran.code == 1
    assert "\x1b" not in ran.out + ran.err


# ── terminals ────────────────────────────────────────────────────────────────


def test_on_a_terminal_the_sides_have_colours(tmp_path: Path) -> None:
    """Left is cyan, right is magenta; NO_COLOR takes both away, and nothing else."""
    (tmp_path / "short.md").write_text(SHORT, encoding="utf-8")
    command = ["plan", "short.md", "--estimate"]
    coloured = on_terminal(command, tmp_path)
    assert "\x1b[36m" in coloured
    assert "\x1b[35m" in coloured
    bare = on_terminal(command, tmp_path, NO_COLOR="1")
    assert "\x1b" not in bare
    assert "█" in bare


@pytest.mark.parametrize("columns", [40, 80, 130])
def test_a_terminals_width_is_kept(tmp_path: Path, columns: int) -> None:
    """No line is wider than the terminal, so that none is broken by it."""
    (tmp_path / "short.md").write_text(SHORT, encoding="utf-8")
    shown = on_terminal(["plan", "short.md", "--estimate"], tmp_path, columns, NO_COLOR="1")
    lengths = [len(row) for row in shown.replace("\r", "").splitlines()]
    assert columns - 2 <= max(lengths) <= columns


@pytest.mark.slow
def test_long_work_shows_a_bar_on_a_terminal(tmp_path: Path) -> None:
    """The bar comes and goes; the path and a line that sums up stay."""
    (tmp_path / "long.md").write_text("- hold 20 min\n", encoding="utf-8")
    shown = on_terminal(["export", "long.md", "--stream"], tmp_path)
    assert "Exporting" in shown
    assert "long.mp3" in shown
    assert "  20:" in shown.partition("long.mp3")[2]


# ── stopped ──────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_stopped_export_leaves_the_old_file(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    """Stopped while it writes: the old file is whole, nothing else is left, one line at most."""
    (tmp_path / "long.md").write_text(LONG, encoding="utf-8")
    (tmp_path / "long.mp3").write_bytes(b"old")
    process = start(["export", "long.md", "--stream"], tmp_path)
    wait_for(lambda: any(tmp_path.glob(".*.part")), process)
    os.killpg(process.pid, sent)
    out, told = process.communicate(timeout=LONGEST)
    assert process.returncode == code
    assert (out, told.strip()) == ("", "Stopped." if sent is signal.SIGINT else "")
    assert (tmp_path / "long.mp3").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} <= {"long.md", "long.mp3", ".cache"}


def test_stopped_while_it_speaks_it_leaves_no_child(tmp_path: Path) -> None:
    """Ctrl-C reaches the engine's children, too: none of them stays or complains."""
    (tmp_path / "wordy.md").write_text(WORDY, encoding="utf-8")
    process = start(["export", "wordy.md"], tmp_path)
    wait_for(lambda: any((tmp_path / ".cache").glob("??")), process)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=LONGEST)
    assert (process.returncode, told.strip()) == (130, "Stopped.")
    with pytest.raises(ProcessLookupError):
        _until_alone(process.pid)


def _until_alone(group: int) -> None:
    """Raises ProcessLookupError as soon as a process group has no members."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        os.killpg(group, 0)
        time.sleep(0.05)
