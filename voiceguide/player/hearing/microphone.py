"""The microphone, by miniaudio: 16 kHz, mono, 16 bit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from voiceguide.errors import MachineError
from voiceguide.player.hearing.echo import EXPLAINED, PlaybackHistory, own_share
from voiceguide.player.hearing.segments import RATE, IsSpeech, Samples, Segmenter, SpeechSegment

# ── the microphone, by miniaudio: 16 kHz, mono, 16 bit ───────────────────────


BUFFER = 60
"""Milliseconds of sound that come at a time: two frames."""

_NONE = "connect one, or allow this program to use it"


class Microphone:
    """The system's own choice of a microphone, open until it is closed."""

    def __init__(self) -> None:
        """Begin to record.

        Raises:
            MachineError: there is none, or miniaudio is not installed.
        """
        try:
            import miniaudio
        except ImportError:
            message = "listening needs the package miniaudio"
            raise MachineError(message, 'install it: `pip install "voiceguide[live]"`') from None
        self._came: SimpleQueue[bytes] = SimpleQueue()
        try:
            self._device: Any = miniaudio.CaptureDevice(
                input_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE,
                buffersize_msec=BUFFER,
                app_name="voiceguide",
            )
            if self._device.backend == "Null":  # miniaudio's way to say that there is none
                self._device.close()
                raise MachineError("there is no microphone", _NONE)
            self._receiver = _receiving(self._came)
            next(self._receiver)
            self._device.start(self._receiver)
        except miniaudio.MiniaudioError as error:
            raise MachineError(f"no microphone can be opened: {error.args[0]}", _NONE) from error

    def read(self, seconds: float) -> Samples | None:
        """What came in, waited for so many seconds at most: shape (n,); None where nothing did."""
        try:
            pieces = [self._came.get(timeout=seconds)]
        except Empty:
            return None
        while not self._came.empty():
            pieces.append(self._came.get())
        return np.frombuffer(b"".join(pieces), np.int16)

    def close(self) -> None:
        """Let the microphone go."""
        self._device.close()


def _receiving(came: SimpleQueue[bytes]) -> Generator[None, bytes, None]:
    while True:
        came.put(bytes((yield)))


# ── a stream from a microphone to the phrases that were said, but for the guide's own words


PhraseOf = Callable[[Samples], str | None]
"""The phrase that a segment is, or None: mono, 16 kHz, shape (n,)."""


class PhraseListener:
    """Hears what a listener says while the guide speaks from the same room."""

    def __init__(self, is_speech: IsSpeech, phrase_of: PhraseOf, played: PlaybackHistory) -> None:
        self._segmenter = Segmenter(is_speech)
        self._phrase_of = phrase_of
        self._played = played

    def hear(self, samples: Samples, now: int) -> Iterator[str]:
        """The phrases that end within the next samples of the stream: mono, 16 kHz, shape (n,).

        `now` is the count of what was played when they came in.
        """
        for segment in self._segmenter.feed(samples):
            phrase = None if self._is_own(segment, now) else self._phrase_of(segment.sound)
            if phrase:
                yield phrase

    def _is_own(self, segment: SpeechSegment, now: int) -> bool:
        return own_share(segment, self._played, now) >= EXPLAINED
