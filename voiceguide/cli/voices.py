"""`voiceguide voices`: list, install, remove and try voices."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from voiceguide import engines
from voiceguide import voices as catalogue
from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, blocks, cell_len, line, lines_of, plain
from voiceguide.cli.options import Completer, Decorator, completing, json_option, voice_option
from voiceguide.errors import MachineError, UsageError, VoiceguideError, did_you_mean
from voiceguide.files import make_folder
from voiceguide.voices import catalogue as voice_list

if TYPE_CHECKING:
    from voiceguide.voices import InstalledVoice, KnownVoice


from_option = click.option(
    "--from",
    "source",
    metavar="URL",
    help="Mirror to use instead of the publisher's address.  [default: VOICEGUIDE_VOICES_FROM]",
)


def _names(completer: Completer) -> Decorator:
    return click.argument(
        "names", nargs=-1, required=True, metavar="NAME…", shell_complete=completer
    )


@click.group(invoke_without_command=True)
@click.option("--language", metavar="TAG", help="Only voices of this language: `de`, `en-gb`.")
@click.option("--engine", metavar="NAME", help="Only voices of this engine: `piper`, `espeak`.")
@click.option("--installed", "here_only", is_flag=True, help="Only installed voices.")
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
    """List the installed voices and those that can be installed, with size and licence.

    \b
      voiceguide voices --language de
      voiceguide voices install en_US-lessac-medium
      voiceguide voices try "Kneel on your left knee."

    A routine names a voice as `voice: piper:en_US-lessac-medium`. The licence is that of the
    recordings a voice was trained on; respect it if you sell what the voice says. In a pipe, prints
    engine, name, language, quality, bytes, licence, and `installed` or `available`, separated by
    tabs; with --json, one object (see docs/JSON.md).
    """
    if ctx.invoked_subcommand:
        return
    found = offers(engine, language, here_only=here_only)
    if as_json:
        folder = str(catalogue.voices_folder())
        console.put_json({"folder": folder, "voices": [offer.as_dict() for offer in found]})
    elif console.is_terminal(sys.stdout):
        _show(found, engine, here_only=here_only)
    else:
        for offer in found:
            about = (offer.engine, offer.name, offer.language, offer.quality, offer.size or "")
            here = "installed" if offer.installed else "available"
            console.put("\t".join(map(str, (*about, offer.licence or "unknown", here))))
    if not found:
        console.tell("None of these voices is installed." if here_only else "There are no voices.")


def _show(found: list[VoiceOffer], engine: str | None, *, here_only: bool) -> None:
    width = console.width() or console.PIPE_WIDTH
    if found:
        console.put(*offer_lines(found, width, names=engine is not None))
    others = other_engines()
    if engine is None and not here_only and others:
        said = (
            "`voiceguide voices install NAME` installs one. Other engines include their voices:"
            f" {', '.join(others)}; `--engine {others[-1]}` lists them."
        )
        console.put(line(), *lines_of(said, width, "dim"))


@voices.command(short_help="Download voices, or copy your own.")
@_names(completing(lambda: (one.name for one in voice_list.known()), or_files=True))
@from_option
@click.option("--language", metavar="TAG", help="Language, if the voice's files do not name it.")
def install(*, names: tuple[str, ...], source: str | None, language: str | None) -> None:
    """Download voices from their publisher, or copy them from your own files.

    \b
      voiceguide voices install en_US-lessac-medium
      voiceguide voices install kokoro-v1.0
      voiceguide voices install Downloads/my-voice.onnx

    NAME is one that `voiceguide voices` lists, or the path of a voice's model or folder. An
    interrupted download is continued next time; a voice appears when it is complete and its
    checksums are right. The environment sets the proxy (HTTPS_PROXY). Prints the name of each voice
    for use in a routine.
    """
    for name in names:
        _announce(_install(name, source, language))


def _install(name: str, source: str | None, language: str | None) -> InstalledVoice:
    from voiceguide.voices.installing import install, install_files

    with console.shown_progress(f"Installing {name}") as share:
        if _is_path(name):
            return install_files(Path(name), language, share)
        engine, plain = _parted(name)
        return install(voice_list.known_voice(plain, engine), source, share)


def _is_path(name: str) -> bool:
    """Whether `name` is a path: it has a separator or a model's suffix, or is a folder here."""
    separators = [os.sep, *filter(None, [os.altsep])]
    written = name.endswith((".onnx", ".onnx.json")) or any(one in name for one in separators)
    return written or (voice_list.find_known(name) is None and Path(name).is_dir())


def _parted(name: str) -> tuple[str | None, str]:
    """Split `ENGINE:NAME` or `NAME` into engine and name."""
    engine, colon, plain = name.rpartition(":")
    return (engine.lower() or None) if colon else None, plain


