"""What a finished file says of itself, read back: the timeline and the chapters."""

from __future__ import annotations

from pathlib import Path

from voiceguide.encode.id3_reading import chapters_in, frames_of, timeline_in
from voiceguide.encode.tags import Chapter


def timeline_of(path: Path) -> str | None:
    """The timeline that `Tags.timeline` put into a file; None where it has none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return timeline_in(frames_of(file))


def chapters_of(path: Path) -> tuple[Chapter, ...] | None:
    """The chapters of a file, in samples; None where its format has none that can be read.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        frames = frames_of(file)
    return chapters_in(frames) if frames else None
