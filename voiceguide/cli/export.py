"""`voiceguide export`: write a routine as an audio file and report on the terminal."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide import installation, library
from voiceguide.cli import console, options
from voiceguide.cli.console import Column, Line, Styled, headline, line, shown_progress, size_text
from voiceguide.cli.plan import report, unplanned
from voiceguide.encode.formats import FORMATS, PURPOSE_NAMES, format_of, purpose_of
from voiceguide.errors import RoutineError, UsageError
from voiceguide.files import is_file, is_folder, need_folder

if TYPE_CHECKING:
    from voiceguide.proof import ShortfallError
    from voiceguide.studio import Export

HOW = ("kbps", "stream", "captions", "digital_silence", "verify")
"""Options that are passed to `Session.export`; the others belong to the session."""

NAMES = tuple(kind.ending.removeprefix(".") for kind in FORMATS)


@click.command
@options.routine_argument()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Output file, with the ending of a format, or a folder.  "
    "[default: the routine's name, in the current folder]",
)
@options.session_options
@click.option(
    "--for",
    "purpose",
    type=click.Choice(PURPOSE_NAMES),
    help="Use of the file: sets format, bit rate, loudness, and files beside it.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(NAMES),
    help="Format, if FILE does not name one.  [default: mp3]",
)
@click.option(
    "--bitrate",
    "kbps",
    type=int,
    metavar="KBPS",
    help="Bit rate of compressed formats.  [default: for MP3 64 in mono, 128 in stereo]",
)
@click.option(
    "--stream", is_flag=True, help="Encode an MP3 in one pass instead of stitching it; slower."
)
@click.option("--captions", is_flag=True, help="Also write captions of the words: .lrc and .vtt.")
@click.option(
    "--split",
    is_flag=True,
    help="Write a numbered file for each chapter and a playlist into the folder given by `-o`.",
)
@click.option(
    "--bundle",
    metavar="DIR",
    help="Write everything for a phone into DIR: sound, captions, cover, handout, playlist.",
)
@click.option(
    "--digital-silence",
    is_flag=True,
    help="Fill silences with zeros, without the inaudible noise floor.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only paths, warnings and errors.")
@click.option("--verify", is_flag=True, help="Decode and check the new files first.")
@options.json_option
def export(
    routine: str,
    *,
    output: str | None,
    purpose: str | None,
    format_: str | None,
    split: bool,
    bundle: str | None,
    quiet: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """Write ROUTINE as an audio file: speech, silences and chimes, timed to the sample.

    \b
      voiceguide export ten-minute-psoas-relief
      voiceguide export my-routine.md -o morning.mp3 --length 12m --level gentle
      voiceguide export my-routine.md --bundle for-anna --split
      voiceguide export my-routine.md --for messenger

    FILE ends in .mp3, .m4b, .m4a, .opus, .ogg, .flac or .wav. docs/FORMATS.md describes the formats
    and what --for sets; other options override --for. An old file of that name stays intact until
    the new one is complete, and is then replaced. The paths of all files are printed; with --json,
    one object instead (see docs/JSON.md). With --verify, the new files are checked first (see
    `voiceguide verify`); if they fail, no old file is replaced.
    """
    from voiceguide.proof import ShortfallError

    text = options.read_routine(routine)
    target = _target((routine, output, format_), bundle, purpose, split=split)
    how: dict[str, Any] = {name: more.pop(name) for name in HOW}
    how |= {"split": split, "bundle": bundle is not None, "purpose": purpose}
    try:
        session = options.open_routine(text, more)
        with shown_progress("" if quiet else "Exporting") as progress:
            done = session.export(target, **how, progress=progress)
    except (RoutineError, ShortfallError) as error:
        if as_json:
            console.put_json(unexported(error))
        raise
    _show(done, routine, as_json=as_json, quiet=quiet)


def _target(
    where: tuple[str, str | None, str | None],
    bundle: str | None,
    purpose: str | None,
    *,
    split: bool,
) -> Path:
    """The file to write, single or in a folder; `where` is the routine, FILE and `--format`."""
    routine, output, format_ = where
    meant = purpose_of(purpose) if purpose else None
    # a purpose sets the format unless a file name does
    named = output is not None and Path(output).suffix and not is_folder(output)
    ending = format_ or (meant.format.ending.removeprefix(".") if meant and not named else None)
    if split or bundle is not None or (meant is not None and meant.bundle):
        return target_in(routine, output, ending, bundle)
    return target_of(routine, output, ending)


def target_of(routine: str, output: str | None, format_: str | None) -> Path:
    """The single file to write."""
    if output is None or is_folder(output):
        return Path(output or "") / f"{options.name_of(routine)}.{format_ or NAMES[0]}"
    if output == options.STDIN:
        raise UsageError(
            "an export cannot go to standard output", "name a file; its path will be printed"
        )
    if output.endswith(("/", os.sep)):
        need_folder(output)
    target = Path(output)
    if format_ and target.suffix.lower() != f".{format_}":
        way_out = f"write `-o {target.with_suffix('.' + format_)}`, or leave `--format` out"
        raise UsageError(f"`{target.name}` is not a name for a file of format {format_}", way_out)
    return target


def target_in(routine: str, output: str | None, format_: str | None, bundle: str | None) -> Path:
    """The main file's path in the folder, for an export of several files."""
    if bundle is not None and output is not None:
        raise UsageError("`-o` and `--bundle` both name the output", "leave `-o` out")
    if bundle == "":
        raise UsageError("`--bundle` needs the name of a folder", "write one: `--bundle for-anna`")
    folder = Path(bundle or output or options.name_of(routine))
    if folder.suffix.lower().removeprefix(".") in NAMES and not is_folder(folder):
        way_out = f"name a folder, such as `{folder.with_suffix('')}`, and `--format`"
        raise UsageError(f"`{folder}` is a single file, but several will be written", way_out)
    unnamed = routine == options.STDIN
    name = folder.resolve().name if unnamed else options.name_of(routine)
    return folder / f"{name}.{format_ or NAMES[0]}"


