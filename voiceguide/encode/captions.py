"""The spoken words with their times, as files beside the sound: LRC for phones, WebVTT for pages.

LRC says when a line begins, to a hundredth of a second; players for music scroll it. WebVTT says
when it begins and ends, to a thousandth; what belongs to one side has the class `left` or `right`.

Sources: <https://www.w3.org/TR/webvtt1/>, 4 (its syntax). LRC has no standard; the header's tags
are those that players agree on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from voiceguide.encode.tags import ChapterTag, Line, Tags
from voiceguide.lengths import SAMPLE_RATE

# ── the spoken words with their times, as files beside the sound: LRC for phones, WebVTT for pages


MAKER = "voiceguide"
"""Stands near the top of both, so that they are known again."""


def lrc(tags: Tags, length: int) -> bytes:
    """The words of a session of `length` samples as LRC."""
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
    """The words as WebVTT: a cue for each line, and a note where a chapter begins."""
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
    """On one line; what would be markup, or the arrow of a cue, is written out."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _on_one_line(plain)


def _unbracketed(text: str) -> str:
    """On one line; LRC cannot quote its brackets, and would take them for a time."""
    return _on_one_line(text).translate(str.maketrans("[]", "()"))


def _on_one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _hours(sample: int) -> str:
    """`00:01:30.500`, to the nearest millisecond."""
    seconds, thousandths = divmod((sample * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _minutes(sample: int) -> str:
    """`01:30.50`, to the nearest hundredth; minutes go on after 59."""
    seconds, hundredths = divmod((sample * 100 + SAMPLE_RATE // 2) // SAMPLE_RATE, 100)
    return f"{seconds // 60:02}:{seconds % 60:02}.{hundredths:02}"


# ── a playlist: an extended M3U in UTF-8, which every player opens ───────────


class PlaylistEntry(NamedTuple):
    """A file to be played."""

    seconds: float
    title: str
    file: str
    """Its name."""


def m3u8(title: str, entries: Iterable[PlaylistEntry], note: str = "") -> bytes:
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
