"""The store: what is kept, what is damaged, what goes first, and what never breaks the work."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.store import Contents, Store, default_store, kept

KIB = 1024


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def files(store: Store) -> list[Path]:
    """The entries on disk."""
    return [path for path in store.folder.rglob("*") if path.is_file() and len(path.name) == 62]


def test_what_is_put_is_got(store: Store) -> None:
    """Values come back by their keys, also from another object over the same folder."""
    store.put("a", b"alpha")
    store.put("b", b"")
    assert store.get("a") == b"alpha"
    assert Store(store.folder).get("b") == b""
    assert store.get("c") is None


@given(key=st.text(max_size=40), value=st.binary(max_size=200))
def test_any_text_is_a_key(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: bytes
) -> None:
    """Slashes, dots, nulls and emoji in a key do no harm: file names are hashes."""
    store = Store(tmp_path_factory.getbasetemp() / "keys")
    store.put(key, value)
    assert store.get(key) == value
    assert all(path.parent.parent == store.folder for path in files(store))


def test_what_is_kept_is_made_once(store: Store) -> None:
    """Also what is empty; without a store it is made each time."""
    made: list[str] = []

    def make() -> bytes:
        made.append("once more")
        return b""

    assert [kept(store, "key", make) for _ in range(3)] == [b""] * 3
    assert len(made) == 1
    assert [kept(None, "key", make) for _ in range(3)] == [b""] * 3
    assert len(made) == 4


def test_putting_again_replaces(store: Store) -> None:
    """The last value counts, and there is one entry of it."""
    store.put("a", b"old")
    store.put("a", b"new")
    assert store.get("a") == b"new"
    assert store.size().entries == 1


@pytest.mark.parametrize("damage", [b"", b"voiceguide", b"something else altogether"])
def test_a_damaged_entry_is_missing_and_removed(store: Store, damage: bytes) -> None:
    """An entry that was overwritten is not believed, and makes room for a new one."""
    store.put("a", b"alpha" * 20)
    files(store)[0].write_bytes(damage)
    assert store.get("a") is None
    assert not files(store)
    store.put("a", b"alpha")
    assert store.get("a") == b"alpha"


@pytest.mark.parametrize("place", [3, 20, 40, -1])
def test_a_single_wrong_bit_is_seen(store: Store, place: int) -> None:
    """Each part of an entry is covered: head, checksum, value."""
    store.put("a", b"alpha" * 20)
    entry = bytearray(files(store)[0].read_bytes())
    entry[place] ^= 1
    files(store)[0].write_bytes(bytes(entry))
    assert store.get("a") is None


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such pipes")
def test_an_entry_that_is_a_pipe_or_has_no_end_is_missing(tmp_path: Path) -> None:
    """It is neither waited for nor read until the memory is full, and makes room for a new one."""
    store = Store(tmp_path / "cache", limit=64 * KIB)
    for spoil in (os.mkfifo, lambda path: os.truncate(path, 1 << 40)):
        store.put("a", b"alpha")
        (path,) = files(store)
        if spoil is os.mkfifo:
            path.unlink()
        spoil(path)
        assert store.get("a") is None
        store.put("a", b"beta")
        assert store.get("a") == b"beta"


def test_an_entry_in_the_wrong_place_is_not_believed(store: Store) -> None:
    """A file copied over another is damage, though it is whole in itself."""
    store.put("a", b"alpha")
    (only,) = files(store)
    store.put("b", b"beta")
    (other,) = set(files(store)) - {only}
    other.write_bytes(only.read_bytes())
    assert store.get("b") is None


def test_it_stays_within_its_limit_and_keeps_what_was_used(tmp_path: Path) -> None:
    """However much is put, the limit holds; the entry that is asked for again stays."""
    store = Store(tmp_path, limit=512 * KIB)
    for number in range(300):
        store.put(f"number {number}", bytes(8 * KIB))
        assert store.get("number 0") is not None
        if number % 50 == 0:
            assert store.size().size <= 520 * KIB
    assert store.size().size <= 520 * KIB
    assert store.size().entries > 40
    assert store.get("number 299") is not None
    assert store.get("number 1") is None


def test_it_is_bounded_over_many_short_runs(tmp_path: Path) -> None:
    """Programs that put a little each, and end, do not fill the disk together."""
    for number in range(200):
        Store(tmp_path, limit=256 * KIB).put(f"number {number}", bytes(6 * KIB))
    assert Store(tmp_path).size().size <= 264 * KIB


def test_it_is_not_swept_at_every_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is gone through a few times for a hundred entries, not a hundred times."""
    store = Store(tmp_path, limit=1024 * KIB)
    sweeps = []
    sweep = store._sweep

    def counted() -> None:
        sweeps.append(store.size())
        sweep()

    monkeypatch.setattr(store, "_sweep", counted)
    for number in range(100):
        store.put(f"number {number}", bytes(8 * KIB))
    assert 2 <= len(sweeps) <= 10


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    """One value does not push out all the others."""
    store = Store(tmp_path, limit=100 * KIB)
    assert store.put("small", bytes(KIB))
    assert not store.put("large", bytes(50 * KIB))
    assert store.get("large") is None
    assert store.get("small") is not None


