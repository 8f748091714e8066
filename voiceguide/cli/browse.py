"""`voiceguide list`, `show` and `copy`: the routines that come with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.cells import cell_len

from voiceguide import library
from voiceguide.cli import console
from voiceguide.cli.ink import Ink, Line, columns, line, shortened
from voiceguide.cli.options import complete_name, json_option
from voiceguide.lengths import parse_length, show_seconds

LEAST_ROOM = 16
"""Cells: a title or a description that has less room is left out."""

_SETTING = re.compile(r"(title|length|description):\s+(.+?)\s*")
_QUOTED = re.compile(r"""(["'])(.*)\1""")


@dataclass(frozen=True, slots=True)
class Listed:
    """A routine of the library, as its front matter tells of it."""

    name: str
    title: str
    length: float | None
    """Seconds; None where the routine leaves it open."""
    description: str | None


@click.command("list", short_help="List the routines that come with voiceguide.")
@json_option
def list_(*, as_json: bool) -> None:
    """List the routines that come with voiceguide: name, length, title.

    \b
      voiceguide list

    A routine without a length is as long as its ranges, or as `--length` asks for. In a pipe the
    three are parted by tabs; with --json, one object (see docs/JSON.md).
    """
    routines = [facts(library.find_routine(name)) for name in library.routines()]
    if as_json:
        console.put_json({"routines": [asdict(routine) for routine in routines]})
    elif console.is_terminal(sys.stdout):
        console.put(*_shown(routines, console.width()))
    else:
        console.put(*("\t".join(_cells(routine)) for routine in routines))


@click.command(short_help="Print the text of a routine of the library.")
@click.argument("name", shell_complete=complete_name)
def show(name: str) -> None:
    """Print the text of the routine NAME of the library.

    \b
      voiceguide show constructive-rest
      voiceguide show constructive-rest > mine.md

    In a pipe, it is the file's own bytes.
    """
    data = library.find_routine(name).read_bytes()
    if console.is_terminal(sys.stdout):
        from voiceguide.cli.markdown import styled

        console.put(*styled(data.decode()))
    else:
        console.put_raw(data)


@click.command(short_help="Copy a routine of the library, to make it your own.")
@click.argument("name", shell_complete=complete_name)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
def copy(name: str, folder: str) -> None:
    """Copy the routine NAME of the library into DIR, to make it your own.

    \b
      voiceguide copy constructive-rest
      voiceguide copy constructive-rest ~/routines

    DIR is the current folder where none is given. The path of the copy is printed; a file that is
    there already is never overwritten.
    """
    console.put(str(library.copy_routine(name, Path(folder))))


# ── what a routine says of itself ────────────────────────────────────────────


def facts(path: Path) -> Listed:
    """The front matter of a routine of the library, read without YAML: that takes too long here."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = dict(_settings(lines))
    title = found.get("title") or _heading(lines) or path.stem
    return Listed(path.stem, title, _seconds(found.get("length")), found.get("description"))


def _settings(lines: list[str]) -> Iterator[tuple[str, str]]:
    if not lines or lines[0].rstrip() != "---":
        return
    for text in lines[1:]:
        if text.rstrip() == "---":
            return
        match = _SETTING.fullmatch(text)
        if match:
            quoted = _QUOTED.fullmatch(match[2])
            yield match[1], quoted[2] if quoted else match[2]


def _heading(lines: list[str]) -> str | None:
    return next((text[2:].strip() for text in lines if text.startswith("# ")), None)


def _seconds(text: str | None) -> float | None:
    return parse_length(text).low if text else None


def _cells(routine: Listed) -> tuple[str, str, str]:
    length = "" if routine.length is None else show_seconds(routine.length)
    return routine.name, length, routine.title


def _shown(routines: list[Listed], width: int | None) -> Iterator[Line]:
    titles = columns((routine.title,) for routine in routines)
    starts = columns(_cells(routine)[:2] for routine in routines)
    for routine, start, title in zip(routines, starts, titles, strict=True):
        named = len(routine.name)
        room = (width or console.PIPE_WIDTH) - cell_len(start)
        shown = _in_room(title, room)
        about = _in_room(routine.description or "", room - cell_len(shown))
        yield line(Ink(start[:named], "bold"), start[named:], shown, Ink(about, "dim"))


def _in_room(text: str, room: int) -> str:
    gap = "  "
    return gap + shortened(text, room - len(gap)) if room >= LEAST_ROOM else ""
