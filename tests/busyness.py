"""How busy the machine is while a test measures time: its limits grow as all work gets slower."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PIECE = 20_000
"""Steps of a piece of work; some milliseconds where nothing else is done."""

EVERY = 0.05
"""Seconds from one piece to the next."""


Slower = Callable[[], float]
"""How many times longer work has taken than on an idle machine."""


@contextmanager
def slowness() -> Iterator[Slower]:
    """Gives a function that tells how many times longer than on an idle machine work has taken.

    A thread does a piece of work now and then. What it takes, with the wait for its turn, is
    compared with the computing time that it needs: 1 on an idle machine, about 3 where six
    processes share two cores.
    """
    taken, needed = [], []
    over = threading.Event()

    def work() -> None:
        due = time.monotonic()
        while not over.is_set():
            begun = time.thread_time()
            for _ in range(PIECE):
                pass
            needed.append(time.thread_time() - begun)
            taken.append(time.monotonic() - due)
            due = time.monotonic() + EVERY
            over.wait(EVERY)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield lambda: max(1.0, sum(taken) / max(sum(needed), 1e-9))
    finally:
        over.set()
        thread.join()
