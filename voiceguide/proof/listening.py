"""Listening to a file once, from beginning to end: the levels of its cells, its sounds' places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio import Channels, OpenSound, Samples, loudness, resampled_pieces
from voiceguide.audio.levels import NEAR_PEAK, oversampled_stretches
from voiceguide.audio.loops import in_mono
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.proof.fingerprint import MARGIN, Match, match
from voiceguide.proof.promise import (
    STRIKE,
    Promise,
    PromisedMoment,
    PromisedSound,
    in_decibels,
    sharpness,
)
from voiceguide.render import DAMPING, damped

CELL = samples(0.01)
"""Samples of a cell, 10 ms: levels are known of each."""

Cells = npt.NDArray[np.float32]
"""A figure for each cell of the file, shape (n,)."""


class HeardSound(Struct, frozen=True):
    """A sound as it was found in the file; times in samples."""

    late: int
    """Samples after its time; below zero, it came early."""
    drift: int
    """By how much its end is later than that."""
    alike: float
    """To what was planned: 1 is the same."""
    loudness: float
    """LUFS, mono; of a sound into which others ring, by its excerpts."""
    peak: float
    """dBFS: the largest sample."""
    sharpness: float
    """The largest second difference, in dBFS."""
    alone: bool
    """Whether nothing else was to be heard with it."""


class Heard(Struct, frozen=True):
    """A decoded file. Of several channels, cells hold the mean of the samples."""

    rate: int
    """Hz, of the file; all else is measured at `lengths.SAMPLE_RATE`."""
    channels: int
    codec: str
    """`MP3`, `AAC`, …"""
    length: int
    """Samples."""
    peak: float
    """dBTP, the highest of all channels."""
    powers: Cells
    """The mean square."""
    lowest: Cells
    highest: Cells
    """The least and the greatest sample."""
    sharpness: Cells
    """The largest second difference; full scale 1."""
    sounds: tuple[HeardSound | None, ...]
    """One for each moment of the promise; None for a silence, and for what was not found."""


# ── the levels of a file, gathered cell by cell as it is decoded, and its true peak


_OVERLAP = 256
"""Samples that are looked at twice, so that a peak between two pieces is seen."""

_EDGE = 64
"""Samples at each end that the curve between samples reaches over."""


class CellsOf:
    """Cells of a mono sound that comes in pieces."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._before = np.zeros(2, np.float32)
        self._rows: list[Cells] = []

    def add(self, mono: Cells) -> None:
        """Take in what comes next."""
        sound = np.concatenate([self._rest, mono])
        whole = len(sound) // CELL * CELL
        self._rest = sound[whole:]
        if whole:
            self._measure(sound[:whole])

    def finish(self) -> Cells:
        """Powers, lowest, highest and sharpness, a column each; a last cell that is not full counts
        as if silence followed."""
        if len(self._rest):
            self._measure(np.pad(self._rest, (0, CELL - len(self._rest))))
            self._rest = self._rest[:0]
        return np.concatenate(self._rows) if self._rows else np.zeros((0, 4), np.float32)

    def _measure(self, sound: Cells) -> None:
        if not sound.any() and not self._before.any():
            self._rows.append(np.zeros((len(sound) // CELL, 4), np.float32))
            return
        cells = sound.reshape(-1, CELL)
        bends = np.abs(np.diff(np.concatenate([self._before, sound]), 2)).reshape(-1, CELL)
        powers = np.einsum("ij,ij->i", cells, cells) / CELL
        row = (powers, cells.min(axis=1), cells.max(axis=1), bends.max(axis=1))
        self._rows.append(np.stack(row, axis=1).astype(np.float32))
        self._before = sound[-2:]


class PeakOf:
    """The true peak of all channels of a sound that comes in pieces."""

    def __init__(self) -> None:
        self.highest = 0.0
        """Full scale 1."""
        self._before: Channels | None = None

    def add(self, piece: Channels) -> None:
        """Take in what comes next."""
        joined = piece if self._before is None else np.concatenate([self._before, piece])
        self._before = joined[-_OVERLAP:]
        # a sample hides no peak above it by more than 8 dB: see `audio.levels`
        if float(np.abs(joined).max(initial=0.0)) > 0.4 * self.highest:
            self.highest = max(self.highest, *map(_inner_peak, joined.T))


def _inner_peak(channel: Samples) -> float:
    """The true peak of a piece, full scale 1, but for the curve at its ends.

    A sound is cut off there, and the curve would swing; the next piece holds these samples, too.
    """
    sound = np.ascontiguousarray(channel)
    highest = float(np.abs(sound).max(initial=0.0))
    peak = highest
    for start, peaks in oversampled_stretches(sound, highest * NEAR_PEAK):
        first, last = max(0, _EDGE - start), max(0, len(sound) - _EDGE - start)
        peak = max(peak, float(peaks[first:last].max(initial=0.0)))
    return peak


# ── listening to a file once, from beginning to end: the levels of its cells, its sounds' places


REACH = samples(0.15)
"""A sound is looked for so far around its time: further than a bell's tone takes to come round to
itself, and less far than from one counted number to the next."""

FAR_REACH = samples(10)
"""And so far where it is not found there: something was cut out, or put in."""

ALIKE = 0.6
"""A sound that is less alike to what was planned is another one. Of the bundled routines' 4,000, in
MP3, the least alike was so by 0.85, its beginning covered by a bell; other words reach 0.5, and 0.6
where they begin with the same one."""

SURE = 0.8
"""A sound that is so much alike is looked for no further; far from its time, none that is less."""

TRIES = 5
"""Sounds in a row that are looked for far away in vain; then no more are."""

LONGEST = samples(30)
"""Of a longer sound, so much is measured."""

_SAME = samples(0.1)
"""A sound found far away, but so close to where it is due again, is that other one."""


Progress = Callable[[float], None]
"""Is told the share done, from 0 to 1."""


def listen(sound: OpenSound, promise: Promise, progress: Progress | None = None) -> Heard:
    """Decode a file to its end, and find in it what was promised."""
    cells, peak, search = CellsOf(), PeakOf(), _Search(promise)
    length = 0
    for piece in resampled_pieces(sound.pieces(), sound.rate, SAMPLE_RATE):
        mono = in_mono(piece)
        mono = np.nan_to_num(mono, posinf=0.0, neginf=0.0)
        length += len(piece)
        cells.add(mono)
        peak.add(np.nan_to_num(piece, posinf=0.0, neginf=0.0))
        search.add(mono)
        if progress:
            progress(min(1.0, length / promise.length))
    powers, lowest, highest, bends = np.ascontiguousarray(cells.finish().T)
    return Heard(
        sound.rate,
        sound.channels,
        sound.codec,
        length,
        in_decibels(peak.highest),
        powers,
        lowest,
        highest,
        bends,
        search.finish(),
    )


class _Wanted(Struct, frozen=True):
    """A moment that sounds: where it is to be heard, in samples, and what else is to be heard."""

    index: int
    moment: PromisedMoment
    sound: PromisedSound
    start: int
    loud_until: int
    """A chime drowns nothing any more once it only rings."""
    stop: int
    damped: bool
    """Whether it is cut off there, since another chime begins."""
    busy: tuple[tuple[int, int], ...] = ()
    """Where others drown it, in samples after its beginning."""
    alone: bool = True
    """Whether nothing else is to be heard with it, not even faintly."""

    @property
    def span(self) -> int:
        """Samples from its beginning to where it has faded, or as far as it is measured."""
        return min(self.sound.length + self.sound.tail, LONGEST)

    @property
    def first(self) -> int:
        """The first sample that is looked at."""
        return self.moment.position - self.sound.lead - FAR_REACH - MARGIN

    @property
    def last(self) -> int:
        """The sample after the last that is looked at."""
        return self.moment.position + self.span + FAR_REACH + MARGIN


class _Search:
    """Finds the sounds of a file as soon as enough of it was decoded."""

    def __init__(self, promise: Promise) -> None:
        self._waiting = list(_wanted(promise))
        self._due: list[list[int]] = [[] for _ in promise.sounds]
        """When each sound is to be heard."""
        for moment in promise.moments:
            if moment.sound is not None:
                self._due[moment.sound].append(moment.position)
        self._found: list[HeardSound | None] = [None] * len(promise.moments)
        self._start = 0
        self._buffer = np.zeros(0, np.float32)
        self._late = 0
        self._misses = 0

    def add(self, mono: Samples) -> None:
        """Take in what comes next."""
        self._buffer = np.concatenate([self._buffer, mono])
        end = self._start + len(self._buffer)
        self._look([one for one in self._waiting if one.last <= end])
        self._waiting = [one for one in self._waiting if one.last > end]
        keep = min((one.first for one in self._waiting), default=end)
        let_go = min(max(0, keep - self._start), len(self._buffer))
        self._buffer = self._buffer[let_go:]
        self._start += let_go

    def finish(self) -> tuple[HeardSound | None, ...]:
        """What was found, for each moment."""
        self._look(self._waiting)
        return tuple(self._found)

    def _look(self, wanted: list[_Wanted]) -> None:
        for one in wanted:
            self._found[one.index] = self._find(one)

    def _find(self, one: _Wanted) -> HeardSound | None:
        moved = abs(self._late)  # what comes late is expected to stay so, or to be right again
        found = self._match(one, 0, REACH + (moved if moved < SAMPLE_RATE else 0))
        if found.alike < SURE and moved:
            found = max(found, self._match(one, self._late, REACH), key=attrgetter("alike"))
        if found.alike < ALIKE and self._misses < TRIES:
            far = self._match(one, 0, FAR_REACH)
            at, others = one.moment.position + far.late, self._due[one.moment.sound or 0]
            near_another = any(abs(at - other) < _SAME for other in others)
            found = found if far.alike < SURE or near_another else far
        if found.alike < ALIKE:
            self._misses += 1
            return None
        self._misses, self._late = 0, found.late
        return self._measured(one, found)

    def _match(self, one: _Wanted, late: int, reach: int) -> Match:
        around = reach + MARGIN
        start = one.moment.position + late - around
        heard = self._taken(start, one.moment.position + late + one.span + around)
        known = one.sound.fingerprint
        assert known, "what has no fingerprint is not looked for"
        found = match(heard, around, reach, known, one.busy)
        return Match(found.late + late, found.alike, found.louder, found.drift)

    def _measured(self, one: _Wanted, found: Match) -> HeardSound:
        begin = one.moment.position + found.late
        heard = self._taken(begin - one.sound.lead, begin + one.span)
        return HeardSound(
            found.late,
            found.drift,
            found.alike,
            loudness(heard, SAMPLE_RATE) if one.alone else one.sound.loudness + found.louder,
            in_decibels(float(np.abs(heard).max(initial=0.0))),
            sharpness(heard[one.sound.lead : one.sound.lead + one.sound.length]),
            one.alone,
        )

    def _taken(self, start: int, stop: int) -> Samples:
        """[start, stop) of the file, which has silence on both sides."""
        first, last = start - self._start, stop - self._start
        inside = self._buffer[max(0, first) : max(0, last)]
        before = min(max(0, -first), stop - start)
        return np.pad(inside, (before, stop - start - before - len(inside)))


def _wanted(promise: Promise) -> Iterator[_Wanted]:
    sounding = list(_sounding(promise))
    longest = max((one.stop - one.start for one in sounding), default=0)
    for at, one in enumerate(sounding):
        begin, others = one.moment.position, list(_neighbours(sounding, at, longest))
        busy = [(other.start - begin, other.loud_until - begin) for other in others]
        if one.damped:
            busy.append((one.stop - begin - DAMPING, one.sound.length))
        alone = all(other.stop <= one.start or one.stop <= other.start for other in others)
        yield replace(one, busy=tuple(busy), alone=alone and not one.damped)


def _sounding(promise: Promise) -> Iterator[_Wanted]:
    until = damped((one.position, one.kind, one.text) for one in promise.moments)
    for index, (moment, stop) in enumerate(zip(promise.moments, until, strict=True)):
        sound = promise.sound_of(moment)
        if sound and promise.is_heard(moment):
            loud = sound.length if sound.spoken else min(sound.length, STRIKE)
            end = moment.end + sound.tail if stop is None else min(stop, moment.end + sound.tail)
            start, loud_until = moment.position - sound.lead, min(moment.position + loud, end)
            yield _Wanted(index, moment, sound, start, loud_until, end, stop is not None)


def _neighbours(sounding: list[_Wanted], at: int, longest: int) -> Iterator[_Wanted]:
    """The others that may sound with one; all are in order but for what comes before a sound."""
    one = sounding[at]
    for step in (1, -1):
        place = at + step
        while 0 <= place < len(sounding):
            other = sounding[place]
            if not one.start - longest - _SAME < other.start < one.stop + _SAME:
                break
            yield other
            place += step
