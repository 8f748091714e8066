"""Lengths and counts: how they are written, how wrong ones are answered, their arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.errors import LONGEST_QUOTE, InputError
from voiceguide.lengths import (
    LONGEST,
    SAMPLE_RATE,
    Count,
    Length,
    date_parts,
    in_seconds,
    parse_count,
    parse_length,
    parse_single_length,
    plain_writing,
    samples,
    show_clock,
    show_seconds,
    show_span,
    show_tenths,
    show_time,
)

SINGLE = [
    ("30s", 30.0),
    ("90 sec", 90.0),
    ("1 Second", 1.0),
    ("2 min", 120.0),
    ("120m", 7200.0),
    ("2m", 120.0),
    ("1.5 minutes", 90.0),
    ("1:30", 90.0),
    ("0:05.5", 5.5),
    ("90:00", 5400.0),
    ("1:02:03", 3723.0),
    ("1 h", 3600.0),
    ("1h 2 min 3s", 3723.0),
    ("1m30s", 90.0),
    ("500ms", 0.5),
    ("  30   s ", 30.0),
    ("12 h", LONGEST),
]
RANGES = [
    ("30-60s", 30.0, 60.0),
    ("30–60 s", 30.0, 60.0),
    ("30 — 60 s", 30.0, 60.0),
    ("30−60s", 30.0, 60.0),
    ("30s to 2 min", 30.0, 120.0),
    ("30s-2min", 30.0, 120.0),
    ("10-20 minutes", 600.0, 1200.0),
    ("1:30-2:00", 90.0, 120.0),
    ("0:45-2 min", 45.0, 120.0),
    ("30-30s", 30.0, 30.0),
]
BREATHS = [
    *(("5 breaths", 5.0, 5.0), ("1 Breath", 1.0, 1.0), ("4-6 breaths", 4.0, 6.0)),
    ("1000 breaths", 1000.0, 1000.0),
]


@pytest.mark.parametrize(("text", "seconds"), SINGLE)
def test_a_length_is_read(text: str, seconds: float) -> None:
    """All units, clocks, and several units in a row."""
    length = parse_length(text)
    assert length == Length(seconds, seconds)
    assert not length.elastic


@pytest.mark.parametrize(("text", "low", "high"), RANGES)
def test_a_range_is_read(text: str, low: float, high: float) -> None:
    """Any dash, or `to`; the left side may leave its unit to the right one."""
    length = parse_length(text)
    assert length == Length(low, high)
    assert length.elastic == (low < high)


@pytest.mark.parametrize(("text", "low", "high"), BREATHS)
def test_breaths_are_read(text: str, low: float, high: float) -> None:
    """Their seconds are a setting's to say."""
    assert parse_length(text) == Length(low, high, in_breaths=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1/2 min", 30), ("1 1/2 min", 90), ("1½ min", 90), ("¼ h", 900), ("0" * 56 + "30 s", 30)],
)
def test_fractions_and_long_texts_are_read(text: str, seconds: float) -> None:
    """As far as a text is quoted; what is longer is no length."""
    assert parse_length(text) == Length(seconds, seconds)
    with pytest.raises(InputError, match="is not a length"):
        parse_length("0" * (LONGEST_QUOTE + 1 - len(text)) + text)


EXAMPLES = "write `30s`, `2 min`, `1:30`, `30-60s`, `5 breaths`"
WRONG = [
    ("", "`` is not a length", EXAMPLES),
    ("soon", "`soon` is not a length", EXAMPLES),
    ("for 30s", "`for 30s` is not a length", EXAMPLES),
    ("30s-", "`30s-` is not a length", EXAMPLES),
    ("1-2-3s", "`1-2-3s` is not a length", EXAMPLES),
    ("1:75", "`1:75` is not a length", EXAMPLES),
    ("1:75:00", "`1:75:00` is not a length", EXAMPLES),
    ("٣s", "`٣s` is not a length", EXAMPLES),
    ("9" * 99 + "s", f"`{'9' * 60}…` is not a length", EXAMPLES),
    ("30", "`30` has no unit", "write `30s` or `30 min`"),
    ("20-30", "`20-30` has no unit", "write `20-30s` or `20-30 min`"),
    ("30-1:30", "`30` has no unit", "write `30s` or `30 min`"),
    ("3 ticks", "`ticks` is not a unit of time", "write `30s`, `2 min`, `1:30`, `5 breaths`"),
    ("2 breaths 3s", "`2 breaths 3s` mixes breaths and time", "write it in one of the two"),
    ("1:30-2 breaths", "`1:30-2 breaths` mixes breaths and time", "write it in one of the two"),
    ("60-30s", "the range `60-30s` runs backwards", "write the shorter length first"),
    ("0s", "`0s` is zero", "write a length above zero, such as `500ms`"),
    ("0", "`0` is zero", "write a length above zero, such as `500ms`"),
    ("0-5s", "`0-5s` is zero", "write a length above zero, such as `500ms`"),
    ("12:00:01", "`12:00:01` is longer than 12 hours", "write a shorter length"),
    (
        "1001 breaths",
        "`1001 breaths` are more than 1,000 breaths",
        "write it as a time, such as `30 min`",
    ),
]


