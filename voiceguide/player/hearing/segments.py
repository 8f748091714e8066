"""Where in a stream somebody speaks: short segments, each as long as a command may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """Somebody spoke."""

    start: int
    """Its first sample, counted from the beginning of the stream."""
    sound: Samples
    """Mono, 16 kHz, shape (n,)."""


def voice_activity() -> IsSpeech:
    """Tells whether a frame is speech, by the detector of WebRTC.

    Raises:
        ImportError: pocketsphinx is not installed.
    """
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
