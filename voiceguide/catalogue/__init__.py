"""Catalogues: one session for each row of a table, a clinic's thousand or a publisher's million.

    plan ─read_plan▶ Row ─check▶ Order ─make▶ files, ManifestEntry ─▶ manifest.jsonl

Read `Catalogue.run` first. Rows are read (`rows`) and checked (`orders`) before anything is made;
orders are carried out by one process, a pool or a cluster (`work`), go to a folder or a bucket
(`stores`), and are written down (`manifest`), so that a next run makes only what changed.
"""

from __future__ import annotations

import os
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from voiceguide.catalogue.manifest import (
    FEED,
    PARTS,
    ManifestBook,
    ManifestEntry,
    Merged,
    check_address,
    failed,
    feed_of,
    manifest_name,
    merge,
)
from voiceguide.catalogue.orders import CheckedRow, Checker, Order
from voiceguide.catalogue.pool import carried_out, cores
from voiceguide.catalogue.rows import Row, fold, mapped, numbered, read_plan
from voiceguide.catalogue.stores import SECRET, FolderBucket, open_bucket
from voiceguide.catalogue.work import CatalogueJob, Forecast, forecast, secret
from voiceguide.errors import Place, Problem, UsageError
from voiceguide.files import remove_leftovers
from voiceguide.studio import Progress

__all__ = [
    "Catalogue",
    "Forecast",
    "ManifestEntry",
    "Merged",
    "RowResult",
    "Survey",
    "check_address",
    "merge_shards",
    "read_shard",
    "run",
]

Rows = str | Path | Iterable[Mapping[str, Any]]
"""A plan: its file, or rows as mappings."""

MADE, KEPT, FAILED = "made", "kept", "failed"

HANDED_IN = "rows"
"""What messages call rows that no file holds."""


class RowResult(Struct, frozen=True):
    """What came of a row."""

    state: str
    """`made`, `kept` where it was there already, or `failed`."""
    entry: ManifestEntry


class Survey(Struct):
    """What a plan asks for, before anything is made."""

    rows: int = 0
    to_make: int = 0
    kept: int = 0
    bad: int = 0
    problems: list[Problem] = field(default_factory=list)
    """The first of them, errors and warnings."""
    more_problems: int = 0
    stale: list[str] = field(default_factory=list)
    """Ids in the catalogue that the plan has no more."""

    MOST_SHOWN = 500

    def add(self, problems: Iterable[Problem]) -> None:
        """Note problems, each once, and of many only how many there are."""
        for problem in problems:
            if problem in self.problems:
                continue
            if len(self.problems) < self.MOST_SHOWN:
                self.problems.append(problem)
            else:
                self.more_problems += 1


