"""Dates that follow from a start, times of day, and file names that every machine takes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.encode.tags import LONGEST_NAME, safe_name
from voiceguide.errors import UsageError
from voiceguide.programme import read_date, read_time
from voiceguide.programme.plan import (
    GRID,
    date_of,
    date_text,
    next_beginning,
    short_date_text,
    weekday_text,
)

# ── dates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        (" 2028-02-29 ", date(2028, 2, 29)),
        ("2000-01-01", date(2000, 1, 1)),
    ],
)
def test_a_date_is_year_month_day(text: str, meant: date) -> None:
    """The one form that nobody reads in two ways."""
    assert read_date(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "1.12.2026", "12/01/2026", "2026-12-1", "20261201", "2026-W49-2"),
        *("2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "0026-12-01", "2026-12-01T07:30"),
        *("٢٠٢٦-١٢-٠١", "2026-12-01\n2026-12-02"),
    ],
)
def test_what_is_no_date(text: str) -> None:
    """Everything else is wrong usage, with the right form as the way out."""
    with pytest.raises(UsageError) as caught:
        read_date(text)
    assert caught.value.message == f"`{text}` is not a date to start on"
    assert caught.value.help == "write year, month and day: `2026-12-01`"


@pytest.mark.parametrize(
    ("start", "week", "day", "meant"),
    [
        ("2026-12-01", 0, 0, "2026-12-01"),
        ("2026-12-01", 0, 6, "2026-12-07"),
        ("2026-12-01", 3, 6, "2026-12-28"),
        ("2026-12-28", 0, 4, "2027-01-01"),  # over the end of the year
        ("2027-02-26", 0, 3, "2027-03-01"),  # no leap day
        ("2028-02-26", 0, 3, "2028-02-29"),  # a leap day
        ("2028-02-26", 0, 4, "2028-03-01"),
        ("2100-02-28", 0, 1, "2100-03-01"),  # no leap year
        ("2027-03-25", 0, 3, "2027-03-28"),  # the clocks change
        ("2026-11-24", 1, 0, "2026-12-01"),
    ],
)
def test_numbered_days_are_counted_from_the_start(
    start: str, week: int, day: int, meant: str
) -> None:
    """Over the ends of months and years, leap days and changes of the clock."""
    found = date_of(date.fromisoformat(start), week, day, by_weekday=False)
    assert found == date.fromisoformat(meant)


@pytest.mark.parametrize(
    ("start", "week", "day", "meant"),
    [
        ("2026-11-30", 0, 0, "2026-11-30"),  # a Monday: the week is Monday to Sunday
        ("2026-11-30", 0, 6, "2026-12-06"),
        ("2026-12-02", 0, 2, "2026-12-02"),  # a Wednesday: its Wednesday is the start,
        ("2026-12-02", 0, 1, "2026-12-08"),  # its Tuesday the last day of the week,
        ("2026-12-02", 1, 2, "2026-12-09"),  # and the second week begins on the next one
        ("2026-12-31", 0, 4, "2027-01-01"),
    ],
)
def test_weekdays_are_those_of_the_seven_days(start: str, week: int, day: int, meant: str) -> None:
    """A programme's week begins on the start's weekday, whichever that is."""
    found = date_of(date.fromisoformat(start), week, day, by_weekday=True)
    assert found == date.fromisoformat(meant)


@given(st.dates(date(2000, 1, 1), date(2990, 1, 1)), st.integers(0, 60), st.booleans(), st.data())
def test_a_week_has_each_of_its_days_once(
    start: date, week: int, by_weekday: bool, data: st.DataObject
) -> None:
    """Nothing lies before the start, nothing is left out, nothing leaves its week."""
    days = [date_of(start, week, day, by_weekday=by_weekday) for day in range(7)]
    first = start + timedelta(days=7 * week)
    assert sorted(days) == [first + timedelta(days=n) for n in range(7)]
    if by_weekday:
        assert [day.weekday() for day in days] == list(range(7))


def test_the_calendar_has_an_end() -> None:
    """What would come after it is wrong usage, not a crash."""
    with pytest.raises(UsageError, match="after the year 9999"):
        date_of(date(9999, 12, 31), 1, 0, by_weekday=False)


def test_dates_in_words() -> None:
    """In English on every machine, whatever language it speaks."""
    day = date(2026, 12, 1)
    assert (weekday_text(day), date_text(day)) == ("Tuesday", "Tuesday 1 December 2026")
    assert short_date_text(day) == "Tue 1 Dec"


# ── times of day ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["07:30", "7:30", "00:00", "23:59"])
def test_a_time_of_day(text: str) -> None:
    """Hours and minutes, with or without a leading zero."""
    assert f"{read_time(text):%H:%M}" == text.zfill(5)


@pytest.mark.parametrize("text", ["", "7", "7.30", "24:00", "07:60", "7:30 pm", "0730", "٠٧:٣٠"])
def test_what_is_no_time_of_day(text: str) -> None:
    """Everything else is wrong usage."""
    with pytest.raises(UsageError) as caught:
        read_time(text)
    assert caught.value.help == "write hours and minutes: `07:30`"


@pytest.mark.parametrize(
    ("end", "begins"),
    [
        ("07:30:00", "07:30"),
        ("07:30:01", "07:35"),
        ("07:31:00", "07:35"),
        ("07:35:00", "07:35"),
        ("07:59:59", "08:00"),
        ("23:58:00", "00:00"),
    ],
)
def test_what_follows_begins_on_the_next_five_minutes(end: str, begins: str) -> None:
    """Never before the end of what it follows."""
    found = next_beginning(datetime.fromisoformat(f"2026-12-01 {end}"))
    assert f"{found:%H:%M}" == begins


@given(st.datetimes(datetime(2000, 1, 1), datetime(2990, 1, 1)))
def test_the_wait_is_short(end: datetime) -> None:
    """Less than the grid, and on it."""
    wait = next_beginning(end) - end
    assert timedelta(0) <= wait < timedelta(minutes=GRID)
    assert next_beginning(end).minute % GRID == 0


# ── names of files ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Ten-minute psoas relief", "Ten-minute psoas relief"),
        ('Rest: "ten" min / 5?', "Rest ten min 5"),
        ("50% of #1 <fast>", "50 of 1 fast"),
        ("a\\b|c*d", "a b c d"),
        ("..hidden.. ", "hidden"),
        ("Anjaneyasana (low lunge), 5 min", "Anjaneyasana (low lunge), 5 min"),
        ("Dehnung für Müde", "Dehnung für Müde"),
        ("Dehnung fu\u0308r Mu\u0308de", "Dehnung für Müde"),
        ("山田 🧘🏽\u200d♀️", "山田 🧘🏽\u200d♀️"),
        ("a\u202eexe", "aexe"),
        ("CON", "_CON"),
        ("nul.mp3", "_nul.mp3"),
        ("com1", "_com1"),
        ("COM¹", "_COM¹"),
        ("Conny", "Conny"),
        ("???", "otherwise"),
        ("", "otherwise"),
    ],
)
def test_a_name_is_taken_by_every_machine(title: str, name: str) -> None:
    """What Windows, sticks and playlists forbid is left out; the rest stays as it is."""
    assert safe_name(title, "otherwise") == name


@given(st.text(max_size=200))
def test_any_title_is_a_name(title: str) -> None:
    """Short enough, in one folder, and the same when it is made safe again."""
    name = safe_name(title, "otherwise")
    assert 0 < len(name.encode()) <= LONGEST_NAME + 1
    assert not set(name) & set('<>:"/\\|?*#%\n\r\t\0')
    assert name == name.strip(" .")
    assert safe_name(name, "otherwise") == name
