"""Long work with progress: exports in a thread, which a page can watch and cancel."""

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
"""The work of a job: it gets a callback for the share done, and returns its result."""

MOST_JOBS = 20
"""Number of finished jobs that are kept."""

LOOK = 0.1
"""Seconds between two checks of a job."""


class _CancelledError(Exception):
    """The page has cancelled the job."""


class Job(Struct):
    """A piece of work, with its state and result."""

    work: Work
    share: float = 0.0
    state: str = "waiting"
    """`waiting`, `running`, `done`, `failed` or `cancelled`."""
    result: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def over(self) -> bool:
        """Whether the job has ended."""
        return self.state in ("done", "failed", "cancelled")

    def tell(self, share: float) -> None:
        """Record the share that is done; stop the work if it has been cancelled."""
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
            raise  # a bug of ours: the thread's future keeps it for tests

    async def events(self) -> AsyncIterator[str]:
        """Yield the progress as server-sent events; the last one is the end of the job."""
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
    """A queue of jobs that run one after the other."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voiceguide jobs")
        self._numbers = count(1)
        self._jobs: dict[int, Job] = {}

    def start(self, work: Work) -> int:
        """Queue work behind the earlier jobs; return the job's number."""
        number, job = next(self._numbers), Job(work)
        self._jobs[number] = job
        for old in [n for n, one in self._jobs.items() if one.over][:-MOST_JOBS]:
            del self._jobs[old]
        self._worker.submit(job.run)
        return number

    def get(self, number: int) -> Job:
        """Return a job; raise a UsageError if it is not kept any more."""
        if number not in self._jobs:
            raise UsageError("this work is not known any more", "reload the page")
        return self._jobs[number]

    def close(self) -> None:
        """Cancel all jobs."""
        for job in self._jobs.values():
            job.cancelled = True
        self._worker.shutdown(cancel_futures=True)


def error_dict(error: VoiceguideError) -> dict[str, str]:
    """Return an error as text, for a page."""
    first = error.problems[0]
    where = f"line {first.line}: " if first.line else ""
    return {"message": f"{where}{first.message}", "help": first.help}
