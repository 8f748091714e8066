"""Lengths without an engine: what `plan --estimate` needs, and no code that makes sound."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide import __version__, library
from voiceguide.audio import FACTS_SIZE, ClipFacts
from voiceguide.sequence import SLOWNESS_STEP, Chime, SoundFile, Source, Words
from voiceguide.speech.pace import estimate
from voiceguide.store import default_store, kept
from voiceguide.studio.opening import Opened

if TYPE_CHECKING:
    from voiceguide.studio.sounds import Sounds

Progress = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""


def part_of(progress: Progress | None, begin: float, size: float) -> Progress:
    """Return the progress of a part of the work, both in shares of the whole."""
    if progress is None:
        return lambda _share: None
    return lambda share: progress(begin + size * share)


class SoundLengths:
    """Lengths and facts of chimes and sound files; those of the library are kept in the store."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._facts: dict[Chime | SoundFile, ClipFacts] = {}

    @cached_property
    def sounds(self) -> Sounds:
        """The sounds themselves; they take longer to load than everything else."""
        from voiceguide.studio.sounds import Sounds

        return Sounds(self._opened)

    def __call__(self, source: Chime | SoundFile) -> int:
        """Return how many samples a source sounds for."""
        return self.facts(source).sounding

    def facts(self, source: Chime | SoundFile) -> ClipFacts:
        """Return the facts of a source's clip."""
        if source not in self._facts:
            self._facts[source] = self._known(source)
        return self._facts[source]

    def _known(self, source: Chime | SoundFile) -> ClipFacts:
        path = None if isinstance(source, SoundFile) else self._in_library(source)
        if path is None:
            return ClipFacts.of(self.sounds.clip(source))
        stat, loudness = path.stat(), self._opened.settings.loudness
        key = (
            f"facts {FACTS_SIZE} {__version__} {path} {stat.st_size} {stat.st_mtime_ns} {loudness}"
        )
        made = kept(default_store(), key, lambda: ClipFacts.of(self.sounds.clip(source)).packed())
        return ClipFacts.unpacked(made)

    def _in_library(self, chime: Chime) -> Path | None:
        if self._opened.supplied.chime(chime.name):
            return None
        ticks = chime.name in library.TICKS
        return library.tick_file(chime.name) if ticks else library.chime_file(chime.name)


class Estimated:
    """Returns lengths: texts are estimated, sounds are measured."""

    def __init__(self, opened: Opened) -> None:
        self._pace = opened.settings.words_a_minute
        self._language = opened.settings.language
        self._sounding = SoundLengths(opened)

    def __call__(self, source: Source) -> int:
        """Return how many samples a source sounds for."""
        if isinstance(source, Words):
            pace = slowed(source.words_a_minute or self._pace, source.slowness)
            return estimate(source.text, pace, self._language)
        return self._sounding(source)


def slowed(words_a_minute: int, slowness: int) -> int:
    """Return the pace of a text that is said this many steps slower."""
    return round(words_a_minute * (1 - SLOWNESS_STEP * slowness))
