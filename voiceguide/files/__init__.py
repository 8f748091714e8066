"""A file is replaced whole or not at all.

What is written goes to a hidden file beside the target, `.voiceguide-….part`, which takes the
target's place in one step when it is complete and on the disk. Whatever stops that, Ctrl-C
included, the hidden file is removed and the target is as it was. What a process leaves behind that
is killed outright, the next one removes that writes into the folder: nobody has its lock any more.
So it is with folders that are wanted for a while, `voiceguide-….parts` where the system has such.
What the machine refuses is a `MachineError`. Several files that belong together are in `sets`.
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

from voiceguide.errors import MachineError

if TYPE_CHECKING:
    from typing_extensions import Buffer  # in `collections.abc` from Python 3.12 on


# ── locks between processes, which the system takes back from one that ends, however it ends


PATIENCE = 30.0
"""Seconds that one process waits for what another does to a folder: files are renamed in it."""

_STEP = 0.05
"""Seconds between two attempts."""

if sys.platform == "win32":
    import msvcrt

    def lock(handle: int) -> None:
        """Take the lock of an open file; an OSError where another process has it."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _open(folder: Path) -> int:
        return os.open(folder / ".voiceguide.lock", os.O_RDWR | os.O_CREAT)

    def sync(folder: Path) -> None:
        """See to it that the names in a folder are on the disk: Windows does by itself."""
else:
    import fcntl

    def lock(handle: int) -> None:
        """Take the lock of an open file; an OSError where another process has it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _open(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def sync(folder: Path) -> None:
        """See to it that the names in a folder are on the disk."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process of voiceguide in the block that changes what is in a folder.

    Some network disks know no locks; there the block runs all the same.

    Raises:
        MachineError: another process is in its block for longer than `PATIENCE`.
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
        except (BlockingIOError, PermissionError):  # Windows says the latter
            if time.monotonic() > until:
                message = f"another voiceguide is changing files in `{folder}`"
                raise MachineError(message, "wait until it is done") from None
            time.sleep(_STEP)
        except OSError:  # there are no locks here
            return None


def is_free(path: Path) -> bool:
    """Whether no process has the lock of a file; one that cannot be asked is not free."""
    try:
        with path.open("rb+") as file:
            lock(file.fileno())
    except OSError:
        return False
    return True


# ── a file is replaced whole or not at all ───────────────────────────────────


HIDDEN, DRAFT, DRAFTS = ".voiceguide-", ".part", ".parts"
"""How the name of what is not finished begins, and how that of a file and of a folder ends."""

ABANDONED = 60.0
"""Seconds after which an unfinished file without a lock is one that nobody will finish."""

TEMPORARY = "voiceguide-"
"""How the name of a `temporary_folder` begins."""

LOCK = "lock"
"""In a folder of unfinished files, or a temporary one, what its process has locked."""

JOURNAL = "journal.json"
"""In such a folder, that all of them are complete, and where they belong."""

SHORTER_NAME = "choose a shorter name"
"""The way out of what is no fault of the disk's."""

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
    """The file that would be replaced, links followed; raises where that cannot be.

    Raises:
        MachineError: its folder is missing, it is a folder or a device, or may not be written.
    """
    target = Path(os.path.realpath(path))
    with told(target):
        _check_folder(target.parent)
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


