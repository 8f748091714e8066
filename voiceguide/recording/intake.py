"""Match recordings made elsewhere, a long take or a folder of files, to their lines.

Pieces and lines are aligned in order, like a diff of texts: a piece matches a line, or a line is
missing, or a piece is extra. Each step has a cost; a match costs the more, the more its length
differs from that of its words. The alignment with the lowest cost is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import exp, log
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.audio.clip import Samples
from voiceguide.audio.recording import read_recording
from voiceguide.errors import UsageError
from voiceguide.recording import ScriptLine
from voiceguide.recording.takes import (
    HeardVoice,
    TakeFault,
    VoiceFolder,
    VoiceTake,
    levels_of,
    take_of,
)

# ── a long take, cut at its pauses ───────────────────────────────────────────


PAUSE = 1.0
"""Seconds of silence that separate two lines by default; the sheet asks the reader for two."""

_LEAST_PAUSE = 0.35
"""Shortest pause between lines in seconds; a shorter one is always within a line."""

_CLEARLY = 1.3
"""Least ratio of the shortest pause between lines to the longest pause within lines."""

_ALIKE = 0.5
"""Least ratio of the shortest pause between lines to the median one; a shorter one is within a line
and only counted because a line is missing."""

_AROUND = 0.4
"""Seconds kept on each side of a piece, to measure the noise of the room."""

_USUAL = 0.3
"""Typical deviation of a line from the length of its words, as the natural log of their ratio."""

_WORST = 9.0
"""Highest cost of a match, since one odd piece proves little."""

_SKIPPED = 6.0
"""Cost of a missing line, and of an extra piece."""


class TakePiece(Struct, frozen=True):
    """An interval of speech in a long take, in seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.begin


class Pair(Struct, frozen=True):
    """Indices of a line and its piece; a line alone is missing, and a piece alone is extra."""

    line: int | None
    piece: int | None

    @property
    def whole(self) -> bool:
        """Whether it has both a line and a piece."""
        return self.line is not None and self.piece is not None


# ── cutting ──────────────────────────────────────────────────────────────────


def pieces_of(samples: Samples, rate: int, count: int) -> list[TakePiece]:
    """Cut a long take that should have `count` lines into pieces.

    It is cut at its `count - 1` longest pauses if they stand out from all others, otherwise at
    pauses of at least `PAUSE`.
    """
    centred = samples - np.float32(np.median(samples))
    runs = HeardVoice.of(levels_of(centred, rate), rate).runs(_LEAST_PAUSE)
    gaps = sorted((later[0] - before[1] for before, later in pairwise(runs)), reverse=True)
    pause = _clear_pause(gaps, count) or PAUSE
    return list(_cut(runs, pause))


def _clear_pause(gaps: Sequence[float], count: int) -> float | None:
    """The shortest pause between `count` lines, in seconds; None if the pauses are not clear."""
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
    """Make a take from a piece, with some of the silence around it."""
    piece = pieces[index]
    before = pieces[index - 1].end if index else 0.0
    after = pieces[index + 1].begin if index + 1 < len(pieces) else len(samples) / rate
    begin = max(piece.begin - _AROUND, (before + piece.begin) / 2, 0.0)
    end = min(piece.end + _AROUND, (piece.end + after) / 2)
    return take_of(samples[round(begin * rate) : round(end * rate)], rate, expected)


# ── matching ─────────────────────────────────────────────────────────────────


def matched(seconds: Sequence[float], expected: Sequence[float]) -> list[Pair]:
    """Align pieces of the lengths `seconds` with lines of the lengths `expected`, in order.

    The reader's pace is estimated first. All lengths must be above zero and have the same unit.
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
    """The median ratio of a piece's length to its expected length, as a natural log."""
    ratios = [
        log(seconds[pair.piece] / expected[pair.line])
        for pair in pairs
        if pair.piece is not None and pair.line is not None
    ]
    return float(np.median(ratios)) if ratios else 0.0


