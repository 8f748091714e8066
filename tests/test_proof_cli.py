"""`voiceguide verify` and `export --verify`: what they print, their exit codes, their pages."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from cli_running import Runner
from file_reading import NEEDS_PYAV
from page_reading import read_page
from proof_files import ROUTINE, exported, rewritten

from voiceguide import proof
from voiceguide.encode import Fill
from voiceguide.studio import exporting


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short routine, exported once."""
    return exported(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def damaged(path: Path) -> Path:
    """The same, 20 ms late and half as loud."""
    return rewritten(path, lambda sound: np.roll(sound, 960) * np.float32(0.5))


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder that has a routine."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(ROUTINE)
    return runner


# ── verify ───────────────────────────────────────────────────────────────────


def test_a_good_file_passes(run: Runner, path: Path) -> None:
    """A table with a line for each check, a summary, exit code 0, and nothing on standard error."""
    ran = run("verify", str(path))
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.strip().split("\n")
    assert sum(line.startswith("✓") for line in lines) == len(proof.verify(path).checks)
    assert lines[-1].startswith("Everything is as promised")


def test_a_damaged_file_is_told_of(run: Runner, damaged: Path) -> None:
    """Each fault with its time, a count, and exit code 1."""
    ran = run("verify", str(damaged))
    assert ran.code == 1
    assert "✗  times" in ran.out
    assert "✗  loudness" in ran.out
    assert "20.0 ms late" in ran.out
    assert ran.out.strip().endswith("things fall short.")


def test_every_event_can_be_shown(run: Runner, path: Path) -> None:
    """With --all, each event has a line with its time."""
    ran = run("verify", str(path), "--all")
    shown = [line for line in ran.out.split("\n") if " hold" in line and " s " in line]
    assert len(shown) == 2
    assert "Lean over to the left" in ran.out
    assert "+0.0 ms" in ran.out


def test_a_narrow_terminal_is_not_overrun(path: Path) -> None:
    """The lines are as wide as the terminal at the most, in plain characters where need be."""
    from voiceguide.cli.console import plain
    from voiceguide.cli.verify import report_lines

    report = proof.verify(path)
    for width in (40, 50, 80, 120):
        made = report_lines(report, width, everything=width >= 50, fine=False)
        lines = list(map(plain, made))
        assert max(map(len, lines)) <= width
        assert all(line.isascii() for line in lines if "…" not in line)
        shown = " ".join(" ".join(lines).split())
        whole = [check for check in report.checks if check.about.split()[0] in shown]
        assert len(whole) == len(report.checks)  # wrapped, and never left out


@pytest.mark.parametrize("name", ["path", "damaged"])
def test_the_page(run: Runner, request: pytest.FixtureRequest, name: str) -> None:
    """The page is whole, asks for nothing, and says what falls short and what every event is."""
    file = request.getfixturevalue(name)
    run("verify", str(file), "--html", "proof.html")
    text = (run.folder / "proof.html").read_text(encoding="utf-8")
    page = read_page(text)
    assert "script" not in page.tags
    assert not page.attributes & {"src", "href", "onclick", "onload"}
    assert "http" not in text.replace("http-equiv", "")
    assert "A short stretch" in page.text
    assert ("What falls short" in page.text) == (name == "damaged")
    assert "Lean over to the right" in page.text
    run("verify", str(file), "--html", "again.html")
    assert (run.folder / "again.html").read_text(encoding="utf-8") == text


def test_a_page_has_to_be_called_one(run: Runner, path: Path) -> None:
    """Another ending is refused before any listening, and an old file stays."""
    ran = run("verify", str(path), "--html", "mine.md")
    assert ran.code == 2
    assert (run.folder / "mine.md").read_text(encoding="utf-8") == ROUTINE


# ── what cannot be verified ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("missing.mp3", None, "no such file"),
        ("empty.mp3", b"", "is empty"),
        ("text.mp3", b"Lie down. " * 100, "not a sound file"),
        ("zeros.mp3", bytes(5000), "not a sound file"),
        ("rubbish.m4b", b"\0\0\0\x18ftypM4B " + bytes(range(256)) * 8, "not a sound file"),
        ("tag.mp3", b"ID3\3\0\0\0\0\x7f\x7f" + b"\xff" * 300, "not a sound file"),
        ("cut.flac", b"fLaC\0\0", "not a sound file"),
        ("cut.ogg", b"OggS\0\2" + bytes(60), "not a sound file"),
    ],
)
@NEEDS_PYAV
def test_what_is_no_sound_is_refused(run: Runner, name: str, data: bytes | None, said: str) -> None:
    """A sentence, a way out, exit code 2, and no traceback."""
    if data is not None:
        (run.folder / name).write_bytes(data)
    ran = run("verify", name)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "help: " in ran.err


