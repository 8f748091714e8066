"""Draw pictures of a session: the cover (`cover`), and a large picture to read (`session`).

Both are built as a `Drawing`, which is rendered as SVG or PNG (`drawing`).
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
    """Render the cover as a square PNG of `SIZE` pixels; the same input gives the same bytes."""
    return as_png(cover_drawing(title, duration, marks, chapters))
