"""Carry out orders in processes on this machine, or on the workers of dask.distributed.

Each process here is a Python interpreter with its own `Maker` and engines; a thread talks to it
over pipes. It needs nothing from the program that started it, and ends with it. If a process dies,
its order goes to a new one. If a dask worker dies, the scheduler gives its batch to another. A
batch that kills worker after worker is halved until the row that kills them is found.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from typing import Any

from voiceguide.catalogue.manifest import ManifestEntry
from voiceguide.catalogue.orders import Order
from voiceguide.catalogue.work import TRIES, CatalogueJob, Maker, lost, lost_error
from voiceguide.engines.processes import out_of_reach_of_ctrl_c, python_command
from voiceguide.errors import MachineError, UsageError, VoiceguideError
from voiceguide.installation import bring
from voiceguide.programme import CarryOut, TrackOrder

Work = Order | TrackOrder
Done = ManifestEntry | None
"""The result of an order; None for a programme's file, which is only written."""


def in_this_process(job: CatalogueJob, orders: Iterable[Order]) -> Iterator[ManifestEntry]:
    """Carry out orders one after the other."""
    with closing(Maker(job)) as maker:
        yield from map(maker.make, orders)


_SERVE = "from voiceguide.catalogue.pool import serve; serve()"


class _LostError(Exception):
    """A process died while it carried out an order."""


