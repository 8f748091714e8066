"""The names that a routine may say: chimes, other routines, and paths beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceguide.errors import did_you_mean, nearest, quote
from voiceguide.script.passage import Passage
from voiceguide.script.report import Fault

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BESIDE = "put the file beside the routine, and write its name alone"


@dataclass(frozen=True, slots=True)
class Known:
    """What exists outside the file."""

    chimes: frozenset[str] = frozenset()
    """Families, `bowl`, and full names, `bowl-start`."""
    routines: frozenset[str] = frozenset()
    """The library's."""
    beds: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    """For authors: what `check` warns of."""

    @property
    def families(self) -> frozenset[str]:
        """The chimes that are whole families."""
        return frozenset(name for name in self.chimes if "-" not in name)


def is_path(name: str) -> bool:
    """Whether a name can only be a file's: library names have neither dots nor slashes."""
    return any(mark in name for mark in "./\\")


def path_fault(path: str, home: str = "the routine's folder") -> tuple[str, str] | None:
    """What is wrong with a path from `home`, and the way out; the disk is not asked."""
    if "\\" in path:
        return f"{quote(path)} has a backslash", "write `/` between a folder and a file"
    if _SCHEME.match(path):
        return f"{quote(path)} is not a path beside this file", _BESIDE
    if path.startswith(("/", "~")) or _escapes(path):
        return f"{quote(path)} leads out of {home}", _BESIDE
    if path.endswith(("/", "/.", "/..")) or path in (".", ".."):
        return f"{quote(path)} is a folder", "name a file in it"
    return None


def read_chime(part: Passage, known: Known) -> str:
    """The name of a chime.

    Raises:
        Fault: there is none of this name.
    """
    name = part.text.lower()
    if name not in known.chimes:
        message = f"unknown chime {quote(part.text)}"
        names = known.chimes if nearest(name, known.chimes) else known.families
        raise Fault(part.place(), message, did_you_mean(name, names))
    return name


def read_routine_name(part: Passage, known: Known) -> str:
    """The name of a routine in the library, or a path beside this file.

    Raises:
        Fault: there is none of this name, or the path leads away.
    """
    if is_path(part.text):
        return read_path(part)
    if part.text not in known.routines:
        message = f"there is no routine {quote(part.text)} in the library"
        help_ = did_you_mean(part.text, known.routines)
        raise Fault(part.place(), message, help_ or "write a path beside this file: `warm-up.md`")
    return part.text


def read_path(part: Passage) -> str:
    """The path of a file beside this one.

    Raises:
        Fault: it leads away.
    """
    fault = path_fault(part.text)
    if fault:
        raise Fault(part.place(), *fault)
    return part.text


def _escapes(path: str) -> bool:
    depth = 0
    for piece in path.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(piece, 1)
        if depth < 0:
            return True
    return False
