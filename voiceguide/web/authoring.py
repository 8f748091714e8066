"""`studio`: the pages in which an author writes, sees, hears and exports. For this machine only.

Every response except a page, a sound and a picture is JSON; an error is in `error`, with a message
and a way out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import asdict
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from voiceguide import engines, library, programme, studio
from voiceguide.encode.formats import FORMATS, works_here
from voiceguide.errors import Problem, UsageError, VoiceguideError
from voiceguide.programme import planned, read_date, read_time
from voiceguide.studio.drafts import KINDS, ChangedElsewhereError, Draft, Drafts, Folder, StaleError
from voiceguide.studio.editing import in_the_text, offers, setting_values
from voiceguide.timeline import Timeline
from voiceguide.web import server
from voiceguide.web.episodes import name_figures, page_data
from voiceguide.web.jobs import LOOK, Jobs, Work, error_dict
from voiceguide.web.pages import PLAYER_FILES, group, page
from voiceguide.web.publishing import Publication, publish
from voiceguide.web.recording import RECORD_FILES, SOUND, Recorder
from voiceguide.web.server import Guard, loopback
from voiceguide.web.serving import (
    TYPES,
    PhoneServer,
    sheet_response,
    static_route,
    to_index,
    words_for,
)

STUDIO_FILES = ("studio.css", "studio.js", "asking.js", "editor.js", "hear.js", "hand-over.js")

SITE = "site"
"""The subfolder of the author's folder that the pages for patients are written to."""

OPTIONS = ("length", "level", "guidance", "voice", "bed", "loudness", "language", "with", "words")
"""The options that a page may send besides the text."""


class Asked(dict[str, Any]):
    """The values of a request: from the query, the path, and the JSON body."""

    def text(self, name: str) -> str:
        """Return a value that must be text."""
        if not isinstance(self.get(name), str):
            raise UsageError(f"`{name}` is missing", "reload the page")
        return str(self[name])

    def seconds(self, name: str) -> float | None:
        """Return a number of seconds; None if it is not given."""
        try:
            return None if name not in self else float(self[name])
        except ValueError as error:
            raise UsageError(f"`{name}` is not a number of seconds", "reload the page") from error


Answer = Callable[[Asked], dict[str, Any] | Response]


def studio_app(folder: Path, token: str, phone: PhoneServer) -> Guard:
    """Return the app for a folder; it answers only on loopback, and only with the token."""
    made = _Studio(Folder(folder), phone)
    app = Starlette(routes=made.routes(), lifespan=made.lifespan)
    app.router.redirect_slashes = False
    return Guard(app, token=token, allowed_host=loopback, read_only=False)


