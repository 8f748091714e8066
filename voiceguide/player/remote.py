"""The remote control: a local socket for scripts, stream decks and other programs.

A request is one line, `SECRET COMMAND`; the response is one line of JSON, the session's status
after the command was carried out. The port and the secret are in a file that only the user can
read, so that no web page can control a session. The file belongs to the session that began last;
when that ends, the one before has it again. Each caller has its own thread and deadline, so a slow
or silent one does not delay others.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Condition, Thread
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import locked
from voiceguide.lengths import in_seconds
from voiceguide.player.conductor import Command, Status

STATUS_REQUEST = "status"
"""A request that only returns the status."""

_HERE = "127.0.0.1"
_PATIENCE = 2.0
"""Seconds that a caller has to send its request, and the session to carry it out."""

_NO_LINGERING = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""Socket option: closing resets the connection, so a session that slept sees who has given up."""

_CALLERS = 64
"""Most callers at a time, silent ones included; further ones are rejected."""

_SESSIONS = 16
"""Most sessions that the file lists."""

_LONGEST_REQUEST = 256
_LONGEST_ANSWER = 1 << 20
"""Most bytes of a line."""

_START = "start a session first: `voiceguide play ROUTINE`"

Claim = Callable[[], "Command | None"]
"""Takes a requested command; None if its caller was already told that it failed."""


def requests() -> tuple[str, ...]:
    """All possible requests."""
    return (*(command.value for command in Command), STATUS_REQUEST)


class _Request(Struct):
    """A command on its way from a caller to the session."""

    command: Command
    claimed: bool = False
    expired: bool = False
    done: bool = False


class _Door(Struct, frozen=True):
    """Where a session listens."""

    port: Annotated[int, Meta(ge=1, le=65535)]
    secret: str


class _Doors(_Door, frozen=True, omit_defaults=True):
    """The content of the file: the newest session, and those that began before it."""

    older: tuple[_Door, ...] = ()
    """The last one first; a killed session stays until it is called."""


class Remote:
    """Listens for requests and turns them into commands."""

    def __init__(self, ask: Callable[[Claim], None], file: Path) -> None:
        """Begin to listen; the port and the secret are written to `file`.

        Raises:
            MachineError: the file cannot be written.
        """
        self._ask = ask
        self._file = file
        self._secret = secrets.token_hex(16)
        self._status: Status | None = None
        self._changed = Condition()
        self._claimed: list[_Request] = []
        self._places = BoundedSemaphore(_CALLERS)
        self._server = socket.create_server((_HERE, 0))
        port = self._server.getsockname()[1]
        try:
            _publish(file, _Door(port, self._secret))
        except BaseException:
            self._server.close()
            raise
        self._listener = Thread(target=self._listen, name="voiceguide remote", daemon=True)
        self._listener.start()

    def tell(self, status: Status) -> None:
        """Take the session's status: all commands claimed before it have been carried out."""
        with self._changed:
            self._status = status
            for request in self._claimed:
                request.done = True
            self._claimed.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._listener.join(_PATIENCE)
        _withdraw(self._file, self._secret)

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except ConnectionAbortedError:  # the caller has given up
                continue
            except OSError:  # closed
                return
            if self._places.acquire(blocking=False):
                Thread(target=self._serve, args=(caller,), daemon=True).start()
            else:
                caller.close()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller, suppress(OSError, ValueError):
                line = _line(caller, _LONGEST_REQUEST, time.monotonic() + _PATIENCE)
                if caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return  # it was reset: the caller has given up
                caller.settimeout(_PATIENCE)
                caller.sendall(json.dumps(self._answer(line)).encode() + b"\n")
        finally:
            self._places.release()

    def _answer(self, line: str) -> Mapping[str, object]:
        secret, _, request = line.partition(" ")
        if not secrets.compare_digest(secret.encode(), self._secret.encode()):
            return {"ok": False, "problem": "the secret is wrong"}
        if request not in requests():
            return {"ok": False, "problem": f"there is no command {request!r}"}
        if request != STATUS_REQUEST and not self._carried_out(_Request(Command(request))):
            return {"ok": False, "problem": "it is busy, and has done nothing"}
        return {"ok": True, **as_dict(self._status)}

    def _carried_out(self, request: _Request) -> bool:
        """Pass a command on; False if it was not claimed in time, and then it never will be."""

        def claim() -> Command | None:
            with self._changed:
                if request.expired:
                    return None
                request.claimed = True
                self._claimed.append(request)
                return request.command

        self._ask(claim)
        with self._changed:
            self._changed.wait_for(lambda: request.done, _PATIENCE)
            request.expired = not request.claimed
            return request.claimed


