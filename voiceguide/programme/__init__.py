"""Programmes: which routines are for which day of some weeks, as an album and a calendar.

    text ─parse▶ Programme ─open▶ takes ─make_plan▶ ProgrammePlan ─export▶ files, playlist, calendar

A `Programme` is what its author wrote, every piece with its place. Opening finds the routine of
each session, and gathers sessions that would sound the same into one *take*. A `ProgrammePlan`
knows the length and the name of each file, and the date of each session.
"""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

from voiceguide.encode.formats import MP3, check_format, format_of
from voiceguide.errors import Problem
from voiceguide.files import check_folder
from voiceguide.programme.exporting import CarryOut, ProgrammeExport, TrackOrder, export
from voiceguide.programme.opening import OpenedProgramme, Take, open_text, read
from voiceguide.programme.plan import ProgrammePlan, make_plan, read_date, read_time
from voiceguide.studio import Progress, SourceText

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
"""Of its MP3s, where nothing else is asked for."""

PLANNING = 0.4
"""The part of an export's work that is done when all lengths are known."""


def load(programme: str | Path, *, voice: str | None = None) -> Course:
    """Open a programme: a path, or a name from the library.

    Raises:
        RoutineError: it has problems, or a routine of it has; all that were found.
        UsageError: there is no such programme, or `voice` makes no sense.
    """
    return load_text(read(programme), voice=voice)


def load_text(text: SourceText, *, voice: str | None = None) -> Course:
    """The same for a text that is in hand already."""
    return Course(open_text(text, voice))


class Course:
    """A programme that can be laid out from a day on, and exported."""

    def __init__(self, opened: OpenedProgramme) -> None:
        self._opened = opened

    @property
    def title(self) -> str:
        """The title of the programme, and of its album."""
        return self._opened.programme.title

    @property
    def name(self) -> str:
        """The name of its file, without the ending."""
        return self._opened.programme.name

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is odd, but stops nothing."""
        return self._opened.warnings

    @property
    def takes(self) -> tuple[Take, ...]:
        """What becomes a file each, as far as its author's wishes tell them apart."""
        return tuple(dict.fromkeys(self._opened.takes.values()))

    def plan(
        self, start: date, *, at: time | None = None, progress: Progress | None = None
    ) -> ProgrammePlan:
        """What is to be heard when, from its first day on; with `at`, at that time of every day.

        Raises:
            RoutineError: a session cannot be as long as it is to be, or its cues do not fit.
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
        """Write its files, a playlist and a calendar into a folder: see `exporting.export`.

        `format` is how the names of its files end. `carry_out` makes them elsewhere, such as in
        many processes at once.

        Raises:
            RoutineError: as `plan` does; nothing has been written then.
            UsageError: as `plan` does, or the bit rate is unknown.
            MachineError: no engine could speak, or a file could not be written.
        """
        kind = format_of(f"file.{format}")
        if kbps is None and kind is MP3:
            kbps = USUAL_KBPS
        check_format(kind, kbps)
        check_folder(folder)
        planning = progress and (lambda n: progress(n * PLANNING))
        rest = progress and (lambda n: progress(PLANNING + n * (1 - PLANNING)))
        with self._opened.studio:
            plan = make_plan(self._opened, start, at, planning, ending=kind.ending)
            return export(plan, Path(folder), kbps, rest, carry_out)
