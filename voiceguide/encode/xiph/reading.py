"""Vorbis comments of a file, read back, and the chapters among them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from voiceguide.encode.tags import Chapter
from voiceguide.encode.xiph.flac import COMMENTS, blocks_in
from voiceguide.encode.xiph.ogg import OPUS, VORBIS, Page, first_page, packets_in
from voiceguide.lengths import SAMPLE_RATE

_AT_A_TIME = 1 << 16
_MOST = 1 << 28
"""Bytes of a header: one of more is no session's."""

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d{3})", re.ASCII)


def flac_comments(file: BinaryIO) -> dict[str, str]:
    """Texts by their names in capitals; nothing where there are none."""
    found = (content for kind, content in blocks_in(file) if kind == COMMENTS)
    return dict(_fields(next(found, b"")))


def ogg_comments(file: BinaryIO) -> dict[str, str]:
    """The same of an Ogg file of Vorbis or Opus."""
    for packet in islice(packets_in(_pages(file)), 1, 2):
        for codec in (VORBIS, OPUS):
            if packet.startswith(codec.mark):
                return dict(_fields(packet[len(codec.mark) :]))
    return {}


def chapters_in(comments: dict[str, str]) -> tuple[Chapter, ...]:
    """The chapters by their times; each lasts until the next, the last one has no length."""
    starts = sorted(
        (start, comments.get(f"{name}NAME", ""))
        for name, text in comments.items()
        if re.fullmatch(r"CHAPTER\d{3}", name) and (start := _samples(text)) is not None
    )
    stops = [start for start, _ in (*starts[1:], *starts[-1:])]
    return tuple(
        Chapter(title, start, stop) for (start, title), stop in zip(starts, stops, strict=True)
    )


def _samples(clock: str) -> int | None:
    parts = _CLOCK.fullmatch(clock)
    if not parts:
        return None
    hours, minutes, seconds, thousandths = map(int, parts.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * SAMPLE_RATE + thousandths * SAMPLE_RATE // 1000


def _pages(file: BinaryIO) -> Iterator[Page]:
    """The pages of a file, up to what is cut off or no page at all."""
    waiting = bytearray()
    while len(waiting) < _MOST and (data := file.read(_AT_A_TIME)):
        waiting += data
        try:
            while found := first_page(waiting):
                page, size = found
                yield page
                del waiting[:size]
        except ValueError:
            return


def _fields(block: bytes) -> Iterator[tuple[str, str]]:
    """Names and texts, up to what is cut off."""
    at = _after(block, 0) + 4  # behind who made it, and how many there are
    while 4 <= at <= len(block) - 4 and (stop := _after(block, at)) <= len(block):
        name, _, text = block[at + 4 : stop].decode(errors="replace").partition("=")
        yield name.upper(), text
        at = stop


def _after(block: bytes, at: int) -> int:
    """Where a piece ends that says its size in front."""
    if len(block) < at + 4:
        return len(block)
    return int(at + 4 + struct.unpack_from("<I", block, at)[0])
