"""Damage to a finished file is noticed, and is named; what does no harm is let pass."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from mp3_reading import tool
from proof_files import (
    SHIFT,
    Sound,
    decoded,
    exported,
    failing,
    lines,
    longest_silence,
    rewritten,
    stretch,
    tags_of,
    with_chapters,
    written,
)

from voiceguide import proof
from voiceguide.encode import Tags
from voiceguide.lengths import samples
from voiceguide.proof import Promise, Report


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short routine, exported once."""
    return exported(tmp_path_factory.mktemp("proof"))


@pytest.fixture(scope="module")
def whole(path: Path) -> Report:
    """What is found in it as it is."""
    return proof.verify(path)


@pytest.fixture(scope="module")
def promise(whole: Report) -> Promise:
    """What it promises."""
    return whole.promise


def measured(report: Report, name: str) -> float:
    """What a check measured."""
    found = next(check.measured for check in report.checks if check.name == name)
    assert found is not None, f"{name} was not measured"
    return found


# ── as it was made ───────────────────────────────────────────────────────────


def test_an_untouched_export_passes_by_far(whole: Report) -> None:
    """Every check passes, and none by a hair: times within a fiftieth of their limit."""
    assert whole.faults == ()
    assert abs(measured(whole, "times")) <= 0.1
    assert abs(measured(whole, "ends")) <= 0.3
    assert abs(measured(whole, "holds")) <= 0.2
    assert abs(measured(whole, "sides")) <= 0.2
    assert abs(measured(whole, "loudness")) <= 0.6
    assert measured(whole, "spread of lines") <= 0.4
    assert measured(whole, "clipping") <= 0.5
    assert measured(whole, "clicks") <= 2
    assert measured(whole, "seams") <= -15
    assert measured(whole, "silences") <= -75
    sounds = [sound for sound in whole.heard.sounds if sound]
    assert len(sounds) == sum(one.sound is not None for one in whole.promise.moments)
    assert min(sound.alike for sound in sounds) > 0.8


