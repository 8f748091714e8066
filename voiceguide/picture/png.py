"""A drawing as PNG."""

from __future__ import annotations

import io
import unicodedata
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from voiceguide.errors import UsageError
from voiceguide.picture.drawing import Box, Drawing, Palette, Writing
from voiceguide.picture.ring import SIZE

# ── words in pictures: what the font can draw; a cover's title, as large as it fits, and duration


_TITLE_WIDTH, _TITLE_HEIGHT = 360, 190
_TITLE_MIDDLE = 278
_DURATION_MIDDLE = 418
_SIZES = (96, 84, 72, 66, 60, 54, 48, 43, 38, 34, 30)
"""Pixels, the largest that fits first."""

_LEADING = 1.12
_MOST_LETTERS = 200
_PLAIN = str.maketrans(
    dict(zip("–—‐−×øØłŁđĐı", "----xoOlLdDi", strict=True))
    | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
)
"""Letters and signs that the font lacks and that do not come apart into letter and accent."""


def draw_words(pen: ImageDraw.ImageDraw, colours: Palette, title: str, duration: str) -> None:
    """Write the title and the duration; the title only where the font has its letters."""
    lines, font = _fitted(drawable(title[:_MOST_LETTERS]))
    step = font.size * _LEADING
    top = _TITLE_MIDDLE - step * (len(lines) - 1) / 2
    for index, line in enumerate(lines):
        pen.text((SIZE / 2, top + index * step), line, colours.ink, font, anchor="mm")
    middle, size = (_DURATION_MIDDLE, 44) if lines else (SIZE / 2, 84)
    pen.text((SIZE / 2, middle), drawable(duration), colours.left, font_of(size), anchor="mm")


def _fitted(title: str) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The title in lines, and the largest font in which they fit; cut short where none does."""
    for size in _SIZES:
        font = font_of(size)
        lines = wrapped(title, font, _TITLE_WIDTH)
        narrow = all(font.getlength(line) <= _TITLE_WIDTH for line in lines)
        if narrow and len(lines) * size * _LEADING <= _TITLE_HEIGHT:
            return lines, font
    return [_cut(line, font) for line in _first(lines, font)], font


def _first(lines: list[str], font: ImageFont.FreeTypeFont) -> list[str]:
    most = int(_TITLE_HEIGHT / (font.size * _LEADING))
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]}…"]


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The text in lines of at most so many pixels; a word that is wider has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(line: str, font: ImageFont.FreeTypeFont) -> str:
    shown = line
    while font.getlength(shown) > _TITLE_WIDTH:
        shown = shown.rstrip("…")[:-1] + "…"
    return shown


def drawable(text: str) -> str:
    """The text in the letters of the font; empty where it is written in another script."""
    plain = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    letters = [c for c in plain if not unicodedata.combining(c)]
    known = [c for c in letters if _has(c)]
    told = sum(c.isalnum() for c in known)
    return "".join(known) if 2 * told > sum(c.isalnum() for c in letters) else ""


@cache
def _has(letter: str) -> bool:
    """Whether the font can draw it; what it cannot draw looks like U+FFFF, which is no letter."""
    return letter.isspace() or _shape(letter) != _shape("\uffff")


def _shape(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font_of(30).getmask(letter)
    return mask.size, bytes(mask)


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font of all pictures, so many pixels high."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # it is, wherever a size is asked for
    return font


# ── a drawing as PNG ─────────────────────────────────────────────────────────


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
