"""The bed of a session: one of the library, a file, or a sound that a program handed in."""

from __future__ import annotations

from voiceguide import library
from voiceguide.audio import Loop, Recording, SoundError, loop_of
from voiceguide.errors import MachineError, Problem, RoutineError, UsageError, VoiceguideError
from voiceguide.script import is_path
from voiceguide.settings import LOUDNESS, Bed
from voiceguide.studio.files import bed_path
from voiceguide.studio.handed import OWN
from voiceguide.studio.opening import Opened

_OVERLAP = 0.25
"""Seconds of its beginning that a bed of the library holds once more: see `make_beds.py`."""


def bed_of(opened: Opened) -> Loop | None:
    """The bed of a session at its level, before anything ducks it; None where there is none.

    Raises:
        RoutineError: the routine names a file that is not there, or is no sound to be looped.
        UsageError: an option does, or what a program handed in cannot be looped.
        MachineError: the installation is not whole.
    """
    bed = opened.settings.bed
    if bed is None:
        return None
    level = bed.level + opened.settings.loudness - LOUDNESS
    if opened.handed.bed and bed.name == OWN:
        return _looped(opened.handed.bed, level)
    if not is_path(bed.name):
        return _bundled(bed.name, level)
    try:
        return loop_of(bed_path(bed, opened.folders[opened.routine.source]), level)
    except (library.NotFound, SoundError) as error:
        raise _placed(error, bed, opened) from error


def _looped(recording: Recording, level: float) -> Loop:
    try:
        return loop_of(recording, level)
    except SoundError as error:
        raise UsageError(error.message, error.help) from error


def _bundled(name: str, level: float) -> Loop:
    path = library.bed_file(name)
    if path is None:
        raise MachineError(f"the bed `{name}` is missing", "install voiceguide again")
    return loop_of(path, level, fade=_OVERLAP)


def _placed(error: VoiceguideError, bed: Bed, opened: Opened) -> RoutineError | UsageError:
    if bed.place is None:
        return UsageError(error.message, error.help)
    return RoutineError([opened.located(Problem(bed.place, error.message, error.help))])
