"""A programme as its author wrote it: frozen data, what can be wrong later with its place.

    Programme ─ weeks: Week ─ days: Day ─ slots: Slot ─ wishes: Wish…

What a week or the whole programme says of level and guidance has been handed down to the slots.
"""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.errors import Place, Problem


@dataclass(frozen=True, slots=True)
class Wish:
    """How a routine is to be: a setting's name and value, as the command line would give them."""

    name: str
    """`length`, `level`, `guidance`, or `with`."""
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Slot:
    """One session of a day."""

    routine: str
    """A name in the library, or a path beside the programme."""
    place: Place
    """Of the routine's name."""
    wishes: tuple[Wish, ...] = ()
    note: str = ""
    """What this session is for."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its sessions, in their order."""

    name: str
    """`day 1`, or `monday`."""
    number: int
    """From 0: days after the week's first one, or after Monday."""
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week; its days in the order written, which need not be that of time."""

    days: tuple[Day, ...]
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """Which routines are for which day, and how they are to be."""

    name: str
    """What files are called after, where there is no title: `four-week-psoas`."""
    source: str
    lines: tuple[str, ...]
    """The file's, to show in problems."""
    weeks: tuple[Week, ...]
    title: str
    author: str = ""
    description: str = ""
    by_weekday: bool = False
    """Whether its days are weekdays, not numbers."""

    def problem(self, place: Place, message: str, help: str) -> Problem:  # noqa: A002  (as users see it)
        """A problem at a place of this programme, with its line."""
        return Problem(place, message, help, self.lines[place.line - 1])
