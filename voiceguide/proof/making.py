"""A timeline and its clips to a `Promise`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from voiceguide.audio import Clip, Samples
from voiceguide.lengths import samples
from voiceguide.proof.fingerprint import fingerprint
from voiceguide.proof.promise import ChapterPromise, Moment, Promise, Sound
from voiceguide.render import ClipOf
from voiceguide.sequence import Source, Words
from voiceguide.timeline import Event, Timeline

STRIKE = samples(0.5)
"""A chime is known by its beginning: what follows may be spoken while it rings."""

FAINTEST = -120.0
"""dBFS: silence, as a number."""


def promise(
    timeline: Timeline,
    clip_of: ClipOf,
    *,
    title: str,
    language: str,
    channels: int,
    loudness: float,
    ground: float | None,
    chapters: Iterable[ChapterPromise],
) -> Promise:
    """What a file of this timeline will hold.

    Args:
        timeline: the whole session.
        clip_of: gives the clip of a source, as it will be mixed.
        title: the session's.
        language: the one spoken.
        channels: of the file: 1 or 2.
        loudness: LUFS, mono: what spoken lines were brought to.
        ground: dBFS: the loudest 400 ms of what sounds where nothing else does, or None.
        chapters: those that the file will list.
    """
    sources = timeline.sources()
    indices = {source: index for index, source in enumerate(sources)}
    return Promise(
        title,
        language,
        timeline.length,
        channels,
        loudness,
        ground,
        tuple(chapters),
        tuple(_sound(source, clip_of(source)) for source in sources),
        tuple(_moment(event, indices) for event in timeline.events),
    )


def sharpness(heard: Samples) -> float:
    """The largest second difference of neighbouring samples, in dBFS."""
    differences = np.abs(np.diff(heard, 2))
    return in_decibels(float(differences.max(initial=0.0)))


def in_decibels(size: float) -> float:
    """A size at full scale 1 in dBFS, no less than `FAINTEST`."""
    return max(FAINTEST, 20 * float(np.log10(size))) if size > 0 else FAINTEST


def _sound(source: Source, clip: Clip) -> Sound:
    spoken = isinstance(source, Words)
    silent = not np.isfinite(clip.loudness)
    within = clip.sounding if spoken else STRIKE
    return Sound(
        spoken,
        clip.onset,
        clip.sounding,
        len(clip.samples) - clip.end,
        clip.loudness,
        in_decibels(float(np.abs(clip.samples).max(initial=0.0))),
        sharpness(clip.samples),
        None if silent else fingerprint(clip, within),
    )


def _moment(event: Event, indices: dict[Source, int]) -> Moment:
    return Moment(
        event.position,
        event.length,
        event.kind.value,
        event.text,
        event.side.value if event.side else None,
        event.round,
        event.rep,
        event.chapter,
        indices[event.source] if event.source else None,
        event.level,
    )
