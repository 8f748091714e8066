"""`schedule`: a sequence becomes events at exact sample positions.

The lengths of spoken texts come in as a function. Estimated, it needs no engine; measured from
the clips, the timeline is exact. The fit to a wished length, the placing of cues and the proof
that they fit are arithmetic, and the same for a file and for a speaker.
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
    """The timeline at `point` in all ranges, or of exactly `wish` samples.

    Cues that do not fit are the timeline's `problems`.

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
