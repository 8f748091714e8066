"""Recognise the phrase in a segment of sound by pocketsphinx: small, offline, English."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.errors import MachineError, UsageError
from voiceguide.installation import again, bring
from voiceguide.player.conductor import Command

# ── the phrases, and filler words for other sounds ───────────────────────────


STOP = "stop"
"""Pauses; in a pause it ends the session, so that one misheard word does not end it."""

PHRASES: Mapping[str, Command] = {
    "pause": Command.PAUSE,
    "go on": Command.GO_ON,
    "next": Command.NEXT,
    "back": Command.BACK,
    "repeat": Command.REPEAT,
    "more time": Command.MORE,
    STOP: Command.PAUSE,
}
"""Each phrase and its command while a session plays."""

_OTHERS = """
    about arms breath breathe calm chest down each exhale eyes feel feet floor gently hands head
    hello hips hold inhale keep knee left lift little lower minute okay open please press ready
    relax release right roll seconds shoulders side slowly soft stand stay stretch there three
    turn what when with yes water phone sorry thanks good night
"""

FILLERS = tuple(_OTHERS.split())
"""Other words, which a sound that is not a command can match. Words of two letters are left out,
since they match anything and make the search a hundred times as long; so are words that sound like
a command (`pose`, `stomp`), since commands are mistaken for them more often than the reverse."""


def vocabulary() -> frozenset[str]:
    """Every word that the recogniser knows."""
    return frozenset(FILLERS).union(*(phrase.split() for phrase in PHRASES))


def grammar() -> str:
    """The grammar of one utterance in the JSpeech Grammar Format: a phrase, or one or two other
    words."""
    return (
        "#JSGF V1.0;\ngrammar said;\n"
        "public <said> = <phrase> | <other> [<other>];\n"
        f"<phrase> = {' | '.join(PHRASES)};\n"
        f"<other> = {' | '.join(FILLERS)};\n"
    )


LANGUAGE = "en"
"""Language of the phrases."""

_GRAMMAR_WEIGHT = 2.0
"""Weight of the grammar against the sound. Of 224 commands by four voices of flite, in white noise
of up to -50 dBFS, 185 were understood with it and 177 with pocketsphinx's own 6.5; of 160 other
words, 8 and 10 were taken for commands."""

_MODEL = "en-us/en-us"
_DICTIONARY = "en-us/cmudict-en-us.dict"
_NAME = "said"


def check_hearing(language: str = LANGUAGE) -> None:
    """Check that voice commands work in a session of this language.

    Raises:
        MachineError: pocketsphinx is not installed.
        UsageError: the language is not English.
    """
    if find_spec("pocketsphinx") is None:
        raise MachineError("listening needs the package pocketsphinx", _way_out())
    if language.partition("-")[0] != LANGUAGE:
        raise UsageError(
            f"`--listen` knows only English words so far, and this routine is in `{language}`",
            "play it without; keys and `voiceguide remote` command it in every language",
        )


def _way_out() -> str:
    if sys.version_info >= (3, 14):
        return "run voiceguide with Python 3.13: there is no package of it for later ones yet"
    return bring("hands-free")


class Recogniser:
    """Tells the phrases from other words."""

    def __init__(self) -> None:
        """Load the model, in about 0.25 s; raise a MachineError if that fails."""
        try:
            import pocketsphinx
        except ImportError:
            raise MachineError("listening needs the package pocketsphinx", _way_out()) from None
        model = pocketsphinx.get_model_path
        try:
            self._decoder: Any = pocketsphinx.Decoder(
                hmm=model(_MODEL), dict=None, lm=None, lw=_GRAMMAR_WEIGHT, loglevel="FATAL"
            )
            for word, phones in pronunciations(Path(model(_DICTIONARY)), vocabulary()):
                self._decoder.add_word(word, phones, False)
            self._decoder.add_jsgf_string(_NAME, grammar())
            self._decoder.activate_search(_NAME)
        except (OSError, RuntimeError, ValueError) as error:
            raise MachineError(
                f"pocketsphinx cannot be used: {error}", again("pocketsphinx")
            ) from error

    def phrase(self, segment: npt.NDArray[np.int16]) -> str | None:
        """Return the phrase of a segment (mono, 16 kHz, shape (n,)); None for other words."""
        self._decoder.start_utt()
        self._decoder.process_raw(segment.tobytes(), False, True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found and found.hypstr in PHRASES else None


def pronunciations(dictionary: Path, words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the pronunciations of `words` from a dictionary, such as `on(2)` and its phonemes.

    Loading the whole dictionary would take forty times the memory.
    """
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.rstrip().partition(" ")
            if word.partition("(")[0] in words:
                yield word, phones


