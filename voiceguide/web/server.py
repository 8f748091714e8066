"""The server: addresses, codes to scan, and connections that cannot be hoarded."""

from __future__ import annotations

import asyncio
import io
import socket
from collections import Counter
from contextlib import suppress
from typing import Any, ClassVar

import segno
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from voiceguide.errors import MachineError, UsageError

FIRST_PORT = 8640
PORTS = 20
"""How many are tried where none was asked for."""

MOST_OF_A_CLIENT = 32
"""Connections of one address: a browser opens six for a page."""

MOST_CONNECTIONS = 400

HEAD_SECONDS = 10.0
"""In which a new connection has to send the head of a request."""

BACKLOG = 256
"""Clients that may wait to be let in."""

LOOPBACK = "127.0.0.1"


class _Connection(H11Protocol):
    """A connection that may not be one of too many, nor wait without a word."""

    held: ClassVar[Counter[str]] = Counter()
    """Connections by the address of their client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close it at once where its client has enough of them."""
        super().connection_made(transport)
        self._client = str((transport.get_extra_info("peername") or ("",))[0])
        self.held[self._client] += 1
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)
        if self.held[self._client] > MOST_OF_A_CLIENT:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self._head_timer.cancel()
        self.held.subtract([self._client])
        if not self.held[self._client]:
            del self.held[self._client]
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():  # no request has come
            self.transport.close()


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for those that are nearly done, and hang up on all others."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens, on the port asked for or on the first free one of a few.

    Raises:
        UsageError: the port is taken, or the host is not this machine's.
        MachineError: none is free.
    """
    if port is None:
        return _first_free(host)
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        way_out = "leave `--port` out, and a free one is found"
        raise UsageError(f"cannot listen on {host}:{port}: {reason}", way_out) from error


def _first_free(host: str) -> socket.socket:
    for number in range(FIRST_PORT, FIRST_PORT + PORTS):
        with suppress(OSError):
            return socket.create_server((host, number), backlog=BACKLOG)
    raise MachineError(
        f"cannot listen on {host}: the ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are taken, "
        "or the address is not this machine's",
        "name another one with `--port`",
    )


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server with our limits, which says nothing itself."""
    settings: dict[str, Any] = {
        "http": _Connection,
        "ws": "none",
        "lifespan": "on",
        "log_level": "critical",
        "access_log": False,
        "server_header": False,
        "limit_concurrency": MOST_CONNECTIONS,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": 2,
        "h11_max_incomplete_event_size": 16 << 10,
        "proxy_headers": False,
    }
    return _Server(uvicorn.Config(app, **settings))


def lan_address() -> str:
    """This machine's address in its network; loopback where it is in none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: it only picks a way out
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK


def own_names() -> tuple[str, ...]:
    """The names by which a network may know this machine."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return tuple(dict.fromkeys((name, short, f"{short}.local")))


# ── codes ────────────────────────────────────────────────────────────────────


def qr_text(address: str) -> str:
    """A code for a terminal, two rows to a line: dark on light, whatever the terminal's colours."""
    text = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(text, border=2, compact=True)
    return text.getvalue().rstrip("\n")


def qr_svg(address: str) -> bytes:
    """A code as a picture."""
    picture = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=4, scale=4, dark="#000", light="#fff")
    return picture.getvalue()
