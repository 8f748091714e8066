"""`voiceguide voices`: which voices there are, installing and removing them, and hearing them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from voiceguide.cli import console
from voiceguide.cli.ink import Ink, line
from voiceguide.cli.options import json_option, voice_option
from voiceguide.cli.words import counted, size_text
from voiceguide.errors import MachineError, UsageError, VoiceguideError

if TYPE_CHECKING:
    from voiceguide.cli.voices.offers import Offer
    from voiceguide.voices import InstalledVoice

from_option = click.option(
    "--from",
    "source",
    metavar="URL",
    help="A mirror, in place of the publisher's address.  [default: VOICEGUIDE_VOICES_FROM]",
)


def _complete_known(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from voiceguide import voices

    names = [voice.name for voice in voices.known() if voice.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def _complete_installed(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from voiceguide import voices

    names = (voice.name for voice in voices.installed())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.group(invoke_without_command=True, short_help="List, install, remove and try neural voices.")
@click.option("--language", metavar="TAG", help="Those that speak it alone: `de`, `en-gb`.")
@click.option("--engine", metavar="NAME", help="Those of one engine alone: `piper`, `espeak`.")
@click.option("--installed", "here_only", is_flag=True, help="Those that are here alone.")
@json_option
@click.pass_context
def voices(
    ctx: click.Context,
    *,
    language: str | None,
    engine: str | None,
    here_only: bool,
    as_json: bool,
) -> None:
    """List the voices that are here, and those that can be installed, with size and licence.

    \b
      voiceguide voices --language de
      voiceguide voices install en_US-lessac-medium
      voiceguide voices try "Kneel on your left knee."

    A routine names a voice as `voice: piper:en_US-lessac-medium`. The licence is that of the
    recordings a voice was trained on; mind it if you sell what it says. In a pipe engine, name,
    language, quality, bytes, licence, and `installed` or `available`, are parted by tabs; with
    --json, one object (see docs/JSON.md).
    """
    from voiceguide.cli.voices.offers import offers

    if ctx.invoked_subcommand:
        return
    found = offers(engine, language, here_only=here_only)
    if as_json:
        console.put_json({"folder": _folder(), "voices": [offer.as_dict() for offer in found]})
    elif console.is_terminal(sys.stdout):
        _show(found, engine, here_only=here_only)
    else:
        for offer in found:
            console.put("\t".join(_fields(offer)))
    if not found:
        console.tell("None of these voices is installed." if here_only else "There are none.")


def _show(found: list[Offer], engine: str | None, *, here_only: bool) -> None:
    from voiceguide.cli.ink import wrapped
    from voiceguide.cli.voices.offers import other_engines
    from voiceguide.cli.voices.shown import shown

    width = console.width() or console.PIPE_WIDTH
    if found:
        console.put(*shown(found, width, names=engine is not None))
    others = other_engines()
    if engine is None and not here_only and others:
        said = (
            "`voiceguide voices install NAME` installs one. Other engines bring theirs along:"
            f" {', '.join(others)}; `--engine {others[-1]}` lists them."
        )
        for part in ("", *wrapped(said, width)):
            console.put(line(Ink(part, "dim")))


def _fields(offer: Offer) -> tuple[str, ...]:
    here = "installed" if offer.installed else "available"
    about = (offer.engine, offer.name, offer.language, offer.quality)
    return (*about, str(offer.size or ""), offer.licence or "unknown", here)


def _folder() -> str:
    from voiceguide.voices import voices_folder

    return str(voices_folder())


# ── installing and removing ──────────────────────────────────────────────────


@voices.command(short_help="Fetch voices, or copy those that you have.")
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=_complete_known)
@from_option
@click.option("--language", metavar="TAG", help="What a voice speaks whose files do not say.")
def install(*, names: tuple[str, ...], source: str | None, language: str | None) -> None:
    """Fetch voices from their publisher, or copy them from your own files.

    \b
      voiceguide voices install en_US-lessac-medium
      voiceguide voices install kokoro-v1.0
      voiceguide voices install Downloads/my-voice.onnx

    NAME is one that `voiceguide voices` lists, or the path of a voice's model or folder. What broke
    off is gone on with the next time; a voice appears when all of it has arrived and its checksums
    are right. Proxies are those of the environment (HTTPS_PROXY). Prints what a routine calls it.
    """
    for name in names:
        _told(_install(name, source, language))


def _install(name: str, source: str | None, language: str | None) -> InstalledVoice:
    from voiceguide.cli.progress import shown_progress
    from voiceguide.voices import known_voice
    from voiceguide.voices.installing import install, install_files

    with shown_progress(f"Installing {name}") as share:
        if _is_path(name):
            return install_files(Path(name), language, share)
        engine, plain = _parted(name)
        return install(known_voice(plain, engine), source, share)


def _is_path(name: str) -> bool:
    """A name of the catalogue has no slash and no ending, and is no folder's here."""
    from voiceguide.voices import find_known

    separators = [os.sep, *filter(None, [os.altsep])]
    written = name.endswith((".onnx", ".onnx.json")) or any(one in name for one in separators)
    return written or (find_known(name) is None and Path(name).is_dir())


