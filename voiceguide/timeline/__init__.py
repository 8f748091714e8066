"""`schedule`: turn a sequence into events at exact sample positions.

The lengths of spoken texts come in as a function: with estimates, no engine is needed; with
measured clips, the timeline is exact. Fitting to a wished length, placing cues and checking that
they fit are arithmetic, and work the same for an exported file and for live playback.
"""

from __future__ import annotations

from msgspec.structs import replace

from voiceguide.errors import Problem
from voiceguide.lengths import LONGEST, show_time
from voiceguide.timeline.cues import LengthOf
from voiceguide.timeline.data import BedChange, ChapterMark, Event, Settling, Timeline
from voiceguide.timeline.fit import UnreachableLengthError, Unroll, bounds
from voiceguide.timeline.replan import LivePlan, begin

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