def _costs(
    seconds: Sequence[float], expected: Sequence[float], pace: float
) -> npt.NDArray[np.float64]:
    """The cost of matching each piece to each line, shape (lines, pieces)."""
    off = np.log(seconds)[np.newaxis, :] - np.log(expected)[:, np.newaxis] - pace
    costs: npt.NDArray[np.float64] = np.minimum(np.square(off / _USUAL), _WORST)
    return costs


def _cheapest(costs: npt.NDArray[np.float64]) -> list[Pair]:
    """Find the alignment of lines and pieces with the lowest cost, by dynamic programming."""
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


# ── recordings beside their lines ────────────────────────────────────────────


LONGEST = 3600
"""Longest accepted long take, in seconds."""

SOUNDS = frozenset({".flac", ".wav", ".aif", ".aiff", ".mp3", ".ogg", ".opus", ".m4a"})

_SPOKEN = 0.05
"""Least length in seconds that is assumed for the speech in a file, and for a line."""


class IntakeRow(Struct, frozen=True, eq=False):
    """A line and its take; one of the two may be missing."""

    line: ScriptLine | None
    take: VoiceTake | None
    where: str
    """The place of its sound: `3:12.4` in a long take, or the name of a file."""

    @property
    def note(self) -> str:
        """Its problem in words; empty if there is none."""
        if self.line is None:
            return "one too many"
        return "; ".join(self.take.sentences) if self.take else "missing"


class Intake(Struct, frozen=True, eq=False):
    """The rows of a recording, in order."""

    rows: tuple[IntakeRow, ...]
    problem: str = ""
    """Why the alignment is doubtful, and where; empty if it is not."""
    first_wrong: int = 0
    """Index of the first row that does not match."""

    @property
    def usable(self) -> list[tuple[ScriptLine, VoiceTake]]:
        """Lines with a take in which something is heard."""
        return [
            (row.line, row.take)
            for row in self.rows
            if row.line and row.take and TakeFault.NOTHING not in row.take.faults
        ]

    def keep(self, voice: VoiceFolder) -> int:
        """Write all usable takes into a folder; return how many lines were written.

        Raises:
            MachineError: the folder cannot be written.
        """
        for line, take in self.usable:
            voice.keep(line, take)
        return len(self.usable)


# ── a long take ──────────────────────────────────────────────────────────────


def from_long_take(path: Path, lines: Sequence[ScriptLine]) -> Intake:
    """Match the pieces of a file to the lines, by their order.

    Raises:
        InputError: the file cannot be decoded, or is longer than an hour.
    """
    recording = read_recording(path, LONGEST)
    samples, rate = recording.samples.mean(axis=1, dtype=np.float32), recording.rate
    pieces = pieces_of(samples, rate, len(lines))
    seconds, expected = [piece.seconds for piece in pieces], _expected(lines)
    pairs = matched(seconds, expected)
    usual = exp(pace_of(pairs, seconds, expected))

    def row(pair: Pair) -> IntakeRow:
        line = None if pair.line is None else lines[pair.line]
        if pair.piece is None:
            return IntakeRow(line, None, "")
        wanted = line.expected * usual if line else seconds[pair.piece]
        take = take_of_piece(samples, rate, pieces, pair.piece, wanted)
        return IntakeRow(line, take, show_place(pieces[pair.piece]))

    found = f"`{path.name}` falls into {_counted(len(pieces), 'piece')} at its pauses"
    return _judged(pairs, tuple(map(row, pairs)), found, len(lines))


def show_place(piece: TakePiece) -> str:
    """Format the start of a piece as minutes, seconds and tenths: `3:12.4`."""
    whole, tenth = divmod(round(piece.begin * 10), 10)
    return f"{whole // 60}:{whole % 60:02d}.{tenth}"


# ── a folder of files, one per line ──────────────────────────────────────────


