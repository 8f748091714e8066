"""The remote control: a socket of this machine, for scripts, stream decks and other programs.

One line is one request, `SECRET COMMAND`, and is answered by one line of JSON. The port and the
secret stand in a file that only the user can read, so that no web page can command a session.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from voiceguide.errors import MachineError, UsageError, did_you_mean
from voiceguide.files import replacing
from voiceguide.lengths import in_seconds
from voiceguide.player.conductor import Ask, Command, Status

STATUS = "status"
"""Asks for nothing but an answer."""

_HERE = "127.0.0.1"
_PATIENCE = 2.0
"""Seconds for which either side waits for the other."""

_LONGEST = 256
"""Bytes of a request."""

_NOBODY = "start a session first: `voiceguide play ROUTINE`"


def requests() -> tuple[str, ...]:
    """What can be asked for."""
    return (*(command.value for command in Command), STATUS)


class Remote:
    """Listens for requests, and turns them into commands."""

    def __init__(self, ask: Ask, file: Path) -> None:
        """Begin to listen; `file` is where the port and the secret are written.

        Raises:
            MachineError: the file cannot be written.
        """
        self._ask = ask
        self._file = file
        self._secret = secrets.token_hex(16)
        self._status: Status | None = None
        self._lock = Lock()
        self._server = socket.create_server((_HERE, 0))
        port = self._server.getsockname()[1]
        try:
            _publish(file, {"port": port, "secret": self._secret})
        except BaseException:
            self._server.close()
            raise
        self._listener = Thread(target=self._listen, name="voiceguide remote", daemon=True)
        self._listener.start()

    def tell(self, status: Status) -> None:
        """How it stands now."""
        self._status = status

    def close(self) -> None:
        """Listen no more."""
        with self._lock:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        self._listener.join(_PATIENCE)
        _withdraw(self._file, self._secret)

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:  # closed
                return
            with caller, suppress(OSError, ValueError):
                caller.settimeout(_PATIENCE)
                caller.sendall(json.dumps(self._answer(_line(caller))).encode() + b"\n")

    def _answer(self, line: str) -> Mapping[str, object]:
        secret, _, request = line.partition(" ")
        if not secrets.compare_digest(secret.encode(), self._secret.encode()):
            return {"ok": False, "problem": "the secret is wrong"}
        if request not in requests():
            return {"ok": False, "problem": f"there is no command {request!r}"}
        if request != STATUS:
            self._ask(Command(request))
        return {"ok": True, **as_dict(self._status)}


def as_dict(status: Status | None) -> dict[str, object]:
    """How it stands, as the answer to a request; times in seconds."""
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
    """Ask a session that is played, and give its answer.

    Raises:
        UsageError: there is no such request, or no session.
        MachineError: it does not answer.
    """
    if request not in requests():
        raise UsageError(f"there is no command `{request}`", did_you_mean(request, requests()))
    try:
        found = json.loads(file.read_bytes())
        port, secret = int(found["port"]), str(found["secret"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError("no session is being played", _NOBODY) from None
    try:
        with socket.create_connection((_HERE, port), _PATIENCE) as server:
            server.sendall(f"{secret} {request}\n".encode())
            answer: dict[str, object] = json.loads(_line(server))
    except ConnectionRefusedError:  # left over from a session that was killed
        raise UsageError("no session is being played", _NOBODY) from None
    except (OSError, ValueError) as error:
        raise MachineError("the session does not answer", "end it, and start it anew") from error
    if not answer.get("ok"):
        raise MachineError(f"the session refuses: {answer.get('problem')}", "start it anew")
    return answer


def _line(connection: socket.socket) -> str:
    """One line, without its end; no longer than a request may be, but for answers."""
    data = b""
    while not data.endswith(b"\n") and len(data) < 16 * _LONGEST:
        more = connection.recv(_LONGEST)
        if not more:
            break
        data += more
    return data.decode().rstrip("\n")


def _publish(file: Path, found: Mapping[str, object]) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder `{file.parent}` cannot be made: {error.strerror}"
        raise MachineError(message, "make it, or name another in `VOICEGUIDE_STATE`") from error
    with replacing(file) as target:
        target.write(json.dumps(found).encode())


def _withdraw(file: Path, secret: str) -> None:
    """Remove the file, unless another session has written its own."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(file.read_bytes())["secret"] == secret:
            file.unlink()
