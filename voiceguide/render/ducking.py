"""How loud a bed is, moment by moment: known from the timeline alone, before anything sounds.

Around words it is turned down, and stays down between words that are near one another, since a
bed that swells in every breath is heard as pumping. A while after the last words before a long
silence it settles, little and slowly; from there the next words take it down. It fades in as the
session begins, and out as it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from voiceguide.lengths import samples
from voiceguide.render.blocks import Span
from voiceguide.render.gain import Gain, Move, Product
from voiceguide.render.spans import joined
from voiceguide.sequence import Words
from voiceguide.timeline import Timeline

DUCKED = -9.0
SETTLED = -3.0
"""dB."""

AHEAD = samples(0.4)
"""Samples before words in which the bed goes down."""

AFTER = samples(1.2)
"""Samples after words in which it comes back."""

NEAR = samples(4.0)
"""Samples between words in which it stays down."""

LONG = samples(20.0)
"""Samples without words, from where the bed is back, in which it settles."""

WAITING = samples(4.0)
"""Samples that it is back before it settles."""

SETTLING = samples(6.0)
"""Samples in which it settles."""

FADE_IN = samples(3.0)
FADE_OUT = samples(6.0)
"""Samples, of a short session a third of it at most."""


@dataclass(frozen=True, slots=True)
class Most:
    """The greatest factors that leave the sum of bed and voice below its ceiling."""

    alone: float = 1.0
    """Where there are no words."""
    ducked: float = 1.0


def bed_gain(timeline: Timeline, most: Most | None = None) -> Product:
    """The gain of a bed under a session."""
    return _fades(timeline.length) * ducking(timeline, most or Most())


def ducking(timeline: Timeline, most: Most) -> Gain:
    """The gain that words, long silences and the session's mood give."""
    settling = timeline.settling

    def level(decibels: float, position: int) -> float:
        settled = settling.of_bed(position) if settling else 0.0
        limit = most.ducked if decibels == DUCKED else most.alone
        return min(limit, 10 ** ((decibels + settled) / 20))

    groups = list(joined(speech(timeline), NEAR))
    moves = tuple(_moves(groups, timeline.length, level))
    return Gain(moves, level(0.0, 0))


def speech(timeline: Timeline) -> Iterator[Span]:
    """When somebody speaks."""
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


def _fades(length: int) -> Gain:
    fade_in, fade_out = min(FADE_IN, length // 3), min(FADE_OUT, length // 3)
    moves = (Move(0, fade_in, 0.0, 1.0), Move(length - fade_out, length, 1.0, 0.0))
    return Gain(tuple(move for move in moves if move.start < move.stop))
