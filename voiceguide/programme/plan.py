"""A programme laid out: which file is for which day, how long each is, and when it begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from voiceguide.encode.names import safe_name
from voiceguide.errors import Problem
from voiceguide.lengths import SAMPLE_RATE, in_seconds
from voiceguide.programme.data import Programme, Week
from voiceguide.programme.dates import date_of, next_beginning
from voiceguide.programme.measuring import measure
from voiceguide.programme.opening import Opened, Take
from voiceguide.programme.titles import Manner, manner, titles
from voiceguide.studio import Progress
from voiceguide.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Track:
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


@dataclass(frozen=True, slots=True)
class Session:
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
    track: Track

    @property
    def manner(self) -> Manner:
        """How its routine is given."""
        return manner(self.take.settings, self.track.length)

    @property
    def ends(self) -> datetime | None:
        """When it is over, to the next whole second; None where no time was asked for."""
        seconds = -(-self.track.length // SAMPLE_RATE)
        return self.begins + timedelta(seconds=seconds) if self.begins else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be heard when, and the files for it."""

    programme: Programme
    start: date
    at: time | None
    voice: str
    """`ENGINE:VOICE`; where routines name several themselves, the first."""
    tracks: tuple[Track, ...]
    sessions: tuple[Session, ...]
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

    def week(self, session: Session) -> Week:
        """The week that a session is in."""
        return self.programme.weeks[session.week - 1]


def make_plan(
    opened: Opened, start: date, at: time | None = None, progress: Progress | None = None
) -> Plan:
    """Lay a programme out from its first day on; with `at`, each day begins at that time.

    Raises:
        RoutineError: a session cannot be as long as it is to be, or its cues do not fit.
        UsageError: there is no such voice, or the last day is after the year 9999.
        MachineError: no engine could speak.
    """
    programme = opened.programme
    dated = sorted(_dated(opened, start), key=lambda one: one.day)
    takes = list(dict.fromkeys(one.take for one in dated))
    measured = measure(programme, takes, progress)
    tracks = _tracks(takes, measured.timelines)
    return Plan(
        programme,
        start,
        at,
        measured.voices[0],
        tuple(dict.fromkeys(tracks.values())),
        tuple(_sessions(dated, tracks, at)),
        tuple(dict.fromkeys((*opened.warnings, *measured.problems))),
    )


@dataclass(frozen=True, slots=True)
class _Dated:
    day: date
    week: int
    day_name: str
    note: str
    take: Take


def _dated(opened: Opened, start: date) -> Iterator[_Dated]:
    programme = opened.programme
    for number, week in enumerate(programme.weeks, 1):
        for day in week.days:
            when = date_of(start, number - 1, day.number, by_weekday=programme.by_weekday)
            for slot in day.slots:
                yield _Dated(when, number, day.name, slot.note, opened.takes[slot.place])


def _tracks(takes: Sequence[Take], timelines: Sequence[Timeline]) -> Mapping[Take, Track]:
    """A track for each take; those that come to the same sound share one."""
    alike: dict[tuple[str, Timeline], list[Take]] = {}
    for take, timeline in zip(takes, timelines, strict=True):
        alike.setdefault((take.text.source, timeline), []).append(take)
    firsts = [group[0] for group in alike.values()]
    lengths = [timeline.length for _, timeline in alike]
    digits = max(2, len(str(len(firsts))))
    tracks: dict[Take, Track] = {}
    for number, (title, length, group) in enumerate(
        zip(titles(firsts, lengths), lengths, alike.values(), strict=True), 1
    ):
        file = f"{number:0{digits}} {safe_name(title, 'session')}.mp3"
        tracks.update(dict.fromkeys(group, Track(number, group[0], title, length, file)))
    return tracks


def _sessions(
    dated: Iterable[_Dated], tracks: Mapping[Take, Track], at: time | None
) -> Iterator[Session]:
    """The sessions; of those of one day, each begins when the one before it is over."""
    for day, group in groupby(dated, key=lambda one: one.day):
        begins = None if at is None else datetime.combine(day, at)
        for turn, one in enumerate(group, 1):
            track = tracks[one.take]
            session = Session(day, begins, one.week, one.day_name, turn, one.note, one.take, track)
            yield session
            begins = session.ends and next_beginning(session.ends)
