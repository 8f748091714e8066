"""`Playback`: a session and a device, from the first sample to the last one heard.

A device may go away, headphones out of reach for one. The session pauses then, and goes on when a
device is there again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from voiceguide.errors import VoiceguideError
from voiceguide.player.conductor import Command, Conductor, State
from voiceguide.player.device import LATENCY, Output
from voiceguide.player.transport import FADE, Transport

TURN = 0.1
"""Seconds for which commands are waited for before the conductor looks around again."""

GONE = 2.0
"""Seconds without a sample taken after which a device is held to be gone."""

AGAIN = 1.0
"""Seconds between two attempts to find another one."""

Listen = Callable[[float], Iterable[Command]]
"""Waits at most so many seconds, and gives what the listener asked for meanwhile."""


class Performs(Protocol):
    """A session that can be played."""

    @property
    def conductor(self) -> Conductor:
        """Who conducts it."""

    @property
    def transport(self) -> Transport:
        """Where it is played."""

    @property
    def note(self) -> str:
        """What the listener should know of it, or nothing."""

    def tick(self) -> None:
        """Notice what has come."""


class Playback:
    """Plays a session to the end, or until the listener leaves."""

    def __init__(
        self, session: Performs, open_output: Callable[[], Output], clock: Callable[[], float]
    ) -> None:
        """Open a device.

        Raises:
            MachineError: there is none.
            UsageError: there is none of the name that was asked for.
        """
        self._gone = ""
        self._session = session
        self._open_output = open_output
        self._clock = clock
        self._output: Output | None = open_output()
        self._taken = 0
        self._taken_at = clock()
        self._was_playing = False

    @property
    def note(self) -> str:
        """What the listener should know, or nothing."""
        return self._gone or self._session.note

    def run(self, listen: Listen, show: Callable[[], None]) -> State:
        """Play from where the session stands; `show` is called some times a second.

        Raises:
            VoiceguideError: the session cannot go on.
        """
        conductor = self._session.conductor
        self._start()
        conductor.start()
        try:
            while conductor.state not in (State.OVER, State.QUIT):
                show()
                for command in listen(TURN):
                    conductor.handle(command)
                self._session.tick()
                self._watch()
            show()  # how it ended
            self._drain(listen)
        except KeyboardInterrupt:
            conductor.handle(Command.QUIT)
            self._drain(listen)
            raise
        finally:
            self._close()
        return conductor.state

    def _start(self) -> None:
        if self._output:
            self._output.start(self._session.transport.pull)
            self._taken_at = self._clock()

    def _close(self) -> None:
        if self._output:
            self._output.close()
            self._output = None

    def _drain(self, listen: Listen) -> None:
        """Let what the device holds be heard, a fade included; one that is gone holds nothing."""
        enough = self._session.transport.pulled + FADE + 2 * LATENCY
        given_up = self._clock() + GONE
        while self._session.transport.pulled < enough and self._clock() < given_up:
            listen(TURN)

    # ── a device that goes away ──────────────────────────────────────────────

    def _watch(self) -> None:
        if self._output is None:
            self._look_for_another()
        elif self._session.transport.pulled != self._taken:
            self._taken, self._taken_at = self._session.transport.pulled, self._clock()
        elif self._clock() - self._taken_at > GONE:
            self._lose()

    def _lose(self) -> None:
        conductor = self._session.conductor
        self._was_playing = conductor.state is State.PLAYING
        if self._was_playing:  # one that waits goes on waiting: its time stands still meanwhile
            conductor.pause()
        self._close()
        self._gone = "the sound device has gone: connect one, and the session goes on"
        self._taken_at = self._clock()

    def _look_for_another(self) -> None:
        if self._clock() - self._taken_at < AGAIN:
            return
        self._taken_at = self._clock()
        try:
            self._output = self._open_output()
            self._start()
        except VoiceguideError:
            self._close()
            return
        self._gone = ""
        if self._was_playing:
            self._session.conductor.go_on()
