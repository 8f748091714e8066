"""A file of another rate at the session's, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from voiceguide.audio import resample
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof.decoding import Piece

_AROUND = 1
"""Seconds before and after a piece that are resampled with it, for the filter's tails."""

_STEP = 10
"""Seconds that are resampled at once."""


def at_session_rate(pieces: Iterable[Piece], rate: int) -> Iterator[Piece]:
    """The same sound at `SAMPLE_RATE`; its first sample stays in place."""
    return iter(pieces) if rate == SAMPLE_RATE else _resampled(pieces, rate)


def _resampled(pieces: Iterable[Piece], rate: int) -> Iterator[Piece]:
    before = 0
    waiting = np.zeros((0, 1), np.float32)
    for piece in pieces:
        waiting = np.concatenate([waiting, piece]) if len(waiting) else piece
        while len(waiting) >= before + (_STEP + _AROUND) * rate:
            yield _middle(waiting[: before + (_STEP + _AROUND) * rate], rate, before, _STEP * rate)
            waiting = waiting[before + (_STEP - _AROUND) * rate :]
            before = _AROUND * rate
    yield _middle(waiting, rate, before, max(0, len(waiting) - before))


def _middle(waiting: Piece, rate: int, before: int, count: int) -> Piece:
    """The `count` samples after `before`, at the session's rate."""
    columns = [resample(np.ascontiguousarray(one), rate, SAMPLE_RATE) for one in waiting.T]
    start, stop = (round(at * SAMPLE_RATE / rate) for at in (before, before + count))
    return np.stack(columns, axis=1)[start:stop]
