"""What a picture is made of, before it is one of SVG or of pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners; pixels from the left and the top, `#rrggbb`."""

    left: float
    top: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Writing:
    """One line of text; `left` and `top` are those of its line, `size` pixels high."""

    left: float
    top: float
    text: str
    size: int
    colour: str
    to_the_right: bool = False
    """Whether it ends at `left` and does not begin there."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture; what comes later lies on top."""

    title: str
    width: int
    height: int
    ground: str
    shapes: tuple[Box | Writing, ...]
