"""The table and the picture of a session: pure functions from a timeline to lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_samples import Session, plain_rest, stretch
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from voiceguide.cli.console import ASCII, FINE, plain
from voiceguide.cli.plan import length_text, picture, table, time_text
from voiceguide.lengths import samples
from voiceguide.routine import Side
from voiceguide.sequence import EventKind
from voiceguide.timeline import Timeline

GOLDEN = Path(__file__).parent / "cli_golden"


def drawn(timeline: Timeline, width: int) -> list[str]:
    """The picture as plain text."""
    return list(map(plain, picture(timeline, width)))


def told(timeline: Timeline, width: int | None, *, everything: bool = False) -> list[str]:
    """The table as plain text."""
    return list(map(plain, table(timeline, width, everything=everything)))


# ── as a whole ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [40, 80, 120])
def test_table_and_picture_look_as_they_did(width: int) -> None:
    """The whole output, compared with files that a person has looked at."""
    shown = "\n".join([*told(stretch(), width), "", *drawn(stretch(), width), ""])
    assert shown == (GOLDEN / f"stretch-{width}.txt").read_text(encoding="utf-8")


def test_a_terminal_without_unicode_gets_ascii() -> None:
    """With the plain glyphs, whatever we draw ourselves is ASCII, and kinds still differ."""
    timeline = plain_rest()
    lines = (*table(timeline, 80, glyphs=ASCII), *picture(timeline, 80, ASCII))
    assert "\n".join(map(plain, lines)).isascii()
    glyphs = (ASCII.hold, ASCII.reps, ASCII.rest, ASCII.ready, ASCII.speech, ASCII.sound)
    assert len(set(glyphs)) == len(glyphs)


titles = st.text(st.sampled_from("ab 腸腰é-"), max_size=40)
kinds = st.sampled_from(EventKind)
happenings = st.tuples(
    kinds, st.floats(0.1, 400), titles, st.sampled_from([None, *Side]), st.booleans()
)


@settings(deadline=None, max_examples=60)
@given(st.lists(happenings, min_size=1, max_size=30), st.integers(20, 220))
def test_no_line_is_wider_than_the_terminal(
    happened: list[tuple[EventKind, float, str, Side | None, bool]], width: int
) -> None:
    """Whatever happens, no line is wider than asked for, counted in cells and not in characters."""
    session = Session()
    for kind, length, text, side, begins in happened:
        if begins:
            session.chapter(text or "x")
        session.add(kind, length, text or None, side=side, rep=3 if kind is EventKind.REP else None)
    for everything in (True, False):
        lines = told(session.timeline(), max(width, 30), everything=everything)
        assert max(map(cell_len, lines)) <= max(width, 30)
    assert max(map(cell_len, drawn(session.timeline(), width))) <= width


# ── the table ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seconds", "time", "length"),
    [
        (0, "0:00.0", "0.0"),
        (0.04, "0:00.0", "0.0"),
        (5.25, "0:05.3", "5.3"),
        (59.94, "0:59.9", "59.9"),
        (59.96, "1:00.0", "1:00.0"),
        (90, "1:30.0", "1:30.0"),
        (3600.5, "1:00:00.5", "1:00:00.5"),
    ],
)
def test_times_have_tenths(seconds: float, time: str, length: str) -> None:
    """Times line up, because all of them have tenths."""
    assert time_text(samples(seconds)) == time
    assert length_text(samples(seconds)) == length


def test_reps_are_one_row_unless_all_is_wanted() -> None:
    """Ten reps are one row with their number; with everything, each of them is there."""
    short, whole = told(stretch(), 80), told(stretch(), 80, everything=True)
    assert sum("10 reps" in row for row in short) == 1
    assert not any("  rep " in row.partition("text")[0] for row in short[1:])
    assert sum(row.split()[2:3] == ["rep"] for row in whole) == 10


def test_a_count_down_is_one_row() -> None:
    """Three numbers on three seconds are one row, as long as all of them."""
    rows = [row for row in told(stretch(), 80) if "Three Two One" in row]
    assert len(rows) == 4
    assert rows[0].split()[:3] == ["1:01.4", "2.5", "count"]


def test_what_sounds_in_a_hold_is_indented_under_it() -> None:
    """The words of a cue stand two cells further in than those before and after the hold."""
    rows = told(stretch(), 80)
    cue = next(row for row in rows if "Breathe deeply." in row)
    after = next(row for row in rows if "Come back to the" in row)
    assert cue.index("Breathe") == after.index("Come") + 2


def test_columns_that_say_nothing_are_left_out() -> None:
    """A routine without sides and rounds has no columns for them."""
    assert told(plain_rest(), 80)[0].split() == ["time", "length", "what", "text"]
    assert "side" in told(stretch(), 80)[0]


def test_in_a_pipe_every_text_is_one_line() -> None:
    """Without a width nothing is cut or wrapped, so that lines can be searched."""
    session = Session()
    session.say(9, "word " * 60)
    assert any(row.count("word") == 60 for row in told(session.timeline(), None))


def test_a_narrow_table_says_in_words_what_has_no_column() -> None:
    """In 40 columns a hold has its length, side and round in its text."""
    assert any("hold 45.0, left, round 1" in row for row in told(stretch(), 40))


def test_chapters_without_events_are_there() -> None:
    """A heading with nothing under it but another heading is not lost."""
    session = Session()
    session.chapter("Part one")
    session.chapter("First exercise", level=2)
    session.say(2, "Breathe.")
    assert [row.strip() for row in told(session.timeline(), 80)][2:5] == [
        "1  Part one",
        "",
        "2  First exercise",
    ]


# ── the picture ──────────────────────────────────────────────────────────────


def test_sides_are_told_apart_by_place() -> None:
    """A hold on the left stands in the upper bar alone, one on the right in the lower one."""
    session = Session(now=0)
    session.add(EventKind.HOLD, 40, side=Side.LEFT)
    session.add(EventKind.HOLD, 40, side=Side.RIGHT)
    session.add(EventKind.HOLD, 36)
    left, right = drawn(session.timeline(), 66)[:2]
    assert left == "left  " + FINE.hold * 20 + " " * 20 + FINE.hold * 18
    assert right == "right " + " " * 20 + FINE.hold * 38


def test_repeated_holds_stay_apart() -> None:
    """Five holds with words between them are five blocks, not one."""
    session = Session(now=0)
    for _ in range(5):
        session.add(EventKind.HOLD, 15)
        session.add(EventKind.SAY, 9, "And release.")
    bar = drawn(session.timeline(), 31)[0]
    assert [len(block) for block in bar.split(FINE.speech) if block.strip()] == [4, 4, 4, 4, 4]


def test_a_routine_without_sides_has_one_bar() -> None:
    """Then no bar is named, and the whole width is the bar's."""
    first, *others = drawn(plain_rest(), 80)
    assert first.startswith(FINE.hold * 70)
    assert not any("left" in other for other in others)


