"""The fit to a wished length: one point in all ranges, and whole counts.

Counts are whole, so the length grows with the point in steps. Each step, one more of one
count, is a rung of a ladder: rung by rung every count goes from its low end to its high end, in
the order in which rounding at the point would raise them. The fit climbs to the last rung that
is not too long, finds the point for the holds and rests there, and leaves what neither can
give to the pauses between sentences.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from voiceguide.errors import Place, VoiceguideError
from voiceguide.lengths import Count
from voiceguide.sequence import Choices, Sequence
from voiceguide.timeline.apportion import apportion, round_shares
from voiceguide.timeline.cues import LengthOf
from voiceguide.timeline.shape import Shape, measure

Unroll = Callable[[Choices], Sequence]

_TURNS = 12
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
class _Try:
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

    def climb(left_out: int) -> _Climb:
        kept = len(optionals) - left_out
        return _Climb(unroll, length_of, frozenset(optionals[kept:]))

    most = len(optionals)
    # fewest left out first: the shortest length falls with each one
    enough = bisect_left(range(most), True, key=lambda n: climb(n).shortest_natural <= wish)
    tried = [climb(n) for n in (enough, enough - 1, enough + 1) if 0 <= n <= most]
    for found in filter(None, (candidate.fit(wish) for candidate in tried)):
        return _rounded(found, wish)
    near = tuple(sorted({length for candidate in tried for length in candidate.around(wish)}))
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
    shortest = _Climb(unroll, length_of, optionals).shortest
    return shortest, _Climb(unroll, length_of, frozenset()).longest


class _Climb:
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

    def fit(self, wish: int) -> _Try | None:
        """The rung and the point that meet the wish with the least strain on the pauses."""
        tries = (self._try(rung, wish) for rung in self._candidates(wish))
        possible = [tried for tried in tries if tried.possible]
        return min(possible, key=lambda tried: (abs(tried.over), tried.strain), default=None)

    def around(self, wish: int) -> Iterator[int]:
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

    def _try(self, rung: int, wish: int) -> _Try:
        point = self._threshold(rung)
        for _ in range(_TURNS):
            choices = self._choices(rung, point)
            sequence = self._unroll(choices)
            shape = measure(sequence, self._length_of)
            before, point = point, shape.point_for(wish)
            if not sequence.says_holds or abs(point - before) < 1e-9:
                break
        over = 0 if 0 < point < 1 else wish - round(shape.total(point))
        strain = max(self._threshold(rung) - point, point - self._threshold(rung + 1), 0.0)
        return _Try(sequence, choices, shape, point, over, strain)


def _rungs(counts: Mapping[Place, Count]) -> Iterator[tuple[float, Place]]:
    """The point at which rounding raises each count by one, for each step of each count."""
    for place, count in counts.items():
        for step in range(count.high - count.low):
            yield (step + 0.5) / (count.high - count.low), place


def _rounded(tried: _Try, wish: int) -> Fitted:
    """Whole samples: largest remainder over the shares, the rest over the pauses."""
    shape = tried.shape
    natural = tuple(pause.natural for pause in shape.pauses)
    for_shares = wish - shape.fixed - sum(natural) - tried.over
    lengths, left = round_shares(shape.shares, tried.point, for_shares)
    pauses, rest = apportion(left + tried.over, shape.pauses)
    return Fitted(tried.sequence, tried.choices, lengths, pauses, rest)
