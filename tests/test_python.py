"""The Python face: what docs/PYTHON.md shows works, and errors speak of keywords."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import voiceguide
from voiceguide.studio import Session

PAGE = (Path(__file__).parents[1] / "docs" / "PYTHON.md").read_text(encoding="utf-8")
TEXT = "# Sit\n\nSit down. [1-3s]\n\n## Rest\n\n- hold 10-30s\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))


def silent(**options: Any) -> Session:
    """A session that no engine has to speak."""
    return voiceguide.loads(TEXT, voice="silent", **options)


@pytest.mark.slow
def test_the_page_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its blocks, one after the other as one program."""
    monkeypatch.chdir(tmp_path)
    body = "Sit down. Stop at any pain.\n\n- hold 5-9 min\n  Breathe.\n"
    (tmp_path / "my-routine.md").write_text(f"# Mine\n\n{body}", encoding="utf-8")
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), {})
    assert (tmp_path / "my-routine.mp3").stat().st_size > 100_000
    assert "1 unknown clause `hodl 30s` did you mean `hold 30s`?" in capsys.readouterr().out


def test_times_are_seconds_too() -> None:
    """Of events and chapters; samples are what is exact."""
    with silent() as session:
        timeline = session.plan().timeline
    event = next(event for event in timeline.events if event.kind.value == "hold")
    assert event.at == event.position / 48_000
    assert event.duration == event.length / 48_000 == 20.0
    assert timeline.chapters[-1].at == timeline.chapters[-1].position / 48_000


@pytest.mark.parametrize("length", [40, 40.0, "40s", "0:40", timedelta(seconds=40)])
def test_a_length_may_be_a_number(length: Any) -> None:
    """Of seconds, whole or not, or a time that Python has."""
    with silent(length=length) as session:
        assert session.plan().timeline.length == 40 * 48_000


def test_other_numbers_are_taken_as_they_are_meant() -> None:
    """A level is a part of 1, a pace words a minute, silences are seconds."""
    settings = silent(level=0.25, pace=140, lead_in=0.5, countdown=0, halfway=False).settings
    assert (settings.point, settings.words_a_minute, settings.lead_in) == (0.25, 140, 0.5)
    assert (settings.countdown, settings.halfway) == (0, False)


@pytest.mark.slow
def test_samples_are_those_of_the_file(tmp_path: Path) -> None:
    """To the last one, one channel or two."""
    for options, shape in (({}, 1), ({"bed": "rain"}, 2)):
        with silent(**options) as session:
            found = session.samples()
            session.export(tmp_path / "x.wav")
        assert (found.dtype, found.ndim) == (np.dtype("int16"), shape)
        assert np.array_equal(found, soundfile.read(tmp_path / "x.wav", dtype="int16")[0])


@pytest.mark.parametrize("name", ["mp3", "wav", ".flac"])
def test_an_export_into_an_open_file(tmp_path: Path, name: str) -> None:
    """The same bytes as in a file of its own, also where it cannot go back."""

    class Pipe(io.BytesIO):
        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

    made = Pipe()
    with silent() as session:
        session.export_to(made, name)
        file = session.export(tmp_path / f"x.{name.removeprefix('.')}").file
    assert made.getvalue() == file.read_bytes()


def test_an_export_that_fails_writes_nothing() -> None:
    """Neither a format that is none, nor a routine with problems leaves half of a file."""
    made = io.BytesIO()
    with silent() as session, pytest.raises(voiceguide.UsageError):
        session.export_to(made, "odd")
    with silent(length=1) as session, pytest.raises(voiceguide.UsageError):
        session.export_to(made)
    assert made.getvalue() == b""


def test_files_of_a_text_are_in_its_folder(tmp_path: Path) -> None:
    """What it uses, and what it is called where something is wrong."""
    (tmp_path / "other.md").write_text("## Other\n\nGo.\n", encoding="utf-8")
    session = voiceguide.loads("- use other.md\n", folder=tmp_path)
    assert [c.title for c in session.plan(estimate=True).timeline.chapters] == ["Other"]
    with pytest.raises(voiceguide.RoutineError) as caught:
        voiceguide.loads(b"- use nowhere.md\n", folder=tmp_path, name="mine")
    assert str(caught.value.problems[0].place) == "mine:1:3"


@pytest.mark.parametrize(
    ("options", "message", "help_"),
    [
        (
            {"lenght": "5 min"},
            "`lenght='5 min'`: unknown setting `lenght`",
            "did you mean `length`?",
        ),
        ({"lead_in": "long"}, "`lead_in='long'`: `long` is no", ""),
        ({"length": "5-6 min"}, "`length='5-6 min'`: ", "write `length='10 min'`; `level` chooses"),
        ({"with_": ["band"]}, "this routine has no option `band`", "leave `with_` out"),
        ({"level": 3}, "`level='300%'`: `300%` is not a level", ""),
    ],
)
def test_errors_speak_of_keywords(options: dict[str, Any], message: str, help_: str) -> None:
    """Nobody who writes Python is told of `--length`."""
    with pytest.raises(voiceguide.UsageError) as caught:
        silent(**options)
    assert caught.value.message.startswith(message)
    assert help_ in caught.value.help
    assert "--" not in str(caught.value)


def test_all_that_the_package_exports_is_there() -> None:
    """And the page names the errors among it."""
    for name in voiceguide.__all__:
        assert hasattr(voiceguide, name)
        if name.endswith("Error"):
            assert f"`{name}`" in PAGE or f"voiceguide.{name}`" in PAGE
