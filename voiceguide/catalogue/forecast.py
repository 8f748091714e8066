"""What a catalogue will come to: hours of sound, bytes, and the time that making it takes.

Nothing of it is made for good: some sessions, evenly spread, are planned by estimated speech, and
of each format one or two are made in a temporary folder, to see what they take here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from voiceguide.catalogue.manifest import ManifestEntry
from voiceguide.catalogue.orders import Order
from voiceguide.catalogue.work import CatalogueJob, Maker
from voiceguide.errors import VoiceguideError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.studio import load_text

SAMPLE = 100
"""Sessions that are planned, at most."""

TRIED = 2
"""Sessions of each format that are made: one speaks, the next shows what all others take."""


class Forecast(Struct, frozen=True):
    """What is to be expected; each figure is about right."""

    sessions: int
    seconds: float
    """Of sound."""
    bytes: float
    work: float
    """Seconds until all is done."""
    tried: int
    """So many sessions were made for it."""


def forecast(orders: Iterable[Order], count: int, jobs: int, plan: str) -> Forecast:
    """What so many orders come to, made by so many processes; nothing of nothing."""
    planned = [(order, length) for order in _spread(orders, count) if (length := _seconds(order))]
    if not planned:
        return Forecast(count, 0.0, 0.0, 0.0, 0)
    trials = _tried([order for order, _ in sorted(planned, key=lambda one: one[1])], plan)
    rates = {order.format: entry.size / _length(entry) for order, entry, _ in trials}
    sizes = [seconds * rates.get(order.format, 0.0) for order, seconds in planned]
    share = count / len(planned)
    return Forecast(
        count,
        share * sum(seconds for _, seconds in planned),
        share * sum(sizes),
        _work([took for _, _, took in trials], count, jobs),
        len(trials),
    )


def _work(took: Sequence[float], count: int, jobs: int) -> float:
    """Seconds for all: the quickest of those tried stands for those that find speech spoken."""
    if not took:
        return 0.0
    return max(took) + min(took) * max(0, count - 1) / max(1, min(jobs, count))


def _spread(orders: Iterable[Order], count: int) -> Iterator[Order]:
    step = max(1, count // SAMPLE)
    return (order for number, order in enumerate(orders) if number % step == 0 and not order.start)


def _seconds(order: Order) -> float:
    """How long a session will be, by estimated speech; 0 where that cannot be said."""
    words = {"words": order.words} if order.words else {}
    try:
        with load_text(order.text, **order.options, **words) as session:
            return session.settings.length or session.plan(estimate=True).timeline.duration
    except VoiceguideError:
        return 0.0


def _tried(orders: Sequence[Order], plan: str) -> list[tuple[Order, ManifestEntry, float]]:
    """Some of each format made in a folder that is removed, with the seconds that they took."""
    by_format: dict[str, list[Order]] = {}
    for order in orders:
        by_format.setdefault(order.format, []).append(order)
    trials = []
    with (
        TemporaryDirectory(prefix="voiceguide-") as folder,
        Maker(CatalogueJob(str(Path(folder)), plan)) as maker,
    ):
        for order in (one for some in by_format.values() for one in some[:TRIED]):
            began = time.perf_counter()
            entry = maker.make(order)
            if entry.good:
                trials.append((order, entry, time.perf_counter() - began))
    return trials


def _length(entry: ManifestEntry) -> float:
    return max(1, entry.length or 0) / SAMPLE_RATE
