"""A soft sound before what follows a long silence, so that headphones are awake for the words.

Bluetooth headphones fall asleep in a silence, and swallow the first 0.3 to 1.5 s after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceguide.lengths import samples
from voiceguide.sequence import Kind, Source
from voiceguide.timeline.data import Event

LONG = samples(20)
"""Samples of silence, from the end of one sound to the start of the next, that need it."""

AHEAD = samples(0.5)
"""Samples from its start to that of what it comes before."""


def wakes(events: Iterable[Event], source: Source, length: int) -> Iterator[Event]:
    """The wake sounds of a session whose events are in order; `length` samples each."""
    silent_from = 0
    for event in events:
        if event.source is None:
            continue
        if event.position - silent_from > LONG:
            position = event.position - AHEAD
            yield replace(
                event,
                position=position,
                length=length,
                kind=Kind.CHIME,
                text="wake",
                source=source,
            )
        silent_from = max(silent_from, event.end)
