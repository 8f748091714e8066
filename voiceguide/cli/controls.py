"""All that a listener can command a session with: the keyboard, and whatever else is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from voiceguide.cli.keys import commands_of, open_keys
from voiceguide.errors import MachineError
from voiceguide.player import Command
from voiceguide.player.awake import Awake
from voiceguide.player.controls import Ask, Control, Standing
from voiceguide.player.hearing import Hearing
from voiceguide.player.mpris import CoverOf, Mpris
from voiceguide.player.remote import Remote
from voiceguide.studio.resuming import remote_file


class Desk:
    """Gathers the commands of all sources, and tells all of them how it stands."""

    def __init__(self, cover_of: CoverOf, ears: Callable[[Ask], Hearing] | None = None) -> None:
        """Open all that works here; `cover_of` makes the session's picture.

        `ears` begins to listen for spoken commands, where the listener wants that.
        """
        self._asked: SimpleQueue[Command] = SimpleQueue()
        self._hearing = ears(self._asked.put) if ears else None
        self._controls = list(self._open(cover_of))
        self._keys = open_keys()

    @property
    def has_keys(self) -> bool:
        """Whether there is a keyboard."""
        return self._keys is not None

    @property
    def note(self) -> str:
        """What the listener should know of the listening, or nothing."""
        return self._hearing.note if self._hearing else ""

    def listen(self, seconds: float) -> Iterator[Command]:
        """What is asked for within so many seconds."""
        if self._keys:
            yield from commands_of(self._keys.wait(seconds))
        else:
            time.sleep(seconds)
        while not self._asked.empty():
            yield self._asked.get()

    def tell(self, standing: Standing) -> None:
        """How it stands now."""
        for control in self._controls:
            control.tell(standing)

    def close(self) -> None:
        """Leave the terminal as it was, and listen to nothing any more."""
        if self._keys:
            self._keys.close()
        for control in self._controls:
            control.close()

    def _open(self, cover_of: CoverOf) -> Iterator[Control]:
        """The sources that work here; a session is played without those that do not."""
        if self._hearing:
            yield self._hearing
        yield Awake()
        yield Mpris(self._asked.put, cover_of)
        try:
            yield Remote(self._asked.put, remote_file())
        except MachineError:
            return
