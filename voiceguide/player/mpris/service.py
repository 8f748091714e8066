"""`Service`: answers on a bus for a session that is played, and tells what changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)

from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player.conductor import Ask, Command, State, Status
from voiceguide.player.desktop import NoBusError, call

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
        "Rate": ("d", 1.0),
        "MinimumRate": ("d", 1.0),
        "MaximumRate": ("d", 1.0),
        "Volume": ("d", 1.0),
        "Metadata": ("a{sv}", _metadata(status, art)),
        "CanGoNext": ("b", True),
        "CanGoPrevious": ("b", True),
        "CanPlay": ("b", True),
        "CanPause": ("b", True),
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


# ── for programs that ask what there is ──────────────────────────────────────


def described(status: Status) -> str:
    """The interfaces, in the XML of D-Bus's introspection."""
    player = {**properties(status, None), "Position": position(status)}
    of_player = [name for name in COMMANDS if name not in OF_ROOT]
    return "\n".join(
        [
            "<node>",
            *_interface(ROOT, OF_ROOT, ABOUT),
            *_interface(
                PLAYER, of_player, player, '<signal name="Seeked"><arg type="x"/></signal>'
            ),
            "</node>",
        ]
    )


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
        """Take a name; two sessions at a time have two.

        Raises:
            NoBusError: the bus gives none.
        """
        self._bus, self._ask, self._status = bus, ask, status
        self._shown = properties(status, None)
        self.art: str | None = None
        """The address of the cover, as soon as there is one."""
        if not (self._own(NAME) or self._own(f"{NAME}.instance{os.getpid()}")):
            raise NoBusError("the bus gives no name")

    def answer(self, message: Message) -> None:
        """Answer a call of a method; other messages are not for us."""
        header = message.header
        if header.message_type is not MessageType.method_call:
            return
        reply = self._reply(message)
        if not header.flags & MessageFlag.no_reply_expected:
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
        emitter = DBusAddress(PATH, interface=interface)
        self._bus.send(new_signal(emitter, name, signature, body))

    # ── answers ──────────────────────────────────────────────────────────────

    def _reply(self, message: Message) -> Message:
        """What a call is answered with; one that nobody can make sense of, with an error."""
        try:
            return self._result(message)
        except (KeyError, ValueError, TypeError):
            text = "the arguments are not those of this method, or there is no such property"
            return new_error(message, f"{_WRONG}InvalidArgs", "s", (text,))

    def _result(self, message: Message) -> Message:
        fields = message.header.fields
        if fields.get(HeaderFields.path) != PATH:
            return new_error(message, f"{_WRONG}UnknownObject")
        interface, member = fields.get(HeaderFields.interface), fields[HeaderFields.member]
        if member in COMMANDS and interface in (None, ROOT if member in OF_ROOT else PLAYER):
            return self._handled(message, COMMANDS[member])
        if interface in (None, PROPERTIES):
            return self._property(message, member)
        if interface == INTROSPECTABLE and member == "Introspect":
            return new_method_return(message, "s", (described(self._status),))
        return new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _handled(self, message: Message, command: Any) -> Message:
        if command:
            self._ask(command)
        return new_method_return(message)

    def _property(self, message: Message, member: str) -> Message:
        if member == "Get":
            interface, name = message.body
            return new_method_return(message, "v", (self._properties(interface)[name],))
        if member == "GetAll":
            [interface] = message.body
            return new_method_return(message, "a{sv}", (self._properties(interface),))
        if member == "Set":
            return new_error(message, f"{_WRONG}PropertyReadOnly", "s", ("nothing can be set",))
        return new_error(message, f"{_WRONG}UnknownMethod", "s", (f"there is no {member}",))

    def _properties(self, interface: str) -> dict[str, Value]:
        """All of an interface; a KeyError where there is no such interface."""
        everything = {
            ROOT: ABOUT,
            PLAYER: {**self._shown, "Position": position(self._status)},
        }
        return dict(everything[interface])
