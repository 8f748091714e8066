"""`voiceguide doctor`: show what works here and what is missing.

Everything that an export needs is tried out, each with a time limit.
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path
from threading import Thread
from typing import TypeVar, cast

import click
from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide import __version__, encode, engines, library
from voiceguide.audio.decode import sound_seconds
from voiceguide.audio.recording import read_sound
from voiceguide.cli import console
from voiceguide.cli.console import Column, Line, Styled, counted, line, lines_of, size_text, table
from voiceguide.cli.options import json_option
from voiceguide.engines.choosing import Refused, best_voice
from voiceguide.errors import MachineError, Place, Problem, UsageError, VoiceguideError
from voiceguide.installation import again
from voiceguide.player.device import speakers
from voiceguide.render import Blocks, render
from voiceguide.render.blocks import to_16_bit
from voiceguide.sequence import Chime, EventKind
from voiceguide.settings import PACES
from voiceguide.settings.configuration import configuration_path, read_configuration
from voiceguide.store import Store, default_store
from voiceguide.studio.opening import known_names
from voiceguide.timeline import Event, Timeline


@click.command
@click.option("--chime", is_flag=True, help="Only play a chime, to test the sound.")
@click.option("--speaker", metavar="NAME", help="With --chime: the sound device to play it on.")
@json_option
def doctor(*, chime: bool, speaker: str | None, as_json: bool) -> None:
    """Test what an export needs: speech engines, formats, the cache, the library.

    \b
      voiceguide doctor
      voiceguide doctor --chime --speaker headphones

    Prints whether an export works, which voice is the default and why, how to fix what does not
    work, and what works. `voiceguide voices` lists the voices. The exit code is 3 if nothing can be
    exported, or if no chime could be played. With --json, prints one object (see docs/JSON.md).
    """
    if chime:
        if as_json:
            raise UsageError("`--chime` has no output for `--json`", "leave out one of them")
        _strike(speaker)
        return
    if speaker is not None:
        raise UsageError("`--speaker` only works with `--chime` here", "add `--chime`")
    report = examine()
    if as_json:
        console.put_json(report.as_dict())
    else:
        console.put(*report_lines(report, console.width() or console.PIPE_WIDTH))
    if report.lacks:
        raise MachineError(f"nothing can be exported here: {report.lacks}", again())


def _strike(speaker: str | None) -> None:
    """Play a chime of the library and print the device's name."""
    from voiceguide.player.device import Device, play_once

    clip = read_sound(library.chime_file("bowl") or library.tick_file())
    device = Device(1, speaker)
    play_once(to_16_bit(clip.samples[:, None]), device)
    console.put(f"Played a chime on `{device.name}`.")


_Row = tuple[Styled | str, str, str]

_COLUMNS = (Column(style="dim"), Column(), Column())


def report_lines(report: Examination, width: int) -> Iterator[Line]:
    """Yield the report, at most `width` cells wide: readiness, faults, then what works."""
    about = f"voiceguide {report.version}, Python {report.python}, {report.system}"
    yield from lines_of(about, width)
    yield line()
    yield from _outcome(report, width)
    yield from _missing(report, width)
    for title, rows in _sections(report):
        yield from (line(), line(Styled(title, "bold")))
        yield from table(_COLUMNS, rows, width)


def _outcome(report: Examination, width: int) -> Iterator[Line]:
    """Yield whether an export works, and which voice speaks."""
    choice = report.choice
    if report.lacks:
        yield from lines_of(f"Nothing can be exported here: {report.lacks}.", width, "bad")
    else:
        yield line(Styled("Ready to export.", "good"))
    if choice.voice:
        said = f"Where no voice is named, `{choice.voice}` speaks: {choice.reason}."
        yield from lines_of(said, width)
    for one in choice.refused:
        yield from lines_of(f"Better, but it does not speak: {one.voice}: {one.reason}.", width)


def _missing(report: Examination, width: int) -> Iterator[Line]:
    """Yield what should work but does not, each with its help."""
    others = (report.configuration, report.cache, report.library)
    faults = [(one.name, one.fault) for one in (*report.formats, *others) if one.fault]
    faults += [(one.name, one.fault) for one in report.engines if one.fault and not one.absent]
    if report.choice.fault:
        faults.append(("voice", report.choice.fault))
    if faults:
        yield from (line(), line(Styled("what does not work", "bold")))
    for name, fault in faults:
        yield from table(_COLUMNS, [_row(name, "", fault)], width)
        yield from lines_of(f"help: {fault.help}" if fault.help else "", width, "dim", " " * 6)


