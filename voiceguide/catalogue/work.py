"""Carry out orders one by one, and forecast what a catalogue takes.

A `Maker` makes one session after the other with the same engines and store; wherever it runs, the
same order gives the same bytes. If a session fails, its problems become its entry, and the next one
is made. If a worker dies, its current order is given out again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from voiceguide import __version__, programme
from voiceguide.catalogue.manifest import MadeFile, ManifestEntry, failed, shown
from voiceguide.catalogue.orders import Order, of_order
from voiceguide.catalogue.stores import (
    RESULT,
    SECRET,
    Bucket,
    FolderBucket,
    SharedClips,
    SharedStore,
    open_bucket,
)
from voiceguide.errors import MachineError, Problem, Severity, UsageError, VoiceguideError
from voiceguide.files import DRAFTS, held_folder, temporary_folder, unfinished
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.store import Store, default_store
from voiceguide.studio import Studio, load_text

if TYPE_CHECKING:
    from voiceguide.studio import Session


class CatalogueJob(Struct, frozen=True):
    """The settings that all orders of a run share."""

    out: str
    """The destination of sessions, as `open_bucket` takes it."""
    plan: str
    """The name of the plan in messages."""
    shared: str = ""
    """The folder or bucket of shared clips; empty if clips are not shared."""
    version: str = __version__


def secret() -> bytes:
    """The key that shared clips are named and sealed with; it is never part of a job or a file.

    Raise a UsageError if the environment does not set it.
    """
    found = os.environ.get(SECRET, "")
    if not found:
        way_out = f"set {SECRET} to a long secret text, the same on all machines"
        raise UsageError(f"shared clips need a key, and {SECRET} is not set", way_out)
    return found.encode()


# ── one session after the other ──────────────────────────────────────────────


class Maker:
    """Carries out orders, one at a time; `close` closes its engines."""

    RENEWED = 300
    """Sessions after which engines are restarted, since their memory of texts keeps growing."""

    def __init__(self, job: CatalogueJob) -> None:
        if job.version != __version__:
            message = f"the catalogue is made by voiceguide {job.version}, not by {__version__}"
            raise MachineError(message, "install the same version everywhere")
        self._job = job
        self._bucket = open_bucket(job.out)
        own = default_store()
        self._store: Store = own
        if job.shared:
            clips = SharedClips(open_bucket(job.shared), secret())
            self._store = SharedStore(own.folder, clips)
        self._drafts = _Drafts(self._bucket)
        self._studio: Studio | None = None
        self._count = 0
        self._spoken: set[str] = set()

    def make(self, order: Order) -> ManifestEntry:
        """Carry out an order and return its entry; an error becomes a failed entry."""
        began = time.perf_counter()
        try:
            entry = self._copied(order) or self._made(order)
        except VoiceguideError as error:
            entry = self._failed(order, of_order(order, self._job.plan, error))
        except Exception as error:  # the next rows must still be made
            message = f"voiceguide has a fault ({type(error).__name__}: {error})"
            entry = self._failed(order, [Problem(f"row {order.row}: {message}", "report it")])
        return replace(entry, took=time.perf_counter() - began)

    def track(self, order: programme.TrackOrder) -> None:
        """Write a file of a programme."""
        order.make(self._opened())

    def close(self) -> None:
        """Close the engines and remove the drafts."""
        if self._studio:
            self._studio.close()
            self._studio = None
        self._drafts.close()

    def _failed(self, order: Order, problems: Iterable[Problem]) -> ManifestEntry:
        return failed(order.id, order.row, problems, order.words.values())

    def _made(self, order: Order) -> ManifestEntry:
        with self._drafts.folder() as folder, self._sharing(order):
            made = self._programme if order.start else self._session
            entry = made(order, folder)
            files = self._published(folder, entry.files[0].name)
        entry = replace(entry, key=order.key, files=files)
        if _is_common(order):
            with self._sharing(order):
                self._store.put(self._result_key(order), msgspec.json.encode(entry))
        return entry

    def _sharing(self, order: Order) -> AbstractContextManager[None]:
        """Share the speech of a `with` block with other workers, unless it has a person's words."""
        if isinstance(self._store, SharedStore) and not order.words:
            return self._store.shared()
        return nullcontext()

    def _opened(self) -> Studio:
        if self._studio is None or self._count % self.RENEWED == 0:
            if self._studio:
                self._studio.close()
            self._studio = Studio(self._store)
        self._count += 1
        return self._studio

    # ── a session ────────────────────────────────────────────────────────────

    def _session(self, order: Order, folder: Path) -> ManifestEntry:
        studio = self._opened()
        self._speak_for_all(order, studio)
        words: dict[str, Any] = {"words": order.words} if order.words else {}
        target = folder / order.id / order.file if order.in_folder else folder / order.file
        flag = order.flags.__contains__
        with studio.load_text(order.text, **order.options, **words) as session:
            done = session.export(
                target,
                kbps=order.kbps,
                stream=flag("stream"),
                split=flag("split"),
                captions=flag("captions"),
                bundle=flag("bundle"),
                digital_silence=flag("digital silence"),
                verify=flag("verify"),
            )
            if flag("sheet"):
                _write_sheet(session, target.with_suffix(".html"))
            first = done.file.relative_to(folder).as_posix()
            hidden = list(order.words.values())
            return ManifestEntry(
                order.id,
                order.row,
                title=session.title,
                files=(MadeFile(first, "", 0),),
                length=done.plan.timeline.length,
                loudness=done.loudness if done.loudness is None else round(done.loudness, 2),
                voice=done.plan.voice,
                problems=tuple(shown(problem, hidden) for problem in done.plan.problems),
            )

    def _speak_for_all(self, order: Order, studio: Studio) -> None:
        """Let one worker speak the clips that many rows need, without persons' words."""
        if not isinstance(self._store, SharedStore) or order.speech in self._spoken:
            return
        self._spoken.add(order.speech)

        def speak() -> None:
            # without its words a routine may not open, or may have another length
            with (
                contextlib.suppress(VoiceguideError),
                studio.load_text(order.text, **order.options) as session,
            ):
                session.plan()

        self._store.spoken_once(order.speech, speak)

    def _programme(self, order: Order, folder: Path) -> ManifestEntry:
        start, at = programme.read_date(order.start), order.at
        course = programme.load_text(order.text, voice=order.options.get("voice"))
        done = course.export(
            folder / order.id,
            start,
            at=programme.read_time(at) if at else None,
            kbps=order.kbps,
            format=order.format,
        )
        return ManifestEntry(
            order.id,
            order.row,
            title=course.title,
            files=(MadeFile(done.playlist.relative_to(folder).as_posix(), "", 0),),
            length=sum(track.length for track in done.plan.tracks),
            voice=done.plan.voice,
            problems=tuple(problem.as_dict() for problem in done.plan.problems),
        )

    # ── publishing and copying ───────────────────────────────────────────────

    def _published(self, folder: Path, first: str) -> tuple[MadeFile, ...]:
        """Put all files into the bucket, the one to play last; return them with that one first."""
        paths = (path for path in folder.rglob("*") if path.is_file())
        names = [p.relative_to(folder).as_posix() for p in paths if not p.name.startswith(".")]
        files = []
        for name in sorted(names, key=lambda name: (name == first, name)):
            path = folder / name
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            files.append(MadeFile(name, digest, path.stat().st_size))
            self._bucket.put(name, path)
        return (files[-1], *files[:-1])

    def _result_key(self, order: Order) -> str:
        return f"{RESULT}{self._bucket.address} {order.key}"

    def _copied(self, order: Order) -> ManifestEntry | None:
        """Copy an equal session that exists already; None if there is none."""
        if not _is_common(order):
            return None
        with self._sharing(order):
            kept = self._store.get(self._result_key(order))
        if kept is None:
            return None
        equal = msgspec.json.decode(kept, type=ManifestEntry)
        contents = [self._bucket.get(file.name) for file in equal.files]
        for file, data in zip(equal.files, contents, strict=True):
            if data is None or hashlib.sha256(data).hexdigest() != file.sha256:
                return None
        names = (order.id + file.name[len(equal.id) :] for file in equal.files)
        files = tuple(
            replace(file, name=name) for file, name in zip(equal.files, names, strict=True)
        )
        for file, data in zip(reversed(files), reversed(contents), strict=True):
            self._bucket.put(file.name, data or b"")
        return replace(equal, id=order.id, row=order.row, files=files)


