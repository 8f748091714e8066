"""Three people's first hour, from a new machine to the phone: each does what the pages say alone.

What is typed, saved and expected is taken from the README and from docs/, so that a page and the
walk along it cannot part.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import soundfile
from installing import build_wheel, fresh_environment
from walking import Block, blocks

from voiceguide.encode import tags_in

pytestmark = pytest.mark.slow

EXTRA = "web"
"""The one that a page tells its reader to bring."""

INSTALLING = {"pip install .", f'pip install "voiceguide[{EXTRA}]"'}
"""What the environment of the walks has done before they begin: once for all of them."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment, in which voiceguide is installed from its wheel."""
    folder = tmp_path_factory.mktemp("machine")
    return fresh_environment(folder / "venv", build_wheel(folder), EXTRA)


class Walk:
    """Somebody in an empty folder, on a machine on which nobody has set up anything."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.typed: list[str] = []
        self._programs = programs
        home = folder.parent / "home"
        home.mkdir()
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR") if name in os.environ}
        self._env = {
            **kept,
            "PATH": os.pathsep.join([str(programs), "/usr/bin", "/bin"]),
            "HOME": str(home),
            "PYTHONUTF8": "1",
            "VOICEGUIDE_PIP_VOICES": "off",  # the tests' own packages would speak
        }

    def follow(self, page: Iterable[Block]) -> None:
        """Type, save and compare, block by block; Python comes last, as one program."""
        lines: list[str] = []
        for block in page:
            if block.file:
                (self.folder / block.file).write_text(block.text, encoding="utf-8")
            elif block.language == "sh":
                for command in block.commands:
                    self.type(command)
            elif block.language == "console":
                assert self.run(block.asked).stdout == block.answer
            elif block.language == "python":
                lines.append(block.text)
        if lines:
            self._program("\n".join(lines))

    def type(self, command: str) -> None:
        """Do one line, which ends well."""
        if command not in INSTALLING:
            done = self.run(command)
            assert done.returncode == 0, f"{command}\n{done.stdout}"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """What comes of one line."""
        program, *arguments = shlex.split(command)
        assert program in ("voiceguide", "mkdir"), command
        self.typed.append(command)
        own = self._programs / program
        return self._run(str(own) if program == "voiceguide" else program, *arguments)

    def _program(self, text: str) -> None:
        done = self._run(str(self._programs / "python"), "-W", "error", "-c", text)
        assert done.returncode == 0, done.stdout

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def walk(tmp_path: Path, programs: Path) -> Walk:
    """After the README's first lines: installed, and one session of the library made."""
    folder = tmp_path / "folder"
    folder.mkdir()
    walk = Walk(folder, programs)
    walk.follow(blocks("README.md", "Install"))
    assert walk.typed
    assert minutes(folder / "ten-minute-psoas-relief.mp3") == 10
    return walk


def minutes(path: Path) -> float:
    """How long a file of sound is."""
    frames: int = soundfile.info(str(path)).frames
    return frames / 48_000 / 60


def chapters(path: Path) -> list[str]:
    """The titles of the chapters that a phone would show."""
    return [chapter.title for chapter in tags_in(path).chapters]


def beside(sound: Path) -> set[str]:
    """The files of a bundle, by their endings."""
    return {path.suffix for path in sound.parent.iterdir() if not path.name.startswith(".")}


BUNDLE = {".mp3", ".lrc", ".vtt", ".png", ".html", ".m3u8"}


def test_it_is_the_wheel_that_walks(walk: Walk) -> None:
    """What is run is what was installed, and not the checkout beside it."""
    walk.follow(
        [Block("python", "import voiceguide; open('where', 'w').write(voiceguide.__file__)")]
    )
    where = Path((walk.folder / "where").read_text(encoding="utf-8"))
    assert "site-packages" in where.parts
    assert "venv" in where.parts


def test_a_yoga_teacher(walk: Walk) -> None:
    """From an empty file to a folder for the phone, by the tutorial alone."""
    walk.follow(blocks("docs/TUTORIAL.md"))
    sound = walk.folder / "hips-for-the-phone" / "hips.mp3"
    assert minutes(sound) == 8
    assert chapters(sound) == ["Hips, before bed", "Knee to chest", "Rest"]
    assert beside(sound) == BUNDLE


def test_a_physiotherapist(walk: Walk) -> None:
    """A sheet and a sound with the same doses, and a page that nobody can guess."""
    walk.follow(blocks("docs/PATIENTS.md"))
    sound = walk.folder / "for-home" / "anna.mp3"
    assert beside(sound) == BUNDLE
    assert "in your knee" in (tags_in(sound).timeline or "")
    sheet = (
        (walk.folder / "anna.html").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    )
    assert "in your knee" in sheet
    assert "twice a day, 5 days a week" in sheet
    assert "for you alone" not in sheet
    assert list((walk.folder / "site").rglob("*.mp3"))


def test_a_python_developer(walk: Walk) -> None:
    """The README's routine, its lines of Python, and all of the page, in one program."""
    walk.follow(block for block in blocks("README.md") if block.file or block.language == "python")
    walk.follow(blocks("docs/PYTHON.md"))
    assert minutes(walk.folder / "my-routine-7.mp3") == 7
    assert beside(walk.folder / "phone" / "sit.mp3") == BUNDLE