def _sections(report: Examination) -> Iterator[tuple[str, list[_Row]]]:
    """Yield sections of what works and of what is not installed, which is not a fault."""
    working = [one for one in report.engines if not one.fault]
    yield "speech", [_row(one.name, one.text) for one in working]
    yield "formats", [_row(", ".join(one.name for one in report.formats if not one.fault), "")]
    kept = (report.configuration, report.cache, report.library)
    yield "settings, cache and library", [_row(one.name, one.text) for one in kept if not one.fault]
    found = cast("list[dict[str, str]]", report.sound.facts["speakers"])
    devices = [_row(one["name"], f"({one['system']})") for one in found]
    silent = [("  --", "sound", report.sound.fault.message)] if report.sound.fault else []
    if devices or silent:
        yield "sound devices, for `play`", [*devices, *silent]
    absent = [(one.name, one.fault) for one in report.engines if one.fault and one.absent]
    if absent:
        told = [(name, "; ".join(filter(None, (it.message, it.help)))) for name, it in absent]
        yield "not installed", [("  --", name, said) for name, said in told]


def _row(name: str, text: str, fault: Problem | None = None) -> _Row:
    mark = Styled("  no", "bad") if fault else Styled("  ok", "good")
    return mark, name, fault.message if fault else text


Found = TypeVar("Found")


def in_time(work: Callable[[], Found], seconds: float) -> Found:
    """Return the result of `work`; raise a MachineError after `seconds` and abandon its thread."""
    future: Future[Found] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # the caller handles it
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except TooLateError:
        raise MachineError(f"no answer within {seconds:g} s") from None


def fault_of(error: Exception) -> Problem:
    """Convert an error to a problem."""
    if isinstance(error, VoiceguideError):
        return Problem(error.message, error.help)
    return Problem(f"{type(error).__name__}: {error}")


# ── which engines speak here, and which voice is the default ─────────────────


PATIENCE = 20.0
"""Seconds that an engine has for one word; a neural one loads its model first."""

WORD = "Hello"


class Finding(Struct, frozen=True):
    """The result of trying one thing."""

    name: str
    text: str = ""
    """Text for people, if it works."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Data for programs."""
    fault: Problem | None = None

    def as_dict(self) -> dict[str, object]:
        """Return its object in `doctor --json`."""
        return {**self.facts, **fault_dict(self.fault)}


def fault_dict(fault: Problem | None) -> dict[str, object]:
    """Return the fields of a fault in `doctor --json`: whether it works, problem, help."""
    return {
        "works": fault is None,
        "problem": fault.message if fault else None,
        "help": (fault.help or None) if fault else None,
    }


class EngineReport(Struct, frozen=True):
    """The result of asking an installed speech engine to say one word."""

    name: str
    version: str | None = None
    voices: tuple[engines.Voice, ...] = ()
    voice: str | None = None
    """The voice that spoke: the best one for English, otherwise the first."""
    seconds: float | None = None
    """Seconds from starting the engine to receiving the word."""
    audible: bool = False
    """Whether there was any sound; the engine `silent` works but makes none."""
    absent: bool = False
    """Whether the engine itself reports that a part of it is not installed."""
    fault: Problem | None = None

    @property
    def names(self) -> list[str]:
        """Names of its voices for `--voice`."""
        return list(dict.fromkeys(voice.name for voice in self.voices))

    @property
    def text(self) -> str:
        """Text for people, if it works."""
        languages = len({voice.language for voice in self.voices})
        known = f"{counted(len(self.names), 'voice')}, {counted(languages, 'language')}"
        heard = f"`{self.voice}` said a word" if self.audible else "makes no sound: for trying out"
        listed = f" (`voiceguide voices --engine {self.name}`)" if len(self.names) > 1 else ""
        return f"{heard}; {known}{listed}"

    def as_dict(self) -> dict[str, object]:
        """Return its object in `doctor --json`."""
        return {
            "name": self.name,
            "version": self.version,
            "audible": self.audible,
            "voice": self.voice,
            "seconds": self.seconds,
            "voices": [{"name": voice.name, "language": voice.language} for voice in self.voices],
            **fault_dict(self.fault),
        }


