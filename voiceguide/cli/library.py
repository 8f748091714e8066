"""`voiceguide list`: the routines that come with it, and those of them that fit."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from voiceguide import library
from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, blocks, cell_len, line, lines_of, plain, styled
from voiceguide.cli.options import (
    PAGES,
    Wish,
    chosen_options,
    complete_name,
    json_option,
    open_routine,
    read_routine,
    routine_argument,
)
from voiceguide.errors import UsageError, blame, did_you_mean
from voiceguide.files import is_folder
from voiceguide.lengths import parse_length, show_span
from voiceguide.library import LibraryEntry

# ── `voiceguide list`: the routines that come with it, and those of them that fit


NOTHING = "nothing"
"""What `--needs` says for what needs nothing, as the setting `needs` does."""

BEGIN = ("ten-minute-psoas-relief", "constructive-rest")
"""Where somebody begins who has done none of them: a whole session, and a rest."""

FAMILIES = ("release", "rest", "warm-up", "break", "strength", "pilates", "yoga")
"""What routines are grouped by, the first thing that they are for; others follow by their names."""

COLUMNS = (Column("name", "bold"), *map(Column, ("length", "for", "needs", "what it is")))

WITH_DESCRIPTIONS = 120
"""Columns from which there is room for what a routine says of itself."""

INDENT = "  "

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(words: Callable[[Iterable[LibraryEntry]], set[str]]) -> Completer:
    def complete(
        _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        known = sorted(words(library.catalogue()))
        return [CompletionItem(word) for word in known if word.startswith(incomplete)]

    return complete


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
    help="Those for `release`, `strength`, `break`, … alone.",
    shell_complete=_completing(_purposes),
)
@click.option(
    "--needs",
    metavar="THING",
    multiple=True,
    help="Those that need no more than this: `nothing`, or `floor,wall`.",
    shell_complete=_completing(_needs),
)
@click.option("--length", metavar="LENGTH", help="Those that can be as long as this: `15m`.")
@json_option
def list_(
    *, for_: tuple[str, ...], needs: tuple[str, ...], length: str | None, as_json: bool
) -> None:
    """List the routines that come with voiceguide: their lengths, what they need and are for.

    \b
      voiceguide list
      voiceguide list --for release --needs floor --length 15m

    What is listed fits all that is asked for. The lengths are those that `--length` of other
    commands can ask for, at the pace of an average voice. In a pipe name, lengths, title, needs and
    purposes are parted by tabs; with --json, one object (see docs/JSON.md).
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
        console.tell("None of the routines fits all of that.")


# ── what fits ────────────────────────────────────────────────────────────────


def _filters(
    entries: Iterable[LibraryEntry], for_: Iterable[str], needs: Iterable[str], length: str | None
) -> Iterator[Callable[[LibraryEntry], bool]]:
    """What is asked for, as questions to each entry.

    Raises:
        UsageError: a word is in none of the entries, or the length is none.
    """
    purposes = _words(for_, _purposes(entries), "is for")
    yield lambda entry: purposes <= set(entry.purposes)
    there_is = _words(needs, _needs(entries), "needs")
    if there_is:
        yield lambda entry: there_is >= set(entry.needs)
    if length is not None:
        seconds = _seconds(length)
        yield lambda entry: entry.shortest <= seconds <= entry.longest


def _words(asked: Iterable[str], known: set[str], what: str) -> set[str]:
    parts = [part for text in asked for part in text.split(",")]
    words = {" ".join(part.lower().split()) for part in parts}
    for word in sorted(words - known):
        raise UsageError(f"no routine of the library {what} `{word}`", did_you_mean(word, known))
    return words


def _seconds(text: str) -> float:
    with blame(None, label=f"`--length {text}`: "):
        length = parse_length(text)
    if length.elastic or length.in_breaths:
        raise UsageError(f"`--length {text}` is not one length", "write one: `--length 15m`")
    return length.low


# ── what is shown ────────────────────────────────────────────────────────────


def _cells(entry: LibraryEntry) -> tuple[str, str, str, str, str]:
    lengths = show_span(entry.shortest, entry.longest)
    return entry.name, lengths, entry.title, _needs_of(entry), _purposes_of(entry)


