"""What tags may say, whatever the format: a date that is one, a cover that is a picture."""

from __future__ import annotations

import re

from voiceguide.errors import UsageError

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
