"""A programme laid out: which file is for which day, how long each is, and when it begins."""

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


# ── what a file is called: its routine's title, and what sets it apart from others of that title


Manner = tuple[str, str, str, str]
"""How a routine is given: `22 min`, `gentle`, `full guidance`, `with band`; empty where it is
nothing to speak of."""


def manner(settings: Settings, length: int) -> Manner:
    """How a take of `length` samples is given."""
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
    """The level; empty where an exact length decides instead."""
    if settings.length is not None:
        return ""
    names = {point: name for name, point in LEVELS.items()}
    return names.get(settings.point, f"{settings.point:.0%}")


def titles(takes: Sequence[Take], lengths: Sequence[int]) -> list[str]:
    """A title for each take; their numbers tell apart what still has the same one."""
    manners = [manner(take.settings, n) for take, n in zip(takes, lengths, strict=True)]
    namesakes: dict[str, list[Manner]] = {}
    for take, own in zip(takes, manners, strict=True):
        namesakes.setdefault(take.title, []).append(own)
    pairs = zip(takes, manners, strict=True)
    return [_title(take.title, own, namesakes[take.title]) for take, own in pairs]


def _title(title: str, own: Manner, namesakes: Sequence[Manner]) -> str:
    """The title with as little behind it as sets all its namesakes apart."""
    columns = [n for n, column in enumerate(zip(*namesakes, strict=True)) if len(set(column)) > 1]
    firsts = (columns[:n] for n in range(len(columns)))
    apart = next((first for first in firsts if _differ(namesakes, first)), columns)
    return ", ".join(filter(None, (title, *(own[n] for n in apart))))


def _differ(manners: Sequence[Manner], columns: Sequence[int]) -> bool:
    shown = {tuple(manner[n] for n in columns) for manner in manners}
    return len(shown) == len(manners)


# ── from a day to start on to the date of every day, and how dates are written


_DATE = late(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_TIME = late(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_WEEK = 7

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

GRID = 5
"""Minutes: what follows on the same day begins on the next multiple of them."""


def read_date(text: str) -> date:
    """A date of this millennium, as `2026-12-01`."""
    try:
        if _DATE.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:  # 30 February
        pass
    way_out = "write year, month and day: `2026-12-01`"
    raise UsageError(f"`{text}` is not a date to start on", way_out)


def read_time(text: str) -> time:
    """A time of day, as `07:30`."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise UsageError(f"`{text}` is not a time of day", "write hours and minutes: `07:30`")
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


# ── the plan ──────────────────────────────────────────────────────────────────


class AlbumTrack(Struct, frozen=True):
    """One file of the album, however often it is used."""

    number: int
    """From 1, in the order of first use."""
    take: Take
    """The first of those that it is for."""
    title: str
    length: int
    """Samples."""
    file: str
    """The file's name."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return in_seconds(self.length)


class PlannedSession(Struct, frozen=True):
    """A track on its day."""

    day: date
    begins: datetime | None
    """None where no time of day was asked for."""
    week: int
    """From 1."""
    day_name: str
    """As the programme counts: `day 1`, `monday`."""
    turn: int
    """Which of its day's sessions it is, from 1."""
    note: str
    """What it is for; empty where nothing is said."""
    take: Take
    track: AlbumTrack

    @property
    def manner(self) -> Manner:
        """How its routine is given."""
        return manner(self.take.settings, self.track.length)

    @property
    def ends(self) -> datetime | None:
        """When it is over, to the next whole second; None where no time was asked for."""
        seconds = -(-self.track.length // SAMPLE_RATE)
        return self.begins + timedelta(seconds=seconds) if self.begins else None


class ProgrammePlan(Struct, frozen=True):
    """What is to be heard when, and the files for it."""

    programme: Programme
    start: date
    at: time | None
    voice: str
    """`ENGINE:VOICE`; where routines name several themselves, the first."""
    tracks: tuple[AlbumTrack, ...]
    sessions: tuple[PlannedSession, ...]
    """In the order of time."""
    problems: tuple[Problem, ...]
    """Warnings."""

    @property
    def file_name(self) -> str:
        """What the playlist and the calendar are called, without their endings."""
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
    """Lay a programme out from its first day on; with `at`, each day begins at that time.

    `ending` is that of its files.
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
    """A track for each take; those that come to the same sound share one."""
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
    """The sessions; of those of one day, each begins when the one before it is over."""
    for day, group in groupby(dated, key=lambda one: one.day):
        begins = None if at is None else datetime.combine(day, at)
        for turn, one in enumerate(group, 1):
            track = tracks[one.take]
            session = PlannedSession(
                day, begins, one.week, one.day_name, turn, one.note, one.take, track
            )
            yield session
            begins = session.ends and next_beginning(session.ends)


# ── a calendar that phones and computers take in: an event for each session ──


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
