"""The real thing: `voiceguide record` at a microphone, and somebody who reads out what it shows."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from cli_running import COMMAND, environment
from live_services import LONGEST, Pulse, need, sound_server, unix_alone

from voiceguide import studio
from voiceguide.audio.levels import loudness
from voiceguide.engines.recorded import read_consent, read_recordings
from voiceguide.recording.takes import take_of
from voiceguide.settings import LOUDNESS

pytestmark = unix_alone

TEXT = """\
---
phrases: {finish: And come back.}
chimes: none
---

Let your shoulders sink into the floor.

Breathe out slowly.
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Pulse]:
    """A sound server whose only sink is its microphone, too."""
    need("flite", "paplay")
    pytest.importorskip("miniaudio", reason="needs the extra live")
    with sound_server(tmp_path / "run") as pulse:
        assert pulse.control("set-default-source", "heard.monitor").returncode == 0
        yield pulse


def said_by(room: Pulse, folder: Path, text: str) -> Path:
    """Let flite say it in the room; the file of what it said."""
    path = folder / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", path], check=True, timeout=LONGEST)
    own = {**os.environ, **room.environment}
    subprocess.run(["paplay", path], env=own, check=True, timeout=LONGEST)
    return path


def test_what_is_shown_is_said_and_kept(room: Pulse, tmp_path: Path) -> None:
    """Line by line, hands free: each ends by itself, is levelled, and as long as it was said.

    At the end the session is spoken by it, whole.
    """
    (tmp_path / "mine.md").write_text(TEXT, encoding="utf-8")
    voices = tmp_path / "voices"
    own = environment(tmp_path, VOICEGUIDE_VOICES=str(voices), **room.environment)
    asked = ["record", "mine.md", "--person", "Flite", "--permission", "for this test"]
    lengths: dict[str, float] = {}
    with subprocess.Popen(
        [*COMMAND, *asked, "--no-playback"],
        cwd=tmp_path,
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as recorder:
        try:
            assert recorder.stdout
            for shown in recorder.stdout:  # a line that was not understood is shown again
                text = shown.split("  ")[1].strip()
                sound, rate = soundfile.read(said_by(room, tmp_path, text), dtype="float32")
                lengths[text] = take_of(sound, rate).seconds
            assert recorder.wait(LONGEST) == 0, recorder.stderr and recorder.stderr.read()
        finally:
            recorder.kill()
    folder = voices / "recorded" / "my-voice"
    consent = read_consent(folder)
    assert consent is not None
    assert consent.who == "Flite"
    kept = {line.text: line for line in read_recordings(folder).lines.values()}
    assert set(kept) == set(lengths)
    for text, line in kept.items():
        assert line.seconds == pytest.approx(lengths[text], abs=0.06)
        samples, rate = soundfile.read(folder / line.file, dtype="float32")
        assert loudness(samples, rate) == pytest.approx(LOUDNESS, abs=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_VOICES", str(voices))
        with studio.load(tmp_path / "mine.md", voice="recorded:my-voice") as session:
            assert session.plan().voice == "recorded:my-voice"


def test_without_a_microphone_it_is_said(room: Pulse, tmp_path: Path) -> None:
    """And what was recorded is untouched."""
    room.stop()
    (tmp_path / "mine.md").write_text(TEXT, encoding="utf-8")
    own = environment(tmp_path, VOICEGUIDE_VOICES=str(tmp_path / "voices"), **room.environment)
    ran = subprocess.run(
        [*COMMAND, "record", "mine.md", "--person", "Flite"],
        cwd=tmp_path,
        env=own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert ran.returncode == 3
    assert "microphone" in ran.stderr


def test_at_a_terminal_it_asks_shows_and_can_be_left(room: Pulse, tmp_path: Path) -> None:
    """Who speaks is asked once; the line that was said is played back and kept when `q` is pressed
    at the next one."""
    pty = pytest.importorskip("pty")
    (tmp_path / "mine.md").write_text(TEXT, encoding="utf-8")
    voices = tmp_path / "voices"
    own = environment(tmp_path, VOICEGUIDE_VOICES=str(voices), TERM="xterm", **room.environment)
    ours, its = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "record", "mine.md"], cwd=tmp_path, env=own, stdin=its, stdout=its, stderr=its
    ) as recorder:
        try:
            shown = b""

            def wait_for(wanted: bytes) -> None:
                nonlocal shown
                until = time.monotonic() + LONGEST
                while wanted not in shown:
                    assert time.monotonic() < until, shown[-2_000:]
                    if select.select([ours], [], [], 0.2)[0]:
                        shown += os.read(ours, 65_536)

            wait_for(b"Who speaks?")
            os.write(ours, b"Anna Example\n")
            wait_for(b"For what")
            os.write(ours, b"\n")
            wait_for(b"shoulders")
            said_by(room, tmp_path, "Let your shoulders sink into the floor.")
            wait_for(b"played back")
            wait_for(b"2 of")
            os.write(ours, b"q")
            wait_for(b"Recorded 1 line")
            assert recorder.wait(LONGEST) == 0
        finally:
            recorder.kill()
            os.close(ours)
            os.close(its)
    kept = read_recordings(voices / "recorded" / "my-voice").lines.values()
    assert [line.text for line in kept] == ["Let your shoulders sink into the floor."]
