"""MP3 stitched on a ground: as long and as good as a straight encode, also where it is joined."""

from __future__ import annotations

import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import mp3_reading
import numpy as np
import numpy.typing as npt
import pytest
from ground_sounds import SECOND, noise_loop, on_a_bed, on_the_floor, session, whole
from mp3_reading import DECODERS, Sound
from test_encode_kept import Kept

from voiceguide.encode import Tags, write
from voiceguide.encode.mp3 import stitch
from voiceguide.encode.mp3.frames import FRAME, Rate, Track, encoded
from voiceguide.encode.mp3.stitch import (
    LONGEST,
    LOOP_PIECE,
    SEARCH,
    SEARCH_INSIDE,
    TAIL,
    WARM,
    Piece,
    pieces,
    regions,
)
from voiceguide.render import Block, Blocks, Mix, Steady
from voiceguide.render.ducking import Gain, Move
from voiceguide.render.ground import LoopGround

USUAL = {1: 64, 2: 128}

SESSIONS: dict[str, Callable[[int], Mix]] = {
    "a bed in mono": lambda seconds: on_a_bed(seconds, 1),
    "a bed in stereo": lambda seconds: on_a_bed(seconds, 2),
    "the floor": on_the_floor,
}


def written(blocks: Blocks, folder: Path, *, straight: bool = False, **more: object) -> Path:
    path = folder / f"{'straight' if straight else 'stitched'}.mp3"
    kbps = more.pop("kbps", USUAL[blocks.channels])
    write(blocks, path, kbps=kbps, stream=straight, **more)  # type: ignore[arg-type]  # as given
    return path


@pytest.fixture(autouse=True)
def never_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that has to go through one encoder after all fails, where it is not expected."""

    def refused(_track: Track) -> None:
        raise AssertionError("there was no seam")

    monkeypatch.setattr(Track, "restart", refused)


def frames_in(path: Path) -> list[bytes]:
    return mp3_reading.frames_of(path.read_bytes())[1:]


def nominal_seams(blocks: Mix) -> list[int]:
    """The sample at which each piece but the first can take over first."""
    assert blocks.ground
    frames = -(-(blocks.length + 1105) // FRAME)
    firsts = [one.first for one in pieces(blocks, blocks.ground, frames)][1:]
    return [first * FRAME - 1105 for first in firsts]


# ── length and place ─────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_every_decoder_gives_every_sample(
    tmp_path: Path, make: Callable[[int], Mix], decoder: str
) -> None:
    """As many samples as there are, in as many channels, and no word is shifted by a sample."""
    blocks = make(40)
    decoded = DECODERS[decoder](written(blocks, tmp_path))
    assert decoded.shape == whole(blocks).shape
    left = decoded if decoded.ndim == 1 else decoded[:, 0]
    source = whole(blocks) if blocks.channels == 1 else whole(blocks)[:, 0]
    for number, second in enumerate(range(1, 36, 8)):
        start = second * SECOND + (137 * number if make is not on_the_floor else 0)
        words = source[start : start + SECOND]
        assert mp3_reading.shift(left, words, start) == 0


LENGTHS = [1, 47, 575, 1152, 1153, 20 * FRAME + 46, 20 * FRAME + 47, 99_999]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", LENGTHS)
def test_any_length_is_exact(tmp_path: Path, length: int, channels: int) -> None:
    """Also of a session that is shorter than all that encoders hear ahead."""
    blocks = session(length, [], LoopGround(noise_loop(channels), Gain(())))
    path = written(blocks, tmp_path)
    for decoder in ("libsndfile", "miniaudio"):
        assert len(DECODERS[decoder](path)) == length
    assert mp3_reading.faults(frames_in(path)) == []


# ── quality ──────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_stitched_is_as_good_as_straight(tmp_path: Path, make: Callable[[int], Mix]) -> None:
    """The noise against the source is the same within a quarter of a decibel.

    Of a steady bed an encoder puts a tenth of all bits by until it has enough, in each piece.
    """
    blocks = make(40)
    stitched, straight = (
        mp3_reading.by_soundfile(written(blocks, tmp_path, straight=way)) for way in (False, True)
    )
    source = whole(blocks)
    assert mp3_reading.snr(stitched, source) > mp3_reading.snr(straight, source) - 0.25


def errors_at(decoded: Sound, source: Block, places: list[int]) -> npt.NDArray[np.float64]:
    """The energy of the error in two frames around each of these samples."""
    error = (decoded - source / 32768).reshape(len(source), -1)
    cuts = (error[max(0, at - FRAME) : at + (SEARCH + 1) * FRAME] for at in places)
    return np.array([float(np.mean(cut**2)) for cut in cuts])


@pytest.mark.slow
@pytest.mark.parametrize("make", list(SESSIONS.values())[:2], ids=list(SESSIONS)[:2])
def test_seams_are_no_worse_than_a_straight_encode(
    tmp_path: Path, make: Callable[[int], Mix]
) -> None:
    """The error around seams is that of one encoder there, but for the bits put by: 0.6 dB."""
    blocks = make(40)
    source, places = whole(blocks), nominal_seams(blocks)
    assert len(places) > 25
    stitched, straight = (
        errors_at(mp3_reading.by_soundfile(written(blocks, tmp_path, straight=way)), source, places)
        for way in (False, True)
    )
    assert 10 * np.log10(stitched.mean() / straight.mean()) < 0.8
    assert 10 * np.log10((stitched / straight).max()) < 2


@pytest.mark.slow
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_no_seam_clicks(tmp_path: Path, make: Callable[[int], Mix]) -> None:
    """The largest second difference around seams is no larger than one encoder's there."""
    blocks = make(40)
    largest = []
    for straight in (False, True):
        decoded = mp3_reading.by_soundfile(written(blocks, tmp_path, straight=straight))
        bend = np.abs(np.diff(decoded.reshape(len(decoded), -1), 2, axis=0)).max(axis=1)
        cuts = (
            bend[max(0, at - FRAME) : at + (SEARCH + 1) * FRAME] for at in nominal_seams(blocks)
        )
        largest.append(max(float(cut.max()) for cut in cuts if len(cut)))
    assert largest[0] < 1.1 * largest[1]


