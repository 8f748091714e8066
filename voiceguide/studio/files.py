"""The files that a routine names, sounds and pictures: each must be there, beside it.

The bed alone may be named by an option, and then from the folder that the program runs in.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceguide import library
from voiceguide.audio import LONGEST_LOOP, SoundError, sound_seconds
from voiceguide.errors import Place, Problem, Severity, UsageError
from voiceguide.lengths import show_clock
from voiceguide.routine import PlaySound, Routine
from voiceguide.script import is_path
from voiceguide.settings import Bed


def missing_files(routine: Routine, folder: Path) -> Iterator[Problem]:
    """A problem for each file that is not there, or leads out of the routine's folder."""
    for path, place in (*_sounds(routine), *_in_front(routine)):
        fault = _fault(path, folder)
        if fault:
            yield Problem(place, fault.message, fault.help, routine.lines[place.line - 1])


def _fault(path: str, folder: Path) -> library.NotFound | None:
    try:
        library.resolve_beside(path, folder)
    except library.NotFound as error:
        return error
    return None


def _sounds(routine: Routine) -> Iterator[tuple[str, Place]]:
    for part in routine.spoken():
        if isinstance(part, PlaySound):
            yield part.path, part.place


def _in_front(routine: Routine) -> Iterator[tuple[str, Place]]:
    for setting in routine.front:
        if setting.name == "cover" and isinstance(setting.value, str):
            yield setting.value, setting.place
        elif setting.name == "chimes" and isinstance(setting.value, dict):
            for role, name in setting.value.items():
                if isinstance(name, str) and is_path(name):
                    yield name, setting.places[role]


# ── the bed ──────────────────────────────────────────────────────────────────


def bed_path(bed: Bed, folder: Path) -> Path:
    """The file of a bed that is one: beside the routine in `folder`, or as an option names it.

    Raises:
        NotFound: the routine names one that cannot be had.
    """
    if bed.place is None:
        return Path(bed.name).expanduser()
    return library.resolve_beside(bed.name, folder)


def bed_problems(bed: Bed | None, routine: Routine, folder: Path) -> Iterator[Problem]:
    """What is wrong with the file of a bed, as far as its beginning tells.

    Raises:
        UsageError: an option names one that cannot be used.
    """
    if bed is None or not is_path(bed.name):
        return
    place = bed.place or Place(routine.source, 1)
    line = routine.lines[place.line - 1] if bed.place else ""
    try:
        seconds = sound_seconds(bed_path(bed, folder))
    except (library.NotFound, SoundError) as error:
        if bed.place is None:
            raise UsageError(error.message, error.help) from error
        yield Problem(place, error.message, error.help, line)
        return
    if seconds and seconds > LONGEST_LOOP:
        message = f"`{bed.name}` lasts {show_clock(seconds)}: its first {show_clock(LONGEST_LOOP)}"
        way_out = "cut out the piece that you like best"
        yield Problem(place, f"{message} go round and round", way_out, line, Severity.WARNING)
