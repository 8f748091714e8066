"""The characters that tables and pictures are drawn with."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each thing to draw; they differ in shape, so that no colour is needed."""

    hold: str = "█"
    reps: str = "║"
    rest: str = "░"
    ready: str = "-"
    speech: str = "·"
    sound: str = "~"
    rule: str = "━"
    axis: str = "─"
    tick: str = "┴"

    def __str__(self) -> str:
        return "".join(getattr(self, field.name) for field in fields(self))


FINE = Glyphs()
ASCII = Glyphs("#", "=", ":", "-", ".", "~", "=", "-", "+")
"""For terminals that know no others."""