def _parted(name: str) -> tuple[str | None, str]:
    """`ENGINE:NAME` or `NAME`."""
    engine, colon, plain = name.rpartition(":")
    return (engine.lower() or None) if colon else None, plain


def _told(voice: InstalledVoice) -> None:
    from voiceguide.engines import make
    from voiceguide.voices import find_known

    console.put(f"{voice.engine}:{voice.name}")
    known = find_known(voice.name, voice.engine)
    if known and known.engine == voice.engine:
        console.tell(f"Its licence: {known.licence or 'not known here'}. See {known.card}")
    if known and known.within:
        console.tell(f"A routine names a voice in it: `voice: {voice.engine}:{known.within[0]}`.")
    try:
        make(voice.engine).close()
    except MachineError as error:
        console.tell(f"It does not speak yet: {error.message}; {error.help}.")


@voices.command(short_help="Remove voices from the disk.")
@click.argument(
    "names", nargs=-1, required=True, metavar="NAME…", shell_complete=_complete_installed
)
def remove(*, names: tuple[str, ...]) -> None:
    """Remove installed voices, and nothing but their own files.

    \b
      voiceguide voices remove en_US-lessac-medium
    """
    from voiceguide.voices import installed_voice
    from voiceguide.voices import remove as remove_files

    found = []
    for name in names:
        engine, plain = _parted(name)
        found.append(installed_voice(plain, engine))
    for voice in dict.fromkeys(found):
        size = voice.size
        remove_files(voice)
        console.put(f"Removed {voice.engine}:{voice.name}, {size_text(size)}.")


@voices.command(short_help="Fetch the list of voices of today.")
@from_option
def update(*, source: str | None) -> None:
    """Fetch Piper's list of today, so that its newer voices can be installed.

    \b
      voiceguide voices update

    It is checked first; where it is not sound, the old list stays. Prints how many voices there
    are. Licences are not in that list: of a newer voice, its card tells.
    """
    from voiceguide.voices.installing import update as fetch_list

    number, new = fetch_list(source)
    console.put(f"{counted(number, 'voice')}, {new} of them new.")


# ── trying ───────────────────────────────────────────────────────────────────


@voices.command("try", short_help="Write a sentence in a voice, to hear it.")
@click.argument("text")
@voice_option
@click.option("--language", metavar="TAG", default="en", show_default=True, help="What TEXT is in.")
@click.option("--all", "every", is_flag=True, help="One numbered file for each installed voice.")
@click.option("-o", "--output", metavar="FILE", help="Where to: a file; with --all, a folder.")
def try_(text: str, *, voice: str | None, language: str, every: bool, output: str | None) -> None:
    """Write TEXT in a voice, as a session would say it. Prints the file's path.

    \b
      voiceguide voices try "Kneel on your left knee." --voice piper:en_US-lessac-medium
      voiceguide voices try "Kneel on your left knee." --all -o samples
    """
    from voiceguide.cli.voices.trying import try_voice

    if not text.strip():
        raise UsageError("there is nothing to say", "write a sentence in quotation marks")
    if every:
        _try_all(text, voice, language, Path(output or ""))
    else:
        console.put(str(try_voice(text, voice, language, Path(output) if output else None)))


def _try_all(text: str, voice: str | None, language: str, folder: Path) -> None:
    """A file for each voice; one that fails does not keep the others from being heard."""
    from voiceguide.cli.voices.trying import every_voice
    from voiceguide.files import make_folder

    if voice is not None:
        raise UsageError("`--all` and `--voice` contradict each other", "leave one of them out")
    make_folder(folder)
    tried = [
        _try_one(text, one, language, folder, number)
        for number, one in enumerate(every_voice(language), 1)
    ]
    failed = tried.count(False)
    if failed or not tried:
        raise MachineError(f"{counted(failed, 'voice')} of {len(tried)} could not be tried")


def _try_one(text: str, voice: str, language: str, folder: Path, number: int) -> bool:
    from voiceguide.cli.voices.trying import file_name, try_voice

    try:
        console.put(str(try_voice(text, voice, language, folder / file_name(voice, number))))
    except VoiceguideError as error:
        console.tell(line(Ink(f"{voice}: ", "bold"), error.message))
        return False
    return True
