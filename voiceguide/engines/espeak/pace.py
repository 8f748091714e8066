"""Words a minute, made true: espeak-ng's own `rate` is a tenth to a quarter too quick.

Measured with libespeak-ng 1.52.0 and the voice `en-us` on 362 words of instructions (4.2 letters a
word), spoken in one go with the pauses that the engine makes between clauses and sentences. A
language with longer words has fewer of them a minute at the same, equally calm, speed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.errors import UsageError

SLOWEST, FASTEST = 40, 450
"""Words a minute that this engine can speak."""

_MEASURED = (
    (92.5, 85),
    (98.2, 90),
    (109.5, 100),
    (121.0, 110),
    (132.3, 120),
    (144.6, 130),
    (167.4, 150),
    (197.3, 175),
    (226.5, 200),
    (286.1, 250),
    (346.3, 300),
    (412.7, 350),
    (468.9, 400),
)
"""Words a minute in the sound, and the `rate` that gave them; below 85 it gets no slower."""

_MEASURED_WITH_GAP = ((82.6, 80), (88.4, 90), (93.5, 100))
"""The same with the smallest gap between words."""

_GAP_BASE, _GAP_STEP = 0.697, 0.0299
"""Seconds a word at rate 80: with a gap between words, and for each unit of that gap."""


@dataclass(frozen=True, slots=True)
class Pace:
    """espeak-ng's parameters for a pace."""

    rate: int
    """Its `espeakRATE`."""
    gap: int = 0
    """Its `espeakWORDGAP`: what makes it slower than its slowest rate."""


def pace_for(words_a_minute: float) -> Pace:
    """The parameters at which so many words a minute are heard.

    Raises:
        UsageError: no setting is that slow or that quick.
    """
    if not SLOWEST <= words_a_minute <= FASTEST:
        raise UsageError(
            f"espeak cannot speak {words_a_minute:g} words a minute",
            f"choose a pace from {SLOWEST} to {FASTEST}",
        )
    if words_a_minute >= _MEASURED[0][0]:
        return Pace(_between(_MEASURED, words_a_minute))
    if words_a_minute >= _MEASURED_WITH_GAP[0][0]:
        return Pace(_between(_MEASURED_WITH_GAP, words_a_minute), 1)
    return Pace(80, round((60 / words_a_minute - _GAP_BASE) / _GAP_STEP))


def _between(table: Sequence[tuple[float, int]], words_a_minute: float) -> int:
    """The rate on the line between the two measurements around it."""
    after = min(bisect_right(table, (words_a_minute, 999)), len(table) - 1)
    (low, rate), (high, next_rate) = table[after - 1], table[after]
    return round(rate + (next_rate - rate) * (words_a_minute - low) / (high - low))
