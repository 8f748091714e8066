"""Replace files atomically, lock folders, and make temporary ones.

Data is written to a hidden file beside the target, `.voiceguide-….part`, which is renamed to the
target in one step when it is complete and on the disk. If that is interrupted, even by Ctrl-C, the
hidden file is removed and the target is unchanged. If a process is killed, the next one that writes
into the folder removes its hidden files, since nobody holds their locks. The same is true of
temporary folders, `voiceguide-….parts` in the system's folder for temporary files. Errors of the
operating system become a `MachineError`. `sets` replaces several files together.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from voiceguide.errors import MachineError, UsageError

if TYPE_CHECKING:
    from typing_extensions import Buffer  # in `collections.abc` from Python 3.12 on


# ── locks between processes; the system releases them when a process ends, even if it is killed


PATIENCE = 30.0
"""Seconds that a process waits for another's lock on a folder, in which files are renamed."""

_STEP = 0.05
"""Seconds between two attempts."""

if sys.platform == "win32":
    import msvcrt

    def lock(handle: int) -> None:
        """Lock an open file without waiting; an OSError if another process has the lock."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _open(folder: Path) -> int:
        return os.open(folder / ".voiceguide.lock", os.O_RDWR | os.O_CREAT)

    def sync(folder: Path) -> None:
        """Do nothing: Windows itself flushes the names in a folder to the disk."""
else:
    import fcntl

    def lock(handle: int) -> None:
        """Lock an open file without waiting; an OSError if another process has the lock."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _open(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def sync(folder: Path) -> None:
        """Flush the names in a folder to the disk."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for a block, so that no other process of voiceguide changes its contents.

    On network disks without locks the block runs unlocked.

    Raises:
        MachineError: another process holds the lock for longer than `PATIENCE`.
    """
    handle = _open(folder)
    try:
        _wait_for(handle, folder)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return lock(handle)
        except (BlockingIOError, PermissionError):  # Windows raises the latter
            if time.monotonic() > until:
                message = f"another voiceguide is changing files in `{folder}`"
                raise MachineError(message, "wait until it is done") from None
            time.sleep(_STEP)
        except OSError:  # the disk has no locks
            return None


def is_free(path: Path) -> bool:
    """Whether no process holds the lock of a file; False if that cannot be found out."""
    try:
        with path.open("rb+") as file:
            lock(file.fileno())
    except OSError:
        return False
    return True


# ── replacing a file atomically ──────────────────────────────────────────────


HIDDEN, DRAFT, DRAFTS = ".voiceguide-", ".part", ".parts"
"""Prefix of unfinished files and folders, and the suffixes of files and of folders."""

ABANDONED = 60.0
"""Age in seconds from which an unfinished file without a lock counts as abandoned."""

TEMPORARY = "voiceguide-"
"""Prefix of the name of a `temporary_folder`."""

LOCK = "lock"
"""File in a folder of unfinished files, or a temporary folder, that its process has locked."""

JOURNAL = "journal.json"
"""File in a folder of unfinished files that says that all are complete, and lists their targets."""

SHORTER_NAME = "choose a shorter name"
"""Help for a name that is too long, which is not a fault of the disk."""

_ELSEWHERE = "choose another folder, or change its permissions"
_SENTENCES = {
    errno.ENOSPC: ("there is no room left on the disk", "free some space, or choose another disk"),
    errno.EDQUOT: ("your share of the disk is used up", "free some space, or choose another disk"),
    errno.EFBIG: ("the file is larger than may be written here", "choose another disk or format"),
    errno.EACCES: ("the folder or file may not be written", _ELSEWHERE),
    errno.EPERM: ("the folder or file may not be written", _ELSEWHERE),
    errno.EROFS: ("the disk is read-only", "choose another disk"),
    errno.ENAMETOOLONG: ("the name is too long", SHORTER_NAME),
}


def check_target(path: str | Path) -> Path:
    """Follow links to the file that would be replaced, and check that it can be.

    Raises:
        UsageError: its folder is missing.
        MachineError: it is a folder or a device, or it is not writable.
    """
    target = Path(os.path.realpath(path))
    with told(target):
        need_folder(target.parent if Path(path).is_symlink() else Path(path).parent)
        mode = _mode(target)
    if stat.S_ISDIR(mode):
        raise MachineError(f"`{target}` is a folder", "write the name of a file in it")
    if mode and not stat.S_ISREG(mode):
        raise MachineError(f"`{target}` is not an ordinary file", "choose another name")
    if mode and not os.access(target, os.W_OK):
        raise MachineError(
            f"`{target}` is write-protected", "choose another name, or change its permissions"
        )
    return target


def need_folder(folder: str | Path) -> None:
    """Raise a UsageError if there is no such folder: the name may be a slip of the pen."""
    mode = _mode(Path(folder))
    if not mode:
        make = f"make it first: `mkdir{'' if os.name == 'nt' else ' -p'} {_quoted(folder)}`"
        raise UsageError(f"there is no folder `{folder}`", make)
    if not stat.S_ISDIR(mode):
        raise UsageError(f"`{folder}` is a file, not a folder", "choose another folder")


