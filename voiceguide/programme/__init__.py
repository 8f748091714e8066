"""Make programmes: routines for the days of several weeks, as an album and a calendar.

    text ─parse▶ Programme ─open▶ takes ─make_plan▶ ProgrammePlan ─export▶ files, playlist, calendar

A `Programme` is the parsed text, every part with its place. Opening finds the routine of each
session, and joins sessions that would sound the same into one *take*. A `ProgrammePlan` holds the
length and the name of each file, and the date of each session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path

from msgspec import Struct

from voiceguide.encode.captions import PlaylistEntry, m3u8
from voiceguide.encode.formats import MP3, Format, check_format, format_of
from voiceguide.errors import Problem
from voiceguide.files import check_folder
from voiceguide.files.sets import file_set
from voiceguide.programme.opening import OpenedProgramme, Take, open_text, part_of, read
from voiceguide.programme.plan import (
    AlbumTrack,
    PlannedSession,
    ProgrammePlan,
    calendar,
    make_plan,
    read_date,
    read_time,
)
from voiceguide.studio import Album, Progress, SourceText, Studio

__all__ = [
    "Course",
    "ProgrammeExport",
    "ProgrammePlan",
    "TrackOrder",
    "load",
    "load_text",
    "read",
    "read_date",
    "read_time",
]

USUAL_KBPS = 64
"""Default bit rate of MP3s, in kbps."""

PLANNING = 0.4
"""Share of the export's progress that planning takes."""


def load(programme: str | Path, *, voice: str | None = None) -> Course:
    """Open a programme: a path, or a name from the library.

    Raises:
        RoutineError: it or one of its routines has errors; all of them are listed.
        UsageError: there is no such programme, or `voice` is not valid.
    """
    return load_text(read(programme), voice=voice)


def load_text(text: SourceText, *, voice: str | None = None) -> Course:
    """Open a programme from its text; see `load`."""
    return Course(open_text(text, voice))


class Course:
    """A programme that can be planned from a first day, and exported."""

    def __init__(self, opened: OpenedProgramme) -> None:
        self._opened = opened

    @property
    def title(self) -> str:
        """The title of the programme, and of its album."""
        return self._opened.programme.title

    @property
    def name(self) -> str:
        """The name of its file, without the suffix."""
        return self._opened.programme.name

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Warnings, which do not prevent an export."""
        return self._opened.warnings

    @property
    def takes(self) -> tuple[Take, ...]:
        """The different takes; each becomes a file, unless two have equal timelines."""
        return tuple(dict.fromkeys(self._opened.takes.values()))

    def plan(
        self, start: date, *, at: time | None = None, progress: Progress | None = None
    ) -> ProgrammePlan:
        """Plan all sessions from the first day; with `at`, each day begins at that time.

        Raises:
            RoutineError: a session cannot have its requested length, or its cues do not fit.
            UsageError: there is no such voice, or the last day is after the year 9999.
            MachineError: no engine could speak.
        """
        with self._opened.studio:
            return make_plan(self._opened, start, at, progress)

    def export(
        self,
        folder: str | Path,
        start: date,
        *,
        at: time | None = None,
        kbps: int | None = None,
        format: str = "mp3",  # noqa: A002  (as `Session.export_to` calls it)
        carry_out: CarryOut | None = None,
        progress: Progress | None = None,
    ) -> ProgrammeExport:
        """Write its files, a playlist and a calendar into a folder: see `programme.export`.

        `format` is the suffix of its files without the dot. `carry_out` makes the files elsewhere,
        for example in several processes.

        Raises:
            RoutineError: as `plan` does; nothing is written in this case.
            UsageError: as `plan` does, or the bit rate is unknown.
            MachineError: no engine could speak, or a file could not be written.
        """
        kind, kbps = self.checked(folder, kbps, format)
        planning = progress and (lambda n: progress(n * PLANNING))
        rest = progress and (lambda n: progress(PLANNING + n * (1 - PLANNING)))
        with self._opened.studio:
            plan = make_plan(self._opened, start, at, planning, ending=kind.ending)
            return export(plan, Path(folder), kbps, rest, carry_out)

    def checked(
        self, folder: str | Path, kbps: int | None, format_: str
    ) -> tuple[Format, int | None]:
        """Check the format, the bit rate and the folder; return the format and the bit rate.

        Raises:
            UsageError, MachineError: one of them cannot be used.
        """
        kind = format_of(f"file.{format_}")
        if kbps is None and kind is MP3:
            kbps = USUAL_KBPS
        check_format(kind, kbps)
        check_folder(folder)
        return kind, kbps


# ── the result of an export, and the object that `programme --json` prints (see docs/JSON.md)


class ProgrammeExport(Struct, frozen=True):
    """The written files, and their plan."""

    plan: ProgrammePlan
    folder: Path
    files: tuple[Path, ...]
    """In the order of the plan's tracks."""
    sizes: tuple[int, ...]
    """Size of each file in bytes."""
    playlist: Path
    calendar: Path

    def as_dict(self) -> dict[str, object]:
        """The JSON object of an export."""
        return _object(self.plan, self)


