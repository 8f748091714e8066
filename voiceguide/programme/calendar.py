"""A calendar that phones and computers take in: an event for each session.

RFC 5545. Times are *floating*: half past seven is half past seven wherever the phone is. An event
without a time of day lasts the whole day and leaves it free. Nothing here comes from a clock or
from chance: an event's UID follows from the programme, its start and the session's place in it, so
that a calendar that is taken in again replaces its events instead of doubling them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from voiceguide import __released__, __version__
from voiceguide.programme.plan import PlannedSession, ProgrammePlan

if TYPE_CHECKING:
    from icalendar import Calendar, Event

MADE_BY = f"-//voiceguide//voiceguide {__version__}//EN"


def calendar(plan: ProgrammePlan) -> bytes:
    """The calendar of a plan."""
    made = _empty_calendar(plan)
    for _, sessions in groupby(plan.sessions, key=lambda session: session.week):
        for index, session in enumerate(sessions):
            made.add_component(_event(plan, session, first_of_week=not index))
    return bytes(made.to_ical())


def _empty_calendar(plan: ProgrammePlan) -> Calendar:
    from icalendar import Calendar, vText

    made = Calendar()
    made.add("prodid", MADE_BY)
    made.add("version", "2.0")
    made.add("name", plan.programme.title)  # RFC 7986
    made.add("x-wr-calname", vText(plan.programme.title))  # the same, for older programs
    if plan.programme.description:
        made.add("description", plan.programme.description)
    return made


def _event(plan: ProgrammePlan, session: PlannedSession, *, first_of_week: bool) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", _uid(plan, session))
    event.add("dtstamp", _stamp())
    _add_times(event, session)
    event.add("summary", session.track.title)
    event.add("description", "\n".join(_description(plan, session, first_of_week=first_of_week)))
    return event


def _add_times(event: Event, session: PlannedSession) -> None:
    if session.begins and session.ends:
        event.add("dtstart", session.begins)
        event.add("dtend", session.ends)
    else:
        event.add("dtstart", session.day)  # without an end it is that one day: 3.6.1
        event.add("transp", "TRANSPARENT")


def _uid(plan: ProgrammePlan, session: PlannedSession) -> str:
    name, start = plan.programme.name, plan.start.isoformat()
    place = f"{name} from {start}, week {session.week}, {session.day_name}, {session.turn}"
    return f"{hashlib.sha256(place.encode()).hexdigest()[:32]}@voiceguide"


def _stamp() -> datetime:
    """When the event was written: on the day of this version, for the same bytes every time."""
    return datetime.combine(date.fromisoformat(__released__), datetime.min.time(), UTC)


def _description(
    plan: ProgrammePlan, session: PlannedSession, *, first_of_week: bool
) -> Iterator[str]:
    week = plan.week(session)
    yield f"{', '.join(filter(None, session.manner))}."
    yield f"File: {session.track.file}"
    if session.note:
        yield session.note
    title = f": {week.title}" if week.title else ""
    yield f"Week {session.week} of {len(plan.programme.weeks)}{title}"
    if first_of_week and week.note:
        yield week.note
