"""`voiceguide new`: begin a routine from a template, commented, by what it is for."""

from __future__ import annotations

from pathlib import Path

import click

from voiceguide import library
from voiceguide.cli import console
from voiceguide.errors import UsageError
from voiceguide.files import is_folder
from voiceguide.library import ENDING, PURPOSES, template

_ENDINGS = (ENDING, ".markdown", ".txt")


@click.command
@click.argument("file", metavar="FILE")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(list(PURPOSES)),
    default="stretch",
    show_default=True,
    help="What it is for.",
)
def new(file: str, *, purpose: str) -> None:
    """Begin a routine: write a template with comments into FILE, to be changed into your own.

    \b
      voiceguide new hips.md
      voiceguide new "Morning run.md" --for intervals

    \b
    The purposes, and what each template shows:
      stretch       holds, on each side
      strength      reps with their tempo, in rounds
      intervals     segments on a clock that never stops
      breath        breaths with their phases
      rest          a long hold that winds down
      prescription  named exercises with doses, for a patient's sheet

    FILE gets the ending .md where it has none, and its name becomes the title. A file that is there
    already is never overwritten. The path is printed.
    """
    target = _target(file)
    way_out = "choose another name, or move it away"
    library.write_new(target, template(purpose, target.stem).encode(), way_out)
    console.put(str(target))


def _target(file: str) -> Path:
    """The file to write.

    Raises:
        UsageError: it is a folder, lies in none, or has the ending of something else.
    """
    if is_folder(file):
        raise UsageError(f"`{file}` is a folder", "write the name of a file in it")
    path = Path(file)
    if not path.name:
        raise UsageError(f"`{file}` is not a name for a file", f"write one: `hips{ENDING}`")
    if path.suffix not in ("", *_ENDINGS):
        raise UsageError(f"`{file}` does not end as a routine does", f"write `{file}{ENDING}`")
    if not is_folder(path.parent):
        raise UsageError(f"there is no folder `{path.parent}`", "make it first, or name another")
    return path if path.suffix else path.with_name(path.name + ENDING)
