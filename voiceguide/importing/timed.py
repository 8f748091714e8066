"""Subtitles and lyrics: SRT, WebVTT, LRC, and lines that begin with a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from voiceguide.importing.draft import RoutineDraft, plain, silence
from voiceguide.lengths import in_seconds
from voiceguide.patterns import late
from voiceguide.speech.pace import estimate

PACE = 130
"""Words a minute, to guess how long a line takes that only says when it begins."""

SHORTEST = 0.7
"""Seconds: a shorter gap is the pause between two sentences."""

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d\d)(?:[.,](\d{1,3}))?"
_ARROW = late(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_STAMP = late(rf"\s*[\[(]?{_TIME}[\])]?\s*[-–—:]?\s*(?P<words>.*)")
_TAG = late(r"</?[^<>]+>|\{\\[^{}]*\}")
_LYRICS_TAG = late(r"\s*\[(ti|ar|al|au|by|la|length|offset|re|ve):(.*)\]\s*$", re.IGNORECASE)


class _Line(Struct, frozen=True):
    """Words with when they begin and end, in seconds; no end where only lyrics tell."""

    start: float
    end: float | None
    words: str


def is_timed(text: str) -> bool:
    """Whether most of it has times: an arrow between two, or lines that begin with one."""
    lines = [line for line in text.split("\n") if line.strip()]
    stamped = [line for line in lines if (found := _STAMP.match(line)) and found["words"]]
    arrows = any(map(_ARROW.match, lines))
    return arrows or (len(stamped) > 1 and len(stamped) * 2 >= len(lines))


def read_timed(text: str, draft: RoutineDraft) -> None:
    """Write the words, with silences for the gaps between them."""
    lines = list(
        _with_arrows(text) if any(map(_ARROW.match, text.split("\n"))) else _stamped(text, draft)
    )
    told = 0.0
    for number, line in enumerate(lines):
        gap = line.start - told
        if gap >= SHORTEST:
            draft.add(silence(gap))
        words = plain(_TAG.sub("", line.words))
        draft.add(words)
        told = line.end if line.end is not None else line.start + in_seconds(estimate(words, PACE))
        if number + 1 < len(lines) and line.end is None:
            told = min(told, lines[number + 1].start)
    draft.tell(f"{len(lines)} times became silences between the words")
    draft.unknown.append(
        "how long each line takes is another voice's: look at the silences with `voiceguide plan`"
    )


def _with_arrows(text: str) -> Iterator[_Line]:
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().split("\n")
        at = next((i for i, line in enumerate(lines) if _ARROW.match(line)), None)
        found = _ARROW.match(lines[at]) if at is not None else None
        if at is not None and found:
            groups = found.groups()
            words = " ".join(line.strip() for line in lines[at + 1 :])
            if words:
                yield _Line(_seconds(groups[:4]), _seconds(groups[4:]), words)


def _stamped(text: str, draft: RoutineDraft) -> Iterator[_Line]:
    before: _Line | None = None
    for line in text.split("\n"):
        tag = _LYRICS_TAG.match(line)
        if tag:
            if tag[1].lower() == "ti" and tag[2].strip():
                draft.title = tag[2].strip()
            elif tag[1].lower() == "ar" and tag[2].strip():
                draft.settings["author"] = tag[2].strip()
            continue
        found = _STAMP.match(line)
        if found:
            if before:
                yield before
            words = found["words"].strip()
            before = _Line(_seconds(found.groups()[:4]), None, words) if words else None
        elif before and line.strip():
            before = _Line(before.start, None, f"{before.words} {line.strip()}")
    if before:
        yield before


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, part = parts
    fraction = float(f"0.{part}") if part else 0.0
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + fraction
