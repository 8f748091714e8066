"""Listen to a file once, from beginning to end: measure its cells and find its sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio.clip import Channels, Samples, resampled_pieces
from voiceguide.audio.decode import OpenSound
from voiceguide.audio.fingerprint import MARGIN
from voiceguide.audio.levels import NEAR_PEAK, loudness, oversampled_stretches
from voiceguide.audio.loops import in_mono
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.proof.likeness import Match, match
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
"""Samples per cell, 10 ms; levels are measured for each."""

Cells = npt.NDArray[np.float32]
"""One value per cell of the file, shape (n,)."""


class HeardSound(Struct, frozen=True):
    """A sound found in the file; times in samples."""

    late: int
    """Samples after its planned time; negative if early."""
    drift: int
    """Samples by which its end is later still."""
    alike: float
    """Likeness to the planned sound; 1 is the same."""
    loudness: float
    """LUFS, mono; measured on the excerpts if other sounds ring into it."""
    peak: float
    """Largest sample in dBFS."""
    sharpness: float
    """Largest second difference in dBFS."""
    alone: bool
    """Whether nothing else was planned to sound with it."""


class Heard(Struct, frozen=True):
    """A decoded file; with several channels, cells hold the mean of the samples."""

    rate: int
    """The file's sample rate in Hz; everything else is measured at `lengths.SAMPLE_RATE`."""
    channels: int
    codec: str
    """`MP3`, `AAC`, …"""
    length: int
    """Length in samples."""
    peak: float
    """Highest of all channels, in dBTP."""
    powers: Cells
    """Mean square."""
    lowest: Cells
    highest: Cells
    """Smallest and largest sample."""
    sharpness: Cells
    """Largest second difference; full scale 1."""
    sounds: tuple[HeardSound | None, ...]
    """One per moment of the promise; None for a silence or a sound that was not found."""


# ── the levels of each cell, and the true peak, measured while decoding ──────


_OVERLAP = 256
"""Samples that two pieces share, so that a peak between them is seen."""

_EDGE = 64
"""Samples at each end of a piece where interpolation is not reliable."""


class CellsOf:
    """Measures the cells of a mono sound that arrives in pieces."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._before = np.zeros(2, np.float32)
        self._rows: list[Cells] = []

    def add(self, mono: Cells) -> None:
        """Add the next piece."""
        sound = np.concatenate([self._rest, mono])
        whole = len(sound) // CELL * CELL
        self._rest = sound[whole:]
        if whole:
            self._measure(sound[:whole])

    def finish(self) -> Cells:
        """Return powers, lowest, highest and sharpness as columns; silence fills the last cell."""
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
    """Measures the true peak over all channels of a sound that arrives in pieces."""

    def __init__(self) -> None:
        self.highest = 0.0
        """Full scale 1."""
        self._before: Channels | None = None

    def add(self, piece: Channels) -> None:
        """Add the next piece."""
        joined = piece if self._before is None else np.concatenate([self._before, piece])
        self._before = joined[-_OVERLAP:]
        # a true peak is at most 8 dB above the samples: see `audio.levels`
        if float(np.abs(joined).max(initial=0.0)) > 0.4 * self.highest:
            self.highest = max(_inner_peak(one, self.highest) for one in joined.T)


def _inner_peak(channel: Samples, known: float) -> float:
    """True peak of a piece if it is above a known one, without interpolation at the piece's ends.

    The cut would make the interpolated curve ring there; the next piece holds these samples too.
    """
    sound = np.ascontiguousarray(channel)
    peak = max(known, float(np.abs(sound).max(initial=0.0)))
    for start, peaks in oversampled_stretches(sound, peak * NEAR_PEAK):
        first, last = max(0, _EDGE - start), max(0, len(sound) - _EDGE - start)
        peak = max(peak, float(peaks[first:last].max(initial=0.0)))
    return peak


# ── finding the sounds of a file ─────────────────────────────────────────────


REACH = samples(0.15)
"""Samples around its time in which a sound is searched: more than a period of a bell's tone, less
than the distance between two counted numbers."""

FAR_REACH = samples(10)
"""The same for a second search, in case something was cut out or inserted."""

ALIKE = 0.6
"""Least likeness of a sound to the planned one; below it, it is another sound. Of the bundled
routines' 4,000 sounds in MP3, the lowest reached 0.85, its beginning covered by a bell; other words
reach 0.5, and 0.6 if they begin with the same word."""

SURE = 0.8
"""Likeness at which the search stops; also the least likeness far from a sound's time."""