def test_a_seam_in_the_wrong_place_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ways of looking can fail: a loop that is nine samples early is worse at its seams."""
    blocks = on_a_bed(30, 1)
    good = mp3_reading.by_soundfile(written(blocks, tmp_path))
    read = Steady.read
    monkeypatch.setattr(Steady, "read", lambda self, start, stop: read(self, start + 9, stop + 9))
    bad = mp3_reading.by_soundfile(written(blocks, tmp_path))
    source, places = whole(blocks), nominal_seams(blocks)
    of_bad, of_good = (errors_at(sound, source, places).mean() for sound in (bad, good))
    assert of_bad > 2 * of_good


def test_silence_lies_on_a_floor_that_nobody_hears(tmp_path: Path) -> None:
    """Between words no millisecond is digital zero, and no sample is above -75 dBFS."""
    decoded = mp3_reading.by_soundfile(written(on_the_floor(30), tmp_path))
    silence = decoded[4 * SECOND : 6 * SECOND + SECOND // 2]
    level = 10 * np.log10(np.mean(silence**2))
    assert -90 < level < -80
    assert np.abs(silence).max() < 10 ** (-75 / 20)
    in_steps = np.rint(silence * 32768).reshape(-1, 48)
    assert in_steps.any(axis=1).mean() > 0.98


# ── joins, bit by bit ────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("kbps", [32, 64, 128, 320])
@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_no_frame_takes_what_is_not_its_own(
    tmp_path: Path, make: Callable[[int], Mix], kbps: int
) -> None:
    """No two frames use the same bytes, and none needs bytes of the next, at every bit rate."""
    frames = frames_in(written(make(30), tmp_path, kbps=kbps))
    assert mp3_reading.faults(frames) == []
    assert {frame[:3] for frame in frames} == {Rate(kbps).header[:3]}
    assert max(mp3_reading.side_of(frame).reach for frame in frames) > 50


@pytest.mark.parametrize("make", SESSIONS.values(), ids=SESSIONS)
def test_mp3val_and_ffmpeg_find_nothing(tmp_path: Path, make: Callable[[int], Mix]) -> None:
    """A validator and a decoder made by others agree."""
    path = written(make(30), tmp_path, tags=Tags(title="Half a minute"))
    ran = subprocess.run(
        [mp3_reading.tool("mp3val"), str(path)], check=True, capture_output=True, text=True
    )
    assert "WARNING" not in ran.stdout
    assert "ERROR" not in ran.stdout
    assert len(mp3_reading.by_ffmpeg(path)) == 30 * SECOND


# ── what is encoded ──────────────────────────────────────────────────────────


class Counting:
    """LAME, counting the samples that it is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.samples = 0
        self._encoded = encoded
        monkeypatch.setattr(stitch, "encoded", self)

    def __call__(self, blocks: list[Block], rate: Rate) -> Iterator[bytes]:
        self.samples += sum(map(len, blocks))
        return self._encoded(blocks, rate)


