"""A lock between processes, which the system takes back from one that ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceguide.errors import MachineError
from voiceguide.files import told

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(path: Path, busy: str) -> Iterator[None]:
    """Be the only process in the block; `path` is a file made for the purpose, and stays.

    Raises:
        MachineError: another one is, which `busy` says.
    """
    with told(path):
        file = path.open("a+b")
    with file:
        try:
            _take(file.fileno())
        except OSError as error:
            raise MachineError(busy, "wait until it is done") from error
        yield
