"""Numbers as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceguide.lengths import show_clock

if TYPE_CHECKING:
    from voiceguide.studio import Plan


def size_text(count: int) -> str:
    """Bytes as `512 B`, `4.8 MB`: of thousands, as file managers and disks count."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 chapter`, `3 chapters`, `2 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def summary(plan: Plan, *more: str) -> str:
    """A plan in one line: its length, what else is to say, its chapters and voice."""
    duration = show_clock(plan.timeline.duration)
    parts = (
        duration if plan.exact else f"about {duration}",
        *more,
        counted(len(plan.timeline.chapters), "chapter"),
        plan.voice or "lengths of spoken texts estimated",
    )
    return " · ".join(parts)
