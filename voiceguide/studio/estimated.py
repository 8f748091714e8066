"""Lengths without an engine: what `plan --estimate` needs, and nothing that makes sound."""

from __future__ import annotations

import struct
from collections.abc import Callable
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


class Estimated:
    """Texts are guessed, sounds are measured."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._pace = opened.settings.words_a_minute
        self._language = opened.settings.language
        self._sounds: Sounds | None = None

    def __call__(self, source: Source) -> int:
        """Samples that a source sounds for."""
        if isinstance(source, Words):
            return estimate(source.text, slowed(self._pace, source.slowness), self._language)
        if isinstance(source, SoundFile) or self._opened.supplied.chime(source.name):
            return self._measured(source)
        return self._of_library(source)

    def _of_library(self, chime: Chime) -> int:
        """Kept from one run to the next: reading a sound takes longer than all the rest."""
        named = library.tick_file if chime.name in library.TICKS else library.chime_file
        path = named(chime.name)
        if path is None:
            return self._measured(chime)  # which says so
        stat, loudness = path.stat(), self._opened.settings.loudness
        key = f"sounding {__version__} {path} {stat.st_size} {stat.st_mtime_ns} {loudness}"
        found = kept(default_store(), key, lambda: _LENGTH.pack(self._measured(chime)))
        return int(_LENGTH.unpack(found)[0])

    def _measured(self, source: Chime | SoundFile) -> int:
        from voiceguide.studio.sounds import Sounds

        if self._sounds is None:
            self._sounds = Sounds(self._opened)
        return self._sounds.clip(source).sounding


def slowed(words_a_minute: int, slowness: int) -> int:
    """The pace of a text that is said so many steps slower."""
    return round(words_a_minute * (1 - SLOWNESS_STEP * slowness))
