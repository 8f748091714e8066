"""Boxes, of which an MP4 file is made: a size, a name of four letters, and what is in it."""

from __future__ import annotations

import struct
from collections.abc import Iterable

MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""A picture as it is: neither turned nor stretched. Sound has one too."""


def box(name: str, *parts: bytes) -> bytes:
    """A box; names are of Latin-1, for Apple's begin with a copyright sign."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name.encode("latin-1")) + body


def full_box(name: str, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box that says its version."""
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def words(*numbers: int) -> bytes:
    """Numbers of 32 bits, one after the other."""
    return struct.pack(f">{len(numbers)}I", *numbers)


def table(name: str, rows: Iterable[tuple[int, ...]]) -> bytes:
    """A full box of rows of 32 bits, with their count in front."""
    listed = list(rows)
    return full_box(name, words(len(listed)), *(words(*row) for row in listed))
