"""Ducking: the gain of a bed over a session, computed from the timeline alone.

The bed is turned down around words, and stays down between words that are near each other, since a
bed that swells in every pause sounds like pumping. A while after the last words before a long
silence it settles, a little and slowly; the next words duck it from there. It fades in at the start
of the session and out at its end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import floor, log2, log10

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.loops import LOOP_UNIT, Loop
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.render.blocks import Span, joined
from voiceguide.sequence import Words
from voiceguide.timeline import Timeline

# ── a gain over a session: constant, with smooth moves ───────────────────────


Factors = npt.NDArray[np.float64]
"""A gain for each sample, shape (n,)."""


class Move(Struct, frozen=True):
    """A move from one gain to another over the samples [start, stop), as half a cosine."""

    start: int
    stop: int
    before: float
    after: float

    def read(self, start: int, stop: int) -> Factors:
        """The gain of each sample in [start, stop), which must be within the move."""
        share = (np.arange(start, stop) - self.start + 0.5) / (self.stop - self.start)
        return self.before + (self.after - self.before) * (0.5 - 0.5 * np.cos(np.pi * share))


class Gain(Struct, frozen=True):
    """A gain as a factor; `moves` are sorted, disjoint, and start at the gain of the last one."""

    moves: tuple[Move, ...]
    still: float = 1.0
    """The gain if there are no moves."""

    def __mul__(self, other: Gain) -> Product:
        """The product of both gains."""
        return Product((self, other))

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of the moves."""
        return tuple((move.start, move.stop) for move in self.moves)

    def at(self, position: int) -> float:
        """The gain at a sample where nothing moves."""
        index = bisect_right(self.moves, position, key=lambda move: move.start)
        return self.moves[index - 1].after if index else self._first

    def read(self, start: int, stop: int) -> Factors:
        """The gain in [start, stop)."""
        gains = np.full(stop - start, self.at(start))
        for move in self._between(start, stop):
            first, last = max(start, move.start), min(stop, move.stop)
            gains[first - start : last - start] = move.read(first, last)
            gains[last - start :] = move.after
        return gains

    def moving(self, start: int, stop: int) -> Iterator[Span]:
        """Yield the spans of the moves, cut to [start, stop)."""
        for move in self._between(start, stop):
            yield max(start, move.start), min(stop, move.stop)

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal gains in [start, stop)."""
        moves = (
            f"{move.start - start} {move.stop - start} {move.before!r} {move.after!r}"
            for move in self._between(start, stop)
        )
        return "; ".join((repr(self.at(start)), *moves))

    @property
    def _first(self) -> float:
        return self.moves[0].before if self.moves else self.still

    def _between(self, start: int, stop: int) -> Iterator[Move]:
        first = bisect_right(self.moves, start, key=lambda move: move.stop)
        last = bisect_left(self.moves, stop, key=lambda move: move.start)
        return iter(self.moves[first:last])


class Product(Struct, frozen=True):
    """The product of several gains."""

    gains: tuple[Gain, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans in which any of the gains moves."""
        return tuple(joined(span for gain in self.gains for span in gain.spans))

    def __mul__(self, other: Gain) -> Product:
        """The product with a further gain."""
        return Product((*self.gains, other))

    def at(self, position: int) -> float:
        """The gain at a sample where nothing moves."""
        return float(np.prod([gain.at(position) for gain in self.gains]))

    def read(self, start: int, stop: int) -> Factors:
        """The gain in [start, stop)."""
        gains = [gain.read(start, stop) for gain in self.gains]
        return np.asarray(np.prod(gains, axis=0), np.float64)

    def moving(self, start: int, stop: int) -> Iterator[Span]:
        """Yield the spans in which any of the gains moves, cut to [start, stop)."""
        return joined(span for gain in self.gains for span in gain.moving(start, stop))

    def key(self, start: int, stop: int) -> str:
        """Equal keys mean equal gains in [start, stop)."""
        return " | ".join(gain.key(start, stop) for gain in self.gains)


# ── the gain of a bed ────────────────────────────────────────────────────────


STEP = 20 * log10(2) / 4
"""A step of level, 1.505 dB: the frames of an MP3 can be turned down by whole steps of it."""

DUCKED = -6 * STEP
SETTLED = -2 * STEP
"""Levels of the bed under words and in long silences, in dB."""

AHEAD = samples(0.4)
"""Samples before words in which the bed goes down."""

AFTER = samples(1.2)
"""Samples after words in which the bed comes back up."""

NEAR = samples(4.0)
"""Longest gap between words, in samples, in which the bed stays down."""

LONG = samples(20.0)
"""Shortest time without words, in samples from when the bed is back up, in which it settles."""

WAITING = samples(4.0)
"""Samples from when the bed is back up until it starts to settle."""

SETTLING = samples(6.0)
"""Samples in which the bed settles."""

FADE_IN = samples(3.0)
FADE_OUT = samples(6.0)
"""Lengths of the fades of the session, in samples; at most a third of a short session each."""


class BedLimits(Struct, frozen=True):
    """Limits of a bed that keep its sum with the clips over it below the ceiling."""

    alone: float = 1.0
    """The largest factor without words."""
    ducked: float = 1.0
    """The largest factor under words."""
    dips: tuple[Dip, ...] = ()
    """The spans in which a chime or a sound leaves less room."""


