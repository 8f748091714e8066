"""`serve`: the pages of a folder's routines, for phones in the same network. It only shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
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
from voiceguide.web.episodes import Episode, Shelf
from voiceguide.web.guard import Guard, in_the_network
from voiceguide.web.pages import PLAYER_FILES, page, sheet_policy, static
from voiceguide.web.podcast import (
    CHAPTERS,
    CHAPTERS_TYPE,
    FEED,
    FEED_TYPE,
    Channel,
    chapters_json,
    feed,
)
from voiceguide.web.texts import Texts, preferred, texts

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".vtt": "text/vtt",
    ".html": "text/html",
}
"""The type of each ending; a system's own table may lack some."""

EVENTS = "events"
LOOK = 1.0
"""Seconds between two looks at what is ready."""


def serving_app(shelf: Shelf, token: str, title: str, *names: str) -> Guard:
    """The app that shows a shelf to whom knows the token.

    `names` are those by which phones may reach this machine, besides addresses of numbers.
    """
    app = Starlette(routes=_Site(shelf, title).routes())
    app.router.redirect_slashes = False  # an address is right, or there is nothing
    return Guard(
        app,
        token=token,
        allowed_host=in_the_network(*names),
        read_only=True,
    )


class _Site:
    """The answers."""

    def __init__(self, shelf: Shelf, title: str) -> None:
        self._shelf, self._title = shelf, title

    def routes(self) -> list[Route]:
        files = [static_route(name) for name in (*PLAYER_FILES, "palettes.css")]
        return [
            *files,
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
        """The list of sessions."""
        await run_in_threadpool(self._look)
        waiting = self._shelf.waiting()
        html = page(
            "index.html",
            words_for(request),
            title=self._title,
            sessions=self._shelf.ready(),
            waiting=waiting,
            events=EVENTS if waiting else "",
            feed=FEED,
            feed_help=True,
            private=False,
            worker="",
            manifest="",
        )
        return HTMLResponse(html)

    async def session(self, request: Request) -> Response:
        """The player."""
        episode = await self._episode(request)
        words = texts(episode.language)
        html = page("session.html", words, root="../", session=episode, **_SHOWN)
        return HTMLResponse(html)

    async def file(self, request: Request) -> Response:
        """A file of an episode, in parts where that is asked for."""
        episode = await self._episode(request)
        name = request.path_params["file"]
        if name not in episode.files:
            raise HTTPException(404)
        path = episode.folder / name
        if name == episode.sheet:
            html = await run_in_threadpool(path.read_text, encoding="utf-8")
            return HTMLResponse(html, headers={"Content-Security-Policy": sheet_policy(html)})
        return FileResponse(path, media_type=TYPES[path.suffix])

    async def chapters(self, request: Request) -> Response:
        """The chapters for podcast apps."""
        episode = await self._episode(request)
        return Response(chapters_json(episode), media_type=CHAPTERS_TYPE)

    async def feed(self, request: Request) -> Response:
        """All that is ready, for podcast apps."""
        await run_in_threadpool(self._look)
        episodes = self._shelf.ready()
        language = episodes[0].language if episodes else "en"
        address = str(request.url).partition(FEED)[0]
        channel = Channel(self._title, address, language, self._title)
        return Response(feed(channel, episodes), media_type=FEED_TYPE)

    async def events(self, _request: Request) -> Response:
        """Tells a page when there is more to see."""
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
        with suppress(VoiceguideError):  # the folder is gone: what was made is still shown
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


_SHOWN = {"listed": True, "diary": False, "worker": "", "manifest": ""}
"""What a page shows that a phone in the same network has no use for, or has."""


def words_for(request: Request) -> Texts:
    """The words in the language that a browser prefers."""
    return preferred(request.headers.get("accept-language", ""))


def static_route(name: str) -> Route:
    """Answers with a style, script or picture of the pages."""

    async def answer(_request: Request) -> Response:
        return Response(static(name), media_type=TYPES[Path(name).suffix])

    return Route(f"/{name}", answer)


async def to_index(request: Request) -> Response:
    """From a folder to its page."""
    return RedirectResponse(f"{urlsplit(str(request.url)).path}index.html")