def check_folder(path: str | Path) -> None:
    """Check that a folder can be written to, or created if it is missing.

    Raises:
        UsageError: it is a file, or would be in one.
        MachineError: it cannot be written to.
    """
    folder = Path(os.path.realpath(path))
    with told(folder):
        there = next(one for one in (folder, *folder.parents) if _mode(one))
    need_folder(there)
    if not os.access(there, os.W_OK | os.X_OK):
        raise MachineError(f"the folder `{there}` may not be written", _ELSEWHERE)


def is_file(path: str | Path) -> bool:
    """Whether there is an ordinary file; False for an impossible name or an unreadable folder."""
    return os.path.isfile(path)  # noqa: PTH113  (pathlib raises if a name is too long)


def is_folder(path: str | Path) -> bool:
    """Whether there is a folder; False for an impossible name or an unreadable parent."""
    return os.path.isdir(path)  # noqa: PTH112  (as above)


def read_ordinary(path: Path, most: int) -> bytes:
    """Read an ordinary file of at most `most` bytes.

    Raises:
        OSError: it does not exist, is a folder, a pipe or a device, or is larger.
    """
    found = path.stat()  # before opening, because opening a pipe waits for its other end
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not an ordinary file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes")
    return data


def make_folder(path: str | Path) -> None:
    """Create a folder and its missing parents; raises as `check_folder` does."""
    check_folder(path)
    with told(Path(path)):
        Path(path).mkdir(parents=True, exist_ok=True)


@contextmanager
def replacing(path: str | Path, name: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file for writing and reading that replaces `path` when the block ends without error.

    A new file has default permissions, a replaced one keeps its own. Errors mention `name`, if
    given, instead of `path`.

    Raises:
        UsageError, MachineError: as `check_target` does, or writing fails.
    """
    target = check_target(path)
    remove_leftovers(target.parent)
    draft = target.with_name(unfinished())
    with told(name or target):
        file = io.BufferedRandom(_Raw(draft, name or target))
    try:
        with suppress(OSError):  # some disks have no locks
            lock(file.fileno())
        yield cast(BinaryIO, file)
        with told(name or target):
            _settle(file)
            take_over_permissions(draft, target)
            draft.replace(target)
    except BaseException:
        with suppress(OSError, MachineError):  # after a failed write, flushing fails as well
            file.close()
        with suppress(OSError):
            draft.unlink()
        raise


def unfinished(ending: str = DRAFT) -> str:
    """Make a random hidden name for an unfinished file or folder."""
    return f"{HIDDEN}{os.urandom(8).hex()}{ending}"


def remove_leftovers(folder: Path) -> None:
    """Remove unfinished files that killed processes left in a folder, if this is possible."""
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith((HIDDEN, TEMPORARY)) and entry.name.endswith((DRAFT, DRAFTS)):
                _remove_if_abandoned(Path(entry.path))


def _remove_if_abandoned(path: Path) -> None:
    with suppress(OSError):
        if time.time() - path.stat().st_mtime < ABANDONED:
            return
        if path.suffix == DRAFT:
            if is_free(path):
                path.unlink()
        elif not any(path.iterdir()):  # its process was killed before it took the lock
            path.rmdir()
        elif is_free(path / LOCK) and not (path / JOURNAL).exists():
            import shutil

            shutil.rmtree(path)


@contextmanager
def held_folder(folder: Path, mode: int = 0o777) -> Iterator[Path]:
    """Create a folder that this process holds during the block, and remove it afterwards."""
    import shutil

    folder.mkdir(mode)
    held = (folder / LOCK).open("wb")
    try:
        with suppress(OSError):  # some disks have no locks
            lock(held.fileno())
        yield folder
    finally:
        held.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a private folder where the system keeps temporary files; remove it after the block.

    Those that killed processes left are removed first. It contains only `LOCK`.

    Raises:
        MachineError: it cannot be created.
    """
    import tempfile

    system = Path(tempfile.gettempdir())
    remove_leftovers(system)
    folder = system / unfinished(DRAFTS).replace(HIDDEN, TEMPORARY)
    with ExitStack() as stack:
        with told(folder):
            stack.enter_context(held_folder(folder, 0o700))
        yield folder


class _Raw(io.FileIO):
    """A new file whose write errors mention the file that it will replace."""

    def __init__(self, draft: Path, target: Path) -> None:
        super().__init__(draft, "x+")
        self._target = target

    def write(self, data: Buffer, /) -> int:
        with told(self._target):
            return super().write(data)


def _mode(path: Path) -> int:
    """The mode of a path, its kind and permissions; 0 if nothing exists there."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _settle(file: io.BufferedRandom) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()  # before it is renamed, because Windows cannot rename an open file


def take_over_permissions(draft: Path, target: Path) -> None:
    """Give a draft the permissions of the file that it will replace, if there is one."""
    mode = _mode(target)
    if mode:
        with suppress(PermissionError):  # USB sticks and network shares may have no permissions
            draft.chmod(stat.S_IMODE(mode))


@contextmanager
def told(target: Path) -> Iterator[None]:
    """Turn an OSError in the block into a MachineError about `target`."""
    try:
        yield
    except OSError as error:
        known = _SENTENCES.get(error.errno or 0)
        reason, way_out = known or (error.strerror or str(error), "choose another place")
        raise MachineError(f"`{target}` cannot be written: {reason}", way_out) from error


def _quoted(folder: str | Path) -> str:
    import shlex

    return f'"{folder}"' if os.name == "nt" else shlex.quote(str(folder))
