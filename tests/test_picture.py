"""The cover: small, always the same, and telling at the size of a thumb."""

from __future__ import annotations

import io
import time
from functools import cache
from itertools import combinations
from math import cos, pi, sin

import pytest
from PIL import Image

from voiceguide.picture import SIZE, CoverMark, cover, cover_drawing
from voiceguide.picture.drawing import PALETTES, Palette, as_png, drawable, palette
from voiceguide.routine import Side

Colour = tuple[int, int, int]

# a routine with both sides, a rest, words and a hold without a side
MARKS = (
    CoverMark(0.00, 0.10, "say"),
    CoverMark(0.10, 0.30, "hold", Side.LEFT),
    CoverMark(0.40, 0.60, "hold", Side.RIGHT),
    CoverMark(0.62, 0.70, "rest"),
    CoverMark(0.75, 0.95, "reps"),
)


@cache
def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def pixel(png: bytes, share: float, radius: float) -> Colour:
    """The colour at a share of the session, so many 600ths of the cover from its middle."""
    turn, radius = 2 * pi * share, radius * SIZE / 600
    left, top = round(SIZE / 2 + radius * sin(turn)), round(SIZE / 2 - radius * cos(turn))
    red, green, blue = opened(png).crop((left, top, left + 1, top + 1)).tobytes()
    return red, green, blue


def rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def words_drawn(png: bytes, ink: str) -> int:
    """Pixels within the ring that have the title's colour."""
    middle = opened(png).crop((220, 220, SIZE - 220, SIZE - 220))
    return sum(count for count, colour in middle.getcolors(1 << 20) or [] if colour == rgb(ink))


@pytest.mark.parametrize("title", ["Ten-minute psoas relief", "Good night", "Box breathing"])
def test_the_drawing_s_own_colours_stay_what_they_are(title: str) -> None:
    """Though a PNG has few colours: the largest areas of a cover are exact, in every palette."""
    drawing = cover_drawing(title, "10:00", MARKS, (0.0, 0.4))
    counts = opened(as_png(drawing)).getcolors(1 << 20) or []
    found = {colour for count, colour in counts if count > 20}
    assert {rgb(shape.colour) for shape in drawing.shapes} <= found
    assert max(counts)[1] == rgb(drawing.ground)


def test_it_is_a_small_square_png() -> None:
    """Phones show it, and an MP3 carries it."""
    png = cover("Ten-minute psoas relief", "10:00", MARKS, (0.0, 0.4))
    assert png.startswith(b"\x89PNG")
    assert opened(png).size == (SIZE, SIZE) == (1200, 1200)
    assert len(png) < 60_000


def test_it_is_always_the_same() -> None:
    """The same session gives the same bytes."""
    assert cover("A title", "5:00", MARKS, (0.5,)) == cover("A title", "5:00", iter(MARKS), (0.5,))


def test_everything_given_changes_it() -> None:
    """Title, duration, marks and chapters all show."""
    pictures = {
        cover("A title", "5:00", MARKS, (0.5,)),
        cover("Another", "5:00", MARKS, (0.5,)),
        cover("A title", "6:00", MARKS, (0.5,)),
        cover("A title", "5:00", MARKS[1:], (0.5,)),
        cover("A title", "5:00", MARKS, (0.25,)),
    }
    assert len(pictures) == 5


def test_each_kind_stands_where_it_happens() -> None:
    """A hold is broad and has its side's colour; rests and words are narrower and pale."""
    png, colours = cover("A title", "5:00", MARKS), palette("A title")
    assert pixel(png, 0.20, 270) == rgb(colours.left)
    assert pixel(png, 0.50, 225) == rgb(colours.right)
    assert pixel(png, 0.85, 262) == rgb(colours.both)
    assert pixel(png, 0.66, 252) == rgb(colours.pale)
    assert pixel(png, 0.05, 248) == rgb(colours.pale)
    assert pixel(png, 0.35, 245) == rgb(colours.track)


def test_the_sides_are_told_apart_without_colour() -> None:
    """The left side's arc reaches outwards, the right side's inwards."""
    png, colours = cover("A title", "5:00", MARKS), palette("A title")
    assert pixel(png, 0.20, 225) == rgb(colours.ground)
    assert pixel(png, 0.50, 270) == rgb(colours.ground)


