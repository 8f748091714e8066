"""`Store`: a cache folder for what is expensive to make, under a key of what it is made from.

A store never breaks the work that it speeds up. A damaged entry counts as missing, and if the
folder cannot be written or the disk is full, nothing is kept. Two processes may use one folder at
the same time: an entry appears whole or not at all.

    FOLDER/ab/cdef…     an entry: a checksum and the value, named by the hash of its key
    FOLDER/written      grows by a byte for every 4 KiB stored, so that the folder is swept now
                        and then, and not at every entry
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from voiceguide.files import read_ordinary
from voiceguide.patterns import late

LIMIT = 256 << 20
"""Bytes that a store keeps by default."""

_MAGIC = b"voiceguide\x01"
_CHECKSUM = 16
"""Bytes."""

_FOLDER = late(r"[0-9a-f]{2}")
_ENTRY = late(r"[0-9a-f]{62}")
_UNFINISHED = ".new-"
_TALLY = "written"
_TALLY_UNIT = 4096
_ABANDONED = 3600
"""Seconds after which an unfinished file counts as left by a process that ended."""


class Contents(NamedTuple):
    """How much is in a store."""

    entries: int
    size: int
    """Bytes."""


class Store:
    """Values by key, about `limit` bytes at most: the least recently used are removed."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self._limit = limit

    def get(self, key: str) -> bytes | None:
        """The value; None if there is none, or it is damaged (then it is removed)."""
        name = _name(key)
        path = self._path(name)
        try:
            value = _opened(read_ordinary(path, self._limit), name)
        except OSError:
            return None
        with contextlib.suppress(OSError):
            if value is None:
                path.unlink()
            else:
                os.utime(path)
        return value

    def put(self, key: str, value: bytes) -> bool:
        """Keep a value, if that is possible and it is not larger than an eighth of the limit.

        Return whether it is kept.
        """
        name = _name(key)
        entry = _MAGIC + _checksum(value, name) + value
        if len(entry) > self._limit // 8:
            return False
        try:
            _write(self._path(name), entry)
        except OSError:
            return False
        with contextlib.suppress(OSError):
            if self._grew(len(entry)):
                self._sweep()
        return True

    def size(self) -> Contents:
        """How much it holds."""
        sizes = [entry.size for entry in self._entries()]
        return Contents(len(sizes), sum(sizes))

    def clear(self) -> Contents:
        """Remove every entry, and nothing else; return how much that was."""
        removed = [entry.size for entry in self._entries() if _remove(entry.path)]
        self._remove_unfinished(0)
        _remove(self.folder / _TALLY)
        return Contents(len(removed), sum(removed))

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def _grew(self, size: int) -> bool:
        """Count what any process has written; return whether it exceeds an eighth of the limit."""
        with (self.folder / _TALLY).open("ab") as tally:
            tally.write(b"." * -(-size // _TALLY_UNIT))
            return tally.tell() * _TALLY_UNIT > self._limit // 8

    def _sweep(self) -> None:
        """Remove the least recently used entries, to make room for the next eighth."""
        _remove(self.folder / _TALLY)
        entries = sorted(self._entries(), key=lambda entry: entry.used)
        excess = sum(entry.size for entry in entries) - self._limit * 7 // 8
        for entry in entries:
            if excess <= 0:
                break
            _remove(entry.path)
            excess -= entry.size
        self._remove_unfinished(_ABANDONED)

    def _entries(self) -> Iterator[_Entry]:
        for file in self._files():
            if _ENTRY.fullmatch(file.name):
                with contextlib.suppress(OSError):  # another process removed it
                    stat = file.stat()
                    yield _Entry(Path(file.path), stat.st_size, stat.st_mtime_ns)

    def _remove_unfinished(self, age: float) -> None:
        for file in self._files():
            if file.name.startswith(_UNFINISHED):
                with contextlib.suppress(OSError):
                    if time.time() - file.stat().st_mtime >= age:
                        _remove(Path(file.path))

    def _files(self) -> Iterator[os.DirEntry[str]]:
        for folder in _scan(self.folder):
            if _FOLDER.fullmatch(folder.name):
                yield from _scan(Path(folder.path))


class _Entry(Struct, frozen=True):
    path: Path
    size: int
    used: int
    """Nanoseconds, by the file system's clock."""


def default_store() -> Store:
    """The user's store: in the folder VOICEGUIDE_CACHE, or in the system's folder for caches."""
    wanted = os.environ.get("VOICEGUIDE_CACHE")
    if wanted:
        return Store(Path(wanted).expanduser())
    import platformdirs

    return Store(platformdirs.user_cache_path("voiceguide"))


def kept(store: Store | None, key: str, made: Callable[[], bytes]) -> bytes:
    """The value of a key in a store, if there is one; a missing value is made and put there."""
    value = store.get(key) if store else None
    if value is None:
        value = made()
        if store:
            store.put(key, value)
    return value


def state_of(*folders: Path) -> str:
    """A part of cache keys that changes with the files directly in some folders: their number, and
    when the newest was written, in nanoseconds."""
    times = [
        file.stat().st_mtime_ns for folder in folders for file in _scan(folder) if file.is_file()
    ]
    return f"{len(times)} {max(times, default=0)}"


def _name(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _opened(entry: bytes, name: str) -> bytes | None:
    """The value of an entry, if it is whole and under the name it was put under."""
    head = len(_MAGIC) + _CHECKSUM
    value = entry[head:]
    return value if entry[:head] == _MAGIC + _checksum(value, name) else None


def _checksum(value: bytes, name: str) -> bytes:
    return hashlib.blake2b(value, digest_size=_CHECKSUM, key=name.encode()).digest()


def _write(path: Path, entry: bytes) -> None:
    """Write a file atomically: it appears under its name whole, or not at all."""
    import tempfile  # late: most runs keep nothing new

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(entry)
        Path(temporary).replace(path)
    except BaseException:  # also Ctrl-C
        _remove(Path(temporary))
        raise


def _remove(path: Path) -> bool:
    """Remove a file; return whether this call did it."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
