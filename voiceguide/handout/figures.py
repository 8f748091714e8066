"""Which pictures of a routine belong to a moment of its session.

A picture is for what stands below it, to the next one, or to the end of its step or chapter. While
an exercise goes on, that is the last one of its step: the position that its words lead to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from msgspec import Struct

from voiceguide.routine import Block, Heading, Picture, Routine, Side, Step
from voiceguide.timeline import Timeline


class ShownFigures(Struct, frozen=True):
    """What is shown from a moment on."""

    position: int
    """Samples."""
    pictures: tuple[Picture, ...]
    side: Side | None


class _Span(Struct, frozen=True):
    """A picture with the last line that it is for."""

    picture: Picture
    until: float

    def covers(self, source: str, line: int) -> bool:
        place = self.picture.place
        return place.source == source and place.line <= line <= self.until


def shown_figures(routines: Iterable[Routine], timeline: Timeline) -> tuple[ShownFigures, ...]:
    """The pictures of a session in the order of time; each stays until the next ones."""
    known = tuple(routines)
    spans = [span for routine in known for span in _spans(routine.body, math.inf)]
    last_lines = {
        (step.place.source, step.place.line): _last_line(step)
        for routine in known
        for step in routine.steps()
    }
    shown: list[ShownFigures] = []
    busy_until = 0
    for event in timeline.events if spans else ():
        if event.kind.timed and event.kind.exercise:
            busy_until = event.end
        elif event.position < busy_until or not event.text:
            continue  # what is said within an exercise changes nothing, and a rest shows no other
        source, line = event.place.source, event.place.line
        line = last_lines.get((source, line), line)  # what a bullet says is for all of its step
        pictures = tuple(_group([one for one in spans if one.covers(source, line)]))
        before = shown[-1] if shown else ShownFigures(0, (), None)
        if pictures != before.pictures or (pictures and event.side not in (None, before.side)):
            shown.append(ShownFigures(event.position, pictures, event.side))
    return tuple(shown)


def _spans(blocks: tuple[Block, ...], last: float) -> Iterator[_Span]:
    for index, block in enumerate(blocks):
        if isinstance(block, Picture):
            after = (one.place.line - 1 for one in blocks[index:] if isinstance(one, Heading))
            yield _Span(block, next(after, last))
        elif isinstance(block, Step):
            yield from _spans(block.body, _last_line(block))


def _last_line(block: Block) -> int:
    """The last line of a block, with all that stands under it."""
    if not isinstance(block, Step):
        return block.place.line
    cues = (cue.place.line for cue in block.cues)
    return max((block.place.line, *cues, *map(_last_line, block.body)))


def _group(spans: list[_Span]) -> list[Picture]:
    """The last of some pictures, with those that stand directly above it."""
    found: list[Picture] = []
    for picture in (span.picture for span in reversed(spans)):
        if found and picture.place.line != found[0].place.line - 1:
            break
        found.insert(0, picture)
    return found
