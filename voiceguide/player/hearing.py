"""Voice commands: recognise the listener's English phrases on this machine, offline.

    microphone ─▶ Segmenter ─▶ Recogniser ─▶ own voice? ─▶ Ask
                                                 ▲
               samples given to the device ──────┘

Nothing that is heard is stored or sent; at most some seconds of it are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player.conductor import Ask, Command, State, Status
from voiceguide.player.device import Microphone, Output, Pull
from voiceguide.player.recogniser import (
    PHRASES,
    RATE,
    STOP,
    IsSpeech,
    Recogniser,
    Samples,
    Segmenter,
    SpeechSegment,
    voice_activity,
)
from voiceguide.render import Block

# ── the tick that answers a recognised command, soft enough for a quiet room ─


_HERTZ = 880
_DECAY = 0.02
_LENGTH = 0.12
_PEAK = 0.06
"""-24 dBFS, of full scale 1: well below a voice."""


def tick() -> npt.NDArray[np.int16]:
    """Make a struck tone that decays within 0.1 s: mono, 48 kHz, shape (n,)."""
    seconds = np.arange(round(_LENGTH * SAMPLE_RATE)) / SAMPLE_RATE
    struck = np.minimum(seconds / 0.002, 1) * np.exp(-seconds / _DECAY)
    wave = np.sin(2 * np.pi * _HERTZ * seconds) * struck
    loud: npt.NDArray[np.int16] = np.rint(wave * _PEAK * 32767).astype(np.int16)
    return loud


LISTENING = "listening: " + ", ".join(f"`{phrase}`" for phrase in PHRASES)
"""Note shown while listening."""

_HEARD = "heard: "

_SILENT = 2.0
"""Seconds without a sample after which a microphone counts as gone."""

_AGAIN = 3.0
"""Seconds between two attempts to open another microphone."""

_PATIENCE = 2.0
"""Longest wait for the thread to end, in seconds."""

_SHOWN = 30
"""Calls of `tell`, about ten a second, for which a recognised phrase is shown."""


class Records(Protocol):
    """A source of recorded sound."""

    def read(self, seconds: float) -> Samples | None:
        """Return the samples received; None if none came within `seconds`."""

    def close(self) -> None:
        """Stop recording."""


class Hearing:
    """Listens in a thread of its own and turns spoken phrases into commands."""

    def __init__(
        self,
        ask: Ask,
        played: PlaybackHistory,
        *,
        answer: Callable[[], None] = lambda: None,
        told: Callable[[str], None] = lambda _note: None,
        open_microphone: Callable[[], Records] = lambda: Microphone(RATE),
    ) -> None:
        """Begin to listen.

        `answer` is called when a phrase is recognised, and `told` with each new `note`, both from
        the thread. A microphone that cannot be opened, or goes away, is tried again later.
        """
        self.note = ""
        """Message for the listener about listening."""
        self._ask = ask
        self._answer = answer
        self._told = told
        self._shown = 0
        self._played = played
        self._open = open_microphone
        self._state = State.PLAYING
        self._closed = Event()
        self._thread = Thread(target=self._run, name="voiceguide hearing", daemon=True)
        self._thread.start()

    def tell(self, status: Status) -> None:
        """Take the session's status: `stop` has another meaning in a pause."""
        self._state = status.state
        self._shown = max(0, self._shown - 1)
        if not self._shown and self.note.startswith(_HEARD):
            self.note = LISTENING

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            recogniser = Recogniser()
        except VoiceguideError as error:
            self._say(f"not listening: {error.message}")
            return
        while not self._closed.is_set():
            try:
                self._listen(self._open(), recogniser)
            except VoiceguideError as error:
                self._say(f"not listening: {error.message}")
            self._closed.wait(_AGAIN)

    def _listen(self, microphone: Records, recogniser: Recogniser) -> None:
        """Listen until the microphone is gone or `close` is called."""
        self._say(LISTENING)
        ear = PhraseListener(voice_activity(), recogniser.phrase, self._played)
        try:
            while not self._closed.is_set():
                samples = microphone.read(_SILENT)
                if samples is None:
                    self._say("not listening: the microphone has gone")
                    return
                for phrase in ear.hear(samples, self._played.count):
                    self._handle(phrase)
        finally:
            microphone.close()

    def _handle(self, phrase: str) -> None:
        self._ask(meaning(phrase, self._state))
        self._answer()
        self._shown = _SHOWN
        self._say(_HEARD + phrase)

    def _say(self, note: str) -> None:
        """Set the note and report it; a repeated one only if it is a phrase."""
        if note != self.note or note.startswith(_HEARD):
            self.note = note
            self._told(note)


def meaning(phrase: str, state: State) -> Command:
    """The command of a phrase: `stop` pauses, but in a pause it ends the session."""
    if phrase == STOP and state is State.PAUSED:
        return Command.QUIT
    return PHRASES[phrase]


# ── the last seconds played, kept to recognise the guide's own voice ─────────


KEPT = 8 * RATE
"""Samples kept."""

_STEP = SAMPLE_RATE // RATE
_TAPS = 24
_LOWPASS = np.hanning(_TAPS + 2)[1:-1] / np.hanning(_TAPS + 2).sum()
"""Low-pass against aliases above 8 kHz; good enough, since the result is only compared."""

Sound = npt.NDArray[np.float32]


