"""`record.html`: record a person's own voice in the browser; `RecordingDesk` judges the takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from voiceguide.errors import UsageError
from voiceguide.recording.prompter import RecordingDesk
from voiceguide.studio import SourceText
from voiceguide.studio.drafts import Folder
from voiceguide.web.pages import group, page
from voiceguide.web.serving import words_for

RECORD_FILES = ("record.js", "microphone.js")

SOUND = "audio/wav"

_FRESH = {"Cache-Control": "no-store"}

Asked = Mapping[str, Any]
Answers = dict[str, Callable[[Asked], dict[str, Any] | Response]]


class Recorder:
    """The request handlers of `record.html`, one at a time; each kept line calls `changed`."""

    def __init__(self, folder: Folder, changed: Callable[[], None]) -> None:
        self._folder, self._changed = folder, changed
        self._desk, self._turn = RecordingDesk(), Lock()
        self.gets: Answers = {"recording": self.state, "recording.wav": self.sound}
        kinds = {"sign": self.sign, "take": self.take, "keep": self.keep}
        self.posts: Answers = {f"recording/{kind}": answer for kind, answer in kinds.items()}

    async def page(self, request: Request) -> Response:
        """Return the page."""
        words = words_for(request)
        name = request.query_params.get("name", "")
        return HTMLResponse(page("record.html", words, name=name, said=group(words, "record")))

    def state(self, asked: Asked) -> dict[str, Any]:
        """Return the lines of a routine, and whose voice it is."""
        with self._turn:
            return self._desk.state(self._text(asked))

    def sign(self, asked: Asked) -> dict[str, Any]:
        """Record whose voice it is, and for what it may be used."""
        who, what = (str(asked.get(name, "")) for name in ("person", "permission"))
        with self._turn:
            self._desk.sign(self._text(asked), who, what)
        return {}

    def take(self, asked: Asked) -> dict[str, Any]:
        """Judge a take of a line; return its faults, and whether it was kept."""
        sound = asked.get("sound")
        if not isinstance(sound, bytes):
            raise UsageError("this is not a WAV", "reload the page")
        with self._turn:
            return self._told(self._desk.take(self._text(asked), str(asked.get("line")), sound))

    def keep(self, _asked: Asked) -> dict[str, Any]:
        """Keep the last take in spite of its faults."""
        with self._turn:
            return self._told(self._desk.keep())

    def sound(self, _asked: Asked) -> Response:
        """Return the last take, as it was or would be kept."""
        with self._turn:
            return Response(self._desk.sound(), media_type=SOUND, headers=_FRESH)

    def _told(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["kept"]:
            self._changed()
        return told

    def _text(self, asked: Asked) -> SourceText:
        self._desk.name, name = (str(asked.get(key, "")) for key in ("voice", "name"))
        return SourceText(self._folder.read(name)[0].encode(), name, self._folder.path)
