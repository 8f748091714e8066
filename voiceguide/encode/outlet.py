"""What libsndfile writes to: it calls back from C, where no exception can pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class File(Protocol):
    """The part of a file that libsndfile needs."""

    def write(self, data: bytes, /) -> int:
        """Append or replace bytes; how many they were."""

    def read(self, count: int, /) -> bytes:
        """The next bytes."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Go to a place; where that is, from the beginning."""

    def tell(self) -> int:
        """Where it stands."""


class Outlet:
    """A file whose first error is kept until `check`; from then on nothing is done any more."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """See `File`; 0 where it went wrong."""
        return self._guarded(self._file.write, data) or 0

    def read(self, count: int) -> bytes:
        """See `File`; nothing where it went wrong."""
        return self._guarded(self._file.read, count) or b""

    def seek(self, offset: int, whence: int) -> int:
        """See `File`."""
        return self._guarded(self._file.seek, offset, whence) or 0

    def tell(self) -> int:
        """See `File`."""
        return self._guarded(self._file.tell) or 0

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error:
            raise self._error

    def _guarded(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        if self._error:
            return None
        try:
            return do(*args, **kwargs)
        except BaseException as error:  # Ctrl-C too
            self._error = error
            return None
