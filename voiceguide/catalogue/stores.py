"""Store a catalogue, and share its clips, in folders or in buckets through fsspec.

A `Bucket` gets objects, puts them, and puts them only if absent. A `SharedStore` is the store of
one worker with a bucket behind it: it fetches clips that another worker has spoken, and puts its
own there. That bucket may fail, be slow, or hold foreign objects: then the worker speaks its
clips itself.
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
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import Struct, field

from voiceguide.errors import MachineError, UsageError
from voiceguide.files import make_folder, replacing, told
from voiceguide.installation import bring
from voiceguide.store import LIMIT, Store

_V = TypeVar("_V")

SECRET = "VOICEGUIDE_CATALOGUE_KEY"
"""Environment variable with the secret that shared clips are named and sealed with."""


class Bucket(Protocol):
    """A store of whole objects; their names may have slashes."""

    @property
    def address(self) -> str:
        """The address as a user writes it."""

    def get(self, name: str) -> bytes | None:
        """The bytes of an object; None if there is none."""

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of an object with their line ends; none if it does not exist."""

    def put(self, name: str, data: bytes | Path) -> None:
        """Put an object, whole or not at all; replace an old one."""

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Put an object if there is none; return whether it was put."""

    def size(self, name: str) -> int | None:
        """The size in bytes of an object that this run found; None if it found none."""

    def names(self, folder: str) -> list[str]:
        """Names of the objects in a folder, sorted."""

    def remove(self, name: str) -> None:
        """Remove an object if it exists."""


def open_bucket(where: str | Path) -> Bucket:
    """Open a folder, created if it is missing, or `s3://…`, `gs://…`, `az://…`.

    Raises:
        MachineError: the folder cannot be written, or fsspec or its driver is not installed.
        UsageError: the kind of address is unknown.
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
        raise UsageError(f"`{where}` is not a folder or bucket: {error}", way_out) from error
    return RemoteBucket(str(where).rstrip("/"), files, root)


# ── a folder ─────────────────────────────────────────────────────────────────


