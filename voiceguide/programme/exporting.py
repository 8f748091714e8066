"""A plan to a folder: the files of the album, then the playlist and the calendar that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from voiceguide.encode.captions import PlaylistEntry, m3u8
from voiceguide.errors import Problem
from voiceguide.files.sets import file_set
from voiceguide.programme.opening import part_of
from voiceguide.programme.plan import AlbumTrack, PlannedSession, ProgrammePlan, calendar
from voiceguide.studio import Album, Progress, SourceText, Studio

# ── what a programme came to, and the object that `programme --json` prints (see docs/JSON.md)


class ProgrammeExport(Struct, frozen=True):
    """Files that were written, and the plan they follow."""

    plan: ProgrammePlan
    folder: Path
    files: tuple[Path, ...]
    """In the order of the plan's tracks."""
    sizes: tuple[int, ...]
    """Bytes of each."""
    playlist: Path
    calendar: Path

    def as_dict(self) -> dict[str, object]:
        """The object of an export."""
        return _object(self.plan, self)


def planned(plan: ProgrammePlan) -> dict[str, object]:
    """The object of a plan of which nothing was written."""
    return _object(plan, None)


def unplanned(problems: Iterable[Problem]) -> dict[str, object]:
    """The object of a programme that has errors."""
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


# ── the playlist of a programme: one entry for each session, a file as often as it is used


def playlist(plan: ProgrammePlan) -> bytes:
    """The playlist of a plan: its sessions in the order of time."""
    return m3u8(plan.programme.title, map(_entry, plan.sessions))


def _entry(session: PlannedSession) -> PlaylistEntry:
    where = f"Week {session.week}, {session.day_name.capitalize()}"
    title = f"{where}: {session.track.title}"
    return PlaylistEntry(session.track.duration, title, session.track.file)


# ── the files ─────────────────────────────────────────────────────────────────


class TrackOrder(Struct, frozen=True):
    """A file of a programme to be made, by whoever has a studio."""

    text: SourceText
    options: Mapping[str, str | Sequence[str]]
    title: str
    album: Album
    path: Path
    kbps: int | None

    def make(self, studio: Studio, progress: Progress | None = None) -> None:
        """Write it."""
        with studio.load_text(self.text, **self.options, title=self.title) as session:
            session.export(self.path, kbps=self.kbps, album=self.album, progress=progress)


CarryOut = Callable[[Sequence[TrackOrder]], Iterator[object]]
"""Has files made, and gives something for each as it is done."""


def export(
    plan: ProgrammePlan,
    folder: Path,
    kbps: int | None,
    progress: Progress | None = None,
    carry_out: CarryOut | None = None,
) -> ProgrammeExport:
    """Write all of a plan into a folder, which is made where it is missing.

    The files take their places together, and those of an earlier export go; nothing else in the
    folder is touched. They are made here, one after the other, or by `carry_out`.
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
            for index, _ in enumerate(carry_out(orders)):
                (part_of(progress, index, len(files)) or _silent)(1.0)
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


def _silent(_share: float) -> None:
    """Tell nobody."""
