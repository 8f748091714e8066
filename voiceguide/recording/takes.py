"""Find the voice in a take of a line, judge it, and keep it in a folder.

Levels are in dBFS, of frames of 10 ms. A frame counts as voice if it is louder than the room by
`_ABOVE_ROOM`, and not softer than the loudest speech by more than `_SOFTEST`. A `VoiceFolder`
keeps good takes.
"""

from __future__ import annotations

import io
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

from voiceguide.audio.clip import Samples, resample, rise
from voiceguide.audio.levels import amplify, limited, loudness
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
from voiceguide.files.signals import signals_postponed
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.recording import ScriptLine
from voiceguide.settings import LOUDNESS
from voiceguide.voices import voices_folder

Levels = npt.NDArray[np.float64]
"""The level of each frame in dBFS, shape (n,)."""

FRAME = 0.01
"""Length of a frame in seconds."""

_SILENCE = 1e-12
"""Power added to every frame, -120 dB, so that digital silence has a level."""

_ABOVE_ROOM = 10.0
_SOFTEST, _HARDEST = -38.0, -12.0
"""Limits of the threshold between voice and room, in dB relative to the loudest speech; the room's
own level plus `_ABOVE_ROOM` is used within them."""

_FAINTEST = -55.0
"""Lowest threshold for voice, in dBFS; anything softer is not speech."""

_JOINED = 0.15
"""Shorter silences in seconds are within a word: before the `t` of `left`."""

_CLICK = 0.06
"""A shorter sound in seconds, on its own, is a click of a key or a mouth."""

LEAD, TAIL = 0.02, 0.08
"""Seconds kept before and after the voice, for its softest parts."""

_MOST_GAIN = 35.0
"""Largest gain for a take, in dB."""

LEAST_LOUDNESS = -42.0
"""Lowest loudness without a fault, in LUFS: raising a softer take also raises the noise of the room
and the microphone."""

LEAST_OVER_ROOM = 30.0
"""Least difference between the loudest speech and the room, in dB: with less, noise is heard at the
start and end of each line."""

_IN_THE_MIDDLE = -15.0
"""Level relative to the loudest speech, in dB: a take that begins or ends louder is cut off."""

_FLAT, _NEAR_PEAK, _LOUD_PEAK = 4, 0.97, 0.5
"""A crest is clipped if `_FLAT` samples in a row above `_NEAR_PEAK` of the peak are equal; no voice
has a crest so flat. A peak below `_LOUD_PEAK` of full scale is not clipped."""

_ALIKE = 1.5 / 32_768

_SHORT, _LONG = 0.45, 2.2
"""Shortest and longest normal length of a take, as multiples of the expected length."""

_HARDLY = 0.5
"""Deviation in seconds that is always accepted: people linger on a word."""


class TakeFault(StrEnum):
    """A fault of a take."""

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
    TakeFault.LONG: "too long for its words: say only the line, without a stop",
}
"""The message to the reader for each fault."""


