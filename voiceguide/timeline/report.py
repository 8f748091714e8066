"""A timeline as plain data, for `--json` and for later tools."""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.errors import Problem
from voiceguide.lengths import in_seconds
from voiceguide.timeline.data import Event, Timeline


def as_dict(
    timeline: Timeline,
    *,
    title: str,
    language: str,
    exact: bool,
    problems: Sequence[Problem] = (),
) -> dict[str, object]:
    """The object of `plan --json`: times in seconds from the beginning of the file.

    `line` is the line in the routine that was asked for: what another routine brought in by
    `use` has the line of that `use`.
    """
    return {
        "title": title,
        "language": language,
        "duration": timeline.duration,
        "exact": exact,
        "chapters": [
            {"title": c.title, "level": c.level, "at": in_seconds(c.position)}
            for c in timeline.chapters
        ],
        "events": [_event(event, timeline) for event in timeline.events],
        "problems": [problem.as_dict() for problem in problems],
    }


def _event(event: Event, timeline: Timeline) -> dict[str, object]:
    chapter = None if event.chapter is None else timeline.chapters[event.chapter].title
    return {
        "at": in_seconds(event.position),
        "duration": in_seconds(event.length),
        "kind": event.kind.value,
        "text": event.text,
        "side": event.side.value if event.side else None,
        "round": event.round,
        "rep": event.rep,
        "chapter": chapter,
        "line": event.place.outermost.line,
    }