class FolderBucket:
    """A folder whose objects are files; they appear atomically."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.folder = Path(os.path.realpath(folder))

    @property
    def address(self) -> str:
        """The resolved path of the folder."""
        return str(self.folder)

    def get(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file; none if it does not exist."""
        try:
            with (self.folder / name).open("rb") as file:
                yield from file
        except (FileNotFoundError, NotADirectoryError):
            return

    def put(self, name: str, data: bytes | Path) -> None:
        """Put an object; a file on the same disk is moved, any other is copied."""
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
        """Put an object if there is none, by a hard link, which only one process can create."""
        target = self.folder / name
        with told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f"{target.name}.{os.getpid()}.{threading.get_ident()}")
            draft.write_bytes(data)
            try:
                os.link(draft, target)
            except FileExistsError:
                return False
            except OSError:  # the disk has no hard links
                if target.exists():
                    return False
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
        return True

    def size(self, name: str) -> int | None:
        """The current size of a file in bytes; None if there is none."""
        try:
            return (self.folder / name).stat().st_size
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, sorted, without hidden ones."""
        found = (path for path in (self.folder / folder).glob("*") if path.is_file())
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in found
            if not path.name.startswith(".")
        )

    def remove(self, name: str) -> None:
        """Remove a file, and its folder if that is then empty."""
        path = self.folder / name
        with told(path):
            path.unlink(missing_ok=True)
        if path.parent != self.folder:
            with contextlib.suppress(OSError):
                path.parent.rmdir()


# ── a bucket ─────────────────────────────────────────────────────────────────

TRIES = 4
"""Attempts of each request to a bucket."""

WAIT = 0.5
"""Seconds before the second attempt; doubled before each further attempt."""

_REFUSED = object()
"""Default of `missing` in `_tried`: a missing object is an error."""


class RemoteBucket:
    """A bucket, or any other file system of fsspec; each object is put in one request."""

    def __init__(self, address: str, files: Any, root: str) -> None:
        self._address, self._files, self._root = address, files, root.rstrip("/")
        self._sizes: dict[str, int] | None = None

    @property
    def address(self) -> str:
        """The address as the user wrote it."""
        return self._address

    def get(self, name: str) -> bytes | None:
        """The bytes of an object; None if there is none."""
        ask = partial(self._files.cat_file, self._path(name))
        found = self._tried(f"read `{name}`", ask, missing=None)
        return None if found is None else bytes(found)

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of an object, fetched block by block."""
        try:
            with self._files.open(self._path(name), "rb") as file:
                yield from file
        except FileNotFoundError:
            return
        except Exception as error:  # each kind of store raises its own errors
            way_out = "check the address, its permissions and the network"
            message = f"`{self._address}` could not read `{name}`: {error}"
            raise MachineError(message, way_out) from error

    def put(self, name: str, data: bytes | Path) -> None:
        """Put an object; a large one is uploaded in parts and appears once complete."""
        if isinstance(data, bytes):
            ask = partial(self._files.pipe_file, self._path(name), data)
        else:
            ask = partial(self._files.put_file, str(data), self._path(name))
        self._tried(f"write `{name}`", ask)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Put an object if there is none, by a conditional request if the store supports them."""

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
        """The size of an object in bytes from a listing that is made at the first call."""
        if self._sizes is None:
            ask = partial(self._files.find, self._root, detail=True)
            found = self._tried("list it", ask, missing={})
            start = len(self._root) + 1
            self._sizes = {path[start:]: int(of.get("size") or 0) for path, of in found.items()}
        return self._sizes.get(name)

    def names(self, folder: str) -> list[str]:
        """Names of the objects now in a folder, sorted."""

        def ask() -> Iterable[str]:
            self._files.invalidate_cache()
            found: Iterable[str] = self._files.find(self._path(folder).rstrip("/"), maxdepth=1)
            return found

        found = self._tried("list it", ask, missing=())
        return sorted(path[len(self._root) + 1 :] for path in found)

    def remove(self, name: str) -> None:
        """Remove an object if it exists."""
        ask = partial(self._files.rm_file, self._path(name))
        self._tried(f"remove `{name}`", ask, missing=None)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _tried(self, what: str, ask: Callable[[], _V], missing: Any = _REFUSED) -> _V:
        """Make a request with retries; return `missing`, if given, when there is no such object."""
        for number in range(TRIES):
            if number:
                time.sleep(WAIT * 2 ** (number - 1))
            try:
                return ask()
            except Exception as error:  # each kind of store raises its own errors
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
"""Timeout in seconds for one object: speaking the clip takes less."""

MOST_FAILURES = 3
"""Consecutive failures after which the bucket is not used for `REST` seconds."""

REST = 60.0
"""Seconds for which a failing bucket is not used."""

CLAIM = 120.0
"""Seconds after which a worker that claimed a text is considered lost."""

RESULT = "catalogue result "
"""Prefix of the key of a finished session."""

_SEAL = 32
"""Length of a seal in bytes (HMAC-SHA256)."""


class SharedClips(Struct):
    """Objects with opaque names and a seal; an object without a valid seal counts as missing.

    Nothing is raised: after a failure, `get` returns None and `put` does nothing.
    """

    bucket: Bucket
    secret: bytes
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    resting_until: float = 0.0
    damaged: set[str] = field(default_factory=set)
    """Names of objects whose seal was wrong; `put` replaces them."""

    def get(self, key: str) -> bytes | None:
        """The value that a worker put under a key; None if there is none or it cannot be read."""
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
        """Put a value unless one is there already; return whether it was put."""
        name = self._name(key)
        sealed = self._seal(name, value) + value
        if name in self.damaged:
            self.damaged.discard(name)
            self._asked(lambda: self.bucket.put(name, sealed))
            return True
        return bool(self._asked(lambda: self.bucket.put_if_absent(name, sealed)))

    def replace(self, key: str, value: bytes) -> None:
        """Put a value, and overwrite an old one."""
        name = self._name(key)
        self._asked(lambda: self.bucket.put(name, self._seal(name, value) + value))

    @property
    def resting(self) -> bool:
        """Whether the bucket is currently not used, after failures."""
        return self.clock() < self.resting_until

    def _asked(self, ask: Callable[[], _V]) -> _V | None:
        if self.resting:
            return None
        try:
            found = within(self.patience, ask)
        except Exception:  # a store may fail in any way; work continues without it
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
    """Return the result of a call; raise a TimeoutError if it takes longer, and abandon it."""
    answer: Future[_V] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="voiceguide bucket", daemon=True).start()
    return answer.result(seconds)


class SharedStore(Store):
    """A worker's own store and, while `sharing`, the clips of all workers behind it.

    Only speech, its measurements and the names of its files are shared: no persons' names, no
    texts.
    """

    def __init__(self, folder: Path, clips: SharedClips, limit: int = LIMIT) -> None:
        super().__init__(folder, limit)
        self._clips = clips
        self.sharing = False

    def get(self, key: str) -> bytes | None:
        """The value from the own store, or else from the shared clips."""
        value = super().get(key)
        if value is None and self._is_for_all(key):
            value = self._clips.get(key)
            if value is not None:
                super().put(key, value)
        return value

    def put(self, key: str, value: bytes) -> bool:
        """Put a value into the own store, and share it with the other workers.

        Return whether the own store keeps it.
        """
        kept = super().put(key, value)
        if self._is_for_all(key):
            self._clips.put(key, value)
        return kept

    def _is_for_all(self, key: str) -> bool:
        if key.endswith(" calibration"):
            return True  # measured on a fixed text
        return self.sharing and (" clip " in key or key.startswith(RESULT))

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Share the speech made in a `with` block, which must have no person's words."""
        self.sharing = True
        try:
            yield
        finally:
            self.sharing = False

    def spoken_once(self, key: str, speak: Callable[[], None]) -> None:
        """Speak a text; if another worker is speaking it, wait for that worker's clips first."""
        said, claim = f"said {key}", f"claim {key}"
        with self.shared():
            if self._clips.get(said) is None and not self._claimed(claim):
                self._wait_for(said)
            speak()
            self._clips.put(said, b"1")

    def _claimed(self, claim: str) -> bool:
        """Whether this worker got the claim to speak the text."""
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