class ChoiceReport(Struct, frozen=True):
    """The voice that speaks if a routine names none."""

    voice: str | None = None
    """The voice as `ENGINE:VOICE`."""
    reason: str = ""
    refused: tuple[Refused, ...] = ()
    """Better voices that were tried but failed."""
    fault: Problem | None = None

    def as_dict(self) -> dict[str, object]:
        """Return its object in `doctor --json`."""
        return {
            "voice": self.voice,
            "reason": self.reason or None,
            "refused": [{"voice": one.voice, "problem": one.reason} for one in self.refused],
            **fault_dict(self.fault),
        }


def try_engine(name: str, patience: float = PATIENCE) -> EngineReport:
    """Let an engine say one word within `patience` seconds."""
    began = time.perf_counter()
    try:
        return in_time(lambda: _say_a_word(name, began), patience)
    except Exception as error:  # third-party code may fail in any way
        return EngineReport(name, fault=_engine_fault(name, error))


def _engine_fault(name: str, error: Exception) -> Problem:
    """Convert an error to a problem whose help is not `doctor` itself."""
    fault = fault_of(error)
    if fault.help and "voiceguide doctor" not in fault.help:
        return fault
    packages = {p.name: p.dist for p in entry_points(group=engines.GROUP)}
    package = packages.get(name)
    bring = again(package.name) if package else ""
    return replace(fault, help=bring)


def _say_a_word(name: str, began: float) -> EngineReport:
    try:
        engine = engines.make(name)
    except VoiceguideError as error:
        if error.__cause__ is not None:
            raise
        return EngineReport(name, absent=True, fault=_engine_fault(name, error))
    with closing(engine):
        voices = tuple(engine.voices())
        if not voices:
            fault = Problem("it has no voice here", "`voiceguide voices` lists those to install")
            return EngineReport(name, engine.version, absent=True, fault=fault)
        voice = _english(engine) or voices[0]
        text, pace = engines.sample_by(engine, voice.name) or (WORD, PACES["calm"])
        said = engines.checked(engine.speak(text, voice.name, pace))
        seconds = time.perf_counter() - began
        audible = bool(said.samples.any())
        return EngineReport(name, engine.version, voices, voice.name, seconds, audible)


def _english(engine: engines.Engine) -> engines.Voice | None:
    try:
        return engines.find_voice(engine, None, "en")
    except VoiceguideError:
        return None


_WHY = {
    engines.NEURAL: "it is neural, and it works here",
    engines.SYSTEM: "it is the system's own, and no neural one is installed",
    engines.EMBEDDED: "it is built in, and no better one is installed",
}
"""Reason for choosing a voice of each kind."""

_WHY_LEFT = "no better one works here"


def try_choice(store: Store, patience: float = 4 * PATIENCE) -> ChoiceReport:
    """Determine the default voice anew, and cache the result for the next export."""
    try:
        settings = read_configuration().checked().settings
        language = str(settings.get("language", "en"))
        voice = settings.get("voice")
        if voice is not None:
            return in_time(lambda: _named(str(voice), language), patience)
        return in_time(lambda: _choose(language, store), patience)
    except Exception as error:  # third-party code may fail in any way
        return ChoiceReport(fault=fault_of(error))


def _named(voice: str, language: str) -> ChoiceReport:
    choice = engines.read_choice(engines.voices_in(voice)[0])
    with closing(engines.make(choice.engine)) as engine:
        found = engines.find_voice(engine, choice.voice, language)
    return ChoiceReport(f"{engine.name}:{found.name}", "your configuration names it")


def _choose(language: str, store: Store) -> ChoiceReport:
    best = best_voice(language, store, again=True)
    kind = engines.kind_of(best.engine)
    best.engine.close()
    reason = _WHY_LEFT if best.refused else _WHY.get(kind or "", "")
    return ChoiceReport(f"{best.engine.name}:{best.voice.name}", reason, best.refused)


