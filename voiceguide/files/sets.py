"""Files that belong together take their places together, and nothing of anybody else's is touched.

Everything is written into a hidden folder beside the targets, `.voiceguide-….parts`, and is on the
disk before anything is renamed. Then a journal in that folder says where each file belongs: from
there on the set is the new one. What fails while files are renamed, is undone; where the process is
killed, the next one that writes a set into the folder finishes the work by the journal.

What was written is known by `.voiceguide.json` in the folder: for each set, its files with a
checksum. A file is replaced, or removed because the set has it no more, only if it still is what
was written there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from msgspec import Struct, ValidationError, convert, field
from msgspec.structs import asdict

from voiceguide.errors import UsageError
from voiceguide.files import (
    DRAFTS,
    HIDDEN,
    JOURNAL,
    LOCK,
    check_target,
    held_folder,
    is_free,
    locked,
    make_folder,
    read_ordinary,
    remove_leftovers,
    replacing,
    sync,
    take_over_permissions,
    told,
    unfinished,
)

MANIFEST = ".voiceguide.json"
"""In a folder, which files voiceguide wrote there."""

LARGEST_LIST = 64 << 20
"""Bytes of such a list: more files than a folder is any good with."""

Sums = Mapping[str, str]
"""Checksums by the names of files."""


class FileSet(Struct, frozen=True):
    """Files on their way into one folder."""

    folder: Path
    name: str
    """What this set is known by: another one of that name is replaced, all of it."""
    drafts: Path
    """The hidden folder in which they are written."""
    asked_for: Path | None = None
    """The file that the user named: it is replaced, whoever wrote it."""
    files: dict[str, Path] = field(default_factory=dict)
    """The targets by their names in `drafts`."""

    def check(self, paths: Sequence[Path]) -> None:
        """See to it, before any work, that each of these may be written.

        Raises:
            UsageError: one is there already that voiceguide did not write.
            MachineError: one cannot be written.
        """
        sets = _read_manifest(self.folder)
        for path in paths:
            target = check_target(path)
            if path != self.asked_for and target.exists() and not _is_ours(target, sets):
                raise _not_ours(path, sets)

    def draft(self, path: Path) -> Path:
        """Where to write what will be `path`: under the same ending, which says its format."""
        name = f"{len(self.files):04d}{path.suffix}"
        self.files[name] = path
        return self.drafts / name

    def write(self, path: Path, content: bytes) -> None:
        """Write what will be `path`."""
        with replacing(self.draft(path), path) as file:
            file.write(content)

    def commit(self) -> None:
        """Let all of them take their places, in the order in which they were written."""
        sums = {path.name: _sum(self.drafts / name) for name, path in self.files.items()}
        with locked(self.folder):
            self.check(tuple(self.files.values()))
            sets = _read_manifest(self.folder)
            stay = {name for other, files in sets.items() if other != self.name for name in files}
            old = sets.get(self.name, {})
            gone = [name for name in old if name not in sums and name not in stay]
            gone = [name for name in gone if _is_ours(self.folder / name, sets)]
            targets = {name: check_target(path) for name, path in self.files.items()}
            moves = {name: self._within(target) for name, target in targets.items()}
            journal = _Journal(moves, gone, {**sets, self.name: sums})
            with told(self.folder):
                for name, target in targets.items():
                    take_over_permissions(self.drafts / name, target)
                sync(self.drafts)
                _write(self.drafts / JOURNAL, asdict(journal))
                _carry_out(self.folder, self.drafts, journal)

    def _within(self, target: Path) -> str:
        """The name of a file in the folder, which may be moved; all of its path elsewhere."""
        return target.name if target.parent == self.folder.resolve() else str(target)


@contextmanager
def file_set(
    folder: Path, name: str, paths: Sequence[Path], asked_for: Path | None = None
) -> Iterator[FileSet]:
    """Files that take their places in `folder` together, when the block ends well.

    Raises:
        UsageError: one of `paths` is there already that voiceguide did not write.
        MachineError: one cannot be written.
    """
    make_folder(folder)
    with locked(folder):
        _finish_what_was_begun(folder)
    remove_leftovers(folder)
    drafts = folder / unfinished(DRAFTS)
    set_ = FileSet(folder, name, drafts, asked_for)
    set_.check(paths)
    with ExitStack() as stack:
        with told(folder):
            stack.enter_context(held_folder(drafts))
        yield set_
        set_.commit()


# ── taking their places ──────────────────────────────────────────────────────


class _Journal(Struct):
    """What remains to be done once all drafts are complete."""

    moves: dict[str, str]
    """Where each draft belongs, in the folder or by its whole path."""
    gone: list[str]
    """What the set has no more."""
    sets: dict[str, Sums]
    """What the folder's manifest says then."""


def _carry_out(folder: Path, drafts: Path, journal: _Journal) -> None:
    """Do what a journal says; where that fails, all of it is undone."""
    undo: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        source.replace(target)
        undo.append((target, source))

    try:
        for source, target in ((drafts / n, folder / to) for n, to in journal.moves.items()):
            if source.exists():  # otherwise it was moved before the process was killed
                if target.exists():
                    move(target, source.with_name(f"{source.name}.old"))
                move(source, target)
        for number, name in enumerate(journal.gone):
            if (folder / name).exists():
                move(folder / name, drafts / f"{number}.gone")
        sync(folder)
        _write(folder / MANIFEST, {"sets": journal.sets})
    except BaseException:
        for target, source in reversed(undo):
            with suppress(OSError):
                target.replace(source)
        with suppress(OSError):
            (drafts / JOURNAL).unlink()
        raise


def _finish_what_was_begun(folder: Path) -> None:
    """Carry out the journals of processes that were killed while they did."""
    for drafts in sorted(folder.glob(f"{HIDDEN}*{DRAFTS}")):
        journal = _read(drafts / JOURNAL)
        if journal and is_free(drafts / LOCK):
            with suppress(OSError, ValidationError):
                _carry_out(folder, drafts, convert(journal, _Journal))
                shutil.rmtree(drafts)


# ── whose a file is ──────────────────────────────────────────────────────────


def _is_ours(path: Path, sets: Mapping[str, Sums]) -> bool:
    """Whether a file still is what some set was written with."""
    known = {files[path.name] for files in sets.values() if path.name in files}
    return bool(known) and path.is_file() and _sum(path) in known


def _not_ours(path: Path, sets: Mapping[str, Sums]) -> UsageError:
    changed = any(path.name in files for files in sets.values())
    why = "was changed since voiceguide wrote it" if changed else "was not written by voiceguide"
    way_out = "choose another folder, or move it out of the way"
    return UsageError(f"`{path}` is there already, and {why}", way_out)


def _sum(path: Path) -> str:
    with told(path), path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _read_manifest(folder: Path) -> dict[str, Sums]:
    sets = (_read(folder / MANIFEST) or {}).get("sets")
    if not isinstance(sets, dict):
        return {}
    return {name: files for name, files in sets.items() if isinstance(files, dict)}


def _read(path: Path) -> dict[str, object] | None:
    """A file of ours; None where there is none, or it is damaged."""
    try:
        found = json.loads(read_ordinary(path, LARGEST_LIST))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: Mapping[str, object]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(content, indent=1, ensure_ascii=False).encode())
