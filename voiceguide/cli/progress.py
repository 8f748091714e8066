"""The bar that shows how far long work has come: on a terminal, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voiceguide.cli import console

PATIENCE = 0.4
"""Seconds of work that need no bar."""


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[float], None] | None]:
    """What to tell the share done, from 0 to 1; None where nobody is looking."""
    if not console.is_terminal(sys.stderr):
        yield None
        return
    bar = _Bar(what, time.monotonic)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A bar that appears once the work has taken a moment, and leaves no trace."""

    def __init__(self, what: str, now: Callable[[], float]) -> None:
        self._what, self._now, self._began = what, now, now()
        self._close: Callable[[], None] | None = None
        self._show: Callable[[float], None] = lambda _share: None

    def __call__(self, share: float) -> None:
        if self._close is None and self._now() - self._began > PATIENCE:
            self._open()
        self._show(share)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

        bar = Progress(
            "{task.description}",
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = bar.add_task(self._what, total=1.0)
        bar.start()
        self._show = lambda share: bar.update(task, completed=share)
        self._close = bar.stop

    def close(self) -> None:
        """Take the bar away."""
        if self._close:
            self._close()
