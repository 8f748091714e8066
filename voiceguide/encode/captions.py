"""Write the texts beside a sound: captions (LRC, WebVTT), a playlist, and a cue sheet.

LRC has the start of each line to a hundredth of a second; music players scroll it. WebVTT has
start and end, to a thousandth; a line for one side has the class `left` or `right`. Burning
programs make each chapter of a cue sheet a track of an audio CD, without gaps; a track begins at a
sector, and they fill up the last one with silence.

Sources: <https://www.w3.org/TR/webvtt1/>, 4 (its syntax). LRC has no standard; the header's tags
are those that players agree on. The cue sheet's syntax is that of CDRWIN's manual, which burning
programs share: `FILE`, `TRACK`, `TITLE`, `PERFORMER`, `INDEX`, with times as minutes, seconds and
sectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from voiceguide.encode.tags import ChapterTag, Line, Tags, clock
from voiceguide.lengths import SAMPLE_RATE

MAKER = "voiceguide"
"""The marker near the top of captions and cue sheets, by which they are recognised."""


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
    return f"{clock(line.at)} --> {clock(stop)}\n{sided}"


def _escaped(text: str) -> str:
    """Put a text on one line, and escape markup and the arrow of a cue."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _on_one_line(plain)


def _unbracketed(text: str) -> str:
    """Put a text on one line, without brackets: LRC would read them as a time and has no escape."""
    return _on_one_line(text).translate(str.maketrans("[]", "()"))


def _on_one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


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
    head = ["#EXTM3U", *([f"# {note}"] if note else []), f"#PLAYLIST:{_on_one_line(title)}"]
    rows = (
        row
        for entry in entries
        for row in (f"#EXTINF:{round(entry.seconds)},{_on_one_line(entry.title)}", entry.file)
    )
    return "".join(f"{row}\n" for row in (*head, *rows)).encode()


# ── a cue sheet, from which programs burn an audio CD ────────────────────────


SECTORS = 75
"""Sectors a second, of 588 samples each."""

SHORTEST_TRACK = 4 * SECTORS
"""Least sectors of a track, from the Red Book."""

MOST_TRACKS = 99


def cue_sheet(tags: Tags, sound: str, length: int) -> bytes:
    """Return the cue sheet of a session of `length` samples at 48 kHz; `sound` names its file.

    A track is at least four seconds long: a shorter chapter is added to the track before it. The
    99th track contains the rest.
    """
    head = [f"REM Made with {MAKER}", *_about(tags.title, tags.artist, "")]
    lines = [*head, f"FILE {_quoted(sound)} WAVE"]
    for number, (start, title) in enumerate(_tracks(tags, length), 1):
        lines += [f"  TRACK {number:02} AUDIO", *_about(title, tags.artist, "    ")]
        lines.append(f"    INDEX 01 {_time(start)}")
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", errors="replace")


def _tracks(tags: Tags, length: int) -> list[tuple[int, str]]:
    """Return each track's start, in sectors, and its title; the first one starts with the sound."""
    end = length * SECTORS // SAMPLE_RATE
    tracks: list[tuple[int, str]] = []
    for chapter in tags.chapters:
        # the sector that the chapter begins in: its first sound comes half a second later
        start = chapter.start * SECTORS // SAMPLE_RATE if tracks else 0
        if not tracks or min(start - tracks[-1][0], end - start) >= SHORTEST_TRACK:
            tracks.append((start, chapter.title))
    return (tracks or [(0, tags.title)])[:MOST_TRACKS]


def _about(title: str, artist: str, indent: str) -> list[str]:
    named = {"TITLE": title, "PERFORMER": artist}
    return [f"{indent}{name} {_quoted(text)}" for name, text in named.items() if text]


def _quoted(text: str) -> str:
    """Put a text in double quotes, without quotes in it, which the syntax cannot escape."""
    flat = " ".join(text.replace('"', "'").split())
    return f'"{flat}"'


def _time(sectors: int) -> str:
    seconds, rest = divmod(sectors, SECTORS)
    return f"{seconds // 60:02}:{seconds % 60:02}:{rest:02}"
