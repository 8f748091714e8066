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

MOST_CLIENTS = 1000
"""Whose wrong tokens are remembered: the latest."""

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
"""Of every answer that says nothing else."""

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
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}
        """When each client came with a wrong token."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
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
        with suppress(TimeoutError):  # uvicorn closes a connection whose answer breaks off
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
    """403 where a page of another site asks."""
    ours = headers.get("origin") in (None, f"{scope['scheme']}://{headers['host']}")
    foreign_site = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return 403 if not ours or (foreign_site and scope["method"] == "POST") else None


# ── hosts ────────────────────────────────────────────────────────────────────


def loopback(name: str) -> bool:
    """Whether a name in `Host` is this machine's, for itself alone."""
    with suppress(ValueError):
        return ip_address(name).is_loopback
    return name == "localhost"


def in_the_network(*names: str) -> Callable[[str], bool]:
    """What tells whether a name in `Host` is an address of numbers, or one of our names."""
    ours = {name.lower() for name in names} | {"localhost"}

    def allowed(name: str) -> bool:
        with suppress(ValueError):
            return bool(ip_address(name))
        return name in ours

    return allowed


def _name_of(host: str) -> str:
    """The name without its port: `[::1]:80` is `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


# ── what goes in and out ─────────────────────────────────────────────────────


def _dressed(send: Send) -> Send:
    """With the headers of every answer, to a client that takes it: others are given up."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _USUAL.items():
                headers.setdefault(name, value)
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
