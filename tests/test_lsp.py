"""`voiceguide lsp`: a real client types, is told what is wrong, completes, and asks for times."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from busyness import Slower
from cli_running import Runner, environment, run_process

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

import voiceguide
from voiceguide.installation import bring

ROUTINE = """\
---
title: Hips
language: en
---

Stop if you feel a sharp pain. [3s]

## Stretch

- hold 20s
  Draw your knee in.
  - end: Let go.
"""

PATIENCE = 180.0
"""Seconds on a busy machine after which an answer does not come."""

QUICK = 1.0
"""Seconds in which an answer has to be there; the best of some tries, for the machine is busy."""

TRIES = 4


class Editor:
    """A client with one document open, which keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.client = LanguageClient("test", "1")
        self.uri = (folder / "mine.md").as_uri()
        self.version = 0
        self.text = ""
        self._told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # as above
        def told(params: types.PublishDiagnosticsParams) -> None:
            self._told.put_nowait(params)

    async def start(self, folder: Path) -> types.InitializeResult:
        """Begin the server, as an editor does."""
        program = "import sys; from voiceguide.cli import main; sys.exit(main(['lsp']))"
        env = {**environment(folder), "VOICEGUIDE_VOICES": os.devnull}
        await self.client.start_io(sys.executable, "-c", program, env=env)
        asked = types.InitializeParams(capabilities=types.ClientCapabilities())
        return await self.client.initialize_async(asked)

    async def stop(self) -> None:
        """End the server, also one that was never asked to go."""
        server = self.client._server
        if server and server.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait(), 5)
            if server.returncode is None:
                server.kill()
        await self.client.stop()  # type: ignore[no-untyped-call]  # pygls' own

    def open(self, text: str) -> None:
        """Open the document."""
        self.text = text
        document = types.TextDocumentItem(self.uri, "voiceguide", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def type(self, old: str, new: str) -> None:
        """Replace something in the document, as keys do: as a change of a range."""
        start = self.text.index(old)
        place = types.Range(self.position(start), self.position(start + len(old)))
        self.text = self.text.replace(old, new, 1)
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = types.TextDocumentContentChangePartial(range=place, text=new)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def position(self, offset: int) -> types.Position:
        """A place in the text, in the protocol's own units: UTF-16."""
        before = self.text[:offset]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def after(self, words: str) -> types.Position:
        """The place behind these words."""
        return self.position(self.text.index(words) + len(words))

    async def problems(self) -> list[types.Diagnostic]:
        """What is told next of the document as it is now, or of one that is closed."""
        async with asyncio.timeout(PATIENCE):
            while True:
                told = await self._told.get()
                if told.version in (self.version, None):
                    return list(told.diagnostics)

    async def complete(self, words: str) -> list[types.CompletionItem]:
        """What is offered behind these words."""
        document = types.TextDocumentIdentifier(self.uri)
        asked = types.CompletionParams(document, self.after(words))
        found = await self.client.text_document_completion_async(asked)
        assert isinstance(found, types.CompletionList)
        return list(found.items)

    async def hover(self, words: str) -> str | None:
        """What is said of the line of these words."""
        document = types.TextDocumentIdentifier(self.uri)
        asked = types.HoverParams(document, self.after(words))
        found = await self.client.text_document_hover_async(asked)
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value


@asynccontextmanager
async def editing(folder: Path, text: str) -> AsyncIterator[Editor]:
    """An editor with the text open, and no more."""
    editor = Editor(folder)
    try:
        async with asyncio.timeout(PATIENCE):
            await editor.start(folder)
        editor.open(text)
        yield editor
        async with asyncio.timeout(PATIENCE):
            await editor.client.shutdown_async(None)
            editor.client.exit(None)
    finally:
        await editor.stop()


def edit(folder: Path, text: str, work: Callable[[Editor], Coroutine[Any, Any, None]]) -> None:
    """Do something in an editor."""

    async def doing() -> None:
        async with editing(folder, text) as editor:
            await work(editor)

    asyncio.run(doing())


async def seconds(work: Coroutine[Any, Any, Any]) -> float:
    """How long something takes."""
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


# ── problems ─────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_faulty_line_is_told_with_its_help_as_it_is_typed(tmp_path: Path) -> None:
    """Its place, its message and its way out; and nothing once it is mended."""

    async def work(editor: Editor) -> None:
        assert await editor.problems() == []
        editor.type("hold 20s", "hodl 20s")
        (problem,) = await editor.problems()
        assert problem.severity is types.DiagnosticSeverity.Error
        assert problem.source == "voiceguide"
        assert problem.message == "unknown clause `hodl 20s`\nhelp: did you mean `hold 20s`?"
        start = editor.position(editor.text.index("hodl"))
        assert problem.range == types.Range(start, editor.after("hodl 20s"))
        editor.type("hodl 20s", "hold 20s")
        assert await editor.problems() == []

    edit(tmp_path, ROUTINE, work)


@pytest.mark.slow
def test_a_problem_is_there_within_a_second(tmp_path: Path, slower: Slower) -> None:
    """From the last key to the message, the moment without keys included."""

    async def work(editor: Editor) -> None:
        await editor.problems()
        taken = []
        for number in range(TRIES):
            editor.type("- hold", f"- hodl{number}, hold")
            taken.append(await seconds(editor.problems()))
            editor.type(f"- hodl{number}, hold", "- hold")
            await editor.problems()
        assert min(taken) < QUICK * slower()

    edit(tmp_path, ROUTINE, work)


@pytest.mark.slow
def test_it_finds_what_check_finds(tmp_path: Path) -> None:
    """A text saved is spoken: the same sentences at the same lines as those of the command."""
    late = ROUTINE.replace("- end: Let go.", "- at 18s: And now breathe in, and out, and in again.")
    (tmp_path / "mine.md").write_text(late, encoding="utf-8")
    checked = run_process(["check", "--json", "mine.md"], tmp_path).json["problems"]
    assert {one["severity"] for one in checked} == {"error", "warning"}

    async def work(editor: Editor) -> None:
        expected = {(one["line"], f"{one['message']}\nhelp: {one['help']}") for one in checked}
        for _ in range(2):  # guessed, then spoken
            found = await editor.problems()
        assert {(one.range.start.line + 1, one.message) for one in found} == expected

    edit(tmp_path, late, work)


@pytest.mark.slow
def test_places_are_in_the_units_of_the_protocol(tmp_path: Path) -> None:
    """Behind letters of two UTF-16 units each, marks and completions stand where they should."""

    async def work(editor: Editor) -> None:
        assert await editor.problems() == []
        editor.type("Draw your knee in.", "𝄞𝄞 [4q] and")
        found = [one for one in await editor.problems() if "`q`" in one.message]
        assert found
        assert found[0].range.start == editor.position(editor.text.index("[4q]"))
        editor.type("[4q] and", "[chime bowl-f")
        (offer,) = await editor.complete("[chime bowl-f")
        assert isinstance(offer.text_edit, types.TextEdit)
        assert offer.text_edit.new_text == "chime bowl-finish"
        assert offer.text_edit.range.start == editor.position(editor.text.index("chime bowl-f"))

    edit(tmp_path, ROUTINE, work)


def test_a_closed_document_has_no_problems(tmp_path: Path) -> None:
    """What was told is taken back."""

    async def work(editor: Editor) -> None:
        assert await editor.problems()
        document = types.TextDocumentIdentifier(editor.uri)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        while await editor.problems():  # those of the open document may be on their way
            pass

    edit(tmp_path, "- hodl 20s\n", work)


# ── completion and hover ─────────────────────────────────────────────────────


def test_clauses_settings_and_names_are_completed_at_once(tmp_path: Path, slower: Slower) -> None:
    """Each replaces what is begun, and is there within a second."""

    async def work(editor: Editor) -> None:
        editor.type("title: Hips\n", "title: Hips\nmo\nbed: wa\n")
        editor.type("- hold 20s\n", "- hold 20s, ea\n")
        editor.type("- end: Let go.", "- ha\n- use psoas-m\n- chime woo")
        for words, offered in (
            ("\nmo", "mood: "),
            ("bed: wa", "waves"),
            ("20s, ea", "each side"),
            ("- ha", "half: "),
            ("use psoas-m", "psoas-march"),
            ("chime woo", "wood"),
        ):
            edits = [one.text_edit for one in await editor.complete(words)]
            assert offered in [edit.new_text for edit in edits if isinstance(edit, types.TextEdit)]
        taken = [await seconds(editor.complete("- ha")) for _ in range(TRIES)]
        assert min(taken) < QUICK * slower()

    edit(tmp_path, ROUTINE, work)


@pytest.mark.slow
def test_hovering_tells_the_time_of_a_line(tmp_path: Path, slower: Slower) -> None:
    """The time in the plan, for a step and its chapter; what a setting means; else nothing."""

    async def work(editor: Editor) -> None:
        said = await editor.hover("- hold")
        assert said
        assert "**" in said
        assert " at 0:" in said
        assert await editor.hover("## Stretch") == said
        assert (await editor.hover("language") or "").startswith("`language`: ")
        assert await editor.hover("---") is None
        taken = [await seconds(editor.hover("- hold")) for _ in range(TRIES)]
        assert min(taken) < QUICK * slower()

    edit(tmp_path, ROUTINE, work)


def test_a_document_is_formatted(tmp_path: Path) -> None:
    """All of it, in the form of `fmt`; nothing where there are errors, or nothing to do."""

    async def formatted(editor: Editor) -> Sequence[types.TextEdit] | None:
        options = types.FormattingOptions(tab_size=2, insert_spaces=True)
        asked = types.DocumentFormattingParams(types.TextDocumentIdentifier(editor.uri), options)
        return await editor.client.text_document_formatting_async(asked)

    async def work(editor: Editor) -> None:
        assert not await formatted(editor)
        editor.type("- hold 20s", "-   hold: 20 seconds")
        (change,) = await formatted(editor) or ()
        assert change.new_text == ROUTINE
        assert change.range.start == types.Position(0, 0)
        assert change.range.end == types.Position(ROUTINE.count("\n"), 0)
        editor.type("seconds", "sceonds")
        assert not await formatted(editor)

    edit(tmp_path, ROUTINE, work)


# ── the command ──────────────────────────────────────────────────────────────


def test_it_says_who_it_is(tmp_path: Path) -> None:
    """Name and version, and what it can do."""

    async def asked() -> types.InitializeResult:
        editor = Editor(tmp_path)
        try:
            async with asyncio.timeout(PATIENCE):
                return await editor.start(tmp_path)
        finally:
            await editor.stop()

    result = asyncio.run(asked())
    assert result.server_info
    assert result.server_info.name == "voiceguide"
    assert result.server_info.version == f"v{voiceguide.__version__}"
    assert result.capabilities.hover_provider
    assert result.capabilities.completion_provider


def test_without_its_package_it_says_how_to_get_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sentence with the command that brings it, and exit code 3."""
    monkeypatch.setattr("voiceguide.cli.check.find_spec", lambda _name: None)
    ran = Runner(capfd, monkeypatch, tmp_path)("lsp")
    assert ran.code == 3
    assert "`pygls`" in ran.err
    assert f"help: {bring('lsp')}" in ran.err
