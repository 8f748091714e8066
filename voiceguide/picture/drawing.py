"""What a picture is made of, before it is one of SVG or of pixels."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

# ── what a picture is made of, before it is one of SVG or of pixels ──────────


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


# ── a drawing as SVG: words stay words, to be read aloud, searched and enlarged


_BASELINE = 0.78
"""Of a line's size: from its top to where the letters stand."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def as_svg(drawing: Drawing) -> bytes:
    """The file, UTF-8; the same drawing always gives the same bytes."""
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
        yield _box(shape) if isinstance(shape, Box) else _writing(shape)
    yield "</svg>\n"


def _box(box: Box) -> str:
    place = f'x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}"'
    corners = f' rx="{box.radius:g}"' if box.radius else ""
    return f'<rect {place}{corners} fill="{box.colour}"/>'


def _writing(line: Writing) -> str:
    place = f'x="{line.left:g}" y="{line.top + _BASELINE * line.size:g}"'
    look = f'font-size="{line.size}" fill="{line.colour}"'
    anchor = ' text-anchor="end"' if line.to_the_right else ""
    return f"<text {place} {look}{anchor}>{_text(line.text)}</text>"


def _text(text: str) -> str:
    """Without what no XML file may hold."""
    return escape("".join(c for c in text if c >= " " and not 0xD800 <= ord(c) < 0xE000))


# ── the colours of covers ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one cover, as `#rrggbb`."""

    ground: str
    track: str
    """The ring where nothing else is."""
    pale: str
    """Speech and rests."""
    left: str
    right: str
    both: str
    """Holds and reps without a side."""
    ink: str
    """The title."""


# a dark ground, and two sides that differ in lightness too, for eyes that tell hues badly
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
    """The colours of a routine: always the same for its title."""
    return PALETTES[zlib.crc32(title.encode()) % len(PALETTES)]
