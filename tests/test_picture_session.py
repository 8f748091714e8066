"""The picture of a session: all that is said and done, to be read on a phone."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli_running import Runner
from PIL import Image
from rehearsal import timeline

from voiceguide.errors import UsageError
from voiceguide.lengths import in_seconds
from voiceguide.picture import Drawing, as_png, as_svg, session_drawing
from voiceguide.picture.drawing import TALLEST, Box, Writing, palette
from voiceguide.picture.session import MARGIN, WIDTH
from voiceguide.sequence import EventKind

TITLE = "Both sides"
COLOURS = palette(TITLE)
SESSION = timeline(
    """
    Find some floor, and fold a blanket for your knees, because it will be kinder to them. [3s]

    ## Stretch

    - hold 30s, each side
      Kneel on your {left|right} knee.
      - at 10s: Soften.
      - end: Come back.

    ## Raise

    - 12 reps, lift 2s, lower 2s
      Lie down.
    """
)
DRAWING = session_drawing(TITLE, SESSION, exact=True)


def written(drawing: Drawing) -> list[Writing]:
    return [shape for shape in drawing.shapes if isinstance(shape, Writing)]


def texts(drawing: Drawing) -> str:
    return " ".join(line.text for line in written(drawing))


def boxes(drawing: Drawing, colour: str) -> list[Box]:
    return [s for s in drawing.shapes if isinstance(s, Box) and s.colour == colour]


def blocks(colour: str) -> list[Box]:
    """The large boxes of that colour: holds and reps."""
    return [box for box in boxes(DRAWING, colour) if box.width > WIDTH / 2]


def line(text: str) -> Writing:
    return next(one for one in written(DRAWING) if text in one.text)


def within(one: Writing, box: Box) -> bool:
    return box.top <= one.top <= box.top + box.height and box.left <= one.left


# ── what it shows ────────────────────────────────────────────────────────────


def test_it_shows_every_word_that_is_spoken() -> None:
    """Each sentence, however many lines it takes; a count is told in one."""
    for event in SESSION.events:
        if event.kind is EventKind.SAY and not event.rep:
            assert event.text
            assert event.text in texts(DRAWING)
    assert "Three Two One" in texts(DRAWING)


def test_it_shows_title_length_and_chapters() -> None:
    """In this order, from the top."""
    shown = [line(text).top for text in (TITLE, "Find some floor", "Stretch", "Raise")]
    assert shown == sorted(shown)
    assert written(DRAWING)[1].text.count(":") == 1


def test_an_estimate_says_so() -> None:
    """Nobody takes a guess for the length."""
    assert written(session_drawing(TITLE, SESSION, exact=False))[1].text.startswith("about ")


def test_the_sides_have_two_colours() -> None:
    """The hold on the left in one block, that on the right in another, below it."""
    [left], [right] = blocks(COLOURS.left), blocks(COLOURS.right)
    assert left.top + left.height < right.top
    assert within(line("hold 30s, left side"), left)
    assert within(line("hold 30s, right side"), right)


def test_a_cue_stands_in_its_hold_with_its_time() -> None:
    """`Soften.` comes ten seconds into it."""
    [left] = blocks(COLOURS.left)
    assert within(line("0:10 Soften."), left)
    assert not any(within(one, left) for one in written(DRAWING) if "Come back" in one.text)


def test_reps_are_told_by_their_number() -> None:
    """Twelve reps are one block, and no list of numbers."""
    [block] = blocks(COLOURS.both)
    assert within(line("12 reps, 48s"), block)
    assert "Seven" not in texts(DRAWING)


def test_a_longer_hold_is_a_higher_block() -> None:
    """So that length is seen, not only read; without end it does not grow."""
    heights = []
    for seconds in (30, 120, 300, 3600):
        drawing = session_drawing(TITLE, timeline(f"- hold {seconds}s\n"), exact=True)
        heights.append(max(box.height for box in boxes(drawing, COLOURS.both)))
    assert heights[0] < heights[1] < heights[2] < heights[3] <= 600


def test_chimes_of_holds_go_without_saying() -> None:
    """They are where their block begins and ends; the switch of sides is told."""
    assert "chime: switch" in texts(DRAWING)
    assert "chime: start" not in texts(DRAWING)


# ── the strip ────────────────────────────────────────────────────────────────


def test_the_strip_is_in_proportion() -> None:
    """A hold is drawn where and as long as it is, its left side above the right one's."""
    scale = (WIDTH - 2 * MARGIN) / SESSION.duration
    holds = [event for event in SESSION.events if event.kind is EventKind.HOLD]
    left, right = boxes(DRAWING, COLOURS.left)[0], boxes(DRAWING, COLOURS.right)[0]
    for hold, box in zip(holds, (left, right), strict=True):
        assert box.left == pytest.approx(MARGIN + scale * in_seconds(hold.position), abs=0.1)
        assert box.width == pytest.approx(scale * in_seconds(hold.length), abs=0.1)
    assert left.top + left.height <= right.top


