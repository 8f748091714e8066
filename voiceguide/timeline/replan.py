"""`LivePlan`: the timeline of a session that is being played, and how its rest is planned anew.

What has begun stays as it is, to the sample. What is still to come is a sequence like any other,
with ranges, counts and steps that may be left out, and is fitted in the same way as the whole.
A range that is begun keeps its length in what follows: both sides stay equal.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import Place
from voiceguide.lengths import in_seconds
from voiceguide.sequence import (
    Choices,
    ElasticLength,
    Gap,
    Item,
    PeriodStart,
    Sequence,
    TimedSilence,
    as_people_say,
)
from voiceguide.timeline.cues import LengthOf, marks_after
from voiceguide.timeline.fit import Fitted, Unroll, at_point, nearest_to_length, to_length
from voiceguide.timeline.layout import lay_out

_MOST_SAID = 4
"""So often what is said of the time that remains is said anew."""


class LivePlan:
    """A fitted session. It never changes: a change makes another plan."""

    def __init__(
        self,
        unroll: Unroll,
        length_of: LengthOf,
        fitted: Fitted,
        said_remaining: Mapping[int, float] | None = None,
    ) -> None:
        self.said_remaining = said_remaining or {}
        """What its texts say of the time that remains, by their order, in seconds."""
        laid = lay_out(fitted, length_of)
        self.timeline = laid.timeline
        self.remaining = laid.remaining
        self._starts = laid.starts
        self._unroll, self._length_of, self._fitted = unroll, length_of, fitted

    def refitted(self, position: int, wish: int) -> LivePlan:
        """The plan with all as it is up to what happens at `position`, and a length of `wish`.

        Both are samples of the session. Where the rest cannot be so long or so short, the
        length is the nearest that can be met.
        """
        begun = bisect_right(self._starts, position)
        told = {
            getattr(item, "asks_remaining", None) for item in self._fitted.sequence.items[:begun]
        }
        kept = {index: left for index, left in self.said_remaining.items() if index in told}
        plan = self._refitted(begun, wish, self.said_remaining)
        for _ in range(_MOST_SAID):  # what is still to be said of the time that remains is new
            said = {**plan.remaining, **kept}
            if _rounded(said) == _rounded(plan.said_remaining):
                break
            plan = self._refitted(begun, wish, said)
        return plan

    def _refitted(self, begun: int, wish: int, said: Mapping[int, float]) -> LivePlan:
        rest = _Remainder(_saying(self._unroll, said), self._fitted, begun)
        fitted = nearest_to_length(rest, self._length_of, wish)
        return LivePlan(self._unroll, self._length_of, fitted, said)

    def lengthened(self, position: int, more: int) -> LivePlan | None:
        """The plan with `more` samples in what is held or rested in at `position`.

        What follows comes so much later. None where nothing is timed at that moment.
        """
        index = bisect_right(self._starts, position) - 1
        silence = self._fitted.sequence.items[index] if index >= 0 else None
        if not isinstance(silence, TimedSilence) or silence.kind is None:
            return None
        length = self._fitted.lengths[silence.length.share]
        played = position - self._starts[index]
        if played >= length:
            return None
        longer = self._longer(silence, index, length, played, length + more)
        sequence = self._fitted.sequence
        items = (*sequence.items[:index], longer, *sequence.items[index + 1 :])
        lengths = {**self._fitted.lengths, longer.length.share: length + more}
        changed = replace(sequence, items=items)
        return self._with(replace(self._fitted, sequence=changed, lengths=lengths))

    def remeasured(self, length_of: LengthOf, position: int, wish: int | None = None) -> LivePlan:
        """The plan with other lengths of what has not sounded yet, such as of texts now spoken.

        Where it has to last `wish` samples, what comes after `position` makes up for it.
        """
        plan = LivePlan(self._unroll, length_of, self._fitted, self.said_remaining)
        return plan if wish is None else plan.refitted(position, wish)

    def _longer(
        self, silence: TimedSilence, index: int, length: int, played: int, new: int
    ) -> TimedSilence:
        seconds = in_seconds(new)
        longer = ElasticLength(seconds, seconds, (silence.length.share, index, new))
        marks = marks_after(silence, length, self._length_of, played)
        return replace(silence, length=longer, marks=marks, since=in_seconds(played))

    def _with(self, fitted: Fitted) -> LivePlan:
        return LivePlan(self._unroll, self._length_of, fitted, self.said_remaining)


def begin(
    unroll: Unroll, length_of: LengthOf, *, point: float = 0.5, wish: int | None = None
) -> LivePlan:
    """The plan at `point` in all ranges, or of exactly `wish` samples.

    Raises:
        UnreachableLengthError: no choice makes the session `wish` samples long.
    """
    with _uncollected():
        return _settled(unroll, length_of, point, wish)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python's cyclic garbage collector waiting, which costs a third of the planning.

    A plan is many objects without a circle among them: there is nothing for it to find.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _settled(unroll: Unroll, length_of: LengthOf, point: float, wish: int | None) -> LivePlan:
    plan = _begun(unroll, length_of, point, wish)
    for _ in range(_MOST_SAID):  # what is said of the time that remains takes time itself
        if not plan.remaining or _rounded(plan.remaining) == _rounded(plan.said_remaining):
            break
        plan = _begun(unroll, length_of, point, wish, plan.remaining)
    return plan


def _begun(
    unroll: Unroll,
    length_of: LengthOf,
    point: float,
    wish: int | None,
    said: Mapping[int, float] | None = None,
) -> LivePlan:
    if wish is None:
        fitted = at_point(_saying(unroll, said or {}), length_of, point)
    else:
        fitted = to_length(_saying(unroll, said or {}), length_of, wish)
    return LivePlan(unroll, length_of, fitted, said)


def _saying(unroll: Unroll, remaining: Mapping[int, float]) -> Unroll:
    return lambda choices: unroll(replace(choices, remaining=remaining))


def _rounded(remaining: Mapping[int, float]) -> dict[int, float]:
    return {index: as_people_say(seconds) for index, seconds in remaining.items()}


class _Remainder:
    """Unrolls a session of which some items have begun: those stay, and what they decided."""

    def __init__(self, unroll: Unroll, fitted: Fitted, begun: int) -> None:
        self._unroll, self._fitted, self._begun = unroll, fitted, begun
        self._shares = self._decided_shares()
        self._past = tuple(self._as_it_was())
        self._counts = dict(self._decided_counts())
        self._open = frozenset(self._open_optionals())
        self._dropped = fitted.choices.dropped - self._open

    def __call__(self, choices: Choices) -> Sequence:
        """The whole sequence, what has begun being no longer elastic."""
        said = self._fitted.sequence.says_holds
        point = self._fitted.choices.point if said else choices.point
        counts = {**self._counts, **choices.counts}
        whole = self._unroll(Choices(point, counts, self._dropped | choices.dropped))
        to_come = map(self._as_decided, whole.items[self._begun :])
        free = {place: count for place, count in whole.counts.items() if place not in self._counts}
        return replace(
            whole,
            items=(*self._past, *to_come),
            counts=free,
            optionals=tuple(place for place in whole.optionals if place in self._open),
        )

    # ── what is decided ──────────────────────────────────────────────────────

    def _decided_shares(self) -> frozenset[Hashable]:
        """The ranges that have begun; where texts name lengths, all of them."""
        items = self._fitted.sequence.items
        begun = items if self._fitted.sequence.says_holds else items[: self._begun]
        return frozenset(
            item.length.share for item in begun if isinstance(item, TimedSilence | PeriodStart)
        )

    def _decided_counts(self) -> Iterator[tuple[Hashable, int]]:
        """The counts that another choice of would change what has begun."""
        choices = self._fitted.choices
        for place, count in self._fitted.sequence.counts.items():
            ends = ({**choices.counts, place: end} for end in (count.low, count.high))
            if not all(self._leaves_the_past(replace(choices, counts=end)) for end in ends):
                yield place, choices.counts.get(place, count.at(choices.point))

    def _open_optionals(self) -> Iterator[Place]:
        """The optional steps that can still be left out, or taken in again."""
        choices = self._fitted.choices
        for place in self._unroll(replace(choices, dropped=frozenset())).optionals:
            if self._leaves_the_past(replace(choices, dropped=choices.dropped ^ {place})):
                yield place

    def _leaves_the_past(self, choices: Choices) -> bool:
        begun = self._unroll(choices).items[: self._begun]
        return _told(begun) == _told(self._fitted.sequence.items[: self._begun])

    # ── as it is ─────────────────────────────────────────────────────────────

    def _as_it_was(self) -> Iterator[Item]:
        pauses = iter(self._fitted.pauses)
        for item in self._fitted.sequence.items[: self._begun]:
            if isinstance(item, Gap):
                seconds = in_seconds(next(pauses))
                yield Gap(seconds, seconds, seconds)
            else:
                yield self._as_decided(item)

    def _as_decided(self, item: Item) -> Item:
        if isinstance(item, TimedSilence | PeriodStart) and item.length.share in self._shares:
            seconds = in_seconds(self._fitted.lengths[item.length.share])
            return replace(item, length=ElasticLength(seconds, seconds, item.length.share))
        return item


class _Told(Struct, frozen=True):
    """An item as far as it does not depend on a point."""

    type: type
    kind: object
    origin: object


def _told(items: Iterable[Item]) -> list[_Told]:
    return [
        _Told(type(item), getattr(item, "kind", None), getattr(item, "origin", None))
        for item in items
    ]