def test_size_and_clear_count_the_same(store: Store) -> None:
    """What is cleared is what was there; afterwards nothing is."""
    for number in range(5):
        store.put(f"number {number}", bytes(100))
    before = store.size()
    assert before.entries == 5
    assert 500 < before.size < 5 * KIB
    assert store.clear() == before
    assert store.size() == store.clear() == Contents(0, 0)
    store.put("a", b"alpha")
    assert store.get("a") == b"alpha"


def test_clearing_leaves_what_it_did_not_make(tmp_path: Path) -> None:
    """A cache folder set to one's documents by mistake loses nothing of them."""
    mine = [tmp_path / "thesis.txt", tmp_path / "ab" / "notes.txt", tmp_path / "abc" / "x"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine", encoding="utf-8")
    store = Store(tmp_path)
    store.put("a", b"alpha")
    assert store.clear().entries == 1
    assert all(path.read_text(encoding="utf-8") == "mine" for path in mine)


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """Where a file stands in the folder's place, nothing is kept and nothing is raised."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", encoding="utf-8")
    store = Store(blocked / "cache")
    store.put("a", b"alpha")
    assert store.get("a") is None
    assert store.size() == store.clear() == Contents(0, 0)


def test_a_full_disk_is_done_without(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space left: the entry is not there, no half of it is, and nothing is raised."""

    def full(handle: int, *_: object) -> None:
        os.close(handle)
        raise OSError(errno.ENOSPC, "No space left on device")

    store.put("a", b"alpha")
    monkeypatch.setattr("voiceguide.store.os.fdopen", full)
    store.put("b", b"beta")
    monkeypatch.undo()
    assert store.get("a") == b"alpha"
    assert store.get("b") is None
    assert not list(store.folder.rglob(".new-*"))


def test_unfinished_files_are_swept_once_they_are_old(tmp_path: Path) -> None:
    """What a killed process left behind goes after an hour; what is being written stays."""
    store = Store(tmp_path, limit=64 * KIB)
    store.put("a", b"alpha")
    folder = files(store)[0].parent
    old, new = folder / ".new-old", folder / ".new-new"
    for path in (old, new):
        path.write_bytes(b"half")
    two_hours_ago = time.time() - 7_200
    os.utime(old, (two_hours_ago, two_hours_ago))
    for number in range(20):
        store.put(f"number {number}", bytes(4 * KIB))
    assert not old.exists()
    assert new.exists()


TWO_AT_ONCE = """
import sys
from pathlib import Path
from voiceguide.store import Store
store = Store(Path(sys.argv[1]), limit=200_000)
for number in range(150):
    key = f"number {number % 40}"
    kept = store.get(key)
    assert kept in (None, key.encode() * 500), key
    store.put(key, key.encode() * 500)
"""


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    """Both write, read and sweep the same entries; none of them is ever seen half or wrong."""
    command = [sys.executable, "-c", TWO_AT_ONCE, str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, problems = process.communicate(timeout=60)
        assert (process.returncode, problems) == (0, "")
    assert Store(tmp_path).size().size <= 210_000


def test_the_folder_is_the_users_to_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VOICEGUIDE_CACHE names it; otherwise it is where the system keeps caches."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "here"))
    assert default_store().folder == tmp_path / "here"
    monkeypatch.setenv("VOICEGUIDE_CACHE", "")
    assert "voiceguide" in default_store().folder.parts
    assert default_store().folder.is_absolute()
