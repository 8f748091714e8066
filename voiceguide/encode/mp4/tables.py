"""The sample tables of a track: which frame lasts how long, how large it is, and where it lies."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from voiceguide.encode.mp4.boxes import box, full_box, table, words


@dataclass(frozen=True, slots=True)
class Samples:
    """What a track plays: its samples (frames, for sound) in the order in which they come."""

    durations: Sequence[int]
    """In the track's time scale; runs of equal ones take no more room than one."""
    sizes: Sequence[int]
    """Bytes."""
    at: int
    """The first byte in the file; they lie one after the other."""
    together: int
    """How many are fetched at a time: a chunk."""


def sample_table(description: bytes, samples: Samples, *more: bytes) -> bytes:
    """The box `stbl` of a track of at least one sample."""
    count = len(samples.sizes)
    return box(
        "stbl",
        full_box("stsd", words(1), description),
        table("stts", _runs(samples.durations)),
        table("stsc", _chunks(count, samples.together)),
        full_box("stsz", words(0, count), struct.pack(f">{count}I", *samples.sizes)),
        table("stco", ((at,) for at in _places(samples))),
        *more,
    )


def _runs(durations: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((len(list(same)), duration) for duration, same in groupby(durations))


def _chunks(count: int, together: int) -> Iterator[tuple[int, int, int]]:
    """From which chunk on they hold how many samples: all the same, but the last may hold less."""
    full, left = divmod(count, together)
    if full:
        yield 1, together, 1
    if left:
        yield full + 1, left, 1


def _places(samples: Samples) -> Iterator[int]:
    at = samples.at
    for first in range(0, len(samples.sizes), samples.together):
        yield at
        at += sum(samples.sizes[first : first + samples.together])
