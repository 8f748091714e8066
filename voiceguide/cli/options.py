"""Arguments and options shared by commands: ROUTINE, a session's options, `--json`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from voiceguide import library
from voiceguide.cli import console
from voiceguide.errors import UsageError, blame

if TYPE_CHECKING:
    from voiceguide.studio import Session, SourceText

Wish = str | tuple[str, ...] | None
"""Value of a session's option; None or an empty tuple if it is not given."""


def given(wishes: Mapping[str, Wish]) -> dict[str, str | tuple[str, ...] | dict[str, str]]:
    """Keep the options that are given; an empty text counts, and its setting rejects it."""
    options: dict[str, str | tuple[str, ...] | dict[str, str]] = {
        name: wish for name, wish in wishes.items() if wish is not None and wish != ()
    }
    filled = options.pop("set_", ())
    return {**options, "words": dict(map(_filled, filled))} if filled else options


def _filled(pair: str) -> tuple[str, str]:
    """Split `--set name=Maria` into the name and the words."""
    name, sign, words = pair.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"`--set {pair}` does not name a word", "write `--set name=Maria`")
    return name.strip(), words.strip()


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completing(
    words: Callable[[], Iterable[CompletionItem | str]], *, or_files: bool = False
) -> Completer:
    """Make a completer of words; with `or_files`, it offers files if no word fits."""

    def complete(
        _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        items = (CompletionItem(word) if isinstance(word, str) else word for word in words())
        found = [item for item in items if item.value.startswith(incomplete)]
        return found or ([CompletionItem(incomplete, type="file")] if or_files else [])

    return complete


def _library_and_here(names: Iterable[str], pattern: str) -> Iterator[CompletionItem]:
    yield from (CompletionItem(name, help="library") for name in names)
    # shells quote only files that they find themselves, so names with spaces are left out
    yield from (CompletionItem(p.name) for p in sorted(Path().glob(pattern)) if " " not in p.name)


complete_routine = completing(lambda: _library_and_here(library.routines(), "*.md"), or_files=True)
"""Completes library names and routines in the current folder; any file if none fits."""

complete_programme = completing(
    lambda: _library_and_here(library.programmes(), "*.yaml"), or_files=True
)
"""The same for programmes in `.yaml` files."""


def complete_value(
    _ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the words of the setting that an option is named after."""
    from voiceguide.settings.table import SETTINGS

    words = SETTINGS[param.name or ""].words
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


# ── arguments and options ────────────────────────────────────────────────────


def routine_argument(name: str = "routine", **more: Any) -> Decorator:
    """The argument ROUTINE: a path, `-`, or a name from the library."""
    return click.argument(name, metavar="ROUTINE", shell_complete=complete_routine, **more)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")

estimate_option = click.option(
    "--estimate", is_flag=True, help="Estimate the lengths of spoken texts; needs no engine."
)

voice_option = click.option(
    "--voice", metavar="ENGINE:VOICE", help="The voice; `voiceguide voices` lists all."
)

_LENGTH = click.option("--length", metavar="LENGTH", help="Exact length: `10m`, `12:30`.")
_LEVEL = click.option(
    "--level",
    metavar="LEVEL",
    help="Position in every range: gentle, standard, strong, or `30%`.",
    shell_complete=complete_value,
)
guidance_option = click.option(
    "--guidance",
    metavar="AMOUNT",
    help="How much is said: full, brief, quiet.",
    shell_complete=complete_value,
)
_WITH = click.option(
    "--with",
    "with_",
    metavar="OPTION",
    multiple=True,
    help="Include the parts marked `option OPTION`; may be given more than once.",
)
_SET = click.option(
    "--set",
    "set_",
    metavar="NAME=WORDS",
    multiple=True,
    help="Set the word {NAME}, declared under `words:`; may be given more than once.",
)
_SESSION = (
    _LENGTH,
    _LEVEL,
    guidance_option,
    voice_option,
    click.option(
        "--bed",
        metavar="BED",
        help="Background sound: `rain`, `waves, -34 dB`, a file, or `none`.",
        shell_complete=completing(lambda: (*sorted(library.bed_names()), "none"), or_files=True),
    ),
    click.option(
        "--intro",
        metavar="AMOUNT",
        help="How much is said before the first heading: full, short, none.",
        shell_complete=complete_value,
    ),
    click.option("--seed", metavar="TEXT", help="Seed of the random order of `shuffle`."),
    click.option("--loudness", metavar="LUFS", help="Loudness: `-16`; -19 if nothing sets it."),
    _WITH,
    _SET,
)


def _adding(options: Sequence[Decorator]) -> Decorator:
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


chosen_options = _adding((_LENGTH, _LEVEL, _WITH, _SET))
"""Adds the options that determine a session's doses and words."""

session_options = _adding(_SESSION)
"""Adds a session's options (`--length`, `--voice`, …), which override the front matter."""

STDIN = "-"

PAGES = (".html", ".htm")
"""Suffixes of pages."""


def page_named(name: str) -> Path:
    """The path of the page to write; raise a UsageError if its suffix is not a page's."""
    from voiceguide.files import check_target

    path = Path(name)
    if path.suffix.lower() not in PAGES:
        raise UsageError(f"`{name}` is not a name for a page", "name a file that ends in .html")
    check_target(path)
    return path


def name_of(routine: str) -> str:
    """Name, without suffix, of files made from a routine; raise a UsageError for `-`."""
    if routine == STDIN:
        raise UsageError(
            "a routine from standard input has no name for its file", "name one with `-o FILE`"
        )
    return Path(routine).stem


def seconds_of(option: str, text: str, what: str, way_out: str) -> float:
    """Parse an option's length to seconds; raise a UsageError if it is not one fixed `what`."""
    from voiceguide.lengths import parse_single_length

    with blame(None, label=f"`{option} {text}`: "):
        length = parse_single_length(text)
    if length.elastic or length.in_breaths:
        raise UsageError(f"`{option} {text}` is not one {what}", way_out)
    return length.low


def read_routine(routine: str) -> SourceText:
    """Read a routine from a path, the library, or standard input."""
    from voiceguide.studio.opening import MOST_BYTES, SourceText, read

    if routine != STDIN:
        return read(routine)
    if console.is_terminal(sys.stdin):
        console.tell("Type or paste the routine, then press Ctrl-D (on Windows Ctrl-Z, Enter).")
    return SourceText(sys.stdin.buffer.read(MOST_BYTES + 1), STDIN, Path.cwd())


def open_routine(text: SourceText, wishes: Mapping[str, Wish]) -> Session:
    """Open a session of the text with the command line's options."""
    from voiceguide import studio

    return studio.load_text(text, **given(wishes))
