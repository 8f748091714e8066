"""A session on the message bus: the buttons of headsets, the widgets of a desktop, and no sleep."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from live_services import LONGEST, message_bus, need, play, wait_until
from msgspec.structs import replace
from rehearsal import timeline

from voiceguide.lengths import samples
from voiceguide.player import Command, State
from voiceguide.player.conductor import Status
from voiceguide.player.desktop import (
    PATH,
    PLAYER,
    PROPERTIES,
    ROOT,
    Awake,
    Mpris,
    NoBusError,
    caffeinated,
    open_bus,
    properties,
)
from voiceguide.player.now import now

if sys.platform != "linux":
    pytest.skip("D-Bus is Linux's", allow_module_level=True)

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageType,
    new_method_call,
    new_method_return,
)
from jeepney.bus_messages import message_bus as bus_itself
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME = "org.mpris.MediaPlayer2.voiceguide"
PNG = b"\x89PNG and so on"

TEXT = """
    # Sunday

    ## First

    - hold 20s
      Lean over.

    ## Second

    - hold 30s
      Stand up.
"""


def status_at(seconds: float = 5, state: State = State.PLAYING) -> Status:
    """A session that was played for so long."""
    return Status("Sunday", state, now(timeline(TEXT), samples(seconds)))


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bus of the test's own, which is the session's and the system's."""
    with message_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


# ── what a player says of itself ─────────────────────────────────────────────


def test_a_session_as_a_player_shows_it() -> None:
    """The title, the chapter as the album, the length in microseconds, and the picture."""
    found = properties(status_at(), "file:///cover.png")
    [kind, metadata] = found["Metadata"]
    assert kind == "a{sv}"
    assert metadata["xesam:title"] == ("s", "Sunday")
    assert metadata["xesam:album"] == ("s", "First")
    assert metadata["mpris:artUrl"] == ("s", "file:///cover.png")
    assert metadata["mpris:length"][1] == round(timeline(TEXT).duration * 1e6)
    assert found["PlaybackStatus"] == ("s", "Playing")
    assert found["CanSeek"] == ("b", False)


@pytest.mark.parametrize(
    ("state", "status"),
    [(State.PAUSED, "Paused"), (State.WAITING, "Paused"), (State.OVER, "Stopped")],
)
def test_what_stands_still_is_paused_or_stopped(state: State, status: str) -> None:
    """While it waits for the listener, `play` is what goes on: it is shown as paused."""
    assert properties(status_at(state=state), None)["PlaybackStatus"] == ("s", status)