@pytest.mark.parametrize(("text", "message", "way_out"), WRONG)
def test_what_is_no_length_is_told(text: str, message: str, way_out: str) -> None:
    """The sentence and the way out, word for word."""
    with pytest.raises(InputError) as caught:
        parse_length(text)
    assert (caught.value.message, caught.value.help) == (message, way_out)


@pytest.mark.parametrize("text", ["ten", "3 ticks", "30-", "5 brea"])
def test_a_single_length_is_offered_no_range_and_no_breaths(text: str) -> None:
    """Where neither would be taken, the help that names them led into the next error."""
    with pytest.raises(InputError) as caught:
        parse_single_length(text)
    assert caught.value.help == "write `30s`, `2 min`, `1:30`"
    assert parse_single_length("1:30") == parse_length("1:30")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("1", 1, 1), ("3", 3, 3), (" 4-6 ", 4, 6), ("4 – 6", 4, 6), ("4 to 6", 4, 6)],
)
def test_a_count_is_read(text: str, low: int, high: int) -> None:
    """A whole number, or a range of them."""
    count = parse_count(text)
    assert count == Count(low, high)
    assert count.elastic == (low < high)


@pytest.mark.parametrize(
    ("text", "message", "way_out"),
    [
        ("three", "`three` is not a whole number", "write `3`, or a range: `4-6`"),
        ("1.5", "`1.5` is not a whole number", "write `3`, or a range: `4-6`"),
        ("9999999999", "`9999999999` is not a whole number", "write `3`, or a range: `4-6`"),
        ("1-2-3", "`1-2-3` is not a whole number", "write `3`, or a range: `4-6`"),
        ("0", "`0` is less than once", "leave the step out instead"),
        ("6-4", "the range `6-4` runs backwards", "write `4-6`"),
    ],
)
def test_what_is_no_count_is_told(text: str, message: str, way_out: str) -> None:
    """The sentence and the way out, word for word."""
    with pytest.raises(InputError) as caught:
        parse_count(text)
    assert (caught.value.message, caught.value.help) == (message, way_out)


@given(st.text(st.sampled_from("0123456789:.-– tominsechrabtx"), max_size=24))
def test_any_text_is_a_length_or_a_length_error(text: str) -> None:
    """Nothing else is raised, and what is read lies within the bounds."""
    for parse in (parse_length, parse_count):
        _parse_quietly(parse, text)


def _parse_quietly(parse: Callable[[str], Length | Count], text: str) -> None:
    with suppress(InputError):
        read = parse(text)
        assert 0 < read.low <= read.high


# ── arithmetic ───────────────────────────────────────────────────────────────


def test_a_point_in_a_range_is_a_length() -> None:
    """Nothing is the low end, one the high end; a breath takes what it is told to."""
    assert [Length(30, 60).at(point) for point in (0, 0.5, 1)] == [30, 45, 60]
    assert Length(2, 4, in_breaths=True).at(0.5) == 30
    assert Length(2, 4, in_breaths=True).at(0.5, breath=8) == 24


def test_a_point_in_a_count_is_a_whole_number() -> None:
    """Halves are rounded up, so that every number of a range has its share of the points."""
    assert [Count(4, 6).at(point) for point in (0, 0.24, 0.25, 0.5, 0.75, 1)] == [4, 4, 5, 5, 6, 6]
    assert Count(1, 2).at(0.5) == 2


def test_seconds_become_samples_to_the_nearest_one() -> None:
    """Ten minutes are 28,800,000 samples, and come back as ten minutes."""
    assert SAMPLE_RATE == 48_000
    assert samples(600) == 28_800_000
    assert samples(1 / 3) == 16_000
    assert in_seconds(28_800_000) == 600.0


@given(st.integers(0, samples(LONGEST)))
def test_samples_survive_the_way_through_seconds(count: int) -> None:
    """No rounding loses a sample, twelve hours long."""
    assert samples(in_seconds(count)) == count