def unexported(error: RoutineError | ShortfallError) -> dict[str, object]:
    """Return the object of `export --json` if nothing was exported."""
    problems = error.problems if isinstance(error, RoutineError) else ()
    proofs = [] if isinstance(error, RoutineError) else [error.report.as_dict()]
    nothing = dict.fromkeys(("file", "bytes", "files", "voice", "sample_rate"))
    return {**unplanned(problems), **nothing, "files": [], "proofs": proofs}


def _show(done: Export, routine: str, *, as_json: bool, quiet: bool) -> None:
    report(done.plan.problems)
    if as_json:
        console.put_json(done.as_dict())
    else:
        console.put(*map(str, done.files))
    if console.is_terminal(sys.stderr) and not quiet:
        console.tell(*afterwards(done, routine))


def afterwards(done: Export, routine: str) -> Iterator[Line]:
    """Yield the lines shown after an export; `routine` is as the user named it."""
    yield from headline(done.plan, None, size_text(done.bytes))
    place = str(done.file.resolve().parent)
    several = f"{console.counted(len(done.files), 'file')} in " if len(done.files) > 1 else "In "
    yield line(Styled(f"{several}{place}", "dim"))
    yield from _better_voice(done)
    yield line(Styled("Try next:", "dim"))
    yield from console.table(
        (Column(), Column(style="dim")), list(_next(done, routine)), None, "  "
    )


def _next(done: Export, routine: str) -> Iterator[tuple[str, str]]:
    command = installation.command_name()
    yield f"{command} play {_typed(str(done.file))}", "hear it here"
    if routine == options.STDIN:
        return
    named = _typed(routine)
    if not any(path.suffix == ".html" for path in done.files):
        yield f"{command} export {named} --for phone", "with captions, cover and handout"
    if routine in library.routines() and not is_file(routine):
        yield f"{command} copy {named}", "its text, to make it your own"
    elif format_of(done.file).reader and done.file.suffix != ".m3u8":
        yield f"{command} verify {_typed(str(done.file))}", "prove it by listening"


def _better_voice(done: Export) -> Iterator[Line]:
    """Suggest the natural voice, if one exists for this language and is not installed."""
    from voiceguide.engines.choosing import natural_is_better

    here, language = installation.here(), done.plan.opened.settings.language
    better = natural_is_better(done.plan.voice or "", language) and not _speaks_here()
    if better and here.kind is not installation.Kind.APP:
        yield line("For a natural voice: ", Styled(here.bring("natural"), "bold"))


def _speaks_here() -> bool:
    """Whether the natural voice is installed."""
    from voiceguide.voices import installed

    return find_spec("onnxruntime") is not None and bool(installed("natural"))


def _typed(text: str) -> str:
    """Write a name or path as a user would type it, quoted if necessary."""
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    return shlex.quote(os.path.relpath(text) if Path(text).is_absolute() else text)
