"""Compute in advance what a player shows at each moment of a session.

A moment is a row of numbers, `[at, ends, chapter, step, words, next]`: its second, the second at
which the step ends (or the next one begins, if nothing is timed), and four indices of texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from voiceguide.lengths import in_seconds
from voiceguide.player.now import Now, now
from voiceguide.sequence import EventKind
from voiceguide.timeline import Event, Timeline

Texts = Mapping[str, str]
"""Words by name, such as `kind.hold`, `side.left`, `round` and `the_end`."""

Row = tuple[float, float, int, int, int, int]

SMALLEST = 3
"""Decimal places of seconds in the data."""


def player_data(timeline: Timeline, texts: Texts) -> dict[str, object]:
    """The data that a player needs of a session, for JSON, with the words of a language."""
    known: dict[str, int] = {}
    rows = [_row(at, timeline, texts, known) for at in _changes(timeline)]
    # drop rows that equal the row before
    moments = [next(run) for _, run in groupby(rows, key=lambda row: row[1:])]
    return {
        "duration": round(timeline.duration, SMALLEST),
        "chapters": [
            {"title": chapter.title, "at": _seconds(chapter.position)}
            for chapter in timeline.chapters
        ],
        "texts": list(known),
        "moments": moments,
        "blocks": [_block(one) for one in timeline.events if one.kind.step or one.kind.line],
    }


def _changes(timeline: Timeline) -> list[int]:
    """Samples at which something begins or ends, sorted."""
    starts = {event.position for event in timeline.events}
    ends = {event.end for event in timeline.events if event.kind.timed or event.rep}
    chapters = {chapter.position for chapter in timeline.chapters}
    return sorted(at for at in {0} | starts | ends | chapters if at < timeline.length)


def _row(at: int, timeline: Timeline, texts: Texts, known: dict[str, int]) -> Row:
    moment = now(timeline, at)
    next_step = moment.upcoming.position if moment.upcoming else timeline.length
    end = moment.timed.end if moment.timed else next_step
    said = (
        moment.chapter or "",
        step_text(moment, texts),
        moment.said or "",
        event_text(moment.upcoming, texts) if moment.upcoming else texts["the_end"],
    )
    chapter, step, words, upcoming = (known.setdefault(text, len(known)) for text in said)
    return (_seconds(at), _seconds(end), chapter, step, words, upcoming)


def _seconds(sample: int) -> float:
    return round(in_seconds(sample), SMALLEST)


def step_text(moment: Now, texts: Texts) -> str:
    """Describe the step, as `Hold, left side, round 2`; if nothing is timed, name the countdown."""
    if moment.timed is None:
        return texts["next_in"] if moment.upcoming else texts["end_in"]
    parts = list(_parts(moment.timed, moment.side, moment.round, texts))
    if moment.rep:
        parts.append(texts["rep"].format(number=moment.rep))
    return ", ".join(parts)


def event_text(event: Event, texts: Texts) -> str:
    """Describe an event, as `Hold, left side, round 2`."""
    side = event.side.value if event.side else None
    return ", ".join(_parts(event, side, event.round, texts))


def _parts(event: Event, side: str | None, number: int | None, texts: Texts) -> Iterator[str]:
    if event.step:
        yield event.step
    if event.kind is not EventKind.SEGMENT:
        yield texts[f"kind.{event.kind.value}"]
    elif event.label != event.step:
        yield event.label[:1].upper() + event.label[1:]
    if side:
        yield texts[f"side.{side}"]
    if number:
        yield texts["round"].format(number=number)


def _block(event: Event) -> tuple[float, float, str]:
    """Start and length in seconds, and the style in which an event is drawn."""
    side = event.side.value if event.side else "both"
    how = side if event.kind.exercise else "pale" if event.kind.timed else "words"
    return _seconds(event.position), _seconds(event.length), how
