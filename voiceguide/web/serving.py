"""`serve`: the pages of a folder's routines, for phones in the same network. Read-only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from voiceguide.errors import VoiceguideError
from voiceguide.files import temporary_folder
from voiceguide.web import server
from voiceguide.web.episodes import Episode, Shelf, open_register
from voiceguide.web.pages import PLAYER_FILES, Texts, page, preferred, sheet_policy, static, texts
from voiceguide.web.publishing import (
    CHAPTERS,
    CHAPTERS_TYPE,
    FEED,
    FEED_TYPE,
    Channel,
    chapters_json,
    feed,
)
from voiceguide.web.server import Guard, in_the_network

TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt",
    ".webp": "image/webp",
}
"""The media type of each suffix; a system's own table may lack some."""

EVENTS = "events"
LOOK = 1.0
"""Seconds between two checks for episodes that have become ready."""


def serving_app(shelf: Shelf, token: str, title: str, *names: str) -> Guard:
    """Return the app that shows a shelf to clients with the token.

    `names` are the host names by which phones may reach this machine, besides IP addresses.
    """
    app = Starlette(routes=_Site(shelf, title).routes())
    app.router.redirect_slashes = False  # only exact addresses are answered
    return Guard(app, token=token, allowed_host=in_the_network(*names), read_only=True)


class _Site:
    """The request handlers."""

    def __init__(self, shelf: Shelf, title: str) -> None:
        self._shelf, self._title = shelf, title

    def routes(self) -> list[Route]:
        return [
            *map(static_route, PLAYER_FILES),
            Route("/", to_index),
            Route("/index.html", self.index),
            Route(f"/{EVENTS}", self.events),
            Route(f"/{FEED}", self.feed),
            Route("/{slug}/", to_index),
            Route("/{slug}/index.html", self.session),
            Route(f"/{{slug}}/{CHAPTERS}", self.chapters),
            Route("/{slug}/{file}", self.file),
        ]

    async def index(self, request: Request) -> Response:
        """Return the list of sessions."""
        await run_in_threadpool(self._look)
        waiting = self._shelf.waiting()
        shown = {"sessions": self._shelf.ready(), "waiting": waiting, "private": False}
        more = {"feed": FEED, "feed_help": True, "events": EVENTS if waiting else ""}
        html = page("index.html", words_for(request), title=self._title, **shown, **more)
        return HTMLResponse(html)

    async def session(self, request: Request) -> Response:
        """Return the player page of a session."""
        episode = await self._episode(request)
        # there is no diary: it would be lost with the address, which does not last
        more = {"root": "../", "listed": True, "diary": False}
        return HTMLResponse(page("session.html", texts(episode.language), session=episode, **more))

    async def file(self, request: Request) -> Response:
        """Return a file of an episode, or the range that is requested."""
        episode = await self._episode(request)
        name = request.path_params["file"]
        if name not in episode.files:
            raise HTTPException(404)
        path = episode.folder / name
        if name == episode.sheet:
            return sheet_response(await run_in_threadpool(path.read_text, encoding="utf-8"))
        return FileResponse(path, media_type=TYPES.get(path.suffix.lower()))

    async def chapters(self, request: Request) -> Response:
        """Return the chapters for podcast apps."""
        found = chapters_json(await self._episode(request))
        return Response(found, media_type=CHAPTERS_TYPE)

    async def feed(self, request: Request) -> Response:
        """Return the feed of all episodes that are ready, for podcast apps."""
        await run_in_threadpool(self._look)
        episodes = self._shelf.ready()
        language = episodes[0].language if episodes else "en"
        address = str(request.url).partition(FEED)[0]
        found = feed(Channel(self._title, address, language), episodes)
        return Response(found, media_type=FEED_TYPE)

    async def events(self, _request: Request) -> Response:
        """Tell a page when more episodes are ready."""
        return StreamingResponse(self._news(), media_type="text/event-stream")

    async def _news(self) -> AsyncIterator[str]:
        known = len(self._shelf.waiting())
        yield "retry: 3000\n\n"
        while known:
            await asyncio.sleep(LOOK)
            waiting = len(self._shelf.waiting())
            yield "event: ready\ndata:\n\n" if waiting < known else ":\n\n"
            known = waiting

    def _look(self) -> None:
        with suppress(VoiceguideError):  # the folder is gone: finished episodes are still shown
            self._shelf.look()

    async def _episode(self, request: Request) -> Episode:
        future = self._shelf.get(request.path_params["slug"])
        if future is None:
            raise HTTPException(404)
        try:
            # a reader who leaves must not stop the work
            return await asyncio.shield(asyncio.wrap_future(future))
        except VoiceguideError as error:
            raise HTTPException(404) from error


# ── responses that the studio shares ─────────────────────────────────────────


def words_for(request: Request) -> Texts:
    """Return the texts in the language that the browser prefers."""
    return preferred(request.headers.get("accept-language", ""))


def sheet_response(html: str) -> Response:
    """Return a handout with a policy that permits only its own style and pictures."""
    return HTMLResponse(html, headers={"Content-Security-Policy": sheet_policy(html)})


def static_route(name: str) -> Route:
    """Return the route of a style, script or picture of the pages."""

    async def answer(_request: Request) -> Response:
        return Response(static(name), media_type=TYPES[Path(name).suffix])

    return Route(f"/{name}", answer)


async def to_index(request: Request) -> Response:
    """Redirect from a folder to its page."""
    return RedirectResponse(f"{urlsplit(str(request.url)).path}index.html")


# ── one routine, while the studio is open ────────────────────────────────────


class PhoneServer:
    """Serves the routine that is being written to phones, as `serve` does."""

    def __init__(self, failed: Callable[[Path, VoiceguideError], None], host: str = "") -> None:
        """`host` is the address to listen on; this machine's in its network if empty."""
        self._failed, self._host = failed, host or server.lan_address()
        self._running = ExitStack()

    def show(self, routine: Path, options: Mapping[str, Any]) -> str:
        """Serve a routine's file, with options, instead of the one before; return its address.

        Raises:
            VoiceguideError: there is no such file, or no port is free.
        """
        self.close()
        with ExitStack() as stack:
            listener = stack.enter_context(server.listen(self._host, None))
            workspace = stack.enter_context(temporary_folder())
            shelf = Shelf(routine, workspace, self._failed, options)
            stack.callback(shelf.close)
            token = open_register(routine.parent).token
            app = serving_app(shelf, token, routine.stem, *server.own_names())
            made = server.make_server(app)
            thread = Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(setattr, made, "should_exit", True)
            self._running = stack.pop_all()
        (slug,) = shelf.slugs()
        return f"http://{self._host}:{listener.getsockname()[1]}/{token}/{slug}/index.html"

    def close(self) -> None:
        """Stop serving."""
        self._running.close()
