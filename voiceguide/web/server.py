"""The server: who is answered, limits on requests and connections, addresses, QR codes.

A foreign page can make a browser send requests to our server (cross-site requests), and can point
its own host name to our address (DNS rebinding). The token and `Origin` stop the first, `Host` the
second: an IP address cannot be rebound, and a name has to be one of ours.
"""

from __future__ import annotations

import asyncio
import io
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any, ClassVar

import segno
import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from voiceguide.errors import MachineError, UsageError
from voiceguide.web.pages import POLICY

MOST_BYTES = 2 << 20
"""Largest request body in bytes: twice the largest routine."""

STALL = 60.0
"""Seconds in which a client has to accept the next piece of a response."""

MOST_WRONG = 20
"""Wrong tokens that a client may send in a minute; after that it has to wait."""

MOST_CLIENTS = 1000
"""Number of clients whose wrong tokens are remembered: the latest ones."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
_USUAL = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    **_HEADERS,
}
"""Default headers of every response."""

_SENTENCES = {
    400: "This request names no host, or a wrong one.",
    403: "This address needs its token: use the whole address that voiceguide has shown.",
    405: "This server only shows; it takes nothing.",
    413: "That is too large.",
    421: "This is not the server that you asked for.",
    429: "Too many wrong addresses: wait a minute.",
}


class Guard:
    """Wraps an app, and passes only permitted requests to it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        allowed_host: Callable[[str], bool],
        read_only: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._token, self._allowed = app, token, allowed_host
        self._methods = {"GET", "HEAD"} if read_only else {"GET", "HEAD", "POST"}
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}
        """Times at which each client sent a wrong token."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the app, or refuse it with a reason."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":  # there are no web sockets here
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal:
            headers = {**_HEADERS, "Content-Security-Policy": "default-src 'none'"}
            answer = PlainTextResponse(_SENTENCES[refusal] + "\n", refusal, headers)
            await answer(scope, receive, send)
            return
        inner = {**scope, "root_path": f"/{self._token}"}
        with suppress(TimeoutError):  # uvicorn closes a connection whose response breaks off
            await self._app(inner, _bounded(receive), _dressed(send))

    def _refusal(self, scope: Scope) -> int | None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1:
            return 400
        if not self._allowed(_name_of(headers["host"])):
            return 421
        if scope["method"] not in self._methods:
            return 405
        size = headers.get("content-length", "0")
        if not size.isdecimal() or int(size) > MOST_BYTES:
            return 413
        return self._token_refusal(scope) or _stranger(scope, headers)

    def _token_refusal(self, scope: Scope) -> int | None:
        client, now = scope["client"][0] if scope.get("client") else "", self._clock()
        wrong = [at for at in self._wrong.get(client, ()) if at > now - 60]
        if len(wrong) >= MOST_WRONG:
            return 429
        given = scope["path"].removeprefix("/").partition("/")[0]
        if compare_digest(given.encode(), self._token.encode()):
            return None
        self._wrong.pop(client, None)
        self._wrong[client] = [*wrong, now]
        while len(self._wrong) > MOST_CLIENTS:
            self._wrong.pop(next(iter(self._wrong)))
        return 403


def _stranger(scope: Scope, headers: Headers) -> int | None:
    """Return 403 if the request comes from a page of another site."""
    ours = headers.get("origin") in (None, f"{scope['scheme']}://{headers['host']}")
    foreign_site = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return 403 if not ours or (foreign_site and scope["method"] == "POST") else None


# ── hosts ────────────────────────────────────────────────────────────────────


def loopback(name: str) -> bool:
    """Whether a name in `Host` is a loopback name or address."""
    with suppress(ValueError):
        return ip_address(name).is_loopback
    return name == "localhost"


def in_the_network(*names: str) -> Callable[[str], bool]:
    """Return a check whether a name in `Host` is an IP address or one of our names."""
    ours = {name.lower() for name in names} | {"localhost"}

    def allowed(name: str) -> bool:
        with suppress(ValueError):
            return bool(ip_address(name))
        return name in ours

    return allowed


def _name_of(host: str) -> str:
    """Return the host without its port: `[::1]:80` gives `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


# ── limits on requests and responses ─────────────────────────────────────────


def _dressed(send: Send) -> Send:
    """Wrap `send`: add the default headers, and give up on a client that does not read."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _USUAL.items():
                headers.setdefault(name, value)
        async with asyncio.timeout(STALL):
            await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """Wrap `receive`: limit the body, since a chunked body does not announce its length."""
    taken = 0

    async def receiving() -> Any:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, _SENTENCES[413])
        return message

    return receiving


# ── the connections of clients, and their limits ─────────────────────────────


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
