"""Orders carried out by the workers of dask.distributed, in batches.

Lost workers are the scheduler's business: it gives their batches to others. A batch over which
worker after worker ends is halved until the row is found that ends them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from voiceguide.catalogue.manifest import ManifestEntry
from voiceguide.catalogue.orders import Order
from voiceguide.catalogue.work import TRIES, CatalogueJob, Maker, lost
from voiceguide.errors import MachineError
from voiceguide.installation import bring

DASK = "dask://"

BATCH = 200
"""Orders at most that a worker of dask is given at once."""

PATIENCE = "20s"
"""How long a scheduler is waited for."""

_makers = threading.local()


def make_batch(job: CatalogueJob, orders: tuple[Order, ...]) -> list[ManifestEntry]:
    """What a worker of dask does with a batch, with engines that stay for the next one."""
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
    """The orders carried out by the workers of a scheduler; entries come batch by batch.

    `count` is about how many orders there are.

    Raises:
        MachineError: dask is not installed, the scheduler does not answer, or has no workers.
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
        raise MachineError(f"no scheduler of dask answers at `{where}`", way_out) from error
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
        else:  # one of them ends workers: which one is found by halves
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
