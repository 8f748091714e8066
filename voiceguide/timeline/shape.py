"""What of a sequence is fixed and what is elastic, in samples."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from voiceguide.lengths import samples
from voiceguide.sequence import Gap, Sequence, Sound, Still, Stretch
from voiceguide.timeline.cues import LengthOf


@dataclass(frozen=True, slots=True)
class Elastic:
    """A length between `low` and `high` samples that occurs `times` times."""

    low: int
    high: int
    times: int = 1

    def at(self, point: float) -> float:
        """Samples of one occurrence at a point: 0 the low end, 1 the high end."""
        return self.low + (self.high - self.low) * point


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of speech in samples: as it is by nature, at the least and at the most."""

    natural: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts that a session's length is the sum of."""

    fixed: int
    shares: Mapping[Hashable, Elastic]
    pauses: tuple[Pause, ...]

    def total(self, point: float) -> float:
        """Samples of the whole at a point in all ranges, with natural pauses."""
        elastic = sum(part.times * part.at(point) for part in self.shares.values())
        return self.fixed + elastic + sum(pause.natural for pause in self.pauses)

    @property
    def spread(self) -> int:
        """Samples between the whole at its low end and at its high end."""
        return sum(part.times * (part.high - part.low) for part in self.shares.values())

    def point_for(self, wish: int) -> float:
        """The point at which the whole is `wish` samples, kept within 0 and 1."""
        over = wish - self.total(0)
        point = over / self.spread if self.spread else float(over > 0)
        return min(1.0, max(0.0, point))

    @property
    def shortest(self) -> int:
        """Samples at the low end of everything."""
        slack = sum(pause.natural - pause.low for pause in self.pauses)
        return round(self.total(0)) - slack

    @property
    def longest(self) -> int:
        """Samples at the high end of everything."""
        slack = sum(pause.high - pause.natural for pause in self.pauses)
        return round(self.total(1)) + slack


def measure(sequence: Sequence, length_of: LengthOf) -> Shape:
    """Take the measure of a sequence."""
    fixed = samples(sequence.lead_in) + samples(sequence.lead_out)
    shares: dict[Hashable, Elastic] = {}
    pauses = []
    for item in sequence.items:
        if isinstance(item, Sound):
            fixed += length_of(item.source) if item.whole else 0
        elif isinstance(item, Still):
            shares[item.stretch.share] = _once_more(item.stretch, shares)
        elif isinstance(item, Gap):
            pauses.append(Pause(samples(item.natural), samples(item.low), samples(item.high)))
    return Shape(fixed, shares, tuple(pauses))


def _once_more(stretch: Stretch, shares: Mapping[Hashable, Elastic]) -> Elastic:
    known = shares.get(stretch.share)
    if known:
        return replace(known, times=known.times + 1)
    return Elastic(samples(stretch.low), samples(stretch.high))
