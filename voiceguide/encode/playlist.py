"""A playlist: an extended M3U in UTF-8, which every player opens.

Sources: RFC 8216, 4.1, for the form of the lines; the tags are the older ones of Winamp that all
players know. The files are named alone, for they lie beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Entry(NamedTuple):
    """A file to be played."""

    seconds: float
    title: str
    file: str
    """Its name."""


def m3u8(title: str, entries: Iterable[Entry], note: str = "") -> bytes:
    """The playlist as bytes; `note` is for its reader, and no player minds it."""
    head = ["#EXTM3U", *([f"# {note}"] if note else []), f"#PLAYLIST:{_line(title)}"]
    rows = (
        row
        for entry in entries
        for row in (f"#EXTINF:{round(entry.seconds)},{_line(entry.title)}", entry.file)
    )
    return "".join(f"{row}\n" for row in (*head, *rows)).encode()


def _line(text: str) -> str:
    return " ".join(text.split())
