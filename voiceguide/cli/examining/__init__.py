"""What works here: each thing that an export needs is tried out, and none of them may hang."""

from __future__ import annotations

import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path

from voiceguide import __version__, encode, engines, library
from voiceguide.audio import read_sound, sound_seconds
from voiceguide.cli.examining.speech import (
    PATIENCE,
    ChoiceReport,
    EngineReport,
    try_choice,
    try_engine,
)
from voiceguide.cli.examining.trying import Fault, fault_of, in_time
from voiceguide.errors import Place, VoiceguideError
from voiceguide.player.device import Speakers, speakers
from voiceguide.render import Block, Blocks, render
from voiceguide.render.blocks import to_16_bit
from voiceguide.sequence import Chime, Kind
from voiceguide.settings.configuration import configuration_path, read_configuration
from voiceguide.store import Store, default_store
from voiceguide.studio.opening import known_names
from voiceguide.timeline import Event, Timeline

__all__ = [
    "CacheReport",
    "ChoiceReport",
    "ConfigurationReport",
    "EngineReport",
    "Fault",
    "FormatReport",
    "LibraryReport",
    "Report",
    "SoundReport",
    "a_chime",
    "examine",
    "try_cache",
    "try_choice",
    "try_engine",
    "try_sound",
]


@dataclass(frozen=True, slots=True)
class ConfigurationReport:
    """The user's own settings."""

    file: Path
    settings: int = 0
    """How many there are; the programs that speak count, too."""
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
    beds: int
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class SoundReport:
    """The sound devices, for `play`; an export needs none."""

    speakers: tuple[Speakers, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was tried."""

    version: str
    python: str
    system: str
    engines: tuple[EngineReport, ...]
    choice: ChoiceReport
    configuration: ConfigurationReport
    formats: tuple[FormatReport, ...]
    cache: CacheReport
    library: LibraryReport
    sound: SoundReport = SoundReport()

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
        try_choice(default_store()),
        _try_configuration(),
        tuple(map(_try_format, encode.Format)),
        try_cache(default_store()),
        _try_library(),
        try_sound(),
    )


def _try_configuration() -> ConfigurationReport:
    file = configuration_path()
    try:
        found = read_configuration(known_names()).checked()
    except VoiceguideError as error:
        return ConfigurationReport(file, fault=Fault(str(error)))
    return ConfigurationReport(file, len(found.settings) + len(found.programs))


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


def try_sound(patience: float = PATIENCE) -> SoundReport:
    """Look for sound devices, and open none."""
    try:
        return SoundReport(tuple(in_time(speakers, patience)))
    except Exception as error:  # a driver may fail in any way
        return SoundReport(fault=fault_of(error))


def a_chime() -> Block:
    """A chime of the library, mono.

    Raises:
        SoundError: the installation is not whole.
    """
    clip = read_sound(library.chime_file("bowl") or library.tick_file())
    return to_16_bit(clip.samples[:, None])


def _try_library() -> LibraryReport:
    try:
        routines = library.routines()
        chimes = [name for name in library.chime_names() if "-" in name]
        files = filter(None, (*map(library.chime_file, chimes), library.tick_file()))
        sounds = list(map(read_sound, files))
        beds = [sound_seconds(path) for path in map(library.bed_file, library.bed_names()) if path]
    except (VoiceguideError, OSError) as error:
        return LibraryReport(0, 0, 0, fault_of(error))
    return LibraryReport(len(routines), len(sounds), len(beds))