def test_a_folder_is_refused(run: Runner) -> None:
    """As a folder."""
    ran = run("verify", ".")
    assert ran.code == 2
    assert "is a folder" in ran.err


def test_a_file_without_a_timeline_is_refused(run: Runner) -> None:
    """A sound that no export wrote, or a WAV, is told that it holds no timeline."""
    run("export", "mine.md", "--format", "wav", "--voice", "silent")
    ran = run("verify", "mine.wav")
    assert ran.code == 2
    assert "holds no timeline" in ran.err


def test_broken_tags_are_refused(run: Runner, path: Path) -> None:
    """A tag that is cut off, or of another version, is said to be so."""
    data = path.read_bytes()
    other = run.folder / "other.mp3"
    other.write_bytes(data.replace(b'{"voiceguide":1,', b'{"voiceguide":7,'))
    assert "version 7" in run("verify", "other.mp3").err
    other.write_bytes(data.replace(b'"sounds":[[', b'"sounds":[{[', 1))
    assert "not JSON" in run("verify", "other.mp3").err


# ── export --verify ──────────────────────────────────────────────────────────


def test_an_export_is_verified(run: Runner) -> None:
    """What is written passes, and the object says what was found."""
    ran = run("export", "mine.md", "--verify", "--json")
    assert ran.code == 0
    (found,) = ran.json["proofs"]
    assert found["passes"]
    assert found["file"] == ran.json["file"] == "mine.mp3"
    assert run("export", "mine.md", "--json").json["proofs"] == []


@pytest.mark.slow
def test_each_chapter_is_verified(run: Runner) -> None:
    """With --split, every file has a promise of its own, and keeps it."""
    ran = run("export", "mine.md", "--split", "-o", "parts", "--verify", "--json")
    assert ran.code == 0
    files = [name for name in ran.json["files"] if name.endswith(".mp3")]
    assert [found["file"] for found in ran.json["proofs"]] == files
    assert all(found["passes"] for found in ran.json["proofs"])
    assert len(files) == 3


def test_an_export_that_falls_short_replaces_nothing(
    run: Runner, monkeypatch: pytest.MonkeyPatch, damaged: Path
) -> None:
    """Where what was written is not as promised, the old file stays, and the exit code is 1."""
    (run.folder / "mine.mp3").write_bytes(b"old")

    def broken(*_: object, **__: object) -> Fill:
        def fill(file: BinaryIO, _progress: object) -> None:
            file.write(damaged.read_bytes())

        return fill

    monkeypatch.setattr(exporting, "filling", broken)
    ran = run("export", "mine.md", "--verify", "--json")
    assert ran.code == 1
    assert "falls short" in ran.err
    assert not ran.json["proofs"][0]["passes"]
    assert ran.json["file"] is None
    assert (run.folder / "mine.mp3").read_bytes() == b"old"
    assert not list(run.folder.glob(".voiceguide*"))


def test_a_wav_cannot_be_verified(run: Runner) -> None:
    """That is said before any work, and nothing is written."""
    ran = run("export", "mine.md", "--format", "wav", "--verify")
    assert ran.code == 2
    assert "no timeline" in ran.err
    assert not (run.folder / "mine.wav").exists()
