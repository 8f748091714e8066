"""`voiceguide new`, `import` and `fmt`: begin, convert and format routines."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from voiceguide import library
from voiceguide.cli import console
from voiceguide.cli.options import STDIN, read_routine, routine_argument
from voiceguide.errors import UsageError, blame
from voiceguide.files import is_file, is_folder, need_folder, replacing
from voiceguide.library import ENDING, PURPOSES, template

_MOST_BYTES = 16 << 20
"""Largest file that is imported, in bytes: enough for a day's subtitles."""


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--check", is_flag=True, help="Change nothing; the exit code is 1 if a file would change."
)
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def fmt(files: tuple[str, ...], *, check: bool, diff: bool) -> None:
    """Format each FILE: doses in the language's standard words, two spaces per level of steps.

    \b
      voiceguide fmt hips.md
      voiceguide fmt --diff routines/*.md

    Nothing is moved: comments, notes and the order stay. A routine that cannot be read is left
    unchanged; use `check` to find problems in its settings. `-` reads standard input and prints the
    result. The paths of changed files are printed.
    """
    changed = [file for file in files if _format(file, check=check, diff=diff)]
    if check and changed:
        raise click.exceptions.Exit(1)


def _format(file: str, *, check: bool, diff: bool) -> bool:
    """Format one file; return whether anything changed."""
    from voiceguide.studio.editing import formatted

    if is_folder(file):
        raise UsageError(f"`{file}` is a folder", "name routines by their paths")
    if file != STDIN and not is_file(file):
        raise UsageError(f"there is no file `{file}`", "name routines by their paths")
    text = read_routine(file)
    after, before = formatted(text), text.data.decode("utf-8-sig")
    changed = after.encode() != text.data
    if diff:
        pair = (before.splitlines(True), after.splitlines(True))
        console.put_raw("".join(difflib.unified_diff(*pair, file, file)).encode())
    elif file == STDIN and not check:
        console.put_raw(after.encode())
    elif changed:
        if not check:
            with replacing(Path(file)) as target:
                target.write(after.encode())
        console.put(file)
    return changed


@click.command("import")
@routine_argument()
@click.option("-o", "--output", metavar="ROUTINE", help="Output file.  [default: standard output]")
def import_(routine: str, *, output: str | None) -> None:
    """Convert a script, subtitles, lyrics, a table or intervals to a routine.

    \b
      voiceguide import meditation.srt -o meditation.md
      voiceguide import intervals.csv

    \b
    The kind is recognised by the content:
      scripts         pauses in brackets, tags, slashes and SSML; labels, stage directions
      SRT, VTT, LRC   or lines that begin with a time: gaps become silences
      CSV, TSV        a name, seconds or reps, rounds, rest, notes
      intervals       as people type them: `Hips 3x / Pigeon right 45s`

    Reports what was changed and what could not be known. The result passes `check`; an existing
    file is not overwritten.
    """
    from voiceguide.importing import import_text
    from voiceguide.studio.opening import known_names

    with blame(None):
        made = import_text(_bytes(routine), routine, known_names())
    if output is not None:
        need_folder(Path(output).parent)
    if output is None:
        console.put_raw(made.text.encode())
    else:
        library.write_new(Path(output), made.text.encode(), "choose another name, or move it away")
        console.put(output)
    changed = (f"Changed: {sentence}." for sentence in made.changed)
    unknown = (f"Look at: {sentence}." for sentence in made.unknown)
    console.tell(f"Read as {made.family}.", *changed, *unknown)


def _bytes(name: str) -> bytes:
    data = sys.stdin.buffer.read(_MOST_BYTES + 1) if name == STDIN else _file_bytes(name)
    if len(data) > _MOST_BYTES:
        raise UsageError(f"`{name}` is larger than 16 MiB", "import a part of it")
    return data


def _file_bytes(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read `{name}`: {reason}", "name a file with a text") from error


_ENDINGS = (ENDING, ".markdown", ".txt")


@click.command
@click.argument("file", metavar="FILE")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(list(PURPOSES)),
    default="stretch",
    show_default=True,
    help="Purpose of the routine.",
)
def new(file: str, *, purpose: str) -> None:
    """Start a routine: write a template with comments to FILE, for you to change.

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

    FILE gets the ending .md if it has none, and its name becomes the title. An existing file is
    never overwritten. The path is printed.
    """
    target = _target(file)
    way_out = "choose another name, or move it away"
    library.write_new(target, template(purpose, target.stem).encode(), way_out)
    console.put(str(target))


def _target(file: str) -> Path:
    """Check FILE and return the path to write."""
    if is_folder(file):
        raise UsageError(f"`{file}` is a folder", "write the name of a file in it")
    path = Path(file)
    if not path.name:
        raise UsageError(f"`{file}` is not a file name", f"write one: `hips{ENDING}`")
    if path.suffix not in ("", *_ENDINGS):
        raise UsageError(f"`{file}` has the wrong ending for a routine", f"write `{file}{ENDING}`")
    need_folder(path.parent)
    return path if path.suffix else path.with_name(path.name + ENDING)
