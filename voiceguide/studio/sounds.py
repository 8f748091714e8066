"""Clips for a session's chimes and sounds: from the library, the author or a program."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from msgspec.json import decode, encode

from voiceguide import __version__, library
from voiceguide.audio.clip import Clip
from voiceguide.audio.levels import amplify, limited, measured
from voiceguide.audio.loops import CROSS_FADE, Loop, LoopFacts, loop_of
from voiceguide.audio.recording import played_clip, read_recording, read_sound, struck_clip
from voiceguide.errors import InputError, MachineError, Place, blame
from voiceguide.files import read_ordinary
from voiceguide.installation import again
from voiceguide.lengths import show_time
from voiceguide.picture import CoverMark, cover
from voiceguide.script import is_path
from voiceguide.sequence import Chime, SoundFile
from voiceguide.settings import LOUDNESS, Bed
from voiceguide.store import default_store, kept, state_of
from voiceguide.studio.opening import Opened
from voiceguide.studio.supplied import OWN, bed_path
from voiceguide.timeline import BedChange, Timeline


class Sounds:
    """The chimes and sound files of one session, each decoded and levelled once."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._voice = opened.settings.loudness
        self._clips: dict[Chime | SoundFile, Clip] = {}

    def clip(self, source: Chime | SoundFile) -> Clip:
        """Return the clip of a chime or a file."""
        if source not in self._clips:
            self._clips[source] = self._made(source)
        return self._clips[source]

    def _made(self, source: Chime | SoundFile) -> Clip:
        if isinstance(source, SoundFile):
            return self._of_file(source)
        supplied = self._opened.supplied.chime(source.name)
        if supplied is None:
            return self._of_library(source.name)
        with blame(None):
            return struck_clip(supplied, self._voice)

    def _of_file(self, source: SoundFile) -> Clip:
        made = struck_clip if source.struck else played_clip
        with self._opened.blame(source.place):
            folder = self._opened.folders[source.place.source]
            path = library.resolve_beside(source.path, folder)
            return made(read_recording(path), self._voice)

    def _of_library(self, name: str) -> Clip:
        path = library.tick_file(name) if name in library.TICKS else library.chime_file(name)
        if path is None:
            raise MachineError(f"the chime `{name}` is missing", again())
        return _chime(path, self._voice - LOUDNESS)


@lru_cache(maxsize=16)
def _chime(path: Path, gain: float) -> Clip:
    """Return a chime of the library, `gain` dB louder; consecutive sessions share it."""
    clip = read_sound(path)
    if not gain:
        return clip
    turned = limited(amplify(clip.samples, gain), clip.rate, clip.loudness + gain)
    return measured(turned.samples, clip.rate)


# ── the bed of a session: from the library, from a file, or supplied by a program


_OVERLAP = 0.25
"""Seconds of its beginning that a bed of the library repeats at its end: see `make_beds.py`."""


_LARGEST_KNOWN = 32 << 20
"""Bytes: a larger file is decoded each time, which takes hardly longer than reading it twice."""


def bed_of(opened: Opened) -> Loop | None:
    """Return the bed of a session at its level, before ducking; None if there is none."""
    bed = opened.settings.bed
    if bed is None:
        return None
    if opened.supplied.bed and bed.name == OWN:
        with blame(None):
            return loop_of(opened.supplied.bed, _level(opened, bed))
    return _named(opened, bed, opened.settings.places.get("bed"), opened.routine.source)


class LaidBeds:
    """The beds that prose starts, each decoded and levelled once."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._loops: dict[tuple[Bed, str], Loop] = {}

    def __call__(self, change: BedChange) -> Loop:
        """Return the bed of a change, which must have one."""
        bed, source = change.bed, change.place.source
        if bed is None:
            raise ValueError("a change to no bed has none")
        if (bed, source) not in self._loops:
            self._loops[bed, source] = _named(self._opened, bed, change.place, source)
        return self._loops[bed, source]


def _named(opened: Opened, bed: Bed, place: Place | None, source: str) -> Loop:
    """Return the bed of this name, as the routine `source` writes it."""
    level = _level(opened, bed)
    if not is_path(bed.name):
        return _bundled(bed.name, level)
    with opened.blame(place):
        return _loop(bed_path(bed.name, place, opened.folders[source]), level, CROSS_FADE)


def _level(opened: Opened, bed: Bed) -> float:
    return bed.level + opened.settings.loudness - LOUDNESS


def _bundled(name: str, level: float) -> Loop:
    path = library.bed_file(name)
    if path is None:
        raise MachineError(f"the bed `{name}` is missing", again())
    return _loop(path, level, _OVERLAP)


def _loop(path: Path, level: float, fade: float) -> Loop:
    """Return the loop of a file, without decoding it if its facts are in the store."""
    content = _digest(path)
    if content is None:  # `loop_of` tells why
        return loop_of(path, level, fade=fade)
    store, key = default_store(), f"loop {__version__} {_decoder()} {content} {level!r} {fade!r}"
    facts = store.get(key)
    if facts is not None:
        known = decode(facts, type=LoopFacts)
        return Loop.known(known, lambda: loop_of(path, level, fade=fade).samples)
    loop = loop_of(path, level, fade=fade)
    store.put(key, encode(loop.facts))
    return loop


def _digest(path: Path) -> str | None:
    """Return a digest of an ordinary file, or None if it cannot be read."""
    try:
        return hashlib.blake2b(read_ordinary(path, _LARGEST_KNOWN), digest_size=20).hexdigest()
    except OSError:
        return None


@cache
def _decoder() -> str:
    """Return what changes with the library that decodes sound, without importing it."""
    spec = find_spec("_soundfile_data")
    return state_of(*map(Path, spec.submodule_search_locations or ())) if spec else ""


# ── the cover of a session: the author's own, or a drawing of the session ────


LARGEST_COVER = 8 << 20
"""Bytes; a larger picture is of no use on a phone, and FLAC holds 16 MB at most."""


def cover_of(opened: Opened, timeline: Timeline) -> bytes:
    """Return the cover, PNG or JPEG."""
    path = opened.settings.cover
    return _own_cover(opened, path) if path else drawn_cover(opened.title, timeline)


def drawn_cover(title: str, timeline: Timeline) -> bytes:
    """Draw the session as a clock face, PNG; kept in the store, since drawing takes a while."""
    marks = tuple(
        CoverMark(
            event.position / timeline.length,
            event.end / timeline.length,
            event.kind.value,
            event.side,
        )
        for event in timeline.events
    )
    starts = tuple(chapter.position / timeline.length for chapter in timeline.chapters)
    shown = (title, show_time(timeline.duration), marks, starts)
    return kept(default_store(), f"cover 2 {__version__} {shown!r}", lambda: cover(*shown))


def _own_cover(opened: Opened, path: str) -> bytes:
    place = next(s.place for s in opened.routine.front if s.name == "cover")
    with opened.blame(place):
        try:
            found = library.resolve_beside(path, opened.folders[place.source])
            return read_ordinary(found, LARGEST_COVER)
        except OSError as error:
            way_out = f"name a PNG or JPEG file beside it, of at most {LARGEST_COVER >> 20} MB"
            raise InputError(f"cannot read `{path}`", way_out) from error
