"""What a rule is, what it looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from voiceguide.errors import Place
from voiceguide.routine import Routine
from voiceguide.sequence import Sequence
from voiceguide.settings import Settings
from voiceguide.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Subject:
    """A routine in all its forms."""

    routine: Routine
    settings: Settings
    language: str
    """Of the built-in words: `en`, also where `language` says `en-gb`."""
    sequence: Sequence
    """Unrolled with full guidance: fewer words on request are no fault of the author's."""
    timeline: Timeline
    """As planned."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a rule is broken, and what its sentence tells of it."""

    place: Place
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a routine should have."""

    name: str
    sentence: str
    """What is wrong; `{…}` are a finding's."""
    way_out: str
    find: Callable[[Subject], Iterator[Finding]]
