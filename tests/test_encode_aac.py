"""AAC stitched: as long and as good as a straight encode, each different sound encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import mp3_reading
import numpy as np
import pytest
from file_reading import NEEDS_PYAV, by_ffmpeg, by_pyav
from ground_sounds import SECOND, on_a_bed, on_the_floor, whole
from session_sounds import Session, speech
from test_encode_kept import Kept

from voiceguide.encode import write
from voiceguide.encode.mp4 import movie, stitch
from voiceguide.encode.mp4.stitch import encoded
from voiceguide.render import Block, Mix

pytestmark = NEEDS_PYAV

SESSIONS: dict[str, Callable[[int], Mix]] = {
    "a bed in mono": lambda seconds: on_a_bed(seconds, 1),
    "a bed in stereo": lambda seconds: on_a_bed(seconds, 2),
    "the floor": on_the_floor,
}


def straight(*_: object) -> Iterator[bytes]:
    raise stitch.NoPacketSeamError


@pytest.fixture(autouse=True)
def never_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that has to go through one encoder after all fails, where it is not expected."""

    def refused(*_: object) -> Iterator[bytes]:
        raise AssertionError("there was no seam")

    monkeypatch.setattr(movie, "encoded_straight", refused)


@pytest.mark.slow
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_every_decoder_gives_every_sample_in_its_place(
    tmp_path: Path, make: Callable[[int], Mix]
) -> None:
    """As many samples as there are, in as many channels, and no word is shifted by a sample."""
    blocks = make(40)
    path = write(blocks, tmp_path / "session.m4b")
    source = whole(blocks).reshape(blocks.length, -1)[:, 0]
    for decode in (by_pyav, by_ffmpeg):
        heard = decode(path, blocks.channels)
        assert heard.shape == (blocks.length, blocks.channels)
        for number, second in enumerate(range(1, 36, 8)):
            start = second * SECOND + (137 * number if make is not on_the_floor else 0)
            words = source[start : start + SECOND]
            assert mp3_reading.shift(heard[:, 0].astype(np.float64), words, start) == 0


@pytest.mark.slow
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_stitched_is_as_good_as_straight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[int], Mix]
) -> None:
    """Noise, size and the sharpest bend are those of one encoder: 0.25 dB, 3 and 15 %."""
    blocks = make(40)
    source = whole(blocks).reshape(blocks.length, -1)
    stitched = write(blocks, tmp_path / "stitched.m4b")
    monkeypatch.undo()
    monkeypatch.setattr(movie, "stitched", straight)
    one = write(blocks, tmp_path / "straight.m4b")
    mine, its = (by_pyav(file, blocks.channels).astype(np.float64) for file in (stitched, one))
    assert mp3_reading.snr(mine, source) > mp3_reading.snr(its, source) - 0.25
    sizes = [file.stat().st_size for file in (stitched, one)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.03)
    bends = [float(np.abs(np.diff(heard, 2, axis=0)).max()) for heard in (mine, its)]
    assert bends[0] < 1.15 * bends[1]


def test_silence_is_a_ground_too(tmp_path: Path) -> None:
    """Between words there is nothing at all, and their noise is that of one encoder."""
    session = Session(20 * SECOND + 77, {SECOND * n: speech(60_000, n) for n in range(1, 19, 4)})
    heard = by_pyav(write(session, tmp_path / "a.m4b"), 1)[:, 0].astype(np.float64)
    assert len(heard) == session.length
    assert np.abs(heard[3 * SECOND : 4 * SECOND]).max() < 1e-6
    assert mp3_reading.snr(heard, session.whole()) > 10


class Counting:
    """The encoder, counting the samples that it is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.samples = 0
        monkeypatch.setattr(stitch, "encoded", self)

    def __call__(self, block: Block, kbps: int) -> list[bytes]:
        self.samples += len(block)
        return encoded(block, kbps)


@pytest.mark.slow
def test_an_hour_costs_little_more_than_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words in six times the length: less than a quarter more is encoded."""
    given = []
    for minutes in (2, 12):
        counting = Counting(monkeypatch)
        blocks = on_a_bed(minutes * 60, 1, every=10, texts=8)
        assert len(by_pyav(write(blocks, tmp_path / "a.m4b"), 1)) == blocks.length
        given.append(counting.samples)
        monkeypatch.undo()
    assert given[1] < 1.25 * given[0]


@pytest.mark.slow
def test_what_is_kept_is_not_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the store of the first time nothing is; threads and store change no byte."""
    store = Kept()
    for make in SESSIONS.values():
        first = write(make(20), tmp_path / "a.m4b", store=store).read_bytes()
        counting = Counting(monkeypatch)
        assert write(make(20), tmp_path / "a.m4b", store=store).read_bytes() == first
        assert counting.samples == 0
        monkeypatch.undo()
        assert write(make(20), tmp_path / "a.m4b", jobs=1).read_bytes() == first


def test_long_regions_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speech without a pause is encoded in pieces, and no worse for it."""
    monkeypatch.setattr(stitch, "LONGEST", 120)
    blocks = on_a_bed(20, 2, every=2)
    heard = by_pyav(write(blocks, tmp_path / "a.m4b"), 2).astype(np.float64)
    monkeypatch.undo()
    monkeypatch.setattr(movie, "stitched", straight)
    its = by_pyav(write(blocks, tmp_path / "b.m4b"), 2).astype(np.float64)
    assert mp3_reading.snr(heard, whole(blocks)) > mp3_reading.snr(its, whole(blocks)) - 0.3


def test_without_any_seam_one_encoder_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing ever fits, the file is that of a straight encode, byte for byte."""
    monkeypatch.undo()
    blocks = on_a_bed(10, 1)
    with monkeypatch.context() as patched:
        patched.setattr(movie, "stitched", straight)
        expected = write(blocks, tmp_path / "a.m4b").read_bytes()
    monkeypatch.setattr(stitch, "_fits", lambda *_: False)
    assert write(blocks, tmp_path / "a.m4b").read_bytes() == expected
