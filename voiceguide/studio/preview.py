"""A session that can be heard while its later texts are still being spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

from voiceguide import sequence
from voiceguide.errors import RoutineError, Severity, UsageError
from voiceguide.lengths import samples
from voiceguide.player.transport import PartialBlocks
from voiceguide.render import Block, Blocks
from voiceguide.sequence import Choices, Words
from voiceguide.studio.estimated import Estimated
from voiceguide.studio.narration import LiveNarration, Voiced
from voiceguide.studio.opening import Opened, unreachable
from voiceguide.studio.sounds import LaidBeds, bed_of
from voiceguide.timeline import LivePlan, Timeline, UnreachableLengthError, begin

PIECE = samples(0.5)
"""Samples that are read at a time; few, so that the first ones are heard soon."""

LOOK = 0.2
"""Seconds between two checks, while waiting for words, whether anybody still wants them."""


class Preview:
    """Speaks the texts of a session, and gives streams of the part that is spoken already.

    The lock `turn` is held whenever the engine speaks, since others may use it. `close` ends it.
    """

    def __init__(
        self,
        opened: Opened,
        voiced: Voiced,
        unroll: partial[sequence.Sequence],
        turn: AbstractContextManager[object],
    ) -> None:
        self._opened, self._unroll = opened, unroll
        self._bed, self._laid = bed_of(opened), LaidBeds(opened)
        words = unroll(choices=Choices(opened.settings.point)).words()
        guess = Estimated(opened)
        # no other voice stands in: an author wants to know that the voice has failed
        self.narration = LiveNarration(voiced, guess, words, lambda _: None, turn)

    def wait(self, look: Callable[[], None]) -> None:
        """Wait until all texts are spoken; call `look` every `LOOK` seconds and pass on its errors.

        Raises:
            VoiceguideError: a text cannot be spoken.
        """
        while not self.narration.wait(LOOK):
            look()

    @property
    def whole(self) -> bool:
        """Whether all texts are spoken."""
        return self.narration.whole

    def stream(self, start: int, stop: int | None = None) -> PreviewStream:
        """Return the sound between two samples; its texts are spoken before all others.

        Raises:
            RoutineError: the timeline has problems.
            UnmetLengthError: the length that was asked for cannot be met.
            UsageError: there is nothing to be heard there.
        """
        return PreviewStream(self, self.planned(), start, stop)

    def planned(self) -> LivePlan:
        """Return the plan by the texts spoken so far, and by guessed lengths for the others."""
        settings, lengths = self._opened.settings, self.narration.lengths()
        try:
            plan = begin(self._unroll, lengths, point=settings.point, wish=self.wish)
        except UnreachableLengthError as error:
            raise unreachable(error, self._opened) from None
        found = map(self._opened.located, plan.timeline.problems)
        if errors := [problem for problem in found if problem.severity is Severity.ERROR]:
            raise RoutineError(errors)
        return plan

    @property
    def wish(self) -> int | None:
        """The requested length in samples; None if none was requested."""
        length = self._opened.settings.length
        return None if length is None else samples(length)

    def blocks(self, timeline: Timeline, since: int) -> Blocks:
        """Return the sound of a timeline from the sample `since` on, as far as it is spoken."""
        return self.narration.blocks(timeline, self._bed, self._laid, since=since)

    def close(self) -> None:
        """Stop speaking."""
        self.narration.close()


class PreviewStream:
    """The sound of a session in pieces; the rest is planned anew as texts are spoken."""

    def __init__(self, preview: Preview, plan: LivePlan, start: int, stop: int | None) -> None:
        self._preview, self._plan, self._stop = preview, plan, stop
        self._at = min(max(0, start), self._end)
        if self._at == self._end:
            raise UsageError("there is nothing to be heard there", "choose an earlier place")
        self.over = False
        """Whether the listener has left, or the end is reached."""
        events = (event for event in self.timeline.events if event.end > self._at)
        preview.narration.hurry(e.source for e in events if isinstance(e.source, Words))

    @property
    def timeline(self) -> Timeline:
        """The timeline as it is known now; the part that has been heard does not change."""
        return self._plan.timeline

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 2."""
        return self._preview.blocks(self.timeline, self._at).channels

    def pieces(self) -> Iterator[Block]:
        """Yield the samples, as soon as there are some.

        Raises:
            VoiceguideError: the voice fails.
        """
        try:
            count, blocks = -1, self._preview.blocks(self.timeline, self._at)
            while self._at < self._end and not self.over:
                if count != self._preview.narration.count:
                    count = self._preview.narration.count
                    blocks = self._replanned()
                known = blocks.known_until if isinstance(blocks, PartialBlocks) else blocks.length
                stop = min(self._at + PIECE, known, self._end)
                if stop > self._at:
                    yield blocks.read(self._at, stop)
                    self._at = stop
                else:
                    self._preview.narration.wait_for_more(count, LOOK)
        finally:
            self.over = True

    @property
    def _end(self) -> int:
        length = self.timeline.length
        return length if self._stop is None else min(self._stop, length)

    def _replanned(self) -> Blocks:
        """Plan anew by the texts spoken meanwhile, and return the blocks."""
        lengths = self._preview.narration.lengths()
        self._plan = self._plan.remeasured(lengths, self._at, self._preview.wish)
        return self._preview.blocks(self.timeline, self._at)
