"""Pictures of a session: the cover (`cover`), and a large one to be read (`session`).

Both are a `Drawing` first, which becomes SVG or PNG (`drawing`).
"""

from __future__ import annotations

from collections.abc import Iterable

from voiceguide.picture.cover import SIZE, CoverMark, cover_drawing
from voiceguide.picture.drawing import Drawing, as_png, as_svg, palette
from voiceguide.picture.session import session_drawing

__all__ = [
    "SIZE",
    "CoverMark",
    "Drawing",
    "as_png",
    "as_svg",
    "cover",
    "cover_drawing",
    "palette",
    "session_drawing",
]


def cover(
    title: str, duration: str, marks: Iterable[CoverMark], chapters: Iterable[float] = ()
) -> bytes:
    """A square PNG of `SIZE` pixels: see `cover_drawing`. The same input gives the same bytes."""
    return as_png(cover_drawing(title, duration, marks, chapters))