def _is_common(order: Order) -> bool:
    """Whether another row may need the same files."""
    return not order.words and not order.in_folder


def _write_sheet(session: Session, path: Path) -> None:
    from voiceguide.handout.page import as_html

    path.write_bytes(as_html(session.sheet(chosen=True)).encode())


class _Drafts:
    """A folder for unfinished files; hidden beside the targets if these are in a folder."""

    def __init__(self, bucket: Bucket) -> None:
        self._held = ExitStack()
        self._root = self._held.enter_context(
            held_folder(bucket.folder / unfinished(DRAFTS))
            if isinstance(bucket, FolderBucket)
            else temporary_folder()
        )

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Provide an empty folder, which is removed when the block ends."""
        folder = self._root / "session"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder of drafts."""
        self._held.close()


# ── a session that kills its worker ──────────────────────────────────────────

TRIES = 3
"""Attempts of an order before its row is blamed for killing processes."""


def lost(order: Order, job: CatalogueJob) -> ManifestEntry:
    """The entry of an order that killed `TRIES` processes."""
    problems = of_order(order, job.plan, lost_error())
    return failed(order.id, order.row, problems, order.words.values())


def lost_error() -> MachineError:
    """The error for an order that killed `TRIES` processes."""
    way_out = "there may not be enough memory; fewer processes need less: `--jobs 1`"
    return MachineError(f"{TRIES} processes ended while making it", way_out)


