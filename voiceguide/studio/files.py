"""The files that a routine names, sounds and pictures: each must be there, beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceguide import library
from voiceguide.errors import Place, Problem
from voiceguide.routine import PlaySound, Routine
from voiceguide.script import is_path


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
