"""What sentences that keep people safe have in common, by language, as data.

A listener is told when to stop where one sentence, or two in a row, say that something may hurt,
and what to do then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SafetyWords:
    """Words, or a few in a row, in lower case."""

    hurts: tuple[str, ...]
    heeds: tuple[str, ...]


SAFETY: Mapping[str, SafetyWords] = {
    "en": SafetyWords(
        hurts=(
            *("pain", "pains", "painful", "hurt", "hurts", "hurting", "ache", "aches"),
            *("dizzy", "dizziness", "numb", "numbness", "unwell"),
        ),
        heeds=(
            *("stop", "stops", "stopping", "skip", "leave", "avoid", "never", "without"),
            *("come out", "back off", "ease off", "ease back"),
        ),
    ),
}
"""Of a language that is not here, nothing is asked."""