def as_dict(status: Status | None) -> dict[str, object]:
    """The status as the response to a request; times in seconds."""
    if status is None:
        return {}
    now, timed = status.now, status.now.timed
    return {
        "title": status.title,
        "state": status.state.value,
        "position": in_seconds(now.position),
        "duration": in_seconds(now.length),
        "chapter": now.chapter,
        "said": now.said,
        "kind": timed.kind.value if timed else None,
        "left": in_seconds(now.left) if timed else None,
        "side": now.side,
        "round": now.round,
    }


def call(request: str, file: Path) -> dict[str, object]:
    """Send a request to the session that began last and return its response.

    Raises:
        UsageError: the request is unknown, or no session is being played.
        MachineError: the session does not answer, or refuses.
    """
    if request not in requests():
        raise UsageError(f"there is no command `{request}`", did_you_mean(request, requests()))
    for door in _published(file):
        try:
            return _answer_at(door, request)
        except ConnectionRefusedError:  # it was killed: the session before it has its turn
            _withdraw(file, door.secret)
    raise UsageError("no session is being played", _START)


def _answer_at(door: _Door, request: str) -> dict[str, object]:
    """Send a request to a session; raise a ConnectionRefusedError if it is there no more."""
    try:
        with socket.create_connection((_HERE, door.port), _PATIENCE) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            server.sendall(f"{door.secret} {request}\n".encode())
            deadline = time.monotonic() + 3 * _PATIENCE  # as long as the session may take
            line = _line(server, _LONGEST_ANSWER, deadline)
            answer = msgspec.json.decode(line, type=dict[str, object])
    except ConnectionRefusedError:
        raise
    except (OSError, ValueError) as error:
        raise MachineError("the session does not answer", "end it, and start it again") from error
    if not answer.get("ok"):
        raise MachineError(f"the session refuses: {answer.get('problem')}", "try it once more")
    return answer


def _line(connection: socket.socket, longest: int, deadline: float) -> str:
    """Read one line, without its end.

    Raise an OSError if it has not come by the deadline, a time of `time.monotonic`; a ValueError if
    it is longer than `longest` bytes, or is not UTF-8.
    """
    data = b""
    while not data.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        more = connection.recv(65536)
        data += more
        if len(data) > longest:
            raise ValueError("the line is too long")
        if not more:
            break
    return data.decode().rstrip("\n")


# ── the file with the addresses of the sessions that are being played ────────


def _published(file: Path) -> list[_Door]:
    """Read the addresses, that of the newest session first; none if there is no valid file."""
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_Doors)
    except (OSError, ValueError):
        return []
    return [_Door(found.port, found.secret), *found.older]


def _publish(file: Path, door: _Door) -> None:
    """Put an address in front of the others."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(file.parent):
            _store(file, [door, *_published(file)][:_SESSIONS])
    except OSError as error:
        message = f"the folder `{file.parent}` cannot be written: {error.strerror}"
        raise MachineError(message, "name another in `VOICEGUIDE_STATE`") from error


def _withdraw(file: Path, secret: str) -> None:
    """Remove an address; do nothing if that is impossible."""
    with suppress(OSError, MachineError), locked(file.parent):
        _store(file, [door for door in _published(file) if door.secret != secret])


def _store(file: Path, doors: Sequence[_Door]) -> None:
    """Replace the file with one that only the user can read, or remove it if nothing is left."""
    if not doors:
        file.unlink(missing_ok=True)
        return
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # readable only by the user
    with os.fdopen(descriptor, "wb") as target:
        target.write(msgspec.json.encode(_Doors(doors[0].port, doors[0].secret, tuple(doors[1:]))))
    Path(draft).replace(file)
