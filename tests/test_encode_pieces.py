"""Pieces of a session: what each is given, where it may take over, and how many are held."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ground_sounds import SECOND, noise_loop, on_a_bed, session
from mp3_reading import by_soundfile
from msgspec import Struct
from msgspec.structs import replace

from voiceguide.encode import write
from voiceguide.encode.mp3 import stitch
from voiceguide.encode.mp3.frames import FRAME, Rate, encoded
from voiceguide.encode.mp3.reservoir import Packed, Stream
from voiceguide.encode.mp3.stitch import LOOP_PIECE, SEARCH, Piece, pieces
from voiceguide.render import Block, Ground, Mix
from voiceguide.render.ducking import Gain, Move
from voiceguide.render.ground import LoopGround

RATE = Rate(64)


def bed_alone(seconds: int, *moves: Move) -> Mix:
    """A bed of three seconds, over and over."""
    return session(seconds * SECOND, [], LoopGround(noise_loop(1), Gain(moves)))


# ── what a piece is given ────────────────────────────────────────────────────


@pytest.mark.parametrize("period", [5, 32, 125])
def test_the_ground_is_encoded_as_far_as_the_next_sound_may_take_over(period: int) -> None:
    """And no farther: where that may be at once, there is no further piece before it."""
    steady = LoopGround(noise_loop(1, frames=period), Gain(())).at(0)
    begins = [one.first for one in stitch._of_ground(steady, 0, 1_000)]
    latest = begins[5] + SEARCH
    found = [*stitch._of_ground(steady, 0, latest)]
    assert [one.first for one in found] == begins[:5]
    assert found[-1].stop == latest + SEARCH + 1
    assert [one.first for one in stitch._of_ground(steady, 0, latest + 1)] == begins[:6]


def frames_of(piece: Piece) -> Packed:
    """The frames of a piece that may come into a file."""
    stream = Stream(b"".join(encoded([piece.read()], RATE)), RATE)
    return stream.packed(piece.first - piece.begin, piece.stop - piece.begin)


def test_a_piece_sounds_as_if_its_encoder_had_heard_more() -> None:
    """Of words and of the bed: what comes after the sound that it is given changes no frame."""
    blocks = on_a_bed(20, 1)
    assert blocks.ground
    found = [*pieces(blocks, blocks.ground, blocks.length // FRAME)]
    words = next(one for one in found if one.first > 0 and one.source is blocks)
    bed = next(one for one in found if one.source is not blocks)
    for one in (words, bed):
        assert frames_of(one) == frames_of(replace(one, end=one.end + 12 * FRAME))


def test_a_bed_that_is_turned_off_is_silent(tmp_path: Path) -> None:
    """A level of nothing is no number of steps below another one."""
    blocks = bed_alone(6, Move(SECOND, 2 * SECOND, 1.0, 0.0))
    write(blocks, tmp_path / "a.mp3", kbps=64)
    decoded = by_soundfile(tmp_path / "a.mp3")
    assert np.abs(decoded[:SECOND]).max() > 0.01
    assert not decoded[3 * SECOND : 5 * SECOND].any()


# ── where it may take over ───────────────────────────────────────────────────


class Frames:
    """Frames as a seam sees them: what each needs before it, what is free after it."""

    def __init__(self, begin: int, fits: range, need: int = 0, room: int = 0) -> None:
        self.begin, self.fits, self.needed, self.room = begin, fits, need, room

    def need(self, at: int) -> int:
        return self.needed

    def rooms(self, first: int) -> list[int]:
        """Of all frames but the first, which is full."""
        return [0, *[self.room] * 50]

    def follows(self, at: int, other: Frames, last: int) -> bool:
        frame = self.begin + at
        assert other.begin + last == frame - 1
        return frame in self.fits


class Running(Struct):
    """An encoding that is done."""

    stream: Frames


@pytest.mark.parametrize(
    ("fits", "need", "room", "since", "seam"),
    [
        (range(120, 140), 0, 0, 110, 130),
        (range(136, 140), 0, 0, 110, 136),
        (range(137, 140), 0, 0, 110, None),
        (range(120, 130), 0, 0, 110, None),
        (range(120, 140), 0, 0, 130, 131),
        (range(120, 140), 7, 7, 110, 130),
        (range(120, 140), 8, 7, 110, None),
        (range(120, 140), 7, 7, 130, 132),
    ],
)
def test_a_piece_takes_over_at_the_first_frame_that_fits(
    fits: range, need: int, room: int, since: int, seam: int | None
) -> None:
    """From the first to the latest, after one frame at least of the piece before, with room."""
    source: Any = None
    nothing: Any = None
    before = Piece(source, 106, 110, 116, 143, 0)
    after = Piece(source, 126, 130, 136, 163, 0)
    joiner = stitch._Joiner(nothing, nothing)
    first: Any = Running(Frames(106, range(0), room=room))
    second: Any = Running(Frames(126, fits, need=need))
    joiner._current, joiner._first = (before, first), since
    assert joiner._find_seam(after, second) == seam


def test_seams_of_a_loop_are_searched_in_one_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the nineteen rounds after it the same pieces meet at the same places."""
    searched = list[int]()
    find = stitch._Joiner._find_seam

    def noting(self: stitch._Joiner, after: Piece, encoding: stitch._Encoding) -> int | None:
        searched.append(after.first)
        return find(self, after, encoding)

    monkeypatch.setattr(stitch._Joiner, "_find_seam", noting)
    write(bed_alone(60), tmp_path / "a.mp3", kbps=64)
    rounds = 60 * SECOND // noise_loop(1).length
    assert rounds == 20
    assert len(searched) <= 2 * (-(-125 // LOOP_PIECE) + 1)


# ── what is encoded at a time, and what is held ──────────────────────────────


class AtOnce:
    """A pool that does nothing, at once, and counts."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, *_: object) -> Future[Any]:
        self.given += 1
        done = Future[Any]()
        done.set_result(None)
        return done


def counted(pool: AtOnce) -> stitch._Encodings:
    """Encodings without a store, made by this pool."""
    encodings = stitch._Encodings(None, 1, RATE)
    vars(encodings)["_pool"] = pool
    return encodings


class Numbered(Struct):
    """Sound that is told apart by a number."""

    number: int

    def read(self, start: int, stop: int) -> Block:
        return np.zeros(stop - start, np.int16)

    def key(self, start: int, stop: int) -> str:
        return f"{self.number}"


def test_as_many_frames_are_held_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one less, however many went through it before; what was used last stays longest."""
    monkeypatch.setattr(stitch, "_MOST_HELD", 1_000)
    counting = AtOnce()
    held = counted(counting)

    def encoded_for(*numbers: int) -> int:
        before = counting.given
        for number in numbers:
            held.done(held.begin(Piece(Numbered(number), 0, 4, 10, 100, 103 * FRAME)))
        return counting.given - before

    assert encoded_for(*range(500)) == 500
    assert encoded_for(*range(490, 500)) == 0
    assert encoded_for(490, 500) == 1
    assert encoded_for(490, *range(492, 501)) == 0
    assert encoded_for(491) == 1


def test_a_piece_that_is_longer_than_what_is_held_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not held, and no other is."""
    monkeypatch.setattr(stitch, "_MOST_HELD", 50)
    counting = AtOnce()
    held = counted(counting)
    for _ in range(2):
        piece = Piece(Numbered(1), 0, 4, 10, 100, 103 * FRAME)
        held.done(held.begin(piece))
    assert counting.given == 2


def test_threads_have_enough_to_do_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pieces for each thread are begun in advance, besides the one that is joined."""
    begun, ahead = list[Piece](), list[int]()
    found, join = stitch.pieces, stitch._Joiner.join

    def noting(blocks: Mix, ground: Ground, frames: int) -> Iterator[Piece]:
        for piece in found(blocks, ground, frames):
            begun.append(piece)
            yield piece

    def joining(self: stitch._Joiner, piece: Piece, encoding: stitch._Encoding) -> None:
        ahead.append(len(begun) - len(ahead))
        join(self, piece, encoding)

    monkeypatch.setattr(stitch, "pieces", noting)
    monkeypatch.setattr(stitch._Joiner, "join", joining)
    write(bed_alone(20), tmp_path / "a.mp3", kbps=64, jobs=3)
    assert len(begun) > 20
    assert max(ahead) == 1 + 2 * 3


def test_after_an_error_nothing_that_waits_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what runs already comes to its end."""
    begun, free = list[int](), threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            free.set()
            super().shutdown(wait)

    def held(parts: list[Block], rate: Rate) -> Iterator[bytes]:
        begun.append(len(parts))
        free.wait(60)
        return encoded(parts, rate)

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(stitch, "encoded", held)
    monkeypatch.setattr(stitch._Joiner, "join", broken)
    with pytest.raises(RuntimeError, match="broken"):
        write(bed_alone(20), tmp_path / "a.mp3", kbps=64, jobs=1)
    assert len(begun) <= 1
