"""`Conductor`: carries out the listener's commands in a session.

    keys, buttons, words, a socket ─Command▶ Conductor ─▶ Transport ─▶ device
                                               │  ▲
                                               ▼  │
                                             Replannable: replans the remaining session

It has no thread of its own: its owner calls `tick` several times a second. Time comes from the
clock passed in and from the samples that the device has taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player.now import (
    Now,
    back_stop,
    last_instruction,
    next_stop,
    now,
    same_until,
    stop_before,
)
from voiceguide.player.transport import Transport
from voiceguide.render import Blocks
from voiceguide.sequence import EventKind, Source
from voiceguide.timeline import LengthOf, Timeline


class Replannable(Protocol):
    """A planned session; positions and lengths in samples. See `timeline.LivePlan`."""

    @property
    def timeline(self) -> Timeline:
        """The current timeline."""

    def refitted(self, position: int, wish: int) -> Replannable:
        """The course with the part after `position` fitted so that the whole is `wish` long."""

    def lengthened(self, position: int, more: int) -> Replannable | None:
        """The course with a longer hold at `position`; None where nothing can be longer."""

    def remeasured(
        self, length_of: LengthOf, position: int, wish: int | None = None
    ) -> Replannable:
        """The course with new lengths of its sounds."""


class FixedPlan(Struct, frozen=True):
    """The course of a recording, whose length is fixed."""

    timeline: Timeline

    def refitted(self, position: int, wish: int) -> FixedPlan:
        """Return the course unchanged."""
        return self

    def lengthened(self, position: int, more: int) -> None:
        """Return None: nothing can be longer."""

    def remeasured(self, length_of: LengthOf, position: int, wish: int | None = None) -> FixedPlan:
        """Return the course unchanged."""
        return self


# ── commands, states, and the conductor ──────────────────────────────────────


MORE = samples(10)
"""Samples that `more` adds to a hold."""

LONG_PAUSE = samples(20)
"""Samples of pause after which the last instruction is repeated."""

REMIND = samples(20)
"""Samples between two reminders while the session waits for the listener."""

LONGEST_WAIT = samples(120)
"""Samples after which a wait ends by itself, so that a listener needs no hands."""


class Command(Enum):
    """The listener's commands; the values are the names that scripts use."""

    PAUSE = "pause"
    GO_ON = "go-on"
    TOGGLE = "toggle"
    NEXT = "next"
    BACK = "back"
    REPEAT = "repeat"
    MORE = "more"
    END = "end"
    QUIT = "quit"


class State(Enum):
    """The state of a session."""

    PLAYING = "playing"
    PAUSED = "paused"
    WAITING = "waiting"
    OVER = "over"
    QUIT = "quit"


SamplesOf = Callable[[Source], npt.NDArray[np.int16]]
"""Returns the sound of a source, mono, shape (n,)."""


