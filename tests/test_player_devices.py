"""Devices that come and go, are missing, or take nothing: the session waits, and says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from cli_running import Runner
from msgspec.structs import replace
from rehearsal import wait_until_ready
from test_cli_doctor import GOOD, report
from test_player_conductor import Stage

from voiceguide.cli import doctor
from voiceguide.cli.console import plain
from voiceguide.errors import MachineError, Problem, UsageError
from voiceguide.installation import bring
from voiceguide.player import Command, State
from voiceguide.player import device as devices
from voiceguide.player.device import (
    AGAIN,
    GONE,
    NULL,
    TURN,
    Device,
    Playback,
    Pull,
    Speakers,
    play_once,
    speakers,
)


class Loudspeaker:
    """An output that takes samples when the test lets time pass, as long as it is there."""

    name = "pretended"

    def __init__(self, starts: bool = True) -> None:
        self.starts, self.present, self.closed = starts, True, 0
        self.pull: Pull | None = None

    def start(self, pull: Pull) -> None:
        if not self.starts:
            raise MachineError("it does not start")
        self.pull = pull

    def close(self) -> None:
        self.closed += 1
        self.pull = None

    def take(self, seconds: float) -> None:
        if self.pull and self.present:
            self.pull(round(seconds * 48_000))


@dataclass
class Room:
    """A session that is played in a room where time passes with every look at the keyboard."""

    stage: Stage = field(default_factory=Stage)
    outputs: list[Loudspeaker | None] = field(default_factory=lambda: [Loudspeaker()])
    opened: list[Loudspeaker] = field(default_factory=list)
    events: dict[int, Callable[[], Command | None]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    turns: int = 0
    note: str = ""

    @property
    def conductor(self) -> object:
        return self.stage.conductor

    @property
    def transport(self) -> object:
        return self.stage.transport

    def tick(self) -> None:
        self.stage.conductor.tick()

    def open(self) -> Loudspeaker:
        """The next output, and the last one for ever; None is one that cannot be opened."""
        output = self.outputs.pop(0) if len(self.outputs) > 1 else self.outputs[0]
        if output is None:
            raise MachineError("there is no sound device")
        self.opened.append(output)
        return output

    def listen(self, seconds: float) -> Iterable[Command]:
        self.turns += 1
        self.stage.seconds += seconds
        wait_until_ready(self.stage.transport, 4800)
        self.opened[-1].take(seconds)
        asked = self.events.get(self.turns, lambda: None)()
        return [asked] if asked else []

    def show(self) -> None:
        self.notes.append(self.playback.note)
        self.states.append(self.stage.state)

    def run(self, turns: int) -> State:
        """Play for so many turns."""
        self.events[turns] = lambda: Command.QUIT
        self.playback = Playback(
            self,  # type: ignore[arg-type]  # its properties are those of the stage
            self.open,
            lambda: self.stage.seconds,
        )
        return self.playback.run(self.listen, self.show)


@pytest.fixture
def room() -> Iterator[Room]:
    """A room in which nothing has happened."""
    made = Room()
    yield made
    made.stage.transport.close()


def turns(seconds: float) -> int:
    return round(seconds / TURN)


def test_a_device_that_stays_is_left_alone(room: Room) -> None:
    """It is opened once, nothing is noted, and it is closed at the end."""
    assert room.run(100) is State.QUIT
    assert len(room.opened) == 1
    assert room.opened[0].closed
    assert set(room.notes) == {""}
    assert room.stage.transport.pulled > 0


def test_the_session_waits_for_a_device(room: Room) -> None:
    """Gone without a word: it is paused and told; with the next one it goes on, from there."""
    first, second = Loudspeaker(), Loudspeaker()
    room.outputs = [first, None, None, second]
    room.events[20] = lambda: setattr(first, "present", False)
    room.run(20 + turns(GONE + 4 * AGAIN) + 30)
    assert room.opened == [first, second]
    assert first.closed
    gone = [n for n, note in enumerate(room.notes) if "the sound device has gone" in note]
    assert turns(GONE) <= gone[0] - 20 <= turns(GONE) + 3
    assert {room.states[n] for n in gone} == {State.PAUSED}
    assert turns(3 * AGAIN) - 2 <= len(gone) <= turns(3 * AGAIN) + 5
    assert room.states[-2] is State.PLAYING
    assert room.stage.at > 2 + 2


def test_who_had_paused_stays_paused(room: Room) -> None:
    """A device that comes back begins nothing that the listener did not want."""
    first, second = Loudspeaker(), Loudspeaker()
    room.outputs = [first, second]
    room.events[10] = lambda: Command.PAUSE
    room.events[20] = lambda: setattr(first, "present", False)
    room.run(20 + turns(GONE + 2 * AGAIN) + 10)
    assert room.opened == [first, second]
    assert set(room.states[11:-1]) == {State.PAUSED}


def test_a_device_that_does_not_start_is_tried_again(room: Room) -> None:
    """It can be opened, and fails then: it is closed, and the session goes on waiting."""
    first, broken, third = Loudspeaker(), Loudspeaker(starts=False), Loudspeaker()
    room.outputs = [first, broken, third]
    room.events[5] = lambda: setattr(first, "present", False)
    room.run(5 + turns(GONE + 3 * AGAIN) + 10)
    assert room.opened == [first, broken, third]
    assert broken.closed
    assert room.states[-2] is State.PLAYING


def test_leaving_while_there_is_no_device(room: Room) -> None:
    """`q` ends the session, though nobody takes what should fade out."""
    room.events[5] = lambda: setattr(room.opened[0], "present", False)
    room.outputs = [Loudspeaker(), None]
    assert room.run(5 + turns(GONE) + 5) is State.QUIT


# ── which there are ──────────────────────────────────────────────────────────


def known(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Pretend that there are these devices."""
    patch.setattr(devices, "_known", lambda: {name: ("ALSA", n) for n, name in enumerate(names)})


