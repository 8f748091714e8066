"""`voiceguide list` and `copy`: list, filter and copy the bundled routines."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from voiceguide import library
from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, blocks, cell_len, line, lines_of, plain
from voiceguide.errors import UsageError, did_you_mean
from voiceguide.lengths import show_span
from voiceguide.library import LibraryEntry

NOTHING = "nothing"
"""The word for no equipment in `--needs`, as in the setting `needs`."""

BEGIN = ("ten-minute-psoas-relief", "constructive-rest")
"""Routines recommended to beginners: a whole session, and a rest."""

FAMILIES = ("release", "rest", "warm-up", "break", "strength", "pilates", "yoga")
"""Order of the groups, by a routine's first purpose; other groups follow alphabetically."""

COLUMNS = (Column("name", "bold"), *map(Column, ("length", "for", "needs", "what it is")))

WITH_DESCRIPTIONS = 120
"""Terminal width in columns from which descriptions are shown."""

INDENT = "  "


def _needs(entries: Iterable[LibraryEntry]) -> set[str]:
    return {NOTHING, *(word for entry in entries for word in entry.needs)}


def _purposes(entries: Iterable[LibraryEntry]) -> set[str]:
    return {word for entry in entries for word in entry.purposes}


@click.command("list")
@click.option(
    "--for",
    "for_",
    metavar="PURPOSE",
    multiple=True,
    help="Only routines for `release`, `strength`, `break`, …",
    shell_complete=options.completing(lambda: sorted(_purposes(library.catalogue()))),
)
@click.option(
    "--needs",
    metavar="THING",
    multiple=True,
    help="Only routines that need no more than this: `nothing`, or `floor,wall`.",
    shell_complete=options.completing(lambda: sorted(_needs(library.catalogue()))),
)
@click.option("--length", metavar="LENGTH", help="Only routines that can take this long: `15m`.")
@options.json_option
def list_(
    *, for_: tuple[str, ...], needs: tuple[str, ...], length: str | None, as_json: bool
) -> None:
    """List the routines that come with voiceguide, with their lengths, needs and purposes.

    \b
      voiceguide list
      voiceguide list --for release --needs floor --length 15m

    Routines must meet all conditions to be listed. The lengths are those that `--length` of other
    commands accepts, at the pace of an average voice. In a pipe, prints name, lengths, title, needs
    and purposes, separated by tabs; with --json, one object (see docs/JSON.md).
    """
    entries = library.catalogue()
    filters = list(_filters(entries, for_, needs, length))
    found = [entry for entry in entries if all(fits(entry) for fits in filters)]
    if as_json:
        console.put_json({"routines": [entry.as_dict() for entry in found]})
    elif console.is_terminal(sys.stdout) and found:
        console.put(*list_lines(found, console.width() or console.PIPE_WIDTH))
    elif found:
        console.put(*("\t".join(_cells(entry)) for entry in found))
    if not found:
        console.tell("No routine meets all of these conditions.")


def _filters(
    entries: Iterable[LibraryEntry], for_: Iterable[str], needs: Iterable[str], length: str | None
) -> Iterator[Callable[[LibraryEntry], bool]]:
    """Yield the options' conditions as predicates of an entry."""
    purposes = _words(for_, _purposes(entries), "is for")
    yield lambda entry: purposes <= set(entry.purposes)
    there_is = _words(needs, _needs(entries), "needs")
    if there_is:
        yield lambda entry: there_is >= set(entry.needs)
    if length is not None:
        seconds = options.seconds_of("--length", length, "length", "write one: `--length 15m`")
        yield lambda entry: entry.shortest <= seconds <= entry.longest


def _words(asked: Iterable[str], known: set[str], what: str) -> set[str]:
    parts = [part for text in asked for part in text.split(",")]
    words = {" ".join(part.lower().split()) for part in parts}
    for word in sorted(words - known):
        raise UsageError(f"no routine of the library {what} `{word}`", did_you_mean(word, known))
    return words


def _cells(entry: LibraryEntry) -> tuple[str, str, str, str, str]:
    lengths = show_span(entry.shortest, entry.longest)
    return entry.name, lengths, entry.title, _needs_of(entry), _purposes_of(entry)


def _needs_of(entry: LibraryEntry) -> str:
    return ", ".join(entry.needs) or NOTHING


def _purposes_of(entry: LibraryEntry) -> str:
    return ", ".join(entry.purposes)


def list_lines(entries: Sequence[LibraryEntry], width: int) -> Iterator[Line]:
    """Yield the routines by group, a row each: name, length, purposes and needs."""
    groups = _groups(entries)
    found = [entry for _, members in groups for entry in members]
    made = _rows(found, width)
    if any(cell_len(plain(row)) > width for rows in made for row in rows):
        made = [[], *_blocks_of(found, width)]
    rest = iter(made)
    yield from next(rest)
    for number, (title, members) in enumerate(groups):
        yield from [line()] if number else []
        yield from lines_of(title, width, "title")
        for _ in members:
            yield from next(rest)


def _groups(entries: Sequence[LibraryEntry]) -> list[tuple[str, list[LibraryEntry]]]:
    """Group routines by their first purpose; those for beginners come first."""
    families: dict[str, list[LibraryEntry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: BEGIN.index(one.name) if one.name in BEGIN else 9):
        first = entry.purposes[0] if entry.purposes else "other"
        families["where to begin" if entry.name in BEGIN else first].append(entry)
    known = ["where to begin", *FAMILIES]
    order = [*known, *sorted(set(families) - set(known))]
    return [(name.capitalize(), families[name]) for name in order if name in families]


def _rows(entries: Sequence[LibraryEntry], width: int) -> list[list[Line]]:
    rows = [(*_cells(entry)[:2], _purposes_of(entry), _needs_of(entry)) for entry in entries]
    if width < WITH_DESCRIPTIONS:
        return blocks(COLUMNS[:4], rows, width, INDENT)
    described = [(*row, e.description or e.title) for row, e in zip(rows, entries, strict=True)]
    return blocks(COLUMNS, described, width, INDENT)


def _blocks_of(entries: Sequence[LibraryEntry], width: int) -> Iterator[list[Line]]:
    """Yield each routine as lines below each other: name, lengths, purposes and needs."""
    for entry in entries:
        about = f"for {_purposes_of(entry)}; needs {_needs_of(entry)}"
        yield [
            *lines_of(entry.name, width, "bold"),
            *lines_of(show_span(entry.shortest, entry.longest), width, "", INDENT),
            *lines_of(about, width, "dim", INDENT),
        ]


@click.command
@click.argument("name", shell_complete=options.completing(library.routines))
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
def copy(name: str, folder: str) -> None:
    """Copy the routine NAME from the library to DIR, to make it your own.

    \b
      voiceguide copy constructive-rest
      voiceguide copy constructive-rest ~/routines

    DIR is the current folder by default. The path of the copy is printed; an existing file is never
    overwritten.
    """
    console.put(str(library.copy_routine(name, Path(folder))))