@pytest.mark.slow
def test_an_hour_costs_little_more_than_ten_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words and a longer silence: less than a tenth more is encoded."""
    given = []
    for minutes in (10, 60):
        counting = Counting(monkeypatch)
        path = written(on_a_bed(minutes * 60, 2, every=10, texts=20), tmp_path)
        assert len(frames_in(path)) == -(-(minutes * 60 * SECOND + 1105) // FRAME)
        given.append(counting.samples)
        monkeypatch.undo()
    assert given[1] < 1.1 * given[0]


def test_a_second_export_encodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the store of the first one nothing goes to the encoder, and the bytes are the same."""
    store = Kept()
    for make in SESSIONS.values():
        first = written(make(30), tmp_path, store=store).read_bytes()
        puts = len(store.puts)
        counting = Counting(monkeypatch)
        assert written(make(30), tmp_path, store=store).read_bytes() == first
        assert (len(store.puts), counting.samples) == (puts, 0)
        monkeypatch.undo()


def test_equal_words_are_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the floor, what is said again at the same place of a frame is taken again."""
    counting = Counting(monkeypatch)
    written(on_the_floor(240), tmp_path)  # 40 times one of four texts
    assert counting.samples < 14 * 4 * SECOND


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def test_levels_whole_steps_apart_are_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bed at three levels is encoded at one of them, and each is heard as loud as it was."""
    part = 20 * SECOND
    levels = (1.0, 2**-0.5, 2**-1.5)
    moves = (
        Move(part, part + SECOND, *levels[:2]),
        Move(2 * part, 2 * part + SECOND, *levels[1:]),
    )
    blocks = session(3 * part, [], LoopGround(noise_loop(2), Gain(moves)))
    counting = Counting(monkeypatch)
    decoded = DECODERS["libsndfile"](written(blocks, tmp_path))
    assert counting.samples < 13 * SECOND  # 5 s of it are the loop with what is around its pieces
    monkeypatch.undo()
    straight = DECODERS["libsndfile"](written(blocks, tmp_path, straight=True))
    source = whole(blocks) / 32768
    for start in (5 * SECOND, part + 5 * SECOND, 2 * part + 5 * SECOND):
        middle = slice(start, start + 12 * SECOND)
        wanted = source[middle]
        assert rms(decoded[middle]) == pytest.approx(rms(wanted), rel=0.02)
        assert rms(decoded[middle] - wanted) < 1.03 * rms(straight[middle] - wanted)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_and_memory_change_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Any number of threads, and as little room for frames as can be, give the same file."""
    expected = written(on_a_bed(30, 2), tmp_path).read_bytes()
    monkeypatch.setattr(stitch, "_MOST_HELD", 1)
    assert written(on_a_bed(30, 2), tmp_path, jobs=jobs).read_bytes() == expected


@pytest.mark.slow
def test_long_regions_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speech without a pause is encoded in pieces, and no worse for it."""
    monkeypatch.setattr("voiceguide.encode.mp3.stitch.LONGEST", 125)
    blocks = on_a_bed(40, 2, every=2)
    path = written(blocks, tmp_path)
    assert len(nominal_seams(blocks)) >= 10
    assert mp3_reading.faults(frames_in(path)) == []
    stitched = mp3_reading.by_soundfile(path)
    straight = mp3_reading.by_soundfile(written(blocks, tmp_path, straight=True))
    source = whole(blocks)
    assert mp3_reading.snr(stitched, source) > mp3_reading.snr(straight, source) - 0.25


class Endless(Mix):
    """Four minutes of the same words without a pause, over a bed, of which none is held."""

    def __init__(self) -> None:
        bed = on_a_bed(10, 2)
        self._piece = bed.read(0, 10 * SECOND)
        self.length, self.channels, self.ground = 240 * SECOND, 2, bed.ground
        self.spans = ((0, self.length),)

    def read(self, start: int, stop: int) -> Block:
        return self._piece[np.arange(start, stop) % len(self._piece)]

    def key(self, start: int, stop: int) -> str:
        return f"{start}-{stop}"