def _announce(voice: InstalledVoice) -> None:
    console.put(f"{voice.engine}:{voice.name}")
    known = voice_list.find_known(voice.name, voice.engine)
    if known and known.engine == voice.engine:
        console.tell(f"Its licence: {known.licence or 'not known here'}. See {known.card}")
    if known and known.within:
        console.tell(f"A routine names a voice in it: `voice: {voice.engine}:{known.within[0]}`.")
    try:
        engines.make(voice.engine).close()
    except MachineError as error:
        console.tell(f"It does not speak yet: {error.message}; {error.help}.")


@voices.command(short_help="Remove voices from the disk.")
@_names(completing(lambda: (one.name for one in catalogue.installed())))
def remove(*, names: tuple[str, ...]) -> None:
    """Remove installed voices; only their own files are removed.

    \b
      voiceguide voices remove en_US-lessac-medium
    """
    parted = map(_parted, names)
    found = [catalogue.installed_voice(plain, engine) for engine, plain in parted]
    for voice in dict.fromkeys(found):
        size = voice.size
        catalogue.remove(voice)
        console.put(f"Removed {voice.engine}:{voice.name}, {console.size_text(size)}.")


@voices.command(short_help="Download the current list of voices.")
@from_option
def update(*, source: str | None) -> None:
    """Download Piper's current list, so that its newer voices can be installed.

    \b
      voiceguide voices update

    The list is checked first; if it is invalid, the old list is kept. Prints the number of voices.
    The list has no licences: for a newer voice, see its card.
    """
    from voiceguide.voices.installing import update as fetch_list

    number, new = fetch_list(source)
    console.put(f"{console.counted(number, 'voice')}, {new} of them new.")


@voices.command("try", short_help="Write a sentence in a voice to an audio file.")
@click.argument("text")
@voice_option
@click.option(
    "--language", metavar="TAG", default="en", show_default=True, help="Language of TEXT."
)
@click.option("--all", "every", is_flag=True, help="Write a numbered file per installed voice.")
@click.option("-o", "--output", metavar="FILE", help="Output file; with --all, a folder.")
def try_(text: str, *, voice: str | None, language: str, every: bool, output: str | None) -> None:
    """Speak TEXT in a voice, as a session would, into an audio file. Prints its path.

    \b
      voiceguide voices try "Kneel on your left knee." --voice piper:en_US-lessac-medium
      voiceguide voices try "Kneel on your left knee." --all -o samples
    """
    from voiceguide.cli.say import try_voice

    if not text.strip():
        raise UsageError("there is nothing to say", "write a sentence in quotation marks")
    if every:
        _try_all(text, voice, language, Path(output or ""))
    else:
        console.put(str(try_voice(text, voice, language, Path(output) if output else None)))


def _try_all(text: str, voice: str | None, language: str, folder: Path) -> None:
    """Write a file for each voice; a voice that fails does not stop the others."""
    from voiceguide.cli.say import every_voice, file_name, try_voice

    if voice is not None:
        raise UsageError("`--all` and `--voice` contradict each other", "leave one of them out")
    make_folder(folder)
    number = failed = 0
    for number, one in enumerate(every_voice(language), 1):
        try:
            console.put(str(try_voice(text, one, language, folder / file_name(one, number))))
        except VoiceguideError as error:
            console.tell(line(Styled(f"{one}: ", "bold"), error.message))
            failed += 1
    if failed or not number:
        raise MachineError(f"{console.counted(failed, 'voice')} of {number} could not be tried")


# ── offers: installed voices, and those that can be installed ────────────────


class VoiceOffer(Struct, frozen=True):
    """A voice, or a model with several."""

    engine: str
    name: str
    language: str
    quality: str = ""
    size: int = 0
    """Bytes on disk or to download; 0 for voices that are not downloaded."""
    licence: str = ""
    card: str = ""
    installed: bool = True
    within: tuple[str, ...] = ()
    """The voices in a model, if they have names."""
    speakers: int = 1

    def as_dict(self) -> dict[str, object]:
        """Return its object in `voices --json`."""
        return {
            "engine": self.engine,
            "name": self.name,
            "language": self.language or None,
            "quality": self.quality or None,
            "bytes": self.size or None,
            "licence": self.licence or None,
            "card": self.card or None,
            "installed": self.installed,
            "speakers": self.speakers,
            "voices": list(self.within),
        }


def offers(engine: str | None, language: str | None, *, here_only: bool) -> list[VoiceOffer]:
    """List an engine's voices that speak a language, installed ones first.

    Without an engine, list the voices that are downloaded one by one; other engines include theirs.
    """
    if engine is not None and engine not in engines.names():
        way_out = did_you_mean(engine, engines.names())
        raise UsageError(f"there is no speech engine `{engine}`", way_out)
    brings = engine is not None and engine not in catalogue.ENGINES
    found = list(_brought(engine) if brings and engine else _fetched(engine))
    if language is not None:
        found = list(_speaking(found, language))
    return [offer for offer in found if offer.installed or not here_only]


