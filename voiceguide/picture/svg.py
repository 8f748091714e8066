"""A drawing as SVG: words stay words, to be read aloud, searched and enlarged."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from voiceguide.picture.shapes import Box, Drawing, Writing

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