class _Studio:
    """The request handlers; each runs in a worker thread."""

    def __init__(self, folder: Folder, phone: PhoneServer) -> None:
        self._folder, self._phone = folder, phone
        self._drafts, self._jobs = Drafts(), Jobs()
        self._address = ""

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Close everything at the end."""
        yield
        for part in (self._jobs, self._drafts, self._phone):
            await run_in_threadpool(part.close)

    def routes(self) -> list[Route]:
        """Return the routes: paths and their handlers."""
        gets: dict[str, Answer] = {
            "voices": self.voices,
            "file": self.file,
            "drafts/{draft:int}/sound.mp3": self.sound,
            "drafts/{draft:int}/heard": self.heard,
            "drafts/{draft:int}/sheet.html": self.sheet,
            "drafts/{draft:int}/{figure}": self.figure,
            "jobs/{job:int}/events": self.events,
            "phone.svg": self.code,
        }
        posts: dict[str, Answer] = {
            "save": self.save,
            "new": self.new,
            "copy": self.copy,
            "plan": self.plan,
            "offers": self.offers,
            "drafts/{draft:int}/export": self.export,
            "drafts/{draft:int}/phone": self.phone,
            "publish": self.publish,
            "programme": self.programme,
            "jobs/{job:int}/cancel": self.cancel,
        }
        recorder = Recorder(self._folder, self._drafts.close)
        gets, posts = {**gets, **recorder.gets}, {**posts, **recorder.posts}
        return [
            Route("/", to_index),
            Route("/index.html", self.page),
            Route("/record.html", recorder.page),
            *map(static_route, (*PLAYER_FILES, *STUDIO_FILES, *RECORD_FILES)),
            *(_route(path, answer, "GET") for path, answer in gets.items()),
            *(_route(path, answer, "POST") for path, answer in posts.items()),
        ]

    # ── the page, and its first content ──────────────────────────────────────

    async def page(self, request: Request) -> Response:
        """Return the page of the studio."""
        words = words_for(request)
        shown = {
            "folder": self._folder.path.resolve().name,
            "library": library.catalogue(),
            "formats": [kind.ending.removeprefix(".") for kind in FORMATS if works_here(kind)],
            "kinds": KINDS,
            "files": self._folder.names(),
            "values": setting_values(),
            "programmes": self._programmes(),
            "templates": library.PURPOSES,
        }
        return HTMLResponse(page("studio.html", words, said=group(words, "studio"), **shown))

    def _programmes(self) -> tuple[str, ...]:
        return (*library.programmes(), *self._folder.programmes())

    def voices(self, _asked: Asked) -> dict[str, Any]:
        """Return the installed voices; asking the engines takes a moment."""
        found = engines.installed_voices()
        return {"voices": [{"voice": f"{e}:{v.name}", "language": v.language} for e, v in found]}

    # ── files ────────────────────────────────────────────────────────────────

    def file(self, asked: Asked) -> dict[str, Any]:
        """Return a routine's text and digest."""
        name = asked.text("name")
        text, digest = self._folder.read(name)
        return {"name": name, "text": text, "digest": digest}

    def save(self, asked: Asked) -> dict[str, Any]:
        """Write a routine's text, unless another program has changed it."""
        known = asked.text("digest") if asked.get("digest") else None
        return {"digest": self._folder.write(asked.text("name"), asked.text("text"), known)}

    def new(self, asked: Asked) -> dict[str, Any]:
        """Make a routine from a template."""
        return {"name": self._folder.new(asked.text("title"), asked.text("purpose"))}

    def copy(self, asked: Asked) -> dict[str, Any]:
        """Copy a routine from the library."""
        return {"name": self._folder.copy(asked.text("name"))}

    # ── seeing and hearing a draft ───────────────────────────────────────────

    def plan(self, asked: Asked) -> Response:
        """Return the problems and the timeline of a text, with the number of its draft."""
        data, name = asked.text("text").encode(), asked.text("name")
        text = studio.SourceText(data, name, self._folder.path)
        number = self._drafts.add(text, read_options(asked.get("options", {})))
        draft, exact = self._drafts.get(number), bool(asked.get("exact"))
        found = _planned(draft, exact=exact)
        after = BackgroundTask(draft.warm) if exact and found["session"] else None
        return JSONResponse({"draft": number, **found}, background=after)

    def offers(self, asked: Asked) -> dict[str, Any]:
        """Return the word begun before the cursor, and the texts that can replace it."""
        begun, found = offers(asked.text("before"), self._folder.path)
        return {"begun": begun, "offers": list(map(asdict, found))}

    def sound(self, asked: Asked) -> Response:
        """Stream the sound of a draft from a second on, while it is made."""
        start, stop = asked.seconds("at") or 0.0, asked.seconds("until")
        pieces = self._drafts.get(asked["draft"]).sound(start, stop)
        headers = {"Cache-Control": "no-store", "Accept-Ranges": "none"}
        return StreamingResponse(pieces, media_type="audio/mpeg", headers=headers)

    def heard(self, asked: Asked) -> Response:
        """Stream the timeline that is heard, while later texts are still being spoken."""
        return _events(_heard(self._drafts.get(asked["draft"])))

    def sheet(self, asked: Asked) -> Response:
        """Return the handout of a draft."""
        return sheet_response(self._drafts.get(asked["draft"]).sheet())

    def figure(self, asked: Asked) -> Response:
        """Return a picture of a draft."""
        session, name = self._drafts.get(asked["draft"]).session(), asked.text("figure")
        timeline = session.plan(estimate=True).timeline
        for path, own in name_figures(session, timeline).items():
            if own == name:
                return Response(path.read_bytes(), media_type=TYPES.get(path.suffix.lower()))
        raise HTTPException(404)

    # ── exporting and publishing ─────────────────────────────────────────────

    def export(self, asked: Asked) -> dict[str, Any]:
        """Start to export a draft into the folder; return the job's number."""
        draft = self._drafts.get(asked["draft"])
        kind, ending = asked.text("kind"), asked.text("format")
        if kind not in KINDS or ending not in ("", *(one.ending[1:] for one in FORMATS)):
            raise UsageError(f"`{kind}`, `{ending}`: there is no such export", "reload the page")
        stem = Path(draft.text.source).stem

        def work(tell: studio.Progress) -> dict[str, Any]:
            done = draft.export(self._folder.path / stem, ending, kind=kind, progress=tell)
            return {"files": list(map(str, done.files)), "bytes": done.bytes}

        return self._job(work)

    def publish(self, asked: Asked) -> dict[str, Any]:
        """Start to write the pages of the folder's routines; return the job's number."""
        site = self._folder.path / SITE
        how = Publication(self._folder.path.resolve().name, private=bool(asked.get("private")))

        def work(tell: studio.Progress) -> dict[str, Any]:
            made = publish(self._folder.path, site, how, tell)
            return {"files": [str(site / one.slug / "index.html") for one in made]}

        return self._job(work)

    def programme(self, asked: Asked) -> dict[str, Any]:
        """Start to plan a programme, or to export it into a folder of its name."""
        name = asked.text("name")
        if name not in self._programmes():
            raise UsageError(f"there is no programme `{name}`", "reload the page")
        course = programme.load(name if name in library.programmes() else self._folder.path / name)
        start, at = read_date(asked.text("start")), asked.text("at")
        time = read_time(at) if at else None

        def work(tell: studio.Progress) -> dict[str, Any]:
            if not asked.get("write"):
                return {"files": [], "days": planned(course.plan(start, at=time, progress=tell))}
            folder = self._folder.path / course.name
            done = course.export(folder, start, at=time, progress=tell)
            files = list(map(str, (*done.files, done.playlist, done.calendar)))
            return {"files": files, "days": done.as_dict()}

        return self._job(work)

    def _job(self, work: Work) -> dict[str, Any]:
        return {"job": self._jobs.start(work)}

    def events(self, asked: Asked) -> Response:
        """Stream the progress of a job."""
        return _events(self._jobs.get(asked["job"]).events())

    def cancel(self, asked: Asked) -> dict[str, Any]:
        """Cancel a job."""
        self._jobs.get(asked["job"]).cancelled = True
        return {}

    def phone(self, asked: Asked) -> dict[str, Any]:
        """Serve a routine to the phones in the network; return its address."""
        draft = self._drafts.get(asked["draft"])
        if self._folder.read(draft.text.source)[0].encode() != draft.text.data:
            raise UsageError("the text is not saved", "save it first: the phone gets the file")
        self._address = self._phone.show(self._folder.path / draft.text.source, draft.options)
        return {"address": self._address}

    def code(self, _asked: Asked) -> Response:
        """Return the address as a QR code."""
        if not self._address:
            raise HTTPException(404)
        return Response(server.qr_svg(self._address), media_type="image/svg+xml")