class Conductor:
    """Plays a course; its methods must be called from one thread."""

    def __init__(
        self,
        course: Replannable,
        transport: Transport,
        blocks_of: Callable[[Timeline], Blocks],
        sound_of: SamplesOf,
        *,
        clock: Callable[[], float],
        ends_at: float | None = None,
        length: int | None = None,
    ) -> None:
        """Begin paused at the transport's position.

        `clock` returns seconds, of which only differences count; `ends_at` is the clock's time
        at which the session should end, or None if it may end later. `length` in samples is the
        length that the routine asks for, which is kept when texts turn out longer.
        """
        self.state = State.PAUSED
        self._course = course
        self._transport = transport
        self._blocks_of = blocks_of
        self._sound_of = sound_of
        self._clock = clock
        self._ends_at = ends_at
        self._length = length
        self._still_since = 0
        self._reminded = 0

    @property
    def timeline(self) -> Timeline:
        """The session's current timeline."""
        return self._course.timeline

    def now(self, behind: int = 0) -> Now:
        """The present moment; `behind` is the device's latency in samples."""
        return now(self.timeline, max(0, self._transport.position - behind))

    def handle(self, command: Command) -> None:
        """Carry out a command in the present state: see `ACTIONS`."""
        action = ACTIONS[self.state].get(command)
        if action:
            action(self)

    def start(self) -> None:
        """Play from the current position."""
        self.state = State.PLAYING
        self._transport.go()

    def pause(self) -> None:
        """Fade out and pause until the listener goes on; a wait is no longer timed."""
        if self.state in (State.PLAYING, State.WAITING):
            self.state = State.PAUSED
            self._still_since = self._transport.pulled
            self._transport.stop()

    def go_on(self) -> None:
        """Resume after a pause; after a long one, repeat the last instruction first.

        In a wait, going on means that the listener is ready, so the wait ends.
        """
        if self._waits():
            self._end_wait()
        elif self.state is State.PAUSED:
            again = last_instruction(self.timeline, self._transport.position)
            if again and self._transport.pulled - self._still_since >= LONG_PAUSE:
                self._go_to(min(again.position, self._transport.position))
            else:
                self._plan_rest(self._transport.position)
            self.start()

    def _to(self, stop: Callable[[Timeline, int], int]) -> None:
        """Move to the stop that `stop` finds from the current position."""
        self._move(stop(self.timeline, self._transport.position))

    def _end(self) -> None:
        """End the current hold, rest or wait."""
        timed = self.now().timed
        if timed:
            self._move(timed.end)

    def _move(self, position: int) -> None:
        """Jump; a paused session stays paused, a waiting one resumes from there."""
        self._still_since = self._transport.pulled  # the old instruction is not repeated
        self._go_to(position)
        if self.state is State.WAITING:
            self.start()

    def _more(self) -> None:
        longer = self._course.lengthened(self._transport.position, MORE)
        if longer:
            self._course = longer
            self._plan_rest(self._transport.position, anew=True)

    def _be_patient(self) -> None:
        """Restart the wait's timer: a wait has no length to extend."""
        self._still_since = self._reminded = self._transport.pulled

    def _quit(self) -> None:
        self._transport.stop()
        self.state = State.QUIT

    def tick(self) -> None:
        """Notice a wait or the end; raise the error if the session cannot be read."""
        self._transport.check()
        if self.state is State.WAITING:
            self._wait()
        elif self.state is State.PLAYING:
            if self._transport.ended:
                self.state = State.OVER
            elif self._waits():
                self.state = State.WAITING
                self._be_patient()
                self._transport.stop()

    def _waits(self) -> bool:
        timed = self.now().timed
        return timed is not None and timed.kind is EventKind.WAIT

    def _wait(self) -> None:
        pulled = self._transport.pulled
        if pulled - self._still_since >= LONGEST_WAIT:
            self._end_wait()
        elif pulled - self._reminded >= REMIND:
            self._reminded = pulled
            chimes = (e.source for e in self.timeline.events if e.kind is EventKind.CHIME)
            source = next(chimes, None)
            self._transport.say_aside(self._sound_of(source) if source else np.zeros(0, np.int16))

    def _end_wait(self) -> None:
        timed = self.now().timed
        self._go_to(timed.end if timed else self._transport.position)
        self.start()

    # ── replanning the remaining session ─────────────────────────────────────

    def _go_to(self, position: int) -> None:
        """Jump, and refit the remaining session to its end time."""
        self._refit(position)
        self._transport.jump(position, self._blocks_of(self.timeline))

    def remeasure(self, length_of: LengthOf) -> None:
        """Replan the remaining session with the lengths of texts spoken meanwhile."""
        before, position = self.timeline, self._transport.position
        wish = self._length if self._ends_at is None else None
        self._course = self._course.remeasured(length_of, position, wish)
        self._refit(position)
        self._exchange(before)

    def _plan_rest(self, position: int, *, anew: bool = False) -> None:
        before = self.timeline
        if self._refit(position) or anew:
            self._exchange(before)

    def _exchange(self, before: Timeline) -> None:
        same = same_until(before, self.timeline)
        self._transport.exchange(self._blocks_of(self.timeline), same)

    def _refit(self, position: int) -> bool:
        """Fit the part after `position` to the time left; return whether anything was fitted."""
        if self._ends_at is None or position >= self.timeline.length:
            return False
        left = round((self._ends_at - self._clock()) * SAMPLE_RATE)
        self._course = self._course.refitted(position, position + max(0, left))
        return True


Action = Callable[[Conductor], None]

_ANYWHERE: dict[Command, Action] = {
    Command.NEXT: lambda conductor: conductor._to(next_stop),
    Command.BACK: lambda conductor: conductor._to(back_stop),
    Command.REPEAT: lambda conductor: conductor._to(stop_before),
    Command.MORE: Conductor._more,
    Command.END: Conductor._end,
    Command.QUIT: Conductor._quit,
}

ACTIONS: Mapping[State, Mapping[Command, Action]] = {
    State.PLAYING: {
        **_ANYWHERE,
        Command.PAUSE: Conductor.pause,
        Command.TOGGLE: Conductor.pause,
    },
    State.PAUSED: {
        **_ANYWHERE,
        Command.GO_ON: Conductor.go_on,
        Command.TOGGLE: Conductor.go_on,
    },
    State.WAITING: {
        **_ANYWHERE,
        Command.PAUSE: Conductor.pause,
        Command.GO_ON: Conductor.go_on,
        Command.TOGGLE: Conductor.go_on,
        Command.MORE: Conductor._be_patient,
    },
    State.OVER: {Command.QUIT: Conductor._quit},
    State.QUIT: {},
}
"""The action of each command in each state; a command missing from a state's row is ignored.
A new command is added here and to `Command`; keys, buttons and scripts then know it."""


Ask = Callable[[Command], None]
"""Accepts a command; may be called from any thread."""


class Status(Struct, frozen=True):
    """The state of a session, for displays and remote controls."""

    title: str
    state: State
    now: Now
