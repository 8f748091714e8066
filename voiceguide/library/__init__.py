"""Finds the routines, programmes, chimes and beds of the library, and files beside a routine.

Finding only: nothing here decodes a sound or reads a routine; what routines say of themselves is in
an index. `homes` knows where the library lies, `beside` what a routine may name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide.errors import MachineError, UsageError, did_you_mean, nearest
from voiceguide.library import homes
from voiceguide.library.beside import MOST_SUGGESTIONS, NotFound, resolve_beside
from voiceguide.library.homes import find_home

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

__all__ = [
    "MOST_SUGGESTIONS",
    "PROGRAMME_ENDINGS",
    "Entry",
    "NotFound",
    "bed_file",
    "bed_names",
    "catalogue",
    "chime_file",
    "chime_names",
    "copy_routine",
    "find_home",
    "find_programme",
    "find_routine",
    "find_used",
    "index_file",
    "is_name",
    "programmes",
    "resolve_beside",
    "routines",
    "suggest_routine",
    "tick_file",
]

# ── routines ─────────────────────────────────────────────────────────────────


def routines() -> tuple[str, ...]:
    """The names of the routines in the library, sorted."""
    return tuple(sorted(path.stem for path in homes.scripts().glob("*.md")))


def is_name(text: str) -> bool:
    """Whether `text` has the form of a routine's name, `low-lunge`, and not that of a path."""
    return _NAME.fullmatch(text) is not None


def find_routine(name: str) -> Path:
    """The file of a routine in the library.

    Raises:
        UsageError: there is none of this name; the nearest one is suggested.
    """
    if name not in routines():
        raise UsageError(f"there is no routine `{name}` in the library", suggest_routine(name))
    return homes.scripts() / f"{name}.md"


def suggest_routine(name: str) -> str:
    """A help text for a name that is no routine's."""
    near = nearest(name, routines())
    return f"did you mean `{near}`?" if near else "`voiceguide list` shows them all"


def find_used(text: str, folder: Path) -> Path:
    """What `use TEXT` means in a routine that lies in `folder`: a name in the library, or a path.

    Raises:
        NotFound: it is neither; see `resolve_beside`.
    """
    return find_routine(text) if text in routines() else resolve_beside(text, folder, routines())


def copy_routine(name: str, folder: Path) -> Path:
    """Copy a routine of the library into `folder`, for its owner to change; gives the copy's path.

    What it calls in with `use` stays in the library, where the copy finds it by name.

    Raises:
        UsageError: there is no such routine, no such folder, or already a file of that name.
        MachineError: the file cannot be written; nothing is left of it.
    """
    content = find_routine(name).read_bytes()
    target = folder / f"{name}.md"
    if not folder.is_dir():
        raise UsageError(f"there is no folder `{folder}`", "make it first, or name another")
    try:
        _write_new(target, content)
    except FileExistsError:
        raise UsageError(
            f"there is already a file `{target}`", "move it away, or name another folder"
        ) from None
    except OSError as fault:
        raise MachineError(f"`{target}` cannot be written: {fault.strerror}") from fault
    return target


def _write_new(target: Path, content: bytes) -> None:
    file = target.open("xb")
    try:
        with file:
            file.write(content)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


# ── programmes ───────────────────────────────────────────────────────────────


PROGRAMME_ENDINGS = (".yaml", ".yml")
"""What the name of a programme's file may end in."""


def programmes() -> tuple[str, ...]:
    """The names of the programmes in the library, sorted."""
    return tuple(sorted(path.stem for path in homes.programmes().glob("*.yaml")))


def find_programme(name: str) -> Path:
    """The file of a programme in the library.

    Raises:
        UsageError: there is none of this name; the nearest one is suggested.
    """
    if name not in programmes():
        message = f"there is no programme `{name}` in the library"
        raise UsageError(message, did_you_mean(name, programmes()))
    return homes.programmes() / f"{name}.yaml"


# ── the index ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list tells of a routine; lengths in seconds."""

    name: str
    title: str
    description: str | None
    needs: tuple[str, ...]
    """What has to be at hand."""
    purposes: tuple[str, ...]
    """What it is for."""
    length: float | None
    """None where the routine leaves it open."""
    shortest: int
    longest: int
    """Whole seconds between which every length can be asked for, by estimated speech."""

    def as_dict(self) -> dict[str, object]:
        """The entry as the index and `list --json` have it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "needs": list(self.needs),
            "for": list(self.purposes),
            "length": self.length,
            "shortest": self.shortest,
            "longest": self.longest,
        }


def index_file() -> Path:
    """What `scripts/make_index.py` has found out about the routines, to be read at once."""
    return homes.scripts() / "index.json"


def catalogue() -> tuple[Entry, ...]:
    """What the index tells of the library's routines, by their names.

    Raises:
        MachineError: the installation is not whole.
    """
    try:
        found = json.loads(index_file().read_text(encoding="utf-8"))
        return tuple(map(_entry, found["routines"]))
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise MachineError(
            "the index of the routines cannot be read", "install voiceguide again"
        ) from fault


def _entry(found: dict[str, Any]) -> Entry:
    return Entry(
        found["name"],
        found["title"],
        found["description"],
        tuple(found["needs"]),
        tuple(found["for"]),
        found["length"],
        found["shortest"],
        found["longest"],
    )


# ── sounds ───────────────────────────────────────────────────────────────────


def chime_names() -> frozenset[str]:
    """What a routine may call a chime: the families (`bowl`) and the full names (`bowl-end`)."""
    full = {path.stem for path in homes.chimes().glob("*-*.flac")}
    return frozenset(full | {name.split("-")[0] for name in full})


def chime_file(name: str, role: str = "start") -> Path | None:
    """The file of a chime: of a family's `role`, or of a full name; None where there is none."""
    if name not in chime_names():
        return None
    path = homes.chimes() / f"{name if '-' in name else f'{name}-{role}'}.flac"
    return path if path.is_file() else None


def tick_file() -> Path:
    """The file of the soft tick of a rep's phases."""
    return homes.chimes() / "tick.flac"


def bed_names() -> frozenset[str]:
    """The names that `bed:` knows."""
    return frozenset(path.stem for path in homes.beds().glob("*.ogg"))


def bed_file(name: str) -> Path | None:
    """The file of a bed; None where there is none of this name."""
    return homes.beds() / f"{name}.ogg" if name in bed_names() else None
