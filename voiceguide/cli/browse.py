"""`voiceguide show` and `copy`: a routine to read, and one to make one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voiceguide import library
from voiceguide.cli import console
from voiceguide.cli.options import complete_name


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
