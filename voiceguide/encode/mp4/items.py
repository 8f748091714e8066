"""Tags as Apple writes them: a list of items, `ilst`, each with a name and its data."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from voiceguide.encode.checking import checked_date, picture_type
from voiceguide.encode.mp4.boxes import box, full_box, words
from voiceguide.encode.tags import Tags

_TEXT, _JPEG, _PNG, _NUMBER, _BYTES = 1, 13, 14, 21, 0
"""Types of data."""

_AUDIOBOOK = 2
"""A media kind: where Apple's players put the file."""

MEAN = "com.apple.iTunes"
"""Under which names of one's own stand."""

TIMELINE_NAME = "VOICEGUIDE_TIMELINE"


def user_data(tags: Tags, *, audiobook: bool) -> bytes:
    """The box `meta` of a file.

    Raises:
        UsageError: the date is none, or the cover is neither PNG nor JPEG.
    """
    handler = full_box("hdlr", words(0), b"mdirappl", words(0, 0), b"\0")
    return full_box("meta", handler, box("ilst", *_items(tags, audiobook=audiobook)))


def _items(tags: Tags, *, audiobook: bool) -> Iterator[bytes]:
    texts = {
        "\xa9nam": tags.title,
        "\xa9ART": tags.artist,
        "\xa9alb": tags.album,
        "aART": tags.album_artist,
        "\xa9gen": tags.genre,
        "\xa9day": checked_date(tags.date),
        "\xa9cmt": tags.comment,
        "\xa9lyr": "\n".join(line.text for line in tags.lines),
        "\xa9too": "voiceguide",
    }
    for name, text in texts.items():
        if text:
            yield box(name, _text(text))
    if tags.track:
        yield box("trkn", _data(_BYTES, struct.pack(">2x2H2x", *tags.track)))
    if audiobook:
        yield box("stik", _data(_NUMBER, bytes([_AUDIOBOOK])))
    yield box("pgap", _data(_NUMBER, b"\1"))  # no pause between this track and the next
    if tags.cover:
        kind = _PNG if picture_type(tags.cover) == "image/png" else _JPEG
        yield box("covr", _data(kind, tags.cover))
    if tags.timeline:
        yield _own(TIMELINE_NAME, tags.timeline)


def _own(name: str, text: str) -> bytes:
    return box(
        "----", full_box("mean", MEAN.encode()), full_box("name", name.encode()), _text(text)
    )


def _text(text: str) -> bytes:
    return _data(_TEXT, text.replace("\0", "").encode("utf-8", errors="replace"))


def _data(kind: int, content: bytes) -> bytes:
    return box("data", words(kind, 0), content)
