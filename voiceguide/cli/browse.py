"""`voiceguide show`, `handout` and `copy`: a routine to read, to print, and to make one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voiceguide import library
from voiceguide.cli import console
from voiceguide.cli.options import complete_name, routine_argument
from voiceguide.errors import UsageError

PAGES = (".html", ".htm")
"""How the file of a handout may end."""


@click.command(short_help="Show a routine as its handout, or its text.")
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
    from voiceguide.cli.opening import open_routine, read_routine

    text = read_routine(routine)
    if source:
        _show_source(text.data)
        return
    from voiceguide.cli.ink import plain
    from voiceguide.cli.sheet_view import in_ascii, sheet_lines

    lines = sheet_lines(open_routine(text, {}).sheet(), console.width() or console.PIPE_WIDTH)
    if all(console.encodes(plain(shown)) for shown in lines):
        console.put(*lines)
    else:
        console.put(*(in_ascii(plain(shown)) for shown in lines))


def _show_source(data: bytes) -> None:
    if console.is_terminal(sys.stdout):
        from voiceguide.cli.markdown import styled

        console.put(*styled(data.decode(errors="replace")))
    else:
        console.put_raw(data)


@click.command(short_help="Write a routine as a page to print.")
@routine_argument()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to: a file that ends in .html, or a folder.  "
    "[default: the routine's name, in the current folder]",
)
def handout(routine: str, *, output: str | None) -> None:
    """Write ROUTINE as a page to print or to read on a phone: HTML, an exercise on one A4 side.

    \b
      voiceguide handout kneeling-hip-flexor-stretch
      voiceguide handout my-routine.md -o for-anna.html

    Everything is in the one file, and it asks for nothing from the network. An old file of that
    name stays whole until the new one is complete, then it is replaced. The path is printed.
    """
    from voiceguide.cli.opening import open_routine, read_routine
    from voiceguide.files import replacing

    text = read_routine(routine)
    target = _page_for(routine, output)
    sheet = open_routine(text, {}).sheet()
    from voiceguide.handout.page import as_html

    with replacing(target) as file:
        file.write(as_html(sheet).encode())
    console.put(str(target))


def _page_for(routine: str, output: str | None) -> Path:
    """The file to write.

    Raises:
        UsageError: it has to be named, or its name is that of something else.
    """
    if output is None or Path(output).is_dir():
        if routine == "-":
            raise UsageError(
                "a routine from standard input has no name for its file", "name one with `-o FILE`"
            )
        return Path(output or "") / f"{Path(routine).stem}.html"
    if Path(output).suffix.lower() not in PAGES:
        way_out = f"write `-o {Path(output).with_suffix('.html')}`" if output != "-" else ""
        raise UsageError(
            f"`{output}` is no name for a page", way_out or "name a file that ends in .html"
        )
    return Path(output)


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
