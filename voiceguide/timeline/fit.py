"""The fit to a wished length: one point in all ranges, and whole counts.

Counts are whole, so the length grows with the point in steps. Each step, one more of one
count, is a rung of a ladder: rung by rung every count goes from its low end to its high end, in
the order in which rounding at the point would raise them. The fit climbs to the last rung that
is not too long, finds the point for the holds and rests there, and leaves what neither can
give to the pauses between sentences.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import abc
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import floor
from typing import TypeVar

from voiceguide.errors import Place, VoiceguideError
from voiceguide.lengths import Count, samples
from voiceguide.sequence import Choices, ElasticLength, Gap, Sequence, Sound, TimedSilence
from voiceguide.timeline.cues import LengthOf

# ── what of a sequence is fixed and what is elastic, in samples ──────────────


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
        elif isinstance(item, TimedSilence):
            shares[item.length.share] = _once_more(item.length, shares)
        elif isinstance(item, Gap):
            pauses.append(Pause(samples(item.natural), samples(item.low), samples(item.high)))
    return Shape(fixed, shares, tuple(pauses))


def _once_more(length: ElasticLength, shares: Mapping[Hashable, Elastic]) -> Elastic:
    known = shares.get(length.share)
    if known:
        return replace(known, times=known.times + 1)
    return Elastic(samples(length.low), samples(length.high))


# ── whole samples out of shares: the method of the largest remainder ─────────


Share = TypeVar("Share", bound=Hashable)


def round_shares(
    shares: Mapping[Share, Elastic], point: float, total: int
) -> tuple[dict[Share, int], int]:
    """Lengths of the shares at `point` that sum up to `total` samples, and what is left over.

    What is left is less than the sum of all `times`.
    """
    exact = {share: part.at(point) for share, part in shares.items()}
    lengths = {share: floor(length) for share, length in exact.items()}
    left = total - sum(part.times * lengths[share] for share, part in shares.items())
    for share in sorted(exact, key=lambda share: lengths[share] - exact[share]):
        part = shares[share]
        if part.times <= left and lengths[share] < part.high:
            lengths[share] += 1
            left -= part.times
    return lengths, left


def apportion(over: int, pauses: abc.Sequence[Pause]) -> tuple[tuple[int, ...], int]:
    """Pauses longer by `over` samples in all (shorter, where negative), and what is left over.

    Each gives in proportion to what it can give; what is left is nothing where they all can.
    """
    room = [
        pause.high - pause.natural if over > 0 else pause.natural - pause.low for pause in pauses
    ]
    given = _largest_remainder(min(abs(over), sum(room)), room)
    sign = 1 if over > 0 else -1
    lengths = tuple(p.natural + sign * part for p, part in zip(pauses, given, strict=True))
    return lengths, over - sign * sum(given)


def _largest_remainder(total: int, weights: abc.Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights`, none above its weight; exact, in integers."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


# ── the fit to a wished length: one point in all ranges, and whole counts ────


Unroll = Callable[[Choices], Sequence]

_MOST_TRIES = 12
"""Texts that say a hold's length change the length they are fitted to; so often it is tried."""


class UnreachableLengthError(VoiceguideError):
    """No choice makes the session as long as wished.

    `shortest` and `longest` are what can be met, `near` what can around the wish, in samples.
    """

    exit_code = 1

    def __init__(self, shortest: int, longest: int, near: tuple[int, ...]) -> None:
        super().__init__("the length cannot be met")
        self.shortest, self.longest, self.near = shortest, longest, near


@dataclass(frozen=True, slots=True)
class Fitted:
    """A sequence with every elastic length chosen, in samples."""

    sequence: Sequence
    choices: Choices
    """What the sequence was unrolled with."""
    lengths: Mapping[Hashable, int]
    """Of each share."""
    pauses: tuple[int, ...]
    """Of each gap, in order."""
    rest: int = 0
    """Samples that found no other place: less than there are holds; they go to the end."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One rung of the ladder, with the best point for the wish."""

    sequence: Sequence
    choices: Choices
    shape: Shape
    point: float
    over: int
    """Samples that the pauses have to give (or to take, where negative)."""
    strain: float
    """How far the point is from those at which rounding gives these counts."""

    @property
    def possible(self) -> bool:
        pauses = self.shape.pauses
        if self.over >= 0:
            return self.over <= sum(p.high - p.natural for p in pauses)
        return -self.over <= sum(p.natural - p.low for p in pauses)


def at_point(unroll: Unroll, length_of: LengthOf, point: float) -> Fitted:
    """Every range and count at one point; nothing is left out."""
    choices = Choices(point)
    sequence = unroll(choices)
    shape = measure(sequence, length_of)
    lengths = {share: round(part.at(point)) for share, part in shape.shares.items()}
    return Fitted(sequence, choices, lengths, tuple(pause.natural for pause in shape.pauses))


