"""The server: addresses, QR codes, and limits on connections."""

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
"""Number of ports that are tried if none is given."""

MOST_OF_A_CLIENT = 32
"""Most connections from one address; a browser opens six for a page."""

MOST_CONNECTIONS = 400

HEAD_SECONDS = 10.0
"""Seconds in which a new connection has to send the head of a request."""

BACKLOG = 256
"""Number of clients that may wait to be accepted."""

LOOPBACK = "127.0.0.1"


class _Connection(H11Protocol):
    """A connection that is closed if its client has too many, or sends nothing for too long."""

    held: ClassVar[Counter[str]] = Counter()
    """Number of connections by client address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close the connection immediately if its client has too many."""
        super().connection_made(transport)
        self._client = str((transport.get_extra_info("peername") or ("",))[0])
        self.held[self._client] += 1
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)
        if self.held[self._client] > MOST_OF_A_CLIENT:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
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
        """Wait for connections that are nearly done, and abort all others."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket, on the given port or on the first free one of `PORTS`.

    Raises:
        UsageError: the port is taken, or the host is not this machine's.
        MachineError: no port is free.
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
    """Return a server with our limits, which prints nothing."""
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
    """Return this machine's address in its network, else loopback. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: it only selects an interface
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK


def own_names() -> tuple[str, ...]:
    """Return the names by which a network may know this machine."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return tuple(dict.fromkeys((name, short, f"{short}.local")))


# ── QR codes ─────────────────────────────────────────────────────────────────


def qr_text(address: str) -> str:
    """Return a QR code for a terminal, two rows per line, dark on light in any colour scheme."""
    text = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(text, border=2, compact=True)
    return text.getvalue().rstrip("\n")


def qr_svg(address: str) -> bytes:
    """Return a QR code as a picture."""
    picture = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=4, scale=4, dark="#000", light="#fff")
    return picture.getvalue()
