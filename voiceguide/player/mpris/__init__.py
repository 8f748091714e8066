"""`Mpris`: a session for the buttons of headsets and keyboards, and the widgets of a desktop.

On Linux these speak to media players over D-Bus, by MPRIS. Where there is no bus, nothing happens.
jeepney is what speaks D-Bus here: pure Python, without dependencies, and it needs no event loop,
as one thread waits for messages and does nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from voiceguide.errors import VoiceguideError
from voiceguide.player.conductor import Ask, Status
from voiceguide.player.desktop import PATIENCE, SESSION, NoBusError, open_bus

if TYPE_CHECKING:
    from voiceguide.player.mpris.service import Service

TURN = 0.1
"""Seconds after which it is told what has changed, where nobody asks."""

CoverOf = Callable[[], bytes]
"""Makes the picture of the session, PNG or JPEG; called once, in a thread of its own."""


class Mpris:
    """Offers a session on the bus of the user's programs, in a thread of its own."""

    def __init__(self, ask: Ask, cover_of: CoverOf, folder: Path) -> None:
        """`folder` takes the picture while the session is played; a widget reads it from there."""
        self._ask = ask
        self._cover_of = cover_of
        self._folder = folder
        self._status: Status | None = None
        self._told = Event()
        self._closed = False
        self._thread = Thread(target=self._serve, name="voiceguide mpris", daemon=True)
        self._thread.start()

    def tell(self, status: Status) -> None:
        """How it stands now."""
        self._status = status
        self._told.set()

    def close(self) -> None:
        """Leave the bus."""
        self._closed = True
        self._told.set()
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        # OSError: the bus has gone, and we play on without
        with suppress(NoBusError, OSError), closing(open_bus(SESSION)) as bus:
            self._told.wait()
            if self._status:
                self._be_seen(bus, self._status)

    def _be_seen(self, bus: Any, status: Status) -> None:
        from voiceguide.player.mpris.service import Service

        service = Service(bus, self._ask, status)
        self._turn(bus, service)
        file = self._written_cover()
        try:
            service.art = file.as_uri() if file else None
            while not self._closed:
                self._turn(bus, service)
        finally:
            if file:
                file.unlink(missing_ok=True)

    def _turn(self, bus: Any, service: Service) -> None:
        """Tell what has changed, and answer one call if one comes in time."""
        if self._status:
            service.announce(self._status)
        with suppress(TimeoutError):
            service.answer(bus.receive(timeout=TURN))

    def _written_cover(self) -> Path | None:
        """The cover in a file, since players read nothing else; None where it cannot be made.

        The file is named for the process, so that two sessions do not share one, and those of
        processes that were killed are removed.
        """
        with suppress(VoiceguideError, OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.glob("cover-*"):
                if not _runs(old.name):
                    old.unlink(missing_ok=True)
            data = self._cover_of()
            ending = "png" if data.startswith(b"\x89PNG") else "jpg"
            file = self._folder / f"cover-{os.getpid()}.{ending}"
            file.write_bytes(data)
            return file
        return None


def _runs(name: str) -> bool:
    """Whether the process that a cover is named for is still there."""
    number = name.removeprefix("cover-").partition(".")[0]
    return number.isdecimal() and Path("/proc", number).exists()
