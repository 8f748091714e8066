"""Files that belong together: all are the new ones or none, and nobody else's is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

import pytest

from voiceguide import files
from voiceguide.errors import MachineError, UsageError, VoiceguideError
from voiceguide.files import remove_leftovers, replacing, sets, temporary_folder
from voiceguide.files.sets import MANIFEST, file_set

OLD = {"a.txt": b"old a", "b.txt": b"old b", "gone.txt": b"old gone"}
NEW = {"a.txt": b"new a", "b.txt": b"new b", "c.txt": b"new c"}


def write(folder: Path, content: Mapping[str, bytes], name: str = "set") -> None:
    """Write a set of files."""
    paths = [folder / file for file in content]
    with file_set(folder, name, paths) as made:
        for path, data in zip(paths, content.values(), strict=True):
            made.write(path, data)


def seen(folder: Path) -> dict[str, bytes]:
    """What stands in a folder, but for the manifest."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != MANIFEST and p.is_file()}


def hidden(folder: Path) -> list[str]:
    """What is left behind."""
    return [path.name for path in folder.iterdir() if path.name.startswith(files.HIDDEN)]


def test_a_set_is_replaced_as_one(tmp_path: Path) -> None:
    """The new files are there, and what the set has no more is not."""
    write(tmp_path, OLD)
    assert seen(tmp_path) == OLD
    write(tmp_path, NEW)
    assert seen(tmp_path) == NEW
    assert hidden(tmp_path) == []


# ── it fails ─────────────────────────────────────────────────────────────────


def nth(function: Callable[..., object], number: int) -> Callable[..., object]:
    """A function that fails when it is called for the `number`th time."""
    calls = iter(range(1_000))

    def called(*given: object, **more: object) -> object:
        if next(calls) == number:
            raise OSError(5, "Input/output error")
        return function(*given, **more)

    return called


