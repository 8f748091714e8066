"""`studio`: the pages in which an author writes, sees, hears and hands over. For this machine only.

Every answer but a page, a sound and a picture is JSON; what went wrong is `error`, with its message
and a way out.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from voiceguide import library, studio
from voiceguide.errors import UsageError, VoiceguideError
from voiceguide.programme import read_date
from voiceguide.web import server
from voiceguide.web.completion import completions, formats, voices
from voiceguide.web.drafts import Draft, Drafts, read_options
from voiceguide.web.folder import ChangedElsewhereError, Folder
from voiceguide.web.guard import Guard, loopback
from voiceguide.web.jobs import Jobs, error_dict, events
from voiceguide.web.pages import PLAYER_FILES, page, sheet_policy
from voiceguide.web.phone import PhoneServer
from voiceguide.web.publishing import Publication, publish
from voiceguide.web.serving import static_route, to_index, words_for

STUDIO_FILES = ("studio.css", "studio.js", "editor.js", "hear.js", "hand-over.js")

SITE = "site"
"""The folder in the author's that the pages for patients are written into."""

KINDS = ("sound", "captions", "bundle")
"""What an export writes: the sound alone, with captions, or all that a phone wants."""

Handler = Callable[[Request], Awaitable[Response]]


def studio_app(folder: Path, token: str, phone: PhoneServer) -> Guard:
    """The app for a folder; it answers on loopback alone, to whom knows the token."""
    made = _Studio(Folder(folder), phone)
    app = Starlette(routes=made.routes(), lifespan=made.lifespan)
    app.router.redirect_slashes = False
    return Guard(app, token=token, allowed_host=loopback, read_only=False)


