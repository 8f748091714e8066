"""Pictures of a session: the cover, and a large one to be read (see `session`).

The cover: a session drawn as a clock's face, so that routines can be told apart on a phone.

The ring is the session, clockwise from the top. Holds and reps are broad arcs: those of the left
side reach outwards, those of the right side inwards, each in its own colour, so that the pattern
shows at 60 pixels too. Rests are pale and narrow, speech is a thin line. The dots around it are
where chapters begin. The colours come from the title.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image, ImageDraw

from voiceguide.picture.drawing import Drawing, as_svg, palette
from voiceguide.picture.png import as_png, draw_words
from voiceguide.picture.ring import DETAIL, SIZE, Mark, draw_chapters, draw_ring
from voiceguide.picture.session import session_drawing

__all__ = ["SIZE", "Drawing", "Mark", "as_png", "as_svg", "cover", "session_drawing"]


def cover(
    title: str, duration: str, marks: Iterable[Mark], chapters: Iterable[float] = ()
) -> bytes:
    """A square PNG of `SIZE` pixels; the same input always gives the same bytes.

    `duration` is shown as it stands; `chapters` are their starts, as shares of the session.
    """
    colours = palette(title)
    large = Image.new("RGB", (SIZE * DETAIL, SIZE * DETAIL), colours.ground)
    pen = ImageDraw.Draw(large)
    draw_ring(pen, colours, marks)
    draw_chapters(pen, colours, chapters)
    picture = large.resize((SIZE, SIZE), Image.Resampling.BOX)
    draw_words(ImageDraw.Draw(picture), colours, title, duration)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
