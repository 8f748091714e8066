"""Fit a session to a wished length: choose one point in all ranges, and whole counts.

Counts are whole, so the length grows in steps as the point grows. Each step raises one count by
one and is a rung of a ladder: over all rungs, every count goes from its low to its high end, in
the order in which rounding at the point would raise them. The fit finds the last rung that is
not too long, then the point for holds and rests, and adds what is still missing to the pauses
between sentences (or takes it from them).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, abc, deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache, lru_cache
from math import floor
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place, VoiceguideError
from voiceguide.lengths import Count, samples
from voiceguide.sequence import (
    Choices,
    ElasticLength,
    Gap,
    Item,
    PeriodEnd,
    PeriodStart,
    Sequence,
    Sound,
    TimedSilence,
)
from voiceguide.timeline.cues import LengthOf

# ── the fixed and the elastic parts of a sequence, in samples ────────────────


class Elastic(Struct, frozen=True):
    """A length between `low` and `high` samples that occurs `times` times."""

    low: int
    high: int
    times: int = 1

    def at(self, point: float) -> float:
        """Samples of one occurrence at a point: 0 the low end, 1 the high end."""
        return self.low + (self.high - self.low) * point


class Pause(Struct, frozen=True):
    """A pause in speech, in samples: its natural, shortest and longest length."""

    natural: int
    low: int
    high: int


class Shape(Struct, frozen=True):
    """The parts whose sum is the length of a session."""

    fixed: int
    shares: Mapping[Hashable, Elastic]
    pauses: tuple[Pause, ...]
    low: int
    high: int
    """Samples of all shares together, counting repetitions, at their low and high ends."""
    natural: int
    least: int
    most: int
    """Samples of all pauses together, natural, shortest and longest."""

    @classmethod
    def of(
        cls, fixed: int, shares: Mapping[Hashable, Elastic], pauses: abc.Sequence[Pause]
    ) -> Shape:
        """Build a shape and compute its sums."""
        return cls(
            fixed,
            shares,
            tuple(pauses),
            sum(part.times * part.low for part in shares.values()),
            sum(part.times * part.high for part in shares.values()),
            sum(pause.natural for pause in pauses),
            sum(pause.low for pause in pauses),
            sum(pause.high for pause in pauses),
        )

    def total(self, point: float) -> float:
        """Samples of the session at a point in all ranges, with natural pauses."""
        return self.fixed + self.low + self.spread * point + self.natural

    @property
    def spread(self) -> int:
        """Samples between the low and the high end of all shares."""
        return self.high - self.low

    def point_for(self, wish: int) -> float:
        """The point at which the session has `wish` samples, limited to 0 to 1."""
        over = wish - self.total(0)
        point = over / self.spread if self.spread else float(over > 0)
        return min(1.0, max(0.0, point))

    @property
    def shortest(self) -> int:
        """Samples of the session with everything at its shortest."""
        return self.fixed + self.low + self.least

    @property
    def longest(self) -> int:
        """Samples of the session with everything at its longest."""
        return self.fixed + self.high + self.most


def measure(sequence: Sequence, length_of: LengthOf) -> Shape:
    """Measure the fixed and the elastic parts of a sequence."""
    scale = _Scale(length_of)
    for item in sequence.items:
        scale.add(item)
    shares = {
        share: Elastic(samples(length.low), samples(length.high), scale.times[share])
        for share, length in scale.lengths.items()
    }
    ends = samples(sequence.lead_in) + samples(sequence.lead_out)
    return Shape.of(scale.fixed + ends, shares, scale.pauses)


class _Scale:
    """Sums the fixed and elastic parts of items; items inside a period do not add to its length."""

    def __init__(self, length_of: LengthOf) -> None:
        self.fixed = 0
        self.lengths: dict[Hashable, ElasticLength] = {}
        self.times: Counter[Hashable] = Counter()
        self.pauses: list[Pause] = []
        self._length_of = lru_cache(None)(length_of)
        self._pause = lru_cache(None)(_pause)
        self._periods = 0

    def add(self, item: Item) -> None:
        """Add the length of an item."""
        if isinstance(item, Sound):
            if item.whole and not self._periods:
                self.fixed += self._length_of(item.source)
        elif isinstance(item, TimedSilence | PeriodStart):
            self.lengths.setdefault(item.length.share, item.length)
            self.times[item.length.share] += not self._periods
            self._periods += isinstance(item, PeriodStart)
        elif isinstance(item, Gap):
            self._add_pause(self._pause(item))
        elif isinstance(item, PeriodEnd):
            self._periods -= 1

    def _add_pause(self, pause: Pause) -> None:
        if self._periods:  # it keeps its index among the pauses, but adds nothing to the sum
            self.fixed -= pause.natural
            pause = Pause(pause.natural, pause.natural, pause.natural)
        self.pauses.append(pause)


def _pause(gap: Gap) -> Pause:
    return Pause(samples(gap.natural), samples(gap.low), samples(gap.high))


# ── rounding shares to whole samples: the largest remainder method ───────────


Share = TypeVar("Share", bound=Hashable)


def round_shares(
    shares: Mapping[Share, Elastic], point: float, total: int
) -> tuple[dict[Share, int], int]:
    """Round the shares at `point` to lengths with the sum `total`; return them and what is left.

    Fewer samples are left than the sum of all `times`.
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
    """Lengthen pauses by `over` samples in all (shorten if negative); return them and what is left.

    Each pause changes in proportion to its room; nothing is left if their room suffices.
    """
    room = [
        pause.high - pause.natural if over > 0 else pause.natural - pause.low for pause in pauses
    ]
    given = _largest_remainder(min(abs(over), sum(room)), room)
    sign = 1 if over > 0 else -1
    lengths = tuple(p.natural + sign * part for p, part in zip(pauses, given, strict=True))
    return lengths, over - sign * sum(given)


