"""What a terminal is told after an export: what came of it, where it is, and what to try next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide import installation, library
from voiceguide.cli.console import Column, Line, Styled, counted, headline, line, size_text, table
from voiceguide.encode.formats import format_of
from voiceguide.files import is_file

if TYPE_CHECKING:
    from voiceguide.studio import Export

STDIN = "-"


def afterwards(done: Export, routine: str) -> Iterator[Line]:
    """The lines for an export of `routine`, as it was named."""
    yield from headline(done.plan, None, size_text(done.bytes))
    place = str(done.file.resolve().parent)
    several = f"{counted(len(done.files), 'file')} in " if len(done.files) > 1 else "In "
    yield line(Styled(f"{several}{place}", "dim"))
    yield from _better_voice(done)
    yield line(Styled("Try next:", "dim"))
    yield from table((Column(), Column(style="dim")), list(_next(done, routine)), None, "  ")


def _next(done: Export, routine: str) -> Iterator[tuple[str, str]]:
    command = installation.command_name()
    yield f"{command} play {_typed(str(done.file))}", "hear it here"
    if routine == STDIN:
        return
    named = _typed(routine)
    if not any(path.suffix == ".html" for path in done.files):
        yield f"{command} export {named} --for phone", "with captions, cover and handout"
    if routine in library.routines() and not is_file(routine):
        yield f"{command} copy {named}", "its text, to make it your own"
    elif format_of(done.file).reader and done.file.suffix != ".m3u8":
        yield f"{command} verify {_typed(str(done.file))}", "prove it by listening"


def _better_voice(done: Export) -> Iterator[Line]:
    """How to get a voice like a person's, where there is one for this language and none here."""
    from voiceguide.engines.choosing import better_than

    here, language = installation.here(), done.plan.opened.settings.language
    better = better_than(done.plan.voice or "", language)
    if better is None or better.extra != "natural" or _speaks_here():
        return
    if here.kind is not installation.Kind.APP:
        yield line("For a natural voice: ", Styled(here.bring(better.extra), "bold"))


def _speaks_here() -> bool:
    """Whether the natural voice is installed, and another one was chosen."""
    from voiceguide.voices import installed

    return find_spec("onnxruntime") is not None and bool(installed("natural"))


def _typed(text: str) -> str:
    """As one types it: quoted where it has to be."""
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    return shlex.quote(os.path.relpath(text) if Path(text).is_absolute() else text)
