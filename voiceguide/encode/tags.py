"""What a file says of itself: title, chapters, spoken words, cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Chapter(NamedTuple):
    """A stretch of the session that a phone can jump to; `start` and `stop` in samples."""

    title: str
    start: int
    stop: int
    level: int = 1
    """How deep its heading stands: 1 for `##`, 2 for `###`."""


class Line(NamedTuple):
    """A text and when it is spoken, in samples."""

    at: int
    text: str
    stop: int = 0
    """The sample after its last."""
    side: str = ""
    """`left` or `right`, where it is for one of them."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a file; what is empty is left out. Times are samples of the session."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    """Keeps an album together whose tracks are by several people."""
    track: tuple[int, int] | None = None
    """Which track of the album it is, from 1, and how many there are."""
    genre: str = ""
    date: str | None = None
    """`2025`, `2025-11` or `2025-11-21`."""
    comment: str = ""
    language: str = ""
    """As a routine says it: `en`, `pt-BR`."""
    chapters: tuple[Chapter, ...] = ()
    """In the order in which they come."""
    lines: tuple[Line, ...] = ()
    """The spoken words, in the order in which they come."""
    cover: bytes | None = None
    """A PNG or JPEG file."""
    timeline: str = ""
    """What the file promises, for `proof`: the JSON of `proof.promise`."""