def to_length(unroll: Unroll, length_of: LengthOf, wish: int) -> Fitted:
    """The fit to exactly `wish` samples.

    Optional steps are left out, the last ones first, where the wish is too short for all.

    Raises:
        UnreachableLengthError: with the shortest and the longest length that can be met.
    """
    optionals = unroll(Choices()).optionals

    def ladder(left_out: int) -> _Ladder:
        kept = len(optionals) - left_out
        return _Ladder(unroll, length_of, frozenset(optionals[kept:]))

    most = len(optionals)
    # fewest left out first: the shortest length falls with each one
    enough = bisect_left(range(most), True, key=lambda n: ladder(n).shortest_natural <= wish)
    tried = [ladder(n) for n in (enough, enough - 1, enough + 1) if 0 <= n <= most]
    for found in filter(None, (candidate.fit(wish) for candidate in tried)):
        return _rounded(found, wish)
    near = tuple(sorted({length for candidate in tried for length in candidate.origin(wish)}))
    raise UnreachableLengthError(*bounds(unroll, length_of), near)


def nearest_to_length(unroll: Unroll, length_of: LengthOf, wish: int) -> Fitted:
    """The fit to `wish` samples, or to the length nearest to it that can be met."""
    try:
        return to_length(unroll, length_of, wish)
    except UnreachableLengthError as error:
        lengths = (error.shortest, error.longest, *error.near)
        return to_length(unroll, length_of, min(lengths, key=lambda length: abs(length - wish)))


def bounds(unroll: Unroll, length_of: LengthOf) -> tuple[int, int]:
    """The shortest and the longest that a fit can make the session, in samples."""
    optionals = frozenset(unroll(Choices()).optionals)
    shortest = _Ladder(unroll, length_of, optionals).shortest
    return shortest, _Ladder(unroll, length_of, frozenset()).longest


class _Ladder:
    """The ladder of counts with some optional steps left out."""

    def __init__(self, unroll: Unroll, length_of: LengthOf, dropped: frozenset[Place]) -> None:
        self._unroll, self._length_of, self._dropped = unroll, length_of, dropped
        self._counts = unroll(Choices(0.5, {}, dropped)).counts
        self._rungs = sorted(_rungs(self._counts), key=lambda rung: rung[0])

    @property
    def shortest_natural(self) -> float:
        return self._shape(0, 0.0).total(0)

    @property
    def shortest(self) -> int:
        return self._shape(0, 0.0).shortest

    @property
    def longest(self) -> int:
        return self._shape(len(self._rungs), 1.0).longest

    def fit(self, wish: int) -> _Candidate | None:
        """The rung and the point that meet the wish with the least strain on the pauses."""
        tries = (self._try(rung, wish) for rung in self._candidates(wish))
        possible = [tried for tried in tries if tried.possible]
        return min(possible, key=lambda tried: (abs(tried.over), tried.strain), default=None)

    def origin(self, wish: int) -> Iterator[int]:
        """Lengths that can be met just below and just above the wish."""
        for rung in self._candidates(wish):
            shape = self._shape(rung, self._threshold(rung))
            yield shape.longest if shape.longest < wish else shape.shortest

    def _candidates(self, wish: int) -> range:
        rungs = range(1, len(self._rungs) + 1)
        below = bisect_right(rungs, float(wish), key=self._total_on)
        return range(below, min(below + 1, len(self._rungs)) + 1)

    def _total_on(self, rung: int) -> float:
        point = self._threshold(rung)
        return self._shape(rung, point).total(point)

    def _threshold(self, rung: int) -> float:
        """The point at which rounding reaches a rung."""
        if rung > len(self._rungs):
            return 1.0
        return self._rungs[rung - 1][0] if rung else 0.0

    def _shape(self, rung: int, point: float) -> Shape:
        return measure(self._unroll(self._choices(rung, point)), self._length_of)

    def _choices(self, rung: int, point: float) -> Choices:
        counts = {place: count.low for place, count in self._counts.items()}
        for _, place in self._rungs[:rung]:
            counts[place] += 1
        return Choices(point, counts, self._dropped)

    def _try(self, rung: int, wish: int) -> _Candidate:
        point = self._threshold(rung)
        for _ in range(_MOST_TRIES):
            choices = self._choices(rung, point)
            sequence = self._unroll(choices)
            shape = measure(sequence, self._length_of)
            before, point = point, shape.point_for(wish)
            if not sequence.says_holds or abs(point - before) < 1e-9:
                break
        over = 0 if 0 < point < 1 else wish - round(shape.total(point))
        strain = max(self._threshold(rung) - point, point - self._threshold(rung + 1), 0.0)
        return _Candidate(sequence, choices, shape, point, over, strain)


def _rungs(counts: Mapping[Place, Count]) -> Iterator[tuple[float, Place]]:
    """The point at which rounding raises each count by one, for each step of each count."""
    for place, count in counts.items():
        for step in range(count.high - count.low):
            yield (step + 0.5) / (count.high - count.low), place


def _rounded(tried: _Candidate, wish: int) -> Fitted:
    """Whole samples: largest remainder over the shares, the rest over the pauses."""
    shape = tried.shape
    natural = tuple(pause.natural for pause in shape.pauses)
    for_shares = wish - shape.fixed - sum(natural) - tried.over
    lengths, left = round_shares(shape.shares, tried.point, for_shares)
    pauses, rest = apportion(left + tried.over, shape.pauses)
    return Fitted(tried.sequence, tried.choices, lengths, pauses, rest)