@pytest.mark.slow
def test_memory_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither all samples of a session, 46 MB here, nor all its frames are ever held."""
    monkeypatch.setattr(stitch, "_MOST_HELD", 1_000)
    blocks = Endless()
    tracemalloc.start()
    try:
        written(blocks, tmp_path, jobs=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40e6


# ── where no seam fits ───────────────────────────────────────────────────────


def test_another_warmth_is_tried_where_nothing_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that fits nowhere is encoded again from another frame on, and then fits."""
    blocks, tried = on_a_bed(20, 1), list[int]()
    find, warmed = stitch._Joiner._find_seam, Piece.warmed

    def picky(self: stitch._Joiner, after: Piece, encoding: stitch._Encoding) -> int | None:
        return find(self, after, encoding) if after.first - after.begin == 6 else None

    def noting(self: Piece, frames: int) -> Piece:
        tried.append(frames)
        return warmed(self, frames)

    monkeypatch.setattr(stitch._Joiner, "_find_seam", picky)
    monkeypatch.setattr(Piece, "warmed", noting)
    path = written(blocks, tmp_path)
    assert {3, 2, 6} == set(tried)
    assert mp3_reading.faults(frames_in(path)) == []
    source = whole(blocks)
    assert mp3_reading.snr(mp3_reading.by_soundfile(path), source) > 10


def test_without_any_seam_one_encoder_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing ever fits, the file is that of a straight encode, byte for byte."""
    monkeypatch.undo()
    monkeypatch.setattr(stitch._Joiner, "_find_seam", lambda *_: None)
    blocks = on_a_bed(10, 2)
    straight = written(blocks, tmp_path, straight=True).read_bytes()
    assert written(blocks, tmp_path).read_bytes() == straight


# ── regions ──────────────────────────────────────────────────────────────────


def test_regions_end_where_a_piece_of_the_loop_begins() -> None:
    """Each has all frames in which its span is heard; a loop of one frame begins everywhere."""
    spans = [(100 * FRAME, 110 * FRAME), (200 * FRAME, 210 * FRAME)]
    assert [(one.first, one.stop) for one in regions(spans, lambda _: 1)] == [
        (0, 2),
        (93, 112),
        (193, 212),
    ]
    assert [(one.first, one.stop) for one in regions(spans, lambda _: 125)] == [
        (0, 32),
        (93, 125),
        (193, 221),
    ]


def test_regions_without_room_between_are_one() -> None:
    """Where the next one would begin before a seam can be found, there is none."""
    spans = [(100 * FRAME, 110 * FRAME), (125 * FRAME, 126 * FRAME)]
    assert [(one.first, one.stop) for one in regions(spans, lambda _: 1)] == [(0, 2), (93, 128)]


@pytest.mark.parametrize(("frames", "cuts"), [(1, 1), (900, 1), (1_500, 2), (1_600, 3), (2_200, 4)])
def test_a_long_region_is_cut_evenly(frames: int, cuts: int) -> None:
    """After 625 frames each, but for a rest of less than half as many; nothing is left out."""
    blocks = session(10_000 * FRAME, [], LoopGround(noise_loop(1), Gain(())))
    found = [*stitch._of_region(blocks, 100, 100 + frames)]
    assert [one.first for one in found] == [100 + n * LONGEST for n in range(cuts)]
    assert [one.begin for one in found] == [one.first - WARM for one in found]
    assert [one.end for one in found] == [(one.stop + TAIL) * FRAME for one in found]
    assert [one.latest - one.first for one in found] == [SEARCH, *[SEARCH_INSIDE] * (cuts - 1)]
    for one, after in pairwise(found):
        assert one.stop == after.latest + 1
    assert found[-1].stop == 100 + frames + SEARCH + 1


@pytest.mark.parametrize("period", [5, 32, 40, 125])
def test_pieces_of_the_ground_begin_where_they_can_be_taken_again(period: int) -> None:
    """A short loop's are whole periods; a long one's begin at the same places in each round."""
    steady = LoopGround(noise_loop(1, frames=period), Gain(())).at(0)
    found = [one.first for one in stitch._of_ground(steady, 0, 1_000)]
    steps = [after - one for one, after in pairwise(found)]
    if period <= LOOP_PIECE:
        assert set(steps) == {-(-LOOP_PIECE // period) * period}
    else:
        assert {one % period for one in found} == set(range(0, period, LOOP_PIECE))
        assert max(steps) == LOOP_PIECE
    assert found[-1] + max(steps) >= 1_000 - SEARCH