TRIES = 5
"""Sounds missed in a row after which the far search is no longer tried."""

LONGEST = samples(30)
"""Most samples of a sound that are measured."""

_SAME = samples(0.1)
"""Samples around its other due times; a sound found far away within them is that repetition."""


Progress = Callable[[float], None]
"""Called with the share done, from 0 to 1."""


def _numbers(sound: Channels) -> Channels:
    """Replace what is no finite number by silence; looking first is ten times as fast."""
    return sound if np.isfinite(sound).all() else np.nan_to_num(sound, posinf=0.0, neginf=0.0)


def listen(sound: OpenSound, promise: Promise, progress: Progress | None = None) -> Heard:
    """Decode a file to its end and find the promised sounds in it."""
    cells, peak, search = CellsOf(), PeakOf(), _Search(promise)
    length = 0
    for piece in resampled_pieces(sound.pieces(), sound.rate, SAMPLE_RATE):
        mono = _numbers(in_mono(piece))
        length += len(piece)
        cells.add(mono)
        peak.add(_numbers(piece))
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
    """A moment that sounds: where it should be heard, in samples, and which others overlap it."""

    index: int
    moment: PromisedMoment
    sound: PromisedSound
    start: int
    loud_until: int
    """Where it stops masking other sounds: a chime only rings after its strike."""
    stop: int
    damped: bool
    """Whether it is cut off at `stop` because another chime begins."""
    busy: tuple[tuple[int, int], ...] = ()
    """Where other sounds mask it, in samples after its beginning."""
    alone: bool = True
    """Whether nothing else sounds with it, not even faintly."""

    @property
    def span(self) -> int:
        """Samples from its beginning to the end of its tail, at most `LONGEST`."""
        return min(self.sound.length + self.sound.tail, LONGEST)

    @property
    def first(self) -> int:
        """First sample needed for its search."""
        return self.moment.position - self.sound.lead - FAR_REACH - MARGIN

    @property
    def last(self) -> int:
        """The sample after the last needed for its search."""
        return self.moment.position + self.span + FAR_REACH + MARGIN


class _Search:
    """Finds each sound of a file as soon as enough of the file is decoded."""

    def __init__(self, promise: Promise) -> None:
        self._waiting = list(_wanted(promise))
        self._due: list[list[int]] = [[] for _ in promise.sounds]
        """Positions at which each sound is due."""
        for moment in promise.moments:
            if moment.sound is not None:
                self._due[moment.sound].append(moment.position)
        self._found: list[HeardSound | None] = [None] * len(promise.moments)
        self._start = 0
        self._buffer = np.zeros(0, np.float32)
        self._late = 0
        self._misses = 0

    def add(self, mono: Samples) -> None:
        """Add the next piece and search in it."""
        self._buffer = np.concatenate([self._buffer, mono])
        end = self._start + len(self._buffer)
        self._look([one for one in self._waiting if one.last <= end])
        self._waiting = [one for one in self._waiting if one.last > end]
        keep = min((one.first for one in self._waiting), default=end)
        let_go = min(max(0, keep - self._start), len(self._buffer))
        self._buffer = self._buffer[let_go:]
        self._start += let_go

    def finish(self) -> tuple[HeardSound | None, ...]:
        """Search for the remaining sounds; return the result for each moment."""
        self._look(self._waiting)
        return tuple(self._found)

    def _look(self, wanted: list[_Wanted]) -> None:
        for one in wanted:
            self._found[one.index] = self._find(one)

    def _find(self, one: _Wanted) -> HeardSound | None:
        moved = abs(self._late)  # the next sound is as late as the last one, or on time again
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
        """The samples [start, stop) of the file, with silence before and after it."""
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
    """Yield the others that may overlap one; they are sorted, apart from their lead-ins."""
    one = sounding[at]
    for step in (1, -1):
        place = at + step
        while 0 <= place < len(sounding):
            other = sounding[place]
            if not one.start - longest - _SAME < other.start < one.stop + _SAME:
                break
            yield other
            place += step
