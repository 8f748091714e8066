"""Plan a programme: assign a file to each day, and compute lengths and start times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from voiceguide import __released__, __version__
from voiceguide.encode.tags import safe_name
from voiceguide.errors import Problem, UsageError
from voiceguide.lengths import SAMPLE_RATE, in_seconds, show_seconds
from voiceguide.patterns import late
from voiceguide.programme.opening import OpenedProgramme, Take, measure
from voiceguide.programme.parse import Programme, Week
from voiceguide.settings import LEVELS, Settings
from voiceguide.studio import Progress
from voiceguide.timeline import Timeline

if TYPE_CHECKING:
    from icalendar import Calendar, Event


# ── titles of files: the routine's title, and the words that distinguish equal titles


Manner = tuple[str, str, str, str]
"""Length, level, guidance and options of a take in words: `22 min`, `gentle`, `full guidance`,
`with band`; each may be empty."""


def manner(settings: Settings, length: int) -> Manner:
    """Describe a take of `length` samples."""
    options = " and ".join(sorted(settings.options))
    return (
        _length_text(settings, length),
        _level_text(settings),
        f"{settings.guidance.value} guidance",
        f"with {options}" if options else "",
    )


def _length_text(settings: Settings, length: int) -> str:
    if settings.length is not None:
        return show_seconds(settings.length)
    seconds = in_seconds(length)
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{round(seconds)}s"


def _level_text(settings: Settings) -> str:
    """The level in words; empty if the session has an exact length instead."""
    if settings.length is not None:
        return ""
    names = {point: name for name, point in LEVELS.items()}
    return names.get(settings.point, f"{settings.point:.0%}")


def titles(takes: Sequence[Take], lengths: Sequence[int]) -> list[str]:
    """A title for each take; equal titles remain possible, since file names begin with a number."""
    manners = [manner(take.settings, n) for take, n in zip(takes, lengths, strict=True)]
    namesakes: dict[str, list[Manner]] = {}
    for take, own in zip(takes, manners, strict=True):
        namesakes.setdefault(take.title, []).append(own)
    pairs = zip(takes, manners, strict=True)
    return [_title(take.title, own, namesakes[take.title]) for take, own in pairs]


def _title(title: str, own: Manner, namesakes: Sequence[Manner]) -> str:
    """The title with the shortest suffix that distinguishes all takes of that title."""
    columns = [n for n, column in enumerate(zip(*namesakes, strict=True)) if len(set(column)) > 1]
    firsts = (columns[:n] for n in range(len(columns)))
    apart = next((first for first in firsts if _differ(namesakes, first)), columns)
    return ", ".join(filter(None, (title, *(own[n] for n in apart))))


def _differ(manners: Sequence[Manner], columns: Sequence[int]) -> bool:
    shown = {tuple(manner[n] for n in columns) for manner in manners}
    return len(shown) == len(manners)


# ── from the first day to the date of every day, and the format of dates ─────


_DATE = late(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_TIME = late(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_WEEK = 7

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

GRID = 5
"""Minutes: later sessions of a day begin on the next multiple of this."""


def read_date(text: str) -> date:
    """Parse a date from 2000 to 2999, such as `2026-12-01`; a UsageError if it is not one."""
    try:
        if _DATE.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:  # such as 30 February
        pass
    way_out = "write year, month and day: `2026-12-01`"
    raise UsageError(f"`{text}` is not a date to start on", way_out)


def read_time(text: str) -> time:
    """Parse a time of day, such as `07:30`; a UsageError if it is not one."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise UsageError(f"`{text}` is not a time of day", "write hours and minutes: `07:30`")
    return time(int(found[1]), int(found[2]))


def date_of(start: date, week: int, day: int, *, by_weekday: bool) -> date:
    """The date of a day; weeks and days count from 0, weekdays from Monday.

    Raises:
        UsageError: it is after the year 9999.
    """
    since_start = (day - start.weekday()) % _WEEK if by_weekday else day
    try:
        return start + timedelta(days=_WEEK * week + since_start)
    except OverflowError:
        raise UsageError(f"week {week + 1} is after the year 9999", "start earlier") from None


def next_beginning(end: datetime) -> datetime:
    """The start of the next session on the same day: the next multiple of `GRID` minutes."""
    whole = end.replace(second=0, microsecond=0)
    late = timedelta(minutes=-end.minute % GRID)
    return whole + late if whole + late >= end else whole + late + timedelta(minutes=GRID)


# ── dates in English, whatever the system's language ─────────────────────────


def weekday_text(day: date) -> str:
    """Format a weekday: `Tuesday`."""
    return _WEEKDAYS[day.weekday()]


def short_date_text(day: date) -> str:
    """Format a short date: `Tue 1 Dec`."""
    return f"{weekday_text(day)[:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def date_text(day: date) -> str:
    """Format a full date: `Tuesday 1 December 2026`."""
    return f"{weekday_text(day)} {day.day} {_MONTHS[day.month - 1]} {day.year}"


# ── the plan ──────────────────────────────────────────────────────────────────


class AlbumTrack(Struct, frozen=True):
    """A file of the album; several sessions may use it."""

    number: int
    """From 1, in the order of first use."""
    take: Take
    """The first take that it is for."""
    title: str
    length: int
    """Length in samples."""
    file: str
    """Name of the file."""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return in_seconds(self.length)


