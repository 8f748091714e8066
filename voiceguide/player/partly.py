"""`Partly`: blocks of which only the beginning is known so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.render import Block, Blocks, Ground, Span


class NotYetError(Exception):
    """What is to be read is not known yet: ask again, when there are other blocks."""


@dataclass(frozen=True, slots=True)
class Partly:
    """Blocks that can be read before a sample; what comes after it will be exchanged."""

    blocks: Blocks
    known_until: int

    @property
    def length(self) -> int:
        """Samples of the whole."""
        return self.blocks.length

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self.blocks.channels

    @property
    def spans(self) -> Sequence[Span]:
        """Where it sounds, as far as that is known."""
        return self.blocks.spans

    @property
    def ground(self) -> Ground | None:
        """What sounds elsewhere."""
        return self.blocks.ground

    def read(self, start: int, stop: int) -> Block:
        """The samples of [start, stop).

        Raises:
            NotYetError: they are not known.
        """
        if stop > self.known_until:
            raise NotYetError
        return self.blocks.read(start, stop)

    def key(self, start: int, stop: int) -> str:
        """Names what is read in [start, stop)."""
        return self.blocks.key(start, stop)
