"""A segment of sound to the phrase that was said, by pocketsphinx: small, offline, English."""

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

# ── what can be said to a session, and what else a recogniser may take a sound for


STOP = "stop"
"""Pauses; said in a pause, it ends the session: a word that was misheard must not end it."""

PHRASES: Mapping[str, Command] = {
    "pause": Command.PAUSE,
    "go on": Command.GO_ON,
    "next": Command.NEXT,
    "back": Command.BACK,
    "repeat": Command.REPEAT,
    "more time": Command.MORE,
    STOP: Command.PAUSE,
}
"""What is said, and what it asks for while a session plays."""

_OTHERS = """
    about arms breath breathe calm chest down each exhale eyes feel feet floor gently hands head
    hello hips hold inhale keep knee left lift little lower minute okay open please press ready
    relax release right roll seconds shoulders side slowly soft stand stay stretch there three
    turn what when with yes water phone sorry thanks good night
"""

FILLERS = tuple(_OTHERS.split())
"""Other words, so that a sound that is no command has something to be. Not among them are words of
two letters, which match anything and make the search a hundred times as long, and words that sound
like a command (`pose`, `stomp`), for which commands are taken more often than the other way."""


def vocabulary() -> frozenset[str]:
    """Every word that is listened for."""
    return frozenset(FILLERS).union(*(phrase.split() for phrase in PHRASES))


def grammar() -> str:
    """What may be said at a time, as a grammar in the JSpeech Grammar Format: a phrase, or one or
    two other words."""
    return (
        "#JSGF V1.0;\ngrammar said;\n"
        "public <said> = <phrase> | <other> [<other>];\n"
        f"<phrase> = {' | '.join(PHRASES)};\n"
        f"<other> = {' | '.join(FILLERS)};\n"
    )


LANGUAGE = "en"
"""The language of its words."""

_MODEL = "en-us/en-us"
_DICTIONARY = "en-us/cmudict-en-us.dict"
_NAME = "said"


def check_hearing(language: str = LANGUAGE) -> None:
    """See that spoken commands can be understood in a session of this language.

    Raises:
        MachineError: pocketsphinx is not installed.
        UsageError: the words are those of another language.
    """
    if find_spec("pocketsphinx") is None:
        raise MachineError("listening needs the package pocketsphinx", _way_out())
    if language.partition("-")[0] != LANGUAGE:
        raise UsageError(
            f"`--listen` knows English words alone so far, and this routine is in `{language}`",
            "play it without; keys and `voiceguide remote` command it in every language",
        )


def _way_out() -> str:
    if sys.version_info >= (3, 14):
        return "run voiceguide with Python 3.13: there is no package of it for later ones yet"
    return bring("hands-free")


class Recogniser:
    """Knows the phrases, and words that are none of them."""

    def __init__(self) -> None:
        """Load the model, in about a quarter of a second; a MachineError where there is none."""
        try:
            import pocketsphinx
        except ImportError:
            raise MachineError("listening needs the package pocketsphinx", _way_out()) from None
        model = pocketsphinx.get_model_path
        try:
            self._decoder: Any = pocketsphinx.Decoder(
                hmm=model(_MODEL), dict=None, lm=None, loglevel="FATAL"
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
        """The phrase that a segment is: mono, 16 kHz, shape (n,); None where it is another word."""
        self._decoder.start_utt()
        self._decoder.process_raw(segment.tobytes(), False, True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found and found.hypstr in PHRASES else None


def pronunciations(dictionary: Path, words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The ways in which some words of a dictionary are said: `on(2)` and its phonemes.

    The whole dictionary would take forty times the memory.
    """
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, phones = line.rstrip().partition(" ")
            if word.partition("(")[0] in words:
                yield word, phones


# ── where in a stream somebody speaks: short segments, each as long as a command may be


RATE = 16_000
"""Samples a second of all that is heard."""

FRAME = 480
"""Samples that are held for speech or not at a time: 30 ms."""

SHORTEST, LONGEST = 5, 46
"""Frames of a command, 0.15 and 1.4 seconds: what is longer is talk."""

_LOOK, _ENOUGH = 6, 3
"""Somebody has begun to speak where so many of the last frames are speech."""

_QUIET = 8
"""Frames without speech after which a segment has ended: 0.24 s, longer than the stop of a `p`."""

_BEFORE, _AFTER = 7, 4
"""Frames around the speech that belong to a segment."""

Samples = npt.NDArray[np.int16]
IsSpeech = Callable[[bytes], bool]


class SpeechSegment(Struct, frozen=True):
    """Somebody spoke."""

    start: int
    """Its first sample, counted from the beginning of the stream."""
    sound: Samples
    """Mono, 16 kHz, shape (n,)."""


def voice_activity() -> IsSpeech:
    """Tells whether a frame is speech, by the detector of WebRTC that pocketsphinx has."""
    from pocketsphinx import Vad

    detector = Vad(mode=Vad.MEDIUM_STRICT, sample_rate=RATE, frame_length=FRAME / RATE)
    return lambda frame: bool(detector.is_speech(frame))


class Segmenter:
    """Cuts a stream into segments; remembers no more than the longest one."""

    def __init__(self, is_speech: IsSpeech) -> None:
        self._is_speech = is_speech
        self._left_over = np.zeros(0, np.int16)
        self._kept: deque[Samples] = deque(maxlen=LONGEST + _BEFORE + _QUIET + _LOOK)
        self._recent: deque[bool] = deque(maxlen=_LOOK)
        self._frames = 0
        self._began: int | None = None  # the frame at which somebody began to speak
        self._last = 0  # the last frame of speech

    def feed(self, samples: Samples) -> Iterator[SpeechSegment]:
        """The segments that end within the next samples of the stream."""
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
        frames = list(self._kept)[first - oldest : self._last + 1 + _AFTER - oldest]
        return SpeechSegment(first * FRAME, np.concatenate(frames))
