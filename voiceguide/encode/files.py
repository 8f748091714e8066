"""What libsndfile writes to: it calls back from C, where no exception can pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from voiceguide.errors import UsageError

# ── what libsndfile writes to: it calls back from C, where no exception can pass


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


# ── what tags may say, whatever the format: a date that is one, a cover that is a picture


_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)


def date_parts(date: str | None) -> tuple[str, str, str]:
    """Year, month and day, each empty where it is not said.

    Raises:
        UsageError: it is no date.
    """
    if not date:
        return "", "", ""
    parts = _DATE.fullmatch(date)
    if not parts:
        raise UsageError(f"`{date}` is no date", "write `2025`, `2025-11` or `2025-11-21`")
    year, month, day = parts.groups(default="")
    return year, month, day


def checked_date(date: str | None) -> str:
    """The date as it is; empty where there is none. A UsageError where it is no date."""
    date_parts(date)
    return date or ""


def picture_type(cover: bytes) -> str:
    """`image/png` or `image/jpeg`.

    Raises:
        UsageError: it is neither.
    """
    for start, kind in _PICTURES.items():
        if cover.startswith(start):
            return kind
    raise UsageError("the cover is neither a PNG nor a JPEG picture", "convert it to PNG")