# ── as text ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *(
            (0.001, "1ms"),
            (0.5, "500ms"),
            (1, "1s"),
            (2.5, "2.5s"),
            (59, "59s"),
            (60, "1 min"),
            (90, "1:30"),
        ),
        *((605.5, "10:05.5"), (3540, "59 min"), (3600, "1:00:00"), (5430, "1:30:30")),
    ],
)
def test_seconds_are_shown_as_an_author_writes_them(seconds: float, text: str) -> None:
    """In the shortest form that is exact; it can be read again."""
    assert show_seconds(seconds) == text
    assert parse_length(text) == Length(seconds, seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9996, "1s"), (59.9996, "1 min"), (61.25, "1:01.25"), (3599.9996, "1:00:00"), (0, "0s")],
)
def test_a_length_is_rounded_before_its_form_is_chosen(seconds: float, text: str) -> None:
    """No thousand milliseconds, no sixty seconds; what was written is quoted to the millisecond."""
    assert show_seconds(seconds) == text


@given(st.integers(1, round(LONGEST * 1000)))
def test_every_millisecond_is_shown_so_that_it_is_read_again(thousandths: int) -> None:
    """Nothing that an author may write is quoted as another length."""
    assert parse_length(show_seconds(thousandths / 1000)).low == pytest.approx(thousandths / 1000)


CLOCKS = [
    (0.0, "0:00", "0:00.0", "0:00"),
    (0.5, "0:00.5", "0:00.5", "0:01"),
    (9.96, "0:10", "0:10.0", "0:10"),
    (2.5, "0:02.5", "0:02.5", "0:03"),
    (61.25, "1:01.3", "1:01.3", "1:01"),
    (65.5, "1:05.5", "1:05.5", "1:06"),
    (3599.5, "59:59.5", "59:59.5", "1:00:00"),
    (3723.0, "1:02:03", "1:02:03.0", "1:02:03"),
]


@pytest.mark.parametrize(("seconds", "clock", "tenths", "whole"), CLOCKS)
def test_a_time_is_shown_to_the_nearest(
    seconds: float, clock: str, tenths: str, whole: str
) -> None:
    """With tenths where there are any, always, or never; halves are rounded up in all three."""
    assert (show_clock(seconds), show_tenths(seconds), show_time(seconds)) == (clock, tenths, whole)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (Length(30, 30), "30s"),
        (Length(30, 120), "30s-2 min"),
        (Length(1, 1, in_breaths=True), "1 breath"),
        (Length(2.5, 4, in_breaths=True), "2.5-4 breaths"),
        (Count(3, 3), "3"),
        (Count(4, 6), "4-6"),
    ],
)
def test_lengths_and_counts_are_shown_as_they_are_written(
    length: Length | Count, text: str
) -> None:
    """And what is shown can be read again as the same."""
    assert str(length) == text
    parse = parse_length if isinstance(length, Length) else parse_count
    assert parse(text) == length


@pytest.mark.parametrize(
    ("shortest", "longest", "text"),
    [
        (60, 120, "1-2 min"),
        (60.5, 179.5, "2 min"),
        (100, 200, "2-3 min"),
        (61, 119, "1:01-1:59"),
        (190.2, 230.9, "3:11-3:50"),
        (89.5, 90.2, "1:30"),
    ],
)
def test_a_span_is_shown_by_what_lies_within(shortest: float, longest: float, text: str) -> None:
    """In whole minutes where there are any; both ends can be met."""
    assert show_span(shortest, longest) == text


# ── dates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2026", ("2026", "", "")),
        ("2026-11", ("2026", "11", "")),
        ("2026-11-30", ("2026", "11", "30")),
        ("2024-02-29", ("2024", "02", "29")),
    ],
)
def test_a_date_has_up_to_three_parts(text: str, parts: tuple[str, str, str]) -> None:
    """The last day of a month is one of them."""
    assert date_parts(text) == parts


@pytest.mark.parametrize("text", ["", "soon", "0000", "0000-01", "2026-11-31", "2026-02-29"])
def test_what_is_no_date_is_told(text: str) -> None:
    """A day that the month has not, and a year that never was."""
    with pytest.raises(InputError, match="is not a date"):
        date_parts(text)


@pytest.mark.parametrize(
    ("written", "plain"),
    [("1½ min", "1.5 min"), ("1 3/4 h", "1.75 h"), ("3/7 min", "3/7 min"), ("1/3", "1/3")],
)
def test_a_length_in_another_notation_is_rewritten(written: str, plain: str) -> None:
    """A fraction that has no decimal stays as it was written, so that the error quotes it."""
    assert plain_writing(written) == plain
