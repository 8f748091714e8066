"""What a finished file says of itself, read back: its chapters and its timeline, in every format.

The format is told by how the file begins, not by its name. A file may hold anything: what makes no
sense is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from voiceguide.encode.mp3 import id3
from voiceguide.encode.mp4 import reading as mp4_reading
from voiceguide.encode.tags import Chapter
from voiceguide.encode.xiph import reading as xiph_reading
from voiceguide.encode.xiph.comments import TIMELINE_NAME


@dataclass(frozen=True, slots=True)
class Said:
    """What was read."""

    chapters: tuple[Chapter, ...] = ()
    """By their times; to the nearest millisecond, but in M4B to the sample. Where a file says only
    when they begin (FLAC, Ogg), each lasts until the next, and the last one has no length."""
    timeline: str | None = None
    """What was in `Tags.timeline`."""


def said_in(path: str | Path) -> Said:
    """What a file says; nothing of a format that is not known, such as WAV.

    Raises:
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        start = file.read(12)
        file.seek(0)
        return next((read(file) for fits, read in _READERS if fits(start)), Said())


def timeline_of(path: str | Path) -> str | None:
    """The timeline alone; None where there is none."""
    return said_in(path).timeline


def _from_id3(file: BinaryIO) -> Said:
    frames = id3.frames_of(file)
    return Said(id3.chapters_in(frames), id3.timeline_in(frames))


def _from_mp4(file: BinaryIO) -> Said:
    movie = mp4_reading.movie_of(file)
    return Said(mp4_reading.chapters_in(movie), mp4_reading.timeline_in(movie))


def _from_flac(file: BinaryIO) -> Said:
    return _from_comments(xiph_reading.flac_comments(file))


def _from_ogg(file: BinaryIO) -> Said:
    return _from_comments(xiph_reading.ogg_comments(file))


def _from_comments(comments: dict[str, str]) -> Said:
    return Said(xiph_reading.chapters_in(comments), comments.get(TIMELINE_NAME))


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO], Said]], ...] = (
    (lambda start: start.startswith(b"ID3"), _from_id3),
    (lambda start: start.startswith(b"fLaC"), _from_flac),
    (lambda start: start.startswith(b"OggS"), _from_ogg),
    (lambda start: start[4:8] == b"ftyp", _from_mp4),
)
