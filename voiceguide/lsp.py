"""The language server: texts as they are typed, and the answers to what an editor asks of them.

It says what `studio.editing` knows, in the protocol's words; the protocol itself is pygls', which
comes with the extra `lsp`.

A text is looked at twice. While somebody types, lengths are guessed, and the answer is there at
once; when a text is opened or saved, it is spoken, and what was guessed is told exactly. Both take
place beside the loop, so that keys never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from voiceguide import __version__, studio
from voiceguide.errors import MachineError, Problem, RoutineError, Severity, VoiceguideError
from voiceguide.studio.editing import (
    Examined,
    Offer,
    examine,
    formatted,
    hover,
    in_the_text,
    offers,
)
from voiceguide.studio.opening import SourceText

QUIET = 0.15
"""Seconds without a key after which a text is looked at."""

FIRST_LOOK = 10.0
"""Seconds at most that a question waits for what is found in the first text: the parser and all
that it needs are loaded meanwhile."""

TRIGGERS = ("-", " ", ":", ",", "[", "{")
"""Characters behind which an editor asks what can follow."""

Made = TypeVar("Made")


def make_server() -> LanguageServer:
    """A server that knows no texts yet."""
    server = LanguageServer("voiceguide", f"v{__version__}")
    texts = _Texts(server)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        texts.look_twice(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        texts.look_twice(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        texts.look_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        texts.forget(params.text_document.uri)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(TRIGGERS))
    )
    def complete(params: types.CompletionParams) -> types.CompletionList:
        document = server.workspace.get_text_document(params.text_document.uri)
        return _completed(document, params.position)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        return await texts.hover(params.text_document.uri, params.position.line + 1)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def format_(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        return _house_form(server.workspace.get_text_document(params.text_document.uri))

    return server


class _Texts:
    """The texts that an editor has open: what was found in each of them last."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._found: dict[str, Examined] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._speaking = asyncio.Lock()
        self._looked = asyncio.Event()
        """A first text was looked at: from then on every answer is quick."""

    def look_twice(self, uri: str) -> None:
        """Look at a text at once, then speak it."""
        self._begin(uri, self._look_twice(uri))

    def look_soon(self, uri: str) -> None:
        """Look at a text when no key has come for a moment."""
        self._begin(uri, self._look_soon(uri))

    def forget(self, uri: str) -> None:
        """Forget a text, and take its problems back."""
        self._found.pop(uri, None)
        task = self._looking.pop(uri, None)
        if task:
            task.cancel()
        self._publish(uri, None, [])

    async def hover(self, uri: str, line: int) -> types.Hover | None:
        """How long a line takes, from 1, or what its setting means."""
        if uri in self._looking and uri not in self._found:  # asked as soon as it was opened
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), FIRST_LOOK)
        lines = self._server.workspace.get_text_document(uri).source.splitlines() or [""]
        said = hover(self._found.get(uri, Examined(())).plan, lines, min(line, len(lines)))
        if not said:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said))

    def _begin(self, uri: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin to look at a text, in the place of what was begun before."""
        before = self._looking.get(uri)
        if before:
            before.cancel()
        self._looking[uri] = asyncio.get_running_loop().create_task(work)

    async def _look_soon(self, uri: str) -> None:
        await asyncio.sleep(QUIET)
        await self._look(uri, estimate=True)

    async def _look_twice(self, uri: str) -> None:
        await self._look(uri, estimate=True)
        if self._found[uri].plan:
            async with self._speaking:
                with suppress(MachineError):  # nobody can speak: the guess stands
                    await self._look(uri, estimate=False)

    async def _look(self, uri: str, *, estimate: bool) -> None:
        document = self._server.workspace.get_text_document(uri)
        text, version = _text(document), document.version
        found = await _beside(lambda: _examined(text, estimate=estimate))
        if document.version == version:
            self._found[uri] = found
            self._looked.set()
            self._publish(uri, version, [_diagnostic(one, document) for one in found.problems])

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, found, version)
        )


# ── a text looked at ─────────────────────────────────────────────────────────


def _text(document: TextDocument) -> SourceText:
    path = Path(to_fs_path(document.uri) or "")
    return SourceText(document.source.encode(errors="replace"), path.name, path.parent)


def _examined(text: SourceText, *, estimate: bool) -> Examined:
    """What is found in a text; what is not the routine's fault is a problem without a place.

    Raises:
        MachineError: nobody can speak.
    """
    opened: list[studio.Session] = []

    def opening() -> studio.Session:
        opened.append(studio.load_text(text))
        return opened[0]

    try:
        return examine(opening, lambda session: session.plan(estimate=estimate))
    except MachineError:
        raise
    except VoiceguideError as error:
        return Examined(error.problems)
    finally:
        for session in opened:
            session.close()


async def _beside(work: Callable[[], Made]) -> Made:
    """Do something in a thread that does not keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Made] = loop.create_future()

    def tell(result: Made | None, error: Exception | None) -> None:
        if done.done():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # there is one where nothing failed

    def working() -> None:
        result, failed = None, None
        try:
            result = work()
        except Exception as error:  # whoever waits is told
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, result, failed)

    Thread(target=working, daemon=True).start()
    return await done


# ── in the words of the protocol ─────────────────────────────────────────────


def _diagnostic(found: Problem, document: TextDocument) -> types.Diagnostic:
    problem = in_the_text(found)
    place = problem.place
    line, column, width = (place.line, place.column, place.width) if place else (1, 1, 1)
    marked = types.Range(
        types.Position(line - 1, column - 1), types.Position(line - 1, column - 1 + width)
    )
    warning = problem.severity is Severity.WARNING
    return types.Diagnostic(
        range=document.position_codec.range_to_client_units(document.lines, marked),
        message="\n".join(
            filter(None, (problem.message, problem.help and f"help: {problem.help}"))
        ),
        severity=types.DiagnosticSeverity.Warning if warning else types.DiagnosticSeverity.Error,
        source="voiceguide",
    )


def _completed(document: TextDocument, position: types.Position) -> types.CompletionList:
    before = document.source[: document.offset_at_position(position)]
    begun, found = offers(before.replace("\r\n", "\n"), _text(document).folder)
    units = document.position_codec.client_num_units(begun)
    place = types.Range(types.Position(position.line, position.character - units), position)
    return types.CompletionList(is_incomplete=False, items=[_item(one, place) for one in found])


def _house_form(document: TextDocument) -> list[types.TextEdit] | None:
    """All of the text anew, where that changes anything; None where it has errors."""
    try:
        text = formatted(_text(document))
    except RoutineError:  # they are told already
        return None
    all_of_it = types.Range(types.Position(0, 0), types.Position(len(document.lines), 0))
    return [types.TextEdit(all_of_it, text)] if text != document.source else []


def _item(offer: Offer, place: types.Range) -> types.CompletionItem:
    return types.CompletionItem(
        label=offer.text.strip(),
        detail=offer.help or None,
        filter_text=offer.text,
        text_edit=types.TextEdit(place, offer.text),
    )
