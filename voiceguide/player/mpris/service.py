"""`Service`: answers on a bus for a session that is played, and tells what changes."""

from __future__ import annotations

import os
from typing import Any

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

from voiceguide.lengths import samples
from voiceguide.player.bus import NoBusError, call
from voiceguide.player.conductor import Ask, Status
from voiceguide.player.mpris.interface import (
    ABOUT,
    COMMANDS,
    INTROSPECTABLE,
    NAME,
    OF_ROOT,
    PATH,
    PLAYER,
    PROPERTIES,
    ROOT,
    Value,
    described,
    position,
    properties,
)

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