def _needs_of(entry: LibraryEntry) -> str:
    return ", ".join(entry.needs) or NOTHING


def _purposes_of(entry: LibraryEntry) -> str:
    return ", ".join(entry.purposes)


def list_lines(entries: Sequence[LibraryEntry], width: int) -> Iterator[Line]:
    """The routines by family, a row each: name, length, what it is for and needs."""
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
    """Families with their routines, where to begin first."""
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
    """Name, lengths, and what it is for and needs, one below the other."""
    for entry in entries:
        about = f"for {_purposes_of(entry)}; needs {_needs_of(entry)}"
        yield [
            *lines_of(entry.name, width, "bold"),
            *lines_of(show_span(entry.shortest, entry.longest), width, "", INDENT),
            *lines_of(about, width, "dim", INDENT),
        ]


# ── `voiceguide show`, `handout` and `copy`: a routine to read, to print, and to make one's own


@click.command
@routine_argument()
@click.option("--source", is_flag=True, help="The text itself, as its author wrote it.")
def show(routine: str, *, source: bool) -> None:
    """Show ROUTINE as its handout: how long it takes, what you need, doses, what to do, notes.

    \b
      voiceguide show constructive-rest
      voiceguide show --source constructive-rest > mine.md

    Ranges are shown as ranges, and of two sides the first one, with the other in brackets. In a
    pipe, the text of --source is the file's own bytes.
    """
    text = read_routine(routine)
    if source:
        _show_source(text.data)
        return
    from voiceguide.cli.views import in_ascii, sheet_lines

    lines = sheet_lines(open_routine(text, {}).sheet(), console.width() or console.PIPE_WIDTH)
    if all(console.encodes(plain(shown)) for shown in lines):
        console.put(*lines)
    else:
        console.put(*(in_ascii(plain(shown)) for shown in lines))


def _show_source(data: bytes) -> None:
    if console.is_terminal(sys.stdout):
        console.put(*styled(data.decode(errors="replace")))
    else:
        console.put_raw(data)


@click.command
@routine_argument()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to: a file that ends in .html, or a folder.  "
    "[default: the routine's name, in the current folder]",
)
@chosen_options
def handout(routine: str, *, output: str | None, **wishes: Wish) -> None:
    """Write ROUTINE as a page to print or to read on a phone: HTML, an exercise on one A4 side.

    \b
      voiceguide handout kneeling-hip-flexor-stretch
      voiceguide handout my-routine.md -o for-anna.html --level gentle --with band

    With --level, --length, --with or --set, its doses are those of the session that `export` makes
    of the same options; otherwise ranges are shown as ranges.

    Everything is in the one file, and it asks for nothing from the network. An old file that
    -o names is replaced when the new one is complete; without it, one that `handout` wrote. The
    path is printed.
    """
    from voiceguide.files import replacing
    from voiceguide.files.sets import file_set

    text = read_routine(routine)
    target = _page_for(routine, output)
    named = target if output and target == Path(output) else None
    session = open_routine(text, wishes)
    sheet = session.sheet(chosen=any(wishes.values()))
    from voiceguide.cli.plan import report
    from voiceguide.handout.page import as_html

    report(session.warnings)

    if named:
        with replacing(target) as file:
            file.write(as_html(sheet).encode())
    else:
        with file_set(target.parent, target.name, [target]) as files:
            files.write(target, as_html(sheet).encode())
    console.put(str(target))


def _page_for(routine: str, output: str | None) -> Path:
    """The file to write.

    Raises:
        UsageError: it has to be named, or its name is that of something else.
    """
    if output is None or is_folder(output):
        if routine == "-":
            raise UsageError(
                "a routine from standard input has no name for its file", "name one with `-o FILE`"
            )
        return Path(output or "") / f"{Path(routine).stem}.html"
    if Path(output).suffix.lower() not in PAGES:
        named = Path(output).name and output != "-"
        way_out = f"write `-o {Path(output).with_suffix('.html')}`" if named else ""
        raise UsageError(
            f"`{output}` is not a name for a page", way_out or "name a file that ends in .html"
        )
    return Path(output)


@click.command
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
