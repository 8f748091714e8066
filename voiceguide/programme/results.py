"""What a programme came to, and the object that `programme --json` prints (see docs/JSON.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from voiceguide.errors import Problem
from voiceguide.programme.plan import Plan, Session, Track


@dataclass(frozen=True, slots=True)
class Export:
    """Files that were written, and the plan they follow."""

    plan: Plan
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


def planned(plan: Plan) -> dict[str, object]:
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


def _object(plan: Plan, export: Export | None) -> dict[str, object]:
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


def _file(track: Track, export: Export | None) -> dict[str, object]:
    return {
        "number": track.number,
        "title": track.title,
        "routine": track.take.text.source,
        "duration": track.duration,
        "file": str(export.files[track.number - 1]) if export else track.file,
        "bytes": export.sizes[track.number - 1] if export else None,
    }


def _session(session: Session) -> dict[str, object]:
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
