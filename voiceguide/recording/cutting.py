"""A long take, cut at its pauses, and its pieces held against the lines that it should have.

Pieces and lines are laid beside each other in order, as texts are compared: a piece stands for a
line, or a line is missing, or a piece is one too many. Each costs something: a piece that is longer
or shorter than its words the more, the farther it is off. The cheapest way is what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio import Samples
from voiceguide.recording.takes import HeardVoice, VoiceTake, levels_of, take_of

PAUSE = 1.0
"""Seconds of silence that part two lines, where nothing tells more: the sheet asks for two."""

_LEAST_PAUSE = 0.35
"""Seconds: shorter ones are within a line, however its pauses are spread."""

_CLEARLY = 1.3
"""Times the longest pause within lines, that the shortest between them must last."""

_ALIKE = 0.5
"""Of the usual pause between lines, that the shortest must last: else it is one within a line that
takes the place of one that is missing."""

_AROUND = 0.4
"""Seconds that are kept on each side of a piece, so that the room can be heard."""

_USUAL = 0.3
"""How far, in parts (as a logarithm), a line is usually off the length of its words."""

_WORST = 9.0
"""What a piece costs at most that stands for a line; an odd one is no proof of anything."""

_SKIPPED = 6.0
"""What a line costs that is missing, and a piece that is too many."""


class TakePiece(Struct, frozen=True):
    """From when to when somebody speaks in a long take, in seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.begin


class Pair(Struct, frozen=True):
    """A line and its piece, as indices: a line without one is missing, a piece without is extra."""

    line: int | None
    piece: int | None

    @property
    def whole(self) -> bool:
        """Whether neither is missing."""
        return self.line is not None and self.piece is not None


# ── cutting ──────────────────────────────────────────────────────────────────


def pieces_of(samples: Samples, rate: int, count: int) -> list[TakePiece]:
    """The pieces of a long take in which so many lines should be.

    It is cut at its longest pauses where those stand out from all others, and at those of `PAUSE`
    otherwise.
    """
    centred = samples - np.float32(np.median(samples))
    runs = HeardVoice.of(levels_of(centred, rate), rate).runs(_LEAST_PAUSE)
    gaps = sorted((later[0] - before[1] for before, later in pairwise(runs)), reverse=True)
    pause = _clear_pause(gaps, count) or PAUSE
    return list(_cut(runs, pause))


def _clear_pause(gaps: Sequence[float], count: int) -> float | None:
    """What the pauses between so many lines last at least, where that can be told."""
    if not 0 < count - 1 <= len(gaps):
        return None
    between = gaps[count - 2]
    within = gaps[count - 1] if count - 1 < len(gaps) else _LEAST_PAUSE
    usual = gaps[(count - 1) // 2]
    clear = between >= _CLEARLY * within and between >= _ALIKE * usual
    return between if clear else None


def _cut(runs: Sequence[tuple[float, float]], pause: float) -> Iterator[TakePiece]:
    if not runs:
        return
    begin = runs[0][0]
    for before, later in pairwise(runs):
        if later[0] - before[1] >= pause:
            yield TakePiece(begin, before[1])
            begin = later[0]
    yield TakePiece(begin, runs[-1][1])


def take_of_piece(
    samples: Samples, rate: int, pieces: Sequence[TakePiece], index: int, expected: float
) -> VoiceTake:
    """The take that a piece is, with what silence there is around it."""
    piece = pieces[index]
    before = pieces[index - 1].end if index else 0.0
    after = pieces[index + 1].begin if index + 1 < len(pieces) else len(samples) / rate
    begin = max(piece.begin - _AROUND, (before + piece.begin) / 2, 0.0)
    end = min(piece.end + _AROUND, (piece.end + after) / 2)
    return take_of(samples[round(begin * rate) : round(end * rate)], rate, expected)


# ── matching ─────────────────────────────────────────────────────────────────


def matched(seconds: Sequence[float], expected: Sequence[float]) -> list[Pair]:
    """Pieces of these lengths beside lines that should have these lengths, in order.

    The reader's own pace is found out first; lengths are of any unit above zero.
    """
    if not seconds or not expected:
        return [
            *(Pair(line, None) for line in range(len(expected))),
            *(Pair(None, piece) for piece in range(len(seconds))),
        ]
    pace = float(np.median(np.log(seconds)) - np.median(np.log(expected)))
    pairs = _cheapest(_costs(seconds, expected, pace))
    return _cheapest(_costs(seconds, expected, pace_of(pairs, seconds, expected)))


def pace_of(pairs: Sequence[Pair], seconds: Sequence[float], expected: Sequence[float]) -> float:
    """By how much the pieces are longer than their lines should be: the logarithm of a factor."""
    ratios = [
        log(seconds[pair.piece] / expected[pair.line])
        for pair in pairs
        if pair.piece is not None and pair.line is not None
    ]
    return float(np.median(ratios)) if ratios else 0.0


def _costs(
    seconds: Sequence[float], expected: Sequence[float], pace: float
) -> npt.NDArray[np.float64]:
    """What it costs that a piece stands for a line, shape (lines, pieces)."""
    off = np.log(seconds)[np.newaxis, :] - np.log(expected)[:, np.newaxis] - pace
    costs: npt.NDArray[np.float64] = np.minimum(np.square(off / _USUAL), _WORST)
    return costs


def _cheapest(costs: npt.NDArray[np.float64]) -> list[Pair]:
    """The cheapest way through lines and pieces, by dynamic programming."""
    lines, pieces = costs.shape
    best = np.add.outer(np.arange(lines + 1.0), np.arange(pieces + 1.0)) * _SKIPPED
    for line in range(1, lines + 1):
        for piece in range(1, pieces + 1):
            best[line, piece] = min(
                best[line - 1, piece - 1] + costs[line - 1, piece - 1],
                best[line - 1, piece] + _SKIPPED,
                best[line, piece - 1] + _SKIPPED,
            )
    return list(_way_back(best, costs))[::-1]


def _way_back(best: npt.NDArray[np.float64], costs: npt.NDArray[np.float64]) -> Iterator[Pair]:
    line, piece = costs.shape
    while line or piece:
        pair = best[line - 1, piece - 1] + costs[line - 1, piece - 1] if line and piece else np.inf
        if pair <= best[line, piece]:
            line, piece = line - 1, piece - 1
            yield Pair(line, piece)
        elif line and best[line - 1, piece] + _SKIPPED <= best[line, piece]:
            line -= 1
            yield Pair(line, None)
        else:
            piece -= 1
            yield Pair(None, piece)
