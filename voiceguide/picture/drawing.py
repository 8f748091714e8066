"""The shapes of a picture, and their rendering as SVG and PNG.

Every picture of a session is built as a `Drawing`: the cover, and the large picture with its strip.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from itertools import chain
from math import ceil, floor
from operator import sub
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide.errors import UsageError
from voiceguide.routine import Side

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
"""Pixels from the left and from the top."""


class Box(Struct, frozen=True):
    """A rectangle with rounded corners; lengths in pixels, colour as `#rrggbb`."""

    left: float
    top: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


class Polygon(Struct, frozen=True):
    """A filled outline."""

    points: tuple[Point, ...]
    colour: str


class Writing(Struct, frozen=True):
    """One line of text, `size` pixels high, at `left` and `top` in pixels."""

    left: float
    top: float
    text: str
    size: int
    colour: str
    anchor: str = "start"
    """Which point of the line is at `left`: its `start`, `middle` or `end`."""


Shape = Box | Polygon | Writing


class Drawing(Struct, frozen=True):
    """A whole picture; later shapes are on top."""

    title: str
    width: int
    height: int
    ground: str
    shapes: tuple[Shape, ...]


# ── rendering as SVG: text stays text, for screen readers, search and zoom ───


_BASELINE = 0.78
"""Share of a line's size from its top to the baseline."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def as_svg(drawing: Drawing) -> bytes:
    """Render as SVG in UTF-8; the same drawing always gives the same bytes."""
    return "\n".join(_lines(drawing)).encode()


def _lines(drawing: Drawing) -> Iterator[str]:
    width, height = drawing.width, drawing.height
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" style="max-width:100%;height:auto"'
        f' role="img" font-family="{_FONT}">'
    )
    yield f"<title>{_text(drawing.title)}</title>"
    yield f'<rect width="{width}" height="{height}" fill="{drawing.ground}"/>'
    for shape in drawing.shapes:
        yield _element(shape)
    yield "</svg>\n"


def _element(shape: Shape) -> str:
    if isinstance(shape, Polygon):
        points = " ".join(f"{left:.1f},{top:.1f}" for left, top in shape.points)
        return f'<polygon points="{points}" fill="{shape.colour}"/>'
    if isinstance(shape, Box):
        place = f'x="{shape.left:g}" y="{shape.top:g}"'
        size = f'width="{shape.width:g}" height="{shape.height:g}"'
        corners = f' rx="{shape.radius:g}"' if shape.radius else ""
        return f'<rect {place} {size}{corners} fill="{shape.colour}"/>'
    place = f'x="{shape.left:g}" y="{shape.top + _BASELINE * shape.size:g}"'
    look = f'font-size="{shape.size}" fill="{shape.colour}"'
    anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
    return f"<text {place} {look}{anchor}>{_text(shape.text)}</text>"


def _text(text: str) -> str:
    """Escape text and remove characters that XML does not allow."""
    return escape("".join(c for c in text if c >= " " and not 0xD800 <= ord(c) < 0xE000))


TALLEST = 60_000
"""Greatest height of a PNG in pixels; few viewers show more, and it would fill the memory."""

_COLOURS = 64
"""Colours of a PNG besides the drawing's own: enough for smooth edges, at a fifth of the bytes."""

_NEAR = 12
"""Difference in a channel within which a colour counts as one of the drawing's own."""

_DETAIL = 3
"""Factor by which shapes are drawn larger and then averaged, for smooth edges."""