def check_folder(path: str | Path) -> None:
    """See to it that a folder can be written to, or made where it is missing; a MachineError where
    it cannot."""
    folder = Path(os.path.realpath(path))
    with told(folder):
        there = next(one for one in (folder, *folder.parents) if _mode(one))
    if not stat.S_ISDIR(_mode(there)):
        raise MachineError(f"`{there}` is a file, not a folder", "choose another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise MachineError(f"the folder `{there}` may not be written", _ELSEWHERE)


def is_file(path: str | Path) -> bool:
    """Whether a file stands there; of what no file can be called, or may be seen, none does."""
    return os.path.isfile(path)  # noqa: PTH113  (pathlib raises where a name is too long)


def is_folder(path: str | Path) -> bool:
    """The same for a folder."""
    return os.path.isdir(path)  # noqa: PTH112  (as above)


def read_ordinary(path: Path, most: int) -> bytes:
    """The bytes of an ordinary file of at most `most` bytes.

    Raises:
        OSError: there is none, it is a folder, a pipe or a device, or larger.
    """
    found = path.stat()  # before it is opened: to open a pipe is to wait for its other end
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not an ordinary file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes")
    return data


def make_folder(path: str | Path) -> None:
    """Make a folder, and those that it is in, where they are missing, as far as `check_folder`."""
    check_folder(path)
    with told(Path(path)):
        Path(path).mkdir(parents=True, exist_ok=True)


@contextmanager
def replacing(path: str | Path, name: Path | None = None) -> Iterator[BinaryIO]:
    """A file to write to and read from, which replaces `path` when the block ends well.

    A new file has the permissions that every new file has, a replaced one those it had. Errors
    speak of `name`, where that is another one.

    Raises:
        MachineError: as `check_target` does, or the machine refuses while writing.
    """
    target = check_target(path)
    remove_leftovers(target.parent)
    draft = target.with_name(unfinished())
    with told(name or target):
        file = io.BufferedRandom(_Raw(draft, name or target))
    try:
        with suppress(OSError):  # some disks know no locks
            lock(file.fileno())
        yield cast(BinaryIO, file)
        with told(name or target):
            _settle(file)
            take_over_permissions(draft, target)
            draft.replace(target)
    except BaseException:
        with suppress(OSError, MachineError):  # what could not be written cannot be flushed either
            file.close()
        with suppress(OSError):
            draft.unlink()
        raise


def unfinished(ending: str = DRAFT) -> str:
    """A hidden name for what is not finished."""
    import secrets  # late: most commands write no file

    return f"{HIDDEN}{secrets.token_hex(8)}{ending}"


def remove_leftovers(folder: Path) -> None:
    """Remove what processes left behind in a folder that were killed, as far as that can be."""
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
        elif not any(path.iterdir()):  # killed before it had its lock
            path.rmdir()
        elif is_free(path / LOCK) and not (path / JOURNAL).exists():
            import shutil

            shutil.rmtree(path)


@contextmanager
def held_folder(folder: Path, mode: int = 0o777) -> Iterator[Path]:
    """Make a folder that is this process's while the block lasts, and gone when it ends."""
    import shutil

    folder.mkdir(mode)
    held = (folder / LOCK).open("wb")
    try:
        with suppress(OSError):  # some disks know no locks
            lock(held.fileno())
        yield folder
    finally:
        held.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of the user's alone, where the system has such ones; gone when the block ends.

    Those of processes that were killed go first. There is nothing in it but `LOCK`.

    Raises:
        MachineError: it cannot be made.
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
    """A new file whose refusals are told in the name of the file it will replace."""

    def __init__(self, draft: Path, target: Path) -> None:
        super().__init__(draft, "x+")
        self._target = target

    def write(self, data: Buffer, /) -> int:
        with told(self._target):
            return super().write(data)


def _check_folder(folder: Path) -> None:
    mode = _mode(folder)
    if not mode:
        make = f"make it first: `mkdir{'' if os.name == 'nt' else ' -p'} {_quoted(folder)}`"
        raise MachineError(f"the folder `{folder}` does not exist", make)
    if not stat.S_ISDIR(mode):
        raise MachineError(f"`{folder}` is a file, not a folder", "choose another folder")


def _mode(path: Path) -> int:
    """What kind of thing stands there, with its permissions; 0 where there is nothing."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _settle(file: io.BufferedRandom) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()  # before it is moved: Windows moves no open file


def take_over_permissions(draft: Path, target: Path) -> None:
    """Give a file the permissions of the one that it will replace, where there is one."""
    mode = _mode(target)
    if mode:
        with suppress(PermissionError):  # sticks and shares may know no permissions at all
            draft.chmod(stat.S_IMODE(mode))


@contextmanager
def told(target: Path) -> Iterator[None]:
    """Turn what the machine refuses in the block into a MachineError about `target`."""
    try:
        yield
    except OSError as error:
        known = _SENTENCES.get(error.errno or 0)
        reason, way_out = known or (error.strerror or str(error), "choose another place")
        raise MachineError(f"`{target}` cannot be written: {reason}", way_out) from error


def _quoted(folder: Path) -> str:
    import shlex

    return f'"{folder}"' if os.name == "nt" else shlex.quote(str(folder))
