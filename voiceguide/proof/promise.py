"""`Promise`: what a file says that it holds, so that it can be proved without its routine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio import ClipFacts, Samples
from voiceguide.lengths import samples
from voiceguide.proof.fingerprint import Fingerprint, fingerprint
from voiceguide.render import ClipOf, FactsOf
from voiceguide.sequence import Source, Words
from voiceguide.store import Store, kept
from voiceguide.timeline import Event, Timeline

# ── `Promise`: what a file says that it holds, so that it can be proved without its routine


ABOVE_GROUND = 6.0
"""dB by which the loudest excerpt of a sound must be above a bed to be looked for. Of 30 chimes
2 to 4 dB above one, one was found a turn of its tone too late. Speech is far above it."""


class PromisedSound(Struct, frozen=True):
    """A text or a chime as it was before it was encoded; lengths in samples, levels as planned."""

    spoken: bool
    lead: int
    """What its clip has before its sound begins."""
    length: int
    tail: int
    """What its clip has after its sound ends: it fades, or rings on."""
    loudness: float
    """LUFS of the clip, mono; minus infinity where nothing sounds."""
    peak: float
    """dBFS: the largest sample."""
    sharpness: float
    """The largest second difference of neighbouring samples, in dBFS."""
    fingerprint: Fingerprint | None
    """None where nothing sounds."""


class PromisedMoment(Struct, frozen=True):
    """An event of the timeline; position and length in samples."""

    position: int
    length: int
    kind: str
    """As in `plan --json`: `say`, `hold`, `chime`, …"""
    text: str | None
    side: str | None
    round: int | None
    rep: int | None
    chapter: int | None
    """As an index."""
    sound: int | None
    """Which of the sounds is heard, as an index; None for a silence."""
    level: float
    """dB by which the sound is turned up."""

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.position + self.length


class ChapterPromise(Struct, frozen=True):
    """Where a chapter begins, in samples."""

    title: str
    position: int
    level: int


class Promise(Struct, frozen=True):
    """All that a file promises."""

    title: str
    language: str
    length: int
    """Samples, at `lengths.SAMPLE_RATE`."""
    channels: int
    """1 or 2."""
    loudness: float
    """LUFS, mono: what spoken lines were brought to."""
    ground: float | None
    """dBFS: the loudest 400 ms of what is heard where nothing else is: a bed, or a floor of noise;
    None for digital silence."""
    chapters: tuple[ChapterPromise, ...]
    sounds: tuple[PromisedSound, ...]
    moments: tuple[PromisedMoment, ...]
    """By position."""

    def sound_of(self, moment: PromisedMoment) -> PromisedSound | None:
        """What is heard then."""
        return None if moment.sound is None else self.sounds[moment.sound]

    def is_heard(self, moment: PromisedMoment) -> bool:
        """Whether a sound can be found: it is no silence, and no bed drowns it."""
        sound = self.sound_of(moment)
        if sound is None or sound.fingerprint is None:
            return False
        loudest = max(excerpt.level for excerpt in sound.fingerprint.excerpts) + moment.level
        return self.ground is None or loudest >= self.ground + ABOVE_GROUND


# ── a timeline and its clips to a `Promise` ──────────────────────────────────


STRIKE = samples(0.5)
"""A chime is known by its beginning: what follows may be spoken while it rings."""

FAINTEST = -120.0
"""dBFS: silence, as a number."""


def promise(
    timeline: Timeline,
    clip_of: ClipOf,
    facts_of: FactsOf,
    store: Store | None = None,
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
        facts_of: gives what is known of it without opening it.
        store: keeps fingerprints.
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
        tuple(_sound(source, facts_of(source), clip_of, store) for source in sources),
        tuple(_moment(event, indices) for event in timeline.events),
    )


def sharpness(heard: Samples) -> float:
    """The largest second difference of neighbouring samples, in dBFS."""
    differences = np.abs(np.diff(heard, 2))
    return in_decibels(float(differences.max(initial=0.0)))


def in_decibels(size: float) -> float:
    """A size at full scale 1 in dBFS, no less than `FAINTEST`."""
    return max(FAINTEST, 20 * float(np.log10(size))) if size > 0 else FAINTEST


def _sound(source: Source, facts: ClipFacts, clip_of: ClipOf, store: Store | None) -> PromisedSound:
    spoken = isinstance(source, Words)
    within = facts.sounding if spoken else STRIKE
    key = f"fingerprint 1 {facts.digest} {within}"

    def made() -> bytes:
        return fingerprint(clip_of(source), within).packed()

    silent = not np.isfinite(facts.loudness)
    return PromisedSound(
        spoken,
        facts.onset,
        facts.sounding,
        facts.length - facts.end,
        facts.loudness,
        in_decibels(facts.peak),
        in_decibels(facts.sharpness),
        None if silent else Fingerprint.unpacked(kept(store, key, made)),
    )


def _moment(event: Event, indices: dict[Source, int]) -> PromisedMoment:
    return PromisedMoment(
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


# ── the promise of a part of a session, which has a file of its own ──────────


def part_of(promise: Promise, start: int, stop: int, title: str) -> Promise:
    """What a file with the samples [start, stop) of a session promises; it lists no chapters.

    What rings on from before `start` is not looked for, but may be heard.
    """
    within = [one for one in promise.moments if start <= one.position < stop]
    used = sorted({one.sound for one in within if one.sound is not None})
    places = {index: place for place, index in enumerate(used)}
    ringing = list(_ringing(promise, start, stop))
    return replace(
        promise,
        title=title,
        length=stop - start,
        chapters=(),
        sounds=(*(promise.sounds[index] for index in used), *(sound for _, sound in ringing)),
        moments=(
            *(
                replace(moment, position=0, sound=len(used) + place, chapter=None)
                for place, (moment, _) in enumerate(ringing)
            ),
            *(
                replace(
                    one,
                    position=one.position - start,
                    sound=None if one.sound is None else places[one.sound],
                    chapter=None,
                )
                for one in within
            ),
        ),
    )


def _ringing(
    promise: Promise, start: int, stop: int
) -> Iterator[tuple[PromisedMoment, PromisedSound]]:
    """What began before `start`, and how it goes on."""
    for moment in promise.moments:
        sound = promise.sound_of(moment)
        left = moment.end + sound.tail - start if sound else 0
        if sound and moment.position < start and left > 0:
            length = min(left, stop - start)
            yield (
                replace(moment, length=length),
                replace(sound, lead=0, length=length, tail=0, loudness=-inf, fingerprint=None),
            )
