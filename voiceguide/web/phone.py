"""To the phone: one routine, shown to the network for as long as the studio is open."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web import server
from voiceguide.web.episodes import Shelf
from voiceguide.web.register import open_register
from voiceguide.web.serving import serving_app


class PhoneServer:
    """What `serve` does, for the routine that is being written."""

    def __init__(self, failed: Callable[[Path, VoiceguideError], None], host: str = "") -> None:
        """`host` is the address to listen on; this machine's in its network if empty."""
        self._failed, self._host = failed, host or server.lan_address()
        self._running: ExitStack | None = None

    def show(self, routine: Path, options: Mapping[str, Any]) -> str:
        """Show a routine's file, with options, instead of the one before; gives its address.

        Raises:
            VoiceguideError: there is no such file, or no port is free.
        """
        self.close()
        with ExitStack() as stack:
            listener = stack.enter_context(server.listen(self._host, None))
            workspace = Path(stack.enter_context(tempfile.TemporaryDirectory("", "voiceguide-")))
            shelf = Shelf(routine, workspace, self._failed, options)
            stack.callback(shelf.close)
            token = open_register(routine.parent).token
            app = serving_app(shelf, token, routine.stem, *server.own_names())
            made = server.make_server(app)
            thread = Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(setattr, made, "should_exit", True)
            self._running = stack.pop_all()
        (slug,) = shelf.slugs()
        return f"http://{self._host}:{listener.getsockname()[1]}/{token}/{slug}/index.html"

    def close(self) -> None:
        """Show nothing any more."""
        if self._running:
            self._running.close()
            self._running = None