# ── forecasting a catalogue: hours of sound, bytes, and the time that making it takes


SAMPLE = 100
"""Approximate number of sessions that are planned for a forecast."""

TRIED = 2
"""Sessions made per format: the first speaks, the second shows the time of all others."""


class Forecast(Struct, frozen=True):
    """The expected size and time of a catalogue; all figures are estimates."""

    sessions: int
    seconds: float
    """Seconds of sound."""
    bytes: float
    work: float
    """Seconds until all sessions are made."""
    tried: int
    """Number of sessions that were made for the forecast."""


def forecast(orders: Iterable[Order], count: int, jobs: int, plan: str) -> Forecast:
    """Forecast `count` orders made by `jobs` processes; all figures are 0 if none can be planned.

    About `SAMPLE` orders, evenly spread, are planned with estimated speech; one or two of each
    format are made in a temporary folder to measure size and time.
    """
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
    """Estimate seconds for all sessions: the slowest trial once, then the quickest for all others,
    which find their speech in the cache."""
    if not took:
        return 0.0
    return max(took) + min(took) * max(0, count - 1) / max(1, min(jobs, count))


def _spread(orders: Iterable[Order], count: int) -> Iterator[Order]:
    step = max(1, count // SAMPLE)
    return (order for number, order in enumerate(orders) if number % step == 0 and not order.start)


class LengthCheck:
    """Finds lengths that cannot be met, by estimated speech.

    Sessions that differ only in their length or in a person's words share the work.
    """

    MOST_KEPT = 2_000

    def __init__(self, plan: str) -> None:
        """`plan` is the file that problems name."""
        self._plan = plan
        self._bounds: dict[object, tuple[float, float]] = {}

    def problems(self, order: Order) -> list[Problem]:
        """Warn of an order whose length is out of reach, as a run would report it."""
        if order.length is None:
            return []
        try:
            shortest, longest = self._reach(order)
            if not shortest <= order.length <= longest:
                with _loaded(order) as session:
                    session.plan(estimate=True)
        except VoiceguideError as error:
            return [_as_estimated(one) for one in of_order(order, self._plan, error)]
        return []

    def _reach(self, order: Order) -> tuple[float, float]:
        """The shortest and the longest length that a session can have, in seconds."""
        options = {name: value for name, value in order.options.items() if name != "length"}
        known = (order.text.source, repr(sorted(options.items())), frozenset(order.words))
        if known not in self._bounds:
            if len(self._bounds) >= self.MOST_KEPT:
                self._bounds.clear()
            with _loaded(order) as session:
                self._bounds[known] = session.bounds()
        return self._bounds[known]


def _as_estimated(problem: Problem) -> Problem:
    message = f"{problem.message}, by estimated speech"
    return replace(problem, message=message, severity=Severity.WARNING)


def _loaded(order: Order) -> Session:
    words = {"words": order.words} if order.words else {}
    return load_text(order.text, **order.options, **words)


def _seconds(order: Order) -> float:
    """Estimate the seconds of a session with estimated speech; 0 if it cannot be planned."""
    try:
        with _loaded(order) as session:
            return session.settings.length or session.plan(estimate=True).timeline.duration
    except VoiceguideError:
        return 0.0


def _tried(orders: Sequence[Order], plan: str) -> list[tuple[Order, ManifestEntry, float]]:
    """Make some sessions of each format in a temporary folder; return them with their seconds."""
    by_format: dict[str, list[Order]] = {}
    for order in orders:
        by_format.setdefault(order.format, []).append(order)
    trials = []
    with (
        temporary_folder() as folder,
        closing(Maker(CatalogueJob(str(folder), plan))) as maker,
    ):
        for order in (one for some in by_format.values() for one in some[:TRIED]):
            began = time.perf_counter()
            entry = maker.make(order)
            if entry.good:
                trials.append((order, entry, time.perf_counter() - began))
    return trials


def _length(entry: ManifestEntry) -> float:
    return max(1, entry.length or 0) / SAMPLE_RATE