def test_devices_are_found_by_a_part_of_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole name wins; a part is enough where it fits one alone."""
    known(monkeypatch, "HDMI", "HDMI 2", "Headphones of Ada")
    assert devices._find("hdmi") == ("HDMI", 0)
    assert devices._find("ada") == ("Headphones of Ada", 2)
    for wanted, problem in [
        ("h", "several sound devices are called `h`"),
        ("hdmi 3", "there is no sound device called `hdmi 3`"),
    ]:
        with pytest.raises(UsageError, match=problem):
            devices._find(wanted)
    assert [one.name for one in speakers()] == ["HDMI", "HDMI 2", "Headphones of Ada"]


def test_no_device_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do about it is told."""
    known(monkeypatch)
    found = doctor.try_sound()
    assert found.facts["speakers"] == []
    assert found.fault
    assert found.fault.message == "there is no sound device"
    assert "connect a loudspeaker" in (found.fault.help or "")


def test_without_miniaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has no wheel: the extra that brings it."""
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    fault = doctor.try_sound().fault
    assert fault == Problem("playing needs the package miniaudio", bring("live"))
    with pytest.raises(MachineError, match="playing needs the package miniaudio"):
        Device(1, NULL)


def test_a_driver_that_fails_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor tells, and goes on."""

    def fail() -> list[Speakers]:
        raise ZeroDivisionError("no card")

    monkeypatch.setattr(doctor, "speakers", fail)
    assert doctor.try_sound().fault == Problem("ZeroDivisionError: no card")


def test_the_report_lists_the_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its name, with what it belongs to; in JSON the same."""
    monkeypatch.setattr(doctor, "speakers", lambda: [Speakers("Headphones", "PulseAudio")])
    whole = replace(report(GOOD), sound=doctor.try_sound())
    rows = list(map(plain, doctor.report_lines(whole, 80)))
    assert rows[rows.index("sound devices, for `play`") + 1] == "  ok  Headphones  (PulseAudio)"
    assert whole.as_dict()["sound"] == {
        "speakers": [{"name": "Headphones", "system": "PulseAudio"}],
        "works": True,
        "problem": None,
        "help": None,
    }


# ── a chime ──────────────────────────────────────────────────────────────────


class Taking(Loudspeaker):
    """Takes all there is as soon as it starts, until it was given enough silence."""

    def start(self, pull: Pull) -> None:
        self.heard = np.concatenate([pull(1000) for _ in range(1000)])


def test_a_sound_is_played_to_its_end() -> None:
    """Every sample, then silence, and the device is closed."""
    output = Taking()
    sound = np.arange(2345, dtype=np.int16)
    play_once(sound, output)
    assert np.array_equal(output.heard[:2345], sound)
    assert not output.heard[2345:].any()
    assert output.closed


@pytest.mark.parametrize(
    ("output", "problem"),
    [(Loudspeaker(), "takes no sound"), (Loudspeaker(starts=False), "it does not start")],
)
def test_a_device_that_takes_nothing(output: Loudspeaker, problem: str) -> None:
    """An error, and the device is closed all the same."""
    with pytest.raises(MachineError, match=problem):
        play_once(np.zeros(0, np.int16), output, patience=-0.99)
    assert output.closed


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


def test_the_doctor_plays_a_chime(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the device that is named; where there is none, exit code 3 and the way out."""
    output = Taking()
    monkeypatch.setattr(devices, "Device", lambda channels, wanted: output)
    assert run("doctor", "--chime").out == "Played a chime on `pretended`.\n"
    assert np.abs(output.heard).max() > 1000

    def nobody(_channels: int, wanted: str | None) -> Loudspeaker:
        raise MachineError(f"no {wanted}", "connect one")

    monkeypatch.setattr(devices, "Device", nobody)
    ran = run("doctor", "--chime", "--speaker", "x")
    assert (ran.code, ran.err) == (3, "error: no x\nhelp: connect one\n")


@pytest.mark.parametrize("arguments", [("--speaker", "x"), ("--chime", "--json")])
def test_a_chime_is_asked_for_in_one_way(run: Runner, arguments: tuple[str, ...]) -> None:
    """A device without a chime, and a chime as JSON, are wrong uses."""
    assert run("doctor", *arguments).code == 2