def test_each_kind_is_drawn_with_its_own_glyph() -> None:
    """Hold, rest, reps, speech and the time to get ready differ without colour."""
    legend = drawn(stretch(), 120)
    shown = next(row for row in legend if "hold" in row)
    assert shown == "█ hold   ║ reps   ░ rest   - getting ready   · speech"


def test_titles_stand_over_the_bar_where_they_have_room() -> None:
    """Wide, the chapters are named in place; narrow, they have numbers and a list."""
    session = Session(now=0)
    session.chapters.clear()
    session.add(EventKind.HOLD, 60)
    session.chapter("Warm up")
    session.add(EventKind.HOLD, 60)
    session.chapter("Cool down")
    session.add(EventKind.HOLD, 76)
    wide, narrow = drawn(session.timeline(), 100), drawn(session.timeline(), 20)
    assert wide[0].index("Warm up") == 29
    assert wide[0].index("Cool down") == 59
    assert "Cool down" not in narrow[0]
    assert narrow[-2:] == ["1  1:00  Warm up", "2  2:00  Cool down"]


@pytest.mark.parametrize(
    ("seconds", "width", "labels"),
    [
        (600, 80, "0 min   1       2       3       4       5       6       7       8       9"),
        (30, 60, "0:00      0:05      0:10      0:15      0:20      0:25"),
        (43_200, 60, "0 min     120       240       360       480       600"),
    ],
)
def test_the_ruler_has_round_times(seconds: float, width: int, labels: str) -> None:
    """Marks stand on whole minutes, or on seconds where the session is short."""
    session = Session(now=0)
    session.add(EventKind.HOLD, seconds - 4)
    assert drawn(session.timeline(), width)[2] == labels


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_hold_is_seen_at_every_width(width: int) -> None:
    """The cells of a hold are its share of the bar, within one cell at each end."""
    bar = drawn(plain_rest(), width)[0]
    share = 600 / plain_rest().duration
    assert abs(bar.count(FINE.hold) - share * width) <= 2
