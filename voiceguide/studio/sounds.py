"""Clips for the chimes and sounds of a session: the library's, the author's, a program's."""

from __future__ import annotations

from voiceguide import library
from voiceguide.audio import (
    Clip,
    SoundError,
    amplify,
    limited,
    measured,
    played_clip,
    read_recording,
    read_sound,
    struck_clip,
)
from voiceguide.errors import MachineError, Problem, RoutineError, UsageError
from voiceguide.sequence import Chime, SoundFile
from voiceguide.settings import LOUDNESS
from voiceguide.studio.opening import Opened


class Sounds:
    """The chimes and sound files of one session, decoded and levelled once each."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._voice = opened.settings.loudness
        self._clips: dict[Chime | SoundFile, Clip] = {}

    def clip(self, source: Chime | SoundFile) -> Clip:
        """The clip of a chime or a file.

        Raises:
            RoutineError: the file is not there, or is no sound.
            UsageError: what a program handed in is none.
            MachineError: the installation is not whole.
        """
        if source not in self._clips:
            self._clips[source] = self._made(source)
        return self._clips[source]

    def _made(self, source: Chime | SoundFile) -> Clip:
        if isinstance(source, SoundFile):
            return self._of_file(source)
        handed = self._opened.handed.chime(source.name)
        if handed is None:
            return self._of_library(source.name)
        try:
            return struck_clip(handed, self._voice)
        except SoundError as error:
            raise UsageError(error.message, error.help) from error

    def _of_file(self, source: SoundFile) -> Clip:
        made = struck_clip if source.struck else played_clip
        try:
            folder = self._opened.folders[source.place.source]
            path = library.resolve_beside(source.path, folder)
            return made(read_recording(path), self._voice)
        except (library.NotFound, SoundError) as error:
            problem = Problem(source.place, error.message, error.help)
            raise RoutineError([self._opened.located(problem)]) from error

    def _of_library(self, name: str) -> Clip:
        path = library.tick_file() if name == "tick" else library.chime_file(name)
        if path is None:
            raise MachineError(f"the chime `{name}` is missing", "install voiceguide again")
        clip = read_sound(path)
        gain = self._voice - LOUDNESS
        if not gain:
            return clip
        turned = limited(amplify(clip.samples, gain), clip.loudness + gain)
        return measured(turned.samples, clip.rate)
