"""A take: somebody said a line once. Where the voice is in it, what is wrong with it, and the line.

Levels are in dB of full scale, of frames of 10 ms. What is louder than the room by `_ABOVE_ROOM`,
and not softer than the loudest speech by more than `_SOFTEST`, is held to be voice. A `VoiceFolder`
keeps what is well said.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.audio import Samples, amplify, limited, loudness, resample
from voiceguide.audio.clip import rise
from voiceguide.engines.recorded import (
    ABOUT,
    LIBRARY,
    LINES,
    RecordedLine,
    Recordings,
    VoiceConsent,
    file_of,
    key_of,
    read_consent,
    read_recordings,
    write_lines,
)
from voiceguide.errors import MachineError, UsageError
from voiceguide.files import locked, make_folder, replacing
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.recording import ScriptLine
from voiceguide.settings import LOUDNESS
from voiceguide.voices import voices_folder

Levels = npt.NDArray[np.float64]
"""The level of each frame, shape (n,)."""

FRAME = 0.01
"""Seconds."""

_SILENCE = 1e-12
"""A power: -120 dB, which stands for digital silence."""

_ABOVE_ROOM = 10.0
_SOFTEST, _HARDEST = -38.0, -12.0
"""dB below the loudest speech between which the border of voice and room lies, however loud the
room is."""

_FAINTEST = -55.0
"""dB: where nothing is louder, nobody spoke."""

_JOINED = 0.15
"""Seconds of silence within a word: before the `t` of `left`."""

_CLICK = 0.06
"""Seconds: what is shorter, and stands alone, is a key or a mouth."""

LEAD, TAIL = 0.02, 0.08
"""Seconds that stay before and after the voice, for its softest parts."""

_MOST_GAIN = 35.0
"""dB."""

LEAST_LOUDNESS = -42.0
"""LUFS: what is softer is brought nearer with the room and the microphone's hiss."""

LEAST_OVER_ROOM = 30.0
"""dB of the loudest speech over the room: with less, each line begins and ends with its noise."""

_IN_THE_MIDDLE = -15.0
"""dB below the loudest speech: a take that begins or ends louder does so within a sound."""

_FLAT, _NEAR_PEAK, _LOUD_PEAK = 4, 0.97, 0.5
"""So many samples alike at the peak are a clipped one; no voice has a crest so flat. A peak that is
softer than half of full scale is clipped by nothing."""

_ALIKE = 1.5 / 32_768

_SHORT, _LONG = 0.45, 2.2
"""Times the length that a text should have."""

_HARDLY = 0.5
"""Seconds by which any length may differ: people linger on one word."""


class TakeFault(StrEnum):
    """What may be wrong with a take."""

    NOTHING = "nothing"
    QUIET = "quiet"
    CLIPPED = "clipped"
    NOISY = "noisy"
    HEAD = "head"
    TAIL = "tail"
    SHORT = "short"
    LONG = "long"


SENTENCES = {
    TakeFault.NOTHING: "nothing is heard: see that the right microphone is on, and not muted",
    TakeFault.QUIET: "too quiet: go nearer, or turn the microphone up",
    TakeFault.CLIPPED: "clipped: go back a little, or turn the microphone down",
    TakeFault.NOISY: "noisy: close the window, go nearer to the microphone",
    TakeFault.HEAD: "its beginning is cut off: wait a moment before you speak",
    TakeFault.TAIL: "its end is cut off: wait a moment before you go on",
    TakeFault.SHORT: "too short for its words: say the whole line",
    TakeFault.LONG: "too long for its words: say the line alone, without a stop",
}
"""What a reader is told."""


