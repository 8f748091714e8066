"""The cover of a session: the author's own, or the session drawn."""

from __future__ import annotations

from voiceguide import library
from voiceguide.errors import Problem, RoutineError
from voiceguide.lengths import show_clock
from voiceguide.picture import Mark, cover
from voiceguide.studio.opening import Opened
from voiceguide.timeline import Timeline


def cover_of(opened: Opened, timeline: Timeline) -> bytes:
    """The picture, PNG or JPEG.

    Raises:
        RoutineError: the author's own cannot be read.
    """
    path = opened.settings.cover
    return _own_cover(opened, path) if path else drawn_cover(opened.title, timeline)


def drawn_cover(title: str, timeline: Timeline) -> bytes:
    """The session as a clock's face, PNG."""
    marks = (
        Mark(
            event.position / timeline.length,
            event.end / timeline.length,
            event.kind.value,
            event.side,
        )
        for event in timeline.events
    )
    starts = (chapter.position / timeline.length for chapter in timeline.chapters)
    return cover(title, show_clock(round(timeline.duration)), marks, starts)


def _own_cover(opened: Opened, path: str) -> bytes:
    place = next(s.place for s in opened.routine.front if s.name == "cover")
    try:
        return library.resolve_beside(path, opened.folders[place.source]).read_bytes()
    except OSError as error:
        problem = Problem(place, f"cannot read `{path}`", "name a PNG or JPEG file beside it")
        raise RoutineError([opened.located(problem)]) from error
