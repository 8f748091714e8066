"""Files that a routine names: they lie beside it, or in the library."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from voiceguide.errors import VoiceguideError, nearest
from voiceguide.library import homes

MOST_SUGGESTIONS = 1000
"""Files of a folder that are compared with a name that is not there: a crowded one takes long."""


class NotFound(VoiceguideError):  # noqa: N818  (it reads as what it is: `except NotFound`)
    """A file that a routine names cannot be had; the routine's place is the caller's to add."""

    exit_code = 1


def resolve_beside(path_text: str, folder: Path, names: Iterable[str] = ()) -> Path:
    """The file that `path_text` means in a routine that lies in `folder`, links resolved.

    `names` are other words that could have been meant, for the suggestion.

    Raises:
        NotFound: it leads out of `folder` and the library, it does not exist, or it is no file.
    """
    path = _resolved(path_text, folder)
    if not any(path.is_relative_to(home) for home in (folder.resolve(), *homes.homes())):
        raise NotFound(
            f"`{path_text}` is outside the routine's folder",
            "put the file beside the routine, and write its name alone",
        )
    _check_file(path, path_text, names)
    return path


def _resolved(path_text: str, folder: Path) -> Path:
    try:
        return (folder / path_text).resolve()
    except (OSError, RuntimeError, ValueError) as fault:
        # a loop of links, a name too long for the disk, a character that no name may have
        raise NotFound(f"`{path_text}` cannot be a file's name", "write a plain name") from fault


def _check_file(path: Path, path_text: str, names: Iterable[str]) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        help_text = _suggestion(path, path_text, names)
        raise NotFound(f"there is no file `{path_text}`", help_text) from None
    except OSError as fault:
        raise NotFound(f"`{path_text}` cannot be opened: {fault.strerror}") from fault
    if not stat.S_ISREG(mode):
        raise NotFound(f"`{path_text}` is not a file", "name a file, not a folder")


def _suggestion(path: Path, path_text: str, names: Iterable[str]) -> str:
    if "\\" in path_text:
        return "write `/` between a folder and a file"
    meant = nearest(path_text, names) or nearest(path.name, _files_beside(path))
    return f"did you mean `{meant}`?" if meant else "a path starts at the routine's own folder"


def _files_beside(path: Path) -> list[str]:
    try:
        names = sorted(file.name for file in path.parent.iterdir())
    except OSError:
        return []
    return names[:MOST_SUGGESTIONS]