class Catalogue:
    """A plan and where it goes to."""

    def __init__(
        self,
        rows: Rows,
        out: str | Path,
        *,
        folder: str | Path | None = None,
        shard: tuple[int, int] | None = None,
        shared: str | Path | None = None,
    ) -> None:
        """Open the place; nothing is read of the plan yet.

        Args:
            rows: a plan's file, or mappings of columns to values.
            out: a folder, made where it is missing, or a bucket: `s3://…`.
            folder: where the paths of rows begin; the plan's own, or the current one.
            shard: `(3, 100)` makes each row whose number is 3, 103, 203 …
            shared: a folder or bucket in which workers share clips.

        Raises:
            UsageError, MachineError: the place cannot be written, or `shared` has no key.
        """
        self._path = Path(rows) if isinstance(rows, str | Path) else None
        self._mappings = () if isinstance(rows, str | Path) else tuple(rows)
        self._folder = Path(folder or (self._path.parent if self._path else "."))
        self._shard = shard
        if shared is not None:
            secret()
            open_bucket(shared)
        self.bucket = open_bucket(out)
        plan = str(self._path or HANDED_IN)
        self._job = CatalogueJob(str(out), plan, "" if shared is None else str(shared))
        if isinstance(self.bucket, FolderBucket):
            _sweep(self.bucket.folder)

    def checked(self) -> Iterator[CheckedRow]:
        """The rows of this shard, each with its order or with what is wrong with it.

        Raises:
            RoutineError, UsageError: the plan is no table.
        """
        checker = Checker(self._folder, os.environ.get(SECRET, "").encode())
        return (checker.check(row) for row in self._rows() if self._is_ours(row.number))

    def survey(self, progress: Progress | None = None) -> Survey:
        """What there is to do; every row is checked, and all problems come at once.

        Raises:
            RoutineError, UsageError: the plan is no table.
        """
        found = Survey()
        ids = {fold(row.id) for row in self._rows()}
        with self._book() as book:
            for one in self.checked():
                found.rows += 1
                found.bad += one.order is None
                kept = one.order is not None and self._kept(book, one.order) is not None
                found.kept += kept
                found.to_make += one.order is not None and not kept
                found.add(one.problems)
                if progress and ids:
                    progress(min(1.0, found.rows / len(ids)))
            unknown = filter(None, (book.get(id_) for id_ in book if fold(id_) not in ids))
            found.stale = [entry.id for entry in unknown if self._is_ours(entry.row)]
        return found

    def forecast(self, survey: Survey, jobs: int = 1) -> Forecast:
        """How long it will take and how large it will be, by some sessions of it."""
        with self._book() as book:
            orders = (one.order for one in self.checked())
            wanted = (one for one in orders if one and self._kept(book, one) is None)
            return forecast(wanted, survey.to_make, jobs, self._job.plan)

    def run(
        self,
        *,
        on: str | None = None,
        jobs: int | None = None,
        feed: str | None = None,
        prune: bool = False,
        survey: Survey | None = None,
    ) -> Iterator[RowResult]:
        """Make what changed or is missing; what came of each row comes as it is done.

        Args:
            on: `dask://HOST:8786`; otherwise processes of this machine.
            jobs: how many of these; as many as there are cores.
            feed: the address at which the catalogue will be served, for a feed of it.
            prune: removes what the plan has no more.
            survey: what `survey` found, where it was asked for.

        Raises:
            RoutineError, UsageError: the plan is no table, or `on` no place to work.
            MachineError: there is no such place, or the catalogue cannot be written any more.
        """
        if feed is not None:
            check_address(feed)
        survey = survey or self.survey()
        if prune and self._shard is None and not survey.rows and survey.stale:
            message = "the plan has no rows: `--prune` would remove every session"
            raise UsageError(message, "look at the plan; to be rid of all, remove the folder")
        with self._book(keep=True) as book:
            passed: deque[RowResult] = deque()
            orders = self._orders(book, passed)
            entries = carried_out(
                self._job, orders, on=on, jobs=jobs or cores(), count=survey.to_make
            )
            for entry in entries:
                yield from _taken(passed)
                yield self._noted(book, entry)
            yield from _taken(passed)
            self._finish(book, survey.stale, prune=prune)
        if feed is not None:
            self._write_feed(feed)

    # ── rows ─────────────────────────────────────────────────────────────────

    def _rows(self) -> Iterator[Row]:
        if self._path is not None:
            return numbered(read_plan(self._path))
        rows = (Row(n, Place(HANDED_IN, n)) for n in range(1, len(self._mappings) + 1))
        return numbered(map(mapped, rows, self._mappings))

    def _is_ours(self, number: int | None) -> bool:
        """Whether a row is of this shard; one that the plan has no more is of every one."""
        if self._shard is None or number is None:
            return True
        return (number - 1) % self._shard[1] == self._shard[0] - 1

    # ── what is there already ────────────────────────────────────────────────

    @contextmanager
    def _book(self, *, keep: bool = False) -> Iterator[ManifestBook]:
        """The manifest, for a while; with `keep`, it is put there however that ends."""
        book = ManifestBook(self.bucket, manifest_name(self._shard))
        try:
            yield book
        finally:
            try:
                if keep:
                    book.close(lambda entry: self._is_ours(entry.row))
            finally:
                book.let_go()

    def _kept(self, book: ManifestBook, order: Order) -> ManifestEntry | None:
        """The entry of an order that needs no work."""
        entry = book.get(order.id)
        if entry is None or not entry.good or entry.key != order.key:
            return None
        whole = all(self.bucket.size(file.name) == file.bytes for file in entry.files)
        return entry if whole else None

    def _orders(self, book: ManifestBook, passed: deque[RowResult]) -> Iterator[Order]:
        """An order for each row that needs work; the results of the others come to `passed`."""
        for one in self.checked():
            kept = self._kept(book, one.order) if one.order else None
            if kept:
                if kept.row != one.row.number:
                    kept = replace(kept, row=one.row.number)
                    book.add(kept)
                passed.append(RowResult(KEPT, kept))
            elif one.order:
                yield one.order
            else:
                hidden = one.row.words.values()
                entry = failed(one.row.id, one.row.number, one.problems, hidden)
                passed.append(self._noted(book, entry))

    def _noted(self, book: ManifestBook, entry: ManifestEntry) -> RowResult:
        """Note what came of a row; files of an older session that it has no more go."""
        old = book.get(entry.id)
        if not entry.good:
            # what was there stays until there is something better
            book.add(replace(entry, files=old.files if old else ()))
            return RowResult(FAILED, entry)
        book.add(entry)
        names = {file.name for file in entry.files}
        for file in old.files if old else ():
            if file.name not in names:
                self.bucket.remove(file.name)
        return RowResult(MADE, entry)

    def _finish(self, book: ManifestBook, stale: Iterable[str], *, prune: bool) -> None:
        for id_ in stale:
            entry = book.get(id_)
            if entry and prune:
                for file in entry.files:
                    self.bucket.remove(file.name)
                book.drop(id_)
            elif entry and entry.row is not None:
                book.add(replace(entry, row=None))

    def _write_feed(self, address: str) -> None:
        with self._book() as book:
            entries = filter(None, map(book.get, book))
            good = (entry for entry in entries if entry.good and entry.row is not None)
            self.bucket.put(FEED, feed_of(address, sorted(good, key=lambda one: one.row or 0)))


