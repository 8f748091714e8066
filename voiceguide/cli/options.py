"""What several commands take: a ROUTINE, the options of a session, `--json`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
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
"""What an option of a session is given as; None or nothing where it is not given."""


def given(wishes: Mapping[str, Wish]) -> dict[str, str | tuple[str, ...] | dict[str, str]]:
    """The options that are given; an empty text is one, which its setting refuses."""
    options: dict[str, str | tuple[str, ...] | dict[str, str]] = {
        name: wish for name, wish in wishes.items() if wish is not None and wish != ()
    }
    filled = options.pop("set_", ())
    return {**options, "words": dict(map(_filled, filled))} if filled else options


def _filled(pair: str) -> tuple[str, str]:
    """The name and the words of `--set name=Maria`."""
    name, sign, words = pair.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"`--set {pair}` names no word", "write `--set name=Maria`")
    return name.strip(), words.strip()


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completing(
    words: Callable[[], Iterable[CompletionItem | str]], *, or_files: bool = False
) -> Completer:
    """What completes one of some words; with `or_files`, any file where none of them fits."""

    def complete(
        _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        items = (CompletionItem(word) if isinstance(word, str) else word for word in words())
        found = [item for item in items if item.value.startswith(incomplete)]
        return found or ([CompletionItem(incomplete, type="file")] if or_files else [])

    return complete


def _library_and_here(names: Iterable[str], pattern: str) -> Iterator[CompletionItem]:
    yield from (CompletionItem(name, help="library") for name in names)
    # shells quote the files that they find themselves, and nothing that they are told
    yield from (CompletionItem(p.name) for p in sorted(Path().glob(pattern)) if " " not in p.name)


complete_routine = completing(lambda: _library_and_here(library.routines(), "*.md"), or_files=True)
"""Names of the library and routines in the current folder; any file where none of them fits."""

complete_programme = completing(
    lambda: _library_and_here(library.programmes(), "*.yaml"), or_files=True
)
"""The same for programmes."""


def complete_value(
    _ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What the setting that an option is named after may be, as far as that is a list."""
    from voiceguide.settings import SETTINGS

    words = SETTINGS[param.name or ""].words
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


# ── arguments and options ────────────────────────────────────────────────────


def routine_argument(name: str = "routine", **more: Any) -> Decorator:
    """A ROUTINE: a path, `-`, or a name from the library."""
    return click.argument(name, metavar="ROUTINE", shell_complete=complete_routine, **more)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")

estimate_option = click.option(
    "--estimate", is_flag=True, help="Guess the lengths of spoken texts; needs no engine."
)

voice_option = click.option(
    "--voice", metavar="ENGINE:VOICE", help="Who speaks; `voiceguide voices` lists them."
)

_LENGTH = click.option("--length", metavar="LENGTH", help="How long exactly: `10m`, `12:30`.")
_LEVEL = click.option(
    "--level",
    metavar="LEVEL",
    help="Where in every range: gentle, standard, strong, or `30%`.",
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
    help="Take in what the routine marks `option OPTION`; may be given more than once.",
)
_SET = click.option(
    "--set",
    "set_",
    metavar="NAME=WORDS",
    multiple=True,
    help="Fill the word {NAME}, which stands under `words:`; may be given more than once.",
)
_SESSION = (
    _LENGTH,
    _LEVEL,
    guidance_option,
    voice_option,
    click.option(
        "--bed",
        metavar="BED",
        help="What sounds under it all: `rain`, `waves, -34 dB`, a file, or `none`.",
        shell_complete=completing(lambda: (*sorted(library.bed_names()), "none"), or_files=True),
    ),
    click.option(
        "--intro",
        metavar="AMOUNT",
        help="What is said before the first heading: full, short, none.",
        shell_complete=complete_value,
    ),
    click.option("--seed", metavar="TEXT", help="What `shuffle` draws its order from."),
    click.option("--loudness", metavar="LUFS", help="How loud: `-16`; it is -19 otherwise."),
    _WITH,
    _SET,
)
_CHOSEN = (_LENGTH, _LEVEL, _WITH, _SET)


def chosen_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those of a session's options that its doses and words depend on."""
    return reduce(lambda decorated, option: option(decorated), reversed(_CHOSEN), command)


def session_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--length`, `--level`, `--voice`, `--bed` and so on: they beat the front matter."""
    return reduce(lambda decorated, option: option(decorated), reversed(_SESSION), command)


STDIN = "-"


PAGES = (".html", ".htm")
"""What the name of a page ends in."""


def page_named(name: str) -> Path:
    """The page to write; a UsageError where its name is that of something else."""
    from voiceguide.files import check_target

    path = Path(name)
    if path.suffix.lower() not in PAGES:
        raise UsageError(f"`{name}` is not a name for a page", "name a file that ends in .html")
    check_target(path)
    return path


def name_of(routine: str) -> str:
    """What a file is called that is made of a routine, without an ending."""
    if routine == STDIN:
        raise UsageError(
            "a routine from standard input has no name for its file", "name one with `-o FILE`"
        )
    return Path(routine).stem


def seconds_of(option: str, text: str, what: str, way_out: str) -> float:
    """A length that an option is given, in seconds; `what` it is not where it is of several."""
    from voiceguide.lengths import parse_length

    with blame(None, label=f"`{option} {text}`: "):
        length = parse_length(text)
    if length.elastic or length.in_breaths:
        raise UsageError(f"`{option} {text}` is not one {what}", way_out)
    return length.low


def read_routine(routine: str) -> SourceText:
    """The text of a path, of a name from the library, or of standard input."""
    from voiceguide.studio.opening import MOST_BYTES, SourceText, read

    if routine != STDIN:
        return read(routine)
    if console.is_terminal(sys.stdin):
        console.tell("Type or paste the routine, then press Ctrl-D (on Windows Ctrl-Z, Enter).")
    return SourceText(sys.stdin.buffer.read(MOST_BYTES + 1), STDIN, Path.cwd())


def open_routine(text: SourceText, wishes: Mapping[str, Wish]) -> Session:
    """A session of the text, with the options of the command line."""
    from voiceguide import studio

    return studio.load_text(text, **given(wishes))
