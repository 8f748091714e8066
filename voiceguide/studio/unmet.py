"""The length that was asked for cannot be met: what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

from voiceguide.errors import Problem, RoutineError, UsageError
from voiceguide.lengths import in_seconds, samples, show_clock
from voiceguide.studio.opening import Opened
from voiceguide.timeline import UnreachableLengthError


class UnmetLengthError(UsageError):
    """The length asked for cannot be met."""


def unreachable(error: UnreachableLengthError, opened: Opened) -> RoutineError | UnmetLengthError:
    """The error, with lengths that can be met, and a place where the routine has one."""
    settings = opened.settings
    wish = samples(settings.length or 0.0)
    shortest, longest = _show_inward(error.shortest, ceil), _show_inward(error.longest, floor)
    message = (
        f"a length of {show_clock(in_seconds(wish))} cannot be met: "
        f"the shortest is {shortest}, the longest {longest}"
    )
    near = " and ".join(_show_inward(n, floor if n < wish else ceil) for n in error.near)
    within = error.shortest <= wish <= error.longest
    way_out = f"the nearest are {near}" if within else "ask for another, or widen the ranges"
    place = settings.places.get("length")
    if place is None:
        return UnmetLengthError(message, way_out)
    return RoutineError([opened.located(Problem(message, way_out, place))])


def _show_inward(length: int, rounded: Callable[[float], int]) -> str:
    """A length to a tenth of a second, rounded to where it can still be met."""
    return show_clock(rounded(in_seconds(length) * 10) / 10)
