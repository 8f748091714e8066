"""Play an exported file, with its steps as they were planned.

The timeline is in the file's tags. A file without one, such as a WAV, is played as one piece, in
which chapters are the only steps. Nothing in a file can be made longer or shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from voiceguide.audio.decode import OpenSound, open_sound
from voiceguide.encode import FORMATS, FoundTags, tags_in
from voiceguide.encode.formats import format_at
from voiceguide.errors import Place, UsageError, blame
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player import Conductor, Transport
from voiceguide.player.conductor import FixedPlan
from voiceguide.player.now import stop_before, stops
from voiceguide.proof.promise import Promise, PromisedMoment, read_promise
from voiceguide.render import Block, Span
from voiceguide.render.blocks import to_16_bit
from voiceguide.routine import Side
from voiceguide.sequence import Chime, EventKind, SoundFile, Source, Words
from voiceguide.studio.playing import Wishes, start_of
from voiceguide.timeline import ChapterMark, Event, Timeline

_KINDS = {kind.value: kind for kind in EventKind}


def is_recording(path: Path) -> bool:
    """Whether a file is a sound file, by its name or by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except (OSError, ValueError):
        return False
    named = path.suffix.lower() in {kind.ending for kind in FORMATS}
    return named or format_at(start) is not None


class Recorded(AbstractContextManager["Recorded"]):
    """A sound file that is played; `close` ends it."""

    late = 0.0
    """Always 0: no other end can be requested for a recording."""

    note = ""
    """Always empty: a recording has no voice to report about."""

    def __init__(self, path: Path, wishes: Wishes, clock: Callable[[], float]) -> None:
        """Open the file, and go to where playing begins."""
        _check_wishes(wishes)
        sound = _open(path)
        try:
            self.title, self.timeline = _said_of(path, sound.length)
            start = start_of(self.timeline, wishes)
        except UsageError:
            sound.close()
            raise
        self._blocks = blocks = _FileBlocks(sound, self.timeline.length)
        self.transport = Transport(blocks, start, wishes.volume)
        self.conductor = Conductor(
            FixedPlan(self.timeline),
            self.transport,
            lambda _timeline: blocks,
            self._sound,
            clock=clock,
        )

    def tick(self) -> None:
        """Let the conductor handle what has happened."""
        self.conductor.tick()

    @property
    def step(self) -> int:
        """The step that is being played, counted from 0."""
        return stops(self.timeline).index(stop_before(self.timeline, self.transport.position))

    def cover(self) -> bytes:
        """Return the session as a drawing, PNG."""
        from voiceguide.studio.sounds import drawn_cover

        return drawn_cover(self.title, self.timeline)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading."""
        self.transport.close()
        self._blocks.close()

    def _sound(self, source: Source) -> npt.NDArray[np.int16]:
        """Return the sound of a source, mono, from its first place in the file."""
        event = next(e for e in self.timeline.events if e.source == source)
        block = self._blocks.read(event.position, min(event.end, self.timeline.length))
        return block if block.ndim == 1 else block.mean(axis=1).astype(np.int16)


class _FileBlocks:
    """The blocks of a file, for several threads."""

    ground = None

    def __init__(self, sound: OpenSound, length: int) -> None:
        self.length, self.channels = length, sound.channels
        self.spans: Sequence[Span] = ((0, length),)
        self._sound_file = sound
        self._lock = Lock()

    def read(self, start: int, stop: int) -> Block:
        """Return the samples of [start, stop)."""
        with self._lock:
            return to_16_bit(self._sound_file.read(start, stop))

    def key(self, start: int, stop: int) -> str:
        """Return a key for these samples; it is valid while the file is open."""
        return f"{id(self._sound_file)} {start} {stop}"

    def close(self) -> None:
        """Close the file."""
        self._sound_file.close()


def _check_wishes(wishes: Wishes) -> None:
    if wishes.keep_length or wishes.ends_in is not None:
        raise UsageError("a recording cannot end at another time", "play the routine itself")


def _open(path: Path) -> OpenSound:
    with blame(None):
        sound = open_sound(path)
    if sound.rate == SAMPLE_RATE and sound.channels in (1, 2) and sound.length > 0:
        return sound
    sound.close()
    if not sound.length:
        raise UsageError(f"`{path}` is empty", "export the session again")
    raise UsageError(
        f"`{path}` has {sound.channels} channels at {sound.rate} Hz",
        f"what `voiceguide export` writes has one or two at {SAMPLE_RATE} Hz; "
        "a music player plays all others",
    )


# ── the tags of the file ─────────────────────────────────────────────────────


def _said_of(path: Path, length: int) -> tuple[str, Timeline]:
    """Return the title and the timeline of a file of `length` samples."""
    try:
        said = tags_in(path)
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}", "try again") from error
    if said.timeline is None:
        return path.stem, _one_piece(path, said, length)
    promise = read_promise(said.timeline)
    if promise.length > length:
        raise UsageError(f"`{path}` breaks off", "copy it once more, or export it again")
    return promise.title, _as_promised(promise, path)


def _one_piece(path: Path, said: FoundTags, length: int) -> Timeline:
    whole = Event(0, length, EventKind.SOUND, path.name, Place(path.name, 1))
    marks = (ChapterMark(c.title, c.level, c.start) for c in said.chapters if c.start < length)
    return Timeline(length, (whole,), tuple(marks))


def _as_promised(promise: Promise, path: Path) -> Timeline:
    place = Place(path.name, 1)
    events = (_event(moment, promise, place) for moment in promise.moments if moment.kind in _KINDS)
    marks = (ChapterMark(c.title, c.level, c.position) for c in promise.chapters)
    return Timeline(promise.length, tuple(events), tuple(marks))


def _event(moment: PromisedMoment, promise: Promise, place: Place) -> Event:
    return Event(
        moment.position,
        moment.length,
        _KINDS[moment.kind],
        moment.text,
        place,
        Side(moment.side) if moment.side else None,
        moment.round,
        moment.rep,
        moment.chapter,
        _source(moment, promise, place),
        moment.level,
    )


def _source(moment: PromisedMoment, promise: Promise, place: Place) -> Source | None:
    sound = promise.sound_of(moment)
    if sound is None:
        return None
    text = moment.text or ""
    if sound.spoken:
        return Words(text)
    return Chime(text) if moment.kind == EventKind.CHIME.value else SoundFile(text, place)
