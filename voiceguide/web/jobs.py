"""Long work with its progress: exports in a thread, watched and cancelled by a page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from msgspec import Struct, field

from voiceguide.errors import UsageError, VoiceguideError

Work = Callable[[Callable[[float], None]], dict[str, Any]]
"""What is done: it is told whom to tell its share, and gives what it came to."""

MOST_JOBS = 20
"""Finished ones that are remembered."""

LOOK = 0.1
"""Seconds between two looks at a job."""


class _CancelledError(Exception):
    """The page wants no more of it."""


class Job(Struct):
    """One piece of work."""

    work: Work
    share: float = 0.0
    state: str = "waiting"
    """`waiting`, `running`, `done`, `failed` or `cancelled`."""
    result: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "cancelled")

    def tell(self, share: float) -> None:
        """Note how much is done; ends the work where nobody wants it any more."""
        if self.cancelled:
            raise _CancelledError
        self.share = share

    def run(self) -> None:
        """Do the work."""
        try:
            self.state = "running"
            self.tell(0.0)
            self.result = self.work(self.tell)
            self.share, self.state = 1.0, "done"
        except _CancelledError:
            self.state = "cancelled"
        except VoiceguideError as error:
            self.result, self.state = {"error": error_dict(error)}, "failed"
        except Exception:
            self.result, self.state = {"error": {"message": "this failed", "help": ""}}, "failed"
            raise  # a fault of ours: the thread's future keeps it for tests

    async def events(self) -> AsyncIterator[str]:
        """How it goes on, as server-sent events; the last one is its end."""
        told = ""
        while not self.over:
            now = self._event()
            if now != told:
                yield now
                told = now
            await asyncio.sleep(LOOK)
        yield self._event()

    def _event(self) -> str:
        now = {"share": round(self.share, 3), "state": self.state, **self.result}
        return f"data: {json.dumps(now)}\n\n"


class Jobs:
    """Work that is done one after the other."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voiceguide jobs")
        self._numbers = count(1)
        self._jobs: dict[int, Job] = {}

    def start(self, work: Work) -> int:
        """Begin, when what was begun before is done; gives the job's number."""
        number, job = next(self._numbers), Job(work)
        self._jobs[number] = job
        for old in [n for n, one in self._jobs.items() if one.over][:-MOST_JOBS]:
            del self._jobs[old]
        self._worker.submit(job.run)
        return number

    def get(self, number: int) -> Job:
        """A job.

        Raises:
            UsageError: it is forgotten.
        """
        if number not in self._jobs:
            raise UsageError("this work is not known any more", "reload the page")
        return self._jobs[number]

    def close(self) -> None:
        """Cancel all."""
        for job in self._jobs.values():
            job.cancelled = True
        self._worker.shutdown(cancel_futures=True)


def error_dict(error: VoiceguideError) -> dict[str, str]:
    """An error in words, for a page."""
    first = error.problems[0]
    where = f"line {first.line}: " if first.line else ""
    return {"message": f"{where}{first.message}", "help": first.help}
