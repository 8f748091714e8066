"""Commands by voice: what the listener says, in English, understood on this machine alone.

    microphone ─▶ Segmenter ─▶ Recogniser ─▶ own voice? ─▶ Ask
                                                 ▲
                       what the device was given ┘

Nothing of what is heard is stored or sent: there are never more than some seconds of it in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.player.conductor import Ask, Command, State, Status
from voiceguide.player.hearing.listening import MonitoredOutput, PhraseListener, PlaybackHistory
from voiceguide.player.hearing.recogniser import (
    PHRASES,
    RATE,
    STOP,
    Recogniser,
    Samples,
    check_hearing,
    voice_activity,
)
from voiceguide.player.microphone import Microphone

__all__ = [
    "LISTENING",
    "Hearing",
    "MonitoredOutput",
    "PhraseListener",
    "PlaybackHistory",
    "check_hearing",
    "tick",
]


# ── the answer to a command that was understood: a tick, soft enough for a room that rests


_HERTZ = 880
_DECAY = 0.02
_LENGTH = 0.12
_PEAK = 0.06
"""Of full scale, -24 dBFS: well below a voice."""


def tick() -> npt.NDArray[np.int16]:
    """A struck tone that dies away within 0.1 s: mono, 48 kHz, shape (n,)."""
    seconds = np.arange(round(_LENGTH * SAMPLE_RATE)) / SAMPLE_RATE
    struck = np.minimum(seconds / 0.002, 1) * np.exp(-seconds / _DECAY)
    wave = np.sin(2 * np.pi * _HERTZ * seconds) * struck
    loud: npt.NDArray[np.int16] = np.rint(wave * _PEAK * 32767).astype(np.int16)
    return loud


# ── commands by voice: what the listener says, in English, understood on this machine alone


LISTENING = "listening: " + ", ".join(f"`{phrase}`" for phrase in PHRASES)
"""What a listener is told."""

_HEARD = "heard: "

_SILENT = 2.0
"""Seconds without a sample after which a microphone is held to be gone."""

_AGAIN = 3.0
"""Seconds between two attempts to find another one."""

_PATIENCE = 2.0
"""Seconds for which the end of the thread is waited for."""

_SHOWN = 30
"""How often `tell` is called, about ten times a second, while a phrase is shown that was heard."""


class Records(Protocol):
    """Where sound comes from."""

    def read(self, seconds: float) -> Samples | None:
        """What came in, or None after so many seconds without a sample."""

    def close(self) -> None:
        """Record no more."""


class Hearing:
    """Listens, in a thread of its own, and turns what is said into commands."""

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

        `answer` is called when a phrase is understood, and `told` with each new `note`, both from
        the thread. A microphone that cannot be opened, or goes away, is looked for again.
        """
        self.note = ""
        """What the listener should know of the listening."""
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
        """How it stands now: `stop` means something else in a pause."""
        self._state = status.state
        self._shown = max(0, self._shown - 1)
        if not self._shown and self.note.startswith(_HEARD):
            self.note = LISTENING

    def close(self) -> None:
        """Listen no more."""
        self._closed.set()
        self._thread.join(_PATIENCE)

    # ── the thread ───────────────────────────────────────────────────────────

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
        """Listen until the microphone is gone, or nobody wants to know any more."""
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
        """Show a note; one that is repeated, once."""
        if note != self.note or note.startswith(_HEARD):
            self.note = note
            self._told(note)


def meaning(phrase: str, state: State) -> Command:
    """What a phrase asks for: `stop` pauses, and in a pause it ends the session."""
    if phrase == STOP and state is State.PAUSED:
        return Command.QUIT
    return PHRASES[phrase]
