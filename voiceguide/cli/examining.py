"""What works here: each thing that an export needs is tried out, and none of them may hang."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from threading import Thread
from typing import TypeVar

from voiceguide import __version__, encode, engines, library
from voiceguide.audio import read_sound
from voiceguide.errors import MachineError, Place, VoiceguideError
from voiceguide.render import Blocks, render
from voiceguide.sequence import Chime, Kind
from voiceguide.settings import PACES
from voiceguide.store import Store, default_store
from voiceguide.timeline import Event, Timeline

PATIENCE = 20.0
"""Seconds that an engine has for one word: a neural one reads its model first."""

WORD = "Hello"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something does not work, and what to do about it."""

    problem: str
    help: str | None = None


@dataclass(frozen=True, slots=True)
class EngineReport:
    """A speech engine that is installed, after it was asked to say one word."""

    name: str
    version: str | None = None
    voices: tuple[engines.Voice, ...] = ()
    voice: str | None = None
    """The one that spoke: the best one for English, or else the first."""
    seconds: float | None = None
    """From the start of the engine to the word."""
    audible: bool = False
    """Whether there was any sound: `silent` works, and makes none."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class FormatReport:
    """A format, after a short file of it was written."""

    name: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class CacheReport:
    """The cache, after something was put into it."""

    folder: Path
    entries: int
    size: int
    """Bytes."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """The routines and chimes that come with voiceguide, after each chime was read."""

    routines: int
    chimes: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was tried."""

    version: str
    python: str
    system: str
    engines: tuple[EngineReport, ...]
    formats: tuple[FormatReport, ...]
    cache: CacheReport
    library: LibraryReport

    @property
    def lacks(self) -> str | None:
        """Why nothing can be exported here; None where something can."""
        if self.library.fault:
            return "this installation is not whole"
        if not any(engine.audible for engine in self.engines):
            return "no speech engine works"
        if all(format_.fault for format_ in self.formats):
            return "no format can be written"
        return None


def examine() -> Report:
    """Try everything out."""
    return Report(
        __version__,
        platform.python_version(),
        f"{platform.system()} {platform.machine()}",
        tuple(map(try_engine, engines.names())),
        tuple(map(_try_format, encode.Format)),
        try_cache(default_store()),
        _try_library(),
    )


# ── engines ──────────────────────────────────────────────────────────────────


def try_engine(name: str, patience: float = PATIENCE) -> EngineReport:
    """Let an engine say one word, for at most `patience` seconds."""
    began = time.perf_counter()
    try:
        report = in_time(lambda: _say_a_word(name, began), patience)
    except Exception as error:  # a stranger's code may fail in any way
        return EngineReport(name, fault=_engine_fault(name, error))
    return report


def _engine_fault(name: str, error: Exception) -> Fault:
    """What went wrong, with a way out that does not lead back to where we are."""
    fault = fault_of(error)
    if fault.help and "voiceguide doctor" not in fault.help:
        return fault
    packages = {p.name: p.dist for p in entry_points(group=engines.GROUP)}
    package = packages.get(name)
    bring = f"run `pip install --force-reinstall {package.name}`" if package else None
    return replace(fault, help=bring)


def _say_a_word(name: str, began: float) -> EngineReport:
    engine = engines.make(name)
    try:
        voices = tuple(engine.voices())
        if not voices:
            raise MachineError("it has no voice here", "`voiceguide voices` lists those to install")
        voice = _english(engine) or voices[0]
        said = engine.speak(WORD, voice.name, PACES["calm"])
        seconds = time.perf_counter() - began
        audible = bool(said.samples.any())
        return EngineReport(name, engine.version, voices, voice.name, seconds, audible)
    finally:
        engine.close()


def _english(engine: engines.Engine) -> engines.Voice | None:
    try:
        return engines.find_voice(engine, None, "en")
    except VoiceguideError:
        return None


def in_time(work: Callable[[], Found], seconds: float) -> Found:
    """What `work` gives, if it does so within so many seconds; a thread that hangs is left behind.

    Raises:
        MachineError: it took longer.
    """
    future: Future[Found] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # the asker's to judge
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except TooLateError:
        raise MachineError(f"no answer within {seconds:g} s") from None


def fault_of(error: Exception) -> Fault:
    """What went wrong, in words."""
    if isinstance(error, VoiceguideError):
        return Fault(error.message, error.help or None)
    return Fault(f"{type(error).__name__}: {error}")


# ── all else ─────────────────────────────────────────────────────────────────


def _try_format(format_: encode.Format) -> FormatReport:
    name = format_.value.removeprefix(".")
    try:
        with tempfile.TemporaryDirectory() as folder:
            encode.write(_tick(), Path(folder) / f"probe{format_.value}")
    except (VoiceguideError, OSError, ImportError) as error:
        return FormatReport(name, fault_of(error))
    return FormatReport(name)


def _tick() -> Blocks:
    """A session of one tick: silence alone would ask nothing of an encoder."""
    clip = read_sound(library.tick_file())
    place = Place(library.tick_file().name, 1)
    event = Event(clip.onset, clip.sounding, Kind.CHIME, None, place, source=Chime("tick"))
    return render(Timeline(len(clip.samples), (event,), ()), lambda _source: clip)


def try_cache(store: Store) -> CacheReport:
    """Put something into the cache, and get it back."""
    entries, size = store.size()
    store.put("a doctor's probe", b"works")
    if store.get("a doctor's probe") == b"works":
        return CacheReport(store.folder, entries, size)
    fault = Fault("nothing can be kept here", "set VOICEGUIDE_CACHE to a folder you can write to")
    return CacheReport(store.folder, entries, size, fault)


def _try_library() -> LibraryReport:
    try:
        routines = library.routines()
        chimes = [name for name in library.chime_names() if "-" in name]
        files = filter(None, (*map(library.chime_file, chimes), library.tick_file()))
        sounds = list(map(read_sound, files))
    except (VoiceguideError, OSError) as error:
        return LibraryReport(0, 0, fault_of(error))
    return LibraryReport(len(routines), len(sounds))
