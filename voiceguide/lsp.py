"""The language server: it examines texts while they are typed, and answers an editor's requests.

It translates the results of `studio.editing` to the protocol; the protocol itself is implemented by
pygls, which comes with the extra `lsp`.

A text is examined in two ways. While it is typed, lengths are estimated, which is immediate; when
it is opened or saved, it is also spoken, which makes the lengths exact. Both run in a thread beside
the event loop, so that typing never waits.
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
"""Seconds without a keystroke after which a text is examined."""

FIRST_LOOK = 10.0
"""Longest time in seconds that a request waits for the results of the first text: the parser and
all that it needs are loaded meanwhile."""

TRIGGERS = ("-", " ", ":", ",", "[", "{")
"""Characters after which an editor requests completions."""

Made = TypeVar("Made")


def make_server() -> LanguageServer:
    """Make a server, without any texts yet."""
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
    """The texts that an editor has open, with the latest results for each."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._found: dict[str, Examined] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._speaking = asyncio.Lock()
        self._looked = asyncio.Event()
        """Set when a first text was examined: from then on every response is quick."""

    def look_twice(self, uri: str) -> None:
        """Examine a text immediately, then speak it for exact lengths."""
        self._begin(uri, self._look_twice(uri))

    def look_soon(self, uri: str) -> None:
        """Examine a text once there was no keystroke for `QUIET` seconds."""
        self._begin(uri, self._look_soon(uri))

    def forget(self, uri: str) -> None:
        """Forget a text, and clear its problems in the editor."""
        self._found.pop(uri, None)
        task = self._looking.pop(uri, None)
        if task:
            task.cancel()
        self._publish(uri, None, [])

    async def hover(self, uri: str, line: int) -> types.Hover | None:
        """The length of a line, counted from 1, or the meaning of its setting."""
        if uri in self._looking and uri not in self._found:  # asked as soon as it was opened
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), FIRST_LOOK)
        lines = self._server.workspace.get_text_document(uri).source.splitlines() or [""]
        said = hover(self._found.get(uri, Examined(())).plan, lines, min(line, len(lines)))
        if not said:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said))

    def _begin(self, uri: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin to examine a text, and cancel what was begun before."""
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
                with suppress(MachineError):  # no engine can speak: the estimate stands
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


# ── examining a text ─────────────────────────────────────────────────────────


def _text(document: TextDocument) -> SourceText:
    path = Path(to_fs_path(document.uri) or "")
    return SourceText(document.source.encode(errors="replace"), path.name, path.parent)


def _examined(text: SourceText, *, estimate: bool) -> Examined:
    """Examine a text; an error that is not the routine's fault is a problem without a place.

    Raises:
        MachineError: no engine can speak.
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
    """Run `work` in a daemon thread, which does not keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Made] = loop.create_future()

    def tell(result: Made | None, error: Exception | None) -> None:
        if done.done():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # it is there if nothing failed

    def working() -> None:
        result, failed = None, None
        try:
            result = work()
        except Exception as error:  # raised where the result is awaited
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, result, failed)

    Thread(target=working, daemon=True).start()
    return await done


# ── results as types of the protocol ─────────────────────────────────────────


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
    """An edit of the whole text to its formatted form, if that differs; None if it has errors."""
    try:
        text = formatted(_text(document))
    except RoutineError:  # they are shown already
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