def as_png(drawing: Drawing) -> bytes:
    """Render as PNG; the same drawing always gives the same bytes.

    Raise a UsageError if the drawing is taller than `TALLEST`.
    """
    if drawing.height > TALLEST:
        too_tall = f"a picture {drawing.height} pixels high is more than a PNG file should hold"
        raise UsageError(too_tall, "end its name in `.svg`")
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (drawing.width, drawing.height), drawing.ground)
    pen = ImageDraw.Draw(picture)
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            _draw_box(picture, shape)
        elif isinstance(shape, Polygon):
            _draw_polygon(picture, shape)
        else:
            anchor = {"start": "la", "middle": "ma", "end": "ra"}[shape.anchor]
            place, font = (shape.left, shape.top), font_of(shape.size)
            pen.text(place, drawable(shape.text), shape.colour, font, anchor=anchor)
    few = picture.quantize(palette=_few_colours(drawing, picture), dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG")  # `optimize` would save a sixth of the bytes for eight times the work
    return file.getvalue()


def _few_colours(drawing: Drawing, picture: Image.Image) -> Image.Image:
    """A palette: the drawing's own colours, and those between them at smooth edges.

    A ninth of the pixels shows the latter, in a fifth of the time. Colours near the drawing's own
    are left out, since Pillow, which compares roughly, might use them for its flat areas.
    """
    from PIL import Image, ImageColor

    named = dict.fromkeys([drawing.ground, *(shape.colour for shape in drawing.shapes)])
    own = [ImageColor.getrgb(colour)[:3] for colour in named]
    size = (-(-picture.width // 3), -(-picture.height // 3))
    sample = picture.resize(size, Image.Resampling.NEAREST)
    found = sample.quantize(_COLOURS, dither=Image.Dither.NONE).getpalette() or []
    between = zip(found[::3], found[1::3], found[2::3], strict=True)
    far = [one for one in between if all(max(map(abs, map(sub, one, o))) > _NEAR for o in own)]
    colours = Image.new("P", (1, 1))
    colours.putpalette(list(chain(*own, *far)))
    return colours


def _draw_box(picture: Image.Image, box: Box) -> None:
    left, top = round(box.left), round(box.top)
    width = max(1, round(box.left + box.width) - left)
    height = max(1, round(box.top + box.height) - top)
    size, radius = (0, 0, width * _DETAIL - 1, height * _DETAIL - 1), box.radius * _DETAIL
    place = (left, top, width, height)
    _paste(picture, box.colour, place, lambda pen: pen.rounded_rectangle(size, radius, 255))


def _draw_polygon(picture: Image.Image, polygon: Polygon) -> None:
    across, down = zip(*polygon.points, strict=True)
    left, top = floor(min(across)), floor(min(down))
    place = (left, top, ceil(max(across)) - left + 1, ceil(max(down)) - top + 1)
    points = [((x - left) * _DETAIL, (y - top) * _DETAIL) for x, y in polygon.points]
    _paste(picture, polygon.colour, place, lambda pen: pen.polygon(points, fill=255))


def _paste(
    picture: Image.Image,
    colour: str,
    place: tuple[int, int, int, int],
    draw: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    """Draw a shape enlarged, average it, and paste it at `place` (left, top, width, height)."""
    from PIL import Image, ImageDraw

    left, top, width, height = place
    large = Image.new("L", (width * _DETAIL, height * _DETAIL), 0)
    draw(ImageDraw.Draw(large))
    picture.paste(colour, (left, top), large.resize((width, height), Image.Resampling.BOX))


# ── the font of all pictures, and the letters that it has ────────────────────


_PLAIN = str.maketrans(
    dict(zip("–—‐−×øØłŁđĐı", "----xoOlLdDi", strict=True))
    | {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
)
"""Replacements for characters that the font lacks and that NFKD does not decompose."""


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Wrap text into lines of at most `width` pixels; a wider word gets its own line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def drawable(text: str) -> str:
    """Convert text to characters that the font has; empty if it is in another script."""
    plain = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    letters = [c for c in plain if not unicodedata.combining(c)]
    known = [c for c in letters if _has(c)]
    told = sum(c.isalnum() for c in known)
    return "".join(known) if 2 * told > sum(c.isalnum() for c in letters) else ""


@cache
def _has(letter: str) -> bool:
    """Whether the font has a character; missing ones look like U+FFFF, which is no character."""
    return letter.isspace() or _shape(letter) != _shape("\uffff")


def _shape(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font_of(30).getmask(letter)
    return mask.size, bytes(mask)


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """Load the font of all pictures, `size` pixels high."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # true whenever a size is given
    return font


class Palette(Struct, frozen=True):
    """The colours of one routine's pictures, as `#rrggbb`."""

    ground: str
    track: str
    """The ring's empty parts."""
    pale: str
    """Speech and rests."""
    left: str
    right: str
    both: str
    """Holds and reps without a side."""
    ink: str
    """The title."""

    def of(self, side: Side | None) -> str:
        """The colour of a side's holds and reps."""
        if side is None:
            return self.both
        return self.left if side is Side.LEFT else self.right


# a dark ground, and sides that also differ in lightness, for colour-blind viewers
PALETTES = (
    Palette("#17323b", "#2b4b55", "#6d8f98", "#f3c77b", "#5fb3a8", "#d9a0a0", "#fbf5e6"),  # lagoon
    Palette("#2d2440", "#443a5a", "#867ba3", "#f5b8a0", "#9a8be0", "#e7d08a", "#faf3ee"),  # dusk
    Palette("#22372b", "#384f41", "#7c9a87", "#f0d58a", "#7fb36a", "#e6a986", "#f6f6e8"),  # moss
    Palette("#3b2430", "#573c49", "#a3818f", "#f7cf9b", "#d9798c", "#a7b7e0", "#fcf1ec"),  # plum
    Palette("#1d2c4a", "#344566", "#7a8db3", "#f4d19c", "#6f9fe0", "#9fd3c0", "#f2f5fb"),  # night
    Palette("#40291d", "#5d4434", "#a88a75", "#f6d9a6", "#d98b5f", "#9cc3b0", "#fbf3e8"),  # clay
    Palette("#123b3a", "#2a5553", "#6b9a97", "#f7dfa0", "#e08f74", "#8fd0c6", "#f3f8f2"),  # fir
    Palette("#2b2f36", "#444a53", "#8a929e", "#f2cf8e", "#7fa7c4", "#c9b6dc", "#f5f5f2"),  # slate
    Palette("#3f1f24", "#5c383d", "#aa8085", "#f8d3a4", "#e07a6d", "#a9c5b4", "#fdf3ee"),  # wine
    Palette("#33331c", "#4e4e33", "#969672", "#f4dc9a", "#b3a548", "#a8bfd6", "#f8f7e6"),  # olive
    Palette("#25234f", "#3d3b6b", "#807eb8", "#f6c7b0", "#8484ea", "#a8d8c8", "#f4f3fc"),  # indigo
    Palette("#0f3550", "#285069", "#6a93ad", "#f8d48f", "#4fa6d8", "#e5a79b", "#f1f8fc"),  # sea
)


def palette(title: str) -> Palette:
    """Choose a routine's colours by its title, always the same."""
    return PALETTES[zlib.crc32(title.encode()) % len(PALETTES)]