def whole_steps(factor: float) -> float:
    """Round a factor below 1 down to a whole number of `STEP`s; return others unchanged."""
    return float(2 ** (floor(4 * log2(factor)) / 4)) if 0 < factor < 1 else factor


class Dip(Struct, frozen=True):
    """Samples [start, stop) in which a bed must be turned down by a factor."""

    start: int
    stop: int
    factor: float


def bed_gain(timeline: Timeline, limits: BedLimits | None = None) -> Product:
    """The gain of a bed under a session."""
    limits = limits or BedLimits()
    gains = [_fades(timeline.length, timeline.fade), ducking(timeline, limits)]
    return Product((*gains, _dipping(limits.dips)) if limits.dips else tuple(gains))


def _dipping(dips: Sequence[Dip]) -> Gain:
    """A gain that goes down before each dip and up after it; dips near each other become one, with
    the smallest factor."""
    moves: list[Move] = []
    for start, stop in joined(((dip.start, dip.stop) for dip in dips), AHEAD + AFTER):
        factor = min(dip.factor for dip in dips if start <= dip.start < stop)
        moves += (Move(start - AHEAD, start, 1.0, factor), Move(stop, stop + AFTER, factor, 1.0))
    return Gain(tuple(moves))


def ducking(timeline: Timeline, limits: BedLimits) -> Gain:
    """The gain of a bed for words, long silences and the settling of the session."""
    settling = timeline.settling

    def level(decibels: float, position: int) -> float:
        settled = settling.of_bed(position) if settling else 0.0
        limit = limits.ducked if decibels == DUCKED else limits.alone
        return min(limit, 10 ** ((decibels + settled) / 20))

    groups = list(joined(speech(timeline), NEAR))
    moves = tuple(_moves(groups, timeline.length, level))
    return Gain(moves, level(0.0, 0))


def speech(timeline: Timeline) -> Iterator[Span]:
    """Yield the spans of the words."""
    for event in timeline.events:
        if isinstance(event.source, Words):
            yield event.position, event.end


def _moves(groups: list[Span], length: int, level: Callable[[float, int], float]) -> Iterator[Move]:
    before = level(0.0, 0)
    for (start, stop), (after, _) in pairwise([*groups, (length + AHEAD, length + AHEAD)]):
        ducked, back = level(DUCKED, start), level(0.0, stop)
        yield Move(start - AHEAD, start, before, ducked)
        yield Move(stop, stop + AFTER, ducked, back)
        before = back
        if after - AHEAD - (stop + AFTER) >= LONG:
            before = level(SETTLED, stop)
            begin = stop + AFTER + WAITING
            yield Move(begin, begin + SETTLING, back, before)


def _fades(length: int, fade: int) -> Gain:
    fade_in = min(FADE_IN, length // 3)
    fade_out = min(max(FADE_OUT, fade), length - fade_in if fade else length // 3)
    moves = (Move(0, fade_in, 0.0, 1.0), Move(length - fade_out, length, 1.0, 0.0))
    return Gain(tuple(move for move in moves if move.start < move.stop))


# ── the floor: noise far below hearing in silences, so that headphones stay awake


LEVEL = -84.0
"""Level of the floor, in dBFS RMS: two of 32768 steps, 60 dB below the voice. Decoded from an MP3,
it is 0.3 dB lower, and its peaks stay below -77 dBFS."""

BAND = (40.0, 1000.0)
"""Band of the floor, in Hz, where hearing is insensitive."""

FADE = samples(0.024)
"""Length of the floor's fades, in samples."""

CLEAR = samples(0.12)
"""Samples without floor before a sound: an encoder saves the bits that silence does not need, and
spends them on the first words."""

FLOOR_NEAR = samples(0.4)
"""Longest gap between sounds that has no floor, in samples."""


@cache
def floor_loop() -> Loop:
    """One `LOOP_UNIT` of noise: all partials of the band, with phases that keep the peaks low.

    The phases are those of M. R. Schroeder, "Synthesis of low-peak-factor signals and binary
    sequences with low autocorrelation", IEEE Transactions on Information Theory 16 (1970).
    """
    frequencies = np.fft.rfftfreq(LOOP_UNIT, 1 / SAMPLE_RATE)
    within = np.flatnonzero((frequencies >= BAND[0]) & (frequencies <= BAND[1]))
    order = np.arange(len(within))
    spectrum = np.zeros(len(frequencies), np.complex128)
    spectrum[within] = np.exp(1j * np.pi * order**2 / len(within))
    noise = np.fft.irfft(spectrum, LOOP_UNIT)
    noise *= 10 ** (LEVEL / 20) / np.sqrt(np.mean(noise**2))
    return Loop.of(noise.astype(np.float32)[:, None])


def floor_gain(sounding: Iterable[Span]) -> Gain:
    """The gain of the floor: 1 in silences, 0 from shortly before sounds to their end."""
    moves: list[Move] = []
    for start, stop in joined(sounding, FLOOR_NEAR):
        gone = start - CLEAR
        moves += (Move(gone - FADE, gone, 1.0, 0.0), Move(stop, stop + FADE, 0.0, 1.0))
    return Gain(tuple(moves))
