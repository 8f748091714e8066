"""The real thing: a session played by a sound server, recorded, and measured to the sample."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from cli_running import run_process
from live_services import LONGEST, Pulse, play, sound_server, unix_alone, wait_until

from voiceguide.errors import MachineError, UsageError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player.remote import call
from voiceguide.player.transport import FADE

pytestmark = [unix_alone, pytest.mark.slow]

Recording = npt.NDArray[np.int16]

TEXT = """\
---
title: Short
lead in: 200ms
lead out: 300ms
halfway: no
countdown: 0
chimes: {start: wood, end: wood, finish: wood-switch}
phrases: {finish: Done.}
pace: brisk
---

- hold 6s
  Lean over.

- hold 6s
  Stand up.
"""


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    """A sound server for all tests of this file."""
    with sound_server(tmp_path_factory.mktemp("sound") / "run") as server:
        yield server


@pytest.fixture
def exported(tmp_path: Path) -> Recording:
    """The session as it is exported, with the routine in the folder."""
    (tmp_path / "mine.md").write_text(TEXT, encoding="utf-8")
    ran = run_process(("export", "mine.md", "-o", "mine.wav"), tmp_path)
    assert ran.code == 0, ran.err
    return np.frombuffer((tmp_path / "mine.wav").read_bytes()[44:], np.int16)


def command(folder: Path, *names: str) -> None:
    """Send commands to the session; one that it was too busy for, and has not done, once more."""
    for name in names:
        wait_until(partial(asked, folder, name))


def asked(folder: Path, request: str) -> dict[str, object]:
    """The answer of the session; an empty one where there is none."""
    try:
        return call(request, folder / "state" / "live" / "remote.json")
    except (MachineError, UsageError):
        return {}


def recorded(pulse: Pulse, folder: Path, process: subprocess.Popen[str]) -> Recording:
    """What was heard, when the session has come to its end."""
    out, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err) == (0, ""), out
    return np.frombuffer(stopped(folder, pulse), np.int16)


def stopped(folder: Path, pulse: Pulse) -> bytes:
    """The whole of a recording, which is ended."""
    file = folder / "heard.raw"
    size = file.stat().st_size
    wait_until(lambda: file.stat().st_size >= size + SAMPLE_RATE)  # half a second more
    data = file.read_bytes()
    return data[: len(data) // 2 * 2]


def place_of(part: Recording, whole: Recording, after: int = 0) -> int:
    """Where a part stands in a recording, to the bit; -1 where it does not."""
    begin = int(np.argmax(part != 0))
    found = whole.tobytes().find(part[begin:].tobytes(), 2 * after)
    while found % 2 and found >= 0:
        found = whole.tobytes().find(part[begin:].tobytes(), found + 1)
    return found // 2 - begin if found >= 0 else -1


def likeness(part: Recording, whole: Recording) -> tuple[int, float]:
    """Where a part is most like a recording, and how much: 1 is the same.

    The floor of noise under a session stays where it is in time when what follows is moved.
    """
    size = 1 << (len(whole) + len(part)).bit_length()
    wanted = np.conj(np.fft.rfft(part, size))
    found = np.fft.irfft(np.fft.rfft(whole, size) * wanted, size)[: len(whole) - len(part)]
    at = int(np.argmax(found))
    there = whole[at : at + len(part)].astype(float)
    return at, float(found[at] / np.linalg.norm(part.astype(float)) / np.linalg.norm(there))


@pytest.fixture
def recorder(pulse: Pulse, tmp_path: Path) -> Iterator[None]:
    """Records what is heard into `heard.raw`."""
    running = pulse.record(tmp_path / "heard.raw")
    yield
    running.terminate()
    running.wait()


@pytest.mark.usefixtures("recorder")
def test_a_session_is_heard_as_it_is_exported(
    pulse: Pulse, tmp_path: Path, exported: Recording
) -> None:
    """Bit for bit, from the first sample that is not zero to the last: nothing lost, no fade."""
    process = play(tmp_path, "mine.md", more=pulse.environment)
    heard = recorded(pulse, tmp_path, process)
    at = place_of(exported, heard)
    assert at >= 0
    assert np.array_equal(heard[at : at + len(exported)], exported)
    assert not heard[:at].any()
    assert not heard[at + len(exported) :].any()


@pytest.mark.usefixtures("recorder")
def test_an_exported_file_is_heard_as_it_is(
    pulse: Pulse, tmp_path: Path, exported: Recording
) -> None:
    """The WAV, played from a place within it: the same samples, after a fade of 20 ms."""
    process = play(tmp_path, "mine.wav", "--at", "6s", more=pulse.environment)
    heard = recorded(pulse, tmp_path, process)
    rest = exported[samples(6) + FADE :]
    assert place_of(rest, heard) >= 0


@pytest.mark.usefixtures("recorder")
def test_commands_are_heard_where_they_should_be(
    pulse: Pulse, tmp_path: Path, exported: Recording
) -> None:
    """A pause, a repeat, ten seconds more: what sounds is the export's, in pieces, without a click.

    The session is paused in its first hold and goes on; the step is repeated and skipped; in its
    second hold, ten seconds are added, so that the last chime comes exactly as much later.
    """
    process = play(tmp_path, "mine.md", more=pulse.environment)
    tell_until(tmp_path, "kind", "hold")
    command(tmp_path, "pause", "go-on", "repeat", "next")
    tell_until(tmp_path, "kind", "hold")
    command(tmp_path, "more")
    heard = recorded(pulse, tmp_path, process)
    assert np.abs(np.diff(heard.astype(int), 2)).max() <= 1.5 * sharpest(exported)
    [(begin, stop), (later, end)] = planned(tmp_path, "Stand up.", "finish")
    at, alike = likeness(exported[begin:stop], heard)
    closing, as_much = likeness(exported[later:end], heard)
    assert min(alike, as_much) > 0.999
    assert closing - at == later - begin + samples(10)


def tell_until(folder: Path, name: str, wanted: str) -> None:
    """Wait until the session says of itself what is wanted."""
    wait_until(lambda: asked(folder, "status").get(name) == wanted)


def planned(folder: Path, *texts: str) -> list[tuple[int, int]]:
    """The first sample of what sounds, and the one after its last, by its text in the plan."""
    events = run_process(("plan", "mine.md", "--json"), folder).json["events"]
    found = [event for event in events if event["text"] in texts]
    return [(samples(one["at"]), samples(one["at"] + one["duration"])) for one in found]


def sharpest(sound: Recording) -> int:
    """The largest second difference of neighbouring samples: a click is larger."""
    return int(np.abs(np.diff(sound.astype(int), 2)).max())


@pytest.mark.parametrize("what", ["sink", "server"])
def test_a_device_that_goes_away_comes_back(pulse: Pulse, tmp_path: Path, what: str) -> None:
    """The sink is taken away, or the whole server dies: it pauses, says so, and goes on then."""
    (tmp_path / "mine.md").write_text("- hold 10m\n", encoding="utf-8")
    process = play(tmp_path, "mine.md", "--voice", "silent", more=pulse.environment)
    try:
        tell_until(tmp_path, "kind", "hold")
        if what == "sink":
            pulse.control("unload-module", "module-null-sink")
        else:
            pulse.stop()
        tell_until(tmp_path, "state", "paused")
        if what == "sink":
            pulse.control("load-module", "module-null-sink", "sink_name=heard", "rate=48000")
        else:
            pulse.start()
        tell_until(tmp_path, "state", "playing")
        command(tmp_path, "quit")
        out, err = process.communicate(timeout=LONGEST)
        assert (process.returncode, err) == (0, "")
        assert re.search(r"paused\n(.*\n)*playing\n", out)
    finally:
        process.kill()
        process.communicate()


def test_a_session_without_a_device_says_so(tmp_path: Path) -> None:
    """Never silence as if all were well: exit code 3, what is missing, and how to get it."""
    (tmp_path / "mine.md").write_text("- hold 10m\n", encoding="utf-8")
    nobody = {"PULSE_SERVER": "unix:/nowhere", "XDG_RUNTIME_DIR": str(tmp_path)}
    process = play(tmp_path, "mine.md", "--voice", "silent", more=nobody)
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:  # a machine that has a sound card
        process.send_signal(signal.SIGINT)
        process.communicate()
        pytest.skip("this machine has a sound device")
    assert process.returncode == 3
    assert "sound device" in err
    assert "help: connect a loudspeaker" in err


def test_the_doctor_hears(pulse: Pulse, tmp_path: Path) -> None:
    """It lists the sink by its name, and a chime can be played on it."""
    where = pulse.environment
    found = run_process(("doctor", "--json"), tmp_path, **where).json["sound"]
    assert [one["system"] for one in found["speakers"]] == ["PulseAudio"]
    name = found["speakers"][0]["name"]
    ran = run_process(("doctor", "--chime", "--speaker", name[:6]), tmp_path, **where)
    assert (ran.code, ran.out) == (0, f"Played a chime on `{name}`.\n")