@pytest.mark.parametrize("minutes", [1, 10, 60, 700])
def test_the_minutes_under_it_do_not_meet(minutes: int) -> None:
    """Whatever the session's length, and the last one ends within the picture."""
    drawing = session_drawing(TITLE, timeline(f"- hold {minutes} min\n"), exact=True)
    first = next(one for one in written(drawing) if one.text == "0 min")
    row = [one for one in written(drawing) if one.top == first.top]
    places = [one.left for one in row]
    assert len(row) >= 1 + (minutes > 1)
    assert all(b - a >= 80 for a, b in pairwise(places))
    assert places[-1] < WIDTH - MARGIN


# ── as files ─────────────────────────────────────────────────────────────────


def test_nothing_lies_outside() -> None:
    """Neither boxes nor words, in either kind of file."""
    for shape in DRAWING.shapes:
        assert isinstance(shape, Box | Writing)
        assert 0 <= shape.left <= WIDTH
        assert 0 <= shape.top <= DRAWING.height
        if isinstance(shape, Box):
            assert shape.left + shape.width <= WIDTH
            assert shape.top + shape.height <= DRAWING.height


def test_svg_keeps_the_words() -> None:
    """It is well-formed, has a title, and every line of words is text in it."""
    root = ElementTree.fromstring(as_svg(DRAWING))
    name = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{name}title") == TITLE
    assert [node.text for node in root.iter(f"{name}text")] == [w.text for w in written(DRAWING)]


@pytest.mark.parametrize("title", ["<Fish & chips>", "a \"b\" 'c'", "\x01\x1f!", "休息", ""])
def test_svg_stands_any_title(title: str) -> None:
    """What XML gives a meaning is escaped, what it forbids is left out."""
    root = ElementTree.fromstring(as_svg(session_drawing(title, SESSION, exact=True)))
    kept = "".join(c for c in title if c >= " ")
    assert (root.findtext("{http://www.w3.org/2000/svg}title") or "") == kept


def test_png_shows_the_same() -> None:
    """The size of the drawing, and the colours of both sides where their blocks are."""
    picture = Image.open(io.BytesIO(as_png(DRAWING))).convert("RGB")
    assert picture.size == (DRAWING.width, DRAWING.height)
    for colour in (COLOURS.left, COLOURS.right):
        [block] = blocks(colour)
        seen = picture.getpixel((round(block.left + block.width - 30), round(block.top + 8)))
        wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert isinstance(seen, tuple)
        assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 6


def test_the_same_session_gives_the_same_bytes() -> None:
    """Drawn twice, in both kinds."""
    again = session_drawing(TITLE, SESSION, exact=True)
    assert as_svg(again) == as_svg(DRAWING)
    assert as_png(again) == as_png(DRAWING)


def test_a_png_has_an_end() -> None:
    """A session of hours may be too high for one, and SVG is the way out."""
    with pytest.raises(UsageError, match="pixels high") as caught:
        as_png(Drawing("", WIDTH, TALLEST + 1, "#000000", ()))
    assert caught.value.help == "end its name in `.svg`"


# ── from the command line ────────────────────────────────────────────────────


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Commands in a folder of their own."""
    return Runner(capfd, monkeypatch, tmp_path)


@pytest.mark.parametrize("name", ["session.svg", "session.PNG"])
def test_plan_draws_into_a_file(name: str, run: Runner) -> None:
    """The file's path is printed, and nothing else."""
    ran = run("plan", "desk-break", "--estimate", "-o", name)
    assert (ran.code, ran.out) == (0, f"{name}\n")
    data = (run.folder / name).read_bytes()
    assert data.startswith(b"<svg" if name.endswith("svg") else b"\x89PNG")


@pytest.mark.parametrize("name", ["session.gif", "session", ".svg", "no/folder.svg"])
def test_what_is_no_picture_is_said_before_any_work(name: str, run: Runner) -> None:
    """A wrong name or a missing folder is an error with a way out, and leaves no file."""
    ran = run("plan", "desk-break", "--voice", "no-such-engine", "-o", name)
    assert ran.code in (2, 3)
    assert "help: " in ran.err
    assert "engine" not in ran.err
    assert not list(run.folder.iterdir())
