"""Ctrl-C and SIGTERM while an engine speaks: nothing is waited for, and nothing else is begun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from busyness import Slower
from cli_running import COMMAND

from voiceguide.engines import Engine, Voice
from voiceguide.engines.espeak import EspeakEngine
from voiceguide.engines.neural.engine import NeuralEngine
from voiceguide.engines.processes import Children, StoppedError

HANGING = """
import os, sys, time, wave
if len(sys.argv) > 2 and len(sys.stdin.read()) > 100:
    with wave.open(sys.argv[2], "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes([0, 32] * 80_000))
    sys.exit()
with open(sys.argv[1], "a") as log:
    print(os.getpid(), file=log)
time.sleep(120)
"""
"""A program, or a child process, that never answers; a program says the passage on which voices
are measured, which is longer than the lines of a routine."""

ROUTINE = """# Six lines

## Rest

Lie down. Close your eyes. Breathe in. Breathe out. Let go. Be still.
- hold 10s
"""


def started(log: Path) -> list[int]:
    """The processes that were begun."""
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def wait_until(what: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < 180
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_export_is_stopped_within_two_seconds(
    sent: signal.Signals, tmp_path: Path, slower: Slower
) -> None:
    """Two programs hang, four texts wait for them: the signal ends all, and no third one begins."""
    log, program = tmp_path / "log", tmp_path / "hanging.py"
    program.write_text(HANGING, encoding="utf-8")
    run = json.dumps([sys.executable, "-S", str(program), str(log), "{out}"])
    (tmp_path / "own.toml").write_text(f"[command.robot]\nrun = {run}\n", encoding="utf-8")
    (tmp_path / "six.md").write_text(ROUTINE, encoding="utf-8")
    places = {"VOICEGUIDE_CONFIG": "own.toml", "VOICEGUIDE_CACHE": "cache"}
    command = (*COMMAND, "export", "six.md", "--voice", "command:robot")
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, **places}, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(started(log)) == 2)
    before = started(log)
    began = time.monotonic()
    process.send_signal(sent)
    _, told = process.communicate(timeout=60)
    assert time.monotonic() - began < 2 * slower()
    assert process.returncode == 128 + sent
    assert "Traceback" not in told
    assert started(log) == before


class Bare(NeuralEngine):
    """A neural engine without a package, whose voices need no files."""

    name, packages = "bare", ()

    def voices(self) -> list[Voice]:
        """One."""
        return [Voice("bare", "en")]

    def request(self, voice: str) -> dict[str, object]:
        """Nothing."""
        return {}


@pytest.mark.parametrize("made", [EspeakEngine, Bare])
def test_a_closed_child_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[], Engine], slower: Slower
) -> None:
    """An engine gives a text to a second child where the first is lost, but not once it is
    closed."""
    log, program = tmp_path / "log", tmp_path / "hanging.py"
    program.write_text(HANGING, encoding="utf-8")
    engine = made()
    failed: list[Exception] = []

    def speak() -> None:
        try:
            engine.speak("Lift.", "en-us", 130)
        except StoppedError as error:
            failed.append(error)

    monkeypatch.setitem(
        engine.__dict__, "_children", Children(("-I", "-S", str(program), str(log)))
    )
    thread = threading.Thread(target=speak)
    thread.start()
    wait_until(lambda: len(started(log)) == 1)
    began = time.monotonic()
    engine.close()
    thread.join(60)
    assert time.monotonic() - began < 2 * slower()
    assert failed
    assert len(started(log)) == 1


def test_a_closed_engine_speaks_again() -> None:
    """Closing lets go of its processes, and of nothing else."""
    engine = EspeakEngine()
    for _ in range(2):
        assert len(engine.speak("Lift.", "en-us", 130).samples)
        engine.close()