# ── cutting a stream into short segments of speech ───────────────────────────


RATE = 16_000
"""Sample rate of all input in Hz."""

FRAME = 480
"""Samples per frame of the voice activity detector: 30 ms."""

SHORTEST, LONGEST = 5, 46
"""Shortest and longest command in frames, 0.15 and 1.4 s; longer speech is conversation."""

_LOOK, _ENOUGH = 6, 3
"""Speech has begun if `_ENOUGH` of the last `_LOOK` frames are speech."""

_QUIET = 8
"""Frames without speech that end a segment: 0.24 s, longer than the closure of a `p`."""

_BEFORE, _AFTER = 7, 4
"""Frames before and after the speech that are included in a segment."""

_AUDIBLE = 0.01
"""Level of a frame, -40 dB of the segment's loudest, below which it is not part of a word. In a
silent room the detector takes a breath for speech, and the recogniser the breath for a word."""

_LEAD = 5
"""Frames kept before the first audible one."""

Samples = npt.NDArray[np.int16]
IsSpeech = Callable[[bytes], bool]


class SpeechSegment(Struct, frozen=True):
    """A stretch of speech."""

    start: int
    """First sample, counted from the beginning of the stream."""
    sound: Samples
    """Mono, 16 kHz, shape (n,)."""


def voice_activity() -> IsSpeech:
    """Make WebRTC's voice activity detector, as pocketsphinx has it, for single frames."""
    from pocketsphinx import Vad

    detector = Vad(mode=Vad.MEDIUM_STRICT, sample_rate=RATE, frame_length=FRAME / RATE)
    return lambda frame: bool(detector.is_speech(frame))


class Segmenter:
    """Cuts a stream into segments; keeps no more sound than the longest one."""

    def __init__(self, is_speech: IsSpeech) -> None:
        self._is_speech = is_speech
        self._left_over = np.zeros(0, np.int16)
        self._kept: deque[Samples] = deque(maxlen=LONGEST + _BEFORE + _QUIET + _LOOK)
        self._recent: deque[bool] = deque(maxlen=_LOOK)
        self._frames = 0
        self._began: int | None = None  # the frame at which somebody began to speak
        self._last = 0  # the last frame of speech

    def feed(self, samples: Samples) -> Iterator[SpeechSegment]:
        """Yield the segments that end within the next samples of the stream."""
        stream = np.concatenate([self._left_over, samples])
        whole = len(stream) // FRAME * FRAME
        self._left_over = stream[whole:]
        for start in range(0, whole, FRAME):
            segment = self._frame(stream[start : start + FRAME])
            if segment:
                yield segment

    def _frame(self, frame: Samples) -> SpeechSegment | None:
        speech = self._is_speech(frame.tobytes())
        self._kept.append(frame)
        self._recent.append(speech)
        self._frames += 1
        if speech:
            self._last = self._frames - 1
        if self._began is None:
            self._begin()
        elif self._frames - 1 - self._last >= _QUIET:
            return self._end(self._began)
        return None

    def _begin(self) -> None:
        if sum(self._recent) >= _ENOUGH:
            self._began = self._frames - len(self._recent) + self._recent.index(True)

    def _end(self, began: int) -> SpeechSegment | None:
        self._began = None
        self._recent.clear()
        if not SHORTEST <= self._last + 1 - began <= LONGEST:
            return None
        oldest = self._frames - len(self._kept)
        first = max(oldest, began - _BEFORE)
        frames = np.stack(list(self._kept)[first - oldest : self._last + 1 + _AFTER - oldest])
        breath = max(0, _first_audible(frames) - _LEAD)
        return SpeechSegment((first + breath) * FRAME, frames[breath:].reshape(-1))


def _first_audible(frames: Samples) -> int:
    """Index of the first frame that can be part of a word; `frames` has the shape (n, `FRAME`)."""
    levels = np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1))
    return int(np.argmax(levels >= _AUDIBLE * levels.max()))