def test_a_title_may_hold_anything() -> None:
    """What no text on the bus may hold is left out."""
    found = properties(replace(status_at(), title="a\0b\ud800"), None)
    assert found["Metadata"][1]["xesam:title"] == ("s", "ab?")


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere/at/all", "tcp:host=x,port=1", "?"])
def test_without_a_bus_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    """No bus, none that answers, one of an unknown kind: all is silent, and ends at once."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with pytest.raises(NoBusError):
        open_bus("SESSION")
    controls = Mpris(lambda _command: None, lambda: PNG, tmp_path), Awake()
    for control in controls:
        control.tell(status_at())
        control.close()
        control.close()


# ── on a bus ─────────────────────────────────────────────────────────────────


class Caller:
    """A program on the bus that looks at the player."""

    def __init__(self, address: str) -> None:
        self._bus = open_dbus_connection(address)

    def call(self, interface: str, member: str, signature: str = "", *arguments: object) -> Any:
        """What a method returns; an error is raised."""
        address = DBusAddress(PATH, NAME, interface)
        message = new_method_call(address, member, signature or None, arguments)
        return unwrap_msg(self._bus.send_and_get_reply(message, timeout=60))

    def get(self, name: str) -> Any:
        """A property of the player."""
        [[_, value]] = self.call(PROPERTIES, "Get", "ss", PLAYER, name)
        return value

    def is_there(self) -> bool:
        """Whether there is a player."""
        reply = self._bus.send_and_get_reply(bus_itself.NameHasOwner(NAME), timeout=60)
        return bool(unwrap_msg(reply)[0])

    def subscribe(self) -> Any:
        """The signals of the player, from now on."""
        rule = MatchRule(type="signal", path=PATH)
        unwrap_msg(self._bus.send_and_get_reply(bus_itself.AddMatch(rule), timeout=60))
        return self._bus.filter(rule, bufsize=100)

    def next_signal(self, queue: Any) -> tuple[str, Any]:
        """The name and the body of the next one."""
        message = self._bus.recv_until_filtered(queue, timeout=60)
        return message.header.fields[HeaderFields.member], message.body

    def close(self) -> None:
        self._bus.close()


@contextmanager
def shown(
    address: str, asked: SimpleQueue[Command], folder: Path
) -> Iterator[tuple[Mpris, Caller]]:
    """A session on the bus, and a program that looks at it."""
    mpris, caller = Mpris(asked.put, lambda: PNG, folder), Caller(address)
    try:
        mpris.tell(status_at())
        wait_until(caller.is_there)
        wait_until(lambda: "mpris:artUrl" in caller.get("Metadata"))
        yield mpris, caller
    finally:
        mpris.close()
        caller.close()


def test_a_player_answers(bus: str, tmp_path: Path) -> None:
    """Its properties and their description; the cover lies in a file, and goes with it."""
    asked: SimpleQueue[Command] = SimpleQueue()
    with shown(bus, asked, tmp_path) as (_, caller):
        cover = Path(caller.get("Metadata")["mpris:artUrl"][1].removeprefix("file://"))
        assert cover.read_bytes() == PNG
        assert caller.get("Position") == 5_000_000
        [about] = caller.call(PROPERTIES, "GetAll", "s", ROOT)
        assert about["Identity"] == ("s", "voiceguide")
        [xml] = caller.call("org.freedesktop.DBus.Introspectable", "Introspect")
        [all_of_it] = caller.call(PROPERTIES, "GetAll", "s", PLAYER)
        assert all(f'<property name="{name}"' in xml for name in [*all_of_it, *about])
    assert not cover.exists()


@pytest.mark.parametrize(
    ("interface", "member", "command"),
    [
        (PLAYER, "Play", Command.GO_ON),
        (PLAYER, "Pause", Command.PAUSE),
        (PLAYER, "PlayPause", Command.TOGGLE),
        (PLAYER, "Stop", Command.QUIT),
        (PLAYER, "Next", Command.NEXT),
        (PLAYER, "Previous", Command.BACK),
        (ROOT, "Quit", Command.QUIT),
    ],
)
def test_buttons_are_commands(
    bus: str, tmp_path: Path, interface: str, member: str, command: Command
) -> None:
    """Each button asks for what it says; what cannot be done here asks for nothing."""
    asked: SimpleQueue[Command] = SimpleQueue()
    with shown(bus, asked, tmp_path) as (_, caller):
        caller.call(ROOT, "Raise")
        caller.call(PLAYER, "Seek", "x", 1_000_000)
        caller.call(interface, member)
    assert asked.get_nowait() is command
    assert asked.empty()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ((PLAYER, "Dance"), "UnknownMethod"),
        ((PROPERTIES, "Dance"), "UnknownMethod"),
        ((PROPERTIES, "Get", "ss", PLAYER, "Colour"), "InvalidArgs"),
        ((PROPERTIES, "Get", "s", PLAYER), "InvalidArgs"),
        ((PROPERTIES, "Get", "sas", PLAYER, ["Rate"]), "InvalidArgs"),
        ((PROPERTIES, "Get", "ass", [PLAYER], "Rate"), "InvalidArgs"),
        ((PROPERTIES, "GetAll", "a{ss}", {}), "InvalidArgs"),
        ((PROPERTIES, "GetAll"), "InvalidArgs"),
        ((PROPERTIES, "GetAll", "s", "no.such"), "InvalidArgs"),
        ((PROPERTIES, "Set", "ssv", PLAYER, "Volume", ("d", 0.5)), "PropertyReadOnly"),
    ],
)
def test_what_makes_no_sense_is_refused(
    bus: str, tmp_path: Path, call: tuple[Any, ...], error: str
) -> None:
    """An error for the caller, and the player goes on."""
    with shown(bus, SimpleQueue(), tmp_path) as (_, caller):
        with pytest.raises(Exception, match=f"org.freedesktop.DBus.Error.{error}"):
            caller.call(*call)
        assert caller.get("PlaybackStatus") == "Playing"


def test_the_cover_is_gone_with_the_session(bus: str, tmp_path: Path) -> None:
    """Its file, and those of sessions that were killed; the file of another one stays."""
    (tmp_path / f"cover-{2**22 + 1}.png").write_bytes(PNG)  # above the greatest process id of Linux
    living = tmp_path / "cover-1.png"
    living.write_bytes(PNG)
    with shown(bus, SimpleQueue(), tmp_path) as (_, caller):
        art = caller.get("Metadata")["mpris:artUrl"][1]
        assert Path(art.removeprefix("file://")).read_bytes() == PNG
    assert list(tmp_path.glob("cover-*")) == [living]


def test_changes_are_told(bus: str, tmp_path: Path) -> None:
    """A pause, another chapter, a jump: each is told once, and nothing else is."""
    with shown(bus, SimpleQueue(), tmp_path) as (mpris, caller), caller.subscribe() as signals:
        mpris.tell(status_at(5.1))
        mpris.tell(status_at(5.1, State.PAUSED))
        name, (interface, changed, _) = caller.next_signal(signals)
        assert (name, interface) == ("PropertiesChanged", PLAYER)
        assert changed == {"PlaybackStatus": ("s", "Paused")}
        mpris.tell(status_at(40, State.PAUSED))
        name, (_, changed, _) = caller.next_signal(signals)
        assert changed["Metadata"][1]["xesam:album"] == ("s", "Second")
        assert caller.next_signal(signals) == ("Seeked", (40_000_000,))


def test_two_sessions_have_two_names(bus: str, tmp_path: Path) -> None:
    """The second one is found under its own."""
    other = f"{NAME}.instance{os.getpid()}"
    with shown(bus, SimpleQueue(), tmp_path) as (_, caller):
        second = Mpris(lambda _command: None, lambda: PNG, tmp_path)
        second.tell(status_at())
        names = bus_itself.ListNames()
        wait_until(lambda: other in unwrap_msg(caller._bus.send_and_get_reply(names))[0])
        second.close()


@pytest.mark.slow
def test_a_headset_commands_a_session(bus: str, tmp_path: Path) -> None:
    """playerctl, which knows nothing of us, pauses, skips, goes back and ends a real session."""
    need("playerctl")

    def control(*arguments: str) -> str:
        return subprocess.run(
            ["playerctl", *arguments], capture_output=True, text=True, timeout=60, check=False
        ).stdout.strip()

    long = re.sub(r"hold \d+s", "hold 10m", TEXT.replace("    ", ""))  # none ends meanwhile
    (tmp_path / "mine.md").write_text(long, encoding="utf-8")
    process = play(tmp_path, "mine.md", "--voice", "silent", "--speaker", "null")
    try:
        wait_until(lambda: control("status") == "Playing")
        wait_until(lambda: control("metadata", "xesam:album") == "First")
        assert control("metadata", "xesam:title") == "Sunday"
        wait_until(lambda: "/cover-" in control("metadata", "mpris:artUrl"))
        cover = Path(control("metadata", "mpris:artUrl").removeprefix("file://"))
        assert cover.read_bytes().startswith(b"\x89PNG")
        control("pause")
        wait_until(lambda: control("status") == "Paused")
        control("next")
        wait_until(lambda: control("metadata", "xesam:album") == "Second")
        position = float(control("position"))
        assert 600 < position < float(control("metadata", "mpris:length")) / 1e6
        control("previous")
        wait_until(lambda: control("metadata", "xesam:album") == "First")
        control("play")
        wait_until(lambda: control("status") == "Playing")
        control("stop")
        assert process.wait(LONGEST) == 0
        assert control("status") == ""
    finally:
        process.kill()
        process.communicate()


# ── awake ────────────────────────────────────────────────────────────────────


class Desktop:
    """A desktop that can be asked to stay awake, and writes down who asked."""

    def __init__(self, address: str) -> None:
        self._bus = open_dbus_connection(address, enable_fds=True)
        for name in ("org.freedesktop.ScreenSaver", "org.freedesktop.login1"):
            unwrap_msg(self._bus.send_and_get_reply(bus_itself.RequestName(name, 4), timeout=60))
        self.asked: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._held: list[int] = []
        self._over = Flag()
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def next(self) -> tuple[str, Any]:
        """What was asked for next."""
        return self.asked.get(timeout=60)

    def lets_go(self, file: int) -> bool:
        """Whether nobody holds the other end of a pipe any more."""
        os.set_blocking(file, False)
        try:
            return os.read(file, 1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._bus.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                message = self._bus.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._bus.send(self._answer(message))
                while self._held:  # the bus has its own copy, once it is sent
                    os.close(self._held.pop())

    def _answer(self, message: Any) -> Any:
        member = message.header.fields[HeaderFields.member]
        if "login1" in message.header.fields[HeaderFields.interface]:
            ours, theirs = os.pipe()
            self.asked.put(("login1", (*message.body, ours)))
            self._held.append(theirs)
            return new_method_return(message, "h", (theirs,))
        self.asked.put((member, message.body))
        return new_method_return(message, *(("u", (42,)) if member == "Inhibit" else ()))


@pytest.fixture
def desktop(bus: str) -> Iterator[Desktop]:
    """A desktop on the bus."""
    made = Desktop(bus)
    yield made
    made.close()


def test_awake_while_it_plays(desktop: Desktop) -> None:
    """Asked once; who pauses may sleep; at the end all is released."""
    awake = Awake()
    awake.tell(status_at())
    awake.tell(status_at(6, State.WAITING))
    assert desktop.next() == ("Inhibit", ("voiceguide", "a session is played"))
    name, (what, who, _, mode, file) = desktop.next()
    assert (name, what, who, mode) == ("login1", "sleep:idle", "voiceguide", "block")
    assert not desktop.lets_go(file)
    awake.tell(status_at(6, State.PAUSED))
    assert desktop.next() == ("UnInhibit", (42,))
    wait_until(lambda: desktop.lets_go(file))
    awake.tell(status_at())
    assert desktop.next()[0] == "Inhibit"
    *_, second = desktop.next()[1]
    awake.close()
    assert desktop.next() == ("UnInhibit", (42,))
    wait_until(lambda: desktop.lets_go(second))
    assert desktop.asked.empty()
    os.close(file)
    os.close(second)


def test_who_is_killed_keeps_nobody_awake(desktop: Desktop, tmp_path: Path) -> None:
    """The file that systemd handed over is closed with the process, whatever becomes of it."""
    (tmp_path / "mine.md").write_text("- hold 20s\n", encoding="utf-8")
    process = play(tmp_path, "mine.md", "--voice", "silent", "--speaker", "null")
    assert desktop.next()[0] == "Inhibit"
    file = desktop.next()[1][-1]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_until(lambda: desktop.lets_go(file))
    os.close(file)


def test_nobody_to_ask(bus: str, tmp_path: Path) -> None:
    """A bus without such services: it plays, and the machine may sleep."""
    awake = Awake()
    awake.tell(status_at())
    awake.close()
    assert not awake._thread.is_alive()


def test_caffeinate_runs_meanwhile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On macOS a program keeps it awake, for as long as it runs and no longer."""
    program = tmp_path / "caffeinate"
    program.write_text('#!/bin/sh\necho "$@" >"$0.asked"\nexec sleep 60\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    asked = tmp_path / "caffeinate.asked"
    with caffeinated():
        wait_until(lambda: asked.exists() and asked.read_text())
    assert asked.read_text() == f"-d -i -w {os.getpid()}\n"


def test_a_keeper_that_is_missing_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such program: nothing happens."""
    monkeypatch.setenv("PATH", "/nowhere")
    awake = Awake((caffeinated,))
    awake.tell(status_at())
    awake.close()
    assert not awake._thread.is_alive()
