"""A session in parts: a file for each chapter, which together are as long as the whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from voiceguide.encode import Chapter, Line, Tags
from voiceguide.encode.names import safe_name
from voiceguide.lengths import samples
from voiceguide.render import Blocks, Span, Stretch
from voiceguide.studio.proving import promised_part

LATER = samples(0.4)
"""How much later than its chapter a part may begin, so that a sound rings out before it: chapters
begin half a second before their first sound."""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one file."""

    blocks: Blocks
    tags: Tags
    name: str
    """Of the file, without its ending."""


def parts(blocks: Blocks, tags: Tags) -> list[Part]:
    """A part for each chapter, and one for what is said before the first one.

    A part begins where its chapter does, or where what still rings there ends, if that is in the
    chapter's lead. What rings on for longer fades out, and in again in the next part.
    """
    chapters = _covering(tags)
    starts = [0, *(_cut(chapter.start, blocks.spans) for chapter in chapters[1:])]
    stretches = list(pairwise([*starts, blocks.length]))
    numbered = enumerate(zip(chapters, stretches, strict=True), 1)
    digits = max(2, len(str(len(chapters))))
    return [
        Part(
            Stretch(blocks, start, stop),
            _tags(tags, chapter, start, stop, (number, len(chapters))),
            f"{number:0{digits}} {safe_name(chapter.title, 'Part')}",
        )
        for number, (chapter, (start, stop)) in numbered
    ]


def _covering(tags: Tags) -> Sequence[Chapter]:
    """The chapters, the first of which takes in the silence before it; words are a part."""
    if not tags.chapters:
        return [Chapter(tags.title, 0, 0)]
    begin = tags.chapters[0].start
    spoken = any(line.at < begin for line in tags.lines)
    return [Chapter(tags.title, 0, begin), *tags.chapters] if spoken else tags.chapters


def _cut(start: int, spans: Sequence[Span]) -> int:
    """Where a part begins: at `start`, or shortly after it, where nothing sounds."""
    index = bisect_right(spans, start, key=lambda span: span[0]) - 1
    if index >= 0 and start < spans[index][1] <= start + LATER:
        return spans[index][1]
    return start


def _tags(tags: Tags, chapter: Chapter, start: int, stop: int, track: tuple[int, int]) -> Tags:
    return replace(
        tags,
        title=chapter.title,
        album=tags.title,
        track=track,
        chapters=(),
        lines=tuple(_lines(tags.lines, start, stop)),
        timeline=promised_part(tags.timeline, start, stop, chapter.title),
    )


def _lines(lines: Sequence[Line], start: int, stop: int) -> Iterator[Line]:
    for line in lines:
        if start <= line.at < stop:
            yield line._replace(at=line.at - start, stop=min(line.stop, stop) - start)
