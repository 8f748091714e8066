"""Describe the present moment of a session: pure functions of a timeline and a position."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import groupby, zip_longest

from msgspec import Struct

from voiceguide.lengths import in_seconds, samples
from voiceguide.sequence import EventKind, Source, Words
from voiceguide.timeline import Event, Timeline

AGAIN = samples(3)
"""Samples after a step's start in which `back` goes to the step before instead of the start."""


class Now(Struct, frozen=True):
    """A moment of a session; position and lengths in samples."""

    position: int
    length: int
    """Length of the session."""
    chapter: str | None
    said: str | None
    """The last words spoken."""
    timed: Event | None
    """The current hold, reps, rest, …; the innermost if they are nested."""
    left: int
    """Samples left of `timed`."""
    upcoming: Event | None
    """The next hold, reps or rest."""
    side: str | None
    round: int | None
    rep: int | None


def now(timeline: Timeline, position: int) -> Now:
    """Describe the moment at a sample of the session."""
    begun = timeline.events[: bisect_right(timeline.events, position, key=_position)]
    timed = next((e for e in reversed(begun) if e.kind.timed and e.end > position), None)
    spoken = next((e for e in reversed(begun) if isinstance(e.source, Words)), None)
    rep = next((e for e in reversed(begun) if e.kind is EventKind.REP and e.end > position), None)
    around = rep or timed or (begun[-1] if begun else None)
    to_come = timeline.events[len(begun) :]
    chapters = [chapter for chapter in timeline.chapters if chapter.position <= position]
    return Now(
        position,
        timeline.length,
        chapters[-1].title if chapters else None,
        spoken.text if spoken else None,
        timed,
        timed.end - position if timed else 0,
        next((event for event in to_come if event.kind.step), None),
        around.side.value if around and around.side else None,
        around.round if around else None,
        around.rep if around else None,
    )


def stops(timeline: Timeline) -> list[int]:
    """Samples at which steps begin, where `next` and `back` go to.

    A step begins with the first line after the step before has ended, and with each chapter.
    """
    return sorted({0, *(c.position for c in timeline.chapters), *_after_steps(timeline)})


def next_stop(timeline: Timeline, position: int) -> int:
    """Start of the next step, or the end of the session."""
    found = stops(timeline)
    index = bisect_right(found, position)
    return found[index] if index < len(found) else timeline.length


def stop_before(timeline: Timeline, position: int) -> int:
    """Start of the current step."""
    found = stops(timeline)
    return found[max(0, bisect_right(found, position) - 1)]


def back_stop(timeline: Timeline, position: int) -> int:
    """Start of the current step, or of the step before if this one has just begun."""
    return stop_before(timeline, max(0, position - AGAIN))


def last_instruction(timeline: Timeline, position: int) -> Event | None:
    """The last words spoken before a sample, apart from counted numbers."""
    begun = timeline.events[: bisect_left(timeline.events, position, key=_position)]
    spoken = (e for e in reversed(begun) if e.kind is EventKind.SAY and isinstance(e.source, Words))
    return next(spoken, None)


def same_until(one: Timeline, other: Timeline) -> int:
    """First sample at which two timelines may sound different."""
    pairs = zip_longest(_sounding(one), _sounding(other))
    first = next(((a, b) for a, b in pairs if a != b), None)
    if first is None:
        return min(one.length, other.length)
    # a clip begins a little before its sound
    return min(event[0] for event in first if event) - samples(1)


def _sounding(timeline: Timeline) -> Iterator[tuple[int, Source, float]]:
    for event in timeline.events:
        if event.source:
            yield event.position, event.source, event.level


def _after_steps(timeline: Timeline) -> Iterator[int]:
    until = 0
    waiting = False
    for event in timeline.events:
        if event.kind.step:
            until, waiting = max(until, event.end), True
        elif waiting and event.position > until and event.source and event.kind is EventKind.SAY:
            yield event.position
            waiting = False


def _position(event: Event) -> int:
    return event.position


# ── what a player on a page shows at each moment, computed in advance ─────────


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
