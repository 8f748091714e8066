"""Where commands come from, beside the keyboard: each source asks, and is told how it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voiceguide.player.conductor import Command, State
from voiceguide.player.now import Now

Ask = Callable[[Command], None]
"""Takes a command; may be called from any thread."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a session, for those who cannot hear it."""

    title: str
    state: State
    now: Now


class Control(Protocol):
    """Who has to do with a session: most of them ask, from a thread of their own, until closed."""

    def tell(self, standing: Standing) -> None:
        """How it stands now; called some times a second."""

    def close(self) -> None:
        """Ask no more; harmless when done twice."""
