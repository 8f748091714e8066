"""Where a catalogue goes to, and where its clips are shared: folders, and buckets by fsspec.

A `Bucket` gets, puts and puts where nothing is; it lists once, when a run begins. A `SharedStore`
is the store of one worker with a bucket behind it: what another worker has spoken is fetched, and
what is spoken here is given. Such a bucket may fail, be slow, or hold what nobody put there: then
the worker does the work itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from msgspec import Struct, field

from voiceguide.errors import MachineError, UsageError
from voiceguide.files import make_folder, replacing, told
from voiceguide.installation import bring
from voiceguide.store import LIMIT, Store

_V = TypeVar("_V")

SECRET = "VOICEGUIDE_CATALOGUE_KEY"
"""The variable of the environment with what shared clips are named and sealed by."""


class Bucket(Protocol):
    """A place for whole objects, by names with slashes."""

    @property
    def address(self) -> str:
        """As one would write it."""

    def get(self, name: str) -> bytes | None:
        """An object; None where there is none."""

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of an object with their ends; none where it is not there."""

    def put(self, name: str, data: bytes | Path) -> None:
        """Put an object there, whole or not at all; an old one is replaced."""

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """The same where there is none; whether this did it."""

    def size(self, name: str) -> int | None:
        """The bytes of an object that a run found there; None where it found none."""

    def names(self, folder: str) -> list[str]:
        """The objects in a folder, sorted."""

    def remove(self, name: str) -> None:
        """Remove an object, if there is one."""


def open_bucket(where: str | Path) -> Bucket:
    """A folder, made where it is missing, or `s3://…`, `gs://…`, `az://…`.

    Raises:
        MachineError: a folder cannot be written, or fsspec or what it needs is not installed.
        UsageError: there is no such kind of place.
    """
    kind, sign, _ = str(where).partition("://")
    if not sign:
        return FolderBucket(Path(where))
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(str(where).rstrip("/"))
    except ImportError as error:
        way_out = f"{bring('buckets')}; for `gs` add gcsfs, for `az` adlfs"
        raise MachineError(f"`{kind}://` needs a package: {error}", way_out) from error
    except ValueError as error:
        way_out = "name a folder, or an address that begins with `s3://`, `gs://` or `az://`"
        raise UsageError(f"`{where}` is not a place for a catalogue: {error}", way_out) from error
    return RemoteBucket(str(where).rstrip("/"), files, root)


# ── a folder ─────────────────────────────────────────────────────────────────


class FolderBucket:
    """A folder; its objects are files that appear whole."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.folder = Path(os.path.realpath(folder))

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.folder)

    def get(self, name: str) -> bytes | None:
        """The bytes of a file."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file."""
        try:
            with (self.folder / name).open("rb") as file:
                yield from file
        except (FileNotFoundError, NotADirectoryError):
            return

    def put(self, name: str, data: bytes | Path) -> None:
        """A file of the same disk is moved, any other copied."""
        target = self.folder / name
        with told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(data, Path) and data.stat().st_dev == target.parent.stat().st_dev:
                data.replace(target)
                return
        with replacing(target) as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                with data.open("rb") as source:
                    shutil.copyfileobj(source, file)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """By a link, which the system makes for one process alone."""
        target = self.folder / name
        with told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f"{target.name}.{os.getpid()}.{threading.get_ident()}")
            draft.write_bytes(data)
            try:
                os.link(draft, target)
            except FileExistsError:
                return False
            except OSError:  # a disk without links
                if target.exists():
                    return False
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
        return True

    def size(self, name: str) -> int | None:
        """As the disk says now."""
        try:
            return (self.folder / name).stat().st_size
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """Its files, hidden ones left out."""
        found = (path for path in (self.folder / folder).glob("*") if path.is_file())
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in found
            if not path.name.startswith(".")
        )

    def remove(self, name: str) -> None:
        """The file, and its folder where that is empty then."""
        path = self.folder / name
        with told(path):
            path.unlink(missing_ok=True)
        if path.parent != self.folder:
            with contextlib.suppress(OSError):
                path.parent.rmdir()


# ── a bucket ─────────────────────────────────────────────────────────────────

TRIES = 4
"""How often a bucket is asked for one thing."""

WAIT = 0.5
"""Seconds before the second try; twice as many before each of the next."""


