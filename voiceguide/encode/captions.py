"""Write the spoken words with their times beside the sound: LRC for phones, WebVTT for web pages.

LRC has the start of each line to a hundredth of a second; music players scroll it. WebVTT has
start and end, to a thousandth; a line for one side has the class `left` or `right`.

Sources: <https://www.w3.org/TR/webvtt1/>, 4 (its syntax). LRC has no standard; the header's tags
are those that players agree on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from voiceguide.encode.tags import ChapterTag, Line, Tags
from voiceguide.lengths import SAMPLE_RATE

# ── LRC and WebVTT ───────────────────────────────────────────────────────────


MAKER = "voiceguide"
"""The marker near the top of both files, by which they are recognised."""


def lrc(tags: Tags, length: int) -> bytes:
    """Return the words of a session of `length` samples as LRC."""
    seconds = -(-length // SAMPLE_RATE)
    head = {
        "ti": tags.title,
        "ar": tags.artist,
        "al": tags.album,
        "length": f"{seconds // 60:02}:{seconds % 60:02}",
        "re": MAKER,
    }
    header = (f"[{name}:{_unbracketed(text)}]" for name, text in head.items() if text)
    lines = (f"[{_minutes(line.at)}]{_unbracketed(line.text)}" for line in tags.lines)
    return _file(("\n".join((*header, "", *lines)),))


def vtt(tags: Tags) -> bytes:
    """Return the words as WebVTT: a cue for each line, and a note at the start of each chapter."""
    notes = [(chapter.start, 0, _note(chapter)) for chapter in tags.chapters]
    cues = [(line.at, 1, _cue(line)) for line in tags.lines]
    parts = (text for _, _, text in sorted((*notes, *cues), key=lambda part: part[:2]))
    return _file((f"WEBVTT\n\nNOTE Made with {MAKER}", *parts))


def _file(parts: Iterable[str]) -> bytes:
    return ("\n\n".join(parts) + "\n").encode("utf-8", errors="replace")


def _note(chapter: ChapterTag) -> str:
    return f"NOTE {_escaped(chapter.title)}"


def _cue(line: Line) -> str:
    stop = max(line.stop, line.at + SAMPLE_RATE // 1000)
    text = _escaped(line.text)
    sided = f"<c.{line.side}>{text}</c>" if line.side else text
    return f"{_hours(line.at)} --> {_hours(stop)}\n{sided}"


def _escaped(text: str) -> str:
    """Put a text on one line, and escape markup and the arrow of a cue."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _on_one_line(plain)


def _unbracketed(text: str) -> str:
    """Put a text on one line, without brackets: LRC would read them as a time and has no escape."""
    return _on_one_line(text).translate(str.maketrans("[]", "()"))


def _on_one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _hours(sample: int) -> str:
    """Format as `00:01:30.500`, to the nearest millisecond."""
    seconds, thousandths = divmod((sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _minutes(sample: int) -> str:
    """Format as `01:30.50`, to the nearest hundredth; minutes may exceed 59."""
    seconds, hundredths = divmod((sample * 100 + SAMPLE_RATE // 2) // SAMPLE_RATE, 100)
    return f"{seconds // 60:02}:{seconds % 60:02}.{hundredths:02}"


# ── a playlist: an extended M3U in UTF-8, which every player reads ───────────


class PlaylistEntry(NamedTuple):
    """A file of a playlist."""

    seconds: float
    title: str
    file: str
    """The name of the file."""


def m3u8(title: str, entries: Iterable[PlaylistEntry], note: str = "") -> bytes:
    """Return the playlist as bytes; `note` is a comment, which players ignore."""
    head = ["#EXTM3U", *([f"# {note}"] if note else []), f"#PLAYLIST:{_line(title)}"]
    rows = (
        row
        for entry in entries
        for row in (f"#EXTINF:{round(entry.seconds)},{_line(entry.title)}", entry.file)
    )
    return "".join(f"{row}\n" for row in (*head, *rows)).encode()


def _line(text: str) -> str:
    return " ".join(text.split())
