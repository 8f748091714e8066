"""What is printed: results on standard output, all else on standard error.

Nothing here fails because of a character that the terminal does not know, and colours are only for
a terminal, and only where `NO_COLOR` does not forbid them (<https://no-color.org>).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from typing import NoReturn, TextIO

import click

from voiceguide.cli.ink import Ink, Line, line, painted, plain
from voiceguide.errors import (
    ConfigurationError,
    MachineError,
    Problem,
    RoutineError,
    VoiceguideError,
)

PIPE_CLOSED = 141
"""The exit code where the reader of a pipe has gone: 128 + SIGPIPE, as shells count it."""

_NOBODY_READS = (errno.EPIPE, errno.EINVAL)
"""A pipe that was closed, as Unix says it, and as Windows does."""

PIPE_WIDTH = 80
"""Columns of what is drawn where there is no terminal."""


def forgive_characters() -> None:
    """From now on, a character that the terminal's encoding lacks is printed as `?`."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at it: a terminal that can do more than print."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """The columns of the terminal that standard output is, or None in a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def encodes(text: str) -> bool:
    """Whether standard output can show these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# ── writing ──────────────────────────────────────────────────────────────────


def put(*lines: Line | str) -> None:
    """Print lines of a result on standard output."""
    _write(lines, sys.stdout)


def tell(*lines: Line | str) -> None:
    """Print lines for people on standard error."""
    _write(lines, sys.stderr)


def put_json(found: object) -> None:
    """Print one JSON object on standard output."""
    text = json.dumps(found, indent=2, ensure_ascii=False)
    _echo(text if encodes(text) else json.dumps(found, indent=2), sys.stdout)


def put_raw(data: bytes) -> None:
    """Copy bytes to standard output as they are."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up(sys.stdout, error)


def _write(lines: Iterable[Line | str], stream: TextIO) -> None:
    colour = is_terminal(stream) and not os.environ.get("NO_COLOR")
    show = painted if colour else plain
    inked = (line(one) if isinstance(one, str) else one for one in lines)
    _echo("\n".join(map(show, map(harmless, inked))), stream, colour=colour)


def _echo(text: str, stream: TextIO, *, colour: bool = False) -> None:
    try:
        click.echo(text, file=stream, color=colour)
    except OSError as error:
        _give_up(stream, error)


def _give_up(stream: TextIO, error: OSError) -> NoReturn:
    """Leave without a word where nobody reads any more; a disk may be full, too."""
    # Python flushes once more at the end, and would complain then
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if error.errno in _NOBODY_READS:
        raise SystemExit(PIPE_CLOSED) from None
    raise MachineError(f"the output cannot be written: {error.strerror}") from error


def harmless(inked: Line) -> Line:
    """The line without control characters: a routine's text must not command the terminal."""
    return tuple(Ink(_harmless(ink.text), ink.style) for ink in inked)


def _harmless(text: str) -> str:
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _commands(c) else c for c in text)


def _commands(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\n\t"


# ── errors ───────────────────────────────────────────────────────────────────


def error_lines(error: VoiceguideError) -> list[Line]:
    """An error as it is shown: its problems, or its sentence and the way out."""
    if isinstance(error, RoutineError | ConfigurationError):
        return problem_lines(error.problems)
    lines = [line(Ink("error: ", "bad"), error.message)]
    return [*lines, line(Ink(f"help: {error.help}", "dim"))] if error.help else lines


def problem_lines(problems: Iterable[Problem]) -> list[Line]:
    """Problems one below the other, an empty line between them."""
    lines: list[Line] = []
    for problem in problems:
        lines.extend([line()] if lines else [])
        lines.extend(_problem_lines(problem))
    return lines


def _problem_lines(problem: Problem) -> Iterable[Line]:
    place = str(problem.place)
    first, *others = str(problem).split("\n")
    yield line(Ink(place, "bold"), first[len(place) :])
    for other in others:
        yield line(Ink(other, "dim")) if other.startswith("help: ") else line(other)
