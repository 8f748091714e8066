"""Mix clips at their positions over a ground."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio import ClipFacts
from voiceguide.audio.clip import Clip
from voiceguide.audio.loops import Loop
from voiceguide.lengths import samples
from voiceguide.render.blocks import Block, Span, joined, to_16_bit
from voiceguide.render.ducking import BedLimits, Dip, Product, bed_gain, whole_steps
from voiceguide.render.ground import BedLaid, LayeredGround, LoopGround, layered
from voiceguide.sequence import EventKind, Source, Words
from voiceguide.timeline import BedChange, Event, Timeline

ClipOf = Callable[[Source], Clip]
"""Returns the clip of a source; it may decode the clip each time, so that memory stays flat."""

BedAt = Callable[[BedChange], Loop]
"""Returns the bed of a bed change in the routine's prose."""

FactsOf = Callable[[Source], ClipFacts]
"""Returns the facts of a source's clip."""

CEILING = -1.5
"""Largest sum of the peaks of words and of the bed under them, in dBFS: an encoder adds some tenths
of a decibel, and a decoded file may reach -1 dBTP."""


_AT_ONCE = samples(2.0)
"""Samples that are summed at once, as floats, since an encoder reads up to 15 s at a time."""


class PlacedClip(Struct, frozen=True):
    """A clip at the samples [start, stop); it may begin before the session or end after it."""

    start: int
    stop: int
    source: Source
    name: str
    """A name of the clip's sound: equal names mean equal samples."""
    level: float = 0.0
    """Gain in dB."""
    peak: float = 0.0
    """The clip's largest absolute sample, before the gain."""
    fade: int = 0
    """Length of the fade-out before `stop`, in samples."""

    @property
    def factor(self) -> float:
        """The level as a factor."""
        return float(10 ** (self.level / 20))


