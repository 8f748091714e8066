"""Recordings that were made elsewhere: a long take, or a folder of files, beside their lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp
from pathlib import Path

import numpy as np
from msgspec import Struct

from voiceguide.audio import Samples, read_recording
from voiceguide.errors import UsageError
from voiceguide.recording.cutting import (
    Pair,
    TakePiece,
    matched,
    pace_of,
    pieces_of,
    take_of_piece,
)
from voiceguide.recording.folder import VoiceFolder
from voiceguide.recording.lines import ScriptLine
from voiceguide.recording.takes import TakeFault, VoiceTake, take_of

LONGEST = 3600
"""Seconds of a long take."""

SOUNDS = frozenset({".flac", ".wav", ".aif", ".aiff", ".mp3", ".ogg", ".opus", ".m4a"})

_SPOKEN = 0.05
"""Seconds: what is heard in a file is counted as at least so long."""


class IntakeRow(Struct, frozen=True, eq=False):
    """A line beside what was said of it; one of the two may be missing."""

    line: ScriptLine | None
    take: VoiceTake | None
    where: str
    """Where its sound is: `3:12.4` in a long take, or a file's name."""

    @property
    def note(self) -> str:
        """What is odd about it."""
        if self.line is None:
            return "one too many"
        return "; ".join(self.take.sentences) if self.take else "missing"


class Intake(Struct, frozen=True, eq=False):
    """What came in, in order."""

    rows: tuple[IntakeRow, ...]
    problem: str = ""
    """Why it cannot be believed, and where it goes wrong."""
    first_wrong: int = 0
    """The row at which it goes wrong."""

    @property
    def usable(self) -> list[tuple[ScriptLine, VoiceTake]]:
        """What can be kept."""
        return [
            (row.line, row.take)
            for row in self.rows
            if row.line and row.take and TakeFault.NOTHING not in row.take.faults
        ]

    def keep(self, voice: VoiceFolder) -> int:
        """Write all that can be kept into a folder; how many lines.

        Raises:
            MachineError: it cannot be written.
        """
        for line, take in self.usable:
            voice.keep(line, take)
        return len(self.usable)


# ── a long take ──────────────────────────────────────────────────────────────


def from_long_take(path: Path, lines: Sequence[ScriptLine]) -> Intake:
    """The pieces of a file beside the lines, by their order.

    Raises:
        InputError: it cannot be decoded, or is longer than an hour.
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
    """Where a piece begins: `3:12.4`."""
    whole, tenth = divmod(round(piece.begin * 10), 10)
    return f"{whole // 60}:{whole % 60:02d}.{tenth}"


# ── a folder of files, one a line ────────────────────────────────────────────


def from_folder(folder: Path, lines: Sequence[ScriptLine]) -> Intake:
    """The files of a folder beside the lines.

    By the numbers of the sheet where each name has one of its own, by the line's words where the
    names are such; else by their order, and then there have to be as many as lines.

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
    return _judged(pairs, rows, f"there are {_counted(len(files), 'file')}", len(lines))


def _take(path: Path, expected: float | None) -> VoiceTake:
    recording = read_recording(path)
    samples: Samples = recording.samples.mean(axis=1, dtype=np.float32)
    return take_of(samples, recording.rate, expected)


def _by_number(files: Sequence[Path], count: int) -> Mapping[int, Path]:
    """Each file under the place of its line, by the first number in its name."""
    numbers = [re.search(r"\d+", path.stem) for path in files]
    places = [int(number[0]) - 1 for number in numbers if number]
    fitting = len(set(places)) == len(files) and all(0 <= place < count for place in places)
    return dict(zip(places, files, strict=True)) if fitting else {}


def _by_words(files: Sequence[Path], lines: Sequence[ScriptLine]) -> Mapping[int, Path]:
    """Each file under the place of the line whose words are its name."""
    places = {_words(line.text): at for at, line in enumerate(lines)}
    found = {places.get(_words(path.stem), -1): path for path in files}
    return found if len(found) == len(files) and -1 not in found else {}


def _words(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _in_order(path: Path) -> list[tuple[int, str]]:
    """`take 9` before `take 10`."""
    parts = re.findall(r"\d+|\D+", path.name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


# ── whether it can be believed ───────────────────────────────────────────────


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
    return Intake(rows, f"{found}, and there are {_counted(lines, 'line')}: {where}", wrong)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
