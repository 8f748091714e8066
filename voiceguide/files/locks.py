"""Locks between processes, which the system takes back from one that ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceguide.errors import MachineError

PATIENCE = 30.0
"""Seconds that one process waits for what another does to a folder: files are renamed in it."""

_STEP = 0.05
"""Seconds between two attempts."""

if sys.platform == "win32":
    import msvcrt

    def lock(handle: int) -> None:
        """Take the lock of an open file; an OSError where another process has it."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _open(folder: Path) -> int:
        return os.open(folder / ".voiceguide.lock", os.O_RDWR | os.O_CREAT)

    def sync(folder: Path) -> None:
        """See to it that the names in a folder are on the disk: Windows does by itself."""
else:
    import fcntl

    def lock(handle: int) -> None:
        """Take the lock of an open file; an OSError where another process has it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _open(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def sync(folder: Path) -> None:
        """See to it that the names in a folder are on the disk."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process of voiceguide in the block that changes what is in a folder.

    Some network disks know no locks; there the block runs all the same.

    Raises:
        MachineError: another process is in its block for longer than `PATIENCE`.
    """
    handle = _open(folder)
    try:
        _wait_for(handle, folder)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return lock(handle)
        except (BlockingIOError, PermissionError):  # Windows says the latter
            if time.monotonic() > until:
                message = f"another voiceguide is changing files in `{folder}`"
                raise MachineError(message, "wait until it is done") from None
            time.sleep(_STEP)
        except OSError:  # there are no locks here
            return None


def is_free(path: Path) -> bool:
    """Whether no process has the lock of a file; one that cannot be asked is not free."""
    try:
        with path.open("rb+") as file:
            lock(file.fileno())
    except OSError:
        return False
    return True
