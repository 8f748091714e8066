"""Find the routines, programmes, chimes and beds of the library, and files beside a routine.

This module only finds files: it does not decode sounds or read routines, whose descriptions are in
an index. `homes` says where the library is, `resolve_beside` which file a routine names.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import decode, encode

from voiceguide.errors import InputError, MachineError, UsageError, did_you_mean, nearest
from voiceguide.files import is_file, need_folder, told
from voiceguide.patterns import late

# ── where the library lies: beside the package in a checkout, within it in an installed wheel


_PACKAGE = Path(__file__).resolve().parent


def scripts() -> Path:
    """The folder of the routines."""
    return find_home("scripts")


def programme_folder() -> Path:
    """The folder of the programmes."""
    return scripts() / "programmes"


def chimes() -> Path:
    """The folder of the chimes."""
    return find_home("audio_assets") / "chimes"


def beds() -> Path:
    """The folder of the beds."""
    return find_home("audio_assets") / "beds"


def homes() -> tuple[Path, Path]:
    """The folders whose files every routine may name, wherever it is."""
    return find_home("scripts"), find_home("audio_assets")


@cache
def find_home(name: str, package: Path = _PACKAGE) -> Path:
    """The library's folder `name`: within `package`, or beside it in a checkout; a MachineError
    if the installation is incomplete."""
    if (package / name).is_dir():
        return package / name
    # a `scripts` folder beside an installed package would be somebody else's
    if (package.parent / "pyproject.toml").is_file() and (package.parent / name).is_dir():
        return package.parent / name
    raise _not_whole(f"the folder `{name}` is missing from this installation")


def _not_whole(message: str) -> MachineError:
    from voiceguide.installation import again  # late: it examines much of the machine

    return MachineError(message, again())


# ── files that a routine names: they lie beside it, or in the library ────────


MOST_SUGGESTIONS = 1000
"""Most files of a folder that are compared with a missing name: a large folder takes long."""


def resolve_beside(path_text: str, folder: Path, names: Iterable[str] = ()) -> Path:
    """The file that `path_text` names in a routine in `folder`, with links resolved.

    Raise an InputError if it is outside `folder` and the library, does not exist, or is not a file.
    `names` are other words that may have been meant, for the suggestion.
    """
    path = _resolved(path_text, folder)
    if not is_file(path):  # a copy of one of the library's routines names the library's pictures
        path = next(filter(is_file, (_resolved(path_text, home) for home in homes())), path)
    if not any(path.is_relative_to(home) for home in (folder.resolve(), *homes())):
        raise InputError(
            f"`{path_text}` is outside the routine's folder",
            "put the file beside the routine, and write only its name",
        )
    _check_file(path, path_text, names)
    return path


def _resolved(path_text: str, folder: Path) -> Path:
    try:
        return (folder / path_text).resolve()
    except (OSError, RuntimeError, ValueError) as fault:
        # a loop of links, a name too long for the disk, a character that no name may have
        raise InputError(f"`{path_text}` cannot be a file's name", "write a plain name") from fault


def _check_file(path: Path, path_text: str, names: Iterable[str]) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        help_text = _suggestion(path, path_text, names)
        raise InputError(f"there is no file `{path_text}`", help_text) from None
    except OSError as fault:
        raise InputError(f"`{path_text}` cannot be opened: {fault.strerror}") from fault
    if not stat.S_ISREG(mode):
        raise InputError(f"`{path_text}` is not a file", "name a file, not a folder")


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


# ── routines ─────────────────────────────────────────────────────────────────


_NAME = late(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def routines() -> tuple[str, ...]:
    """The names of the routines in the library, sorted."""
    return tuple(sorted(path.stem for path in scripts().glob("*.md")))


def is_name(text: str) -> bool:
    """Whether `text` has the form of a routine's name, `low-lunge`, and not that of a path."""
    return _NAME.fullmatch(text) is not None


def find_routine(name: str) -> Path:
    """The file of a routine in the library; a UsageError names the nearest one if there is none."""
    if name not in routines():
        raise UsageError(f"there is no routine `{name}` in the library", suggest_routine(name))
    return scripts() / f"{name}.md"


def suggest_routine(name: str) -> str:
    """A help text for a name that no routine has."""
    near = nearest(name, routines())
    return f"did you mean `{near}`?" if near else "`voiceguide list` shows them all"


def find_used(text: str, folder: Path) -> Path:
    """The file that `use TEXT` names in a routine in `folder`: by a name in the library, or else
    by a path; see `resolve_beside`."""
    return find_routine(text) if text in routines() else resolve_beside(text, folder, routines())


def copy_routine(name: str, folder: Path) -> Path:
    """Copy a routine of the library into `folder`, to be edited; return the path of the copy.

    Routines that it brings in with `use` stay in the library, where the copy finds them by name.

    Raises:
        UsageError: there is no such routine, no such folder, or already a file of that name.
        MachineError: the file cannot be written; no part of it is left.
    """
    content = find_routine(name).read_bytes()
    target = folder / f"{name}.md"
    need_folder(folder)
    write_new(target, content, "move it away, or name another folder")
    return target