class PlaybackHistory:
    """The last seconds given to a device: mono, 16 kHz, full scale 1."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ring = np.zeros(KEPT, np.float32)
        self._count = 0
        self._before = np.zeros(_TAPS - 1, np.float32)
        self._phase = 0

    @property
    def count(self) -> int:
        """Samples received since the beginning, at 16 kHz."""
        return self._count

    def add(self, block: Block) -> None:
        """Keep the next samples, at 48 kHz, shape (n,) or (n, channels)."""
        mono = block if block.ndim == 1 else block.mean(axis=1)
        stream = np.concatenate([self._before, mono.astype(np.float32) / 32768])
        self._before = stream[len(stream) - _TAPS + 1 :]
        low = np.convolve(stream, _LOWPASS, "valid")[self._phase :: _STEP]
        self._phase = (self._phase - len(mono)) % _STEP
        self._keep(low[-KEPT:].astype(np.float32))

    def _keep(self, sound: Sound) -> None:
        with self._lock:
            self._ring[np.arange(self._count, self._count + len(sound)) % KEPT] = sound
            self._count += len(sound)

    def between(self, start: int, stop: int) -> Sound:
        """The samples [start, stop), with silence where they are not known."""
        with self._lock:
            at = np.arange(start, stop)
            known = (at >= max(0, self._count - KEPT)) & (at < self._count)
            sound: Sound = np.where(known, self._ring[at % KEPT], 0).astype(np.float32)
            return sound


class MonitoredOutput(Struct, frozen=True):
    """An output whose samples are also kept in a history."""

    output: Output
    played: PlaybackHistory

    @property
    def name(self) -> str:
        """The device's name."""
        return self.output.name

    def start(self, pull: Pull) -> None:
        """Begin to pull samples and keep them."""

        def overheard(count: int) -> Block:
            block = pull(count)
            self.played.add(block)
            return block

        self.output.start(overheard)

    def close(self) -> None:
        """Stop and release the device."""
        self.output.close()


# ── recognising the guide's own sound in the microphone ──────────────────────


EXPLAINED = 0.15
"""Share of a segment's energy from which it counts as the guide's own sound. The guide's words kept
0.3 and more in a hall (reverberation 0.6 s), 0.6 in a room (0.3 s); others' words reached 0.03."""

LONGEST_DELAY = 2 * RATE
"""Longest delay in samples from output to microphone: the device's half a second, the microphone's
buffer, and Bluetooth's latency."""

_FAINT = 3e-4
"""RMS of full scale 1, -70 dBFS; softer playback is silence in a room."""

_WINDOW, _HOP = 1024, 256
_LOW, _HIGH = 150, 5_000
"""Band in Hz that holds the energy of voices."""


def own_share(segment: SpeechSegment, played: PlaybackHistory, now: int) -> float:
    """Share of a segment's energy, 0 to 1, that comes from playback; 0 if nothing was played.

    `now` is `played.count` when the segment's last sample was received.
    """
    sound: Sound = (segment.sound / 32768).astype(np.float32)
    reference = played.between(now - len(sound) - LONGEST_DELAY, now)
    if np.sqrt(np.mean(reference**2)) < _FAINT:
        return 0.0
    lag = delay(sound, reference)
    return coherent_share(sound, reference[lag : lag + len(sound)])


def delay(sound: Sound, reference: Sound) -> int:
    """Sample of the longer `reference` at which `sound` most likely begins."""
    size = 1 << (len(sound) + len(reference)).bit_length()
    cross = np.conj(np.fft.rfft(sound, size)) * np.fft.rfft(reference, size)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    cross[(hertz < _LOW) | (hertz > _HIGH)] = 0
    whitened = cross / np.maximum(np.abs(cross), 1e-12)
    return int(np.argmax(np.fft.irfft(whitened, size)[: len(reference) - len(sound) + 1]))


def coherent_share(sound: Sound, reference: Sound) -> float:
    """Share of one sound's energy, 0 to 1, that is the other one filtered; both of shape (n,)."""
    one, other = _spectra(sound), _spectra(reference)
    power = np.sum(np.abs(one) ** 2, axis=0)
    cross = np.abs(np.sum(one * np.conj(other), axis=0)) ** 2
    coherence = cross / np.maximum(power * np.sum(np.abs(other) ** 2, axis=0), 1e-20)
    # unrelated sounds are coherent by chance, the more the fewer windows there are
    chance = 1 / max(2, len(one) * _HOP // _WINDOW)
    known = np.clip((coherence - chance) / (1 - chance), 0, 1)
    return float(np.sum(known * power) / max(float(np.sum(power)), 1e-20))


def _spectra(sound: Sound) -> npt.NDArray[np.complex128]:
    """Short-time spectra between `_LOW` and `_HIGH`, shape (windows, frequencies)."""
    padded = np.pad(sound, (0, max(0, _WINDOW - len(sound))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    spectra = np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)
    hertz = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    return np.asarray(spectra[:, (hertz >= _LOW) & (hertz <= _HIGH)])


PhraseOf = Callable[[Samples], str | None]
"""Returns the phrase of a segment, or None; mono, 16 kHz, shape (n,)."""


class PhraseListener:
    """Recognises the listener's phrases while the guide speaks in the same room."""

    def __init__(self, is_speech: IsSpeech, phrase_of: PhraseOf, played: PlaybackHistory) -> None:
        self._segmenter = Segmenter(is_speech)
        self._phrase_of = phrase_of
        self._played = played

    def hear(self, samples: Samples, now: int) -> Iterator[str]:
        """Yield the phrases that end within the next samples: mono, 16 kHz, shape (n,).

        `now` is the history's `count` when the samples were received.
        """
        for segment in self._segmenter.feed(samples):
            is_own = own_share(segment, self._played, now) >= EXPLAINED
            phrase = None if is_own else self._phrase_of(segment.sound)
            if phrase:
                yield phrase