def test_a_chapter_is_a_dot_outside_the_ring() -> None:
    """It marks where a phone can jump to."""
    with_dot, without = cover("A title", "5:00", MARKS, (0.25,)), cover("A title", "5:00", MARKS)
    assert pixel(with_dot, 0.25, 291) == rgb(palette("A title").ink)
    assert pixel(without, 0.25, 291) == rgb(palette("A title").ground)


def test_other_kinds_leave_the_ring_as_it_is() -> None:
    """What `reps` or a hold hold in themselves is not drawn twice."""
    small = [CoverMark(0.2, 0.3, kind) for kind in ("rep", "chime", "count", "pause", "of later")]
    assert cover("A title", "5:00", small) == cover("A title", "5:00", ())


@pytest.mark.parametrize(
    "marks",
    [
        [CoverMark(0.0, 1.0, "hold", Side.LEFT)],
        [CoverMark(-0.5, 1.5, "hold")],
        [CoverMark(0.5, 0.5, "hold")],
        [CoverMark(0.6, 0.4, "hold")],
        [CoverMark(0.5, 0.5 + 1e-9, "say")],
    ],
)
def test_marks_of_any_length_can_be_drawn(marks: list[CoverMark]) -> None:
    """From nothing to the whole session, and what lies out of it is cut off."""
    assert opened(cover("A title", "5:00", marks)).size == (SIZE, SIZE)


def test_a_session_of_twelve_hours_is_drawn_soon() -> None:
    """Neighbours become one arc, so that a great many events cost no more than a few."""
    many = [CoverMark(i / 20_000, (i + 0.6) / 20_000, "hold", Side.LEFT) for i in range(20_000)]
    started = time.process_time()
    png = cover("A long day", "12:00:00", many)
    assert time.process_time() - started < 2
    assert pixel(png, 0.5, 270) == rgb(palette("A long day").left)


# ── the words ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Étirement à genoux", "Etirement a genoux"),
        ("Rückenübung – für Füße", "Ruckenubung - fur Fusse"),
        ("Ćwiczenie Łukasza", "Cwiczenie Lukasza"),
        ("Hip opener 🧘", "Hip opener "),
        ("Cafe\u0301", "Cafe"),
    ],
)
def test_letters_that_the_font_lacks_become_plain_ones(title: str, plain: str) -> None:
    """Accents go, signs without a plain form go, and no box stands in their place."""
    assert drawable(title) == plain


@pytest.mark.parametrize("title", ["Растяжка для бёдер", "腸腰筋ストレッチ", "שחרור", "🧘", ""])
def test_a_title_in_another_script_is_left_out(title: str) -> None:
    """Better no title than boxes; the duration takes its place."""
    png = cover(title, "10:00", MARKS)
    assert words_drawn(png, palette(title).ink) == 0
    assert words_drawn(png, palette(title).left) > 500


def test_a_title_is_written_large() -> None:
    """A short title fills the middle; a long one still shows."""
    short = words_drawn(cover("Desk break", "4:00", MARKS), palette("Desk break").ink)
    long_title = "A rather long name for a session of stretches and rests"
    assert short > 3000
    assert words_drawn(cover(long_title, "4:00", MARKS), palette(long_title).ink) > 1500


@pytest.mark.parametrize("title", ["W" * 150, "word " * 100, "W" * 100_000, "two\nlines"])
def test_any_title_stays_within_the_ring(title: str) -> None:
    """What is too long is cut short; nothing is written over the ring."""
    png, ground = cover(title, "4:00", ()), rgb(palette(title).ground)
    around = {pixel(png, step / 90, radius) for step in range(90) for radius in (200, 215)}
    assert around == {ground}
    assert words_drawn(png, palette(title).ink) > 500


# ── the colours ──────────────────────────────────────────────────────────────


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [part / 255 for part in rgb(colour)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: 1 for none, 21 for black on white."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", PALETTES)
def test_every_palette_can_be_read(colours: Palette) -> None:
    """The title has 7 : 1 to its ground, arcs and duration 3 : 1, and the sides differ in light."""
    assert contrast(colours.ink, colours.ground) >= 7
    for arc in (colours.left, colours.right, colours.both, colours.pale):
        assert contrast(arc, colours.ground) >= 3
    assert contrast(colours.left, colours.right) >= 1.5


def test_no_two_palettes_look_alike() -> None:
    """Every two grounds differ by more than an eye's least step."""
    for one, other in combinations(PALETTES, 2):
        far = sum(abs(a - b) for a, b in zip(rgb(one.ground), rgb(other.ground), strict=True))
        assert far > 12, (one, other)
