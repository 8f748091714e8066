"""Chapters, said twice: as Apple's players read them, and as the others do.

Apple's read a second track of texts that the sound's track names as its chapters; a text is heard
of from its time until the next. The others read a list, `chpl`, of at most 255 titles.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise

from voiceguide.encode.mp4.boxes import MATRIX, box, full_box, words
from voiceguide.encode.tags import Chapter
from voiceguide.lengths import SAMPLE_RATE

MOST_LISTED = 255
"""Titles in the list, and bytes in a title: both are counted in one byte."""

TICKS = 10_000_000
"""A second, in the list."""

_UTF_8 = box("encd", words(0x100))
"""Behind a text: that it is neither in Mac Roman nor in UTF-16."""

DESCRIPTION = box(
    "text",
    struct.pack(">6xH", 1),  # the first data reference: this file
    struct.pack(">2I3H4H8x", 0, 1, 0, 0, 0, 0, 0, 0, 0),  # centred, black, in a box of no size
    struct.pack(">2Hx2x3HB", 0, 0, 0, 0, 0, 0),  # the usual font, plain, black, without a name
)
MEDIA_HEADER = box(
    "gmhd",
    full_box("gmin", struct.pack(">6H", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)),
    box("text", MATRIX),
)


def texts(chapters: Sequence[Chapter]) -> list[bytes]:
    """The samples of the track of titles."""
    titles = (_bytes(chapter.title, 0xFFFF) for chapter in chapters)
    return [struct.pack(">H", len(title)) + title + _UTF_8 for title in titles]


def durations(chapters: Sequence[Chapter]) -> list[int]:
    """How long each title holds: until the next one.

    The last one holds too long by as much as the first comes late, which the edits cut off: ffmpeg
    takes all of this, as if it began at zero, for where the last chapter ends.
    """
    gaps = [after.start - before.start for before, after in pairwise(chapters)]
    return [*gaps, chapters[-1].stop - chapters[-1].start + chapters[0].start]


def edits(chapters: Sequence[Chapter]) -> list[tuple[int, int]]:
    """Nothing until the first chapter, then the titles: each edit's length, and where it begins."""
    before = chapters[0].start
    nothing = [(before, -1)] if before else []
    return [*nothing, (chapters[-1].stop - before, 0)]


def listed(chapters: Sequence[Chapter]) -> bytes:
    """The list; what it cannot hold is in the track alone."""
    chosen = chapters[:MOST_LISTED]
    entries = (_entry(chapter) for chapter in chosen)
    return full_box("chpl", words(0), bytes([len(chosen)]), *entries, version=1)


def _entry(chapter: Chapter) -> bytes:
    title = _bytes(chapter.title, MOST_LISTED)
    ticks = (chapter.start * TICKS + SAMPLE_RATE // 2) // SAMPLE_RATE
    return struct.pack(">QB", ticks, len(title)) + title


def _bytes(title: str, most: int) -> bytes:
    """In UTF-8, cut between two characters; half characters become `?`."""
    whole = title.replace("\0", "").encode("utf-8", errors="replace")
    return whole[:most].decode("utf-8", errors="ignore").encode()
