"""File names that every phone, stick and computer takes.

Windows forbids most (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>), and a stick
or an SD card with FAT forbids the same; `#` and `%` mean something else in a playlist's addresses.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 120
"""Bytes in UTF-8, without number and ending: Windows has 260 characters for all folders and the
name, most disks 255 bytes for the name alone."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%]')
_DEVICE = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Invisible, and parts of words in some scripts, and of emoji."""


def safe_name(title: str, otherwise: str) -> str:
    """A title as a file's name without its ending; `otherwise` where nothing is left of it."""
    plain = "".join("" if _invisible(c) else c for c in _FORBIDDEN.sub(" ", title))
    composed = unicodedata.normalize("NFC", " ".join(plain.split()))
    name = _cut(composed).strip(" .")
    # Windows takes no device's name, whatever follows its first dot
    return f"_{name}" if _DEVICE.fullmatch(name.split(".")[0].strip()) else name or otherwise


def _invisible(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character)[0] == "C"


def _cut(name: str) -> str:
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")
