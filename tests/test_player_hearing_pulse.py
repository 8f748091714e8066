"""The real thing: a session that is played into a room in which somebody speaks to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

import pytest
from live_services import LONGEST, Pulse, need, play, sound_server, unix_alone

pytestmark = [unix_alone, pytest.mark.slow]

Session = subprocess.Popen[str]
Lines = Queue[str]

TEXT = """\
---
title: Obedient
lead in: 200ms
halfway: no
countdown: 0
chimes: none
phrases: {finish: Done.}
---

Next. [900ms] Back. [900ms] Stop.

- hold 10m

- hold 10m
  Stand up.
"""
"""A guide that says commands, each alone, and then listens for them."""

SHORT = """\
---
title: Short
lead in: 200ms
lead out: 300ms
chimes: none
phrases: {finish: Done.}
---

Hello.
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Pulse]:
    """A sound server whose only sink is its microphone, too."""
    need("flite", "paplay")
    if not os.environ.get("CI"):
        pytest.importorskip("pocketsphinx", reason="needs the extra hands-free")
    with sound_server(tmp_path / "run") as pulse:
        assert pulse.control("set-default-source", "heard.monitor").returncode == 0
        yield pulse


@contextmanager
def listening(room: Pulse, folder: Path, text: str, *options: str) -> Iterator[Session]:
    """A session that listens; it is gone afterwards, however the test went."""
    (folder / "mine.md").write_text(text, encoding="utf-8")
    with play(folder, "mine.md", "--listen", *options, more=room.environment) as session:
        try:
            yield session
        finally:
            session.kill()


def lines_of(stream: IO[str] | None) -> Lines:
    """The lines of a stream as they come, and an empty one at its end."""
    assert stream
    came: Lines = Queue()

    def read() -> None:
        for line in stream:
            came.put(line.rstrip("\n"))
        came.put("")

    Thread(target=read, daemon=True).start()
    return came


def wait_for(came: Lines, wanted: str, seconds: float = LONGEST) -> list[str]:
    """The lines before the one that holds the wanted text."""
    before: list[str] = []
    while wanted not in (line := came.get(timeout=seconds)):
        assert line, before
        before.append(line)
    return before


def say(pulse: Pulse, folder: Path, words: str) -> None:
    """Let flite say it in the room."""
    path = folder / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", words, "-o", path], check=True, timeout=60)
    environment = {**os.environ, **pulse.environment}
    subprocess.run(["paplay", path], env=environment, check=True, timeout=60)


def say_until_heard(pulse: Pulse, folder: Path, words: str, notes: Lines) -> None:
    """Say it, and again where it was not heard, as people do."""
    for _ in range(6):
        say(pulse, folder, words)
        try:
            assert wait_for(notes, f"heard: {words}", seconds=20) == []
        except Empty:
            continue
        return
    pytest.fail(f"{words} was not heard")


def test_a_session_obeys_the_listener_and_not_the_guide(room: Pulse, tmp_path: Path) -> None:
    """It says three commands itself and plays on; then it pauses, goes on, skips and ends."""
    with listening(room, tmp_path, TEXT) as session:
        notes, shown = lines_of(session.stderr), lines_of(session.stdout)
        assert wait_for(notes, "listening: ") == [
            "Listening for spoken commands; none of it is stored or sent."
        ]
        assert not any("paused" in line for line in wait_for(shown, "hold 10:00"))
        assert notes.empty()
        for words, state in (("pause", "paused"), ("go on", "playing"), ("next", "Stand up.")):
            say_until_heard(room, tmp_path, words, notes)
            wait_for(shown, state)
        wait_for(shown, "hold 10:00")
        say_until_heard(room, tmp_path, "stop", notes)
        wait_for(shown, "paused")
        say_until_heard(room, tmp_path, "stop", notes)
        assert session.wait(LONGEST) == 0


def test_without_a_microphone_the_session_plays_on(room: Pulse, tmp_path: Path) -> None:
    """A note says why nothing is obeyed; to the end nothing else is amiss."""
    room.stop()
    with listening(room, tmp_path, SHORT, "--speaker", "null") as session:
        out, err = session.communicate(timeout=LONGEST)
    assert session.returncode == 0
    assert "Hello." in out
    assert "not listening: " in err
