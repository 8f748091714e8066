"""Who may ask for what: the host, the origin, the token, the size, and how fast.

A page of a stranger can make a browser ask our server (cross-site requests), and can have a name of
its own lead to our address (DNS rebinding). The first is met by the token and by `Origin`, the
second by `Host`: an address of numbers cannot be rebound, and a name has to be one of ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voiceguide.web.pages import POLICY

MOST_BYTES = 2 << 20
"""Of what a page sends: twice a routine's most."""

STALL = 60.0
"""Seconds in which a client has to take the next piece of an answer."""

MOST_WRONG = 20
"""Wrong tokens of one client in a minute; after them it waits."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}

_SENTENCES = {
    400: "This request names no host, or a wrong one.",
    403: "This address needs its token: use the whole address that voiceguide has shown.",
    405: "This server only shows; it takes nothing.",
    413: "That is too large.",
    421: "This is not the server that you asked for.",
    429: "Too many wrong addresses: wait a minute.",
}


class Guard:
    """An app that answers only whom it should."""

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
        self._wrong = Tries(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there are no web sockets here
        refusal = self._refusal(scope)
        if refusal:
            headers = {**_HEADERS, "Content-Security-Policy": "default-src 'none'"}
            answer = PlainTextResponse(_SENTENCES[refusal] + "\n", refusal, headers)
            await answer(scope, receive, send)
            return
        inner = {**scope, "root_path": f"/{self._token}"}
        with suppress(TimeoutError):  # uvicorn closes a connection whose answer breaks off
            await self._app(inner, _bounded(receive), _patient(_dressed(send)))

    def _refusal(self, scope: Scope) -> int | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1:
            return 400
        if not self._allowed(_name_of(host)):
            return 421
        if scope["method"] not in self._methods:
            return 405
        if _size(headers) > MOST_BYTES:
            return 413
        return self._token_refusal(scope, headers, host)

    def _token_refusal(self, scope: Scope, headers: Headers, host: str) -> int | None:
        client = scope["client"][0] if scope.get("client") else ""
        if self._wrong.too_many(client):
            return 429
        given = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        if not compare_digest(given.encode(), self._token.encode()):
            self._wrong.add(client)
            return 403
        origin = headers.get("origin")
        ours = origin is None or origin == f"{scope['scheme']}://{host}"
        foreign_site = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        return 403 if not ours or (foreign_site and scope["method"] == "POST") else None


class Tries:
    """How often each client was wrong within the last minute; of few clients, the latest."""

    def __init__(self, clock: Callable[[], float], most_clients: int = 1000) -> None:
        self._clock, self._most_clients = clock, most_clients
        self._found: dict[str, list[float]] = {}

    def add(self, client: str) -> None:
        """Note one."""
        times = [*self._recent(client), self._clock()]
        self._found.pop(client, None)
        self._found[client] = times[-MOST_WRONG:]
        while len(self._found) > self._most_clients:
            self._found.pop(next(iter(self._found)))

    def too_many(self, client: str) -> bool:
        """Whether it has to wait."""
        return len(self._recent(client)) >= MOST_WRONG

    def _recent(self, client: str) -> list[float]:
        since = self._clock() - 60
        return [at for at in self._found.get(client, ()) if at > since]


# ── hosts ────────────────────────────────────────────────────────────────────


def loopback(name: str) -> bool:
    """Whether a name in `Host` is this machine's, for itself alone."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def in_the_network(*names: str) -> Callable[[str], bool]:
    """What tells whether a name in `Host` is an address of numbers, or one of our names."""
    ours = {name.lower() for name in names} | {"localhost"}

    def allowed(name: str) -> bool:
        try:
            return bool(ip_address(name))
        except ValueError:
            return name in ours

    return allowed


def _name_of(host: str) -> str:
    """The name without its port: `[::1]:80` is `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _size(headers: Headers) -> int:
    try:
        return int(headers.get("content-length", "0"))
    except ValueError:
        return MOST_BYTES + 1


# ── what goes in and out ─────────────────────────────────────────────────────


def _dressed(send: Send) -> Send:
    """With the headers of every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'")
            headers.setdefault("Cache-Control", "no-cache")
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _patient(send: Send) -> Send:
    """Give a client up that takes nothing any more."""

    async def sending(message: Message) -> None:
        async with asyncio.timeout(STALL):
            await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """What is received, as far as it may be: a body in pieces tells no length before."""
    taken = 0

    async def receiving() -> Any:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, _SENTENCES[413])
        return message

    return receiving
