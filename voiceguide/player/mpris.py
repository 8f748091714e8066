"""`Mpris`: a session for the buttons of headsets and keyboards, and the widgets of a desktop.

On Linux these speak to media players over D-Bus, by MPRIS. Where there is no bus, nothing happens.
jeepney is what speaks D-Bus here: pure Python, without dependencies, and it needs no event loop,
as one thread waits for messages and does nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from xml.sax.saxutils import quoteattr

from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player.conductor import Ask, Command, State, Status
from voiceguide.player.desktop import PATIENCE, SESSION, NoBusError, call, open_bus

with suppress(ImportError):  # where it is missing, `open_bus` says so before any of it is used
    import jeepney

TURN = 0.1
"""Seconds after which it is told what has changed, where nobody asks."""

CoverOf = Callable[[], bytes]
"""Makes the picture of the session, PNG or JPEG; called once, in a thread of its own."""


class Mpris:
    """Offers a session on the bus of the user's programs, in a thread of its own."""

    def __init__(self, ask: Ask, cover_of: CoverOf, folder: Path) -> None:
        """`folder` takes the picture while the session is played; a widget reads it from there."""
        self._ask = ask
        self._cover_of = cover_of
        self._folder = folder
        self._status: Status | None = None
        self._told = Event()
        self._closed = False
        self._thread = Thread(target=self._serve, name="voiceguide mpris", daemon=True)
        self._thread.start()

    def tell(self, status: Status) -> None:
        """How it stands now."""
        self._status = status
        self._told.set()

    def close(self) -> None:
        """Leave the bus."""
        self._closed = True
        self._told.set()
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        # OSError: the bus has gone, and we play on without
        with suppress(NoBusError, OSError), closing(open_bus(SESSION)) as bus:
            self._told.wait()
            if self._status:
                self._be_seen(bus, self._status)

    def _be_seen(self, bus: Any, status: Status) -> None:
        service = Service(bus, self._ask, status)
        self._turn(bus, service)
        file = self._written_cover()
        try:
            service.art = file.as_uri() if file else None
            while not self._closed:
                self._turn(bus, service)
        finally:
            if file:
                file.unlink(missing_ok=True)

    def _turn(self, bus: Any, service: Service) -> None:
        """Tell what has changed, and answer one call if one comes in time."""
        if self._status:
            service.announce(self._status)
        with suppress(TimeoutError):
            service.answer(bus.receive(timeout=TURN))

    def _written_cover(self) -> Path | None:
        """The cover in a file, since players read nothing else; None where it cannot be made.

        The file is named for the process, so that two sessions do not share one, and those of
        processes that were killed are removed.
        """
        with suppress(VoiceguideError, OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.glob("cover-*"):
                if not _runs(old.name):
                    old.unlink(missing_ok=True)
            data = self._cover_of()
            ending = "png" if data.startswith(b"\x89PNG") else "jpg"
            file = self._folder / f"cover-{os.getpid()}.{ending}"
            file.write_bytes(data)
            return file
        return None


def _runs(name: str) -> bool:
    """Whether the process that a cover is named for is still there."""
    number = name.removeprefix("cover-").partition(".")[0]
    return number.isdecimal() and Path("/proc", number).exists()


# ── what a media player says of itself by MPRIS 2.2, as data; its source is ──


PATH = "/org/mpris/MediaPlayer2"
ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
NAME = "org.mpris.MediaPlayer2.voiceguide"

PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"

TRACK = "/org/mpris/voiceguide/session"
"""The one track there is, as an object's path."""

Value = tuple[str, Any]
"""A signature of D-Bus, and what it describes."""

COMMANDS: Mapping[str, Command | None] = {
    "Raise": None,
    "Quit": Command.QUIT,
    "Play": Command.GO_ON,
    "Pause": Command.PAUSE,
    "PlayPause": Command.TOGGLE,
    "Stop": Command.QUIT,
    "Next": Command.NEXT,
    "Previous": Command.BACK,
    "Seek": None,
    "SetPosition": None,
    "OpenUri": None,
}
"""What each method asks for."""

OF_ROOT = ("Raise", "Quit")
"""The methods of the first interface; the others are the player's."""

_ARGUMENTS = {"Seek": "x", "SetPosition": "ox", "OpenUri": "s"}

_STATUS = {State.PLAYING: "Playing", State.PAUSED: "Paused", State.WAITING: "Paused"}

ABOUT: Mapping[str, Value] = {
    "CanQuit": ("b", True),
    "CanRaise": ("b", False),
    "HasTrackList": ("b", False),
    "Identity": ("s", "voiceguide"),
    "SupportedUriSchemes": ("as", []),
    "SupportedMimeTypes": ("as", []),
}
"""The properties of the first interface."""


def properties(status: Status, art: str | None) -> dict[str, Value]:
    """The properties of the player, but for its position; `art` is the address of a picture."""
    return {
        "PlaybackStatus": ("s", _STATUS.get(status.state, "Stopped")),
        **dict.fromkeys(("Rate", "MinimumRate", "MaximumRate", "Volume"), ("d", 1.0)),
        "Metadata": ("a{sv}", _metadata(status, art)),
        **dict.fromkeys(("CanGoNext", "CanGoPrevious", "CanPlay", "CanPause"), ("b", True)),
        "CanSeek": ("b", False),
        "CanControl": ("b", True),
    }


def position(status: Status) -> Value:
    """Where the session is."""
    return ("x", microseconds(status.now.position))


def microseconds(samples: int) -> int:
    """The unit of MPRIS."""
    return samples * 1_000_000 // SAMPLE_RATE


def _metadata(status: Status, art: str | None) -> dict[str, Value]:
    """The session is the title, and its chapter stands where players show an album."""
    found: dict[str, Value] = {
        "mpris:trackid": ("o", TRACK),
        "mpris:length": ("x", microseconds(status.now.length)),
        "xesam:title": ("s", _text(status.title)),
    }
    if status.now.chapter:
        found["xesam:album"] = ("s", _text(status.now.chapter))
    if art:
        found["mpris:artUrl"] = ("s", art)
    return found


def _text(text: str) -> str:
    """Without what no text of D-Bus may have."""
    return text.replace("\0", "").encode(errors="replace").decode()


def described(status: Status) -> str:
    """The interfaces, in the XML of D-Bus's introspection."""
    player = {**properties(status, None), "Position": position(status)}
    of_player = [name for name in COMMANDS if name not in OF_ROOT]
    seeked = '<signal name="Seeked"><arg type="x"/></signal>'
    of_both = (*_interface(ROOT, OF_ROOT, ABOUT), *_interface(PLAYER, of_player, player, seeked))
    return "\n".join(("<node>", *of_both, "</node>"))


def _interface(
    name: str, methods: Iterable[str], has: Mapping[str, Value], *more: str
) -> Iterator[str]:
    yield f"<interface name={quoteattr(name)}>"
    for method in methods:
        arguments = (f'<arg direction="in" type="{one}"/>' for one in _ARGUMENTS.get(method, ""))
        yield f'<method name="{method}">{"".join(arguments)}</method>'
    for property_, (signature, _) in has.items():
        yield f'<property name="{property_}" type="{signature}" access="read"/>'
    yield from more
    yield "</interface>"


# ── `Service`: answers on a bus for a session that is played, and tells what changes


JUMP = samples(2)
"""Samples: who moves on by more between two looks, or backwards, has jumped."""

_BUS = "org.freedesktop.DBus"
_OWNER = 1
_DO_NOT_QUEUE = 4
_WRONG = f"{_BUS}.Error."


class Service:
    """The player that others on the bus see."""

    def __init__(self, bus: Any, ask: Ask, status: Status) -> None:
        """Take a name, or raise a NoBusError; two sessions at a time have two."""
        self._bus, self._ask, self._status = bus, ask, status
        self._shown = properties(status, None)
        self.art: str | None = None
        """The address of the cover, as soon as there is one."""
        if not (self._own(NAME) or self._own(f"{NAME}.instance{os.getpid()}")):
            raise NoBusError("the bus gives no name")

    def answer(self, message: jeepney.Message) -> None:
        """Answer a call of a method; other messages are not for us."""
        header = message.header
        if header.message_type is not jeepney.MessageType.method_call:
            return
        reply = self._reply(message)
        if not header.flags & jeepney.MessageFlag.no_reply_expected:
            self._bus.send(reply)

    def announce(self, status: Status) -> None:
        """Tell the others what has changed."""
        moved = status.now.position - self._status.now.position
        self._status = status
        now = properties(status, self.art)
        changed = {name: value for name, value in now.items() if value != self._shown[name]}
        self._shown = now
        if changed:
            self._signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", (PLAYER, changed, []))
        if not 0 <= moved <= JUMP:
            self._signal(PLAYER, "Seeked", "x", (position(status)[1],))

    def _own(self, name: str) -> bool:
        asked = (name, _DO_NOT_QUEUE)
        [answer] = call(self._bus, _BUS, "/org/freedesktop/DBus", "RequestName", "su", asked)
        return bool(answer == _OWNER)

    def _signal(self, interface: str, name: str, signature: str, body: tuple[Any, ...]) -> None:
        emitter = jeepney.DBusAddress(PATH, interface=interface)
        self._bus.send(jeepney.new_signal(emitter, name, signature, body))

    def _reply(self, message: jeepney.Message) -> jeepney.Message:
        """What a call is answered with; one that nobody can make sense of, with an error."""
        try:
            return self._result(message)
        except (KeyError, ValueError, TypeError):
            text = "the arguments are not those of this method, or there is no such property"
            return jeepney.new_error(message, f"{_WRONG}InvalidArgs", "s", (text,))

    def _result(self, message: jeepney.Message) -> jeepney.Message:
        fields = message.header.fields
        if fields.get(jeepney.HeaderFields.path) != PATH:
            return jeepney.new_error(message, f"{_WRONG}UnknownObject")
        interface, member = (
            fields.get(jeepney.HeaderFields.interface),
            fields[jeepney.HeaderFields.member],
        )
        if member in COMMANDS and interface in (None, ROOT if member in OF_ROOT else PLAYER):
            command = COMMANDS[member]
            if command:
                self._ask(command)
            return jeepney.new_method_return(message)
        if interface in (None, PROPERTIES):
            return self._property(message, member)
        if interface == INTROSPECTABLE and member == "Introspect":
            return jeepney.new_method_return(message, "s", (described(self._status),))
        return jeepney.new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _property(self, message: jeepney.Message, member: str) -> jeepney.Message:
        if member == "Get":
            interface, name = message.body
            return jeepney.new_method_return(message, "v", (self._properties(interface)[name],))
        if member == "GetAll":
            [interface] = message.body
            return jeepney.new_method_return(message, "a{sv}", (self._properties(interface),))
        if member == "Set":
            return jeepney.new_error(
                message, f"{_WRONG}PropertyReadOnly", "s", ("nothing can be set",)
            )
        return jeepney.new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _properties(self, interface: str) -> dict[str, Value]:
        """All of an interface; a KeyError where there is no such interface."""
        player = {**self._shown, "Position": position(self._status)}
        return dict({ROOT: ABOUT, PLAYER: player}[interface])