class _Studio:
    """The answers."""

    def __init__(self, folder: Folder, phone: PhoneServer) -> None:
        self._folder, self._phone = folder, phone
        self._drafts, self._jobs = Drafts(), Jobs()
        self._address = ""

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Let everything go at the end."""
        yield
        for part in (self._jobs, self._drafts, self._phone):
            await run_in_threadpool(part.close)

    def routes(self) -> list[Route]:
        """What is answered under which address."""
        gets: dict[str, Handler] = {
            "index.html": self.page,
            "state": self.state,
            "voices": self.voices,
            "file": self.file,
            "drafts/{draft:int}/sound.mp3": self.sound,
            "drafts/{draft:int}/sheet.html": self.sheet,
            "jobs/{job:int}/events": self.events,
            "phone.svg": self.code,
        }
        posts: dict[str, Handler] = {
            "save": self.save,
            "new": self.new,
            "copy": self.copy,
            "plan": self.plan,
            "drafts/{draft:int}/export": self.export,
            "drafts/{draft:int}/phone": self.phone,
            "publish": self.publish,
            "programme": self.programme,
            "jobs/{job:int}/cancel": self.cancel,
        }
        files = (*PLAYER_FILES, "palettes.css", *STUDIO_FILES)
        return [
            Route("/", to_index),
            *map(static_route, files),
            *(Route(f"/{path}", _told(answer)) for path, answer in gets.items()),
            *(Route(f"/{path}", _told(answer), methods=["POST"]) for path, answer in posts.items()),
        ]

    # ── the page, and what it begins with ────────────────────────────────────

    async def page(self, request: Request) -> Response:
        """The studio."""
        words = words_for(request)
        name = self._folder.path.resolve().name
        return HTMLResponse(page("studio.html", words, folder=name, said=words.group("studio")))

    async def state(self, _request: Request) -> Response:
        """The files, and what can be chosen."""
        entries = [entry.as_dict() for entry in await run_in_threadpool(library.catalogue)]
        return JSONResponse(
            {
                "files": self._folder.names(),
                "library": entries,
                "formats": await run_in_threadpool(formats),
                "completions": await run_in_threadpool(completions, self._folder.path),
                "programmes": self._folder.programmes(),
                "templates": library.PURPOSES,
            }
        )

    async def voices(self, _request: Request) -> Response:
        """Who can speak; asking the engines takes a moment."""
        return JSONResponse({"voices": await run_in_threadpool(voices)})

    # ── files ────────────────────────────────────────────────────────────────

    async def file(self, request: Request) -> Response:
        """A routine's text."""
        name = request.query_params.get("name", "")
        text, digest = await run_in_threadpool(self._folder.read, name)
        return JSONResponse({"name": name, "text": text, "digest": digest})

    async def save(self, request: Request) -> Response:
        """Write a routine's text, unless another program has changed it."""
        asked = await _body(request)
        name, text = _text(asked, "name"), _text(asked, "text")
        digest = asked.get("digest")
        known = digest if isinstance(digest, str) else None
        return JSONResponse(
            {"digest": await run_in_threadpool(self._folder.write, name, text, known)}
        )

    async def new(self, request: Request) -> Response:
        """A routine from a template."""
        asked = await _body(request)
        title, purpose = _text(asked, "title"), _text(asked, "purpose")
        return JSONResponse({"name": await run_in_threadpool(self._folder.new, title, purpose)})

    async def copy(self, request: Request) -> Response:
        """A routine from the library."""
        name = _text(await _body(request), "name")
        return JSONResponse({"name": await run_in_threadpool(self._folder.copy, name)})

    # ── what happens, seen and heard ─────────────────────────────────────────

    async def plan(self, request: Request) -> Response:
        """The problems and the timeline of a text, with the number of its draft."""
        asked = await _body(request)
        name = _text(asked, "name")
        text = studio.SourceText(_text(asked, "text").encode(), name, self._folder.path)
        options = read_options(asked.get("options", {}))
        number = await run_in_threadpool(self._drafts.add, text, options)
        draft = self._draft(number)
        exact = bool(asked.get("exact"))
        planned = await run_in_threadpool(draft.planned, exact=exact)
        after = BackgroundTask(draft.warm) if exact and planned["session"] else None
        return JSONResponse({"draft": number, **planned}, background=after)

    async def sound(self, request: Request) -> Response:
        """The sound of a draft from a second on, while it is made."""
        draft = self._draft(request.path_params["draft"])
        start, stop = _seconds(request, "at") or 0.0, _seconds(request, "until")
        pieces = await run_in_threadpool(draft.sound, start, stop)
        headers = {"Cache-Control": "no-store", "Accept-Ranges": "none"}
        return StreamingResponse(pieces, media_type="audio/mpeg", headers=headers)

    async def sheet(self, request: Request) -> Response:
        """The handout of a draft."""
        html = await run_in_threadpool(self._draft(request.path_params["draft"]).sheet)
        return HTMLResponse(html, headers={"Content-Security-Policy": sheet_policy(html)})

    # ── handing over ─────────────────────────────────────────────────────────

    async def export(self, request: Request) -> Response:
        """Begin to export a draft into the folder; gives the job's number."""
        draft = self._draft(request.path_params["draft"])
        asked = await _body(request)
        kind, ending = _text(asked, "kind"), _text(asked, "format")
        if kind not in KINDS or ending not in formats():
            raise UsageError(f"`{kind}`, `{ending}`: there is no such export", "reload the page")
        stem = Path(draft.text.source).stem
        folder = self._folder.path / stem if kind == "bundle" else self._folder.path
        target = folder / f"{stem}.{ending}"

        def work(tell: studio.Progress) -> dict[str, Any]:
            done = draft.export(target, kind=kind, progress=tell)
            return {"files": list(map(str, done.files)), "bytes": done.bytes}

        return JSONResponse({"job": self._jobs.start(work)})

    async def publish(self, request: Request) -> Response:
        """Begin to write the pages of the folder's routines; gives the job's number."""
        private = bool((await _body(request)).get("private"))
        site = self._folder.path / SITE
        how = Publication(self._folder.path.resolve().name, private=private)

        def work(tell: studio.Progress) -> dict[str, Any]:
            made = publish(self._folder.path, site, how, tell)
            return {"files": [str(site / one.slug / "index.html") for one in made]}

        return JSONResponse({"job": self._jobs.start(work)})

    async def programme(self, request: Request) -> Response:
        """Begin to export a programme into a folder of its name; gives the job's number."""
        asked = await _body(request)
        course = await run_in_threadpool(self._folder.programme, _text(asked, "name"))
        start = read_date(_text(asked, "start"))

        def work(tell: studio.Progress) -> dict[str, Any]:
            done = course.export(self._folder.path / course.name, start, progress=tell)
            return {"files": list(map(str, (*done.files, done.playlist, done.calendar)))}

        return JSONResponse({"job": self._jobs.start(work)})

    async def events(self, request: Request) -> Response:
        """How a job goes on."""
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            raise HTTPException(404)
        return StreamingResponse(events(job), media_type="text/event-stream")

    async def cancel(self, request: Request) -> Response:
        """End a job."""
        job = self._jobs.get(request.path_params["job"])
        if job:
            job.cancelled = True
        return JSONResponse({})

    async def phone(self, request: Request) -> Response:
        """Show a routine to the phones in the network; gives its address."""
        draft = self._draft(request.path_params["draft"])
        routine = self._folder.path / draft.text.source
        saved = await run_in_threadpool(self._folder.read, draft.text.source)
        if saved[0].encode() != draft.text.data:
            raise UsageError("the text is not saved", "save it first: the phone gets the file")
        self._address = await run_in_threadpool(self._phone.show, routine, draft.options)
        return JSONResponse({"address": self._address})

    async def code(self, _request: Request) -> Response:
        """The address for a phone's camera."""
        if not self._address:
            raise HTTPException(404)
        return Response(server.qr_svg(self._address), media_type="image/svg+xml")

    def _draft(self, number: int) -> Draft:
        draft = self._drafts.get(number)
        if draft is None:
            raise UsageError("this text is not kept any more", "change something, and try again")
        return draft


# ── requests ─────────────────────────────────────────────────────────────────


def _told(answer: Handler) -> Handler:
    """The answer, or what went wrong, in words."""

    async def answering(request: Request) -> Response:
        try:
            return await answer(request)
        except ChangedElsewhereError as error:
            return JSONResponse({"error": error_dict(error)}, 409)
        except VoiceguideError as error:
            return JSONResponse({"error": error_dict(error)}, 400)

    return answering


async def _body(request: Request) -> Mapping[str, Any]:
    """What a page sends: a JSON object. No form of another site can send one."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise UsageError("this is not JSON", "reload the page")
    try:
        found = json.loads(await request.body())
    except ValueError as error:
        raise UsageError("this is not JSON", "reload the page") from error
    if not isinstance(found, dict):
        raise UsageError("this is not an object", "reload the page")
    return found


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise UsageError(f"`{name}` is missing", "reload the page")
    return value


def _seconds(request: Request, name: str) -> float | None:
    try:
        given = request.query_params.get(name)
        return None if given is None else float(given)
    except ValueError as error:
        raise UsageError(f"`{name}` is not a number of seconds", "reload the page") from error