@pytest.mark.parametrize("number", range(14))
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_fails_leaves_the_old_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """At every sync and every renaming: all old or all new, and nothing besides."""
    write(tmp_path, OLD)
    known = (tmp_path / MANIFEST).read_bytes()
    home = os if step == "fsync" else Path
    monkeypatch.setattr(home, step, nth(getattr(home, step), number))
    try:
        write(tmp_path, NEW)
    except MachineError:
        assert seen(tmp_path) == OLD
        assert (tmp_path / MANIFEST).read_bytes() == known
    else:
        assert seen(tmp_path) == NEW
    assert hidden(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_file_sets import NEW, write
real, calls = Path.replace, iter(range(1000))
def kill(self, target):
    if next(calls) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
Path.replace = kill
write(Path({folder!r}), NEW)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("number", range(0, 14, 2))
def test_what_is_killed_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whenever it is killed: the next process finds the old set or makes it the new one, whole."""
    write(tmp_path, OLD)
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path), number=number)
    monkeypatch.setattr(files, "ABANDONED", -1.0)
    ended = subprocess.run([sys.executable, "-c", code], check=False).returncode
    write(tmp_path, {"other.txt": b"x"}, "other")
    there = seen(tmp_path)
    del there["other.txt"]
    assert there in (OLD, NEW)
    assert ended in (-signal.SIGKILL, 0)
    write(tmp_path, NEW)
    assert seen(tmp_path) == {**NEW, "other.txt": b"x"}


# ── whose a file is ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("theirs", "why"), [(b"mine", "was not written by"), (b"old b, edited", "was changed since")]
)
def test_what_is_not_ours_is_not_touched(tmp_path: Path, theirs: bytes, why: str) -> None:
    """Neither a stranger's file nor one of ours that was edited; nothing else is written then."""
    if "changed" in why:
        write(tmp_path, OLD)
    (tmp_path / "b.txt").write_bytes(theirs)
    before = seen(tmp_path)
    with pytest.raises(UsageError, match=why):
        write(tmp_path, NEW)
    assert seen(tmp_path) == before


def test_an_edited_file_that_the_set_has_no_more_stays(tmp_path: Path) -> None:
    """It is somebody's work now."""
    write(tmp_path, OLD)
    (tmp_path / "gone.txt").write_bytes(b"edited")
    write(tmp_path, NEW)
    assert seen(tmp_path) == {**NEW, "gone.txt": b"edited"}


def test_what_another_set_has_too_stays(tmp_path: Path) -> None:
    """Two sets in one folder may share a file, of which the last one written stands."""
    write(tmp_path, OLD)
    write(tmp_path, {"gone.txt": b"of both"}, "other")
    write(tmp_path, NEW)
    assert seen(tmp_path) == {**NEW, "gone.txt": b"of both"}


def test_the_file_asked_for_is_replaced_whoever_wrote_it(tmp_path: Path) -> None:
    """As `-o` does everywhere."""
    target = tmp_path / "a.txt"
    target.write_bytes(b"mine")
    with file_set(tmp_path, "set", [target], asked_for=target) as made:
        made.write(target, b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("damage", [b"", b"[", b"[]", b'{"sets": 3}', b'{"sets": {"set": 3}}'])
def test_without_a_list_nothing_is_ours(tmp_path: Path, damage: bytes) -> None:
    """A damaged list is none: then nothing that stands there is replaced."""
    write(tmp_path, OLD)
    (tmp_path / MANIFEST).write_bytes(damage)
    with pytest.raises(UsageError, match="was not written by"):
        write(tmp_path, NEW)


# ── at once ──────────────────────────────────────────────────────────────────


def test_two_at_once_do_not_mix(tmp_path: Path) -> None:
    """Whoever is last has written all of it."""
    several = [{f"{name}.txt": str(n).encode() for name in "abcdef"} for n in range(8)]
    write(tmp_path, several[0])
    threads = [Thread(target=write, args=(tmp_path, one)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen(tmp_path) in several
    assert hidden(tmp_path) == []


def test_a_lock_that_is_never_free_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has an end."""
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    with files.locked(tmp_path), pytest.raises(VoiceguideError, match="another voiceguide"):
        write(tmp_path, NEW)


# ── what is left behind ──────────────────────────────────────────────────────


def aged(path: Path) -> Path:
    """The same, as old as what is abandoned."""
    long_ago = time.time() - 2 * files.ABANDONED
    os.utime(path, (long_ago, long_ago))
    return path


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """Files and folders without a lock, by whoever writes next into the folder; nothing else."""
    part = tmp_path / f"{files.HIDDEN}a.part"
    part.write_bytes(b"x")
    drafts = tmp_path / f"{files.HIDDEN}b.parts"
    drafts.mkdir()
    (drafts / files.LOCK).touch()
    (tmp_path / ".somebody.part").write_bytes(b"x")
    young = tmp_path / f"{files.HIDDEN}c.part"
    young.write_bytes(b"x")
    aged(part), aged(drafts), aged(tmp_path / ".somebody.part")
    with replacing(tmp_path / "new.txt") as file:
        file.write(b"new")
    assert {p.name for p in tmp_path.iterdir()} == {"new.txt", ".somebody.part", young.name}


def test_what_is_being_written_is_not_removed(tmp_path: Path) -> None:
    """However long it takes: its process has the lock."""
    with replacing(tmp_path / "new.txt") as file:
        file.write(b"new")
        aged(Path(file.name))
        remove_leftovers(tmp_path)
    assert seen(tmp_path) == {"new.txt": b"new"}
    with file_set(tmp_path, "set", [tmp_path / "a.txt"]) as made:
        made.write(tmp_path / "a.txt", b"a")
        aged(made.drafts)
        remove_leftovers(tmp_path)
    assert seen(tmp_path) == {"new.txt": b"new", "a.txt": b"a"}


def test_a_temporary_folder_of_a_killed_process_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that is in it; what a process still has stays, and what is somebody else's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os, sys, tempfile; tempfile.tempdir = sys.argv[1];"
        "from voiceguide.files import temporary_folder\n"
        "with temporary_folder() as folder:\n"
        "    (folder / 'half.wav').write_bytes(b'x')\n"
        "    print(folder, flush=True)\n"
        "    os._exit(1)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    left = Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())
    empty = tmp_path / "voiceguide-b.parts"
    empty.mkdir()
    for folder in (left, empty):
        assert folder.parent == tmp_path
        aged(folder)
    somebodys = tmp_path / "voiceguide-project"
    somebodys.mkdir()
    aged(somebodys)
    with temporary_folder() as held:
        aged(held)
        with temporary_folder():
            assert held.is_dir()
        assert {path.name for path in tmp_path.iterdir()} == {held.name, somebodys.name}
    assert list(tmp_path.iterdir()) == [somebodys]


def test_a_journal_is_not_thrown_away(tmp_path: Path) -> None:
    """What it tells of is complete, and is finished by the next set, not removed."""
    drafts = tmp_path / f"{files.HIDDEN}b.parts"
    drafts.mkdir()
    (drafts / files.LOCK).touch()
    (drafts / "0000.txt").write_bytes(b"new a")
    sets._write(drafts / files.JOURNAL, {"moves": {"0000.txt": "a.txt"}, "gone": [], "sets": {}})
    aged(drafts)
    with replacing(tmp_path / "new.txt") as file:
        file.write(b"new")
    assert drafts.exists()
    write(tmp_path, {"b.txt": b"b"})
    assert seen(tmp_path) == {"new.txt": b"new", "a.txt": b"new a", "b.txt": b"b"}
    assert hidden(tmp_path) == []
