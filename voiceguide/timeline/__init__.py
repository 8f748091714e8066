"""`schedule`: turn a sequence into events at exact sample positions.

The lengths of spoken texts come in as a function: with estimates, no engine is needed; with
measured clips, the timeline is exact. Fitting to a wished length, placing cues and checking that
they fit are arithmetic, and work the same for an exported file and for live playback.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec.structs import replace

from voiceguide.errors import Place, Problem
from voiceguide.lengths import LONGEST, in_seconds, show_time
from voiceguide.sequence import (
    Choices,
    ElasticLength,
    Gap,
    Item,
    PeriodStart,
    Sequence,
    TimedSilence,
)
from voiceguide.sequence.unroller import as_people_say
from voiceguide.timeline.cues import LengthOf, marks_after
from voiceguide.timeline.data import BedChange, ChapterMark, Event, Settling, Timeline
from voiceguide.timeline.fit import (
    Fitted,
    UnreachableLengthError,
    Unroll,
    at_point,
    bounds,
    nearest_to_length,
    to_length,
)
from voiceguide.timeline.layout import lay_out

__all__ = [
    "BedChange",
    "ChapterMark",
    "Event",
    "LengthOf",
    "LivePlan",
    "Settling",
    "Timeline",
    "UnreachableLengthError",
    "Unroll",
    "begin",
    "bounds",
    "schedule",
]


def schedule(
    unroll: Unroll, length_of: LengthOf, *, point: float = 0.5, wish: int | None = None
) -> Timeline:
    """Return the timeline at `point` in all ranges, or the timeline of exactly `wish` samples.

    Cues that do not fit are in the timeline's `problems`.

    Raises:
        UnreachableLengthError: no choice makes the session `wish` samples long.
    """
    return _bounded(begin(unroll, length_of, point=point, wish=wish).timeline)


def _bounded(timeline: Timeline) -> Timeline:
    if timeline.duration <= LONGEST:
        return timeline
    where = timeline.events[-1].place
    message = f"the session would last {show_time(timeline.duration)}"
    problem = Problem(message, "the longest is 12 hours: write fewer or shorter steps", where)
    return replace(timeline, problems=(*timeline.problems, problem))


# ── `LivePlan`: a session that is being played, and the replanning of its rest

# Everything that has begun stays as it is, to the sample. The rest is an ordinary sequence, with
# ranges, counts and optional steps, and is fitted in the same way as a whole session. A range that
# has begun keeps its length in later occurrences, so that both sides stay equal.

_MOST_SAID = 4
"""Most replans until the texts that name the time that remains are right."""


class LivePlan:
    """A fitted session. It is immutable: a change makes another plan."""

    def __init__(
        self,
        unroll: Unroll,
        length_of: LengthOf,
        fitted: Fitted,
        said_remaining: Mapping[int, float] | None = None,
    ) -> None:
        self.said_remaining = said_remaining or {}
        """The seconds that its texts name as the time that remains, by the index of the text."""
        laid = lay_out(fitted, length_of)
        self.timeline = laid.timeline
        self.remaining = laid.remaining
        self._starts = laid.starts
        self._unroll, self._length_of, self._fitted = unroll, length_of, fitted

    def refitted(self, position: int, wish: int) -> LivePlan:
        """Return a plan of `wish` samples that is unchanged up to `position`.

        Both are samples of the session. If the rest cannot reach that length, the plan has the
        nearest length that can be met.
        """
        begun = bisect_right(self._starts, position)
        told = {
            getattr(item, "asks_remaining", None) for item in self._fitted.sequence.items[:begun]
        }
        kept = {index: left for index, left in self.said_remaining.items() if index in told}
        plan = self._refitted(begun, wish, self.said_remaining)
        for _ in range(_MOST_SAID):  # texts still to come must name the new time that remains
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
        """Return a plan with `more` samples in the hold or rest at `position`.

        What follows comes later by as much. None if there is no timed event at that moment.
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
        """Return a plan with new lengths of what has not sounded yet, such as texts now spoken.

        If it must last `wish` samples, the rest after `position` compensates for the change.
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
    """Return the plan at `point` in all ranges, or the plan of exactly `wish` samples.

    Raises:
        UnreachableLengthError: no choice makes the session `wish` samples long.
    """
    with _uncollected():
        return _settled(unroll, length_of, point, wish)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause Python's cyclic garbage collector, which costs a third of the planning.

    A plan has many objects but no cycles: the collector would find nothing.
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
    for _ in range(_MOST_SAID):  # naming the time that remains takes time itself
        if _rounded(plan.remaining) == _rounded(plan.said_remaining):
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
    """Unrolls a session that is partly played; items that have begun stay, with their choices."""

    def __init__(self, unroll: Unroll, fitted: Fitted, begun: int) -> None:
        self._unroll, self._fitted, self._begun = unroll, fitted, begun
        self._shares = self._decided_shares()
        self._past = tuple(self._as_it_was())
        self._counts = dict(self._decided_counts())
        self._open = frozenset(self._open_optionals())
        self._dropped = fitted.choices.dropped - self._open

    def __call__(self, choices: Choices) -> Sequence:
        """Return the whole sequence, in which items that have begun are no longer elastic."""
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

    # ── choices that are fixed ───────────────────────────────────────────────────

    def _decided_shares(self) -> frozenset[Hashable]:
        """The ranges that have begun; all ranges if texts name lengths."""
        items = self._fitted.sequence.items
        begun = items if self._fitted.sequence.says_holds else items[: self._begun]
        return frozenset(
            item.length.share for item in begun if isinstance(item, TimedSilence | PeriodStart)
        )

    def _decided_counts(self) -> Iterator[tuple[Hashable, int]]:
        """Yield the counts that cannot change without changing items that have begun."""
        choices = self._fitted.choices
        for place, count in self._fitted.sequence.counts.items():
            ends = ({**choices.counts, place: end} for end in (count.low, count.high))
            if not all(self._leaves_the_past(replace(choices, counts=end)) for end in ends):
                yield place, choices.counts.get(place, count.at(choices.point))

    def _open_optionals(self) -> Iterator[Place]:
        """Yield the optional steps that can still be left out, or included again."""
        choices = self._fitted.choices
        for place in self._unroll(replace(choices, dropped=frozenset())).optionals:
            if self._leaves_the_past(replace(choices, dropped=choices.dropped ^ {place})):
                yield place

    def _leaves_the_past(self, choices: Choices) -> bool:
        begun = self._unroll(choices).items[: self._begun]
        return _told(begun) == _told(self._fitted.sequence.items[: self._begun])

    # ── items as they were played ────────────────────────────────────────────────

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


def _told(items: Iterable[Item]) -> list[tuple[object, ...]]:
    """The parts of items that do not depend on the point."""
    return [
        (type(item), getattr(item, "kind", None), getattr(item, "origin", None)) for item in items
    ]