class VoiceTake(Struct, frozen=True, eq=False):
    """A line that somebody said, ready to be kept."""

    samples: Samples
    """Trimmed, faded at both ends, at `LOUDNESS`; empty where nothing is heard."""
    rate: int
    """Hz."""
    faults: tuple[TakeFault, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the line is."""
        return len(self.samples) / self.rate

    @property
    def sentences(self) -> list[str]:
        """What is wrong with it, in words."""
        return [SENTENCES[fault] for fault in self.faults]


def take_of(samples: Samples, rate: int, expected: float | None = None) -> VoiceTake:
    """The line in some samples of a microphone or a file, and what is wrong with it.

    `expected` are the seconds that its words should take, where that is known.
    """
    centred = samples - np.float32(np.median(samples)) if len(samples) else samples
    heard = HeardVoice.of(levels_of(centred, rate), rate)
    span = heard.span()
    if span is None:
        return VoiceTake(np.zeros(0, np.float32), rate, (TakeFault.NOTHING,))
    voice = _trimmed(centred, rate, *span)
    level = loudness(voice, rate)
    faults = [*_faults_of_sound(samples, heard, level), *_faults_of_length(span, expected)]
    return VoiceTake(*_levelled(voice, rate, level), tuple(faults))


def _levelled(voice: Samples, rate: int, level: float) -> tuple[Samples, int]:
    gain = min(LOUDNESS - level, _MOST_GAIN) if np.isfinite(level) else 0.0
    if rate > SAMPLE_RATE:
        voice, rate = resample(voice, rate, SAMPLE_RATE), SAMPLE_RATE
    return limited(amplify(voice, gain), rate, level + gain).samples, rate


def _trimmed(samples: Samples, rate: int, begin: float, end: float) -> Samples:
    """The voice between two times in seconds, with a lead and a tail in which it is faded."""
    first = max(0, round((begin - LEAD) * rate))
    cut = samples[first : round((end + TAIL) * rate)].copy()
    lead, tail = (min(round(one * rate), len(cut)) for one in (LEAD, TAIL))
    cut[:lead] *= rise(lead)
    cut[len(cut) - tail :] *= rise(tail)[::-1]
    return cut


# ── where the voice is ───────────────────────────────────────────────────────


class HeardVoice(Struct, frozen=True, eq=False):
    """The levels of a recording, and what of them is voice."""

    levels: Levels
    room: float
    """The level of what is heard where nobody speaks."""
    loud: float
    """The level of the loudest speech."""
    step: float
    """Seconds of a frame: `FRAME`, as near as whole samples come to it."""

    @classmethod
    def of(cls, levels: Levels, rate: int) -> HeardVoice:
        """What is heard in frames of these levels, as `levels_of` finds them at so many Hz."""
        step = frame_size(rate) / rate
        if not len(levels):
            return cls(levels, -np.inf, -np.inf, step)
        ranked = np.sort(levels)
        softest = min(len(ranked) - 1, max(2, len(ranked) * 3 // 100))
        room = float(ranked[softest])
        # a share of the voice and not of the take: who waits long before a word is heard, too
        voiced = int(np.count_nonzero(ranked > room + _ABOVE_ROOM))
        loudest = max(0, len(ranked) - max(15, voiced // 12))
        return cls(levels, room, float(ranked[loudest]), step)

    @property
    def border(self) -> float:
        """The level above which there is voice."""
        lowest, highest = self.loud + _SOFTEST, self.loud + _HARDEST
        return max(_FAINTEST, min(max(self.room + _ABOVE_ROOM, lowest), highest))

    def runs(self, pause: float) -> list[tuple[float, float]]:
        """From when to when somebody speaks, in seconds, parted by pauses of at least `pause`.

        Clicks that stand alone are left out.
        """
        words = _joined(_voiced(self.levels > self.border, self.step), _JOINED)
        return list(_joined((run for run in words if run[1] - run[0] >= _CLICK), pause))

    def span(self) -> tuple[float, float] | None:
        """From the first voice to the last, in seconds; None where there is none."""
        runs = self.runs(pause=np.inf)
        return runs[0] if runs else None


def frame_size(rate: int) -> int:
    """The samples of a frame."""
    return max(1, round(FRAME * rate))


def levels_of(samples: Samples, rate: int) -> Levels:
    """The level of each frame; what is left of the last is left out."""
    size = frame_size(rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    powers = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    levels: Levels = 10 * np.log10(powers + _SILENCE)
    return levels


def _voiced(loud: npt.NDArray[np.bool_], step: float) -> Iterator[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        yield float(begin * step), float(end * step)


def _joined(runs: Iterator[tuple[float, float]], pause: float) -> Iterator[tuple[float, float]]:
    """The same, those as one between which less than `pause` seconds lie."""
    begun: tuple[float, float] | None = None
    for begin, end in runs:
        if begun and begin - begun[1] < pause:
            begun = begun[0], end
            continue
        if begun:
            yield begun
        begun = begin, end
    if begun:
        yield begun


# ── what is wrong ────────────────────────────────────────────────────────────


def _faults_of_sound(samples: Samples, heard: HeardVoice, level: float) -> Iterator[TakeFault]:
    if level < LEAST_LOUDNESS:
        yield TakeFault.QUIET
    if is_clipped(samples):
        yield TakeFault.CLIPPED
    if heard.loud - heard.room < LEAST_OVER_ROOM:
        yield TakeFault.NOISY
    if heard.levels[0] > heard.loud + _IN_THE_MIDDLE:
        yield TakeFault.HEAD
    if heard.levels[-1] > heard.loud + _IN_THE_MIDDLE:
        yield TakeFault.TAIL


def _faults_of_length(span: tuple[float, float], expected: float | None) -> Iterator[TakeFault]:
    """Whether a line is too short or too long for its words."""
    seconds = span[1] - span[0]
    if expected is None or abs(seconds - expected) < _HARDLY:
        return
    if seconds < _SHORT * expected:
        yield TakeFault.SHORT
    elif seconds > _LONG * expected:
        yield TakeFault.LONG


def is_clipped(samples: Samples) -> bool:
    """Whether crests are cut off, twice or more."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _LOUD_PEAK:
        return False
    high = np.abs(samples) >= _NEAR_PEAK * peak
    same = (np.abs(np.diff(samples)) <= _ALIKE) & high[1:] & high[:-1]
    flat = np.convolve(same, np.ones(_FLAT - 1), "valid") >= _FLAT - 1
    return int(np.count_nonzero(np.diff(flat.astype(np.int8)) == 1)) + int(flat[:1].any()) >= 2


# ── the folder that keeps them, in the form that `recorded` speaks from ──────


NAME = "my-voice"
"""What a voice is called where nobody names it."""

ENDING = ".flac"

LONGEST_NAME = 60
"""Letters: it becomes a folder's name, and stands in `voice:`."""

_FORBIDDEN = frozenset(',:;/\\*?"<>|')
"""What a folder's name cannot have on some system, or what parts voices in `voice:`."""


def folder_of(name: str) -> Path:
    """Where the voice `recorded:NAME` lives; a UsageError where no folder can be called so."""
    plain = name.isprintable() and _FORBIDDEN.isdisjoint(name) and name == name.strip(" .")
    if not plain or not 0 < len(name) <= LONGEST_NAME or name == LIBRARY:
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        raise UsageError(f"`{shown}` cannot be the name of a voice", f"write it as `{NAME}`")
    return _home() / name


def _home() -> Path:
    return voices_folder() / "recorded"


class PersonVoice(Struct, frozen=True):
    """A person's voice that is here."""

    name: str
    language: str
    """A tag; empty where nothing is recorded yet."""
    lines: int


def known_voices() -> list[PersonVoice]:
    """The voices of persons that are here, the one that was recorded last first.

    One whose list cannot be read is left out: that is told where it is asked for.
    """
    folders = {path.parent for name in (ABOUT, LINES) for path in _home().glob(f"*/{name}")}
    latest = sorted(folders, key=lambda path: (-path.stat().st_mtime_ns, path.name))
    found = []
    for path in latest:
        with suppress(MachineError):
            there = _recordings(path, "")
            found.append(PersonVoice(path.name, there.language, len(there.lines)))
    return found


class VoiceFolder:
    """A folder of a person's recordings. It need not be there; the first line makes it."""

    def __init__(self, path: Path, language: str) -> None:
        """Look into a folder, for lines of a language.

        Raises:
            MachineError: its list cannot be read.
            UsageError: its lines are of another language.
        """
        self.path, self._language = path, language
        there = self._read().language
        if there.partition("-")[0] != language.lower().replace("_", "-").partition("-")[0]:
            message = f"the lines in `{path}` are in `{there}`, and the routine is in `{language}`"
            raise UsageError(message, "give them a voice of their own: `--as NAME`")

    @property
    def consent(self) -> VoiceConsent | None:
        """Who speaks, and what they agreed to; None where nobody has said."""
        return read_consent(self.path)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._read().lines)

    def line(self, text: str) -> RecordedLine | None:
        """The recording of a text."""
        return self._read().lines.get(key_of(text))

    def missing(self, lines: Iterable[ScriptLine]) -> list[ScriptLine]:
        """Those that are not recorded."""
        here = self._read().lines
        return [line for line in lines if line.key not in here]

    def sign(self, who: str, permission: str) -> None:
        """Write down who speaks, and what they agreed to; what stands there already goes.

        Raises:
            UsageError: one of the two is empty.
            MachineError: it cannot be written.
        """
        who, permission = " ".join(who.split()), " ".join(permission.split())
        if not who or not permission:
            raise UsageError("a voice needs a name and a permission", "say whose it is")
        make_folder(self.path)
        consent = VoiceConsent(who, _today(), permission)
        with locked(self.path), replacing(self.path / ABOUT) as file:
            file.write(consent.written().encode())

    def keep(self, line: ScriptLine, take: VoiceTake) -> RecordedLine:
        """Write a take down: the sound first, then the list, each whole or not at all.

        Raises:
            MachineError: it cannot be written.
        """
        name = file_of(line.text, ENDING)
        kept = RecordedLine(line.text, name, round(take.seconds, 3), _today())
        make_folder(self.path)
        with locked(self.path):
            with replacing(self.path / kept.file) as file:
                soundfile.write(file, take.samples, take.rate, format="FLAC", subtype="PCM_16")
            here = self._read()
            lines = {**here.lines, line.key: kept}
            facts = {**here.facts, **({"voice": self.consent.who} if self.consent else {})}
            with replacing(self.path / LINES) as file:
                file.write(write_lines(replace(here, facts=facts, lines=lines)))
        read_recordings.cache_clear()
        return kept

    def _read(self) -> Recordings:
        return _recordings(self.path, self._language)


def _recordings(path: Path, language: str) -> Recordings:
    """What a folder has; none, of a language, where nothing is recorded yet."""
    read_recordings.cache_clear()  # another process may have written
    if (path / LINES).is_file():
        return read_recordings(path)
    return Recordings(path, {"language": language}, {})


def _today() -> str:
    return time.strftime("%Y-%m-%d")