class PlannedSession(Struct, frozen=True):
    """A session on its day, and its track."""

    day: date
    begins: datetime | None
    """Start time; None if no time of day was given."""
    week: int
    """From 1."""
    day_name: str
    """Name of the day in the programme: `day 1`, `monday`."""
    turn: int
    """Its number among the day's sessions, from 1."""
    note: str
    """Purpose of the session; may be empty."""
    take: Take
    track: AlbumTrack

    @property
    def manner(self) -> Manner:
        """Its length, level, guidance and options in words."""
        return manner(self.take.settings, self.track.length)

    @property
    def ends(self) -> datetime | None:
        """End time, rounded up to a second; None if no time of day was given."""
        seconds = -(-self.track.length // SAMPLE_RATE)
        return self.begins + timedelta(seconds=seconds) if self.begins else None


class ProgrammePlan(Struct, frozen=True):
    """All sessions with their dates, and the files for them."""

    programme: Programme
    start: date
    at: time | None
    voice: str
    """`ENGINE:VOICE` of the first track; routines may name others themselves."""
    tracks: tuple[AlbumTrack, ...]
    sessions: tuple[PlannedSession, ...]
    """In chronological order."""
    problems: tuple[Problem, ...]
    """Warnings."""

    @property
    def file_name(self) -> str:
        """Name of the playlist and the calendar, without their suffixes."""
        return safe_name(self.programme.title, self.programme.name)

    @property
    def last_day(self) -> date:
        """The day of the last session."""
        return self.sessions[-1].day

    def week(self, session: PlannedSession) -> Week:
        """The week that a session is in."""
        return self.programme.weeks[session.week - 1]


def make_plan(
    opened: OpenedProgramme,
    start: date,
    at: time | None = None,
    progress: Progress | None = None,
    *,
    ending: str = ".mp3",
) -> ProgrammePlan:
    """Plan a programme from its first day; with `at`, each day begins at that time.

    `ending` is the suffix of its files.
    """
    programme = opened.programme
    dated = sorted(_dated(opened, start), key=lambda one: one.day)
    takes = list(dict.fromkeys(one.take for one in dated))
    measured = measure(programme, takes, progress)
    tracks = _tracks(takes, measured.timelines, ending)
    return ProgrammePlan(
        programme,
        start,
        at,
        measured.voices[0],
        tuple(dict.fromkeys(tracks.values())),
        tuple(_sessions(dated, tracks, at)),
        tuple(dict.fromkeys((*opened.warnings, *measured.problems))),
    )


class _Dated(Struct, frozen=True):
    day: date
    week: int
    day_name: str
    note: str
    take: Take


def _dated(opened: OpenedProgramme, start: date) -> Iterator[_Dated]:
    programme = opened.programme
    for number, week in enumerate(programme.weeks, 1):
        for day in week.days:
            when = date_of(start, number - 1, day.number, by_weekday=programme.by_weekday)
            for slot in day.slots:
                yield _Dated(when, number, day.name, slot.note, opened.takes[slot.place])


def _tracks(
    takes: Sequence[Take], timelines: Sequence[Timeline], ending: str
) -> Mapping[Take, AlbumTrack]:
    """A track for each take; takes with the same routine and timeline share a track."""
    alike: dict[tuple[str, Timeline], list[Take]] = {}
    for take, timeline in zip(takes, timelines, strict=True):
        alike.setdefault((take.text.source, timeline), []).append(take)
    firsts = [group[0] for group in alike.values()]
    lengths = [timeline.length for _, timeline in alike]
    digits = max(2, len(str(len(firsts))))
    tracks: dict[Take, AlbumTrack] = {}
    for number, (title, length, group) in enumerate(
        zip(titles(firsts, lengths), lengths, alike.values(), strict=True), 1
    ):
        file = f"{number:0{digits}} {safe_name(title, 'session')}{ending}"
        tracks.update(dict.fromkeys(group, AlbumTrack(number, group[0], title, length, file)))
    return tracks


def _sessions(
    dated: Iterable[_Dated], tracks: Mapping[Take, AlbumTrack], at: time | None
) -> Iterator[PlannedSession]:
    """Yield the sessions; each begins after the previous one of its day has ended."""
    for day, group in groupby(dated, key=lambda one: one.day):
        begins = None if at is None else datetime.combine(day, at)
        for turn, one in enumerate(group, 1):
            track = tracks[one.take]
            session = PlannedSession(
                day, begins, one.week, one.day_name, turn, one.note, one.take, track
            )
            yield session
            begins = session.ends and next_beginning(session.ends)


# ── an iCalendar file with an event for each session ─────────────────────────


MADE_BY = f"-//voiceguide//voiceguide {__version__}//EN"


def calendar(plan: ProgrammePlan) -> bytes:
    """Make the iCalendar file of a plan."""
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
    made.add("x-wr-calname", vText(plan.programme.title))  # the name, for older programs
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
        event.add("dtstart", session.day)  # without an end it lasts that one day: RFC 5545, 3.6.1
        event.add("transp", "TRANSPARENT")


def _uid(plan: ProgrammePlan, session: PlannedSession) -> str:
    name, start = plan.programme.name, plan.start.isoformat()
    place = f"{name} from {start}, week {session.week}, {session.day_name}, {session.turn}"
    return f"{hashlib.sha256(place.encode()).hexdigest()[:32]}@voiceguide"


def _stamp() -> datetime:
    """Time stamp of events: the day of this release, so that the bytes are always the same."""
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