# ── drafts in JSON ───────────────────────────────────────────────────────────


def read_options(found: object) -> dict[str, Any]:
    """Return the options that a page sends; their values are checked later.

    Raise a UsageError if a name is not an option, or its value has the wrong type.
    """
    kinds = {"with": list, "words": dict}
    options: dict[str, Any] = {}
    for name, value in found.items() if isinstance(found, dict) else [("options", found)]:
        inner = value.values() if isinstance(value, dict) else value
        fits = isinstance(value, kinds.get(name, str)) and all(isinstance(v, str) for v in inner)
        if name not in OPTIONS or not fits:
            raise UsageError(f"`{name}` is not an option of this page", "reload the page")
        if value:  # `with` is a reserved word of Python
            options["with_" if name == "with" else name] = value
    return options


def _planned(draft: Draft, *, exact: bool) -> dict[str, Any]:
    nothing: dict[str, Any] = {"problems": [], "session": None, "stale": False}
    try:
        found = draft.planned(exact=exact)
        if found.plan is None:
            return nothing | {"problems": list(map(_problem, found.problems))}
        told = {"problems": list(map(_problem, found.problems)), "voice": found.plan.voice}
        words = dict(draft.session().settings.words)
        bounds = draft.bounds() if exact else None
        shown = _shown(draft, found.plan.timeline)
        return nothing | told | {"session": shown, "bounds": bounds, "words": words}
    except StaleError:
        return nothing | {"stale": True}
    except VoiceguideError as error:
        return nothing | {"problems": list(map(_problem, error.problems))}


def _problem(found: Problem) -> dict[str, object]:
    problem = in_the_text(found)
    return {**problem.as_dict(), "width": problem.place.width if problem.place else None}


def _shown(draft: Draft, timeline: Timeline) -> dict[str, Any]:
    """Return the page's data for a timeline, with the line of the text of each event."""
    session = draft.session()
    lines = [(event.at, event.duration, event.place.outermost.line) for event in timeline.events]
    data = page_data(session, timeline, name_figures(session, timeline))
    return {**data, "title": session.title, "lines": lines}


async def _heard(draft: Draft) -> AsyncIterator[str]:
    """Yield the session that is heard, each time that more of it is known."""
    told = None
    while timeline := draft.heard:
        if timeline is not told:
            told = timeline
            yield f"data: {json.dumps(_shown(draft, timeline))}\n\n"
        await asyncio.sleep(LOOK)
    yield "event: over\ndata:\n\n"


# ── requests ─────────────────────────────────────────────────────────────────


def _route(path: str, answer: Answer, method: str) -> Route:
    """Return a route that answers with the handler's result, or with its error as JSON."""

    async def answering(request: Request) -> Response:
        try:
            asked = request.query_params if method == "GET" else await _sent(request)
            found = await run_in_threadpool(answer, Asked({**asked, **request.path_params}))
            return found if isinstance(found, Response) else JSONResponse(found)
        except VoiceguideError as error:
            status = 409 if isinstance(error, ChangedElsewhereError) else 400
            return JSONResponse({"error": error_dict(error)}, status)

    return Route(f"/{path}", answering, methods=[method])


async def _sent(request: Request) -> dict[str, Any]:
    """Return the body: a JSON object, or a WAV. A form on another site cannot send either."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == SOUND:
        return {**request.query_params, "sound": await request.body()}
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if kind != "application/json" or not isinstance(found, dict):
        raise UsageError("this is not a JSON object", "reload the page")
    return {**request.query_params, **found}


def _events(told: AsyncIterator[str]) -> Response:
    return StreamingResponse(told, media_type="text/event-stream")