class Mix:
    """A session as `Blocks`: the sum of the placed clips and the ground, cut to its length."""

    def __init__(
        self,
        placed: Iterable[PlacedClip],
        length: int,
        clip_of: ClipOf,
        ground: LoopGround | LayeredGround | None = None,
    ) -> None:
        self.length = length
        self.ground = ground
        self.channels = ground.channels if ground else 1
        self._clip_of = clip_of
        self._placed = sorted(placed, key=lambda one: one.start)
        self._starts = [one.start for one in self._placed]
        self._longest = max((one.stop - one.start for one in self._placed), default=0)
        moving = ground.spans if ground else ()
        self.spans = tuple(_within((*sounding(self._placed), *moving), length))

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop), rounded to 16 bits and clipped at full scale."""
        starts = range(start, stop, _AT_ONCE) or (start,)
        return np.concatenate([self._read(at, min(at + _AT_ONCE, stop)) for at in starts])

    def _read(self, start: int, stop: int) -> Block:
        if self.ground:
            sum_ = self.ground.read(start, stop)
        else:
            sum_ = np.zeros((stop - start, 1), dtype=np.float32)
        for one in self._between(start, stop):
            first, last = max(start, one.start), min(stop, one.stop)
            heard = self._clip_of(one.source).samples[first - one.start : last - one.start]
            if one.level:
                heard = heard * np.float32(one.factor)
            if one.fade and last > one.stop - one.fade:
                heard = heard * _fading(one, first, last)
            sum_[first - start : last - start] += heard[:, None]
        return to_16_bit(sum_)

    def key(self, start: int, stop: int) -> str:
        """A digest of the ground and of the clips in [start, stop) with their positions."""
        parts = [f"{one.start - start}:{one.name}" for one in self._between(start, stop)]
        if self.ground:
            parts.append(self.ground.key(start, stop))
        text = "\n".join((str(stop - start), *parts))
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()

    def _between(self, start: int, stop: int) -> Iterator[PlacedClip]:
        first = bisect_right(self._starts, start - self._longest)
        last = bisect_left(self._starts, stop)
        return (one for one in self._placed[first:last] if one.stop > start)


def render(
    timeline: Timeline,
    clip_of: ClipOf,
    facts_of: FactsOf | None = None,
    *,
    bed: Loop | None = None,
    bed_at: BedAt | None = None,
    digital_silence: bool = False,
) -> Mix:
    """Render the blocks of a timeline; each sound becomes audible at its event's position.

    `facts_of` returns the facts of a clip without opening it; without it, all clips are opened
    once. The `bed` is under the whole session, except where the timeline changes it for a bed that
    `bed_at` returns. Without a bed, silences have a floor of noise below hearing, or with
    `digital_silence` zeros.
    """
    known = facts_of or (lambda source: ClipFacts.of(clip_of(source)))
    facts = {source: known(source) for source in timeline.sources()}
    until = damped((event.position, event.kind.value, event.text) for event in timeline.events)
    placed = [
        _damp(_placed(event, event.source, facts[event.source]), stop)
        for event, stop in zip(timeline.events, until, strict=True)
        if event.source
    ]

    def gain_of(loop: Loop) -> Product:
        return bed_gain(timeline, _bed_limits(placed, loop, clip_of))

    laid = tuple(_laid(timeline, bed, bed_at))
    floor = None if digital_silence else sounding(placed)
    return Mix(placed, timeline.length, clip_of, layered(laid, timeline.length, gain_of, floor))


def _laid(timeline: Timeline, bed: Loop | None, bed_at: BedAt | None) -> Iterator[BedLaid]:
    """Yield the beds of a session, each with its first sample; None where there is no bed."""
    yield 0, bed
    for change in timeline.beds:
        if not change.own:
            yield change.position, bed
        elif change.bed is None or bed_at is None:
            yield change.position, None
        else:
            yield change.position, bed_at(change)


# ── damping a ringing chime before the next one ──────────────────────────────

DAMPED_WITHIN = samples(0.7)
"""Samples between the starts of two chimes below which they would blur into one sound."""

DAMPING = samples(0.02)
"""Length of the fade-out of a damped chime, in samples."""

_RINGING_ON = ("tick", "wake")
"""Short or faint chimes, which are not damped and damp no others."""


def damped(events: Iterable[tuple[int, str, str | None]]) -> list[int | None]:
    """Find the sample at which each event's sound is damped, or None; events are (position, kind,
    text).

    A chime is damped if the next one begins within `DAMPED_WITHIN`, as a player's hand would do it.
    """
    until: list[int | None] = []
    ringing, started = None, 0
    for index, (position, kind, text) in enumerate(events):
        until.append(None)
        if kind == EventKind.CHIME.value and text not in _RINGING_ON:
            if ringing is not None and 0 < position - started < DAMPED_WITHIN:
                until[ringing] = position
            ringing, started = index, position
    return until


def _damp(placed: PlacedClip, stop: int | None) -> PlacedClip:
    if stop is None or stop >= placed.stop:
        return placed
    length = stop - placed.start
    fade = min(DAMPING, length)
    return replace(placed, stop=stop, fade=fade, name=f"{placed.name} damped {length}")


def _fading(one: PlacedClip, first: int, last: int) -> npt.NDArray[np.float32]:
    """The fade-out's gain of a clip's samples in [first, last) of the session."""
    left = (one.stop - np.arange(first, last)) / one.fade
    return np.clip(left, 0, 1).astype(np.float32)


def sounding(placed: Iterable[PlacedClip]) -> list[Span]:
    """The spans of clips."""
    return [(one.start, one.stop) for one in placed]


def _within(spans: Sequence[Span], length: int) -> Iterator[Span]:
    return joined((max(0, start), min(length, stop)) for start, stop in spans)


def _bed_limits(placed: Sequence[PlacedClip], bed: Loop, clip_of: ClipOf) -> BedLimits:
    """The limits of a bed that keep the sum of its peaks and those of clips below the ceiling.

    Under words, the limit is the same in the whole session, since a bed that moves with each word
    is noticed. If a chime or a sound leaves too little room, the bed is turned down there.
    """
    ceiling = 10 ** (CEILING / 20)
    bed_peak = max(bed.peak, 1e-9)
    alone = min(1.0, ceiling / bed_peak)
    words = max(
        (one.peak * one.factor for one in placed if isinstance(one.source, Words)), default=0
    )
    dips = []
    for one in placed:
        room = max(0.0, ceiling - one.peak * one.factor)
        if not isinstance(one.source, Words) and room < bed_peak * alone:
            loud = np.abs(clip_of(one.source).samples) * one.factor > ceiling - bed_peak * alone
            stop = one.start + int(np.flatnonzero(loud)[-1]) + 1
            dips.append(Dip(one.start, stop, room / (bed_peak * alone)))
    under_words = whole_steps(max(0.0, ceiling - words) / bed_peak)
    return BedLimits(alone, min(alone, under_words), tuple(dips))


def _placed(event: Event, source: Source, facts: ClipFacts) -> PlacedClip:
    start = event.position - facts.onset
    name = f"{facts.digest} {event.level!r}" if event.level else facts.digest
    return PlacedClip(start, start + facts.length, source, name, event.level, facts.peak)