_REFUSED = object()
"""Stands for no answer at all."""


class RemoteBucket:
    """A bucket or anything else that fsspec reaches; each object is put in one request."""

    def __init__(self, address: str, files: Any, root: str) -> None:
        self._address, self._files, self._root = address, files, root.rstrip("/")
        self._sizes: dict[str, int] | None = None

    @property
    def address(self) -> str:
        """As it was written."""
        return self._address

    def get(self, name: str) -> bytes | None:
        """An object."""
        ask = partial(self._files.cat_file, self._path(name))
        found = self._tried(f"read `{name}`", ask, missing=None)
        return None if found is None else bytes(found)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of an object, fetched block by block."""
        try:
            with self._files.open(self._path(name), "rb") as file:
                yield from file
        except FileNotFoundError:
            return
        except Exception as error:  # each kind of store has errors of its own
            way_out = "check the address, its permissions and the network"
            message = f"`{self._address}` could not read `{name}`: {error}"
            raise MachineError(message, way_out) from error

    def put(self, name: str, data: bytes | Path) -> None:
        """An object; large ones go up in parts, and appear when all are there."""
        if isinstance(data, bytes):
            ask = partial(self._files.pipe_file, self._path(name), data)
        else:
            ask = partial(self._files.put_file, str(data), self._path(name))
        self._tried(f"write `{name}`", ask)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """By a conditional request, where the store knows them."""

        def ask() -> bool:
            try:
                self._files.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                if _says_taken(error):
                    return False
                raise
            return True

        return self._tried(f"write `{name}`", ask)

    def size(self, name: str) -> int | None:
        """As one listing found it, which is made when it is first asked for."""
        if self._sizes is None:
            ask = partial(self._files.find, self._root, detail=True)
            found = self._tried("list it", ask, missing={})
            start = len(self._root) + 1
            self._sizes = {path[start:]: int(of.get("size") or 0) for path, of in found.items()}
        return self._sizes.get(name)

    def names(self, folder: str) -> list[str]:
        """As they are now."""

        def ask() -> Iterable[str]:
            self._files.invalidate_cache()
            found: Iterable[str] = self._files.find(self._path(folder).rstrip("/"), maxdepth=1)
            return found

        found = self._tried("list it", ask, missing=())
        return sorted(path[len(self._root) + 1 :] for path in found)

    def remove(self, name: str) -> None:
        """An object."""
        ask = partial(self._files.rm_file, self._path(name))
        self._tried(f"remove `{name}`", ask, missing=None)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _tried(self, what: str, ask: Callable[[], _V], missing: Any = _REFUSED) -> _V:
        """What is answered, some tries over; `missing`, if given, where there is no such object."""
        for number in range(TRIES):
            if number:
                time.sleep(WAIT * 2 ** (number - 1))
            try:
                return ask()
            except Exception as error:  # each kind of store has errors of its own
                if isinstance(error, FileNotFoundError) and missing is not _REFUSED:
                    found: _V = missing
                    return found
                failure = error
        way_out = "check the address, its permissions and the network; what is done is kept"
        reason = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise MachineError(f"`{self._address}` could not {what}: {reason}", way_out) from failure


def _says_taken(error: OSError) -> bool:
    return "PreconditionFailed" in str(error) or "ConditionalRequestConflict" in str(error)


# ── clips that workers share ─────────────────────────────────────────────────

PATIENCE = 10.0
"""Seconds that a worker waits for one object: speaking takes less."""

MOST_FAILURES = 3
"""Failures in a row after which the bucket is left alone for a while."""

REST = 60.0
"""Seconds for which it is left alone."""

CLAIM = 120.0
"""Seconds after which a worker that speaks something is held to be lost."""

RESULT = "catalogue result "
"""How the key of a finished session begins."""

_SEAL = 32
"""Bytes."""


class SharedClips(Struct):
    """Objects under names that tell nothing, each sealed: what was not put by us does not count.

    Nothing is raised: what fails counts as missing, and what cannot be put is not.
    """

    bucket: Bucket
    secret: bytes
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    resting_until: float = 0.0
    damaged: set[str] = field(default_factory=set)
    """Names under which something else was found: it is replaced."""

    def get(self, key: str) -> bytes | None:
        """What a worker put under a key."""
        name = self._name(key)
        sealed = self._asked(lambda: self.bucket.get(name))
        if sealed is None:
            return None
        value = sealed[_SEAL:]
        if hmac.compare_digest(sealed[:_SEAL], self._seal(name, value)):
            return value
        self.damaged.add(name)
        return None

    def put(self, key: str, value: bytes) -> bool:
        """Put it there unless it is there already; whether this did it."""
        name = self._name(key)
        sealed = self._seal(name, value) + value
        if name in self.damaged:
            self.damaged.discard(name)
            self._asked(lambda: self.bucket.put(name, sealed))
            return True
        return bool(self._asked(lambda: self.bucket.put_if_absent(name, sealed)))

    def replace(self, key: str, value: bytes) -> None:
        """Put it there, whatever is there."""
        name = self._name(key)
        self._asked(lambda: self.bucket.put(name, self._seal(name, value) + value))

    @property
    def resting(self) -> bool:
        """Whether the bucket is left alone for a while."""
        return self.clock() < self.resting_until

    def _asked(self, ask: Callable[[], _V]) -> _V | None:
        if self.resting:
            return None
        try:
            found = within(self.patience, ask)
        except Exception:  # a store may fail in any way, and the work goes on without it
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                self.failures, self.resting_until = 0, self.clock() + REST
            return None
        self.failures = 0
        return found

    def _name(self, key: str) -> str:
        digest = hmac.new(self.secret, key.encode(), hashlib.sha256).hexdigest()
        return f"clips/{digest[:2]}/{digest[2:]}"

    def _seal(self, name: str, value: bytes) -> bytes:
        return hmac.new(self.secret, name.encode() + b"\0" + value, hashlib.sha256).digest()


def within(seconds: float, ask: Callable[[], _V]) -> _V:
    """What a call gives; a TimeoutError where it takes longer, and is left to itself."""
    answers: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((True, ask()))
        except BaseException as error:
            answers.put((False, error))

    threading.Thread(target=run, name="voiceguide bucket", daemon=True).start()
    try:
        good, answer = answers.get(timeout=seconds)
    except Exception as error:
        raise TimeoutError(f"no answer within {seconds:g} s") from error
    if not good:
        raise answer
    found: _V = answer
    return found


class SharedStore(Store):
    """A worker's own store, and behind it, while `sharing`, the clips of all workers.

    Only what a voice has spoken is shared, what was measured of it, and which file holds it:
    no names, no texts.
    """

    def __init__(self, folder: Path, clips: SharedClips, limit: int = LIMIT) -> None:
        super().__init__(folder, limit)
        self._clips = clips
        self.sharing = False

    def get(self, key: str) -> bytes | None:
        """From here, or else from another worker."""
        value = super().get(key)
        if value is None and self._is_for_all(key):
            value = self._clips.get(key)
            if value is not None:
                super().put(key, value)
        return value

    def put(self, key: str, value: bytes) -> None:
        """Here, and for the others."""
        super().put(key, value)
        if self._is_for_all(key):
            self._clips.put(key, value)

    def _is_for_all(self, key: str) -> bool:
        if key.endswith(" calibration"):
            return True  # measured on a text that is the same for everybody
        return self.sharing and (" clip " in key or key.startswith(RESULT))

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Within, what is spoken is no person's, and shared."""
        self.sharing = True
        try:
            yield
        finally:
            self.sharing = False

    def spoken_once(self, key: str, speak: Callable[[], None]) -> None:
        """Speak something, unless another worker does: then what that one says is fetched."""
        said, claim = f"said {key}", f"claim {key}"
        with self.shared():
            if self._clips.get(said) is None and not self._claimed(claim):
                self._wait_for(said)
            speak()
            self._clips.put(said, b"1")

    def _claimed(self, claim: str) -> bool:
        """Whether this worker is the one to speak."""
        now = f"{time.time():.0f}".encode()
        if self._clips.put(claim, now):
            return True
        found = self._clips.get(claim)
        if found is not None and time.time() - float(found) < CLAIM:
            return False
        self._clips.replace(claim, now)
        return True

    def _wait_for(self, said: str) -> None:
        until, pause = time.monotonic() + CLAIM, 0.1
        while time.monotonic() < until and self._clips.get(said) is None:
            if self._clips.resting:
                return
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)
