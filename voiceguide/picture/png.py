"""A drawing as PNG."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from voiceguide.errors import UsageError
from voiceguide.picture.shapes import Box, Drawing, Writing
from voiceguide.picture.words import drawable, font_of

TALLEST = 60_000
"""Pixels: what is taller is shown by few viewers, and fills the memory."""

_COLOURS = 64
"""Enough for a palette of seven and the edges of letters, and a fifth of the bytes."""

_DETAIL = 3
"""Corners are drawn so many times larger, then averaged."""


def as_png(drawing: Drawing) -> bytes:
    """The file; the same drawing always gives the same bytes.

    Raises:
        UsageError: it is higher than `TALLEST`.
    """
    if drawing.height > TALLEST:
        too_tall = f"a picture {drawing.height} pixels high is more than a PNG file should hold"
        raise UsageError(too_tall, "end its name in `.svg`")
    picture = Image.new("RGB", (drawing.width, drawing.height), drawing.ground)
    pen = ImageDraw.Draw(picture)
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            _draw_box(picture, shape)
        else:
            _write(pen, shape)
    few = picture.quantize(_COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw_box(picture: Image.Image, box: Box) -> None:
    left, top = round(box.left), round(box.top)
    width = max(1, round(box.left + box.width) - left)
    height = max(1, round(box.top + box.height) - top)
    large = Image.new("L", (width * _DETAIL, height * _DETAIL), 0)
    size = (0, 0, width * _DETAIL - 1, height * _DETAIL - 1)
    ImageDraw.Draw(large).rounded_rectangle(size, box.radius * _DETAIL, 255)
    mask = large.resize((width, height), Image.Resampling.BOX)
    picture.paste(box.colour, (left, top), mask)


def _write(pen: ImageDraw.ImageDraw, line: Writing) -> None:
    anchor = "ra" if line.to_the_right else "la"
    text = drawable(line.text)
    pen.text((line.left, line.top), text, line.colour, font_of(line.size), anchor=anchor)
