"""Lengths without an engine: what `plan --estimate` needs, and nothing that makes sound."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide import __version__, library
from voiceguide.sequence import SLOWNESS_STEP, Chime, SoundFile, Source, Words
from voiceguide.speech.pace import estimate
from voiceguide.store import default_store, kept
from voiceguide.studio.opening import Opened

if TYPE_CHECKING:
    from voiceguide.studio.sounds import Sounds

Progress = Callable[[float], None]
"""Told the share done, from 0 to 1."""

_LENGTH = struct.Struct("<q")


class SoundLengths:
    """The lengths of chimes and sound files; those of the library are kept from run to run."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    @cached_property
    def sounds(self) -> Sounds:
        """The sounds themselves, which take longer to load than all the rest."""
        from voiceguide.studio.sounds import Sounds

        return Sounds(self._opened)

    def __call__(self, source: Chime | SoundFile) -> int:
        """Samples that a source sounds for."""
        path = None if isinstance(source, SoundFile) else self._in_library(source)
        if path is None:
            return self.sounds.clip(source).sounding
        stat, loudness = path.stat(), self._opened.settings.loudness
        key = f"sounding {__version__} {path} {stat.st_size} {stat.st_mtime_ns} {loudness}"
        made = kept(default_store(), key, lambda: _LENGTH.pack(self.sounds.clip(source).sounding))
        return int(_LENGTH.unpack(made)[0])

    def _in_library(self, chime: Chime) -> Path | None:
        if self._opened.supplied.chime(chime.name):
            return None
        ticks = chime.name in library.TICKS
        return library.tick_file(chime.name) if ticks else library.chime_file(chime.name)


class Estimated:
    """Texts are guessed, sounds are measured."""

    def __init__(self, opened: Opened) -> None:
        self._pace = opened.settings.words_a_minute
        self._language = opened.settings.language
        self._sounding = SoundLengths(opened)

    def __call__(self, source: Source) -> int:
        """Samples that a source sounds for."""
        if isinstance(source, Words):
            pace = slowed(source.words_a_minute or self._pace, source.slowness)
            return estimate(source.text, pace, self._language)
        return self._sounding(source)


def slowed(words_a_minute: int, slowness: int) -> int:
    """The pace of a text that is said so many steps slower."""
    return round(words_a_minute * (1 - SLOWNESS_STEP * slowness))