def _largest_remainder(total: int, weights: abc.Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights`, none above its weight; exact, in integers."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


# ── the fit ──────────────────────────────────────────────────────────────────


Unroll = Callable[[Choices], Sequence]

_MOST_TRIES = 12
"""Most tries of a fit: texts that name a hold's length change the length they are fitted to."""


class UnreachableLengthError(VoiceguideError):
    """No choice gives the session the wished length.

    `shortest` and `longest` are the extremes that can be met, `near` the lengths around the wish
    that can be met; all in samples.
    """

    exit_code = 1

    def __init__(self, shortest: int, longest: int, near: tuple[int, ...]) -> None:
        super().__init__("the length cannot be met")
        self.shortest, self.longest, self.near = shortest, longest, near


class Fitted(Struct, frozen=True):
    """A sequence with every elastic length chosen, in samples."""

    sequence: Sequence
    choices: Choices
    """The choices that the sequence was unrolled with."""
    lengths: Mapping[Hashable, int]
    """The length of each share."""
    pauses: tuple[int, ...]
    """The length of each gap, in order."""
    rest: int = 0
    """Samples that fit nowhere else, fewer than there are holds; they are added at the end."""


class _Candidate(Struct, frozen=True):
    """A rung of the ladder, with the best point for the wish."""

    choices: Choices
    shape: Shape
    point: float
    over: int
    """Samples to add to the pauses (to remove, if negative)."""
    strain: float
    """Distance of the point from the points at which rounding gives these counts."""

    @property
    def possible(self) -> bool:
        shape = self.shape
        return shape.least - shape.natural <= self.over <= shape.most - shape.natural


class _Unrolling:
    """Unrolls and measures a routine, once for each set of choices."""

    def __init__(self, unroll: Unroll, length_of: LengthOf) -> None:
        self._unroll, self._length_of = unroll, length_of
        self._shapes: dict[Hashable, Shape] = {}
        self._latest: deque[tuple[Hashable, Sequence]] = deque(maxlen=2)
        self.says_holds = False
        self._cues_move = False

    def sequence(self, choices: Choices) -> Sequence:
        """Unroll the routine; the point only matters if something in it depends on the point."""
        wanted = self._key(choices, by_point=self._cues_move)
        for key, sequence in self._latest:
            if key == wanted:
                return sequence
        sequence = self._unroll(choices)
        self.says_holds |= sequence.says_holds
        self._cues_move |= sequence.cues_move
        counts = {place: count.at(choices.point) for place, count in sequence.counts.items()}
        choices = replace(choices, counts={**counts, **choices.counts})
        self._latest.append((self._key(choices, by_point=self._cues_move), sequence))
        self._shapes[self._key(choices)] = measure(sequence, self._length_of)
        return sequence

    def shape(self, choices: Choices) -> Shape:
        """Return the measured shape of the routine; all counts must be chosen."""
        if self._key(choices) not in self._shapes:
            self.sequence(choices)
        return self._shapes[self._key(choices)]

    def _key(self, choices: Choices, *, by_point: bool = False) -> Hashable:
        point = choices.point if by_point or self.says_holds else None
        return point, frozenset(choices.counts.items()), choices.dropped


def at_point(unroll: Unroll, length_of: LengthOf, point: float) -> Fitted:
    """Fit every range and count at one point; no optional step is left out."""
    choices = Choices(point)
    sequence = unroll(choices)
    shape = measure(sequence, length_of)
    lengths = {share: round(part.at(point)) for share, part in shape.shares.items()}
    return Fitted(sequence, choices, lengths, tuple(pause.natural for pause in shape.pauses))


def to_length(unroll: Unroll, length_of: LengthOf, wish: int) -> Fitted:
    """Fit a session to exactly `wish` samples.

    If the wish is too short for all optional steps, they are left out, the last ones first.

    Raises:
        UnreachableLengthError: the wish cannot be met; it has the shortest and longest length.
    """
    unrolling = _Unrolling(unroll, length_of)
    optionals = unrolling.sequence(Choices()).optionals

    @cache
    def ladder(left_out: int) -> _Ladder:
        kept = len(optionals) - left_out
        return _Ladder(unrolling, frozenset(optionals[kept:]))

    most = len(optionals)
    # leave out as few as possible: the shortest length falls with each one
    enough = bisect_left(range(most), True, key=lambda n: ladder(n).shortest_natural <= wish)
    tried = [ladder(n) for n in (enough, enough - 1, enough + 1) if 0 <= n <= most]
    for found in filter(None, (candidate.fit(wish) for candidate in tried)):
        return _rounded(unrolling.sequence(found.choices), found, wish)
    near = tuple(sorted({length for candidate in tried for length in candidate.around(wish)}))
    raise UnreachableLengthError(ladder(most).shortest, ladder(0).longest, near)


def nearest_to_length(unroll: Unroll, length_of: LengthOf, wish: int) -> Fitted:
    """Fit a session to `wish` samples, or to the nearest length that can be met."""
    try:
        return to_length(unroll, length_of, wish)
    except UnreachableLengthError as error:
        lengths = (error.shortest, error.longest, *error.near)
        return to_length(unroll, length_of, min(lengths, key=lambda length: abs(length - wish)))


def bounds(unroll: Unroll, length_of: LengthOf) -> tuple[int, int]:
    """Return the shortest and the longest length that a fit can reach, in samples."""
    unrolling = _Unrolling(unroll, length_of)
    optionals = frozenset(unrolling.sequence(Choices()).optionals)
    return _Ladder(unrolling, optionals).shortest, _Ladder(unrolling, frozenset()).longest


class _Ladder:
    """The ladder of counts, with some optional steps left out."""

    def __init__(self, unrolling: _Unrolling, dropped: frozenset[Place]) -> None:
        self._unrolling, self._dropped = unrolling, dropped
        self._counts = unrolling.sequence(Choices(0.5, {}, dropped)).counts
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
        """Return the rung and point that meet the wish and change the pauses least, or None."""
        tries = (self._try(rung, wish) for rung in self._candidates(wish))
        possible = [tried for tried in tries if tried.possible]
        return min(possible, key=lambda tried: (abs(tried.over), tried.strain), default=None)

    def around(self, wish: int) -> Iterator[int]:
        """Yield lengths just below and just above the wish that can be met."""
        for rung in self._candidates(wish):
            shape = self._shape(rung, self._threshold(rung))
            yield shape.longest if shape.longest < wish else shape.shortest

    def _candidates(self, wish: int) -> range:
        below = self._last_within(wish)
        return range(below, min(below + 1, len(self._rungs)) + 1)

    def _last_within(self, wish: int) -> int:
        """Return the last rung whose natural length is at most the wish, or the first rung.

        Each guess assumes that lengths grow evenly between two measured rungs.
        """
        # the rung of point 0.5 is unrolled already, to find the counts
        low, high = bisect_right(self._rungs, 0.5, key=lambda rung: rung[0]), len(self._rungs)
        if self._total_on(low) > wish:
            low, high = 0, low
        elif self._total_on(high) <= wish:
            return high
        while low + 1 < high:
            expected = self._expectation(low, high)
            guess = low + bisect_right(range(low + 1, high), float(wish), key=expected)
            guess = max(guess, low + 1)
            if self._total_on(guess) <= wish:
                low = guess
                if self._total_on(low + 1) > wish:
                    break
                low += 1
            else:
                high = guess
        return low

    def _expectation(self, low: int, high: int) -> Callable[[int], float]:
        """Interpolate the total of a rung between two measured ones."""
        ends = [self._shape(rung, self._threshold(rung)) for rung in (low, high)]
        (first, grows), (last, more) = ((shape.total(0), shape.spread) for shape in ends)

        def total(rung: int) -> float:
            share = (rung - low) / (high - low)
            spread = grows + (more - grows) * share
            return first + (last - first) * share + spread * self._threshold(rung)

        return total

    def _total_on(self, rung: int) -> float:
        point = self._threshold(rung)
        return self._shape(rung, point).total(point)

    def _threshold(self, rung: int) -> float:
        """The point at which rounding reaches a rung."""
        if rung > len(self._rungs):
            return 1.0
        return self._rungs[rung - 1][0] if rung else 0.0

    def _shape(self, rung: int, point: float) -> Shape:
        return self._unrolling.shape(self._choices(rung, point))

    def _choices(self, rung: int, point: float) -> Choices:
        counts = {place: count.low for place, count in self._counts.items()}
        for _, place in self._rungs[:rung]:
            counts[place] += 1
        return Choices(point, counts, self._dropped)

    def _try(self, rung: int, wish: int) -> _Candidate:
        point = self._threshold(rung)
        for _ in range(_MOST_TRIES):
            choices = self._choices(rung, point)
            shape = self._unrolling.shape(choices)
            before, point = point, shape.point_for(wish)
            if point == before:
                break
        over = wish - round(shape.total(point))
        strain = max(self._threshold(rung) - point, point - self._threshold(rung + 1), 0.0)
        return _Candidate(choices, shape, point, over, strain)


def _rungs(counts: Mapping[Hashable, Count]) -> Iterator[tuple[float, Hashable]]:
    """Yield, for each step of each count, the point at which rounding raises the count."""
    for place, count in counts.items():
        for step in range(count.high - count.low):
            yield (step + 0.5) / (count.high - count.low), place


def _rounded(sequence: Sequence, tried: _Candidate, wish: int) -> Fitted:
    """Round to whole samples: largest remainder over the shares, what is left over the pauses."""
    shape = tried.shape
    natural = tuple(pause.natural for pause in shape.pauses)
    for_shares = wish - shape.fixed - sum(natural) - tried.over
    lengths, left = round_shares(shape.shares, tried.point, for_shares)
    pauses, rest = apportion(left + tried.over, shape.pauses)
    return Fitted(sequence, tried.choices, lengths, pauses, rest)