def planned(plan: ProgrammePlan) -> dict[str, object]:
    """The JSON object of a plan that was not exported."""
    return _object(plan, None)


def unplanned(problems: Iterable[Problem]) -> dict[str, object]:
    """The JSON object of a programme with errors."""
    empty = {"files": [], "sessions": [], "problems": _problems(problems)}
    return {**dict.fromkeys(_NAMES), **empty}


_NAMES = (
    *("title", "start", "weeks", "voice", "files", "sessions", "problems"),
    *("folder", "playlist", "calendar"),
)


def _object(plan: ProgrammePlan, export: ProgrammeExport | None) -> dict[str, object]:
    files = [_file(track, export) for track in plan.tracks]
    sessions = [_session(session) for session in plan.sessions]
    programme = plan.programme
    about = (programme.title, plan.start.isoformat(), len(programme.weeks), plan.voice)
    written = (export.folder, export.playlist, export.calendar) if export else ()
    places = tuple(map(str, written)) or (None, None, None)
    values = (*about, files, sessions, _problems(plan.problems), *places)
    return dict(zip(_NAMES, values, strict=True))


def _problems(problems: Iterable[Problem]) -> list[dict[str, object]]:
    return [problem.as_dict() for problem in problems]


def _file(track: AlbumTrack, export: ProgrammeExport | None) -> dict[str, object]:
    return {
        "number": track.number,
        "title": track.title,
        "routine": track.take.text.source,
        "duration": track.duration,
        "file": str(export.files[track.number - 1]) if export else track.file,
        "bytes": export.sizes[track.number - 1] if export else None,
    }


def _session(session: PlannedSession) -> dict[str, object]:
    settings = session.take.settings
    return {
        "date": session.day.isoformat(),
        "time": session.begins and f"{session.begins:%H:%M}",
        "week": session.week,
        "day": session.day_name,
        "note": session.note or None,
        "level": None if settings.length is not None else settings.point,
        "guidance": settings.guidance.value,
        "options": sorted(settings.options),
        "number": session.track.number,
    }


# ── the playlist of a programme: one entry for each session; a file may appear several times


def playlist(plan: ProgrammePlan) -> bytes:
    """Make the M3U8 playlist of a plan: its sessions in chronological order."""
    return m3u8(plan.programme.title, map(_entry, plan.sessions))


def _entry(session: PlannedSession) -> PlaylistEntry:
    where = f"Week {session.week}, {session.day_name.capitalize()}"
    title = f"{where}: {session.track.title}"
    return PlaylistEntry(session.track.duration, title, session.track.file)


# ── the files ─────────────────────────────────────────────────────────────────


class TrackOrder(Struct, frozen=True):
    """An order for a file of a programme, which anyone with a studio can carry out."""

    text: SourceText
    options: Mapping[str, str | Sequence[str]]
    title: str
    album: Album
    path: Path
    kbps: int | None

    def make(self, studio: Studio, progress: Progress | None = None) -> None:
        """Write the file."""
        with studio.load_text(self.text, **self.options, title=self.title) as session:
            session.export(self.path, kbps=self.kbps, album=self.album, progress=progress)


CarryOut = Callable[[Sequence[TrackOrder]], Iterator[object]]
"""Makes files, and yields once for each file that is done."""


def export(
    plan: ProgrammePlan,
    folder: Path,
    kbps: int | None,
    progress: Progress | None = None,
    carry_out: CarryOut | None = None,
) -> ProgrammeExport:
    """Write all files of a plan into a folder, which is created if it is missing.

    The files are put in place together, and those of an earlier export are removed; nothing else in
    the folder is touched. They are made here, one after the other, or by `carry_out`.
    """
    files = tuple(folder / track.file for track in plan.tracks)
    lists = (folder / f"{plan.file_name}.m3u8", folder / f"{plan.file_name}.ics")
    with file_set(folder, lists[0].name, (*files, *lists)) as drafts:
        pairs = zip(plan.tracks, files, strict=True)
        orders = [_order(plan, track, drafts.draft(path), kbps) for track, path in pairs]
        if carry_out is None:
            for index, (track, order) in enumerate(zip(plan.tracks, orders, strict=True)):
                order.make(track.take.studio, part_of(progress, index, len(files)))
        else:
            for done, _ in enumerate(carry_out(orders), 1):
                if progress:
                    progress(done / len(files))
        for path, content in zip(lists, (playlist(plan), calendar(plan)), strict=True):
            drafts.write(path, content)
    return ProgrammeExport(
        plan, folder, files, tuple(path.stat().st_size for path in files), *lists
    )


def _order(plan: ProgrammePlan, track: AlbumTrack, path: Path, kbps: int | None) -> TrackOrder:
    programme, take = plan.programme, track.take
    artist = programme.author or "voiceguide"
    album = Album(programme.title, artist, track.number, len(plan.tracks))
    return TrackOrder(take.text, take.options, track.title, album, path, kbps)
