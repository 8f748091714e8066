"""Kept pieces: what was encoded once is never encoded again, and never trusted blindly."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from session_sounds import Session, burst, speech

from voiceguide.encode import write
from voiceguide.render import Block
from voiceguide.store import Store


@dataclass
class Kept:
    """A store that counts."""

    values: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.puts.append(key)
        self.values[key] = value

    def __len__(self) -> int:
        """An empty store is a store."""
        return len(self.values)


class Forgetful(Kept):
    """A store that keeps nothing."""

    def get(self, key: str) -> bytes | None:
        return None


def spoken() -> Session:
    """Five sounds, of which the first comes again at the same and at another place of a frame."""
    first, same_place, other_place = 48_000, 48_000 + 1152 * 90, 48_000 + 1152 * 200 + 5
    sounds = {
        first: speech(30_000, 1),
        same_place: speech(30_000, 1),
        other_place: speech(30_000, 1),
    }
    return Session(48_000 * 12, sounds | {400_000: burst(9_000, 2), 500_000: speech(40_000, 3)})


def exported(folder: Path, session: Session | None = None, **choices: object) -> bytes:
    path = folder / "session.mp3"
    write(session or spoken(), path, **choices)  # type: ignore[arg-type]  # as the tests give them
    return path.read_bytes()


def test_a_second_export_encodes_nothing(tmp_path: Path) -> None:
    """With the store of the first one no sound is even read, and the bytes are the same."""
    store, again = Kept(), spoken()
    first = exported(tmp_path, store=store)
    puts = len(store.puts)
    assert puts == 6  # four sounds, the beginning, and silence
    assert exported(tmp_path, again, store=store) == first
    assert len(store.puts) == puts
    assert again.reads == []


def test_what_comes_again_in_a_session_is_encoded_once(tmp_path: Path) -> None:
    """At the same place of a frame it is copied, at another one it is another island."""
    session = spoken()
    without = exported(tmp_path, session)
    assert len(session.reads) == 5
    assert exported(tmp_path, store=Forgetful()) == without


def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    """One new sound costs one island."""
    store, changed = Kept(), spoken()
    exported(tmp_path, store=store)
    changed.sounds = {**changed.sounds, 500_000: speech(41_000, 4)}
    cold = exported(tmp_path, changed)
    before = len(store.puts)
    assert exported(tmp_path, changed, store=store) == cold
    assert len(store.puts) == before + 1


def test_another_bit_rate_has_islands_of_its_own(tmp_path: Path) -> None:
    """Frames of one rate never come into a file of another."""
    store = Kept()
    exported(tmp_path, store=store, kbps=64)
    cold = exported(tmp_path, kbps=128)
    assert exported(tmp_path, store=store, kbps=128) == cold


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda value: b"",
    "too short to be anything": lambda value: value[:3],
    "cut within a frame": lambda value: value[:-1],
    "cut between frames": lambda value: value[:-192],
    "a byte more": lambda value: value + b"\0",
    "a frame more": lambda value: value + value[-192:],
    "a bit turned": lambda value: value[:900] + bytes([value[900] ^ 1]) + value[901:],
    "something else": lambda value: b"\xff\xfb\x54\xc4" * 480,
    "zeros": lambda value: bytes(len(value)),
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_pieces_are_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Whatever happens to what is kept on the disk changes no byte, and is put right."""
    store = Store(tmp_path / "store")
    first = exported(tmp_path, store=store)
    entries = {path: path.read_bytes() for path in (tmp_path / "store").glob("??/*")}
    assert len(entries) > 5
    for path, value in entries.items():
        path.write_bytes(damage(value))
    assert exported(tmp_path, store=store) == first
    assert {path: path.read_bytes() for path in entries} == entries


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_threads_change_no_byte(tmp_path: Path, jobs: int) -> None:
    """Any number of threads, with and without a store, gives the same file."""
    session = Session(48_000 * 30, {48_000 * n: speech(20_000 + n, n) for n in range(29)})
    expected = exported(tmp_path, session)
    assert exported(tmp_path, session, jobs=jobs) == expected
    assert exported(tmp_path, session, jobs=jobs, store=Kept()) == expected


class Endless:
    """Four minutes of speech without a pause, 23 MB of samples, of which none is held."""

    length = 48_000 * 240
    channels = 1
    spans = ((0, length),)
    ground = None

    def __init__(self) -> None:
        self._piece = speech(48_000 * 10)

    def read(self, start: int, stop: int) -> Block:
        return np.resize(self._piece, stop - start)

    def key(self, start: int, stop: int) -> str:
        return f"{start}-{stop}"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac"])
def test_memory_stays_flat(tmp_path: Path, suffix: str) -> None:
    """A session is never held in a straight encode, neither its samples nor its frames."""
    session = Endless()
    tracemalloc.start()
    try:
        write(session, tmp_path / f"session{suffix}", stream=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8e6


def test_blocks_and_store_are_used_from_one_thread(tmp_path: Path) -> None:
    """Neither needs a lock: only encoders run elsewhere."""
    seen = set()

    class Watched(Session):
        def read(self, start: int, stop: int) -> Block:
            seen.add(threading.current_thread())
            return super().read(start, stop)

        def key(self, start: int, stop: int) -> str:
            seen.add(threading.current_thread())
            return super().key(start, stop)

    class WatchedStore(Kept):
        def get(self, key: str) -> bytes | None:
            seen.add(threading.current_thread())
            return super().get(key)

        def put(self, key: str, value: bytes) -> None:
            seen.add(threading.current_thread())
            super().put(key, value)

    ours = spoken()
    exported(tmp_path, Watched(ours.length, ours.sounds), store=WatchedStore(), jobs=3)
    assert seen == {threading.current_thread()}