class _Process:
    """A process with its own `Maker`; it ends when its standard input closes."""

    def __init__(self, job: CatalogueJob) -> None:
        self._process = subprocess.Popen(
            [*python_command(), "-c", _SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **out_of_reach_of_ctrl_c(),
        )
        assert self._process.stdin
        assert self._process.stdout
        self._to, self._from = self._process.stdin, self._process.stdout
        self._job: CatalogueJob | None = job

    def make(self, order: Work) -> Done:
        """Carry out an order and return its result.

        Raises:
            _LostError: the process died over it.
            VoiceguideError: the process could not start work, or a programme's file failed.
        """
        try:
            for message in filter(None, (self._job, order)):
                pickle.dump(message, self._to)
            self._to.flush()
            self._job = None
            found = pickle.load(self._from)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:
            raise _LostError from error
        if isinstance(found, Exception):
            raise found
        done: Done = found
        return done

    def end(self) -> None:
        """End the process; unfinished files are discarded."""
        with contextlib.suppress(OSError):
            self._to.close()
        try:
            self._process.wait(0.5)  # time to remove its drafts
        except subprocess.TimeoutExpired:
            self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()


def serve() -> None:
    """Serve as a process of the pool: read orders from standard input, write entries to output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what an engine prints must not mix with the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        maker = Maker(pickle.load(sys.stdin.buffer))
    except VoiceguideError as error:
        pickle.dump(error, out)
        out.flush()
        return
    with closing(maker), contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump(_answer(maker, pickle.load(sys.stdin.buffer)), out)
            out.flush()


def _answer(maker: Maker, order: Work) -> Done | VoiceguideError:
    if isinstance(order, Order):
        return maker.make(order)
    try:
        maker.track(order)
    except VoiceguideError as error:
        return error
    return None


class _Pool:
    """Processes that carry out orders, each with a thread that feeds it."""

    def __init__(self, job: CatalogueJob, count: int) -> None:
        self._job = job
        self._orders: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._processes: dict[int, _Process] = {}
        self._closed = False
        self._threads = [
            threading.Thread(target=self._watch, args=(number,), daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, order: Work) -> None:
        """Queue an order."""
        self._orders.put(order)

    def get(self) -> Done:
        """Wait for the next result; raise the error if there was one."""
        while True:
            with contextlib.suppress(queue.Empty):
                found = self._done.get(timeout=0.5)  # so that Ctrl-C gets through
                if isinstance(found, BaseException):
                    raise found
                return found

    def close(self) -> None:
        """End all processes, and abandon the orders in progress."""
        self._closed = True
        for _ in self._threads:
            self._orders.put(None)
        for process in tuple(self._processes.values()):
            process.end()
        for thread in self._threads:
            thread.join()

    def _watch(self, number: int) -> None:
        try:
            while (order := self._orders.get()) is not None and not self._closed:
                self._done.put(self._carried_out(number, order))
        except BaseException as error:
            self._done.put(error)
        finally:
            process = self._processes.pop(number, None)
            if process:
                process.end()

    def _carried_out(self, number: int, order: Work) -> Done:
        for _ in range(TRIES):
            process = self._processes.get(number) or _Process(self._job)
            self._processes[number] = process
            try:
                return process.make(order)
            except _LostError:
                del self._processes[number]
                process.end()
                if self._closed:
                    break
        if isinstance(order, Order):
            return lost(order, self._job)
        raise lost_error()


def in_processes(job: CatalogueJob, orders: Iterable[Work], count: int) -> Iterator[Done]:
    """Carry out orders in `count` processes; yield the results as they are done."""
    waiting = 0
    with closing(_Pool(job, count)) as pool:
        for order in orders:
            pool.put(order)
            waiting += 1
            if waiting >= 2 * count:
                yield pool.get()
                waiting -= 1
        for _ in range(waiting):
            yield pool.get()


def makes_tracks(count: int) -> CarryOut:
    """A function that makes the files of a programme in up to `count` processes."""

    def carry_out(orders: Sequence[TrackOrder]) -> Iterator[object]:
        job = CatalogueJob(str(orders[0].path.parent), "")
        return in_processes(job, orders, min(count, len(orders)))

    return carry_out


def cores() -> int:
    """Number of cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ── the choice of place ──────────────────────────────────────────────────────


def carried_out(
    job: CatalogueJob, orders: Iterable[Order], *, on: str | None, jobs: int, count: int
) -> Iterator[ManifestEntry]:
    """Carry out orders on the scheduler `on`, or in `jobs` processes on this machine."""
    if on is not None:
        if not on.startswith(DASK):
            raise UsageError(f"`{on}` is not a scheduler's address", f"write `{DASK}HOST:8786`")
        return on_dask(job, orders, on, count)
    if jobs == 1 or count == 1:
        return in_this_process(job, orders)
    entries = in_processes(job, orders, min(jobs, max(1, count)))
    return (entry for entry in entries if entry is not None)


# ── by the workers of dask.distributed, in batches ───────────────────────────


DASK = "dask://"

BATCH = 200
"""Largest number of orders in a batch for a dask worker."""

PATIENCE = "20s"
"""Timeout for connecting to a scheduler."""

_makers = threading.local()


def make_batch(job: CatalogueJob, orders: tuple[Order, ...]) -> list[ManifestEntry]:
    """Carry out a batch on a dask worker; its engines stay open for the next batch."""
    known: dict[CatalogueJob, Maker] = _makers.__dict__.setdefault("known", {})
    if job not in known:
        for old in known.values():
            old.close()
        known.clear()
        known[job] = Maker(job)
    return [known[job].make(order) for order in orders]


def on_dask(
    job: CatalogueJob, orders: Iterable[Order], address: str, count: int
) -> Iterator[ManifestEntry]:
    """Carry out orders on the workers of a scheduler; yield the entries batch by batch.

    `count` is the approximate number of orders. Raise a MachineError if dask is not installed, the
    scheduler does not answer, or has no workers.
    """
    with _client(address) as client:
        threads = sum(client.nthreads().values())
        size = max(1, min(BATCH, count // (8 * threads)))
        rest = iter(orders)
        batches = iter(lambda: tuple(islice(rest, size)), ())
        yield from _batches(client, job, batches, 2 * threads)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MachineError("dask.distributed is not installed", bring("dask")) from error
    where = address.removeprefix(DASK)
    place = where if "://" in where else f"tcp://{where}"
    try:
        client = Client(place, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        way_out = "start one: `dask scheduler`, and workers: `dask worker HOST:8786 --nthreads 1`"
        raise MachineError(f"no dask scheduler answers at `{where}`", way_out) from error
    with client:
        if not client.nthreads():
            way_out = f"start some: `dask worker {where} --nthreads 1`"
            raise MachineError(f"the scheduler at `{where}` has no workers", way_out)
        yield client


def _batches(
    client: Any, job: CatalogueJob, batches: Iterator[tuple[Order, ...]], ahead: int
) -> Iterator[ManifestEntry]:
    from distributed import as_completed

    given: dict[str, tuple[Order, ...]] = {}
    give = partial(_give, client, job, given)
    futures = as_completed([give(one) for one in islice(batches, ahead)], loop=client.loop)
    for future in futures:
        orders = given.pop(future.key)
        error = future.exception() if future.status == "error" else None
        if error is None:
            yield from future.result()
            for one in islice(batches, 1):
                futures.add(give(one))
        elif type(error).__name__ != "KilledWorker":
            raise error
        elif len(orders) == 1:
            yield lost(orders[0], job)
        else:  # one of them kills workers: halve the batch to find it
            middle = len(orders) // 2
            for half in (orders[:middle], orders[middle:]):
                futures.add(give(half))
        future.release()


def _give(
    client: Any, job: CatalogueJob, given: dict[str, tuple[Order, ...]], orders: tuple[Order, ...]
) -> Any:
    future = client.submit(make_batch, job, orders, pure=False, retries=TRIES)
    given[future.key] = orders
    return future
