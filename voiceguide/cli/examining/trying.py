"""Trying a thing out: what is wrong with it, and an end to waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from voiceguide.errors import MachineError, VoiceguideError

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something does not work, and what to do about it."""

    problem: str
    help: str | None = None


def in_time(work: Callable[[], Found], seconds: float) -> Found:
    """What `work` gives, if it does so within so many seconds; a thread that hangs is left behind.

    Raises:
        MachineError: it took longer.
    """
    future: Future[Found] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # the asker's to judge
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except TooLateError:
        raise MachineError(f"no answer within {seconds:g} s") from None


def fault_of(error: Exception) -> Fault:
    """What went wrong, in words."""
    if isinstance(error, VoiceguideError):
        return Fault(error.message, error.help or None)
    return Fault(f"{type(error).__name__}: {error}")