def other_engines() -> list[str]:
    """Engines that include their voices, except `silent`."""
    return [name for name in engines.names() if name not in (*catalogue.ENGINES, "silent")]


def _fetched(engine: str | None) -> Iterator[VoiceOffer]:
    known = {(voice.engine, voice.name): voice for voice in voice_list.known()}
    for voice in catalogue.installed(engine):
        listed = known.pop((voice.engine, voice.name), None)
        yield replace(
            _offer(listed) if listed else VoiceOffer(voice.engine, voice.name, voice.language),
            language=voice.language,
            quality=voice.quality,
            size=voice.size,
            licence=voice.licence or (listed.licence if listed else ""),
            installed=True,
        )
    yield from (_offer(one) for one in known.values() if engine in (None, one.engine))


def _offer(voice: KnownVoice) -> VoiceOffer:
    about = (voice.engine, voice.name, voice.language, voice.quality, voice.size)
    return VoiceOffer(*about, voice.licence, voice.card, False, voice.within, voice.speakers)


def _brought(engine: str) -> Iterator[VoiceOffer]:
    with closing(engines.make(engine)) as made:
        for voice in made.voices():
            yield VoiceOffer(engine, voice.name, voice.language)


def _speaking(found: Iterable[VoiceOffer], language: str) -> Iterator[VoiceOffer]:
    """Yield the offers of a language; in a model of several languages, keep only its voices."""
    from voiceguide.engines.neural.kokoro import language_of

    offers, tag = list(found), language.lower().replace("_", "-")
    known = set()
    speaking = []
    for offer in offers:
        spoken = {name: language_of(name) for name in offer.within}
        known |= (languages := {offer.language, *spoken.values()})
        if any(f"{one}-".startswith(f"{tag}-") for one in languages):
            within = (name for name, one in spoken.items() if f"{one}-".startswith(f"{tag}-"))
            speaking.append(replace(offer, within=tuple(within)))
    if not speaking:
        bare = {one.partition("-")[0] for one in known}
        raise UsageError(f"no voice speaks `{language}`", did_you_mean(tag, bare))
    yield from speaking


# ── offers as lines: a row each, or several lines on a narrow terminal ───────


COLUMNS = (Column("voice", "bold"), *map(Column, ("speaks", "quality", "size", "licence")))
INDENT = "  "

FEW = 12
"""Most voices of a model that are all listed by name; of more, only three are."""

UNKNOWN = "see its card"
"""Shown for a licence that the catalogue does not know."""


def offer_lines(offers: Sequence[VoiceOffer], width: int, *, names: bool) -> Iterator[Line]:
    """Yield a section for each engine's installed voices, then for those that can be installed.

    With `names`, all voices in a model are listed.
    """
    head, *rows = (made[0] for made in blocks(COLUMNS, map(cells, offers), None, INDENT))
    wide = max(cell_len(plain(row)) for row in (head, *rows)) <= width
    both = groupby(zip(offers, rows, strict=True), lambda pair: (pair[0].engine, pair[0].installed))
    for number, ((engine, here), members) in enumerate(both):
        yield from [line()] if number else []
        yield line(Styled(f"{engine}: {'installed' if here else 'can be installed'}", "bold"))
        if wide:
            yield head
        for offer, row in members:
            yield from [row] if wide else _block(offer, width)
            yield from lines_of(_within(offer, names=names), width, "dim", 2 * INDENT)


def cells(offer: VoiceOffer) -> tuple[str, str, str, str, str]:
    """The cells of an offer's row."""
    licence = offer.licence or (UNKNOWN if offer.card else "")
    size = console.size_text(offer.size) if offer.size else ""
    return offer.name, offer.language, offer.quality, size, licence


def _block(offer: VoiceOffer, width: int) -> Iterator[Line]:
    name, *about = cells(offer)
    yield from lines_of(name, width, "bold", INDENT)
    yield from lines_of(", ".join(filter(None, about)), width, "dim", 2 * INDENT)


def _within(offer: VoiceOffer, *, names: bool) -> str:
    """Text of the voices in a model: names, or the number of speakers; empty for one voice."""
    number = len(offer.within)
    if number:
        few = offer.within if names or number <= FEW else (*offer.within[:3], "…")
        return f"{console.counted(number, 'voice')}: {' '.join(few)}"
    if offer.speakers > 1:
        return (
            f"{console.counted(offer.speakers, 'speaker')}: {offer.name}+0 to +{offer.speakers - 1}"
        )
    return ""
