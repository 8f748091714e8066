"""Numbers as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from voiceguide.cli.ink import Ink, Line, line, wrapped
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
    """A plan in a few words: its length, what else is to say, its chapters and voice."""
    duration, chapters = show_clock(plan.timeline.duration), len(plan.timeline.chapters)
    parts = (
        duration if plan.exact else f"about {duration}",
        *more,
        counted(chapters, "chapter") if chapters else "",
        plan.voice or "lengths of speech estimated",
    )
    return ", ".join(filter(None, parts))


def headline(plan: Plan, width: int | None, *more: str) -> list[Line]:
    """A plan's title and summary: in one line, or below each other where that is too wide."""
    return titled(plan.title, summary(plan, *more), width)


def titled(title: str, said: str, width: int | None) -> list[Line]:
    """A title and what is said of it: in one line, or below each other where that is too wide."""
    if width is None or cell_len(f"{title}  {said}") <= width:
        return [line(Ink(title, "bold"), Ink(f"  {said}", "dim"))]
    lines = [line(Ink(part, "bold")) for part in wrapped(title, width)]
    return [*lines, *(line(Ink(part, "dim")) for part in wrapped(said, width))]