class Examination(Struct, frozen=True):
    """The results of everything that was tried."""

    version: str
    python: str
    system: str
    engines: tuple[EngineReport, ...]
    choice: ChoiceReport
    configuration: Finding
    formats: tuple[Finding, ...]
    cache: Finding
    library: Finding
    sound: Finding
    """Sound devices for `play`; an export does not need any."""

    @property
    def lacks(self) -> str | None:
        """Why nothing can be exported here; None if an export works."""
        if self.library.fault:
            return "this installation is not whole"
        if not any(engine.audible for engine in self.engines):
            return "no speech engine works"
        if all(format_.fault for format_ in self.formats):
            return "no format can be written"
        return None

    def as_dict(self) -> dict[str, object]:
        """Return the object of `doctor --json`."""
        return {
            "version": self.version,
            "python": self.python,
            "system": self.system,
            "ready": self.lacks is None,
            "engines": [engine.as_dict() for engine in self.engines],
            "choice": self.choice.as_dict(),
            "configuration": self.configuration.as_dict(),
            "formats": [format_.as_dict() for format_ in self.formats],
            "cache": self.cache.as_dict(),
            "library": self.library.as_dict(),
            "sound": self.sound.as_dict(),
        }


def examine() -> Examination:
    """Try out everything that an export needs."""
    return Examination(
        __version__,
        platform.python_version(),
        f"{platform.system()} {platform.machine()}",
        tuple(map(try_engine, engines.names())),
        try_choice(default_store()),
        _try_configuration(),
        tuple(map(_try_format, encode.FORMATS)),
        try_cache(default_store()),
        _try_library(),
        try_sound(),
    )


def _try_configuration() -> Finding:
    """Read the user's settings; speech commands count as settings."""
    file = configuration_path()
    try:
        found = read_configuration(known_names()).checked()
        count, fault = len(found.settings) + len(found.programs), None
    except VoiceguideError as error:
        count, fault = 0, Problem(str(error))
    text = f"{file}: {counted(count, 'setting')} of your own"
    return Finding("settings", text, {"file": str(file), "settings": count}, fault)


def _try_format(format_: encode.Format) -> Finding:
    """Write a short file in a format."""
    name, fault = format_.ending.removeprefix("."), None
    try:
        with tempfile.TemporaryDirectory() as folder:
            encode.write(_tick(), Path(folder) / f"probe{format_.ending}")
    except (VoiceguideError, OSError, ImportError) as error:
        fault = fault_of(error)
    return Finding(name, "", {"name": name}, fault)


def _tick() -> Blocks:
    """Render a session of one tick; silence would not test an encoder."""
    clip = read_sound(library.tick_file())
    place = Place(library.tick_file().name, 1)
    event = Event(clip.onset, clip.sounding, EventKind.CHIME, None, place, source=Chime("tick"))
    return render(Timeline(len(clip.samples), (event,), ()), lambda _source: clip)


def try_cache(store: Store) -> Finding:
    """Put an entry into the cache and read it back."""
    entries, size = store.size()
    store.put("a doctor's probe", b"works")
    fault = None
    if store.get("a doctor's probe") != b"works":
        way_out = "set VOICEGUIDE_CACHE to a folder you can write to"
        fault = Problem("nothing can be stored here", way_out)
    facts = {"folder": str(store.folder), "entries": entries, "bytes": size}
    kept = f"{counted(entries, 'entry', 'entries')}, {size_text(size)}"
    return Finding("cache", f"{store.folder}: {kept}", facts, fault)


def try_sound(patience: float = PATIENCE) -> Finding:
    """List sound devices without opening any."""
    try:
        found, fault = in_time(speakers, patience), None
    except Exception as error:  # a driver may fail in any way
        found, fault = [], fault_of(error)
    devices = [{"name": one.name, "system": one.system} for one in found]
    return Finding("sound", "", {"speakers": devices}, fault)


def _try_library() -> Finding:
    """Read every sound of the library and count its routines, chimes and beds."""
    counts, fault = {"routines": 0, "chimes": 0, "beds": 0}, None
    try:
        chimes = [name for name in library.chime_names() if "-" in name]
        files = filter(None, (*map(library.chime_file, chimes), library.tick_file()))
        sounds = list(map(read_sound, files))
        beds = [sound_seconds(path) for path in map(library.bed_file, library.bed_names()) if path]
        counts = {"routines": len(library.routines()), "chimes": len(sounds), "beds": len(beds)}
    except (VoiceguideError, OSError) as error:
        fault = fault_of(error)
    text = ", ".join(counted(number, noun.removesuffix("s")) for noun, number in counts.items())
    return Finding("library", text, counts, fault)