def test_a_second_encoding_passes(path: Path) -> None:
    """Decoded and encoded once more, it is still as promised."""
    assert failing(rewritten(path, lambda sound: sound)) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [["-ac", "2"], ["-ar", "44100", "-b:a", "128k"], ["-b:a", "48k"]],
    ids=["stereo", "44.1 kHz", "48 kbps"],
)
def test_a_harmless_conversion_passes(path: Path, options: list[str]) -> None:
    """Made stereo, or brought to another rate by ffmpeg, only the length may be off, by rounding:
    what ffmpeg writes says where it ends."""
    other = path.with_name("other.mp3")
    command = [tool("ffmpeg"), "-v", "error", "-y", "-i", str(path), "-vn", *options, str(other)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    with_tags = written_tags(other, path)
    report = proof.verify(with_tags)
    assert {check.name for check in report.checks if not check.passes} == set()


def written_tags(sound: Path, tags: Path) -> Path:
    """A copy of an MP3 with the tag of another one."""
    data, other = sound.read_bytes(), tags.read_bytes()
    joined = sound.with_name("joined.mp3")
    joined.write_bytes(other[: tag_size(other)] + data[tag_size(data) :])
    return joined


def tag_size(data: bytes) -> int:
    """Bytes of the ID3 tag in front."""
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte
    return 10 + size


# ── cut ──────────────────────────────────────────────────────────────────────


def test_a_beginning_cut_off_is_noticed(path: Path) -> None:
    """Half a second less in front: all sounds come early, and the file is shorter."""
    report = proof.verify(rewritten(path, lambda sound: sound[samples(0.5) :]))
    assert {"length", "times"} <= {check.name for check in report.checks if not check.passes}
    assert measured(report, "times") == pytest.approx(-500, abs=1)
    assert any("500.0 ms early" in fault.message for fault in report.faults)
    assert any("500.0 ms shorter" in fault.message for fault in report.faults)


def test_an_end_cut_off_is_noticed(path: Path, promise: Promise) -> None:
    """Without its last words, it says which ones are missing."""
    last = lines(promise)[-1]
    report = proof.verify(rewritten(path, lambda sound: sound[: last.position - samples(0.2)]))
    assert not report.passes
    messages = [fault.message for fault in report.faults]
    assert any("is not heard" in told and str(last.text) in told for told in messages)


def test_a_middle_cut_out_is_noticed(path: Path, promise: Promise) -> None:
    """Three seconds less of a hold: the hold is shorter, and all after it comes early."""
    at = longest_silence(promise)
    cut = samples(3)
    report = proof.verify(
        rewritten(
            path, lambda sound: np.concatenate([sound[: at - cut // 2], sound[at + cut // 2 :]])
        )
    )
    assert {"length", "times", "holds"} <= {
        check.name for check in report.checks if not check.passes
    }
    early = [fault for fault in report.faults if "3.000 s early" in fault.message]
    assert early
    assert early[0].at is not None
    assert early[0].at > at
    assert measured(report, "holds") == pytest.approx(-3000, abs=1)


def test_a_cut_within_a_line_is_noticed(path: Path, promise: Promise) -> None:
    """A tenth of a second less of a sentence is not that sentence, or moves its end."""
    line = max(lines(promise), key=lambda one: one.length)
    middle = line.position + line.length // 2
    cut = samples(0.1)

    def change(sound: Sound) -> Sound:
        shorter = np.concatenate([sound[:middle], sound[middle + cut : line.end]])
        padded = np.pad(shorter, (0, cut))
        return np.concatenate([padded, sound[line.end :]])

    assert {"ends", "sounds missing"} & failing(rewritten(path, change))


@pytest.mark.slow
def test_a_file_cut_off_in_its_frames_is_noticed(path: Path) -> None:
    """A download that broke off half way is told by its length and by what is missing."""
    data = path.read_bytes()
    broken = path.with_name("broken.mp3")
    broken.write_bytes(data[: tag_size(data) + (len(data) - tag_size(data)) // 2])
    assert {"length", "sounds missing"} <= failing(broken)


# ── shifted ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shift", [SHIFT, -SHIFT], ids=["late", "early"])
def test_everything_shifted_by_20_ms_is_noticed(path: Path, shift: int) -> None:
    """All sounds 20 ms late or early, the length being right: it is said once, for all of them."""
    report = proof.verify(rewritten(path, lambda sound: np.roll(sound, shift)))
    assert {check.name for check in report.checks if not check.passes} == {"times"}
    assert measured(report, "times") == pytest.approx(shift / 48, abs=0.2)
    assert len(report.faults) == 1
    assert "20.0 ms" in report.faults[0].message


@pytest.mark.slow
@pytest.mark.parametrize("which", ["say", "count", "chime"])
def test_one_sound_shifted_by_20_ms_is_noticed(path: Path, promise: Promise, which: str) -> None:
    """One line, number or chime alone, 20 ms late: it is named, and no other."""
    moment = next(
        one for one in promise.moments if one.kind == which and clear(promise, one, SHIFT)
    )
    part = stretch(promise, moment)

    def change(sound: Sound) -> Sound:
        moved = sound.copy()
        moved[part] = 0
        moved[part.start + SHIFT : part.stop + SHIFT] = sound[part]
        return moved

    report = proof.verify(rewritten(path, change))
    late = [fault for fault in report.faults if "ms late" in fault.message]
    assert [fault.at for fault in late] == [moment.position]
    assert "19.9 ms late" in late[0].message or "20.0 ms late" in late[0].message


def clear(promise: Promise, moment: object, around: int) -> bool:
    """Whether nothing else sounds within so many samples of a moment."""
    mine = next(one for one in promise.moments if one is moment)
    part = stretch(promise, mine)
    others = (stretch(promise, one) for one in promise.moments if one.sound is not None)
    return all(
        other == part or other.stop + around < part.start or part.stop + around < other.start
        for other in others
    )


# ── levels ───────────────────────────────────────────────────────────────────


def test_a_quieter_encoding_is_noticed(path: Path) -> None:
    """6 dB quieter, every line is named as too quiet, by as much."""
    report = proof.verify(rewritten(path, lambda sound: sound * np.float32(0.5)))
    assert {check.name for check in report.checks if not check.passes} == {"loudness"}
    assert measured(report, "loudness") == pytest.approx(-6.0, abs=0.2)


def test_a_line_that_is_quieter_is_noticed(path: Path, promise: Promise) -> None:
    """One line 3 dB quieter: the line is named, and the spread of lines falls short."""
    line = lines(promise)[0]
    part = stretch(promise, line)

    def change(sound: Sound) -> Sound:
        quieter = sound.copy()
        quieter[part] *= np.float32(0.71)
        return quieter

    report = proof.verify(rewritten(path, change))
    assert {"loudness", "spread of lines"} <= {
        check.name for check in report.checks if not check.passes
    }
    assert {fault.at for fault in report.faults} == {line.position}


@pytest.mark.parametrize("gain", [4.0, 1.0], ids=["driven over", "turned down again"])
def test_clipping_is_noticed(path: Path, gain: float) -> None:
    """Clipped at full scale, or clipped first and then turned down so that it is as loud."""

    def change(sound: Sound) -> Sound:
        clipped: Sound = np.clip(sound * np.float32(4), -1, 1) * np.float32(gain / 4)
        return clipped

    found = failing(rewritten(path, change))
    assert "clipping" in found
    assert ("true peak" in found) == (gain == 4.0)


def test_a_click_in_a_line_is_noticed(path: Path, promise: Promise) -> None:
    """A few samples that jump in the middle of a word."""
    line = lines(promise)[0]

    def change(sound: Sound) -> Sound:
        clicking = sound.copy()
        clicking[line.position + line.length // 2] += np.float32(0.7)
        return clicking

    report = proof.verify(rewritten(path, change))
    assert "clicks" in {check.name for check in report.checks if not check.passes}
    assert {fault.at for fault in report.faults} == {line.position}


def test_a_click_in_a_silence_is_noticed(path: Path, promise: Promise) -> None:
    """A few samples that jump where nothing should sound."""
    at = longest_silence(promise)

    def change(sound: Sound) -> Sound:
        clicking = sound.copy()
        clicking[at] = np.float32(0.1)
        return clicking

    report = proof.verify(rewritten(path, change))
    assert {check.name for check in report.checks if not check.passes} == {"silences"}
    assert len(report.faults) == 1
    assert report.faults[0].at == pytest.approx(at, abs=samples(0.05))


def test_a_click_where_a_line_ends_is_noticed(path: Path, promise: Promise) -> None:
    """A clip that breaks off instead of fading."""
    line = lines(promise)[0]

    def change(sound: Sound) -> Sound:
        clicking = sound.copy()
        clicking[line.end + samples(0.03)] += np.float32(0.5)
        return clicking

    assert "seams" in failing(rewritten(path, change))


def test_noise_in_a_hold_is_noticed(path: Path, promise: Promise) -> None:
    """Half a second of soft noise in a hold, at -50 dBFS."""
    at = longest_silence(promise)
    noise = np.random.default_rng(1).standard_normal(samples(0.5)).astype(np.float32)

    def change(sound: Sound) -> Sound:
        noisy = sound.copy()
        noisy[at : at + len(noise)] += noise * np.float32(10 ** (-50 / 20))
        return noisy

    report = proof.verify(rewritten(path, change))
    assert "silences" in {check.name for check in report.checks if not check.passes}
    assert any("silence" in fault.message for fault in report.faults)


# ── other words ──────────────────────────────────────────────────────────────


def test_another_line_in_its_place_is_noticed(path: Path, promise: Promise) -> None:
    """A line that is replaced by another one is named."""
    first, *others = lines(promise)
    other = min(others, key=lambda one: abs(one.length - first.length))
    part, from_ = stretch(promise, first), stretch(promise, other)
    size = min(part.stop - part.start, from_.stop - from_.start)

    def change(sound: Sound) -> Sound:
        changed = sound.copy()
        changed[part] = 0
        changed[part.start : part.start + size] = sound[from_.start : from_.start + size]
        return changed

    report = proof.verify(rewritten(path, change))
    assert "sounds missing" in {check.name for check in report.checks if not check.passes}
    assert any(str(first.text) in fault.message for fault in report.faults)


def test_the_other_side_in_its_place_is_noticed(path: Path, promise: Promise) -> None:
    """Left where right was promised: sentences that differ in one word are two."""
    left, right = (
        next(one for one in lines(promise) if word in str(one.text)) for word in ("left", "right")
    )
    part, from_ = stretch(promise, left), stretch(promise, right)
    size = min(part.stop - part.start, from_.stop - from_.start)

    def change(sound: Sound) -> Sound:
        changed = sound.copy()
        changed[part] = 0
        changed[part.start : part.start + size] = sound[from_.start : from_.start + size]
        return changed

    assert failing(rewritten(path, change)) & {"sounds missing", "ends"}


def test_a_line_that_is_left_out_is_noticed(path: Path, promise: Promise) -> None:
    """Silence in a line's place."""
    line = lines(promise)[1]

    def change(sound: Sound) -> Sound:
        silent = sound.copy()
        silent[stretch(promise, line)] = 0
        return silent

    report = proof.verify(rewritten(path, change))
    assert [fault.at for fault in report.faults] == [line.position]


# ── sides and chapters ───────────────────────────────────────────────────────


def test_sides_that_are_not_equal_are_noticed(path: Path, promise: Promise) -> None:
    """The right hold a tenth of a second longer than the left."""
    hold = next(one for one in promise.moments if one.kind == "hold" and one.side == "right")
    at = hold.position + hold.length // 2
    more = samples(0.1)

    def change(sound: Sound) -> Sound:
        return np.insert(sound, at, np.zeros(more, np.float32))

    report = proof.verify(rewritten(path, change))
    assert {"holds", "sides", "times", "length"} <= {
        check.name for check in report.checks if not check.passes
    }
    assert measured(report, "sides") == pytest.approx(-100, abs=0.5)


@pytest.mark.slow
def test_chapters_that_are_wrong_are_noticed(path: Path) -> None:
    """Another title, another time, or none at all."""
    renamed = with_chapters(path, lambda one: one._replace(title=one.title + "!"))
    assert failing(renamed) == {"chapters"}
    moved = with_chapters(path, lambda one: one._replace(start=one.start + 480))
    assert failing(moved) == {"chapters"}
    tags = Tags(timeline=tags_of(path).timeline)
    assert failing(written(decoded(path), path.with_name("bare.mp3"), tags)) == {"chapters"}
