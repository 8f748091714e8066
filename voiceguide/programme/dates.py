"""From a day to start on to the date of every day, and how dates are written.

A programme's first week begins on its first day, whatever weekday that is, and every week has seven
days. `day 3` is the third of them; `monday` is the Monday among them, so that nothing lies before
the start, and nothing is left out.

No clock is asked: all dates follow from the start.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from voiceguide.errors import UsageError

_DATE = re.compile(r"(2[0-9]{3})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_WEEK = 7

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

GRID = 5
"""Minutes: what follows on the same day begins on the next multiple of them."""


def read_date(text: str) -> date:
    """A date of this millennium, as `2026-12-01`.

    Raises:
        UsageError: it is none.
    """
    found = _DATE.fullmatch(text.strip())
    try:
        return date(*map(int, found.groups())) if found else _refuse_date(text)
    except ValueError:
        return _refuse_date(text)


def _refuse_date(text: str) -> date:
    raise UsageError(
        f"`{text}` is no date to start on", "write year, month and day: `2026-12-01`"
    ) from None


def read_time(text: str) -> time:
    """A time of day, as `07:30`.

    Raises:
        UsageError: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise UsageError(f"`{text}` is no time of day", "write hours and minutes: `07:30`")
    return time(int(found[1]), int(found[2]))


def date_of(start: date, week: int, day: int, *, by_weekday: bool) -> date:
    """The date of a day; weeks and days are counted from 0, weekdays from Monday."""
    since_start = (day - start.weekday()) % _WEEK if by_weekday else day
    try:
        return start + timedelta(days=_WEEK * week + since_start)
    except OverflowError:
        raise UsageError(f"week {week + 1} is after the year 9999", "start earlier") from None


def next_beginning(end: datetime) -> datetime:
    """When something may begin that follows on the same day."""
    whole = end.replace(second=0, microsecond=0)
    late = timedelta(minutes=-end.minute % GRID)
    return whole + late if whole + late >= end else whole + late + timedelta(minutes=GRID)


# ── in words, whatever language the system speaks ────────────────────────────


def weekday_text(day: date) -> str:
    """`Tuesday`."""
    return _WEEKDAYS[day.weekday()]


def short_date_text(day: date) -> str:
    """`Tue 1 Dec`."""
    return f"{weekday_text(day)[:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def date_text(day: date) -> str:
    """`Tuesday 1 December 2026`."""
    return f"{weekday_text(day)} {day.day} {_MONTHS[day.month - 1]} {day.year}"
