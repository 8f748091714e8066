"""Replace a set of files together, without touching files that voiceguide did not write.

All files are written into a hidden folder beside the targets, `.voiceguide-….parts`, and are on the
disk before any is renamed. Then a journal in that folder lists the target of each file: from then
on the new set is valid. If renaming fails, it is undone; if the process is killed, the next one
that writes a set into the folder completes the journal.

`.voiceguide.json` in the folder lists the files of each set with their checksums. A file is
replaced, or removed because its set no longer has it, only if it still has the contents that were
written.
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
"""File in a folder that lists the files that voiceguide wrote there."""

LARGEST_LIST = 64 << 20
"""Largest list that is read, in bytes; enough for more files than a folder can usefully hold."""

Sums = Mapping[str, str]
"""Checksums by the names of files."""


class FileSet(Struct, frozen=True):
    """Files that are being written into one folder."""

    folder: Path
    name: str
    """Name of the set; it replaces the whole earlier set of that name."""
    drafts: Path
    """The hidden folder in which the files are written."""
    asked_for: Path | None = None
    """The file that the user named; it is replaced even if voiceguide did not write it."""
    files: dict[str, Path] = field(default_factory=dict)
    """Targets by the name of their draft in `drafts`."""

    def check(self, paths: Sequence[Path]) -> None:
        """Check, before any work, that each of these paths may be written.

        Raises:
            UsageError: one exists already and was not written by voiceguide.
            MachineError: one cannot be written.
        """
        sets = _read_manifest(self.folder)
        for path in paths:
            target = check_target(path)
            if path != self.asked_for and target.exists() and not _is_ours(target, sets):
                raise _not_ours(path, sets)

    def draft(self, path: Path) -> Path:
        """Add a draft for `path`, with the same suffix to select the format; return its path."""
        name = f"{len(self.files):04d}{path.suffix}"
        self.files[name] = path
        return self.drafts / name

    def write(self, path: Path, content: bytes) -> None:
        """Write a draft for `path`."""
        with replacing(self.draft(path), path) as file:
            file.write(content)

    def commit(self) -> None:
        """Move all drafts to their targets, in the order in which they were added."""
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
        """The path of a target in the journal: only the name inside the folder, which may be moved;
        otherwise the full path."""
        return target.name if target.parent == self.folder.resolve() else str(target)


@contextmanager
def file_set(
    folder: Path, name: str, paths: Sequence[Path], asked_for: Path | None = None
) -> Iterator[FileSet]:
    """Write files that are moved into `folder` together when the block ends without error.

    Raises:
        UsageError: one of `paths` exists already and was not written by voiceguide.
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


# ── moving drafts ────────────────────────────────────────────────────────────


class _Journal(Struct):
    """The steps that remain once all drafts are complete."""

    moves: dict[str, str]
    """Target of each draft: a name in the folder, or a full path."""
    gone: list[str]
    """Files that the set no longer has."""
    sets: dict[str, Sums]
    """The new contents of the folder's manifest."""


def _carry_out(folder: Path, drafts: Path, journal: _Journal) -> None:
    """Carry out a journal; undo all steps if one fails."""
    undo: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        source.replace(target)
        undo.append((target, source))

    try:
        for source, target in ((drafts / n, folder / to) for n, to in journal.moves.items()):
            if source.exists():  # otherwise an earlier, killed process has moved it
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
    """Complete the journals of killed processes."""
    for drafts in sorted(folder.glob(f"{HIDDEN}*{DRAFTS}")):
        journal = _read(drafts / JOURNAL)
        if journal and is_free(drafts / LOCK):
            with suppress(OSError, ValidationError):
                _carry_out(folder, drafts, convert(journal, _Journal))
                shutil.rmtree(drafts)


# ── files that voiceguide wrote ──────────────────────────────────────────────


def _is_ours(path: Path, sets: Mapping[str, Sums]) -> bool:
    """Whether a file still has the contents that some set wrote."""
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
    """Read a JSON object from a file; None if the file is missing or damaged."""
    try:
        found = json.loads(read_ordinary(path, LARGEST_LIST))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: Mapping[str, object]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(content, indent=1, ensure_ascii=False).encode())
