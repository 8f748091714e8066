"""Make catalogues: a session for each row of a table, for a thousand or a million rows.

    plan ─read_plan▶ Row ─check▶ Order ─make▶ files, ManifestEntry ─▶ manifest.jsonl

Read `Catalogue.run` first. Rows are read (`rows`) and checked (`orders`) before anything is made;
one process, a pool or a cluster carries out the orders (`work`, `pool`); the files go to a folder
or a bucket (`stores`), and the manifest records them (`manifest`), so that the next run makes only
what changed.
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
from voiceguide.catalogue.work import CatalogueJob, Forecast, LengthCheck, forecast, secret
from voiceguide.errors import Place, Problem, RoutineError, UsageError
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
"""A plan: the path of its file, or its rows as mappings."""

MADE, KEPT, FAILED = "made", "kept", "failed"

HANDED_IN = "rows"
"""The source that messages name for rows that were passed as mappings."""


class RowResult(Struct, frozen=True):
    """The result of a row."""

    state: str
    """`made`, `kept` if it was there already, or `failed`."""
    entry: ManifestEntry


class Survey(Struct):
    """Counts and problems of a plan, found before anything is made."""

    rows: int = 0
    to_make: int = 0
    kept: int = 0
    bad: int = 0
    problems: list[Problem] = field(default_factory=list)
    """The first `MOST_SHOWN` errors and warnings."""
    more_problems: int = 0
    stale: list[str] = field(default_factory=list)
    """Ids in the catalogue that are no longer in the plan."""
    unmet: list[str] = field(default_factory=list)
    """Ids of rows to make whose length probably cannot be met."""

    MOST_SHOWN = 500

    def add(self, problems: Iterable[Problem]) -> None:
        """Add problems without duplicates; beyond `MOST_SHOWN`, only count them."""
        for problem in problems:
            if problem in self.problems:
                continue
            if len(self.problems) < self.MOST_SHOWN:
                self.problems.append(problem)
            else:
                self.more_problems += 1


class Catalogue:
    """A plan, and the folder or bucket that its sessions are written to."""

    def __init__(
        self,
        rows: Rows,
        out: str | Path,
        *,
        folder: str | Path | None = None,
        shard: tuple[int, int] | None = None,
        shared: str | Path | None = None,
    ) -> None:
        """Open the destination; the plan is not read yet.

        Args:
            rows: the path of a plan, or mappings of columns to values.
            out: a folder, created if it is missing, or a bucket: `s3://…`.
            folder: where relative paths in rows start; default: the plan's folder, or the current
                one.
            shard: `(3, 100)` makes only the rows with the numbers 3, 103, 203 …
            shared: a folder or bucket in which workers share clips.

        Raises:
            UsageError, MachineError: the destination cannot be written, or `shared` is given and
                the environment has no key.
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
        """Check the rows of this shard; each comes with its order or with its problems.

        Raises:
            RoutineError, UsageError: the plan is not a table.
        """
        checker = Checker(self._folder, os.environ.get(SECRET, "").encode())
        return (checker.check(row) for row in self._rows() if self._is_ours(row.number))

    def survey(self, progress: Progress | None = None, *, lengths: bool = False) -> Survey:
        """Check every row, count what is to be made, and collect all problems.

        With `lengths`, also warn of lengths that cannot be met by estimated speech.

        Raises:
            RoutineError: the plan is not a table, or has unknown columns; with the problems of the
                rows that could be read.
            UsageError: there is no plan.
        """
        found, check = Survey(), LengthCheck(self._job.plan)
        try:
            ids = {fold(row.id) for row in self._rows()}
        except RoutineError as error:
            raise RoutineError(self._problems_beside(error)) from error
        with self._book() as book:
            for one in self.checked():
                found.rows += 1
                found.bad += one.order is None
                kept = one.order is not None and self._kept(book, one.order) is not None
                found.kept += kept
                found.to_make += one.order is not None and not kept
                found.add(one.problems)
                unmet = check.problems(one.order) if lengths and one.order and not kept else []
                found.add(unmet)
                found.unmet += [one.row.id] if unmet else []
                if progress and ids:
                    progress(min(1.0, found.rows / len(ids)))
            unknown = filter(None, (book.get(id_) for id_ in book if fold(id_) not in ids))
            found.stale = [entry.id for entry in unknown if self._is_ours(entry.row)]
        return found

    def forecast(self, survey: Survey, jobs: int = 1) -> Forecast:
        """Estimate the time and the size of what is to be made, from a sample of its sessions."""
        unmet = set(survey.unmet)
        with self._book() as book:
            orders = (one.order for one in self.checked() if one.row.id not in unmet)
            wanted = (one for one in orders if one and self._kept(book, one) is None)
            return forecast(wanted, survey.to_make - len(unmet), jobs, self._job.plan)

    def run(
        self,
        *,
        on: str | None = None,
        jobs: int | None = None,
        feed: str | None = None,
        prune: bool = False,
        survey: Survey | None = None,
    ) -> Iterator[RowResult]:
        """Make what changed or is missing; yield the result of each row when it is done.

        Args:
            on: a scheduler, `dask://HOST:8786`; default: processes on this machine.
            jobs: number of these processes; default: the number of cores.
            feed: the address at which the catalogue will be served; writes a feed of it.
            prune: remove sessions that are no longer in the plan.
            survey: the result of `survey`, if it was called before.

        Raises:
            RoutineError, UsageError: the plan is not a table, or `on` is not a valid address.
            MachineError: the scheduler is not there, or the catalogue can no longer be written.
        """
        if feed is not None:
            check_address(feed)
        survey = survey or self.survey()
        if prune and self._shard is None and not survey.rows and survey.stale:
            message = "the plan has no rows: `--prune` would remove every session"
            raise UsageError(message, "check the plan; to remove everything, remove the folder")
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

    def _problems_beside(self, error: RoutineError) -> list[Problem]:
        """The problems of the whole table, and those of the rows that can be read."""
        found = Survey()
        found.add(error.problems)
        with suppress(RoutineError):
            for one in self.checked():
                found.add(one.problems)
        return found.problems

    def _is_ours(self, number: int | None) -> bool:
        """Whether a row belongs to this shard; a row that left the plan belongs to every shard."""
        if self._shard is None or number is None:
            return True
        return (number - 1) % self._shard[1] == self._shard[0] - 1

    # ── sessions that exist already ──────────────────────────────────────────

    @contextmanager
    def _book(self, *, keep: bool = False) -> Iterator[ManifestBook]:
        """Open the manifest for a `with` block; with `keep`, write it even if the block fails."""
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
        """The manifest entry of an order whose files are complete and current; otherwise None."""
        entry = book.get(order.id)
        if entry is None or not entry.good or entry.key != order.key:
            return None
        whole = all(self.bucket.size(file.name) == file.bytes for file in entry.files)
        return entry if whole else None

    def _orders(self, book: ManifestBook, passed: deque[RowResult]) -> Iterator[Order]:
        """Yield orders of rows that need work; append the results of the others to `passed`."""
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
        """Record the result of a row; remove files of its older session that it no longer has."""
        old = book.get(entry.id)
        if not entry.good:
            # the old files stay until a run succeeds
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
    """Yield and remove all results that have arrived."""
    while results:
        yield results.popleft()


def _sweep(folder: Path) -> None:
    """Remove temporary files of a killed run, among sessions and among parts of the manifest."""
    remove_leftovers(folder)
    remove_leftovers(folder / PARTS)
    with suppress(OSError):  # it holds parts, or does not exist
        (folder / PARTS).rmdir()


def read_shard(text: str) -> tuple[int, int]:
    """Parse `3/100` as `(3, 100)`; raise a UsageError if it is not a shard."""
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
    """Make a catalogue; yield the result of each row when it is done.

    The arguments are those of `Catalogue` and `Catalogue.run`. A row that cannot be made gives a
    result with problems and does not stop the run. A run that is stopped leaves a manifest from
    which the next run continues.

    Raises, when the first result is requested:
        RoutineError, UsageError, MachineError: as `Catalogue` and `Catalogue.run` do.
    """
    made = Catalogue(rows, out, folder=folder, shard=shard, shared=shared)
    yield from made.run(on=on, jobs=jobs, feed=feed, prune=prune)


class _CallableModule(types.ModuleType):
    """Make this module callable: `voiceguide.catalogue(rows, out)` works even after its import."""

    __call__ = staticmethod(run)


sys.modules[__name__].__class__ = _CallableModule