def from_folder(folder: Path, lines: Sequence[ScriptLine]) -> Intake:
    """Match the files of a folder to the lines.

    They are matched by the numbers of the sheet if each name has a different one, or by the words
    of the lines if these are the names; otherwise by order, with lengths compared, and then the
    numbers of files and lines should be equal.

    Raises:
        UsageError: there are no sound files in it.
        InputError: one of them cannot be decoded.
    """
    files = sorted(
        (path for path in folder.iterdir() if path.suffix.lower() in SOUNDS), key=_in_order
    )
    if not files:
        raise UsageError(f"there are no sound files in `{folder}`", "WAV and FLAC, one a line")
    named = _by_number(files, len(lines)) or _by_words(files, lines)
    if named:
        rows = [
            IntakeRow(lines[at], _take(path, lines[at].expected), path.name)
            for at, path in sorted(named.items())
        ]
        return Intake(tuple(rows))
    return _by_order(files, lines)


def _by_order(files: Sequence[Path], lines: Sequence[ScriptLine]) -> Intake:
    takes = [_take(path, None) for path in files]
    seconds = [max(_SPOKEN, take.seconds) for take in takes]
    pairs = matched(seconds, _expected(lines))
    rows = tuple(
        IntakeRow(
            None if pair.line is None else lines[pair.line],
            None if pair.piece is None else takes[pair.piece],
            "" if pair.piece is None else files[pair.piece].name,
        )
        for pair in pairs
    )
    return _judged(pairs, rows, f"there {_counted(len(files), 'file', 'is', 'are')}", len(lines))


def _take(path: Path, expected: float | None) -> VoiceTake:
    recording = read_recording(path)
    samples: Samples = recording.samples.mean(axis=1, dtype=np.float32)
    return take_of(samples, recording.rate, expected)


def _by_number(files: Sequence[Path], count: int) -> Mapping[int, Path]:
    """Files by the index of their line, by the first number in each name; else empty."""
    numbers = [re.search(r"\d+", path.stem) for path in files]
    places = [int(number[0]) - 1 for number in numbers if number]
    fitting = len(set(places)) == len(files) and all(0 <= place < count for place in places)
    return dict(zip(places, files, strict=True)) if fitting else {}


def _by_words(files: Sequence[Path], lines: Sequence[ScriptLine]) -> Mapping[int, Path]:
    """Files by the index of the line whose words are the name; else empty."""
    places = {_words(line.text): at for at, line in enumerate(lines)}
    found = {places.get(_words(path.stem), -1): path for path in files}
    return found if len(found) == len(files) and -1 not in found else {}


def _words(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _in_order(path: Path) -> list[tuple[int, str]]:
    """A sort key that puts `take 9` before `take 10`."""
    parts = re.findall(r"\d+|\D+", path.name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


# ── judging the alignment ────────────────────────────────────────────────────


def _expected(lines: Sequence[ScriptLine]) -> list[float]:
    return [max(_SPOKEN, line.expected) for line in lines]


def _judged(pairs: Sequence[Pair], rows: tuple[IntakeRow, ...], found: str, lines: int) -> Intake:
    wrong = next((at for at, pair in enumerate(pairs) if not pair.whole), None)
    if wrong is None:
        return Intake(rows)
    row = rows[wrong]
    if row.line is None:
        where = f"at {row.where} is one that fits no line"
    else:
        number = (pairs[wrong].line or 0) + 1
        where = f"nothing fits line {number}, `{row.line.text}`"
    return Intake(
        rows, f"{found}, and there {_counted(lines, 'line', 'is', 'are')}: {where}", wrong
    )


def _counted(number: int, noun: str, one: str = "", more: str = "") -> str:
    """A number with its noun, `2 files`; with `one` and `more`, a verb first: `are 2 files`."""
    said = f"{number} {noun}{'' if number == 1 else 's'}"
    verb = one if number == 1 else more
    return f"{verb} {said}" if verb else said