def write_new(target: Path, content: bytes, way_out: str) -> None:
    """Write a new file; `way_out` is the help if the file exists already.

    Raises:
        UsageError: the file exists already.
        MachineError: it cannot be written; no part of it is left.
    """
    with told(target):
        try:
            file = target.open("xb")
        except FileExistsError:
            raise UsageError(f"there is already a file `{target}`", way_out) from None
        try:
            with file:
                file.write(content)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


# ── programmes ───────────────────────────────────────────────────────────────


PROGRAMME_ENDINGS = (".yaml", ".yml")
"""The suffixes of programme files."""


def programmes() -> tuple[str, ...]:
    """The names of the programmes in the library, sorted."""
    return tuple(sorted(path.stem for path in programme_folder().glob("*.yaml")))


def find_programme(name: str) -> Path:
    """The file of a programme in the library; a UsageError names the nearest if there is none."""
    if name not in programmes():
        message = f"there is no programme `{name}` in the library"
        raise UsageError(message, did_you_mean(name, programmes()))
    return programme_folder() / f"{name}.yaml"


# ── the index ────────────────────────────────────────────────────────────────


class LibraryEntry(Struct, frozen=True, rename={"purposes": "for"}):
    """A routine of the library as lists show it; lengths in seconds."""

    name: str
    title: str
    description: str | None
    needs: tuple[str, ...]
    """What the listener needs at hand."""
    purposes: tuple[str, ...]
    """What it is for."""
    length: float | None
    """None if the routine leaves it open."""
    shortest: int
    longest: int
    """Whole seconds between which every length can be requested, with estimated speech."""

    def as_dict(self) -> dict[str, object]:
        """The entry as the index and `list --json` have it."""
        found: dict[str, object] = decode(encode(self))
        return found


class _Index(Struct):
    routines: tuple[LibraryEntry, ...]


def index_file() -> Path:
    """The index of the routines, which `scripts/make_index.py` writes, so that lists are quick."""
    return scripts() / "index.json"


def catalogue() -> tuple[LibraryEntry, ...]:
    """The entries of the library's routines in the index, by their names.

    Raise a MachineError if the index cannot be read: the installation is incomplete.
    """
    try:
        return decode(index_file().read_bytes(), type=_Index).routines
    except (OSError, DecodeError) as fault:
        raise _not_whole("the index of the routines cannot be read") from fault


# ── sounds ───────────────────────────────────────────────────────────────────


TICKS = ("tick", "breath_in", "breath_hold", "breath_out")
"""The soft sounds that a session itself plays within reps; a routine cannot name them."""


def chime_names() -> frozenset[str]:
    """The chimes that a routine may name: by family (`bowl`) or by full name (`bowl-end`)."""
    full = {path.stem for path in chimes().glob("*-*.flac")}
    return frozenset(full | {name.split("-")[0] for name in full})


def chime_file(name: str, role: str = "start") -> Path | None:
    """The file of a chime, by family and `role` or by full name; None if there is none."""
    if name not in chime_names():
        return None
    path = chimes() / f"{name if '-' in name else f'{name}-{role}'}.flac"
    return path if is_file(path) else None


def tick_file(name: str = "tick") -> Path:
    """The file of a soft sound within reps, one of `TICKS`."""
    return chimes() / f"{name}.flac"


def bed_names() -> frozenset[str]:
    """The names that `bed:` accepts."""
    return frozenset(path.stem for path in beds().glob("*.ogg"))


def bed_file(name: str) -> Path | None:
    """The file of a bed; None if there is none of this name."""
    return beds() / f"{name}.ogg" if name in bed_names() else None


# ── templates: commented beginnings of a routine, by purpose ─────────────────


PURPOSES = {
    "stretch": "holds, on each side",
    "strength": "reps with their tempo, in rounds",
    "intervals": "segments on a clock that never stops",
    "breath": "breaths with their phases",
    "rest": "a long hold that winds down",
    "prescription": "named exercises with doses, for a patient's sheet",
}
"""The purposes that have a template, with what each shows; each is a file in `templates`."""

ENDING = ".md"

_PLAIN_TITLE = late(r"[^\W_][\w ()+,.'’-]*")
"""A title that needs no quotes in the front matter."""


def template(purpose: str, name: str = "") -> str:
    """The text of a template; `name`, the name of a file, becomes the title if it is given."""
    file = _PACKAGE / "templates" / f"{purpose}{ENDING}"
    text = file.read_text(encoding="utf-8")
    title = _title_of(name)
    return (
        re.sub("^title: .*", lambda _: f"title: {title}", text, count=1, flags=re.M)
        if title
        else text
    )


def _title_of(name: str) -> str:
    """The name of a file as a title for the front matter; empty if it does not yield one."""
    words = " ".join(re.sub("[_-]+", " ", name).split())
    if not words or not words.isprintable():  # a routine may not contain unprintable characters
        return ""
    words = words[:1].upper() + words[1:]
    return words if _PLAIN_TITLE.fullmatch(words) else f"'{words.replace(chr(39), 2 * chr(39))}'"
