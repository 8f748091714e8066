"""A session on its way to a sound device: what is played, and who conducts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from voiceguide import sequence
from voiceguide.audio import Loop
from voiceguide.lengths import samples
from voiceguide.player import Conductor, Transport
from voiceguide.sequence import Choices, Source
from voiceguide.studio.beds import bed_of
from voiceguide.studio.opening import Opened
from voiceguide.studio.spoken import Spoken
from voiceguide.studio.voicing import Estimated, Voiced
from voiceguide.timeline import Course, begin

SOON = 0.6
"""Seconds that the start of a session may wait for all of its texts to be spoken. What takes
longer is spoken while the first of them are heard."""

Unroll = partial[sequence.Sequence]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a session is to be played."""

    volume: float = 1.0
    keep_length: bool = False
    """Whether it ends when it was meant to, whatever interrupts it."""
    ends_in: float | None = None
    """Seconds from now at which it is meant to end."""


class Performance:
    """A session that is played; `close` ends it."""

    def __init__(
        self,
        opened: Opened,
        voiced: Voiced,
        unroll: Unroll,
        wishes: Wishes,
        clock: Callable[[], float],
    ) -> None:
        """Wait until the beginning of the session is spoken, and stand at its start.

        Raises:
            UnreachableLengthError: it cannot be so long.
            VoiceguideError: it cannot be spoken.
        """
        self._bed: Loop | None = bed_of(opened)
        self._clock = clock
        natural = unroll(choices=Choices(opened.settings.point))
        self._spoken = Spoken(voiced, Estimated(opened), natural.words())
        self._spoken.wait(SOON)
        self._heard = self._spoken.count
        course = self._course(opened, unroll, wishes)
        blocks = self._spoken.blocks(course.timeline, self._bed)
        self.transport = Transport(blocks, volume=wishes.volume)
        self.conductor = self._conductor(course, opened, wishes)

    def tick(self) -> None:
        """Let the conductor notice what has come, texts that have been spoken among it.

        Raises:
            VoiceguideError: the session cannot go on.
        """
        self._spoken.check()
        count = self._spoken.count
        if count != self._heard:
            self._heard = count
            self.conductor.remeasure(self._spoken.lengths())
        self.conductor.tick()

    def __enter__(self) -> Performance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Speak and read no more."""
        self._spoken.close()
        self.transport.close()

    def _course(self, opened: Opened, unroll: Unroll, wishes: Wishes) -> Course:
        settings, lengths = opened.settings, self._spoken.lengths()
        if wishes.ends_in is not None:  # as near to it as the ranges allow
            course = begin(unroll, lengths, point=settings.point)
            return course.refitted(-1, samples(wishes.ends_in))
        wish = None if settings.length is None else samples(settings.length)
        return begin(unroll, lengths, point=settings.point, wish=wish)

    def _conductor(self, course: Course, opened: Opened, wishes: Wishes) -> Conductor:
        length = opened.settings.length
        seconds = course.timeline.duration if wishes.keep_length else wishes.ends_in
        return Conductor(
            course,
            self.transport,
            lambda timeline: self._spoken.blocks(timeline, self._bed),
            self._sound,
            clock=self._clock,
            ends_at=None if seconds is None else self._clock() + seconds,
            length=None if length is None else samples(length),
        )

    def _sound(self, source: Source) -> npt.NDArray[np.int16]:
        clip = self._spoken.clip(source)
        return np.rint(clip.samples * 32767).astype(np.int16)
