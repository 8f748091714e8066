"""Routines in a test: from text to timeline with made-up voices, and a compact view of it."""

from __future__ import annotations

from functools import partial
from textwrap import dedent
from typing import Any

from msgspec.structs import replace

from voiceguide.languages import phrases
from voiceguide.lengths import SAMPLE_RATE, in_seconds, samples
from voiceguide.player.transport import Feed, Transport
from voiceguide.routine import Routine
from voiceguide.script import Known, parse
from voiceguide.sequence import TICKS, Chime, Choices, Sequence, Source, Words
from voiceguide.sequence.steps import unroll
from voiceguide.settings import Settings
from voiceguide.settings.merge import settle
from voiceguide.timeline import Event, Timeline, schedule

KNOWN = Known(
    chimes=frozenset({"bowl", "bell", "wood", "bowl-end", "bell-end"}),
    routines=frozenset({"other"}),
    beds=frozenset({"rain"}),
)

A_WORD = 0.4
"""Seconds that the made-up voice takes for a word."""


def length_of(source: Source) -> int:
    """Samples: 0.4 s a word, two seconds a chime, five a sound file; a tick is short."""
    if isinstance(source, Words):
        return samples(A_WORD * len(source.text.split()))
    if isinstance(source, Chime) and source.name in TICKS:
        return samples(0.15)
    return samples(5.0 if hasattr(source, "path") else 2.0)


def routine(text: str, source: str = "test.md") -> Routine:
    """Parse a routine that has no problems."""
    parsed = parse(dedent(text), source, KNOWN)
    assert not [str(problem) for problem in parsed.problems]
    assert parsed.routine
    return parsed.routine


def settings(parsed: Routine, *, wake: bool = True, **changes: Any) -> Settings:
    """The settings of a routine, changed; without `wake`, no sounds that wake headphones."""
    settled = settle(parsed.front, lines=parsed.lines, known=KNOWN)
    assert not settled.problems
    changed = replace(settled.settings, **changes)
    return changed if wake else replace(changed, chimes={**changed.chimes, "wake": None})


def sequence(text: str, choices: Choices | None = None, **changes: Any) -> Sequence:
    """Unroll a routine."""
    parsed = routine(text)
    asked = settings(parsed, **changes)
    return unroll(parsed, asked, phrases("en", asked.phrases), choices)


def timeline(text: str, *, wish: float | None = None, **changes: Any) -> Timeline:
    """Schedule a routine, at its point or to a length in seconds."""
    parsed = routine(text)
    asked = settings(parsed, **changes)
    ask = partial(unroll, parsed, asked, phrases("en", asked.phrases))
    target = None if wish is None else samples(wish)
    return schedule(ask, length_of, point=asked.point, wish=target)


def told(events: Timeline | list[Event]) -> list[str]:
    """What happens, without times: `say Left side.`, `hold 30`, `chime start`."""
    chosen = events.events if isinstance(events, Timeline) else events
    return [_told(event) for event in chosen]


def _told(event: Event) -> str:
    if event.text is not None:
        return f"{event.kind.value} {event.text}"
    return f"{event.kind.value} {in_seconds(event.length):g}"


def of_kind(events: Timeline, *kinds: str) -> list[Event]:
    """The events of some kinds."""
    return [event for event in events.events if event.kind.value in kinds]


def at(event: Event) -> float:
    """Seconds from the beginning."""
    return event.position / SAMPLE_RATE


def wait_until_ready(transport: Transport, count: int, seconds: float = 180) -> bool:
    """Wait until `count` samples are read ahead; False if it takes longer than `seconds`."""
    return wait_until_read(transport._feed, count, seconds)


def wait_until_read(feed: Feed, count: int, seconds: float = 180) -> bool:
    """Wait until `count` samples, or all remaining ones, are read; False after `seconds`."""

    def is_ready() -> bool:
        at_end = feed._next >= feed._blocks.length
        return feed._held >= count or at_end or feed._failure is not None

    with feed._changed:
        return feed._changed.wait_for(is_ready, seconds)