class VoiceTake(Struct, frozen=True, eq=False):
    """A recorded line, ready to be kept."""

    samples: Samples
    """Trimmed, faded at both ends, levelled to `LOUDNESS`; empty if nothing is heard."""
    rate: int
    """Sample rate, Hz."""
    faults: tuple[TakeFault, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the line in seconds."""
        return len(self.samples) / self.rate

    @property
    def sentences(self) -> list[str]:
        """The messages for its faults."""
        return [SENTENCES[fault] for fault in self.faults]


def take_of(samples: Samples, rate: int, expected: float | None = None) -> VoiceTake:
    """Find the line in samples from a microphone or a file, trim and level it, and list its faults.

    `expected` is the expected length of its words in seconds, if known.
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
    """Cut out the voice between two times in seconds, with a faded lead and tail around it."""
    first = max(0, round((begin - LEAD) * rate))
    cut = samples[first : round((end + TAIL) * rate)].copy()
    lead, tail = (min(round(one * rate), len(cut)) for one in (LEAD, TAIL))
    cut[:lead] *= rise(lead)
    cut[len(cut) - tail :] *= rise(tail)[::-1]
    return cut


# ── finding the voice ────────────────────────────────────────────────────────


class HeardVoice(Struct, frozen=True, eq=False):
    """The levels of a recording, and the parts of it that are voice."""

    levels: Levels
    room: float
    """The level where nobody speaks, in dBFS."""
    loud: float
    """The level of the loudest speech, in dBFS."""
    step: float
    """Length of a frame in seconds: `FRAME`, rounded to whole samples."""

    @classmethod
    def of(cls, levels: Levels, rate: int) -> HeardVoice:
        """Estimate room and speech from the levels that `levels_of` found at `rate` Hz."""
        step = frame_size(rate) / rate
        if not len(levels):
            return cls(levels, -np.inf, -np.inf, step)
        ranked = np.sort(levels)
        softest = min(len(ranked) - 1, max(2, len(ranked) * 3 // 100))
        room = float(ranked[softest])
        # a share of the voice, not of the take, so that a long wait before speaking does no harm
        voiced = int(np.count_nonzero(ranked > room + _ABOVE_ROOM))
        loudest = max(0, len(ranked) - max(15, voiced // 12))
        return cls(levels, room, float(ranked[loudest]), step)

    @property
    def border(self) -> float:
        """The level in dBFS above which a frame counts as voice."""
        lowest, highest = self.loud + _SOFTEST, self.loud + _HARDEST
        return max(_FAINTEST, min(max(self.room + _ABOVE_ROOM, lowest), highest))

    def runs(self, pause: float) -> list[tuple[float, float]]:
        """The intervals of speech in seconds, separated by pauses of at least `pause`.

        Isolated clicks are left out.
        """
        words = _joined(_voiced(self.levels > self.border, self.step), _JOINED)
        return list(_joined((run for run in words if run[1] - run[0] >= _CLICK), pause))

    def span(self) -> tuple[float, float] | None:
        """The interval from the first voice to the last, in seconds; None if there is none."""
        runs = self.runs(pause=np.inf)
        return runs[0] if runs else None


def frame_size(rate: int) -> int:
    """Number of samples in a frame."""
    return max(1, round(FRAME * rate))


def levels_of(samples: Samples, rate: int) -> Levels:
    """The level of each full frame in dBFS; an incomplete last frame is dropped."""
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
    """Join runs with less than `pause` seconds between them."""
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


# ── faults ───────────────────────────────────────────────────────────────────


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
    """Yield a fault if a line is too short or too long for its words."""
    seconds = span[1] - span[0]
    if expected is None or abs(seconds - expected) < _HARDLY:
        return
    if seconds < _SHORT * expected:
        yield TakeFault.SHORT
    elif seconds > _LONG * expected:
        yield TakeFault.LONG


def is_clipped(samples: Samples) -> bool:
    """Whether at least two crests are clipped."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < _LOUD_PEAK:
        return False
    high = np.abs(samples) >= _NEAR_PEAK * peak
    same = (np.abs(np.diff(samples)) <= _ALIKE) & high[1:] & high[:-1]
    flat = np.convolve(same, np.ones(_FLAT - 1), "valid") >= _FLAT - 1
    return int(np.count_nonzero(np.diff(flat.astype(np.int8)) == 1)) + int(flat[:1].any()) >= 2


# ── the folder that keeps takes, in the format of the engine `recorded` ──────


NAME = "my-voice"
"""Default name of a voice."""

ENDING = ".flac"

LONGEST_NAME = 60
"""Characters: the name becomes the name of a folder, and is used in `voice:`."""

_FORBIDDEN = frozenset(',:;/\\*?"<>|')
"""Characters that some system forbids in a folder's name, or that separate voices in `voice:`."""


def folder_of(name: str) -> Path:
    """The folder of the voice `recorded:NAME`; a UsageError if the name is not valid."""
    plain = name.isprintable() and _FORBIDDEN.isdisjoint(name) and name == name.strip(" .")
    if not plain or not 0 < len(name) <= LONGEST_NAME or name == LIBRARY:
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        raise UsageError(f"`{shown}` cannot be the name of a voice", f"write it as `{NAME}`")
    return _home() / name


def _home() -> Path:
    return voices_folder() / "recorded"


class PersonVoice(Struct, frozen=True):
    """A person's voice on this machine."""

    name: str
    language: str
    """Language tag; empty if nothing is recorded yet."""
    lines: int


def known_voices() -> list[PersonVoice]:
    """The voices of persons on this machine, the most recently recorded one first.

    A voice with an unreadable list is left out; the error appears when that voice is used.
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
    """A folder of a person's recordings; the first line creates it if it is missing."""

    def __init__(self, path: Path, language: str) -> None:
        """Open a folder for lines in a language.

        Raises:
            MachineError: its list cannot be read.
            UsageError: its lines are in another language.
        """
        self.path, self._language = path, language
        there = self._read().language
        if there.partition("-")[0] != language.lower().replace("_", "-").partition("-")[0]:
            message = f"the lines in `{path}` are in `{there}`, and the routine is in `{language}`"
            raise UsageError(message, "give them a voice of their own: `--as NAME`")

    @property
    def consent(self) -> VoiceConsent | None:
        """The speaker and what they agreed to; None if nothing was signed."""
        return read_consent(self.path)

    @property
    def count(self) -> int:
        """Number of recorded lines."""
        return len(self._read().lines)

    def line(self, text: str) -> RecordedLine | None:
        """The recording of a text; None if there is none."""
        return self._read().lines.get(key_of(text))

    def missing(self, lines: Iterable[ScriptLine]) -> list[ScriptLine]:
        """The lines that are not recorded yet."""
        here = self._read().lines
        return [line for line in lines if line.key not in here]

    def sign(self, who: str, permission: str) -> None:
        """Record the speaker and what they agreed to; this replaces an earlier entry.

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
        """Save a take: first the sound, then the list; each file is written atomically.

        Raises:
            MachineError: it cannot be written.
        """
        name = file_of(line.text, ENDING)
        kept = RecordedLine(line.text, name, round(take.seconds, 3), _today())
        make_folder(self.path)
        with locked(self.path):
            with replacing(self.path / kept.file) as file:
                file.write(_as_flac(take))
            here = self._read()
            lines = {**here.lines, line.key: kept}
            facts = {**here.facts, **({"voice": self.consent.who} if self.consent else {})}
            with replacing(self.path / LINES) as file:
                file.write(write_lines(replace(here, facts=facts, lines=lines)))
        read_recordings.cache_clear()
        return kept

    def _read(self) -> Recordings:
        return _recordings(self.path, self._language)


def _as_flac(take: VoiceTake) -> bytes:
    made = io.BytesIO()
    with signals_postponed():
        soundfile.write(made, take.samples, take.rate, format="FLAC", subtype="PCM_16")
    return made.getvalue()


def _recordings(path: Path, language: str) -> Recordings:
    """Read the recordings of a folder; empty, in `language`, if there are none yet."""
    read_recordings.cache_clear()  # another process may have written
    if (path / LINES).is_file():
        return read_recordings(path)
    return Recordings(path, {"language": language}, {})


def _today() -> str:
    return time.strftime("%Y-%m-%d")
