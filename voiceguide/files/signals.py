"""Postpone signals while a C library calls back into Python.

Python handles a signal between any two steps of the main thread. If that is within a function that
a C library has called, the exception of the handler (`KeyboardInterrupt` after Ctrl-C) cannot pass
through the library: cffi prints it and returns 0. So the signal is lost, and so are the bytes that
the function was asked to read or write.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import cast

Handler = Callable[[int, FrameType | None], object]


@contextmanager
def signals_postponed() -> Iterator[None]:
    """Handle the signals that come during the block at its end.

    Keep the block short: until its end Ctrl-C does nothing. In a thread, which gets no signals,
    this does nothing.
    """
    waiting: list[tuple[int, FrameType | None]] = []
    before: dict[int, Handler] = {
        number: handler for number in signal.valid_signals() if (handler := _own(number))
    }
    postponed = False

    def take(number: int, frame: FrameType | None) -> None:
        # If a handler raises while others are being restored, this one stays, and must work.
        if postponed:
            waiting.append((number, frame))
        else:
            before[number](number, frame)

    with suppress(ValueError):  # only the main thread may set handlers
        for number in before:
            signal.signal(number, take)
    postponed = True
    try:
        yield
    finally:
        postponed = False
        with suppress(ValueError):
            for number, handler in before.items():
                signal.signal(number, handler)
        for came, frame in waiting:
            before[came](came, frame)


def _own(number: int) -> Handler | None:
    """Return the handler of a signal, if it is a Python function."""
    handler = signal.getsignal(number)
    return cast(Handler, handler) if callable(handler) else None
