"""Frames kept from one time to the next, and never trusted blindly."""

from __future__ import annotations

from typing import Protocol
from zlib import crc32

from voiceguide.encode.mp3.frames import Rate


class Store(Protocol):
    """Where encoded islands are kept from one time to the next."""

    def get(self, key: str) -> bytes | None:
        """What was put under this key, if it is still there."""

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, or not: nothing depends on it."""


class Kept:
    """Whole frames of one rate in a store, or in none."""

    def __init__(self, store: Store | None, rate: Rate) -> None:
        self._store = store
        self._rate = rate

    def get(self, key: str) -> bytes | None:
        """The frames that were put, unless anything has happened to them."""
        sealed = self._store.get(key) if self._store is not None else None
        frames = _unsealed(sealed) if sealed is not None else None
        whole = frames is not None and len(frames) % self._rate.size == 0
        return frames if whole else None

    def put(self, key: str, frames: bytes) -> None:
        """Keep frames."""
        if self._store is not None:
            self._store.put(key, _sealed(frames))


def _sealed(frames: bytes) -> bytes:
    return crc32(frames).to_bytes(4, "big") + frames


def _unsealed(value: bytes) -> bytes | None:
    """The frames, unless they are not those that were sealed."""
    frames = value[4:]
    return frames if _sealed(frames) == value else None
