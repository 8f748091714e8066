"""What a file is called: its routine's title, and what sets it apart from others of that title."""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.lengths import in_seconds, show_seconds
from voiceguide.programme.opening import Take
from voiceguide.settings import LEVELS, Settings

Manner = tuple[str, str, str, str]
"""How a routine is given: `22 min`, `gentle`, `full guidance`, `with band`; empty where it is
nothing to speak of."""


def manner(settings: Settings, length: int) -> Manner:
    """How a take of `length` samples is given."""
    options = " and ".join(sorted(settings.options))
    return (
        _length_text(settings, length),
        _level_text(settings),
        f"{settings.guidance.value} guidance",
        f"with {options}" if options else "",
    )


def _length_text(settings: Settings, length: int) -> str:
    if settings.length is not None:
        return show_seconds(settings.length)
    seconds = in_seconds(length)
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{round(seconds)}s"


def _level_text(settings: Settings) -> str:
    """The level; empty where an exact length decides instead."""
    if settings.length is not None:
        return ""
    names = {point: name for name, point in LEVELS.items()}
    return names.get(settings.point, f"{settings.point:.0%}")


def titles(takes: Sequence[Take], lengths: Sequence[int]) -> list[str]:
    """A title for each take; their numbers tell apart what still has the same one."""
    manners = [manner(take.settings, n) for take, n in zip(takes, lengths, strict=True)]
    namesakes: dict[str, list[Manner]] = {}
    for take, own in zip(takes, manners, strict=True):
        namesakes.setdefault(take.title, []).append(own)
    pairs = zip(takes, manners, strict=True)
    return [_title(take.title, own, namesakes[take.title]) for take, own in pairs]


def _title(title: str, own: Manner, namesakes: Sequence[Manner]) -> str:
    """The title with as little behind it as sets all its namesakes apart."""
    columns = [n for n, column in enumerate(zip(*namesakes, strict=True)) if len(set(column)) > 1]
    firsts = (columns[:n] for n in range(len(columns)))
    apart = next((first for first in firsts if _differ(namesakes, first)), columns)
    return ", ".join(filter(None, (title, *(own[n] for n in apart))))


def _differ(manners: Sequence[Manner], columns: Sequence[int]) -> bool:
    shown = {tuple(manner[n] for n in columns) for manner in manners}
    return len(shown) == len(manners)