def _taken(results: deque[RowResult]) -> Iterator[RowResult]:
    """What has come along, and is there no more."""
    while results:
        yield results.popleft()


def _sweep(folder: Path) -> None:
    """Remove what a killed run left, among its sessions and among the parts of its manifest."""
    remove_leftovers(folder)
    remove_leftovers(folder / PARTS)
    with suppress(OSError):  # it holds parts, or there is none
        (folder / PARTS).rmdir()


def read_shard(text: str) -> tuple[int, int]:
    """`3/100` as `(3, 100)`; a UsageError where it is none."""
    number, slash, count = text.partition("/")
    if slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise UsageError(f"`{text}` is not a shard", "write `3/100`: the third of a hundred")


def merge_shards(out: str | Path) -> Merged:
    """Join the manifests of all shards: see `manifest.merge`."""
    return merge(open_bucket(out))


def run(
    rows: Rows,
    out: str | Path,
    *,
    on: str | None = None,
    jobs: int | None = None,
    folder: str | Path | None = None,
    shard: tuple[int, int] | None = None,
    shared: str | Path | None = None,
    feed: str | None = None,
    prune: bool = False,
) -> Iterator[RowResult]:
    """Make a catalogue; what came of each row comes as it is done.

    Arguments are as those of `Catalogue` and of `Catalogue.run`. A row that cannot be made is a
    result with problems, and stops nothing. Whoever stops in the middle finds a manifest by which
    a next run goes on.

    Raises, when the first result is asked for:
        RoutineError, UsageError, MachineError: as `Catalogue` and `Catalogue.run` do.
    """
    made = Catalogue(rows, out, folder=folder, shard=shard, shared=shared)
    yield from made.run(on=on, jobs=jobs, feed=feed, prune=prune)


class _CallableModule(types.ModuleType):
    """This module can be called: `voiceguide.catalogue(rows, out)`, whoever imported it before."""

    __call__ = staticmethod(run)


sys.modules[__name__].__class__ = _CallableModule
