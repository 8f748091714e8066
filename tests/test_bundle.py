"""Files that belong together: a file for each chapter, captions, all that a phone wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from cli_running import Runner
from file_reading import NEEDS_PYAV
from mutagen.id3 import ID3
from session_sounds import Session, burst

import voiceguide
from voiceguide.audio.loops import Loop
from voiceguide.encode import ChapterTag, Tags
from voiceguide.errors import MachineError, UsageError
from voiceguide.files.sets import MANIFEST
from voiceguide.render import ExcerptBlocks, Steady
from voiceguide.studio import Export
from voiceguide.studio.exporting import LATER, parts

ROUTINE = """---
title: "Hips: now"
author: A Teacher
countdown: 0
---

Lie down.

## Left/right?

- hold 3s, each side
  Draw your {left|right} knee in.

## CON

- hold 2s
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a routine, and a cache of its own."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "mine.md").write_text(ROUTINE, encoding="utf-8")
    return folder


def export(home: Path, to: str, **options: Any) -> Export:
    return voiceguide.load(home / "mine.md", voice="silent").export(home / to, **options)


def names(folder: Path) -> set[str]:
    """What is in a folder, but for the list of what voiceguide wrote there."""
    return {path.name for path in folder.iterdir()} - {MANIFEST}


# ── a file for each chapter ──────────────────────────────────────────────────

SPLIT = ["01 Hips now", "02 Left right", "03 _CON"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".opus", ".mp3"])
def test_the_parts_are_as_long_as_the_whole(home: Path, suffix: str) -> None:
    """To the sample, in names that every system takes; the playlist plays them in order."""
    whole = export(home, f"whole{suffix}")
    done = export(home, f"parts/mine{suffix}", split=True)
    assert [path.name for path in done.files] == [
        *(f"{name}{suffix}" for name in SPLIT),
        "mine.m3u8",
    ]
    assert names(home / "parts") == {path.name for path in done.files}
    lengths = [soundfile.info(path).frames for path in done.files[:-1]]
    assert sum(lengths) == soundfile.info(whole.file).frames
    assert done.bytes == sum(path.stat().st_size for path in done.files[:-1])
    rows = done.file.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "#EXTM3U"
    assert [row for row in rows if not row.startswith("#")] == [f"{n}{suffix}" for n in SPLIT]
    shown = [row.split(":")[1].split(",")[0] for row in rows if row.startswith("#EXTINF")]
    assert shown == [str(round(length / 48_000)) for length in lengths]


def test_the_parts_together_are_the_whole(home: Path) -> None:
    """What does not sound across a cut is the same, sample by sample."""
    whole, _ = soundfile.read(export(home, "whole.wav").file, dtype="int16")
    files = export(home, "parts/mine.wav", split=True).files[:-1]
    together = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in files])
    differing = np.flatnonzero(whole != together)
    cuts = np.cumsum([soundfile.info(path).frames for path in files])[:-1]
    assert all(np.abs(cuts - at).min() <= 480 for at in differing)


def test_each_part_says_what_it_is(home: Path) -> None:
    """Its chapter as title, the session as album, its number, the cover, its own words."""
    done = export(home, "parts/mine.mp3", split=True)
    read: Any = ID3  # it says that it is typed, and is not
    tags = [read(path) for path in done.files[:-1]]
    assert [str(tag["TIT2"]) for tag in tags] == ["Hips: now", "Left/right?", "CON"]
    assert [str(tag["TRCK"]) for tag in tags] == ["1/3", "2/3", "3/3"]
    assert {str(tag["TALB"]) for tag in tags} == {"Hips: now"}
    assert {str(tag["TPE1"]) for tag in tags} == {"A Teacher"}
    assert all(tag.getall("APIC") for tag in tags)
    lyrics = [str(tag.getall("USLT")[0]) if tag.getall("USLT") else "" for tag in tags]
    assert lyrics[0] == "Lie down."
    assert "Draw your right knee in." in lyrics[1]
    times = [text[1] for tag in tags for text in tag.getall("SYLT")[0].text[:1]]
    assert all(time < 3000 for time in times[:2])


def split(session: Session, *chapters: ChapterTag) -> list[int]:
    """Where the parts of a session begin."""
    made = parts(session, Tags(title="All", chapters=chapters))
    assert sum(part.blocks.length for part in made) == session.length
    starts = np.cumsum([0, *(part.blocks.length for part in made)])
    return [int(start) for start in starts[:-1]]


def test_where_the_cuts_are() -> None:
    """At the chapters; a tail that ends within a chapter's lead rings out before the cut."""
    second = ChapterTag("B", 50_000, 96_000)
    silent = Session(96_000, {0: burst(9_000)})
    assert split(silent, ChapterTag("A", 24_000, 50_000), second) == [0, 50_000]
    tail = Session(96_000, {40_000: burst(10_000 + LATER)})
    assert split(tail, ChapterTag("A", 0, 50_000), second) == [0, 50_000 + LATER]
    longer = Session(96_000, {40_000: burst(10_001 + LATER)})
    assert split(longer, ChapterTag("A", 0, 50_000), second) == [0, 50_000]
    assert split(silent) == [0]


def test_what_rings_over_a_cut_does_not_click() -> None:
    """It fades to nothing before the cut and from nothing after it; a block at a time, the same."""
    whole = Session(96_000, {10_000: burst(80_000)})
    for stretch in (ExcerptBlocks(whole, 0, 50_000), ExcerptBlocks(whole, 50_000, 96_000)):
        heard = stretch.read(0, stretch.length)
        edge = heard[-3:] if stretch.length == 50_000 else heard[:3]
        assert np.abs(edge).max() < 5
        pieces = [
            stretch.read(at, min(at + 77, stretch.length))
            for at in range(0, 50_000, 77)
            if at < stretch.length
        ]
        assert np.array_equal(np.concatenate(pieces), heard)
    first = ExcerptBlocks(whole, 0, 50_000).read(0, 49_000)
    assert np.array_equal(first, whole.whole()[:49_000])
    assert ExcerptBlocks(whole, 0, 50_000).key(48_000, 50_000) != whole.key(48_000, 50_000)
    assert ExcerptBlocks(whole, 0, 50_000).key(20_000, 30_000) == whole.key(20_000, 30_000)


class Floor:
    """A ground of one loop."""

    period = 1152 * 2

    def __init__(self) -> None:
        noise = np.random.default_rng(3).standard_normal((self.period, 1)) / 100
        self._loop = Loop.of(noise.astype(np.float32))

    def at(self, _position: int) -> Steady:
        return Steady(self._loop, 0.5)


def test_a_ground_goes_on_in_a_stretch() -> None:
    """Outside of its spans a stretch sounds as its own ground says, in the phase of the whole."""
    ground = Floor()

    class Grounded(Session):
        def read(self, start: int, stop: int) -> Any:
            return ground.at(start).read(start, stop)

    stretch = ExcerptBlocks(Grounded(50_000, {}, ground=ground), 1_001, 40_000)
    assert stretch.ground
    assert stretch.spans == ((0, 480), (38_519, 38_999))
    heard = stretch.read(5_000, 9_000)
    assert np.array_equal(stretch.ground.at(5_000).read(5_000, 9_000), heard)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 5), (0, 101)])
def test_no_stretch(start: int, stop: int) -> None:
    """A stretch lies within its session, and has a length."""
    with pytest.raises(ValueError, match="is not a stretch"):
        ExcerptBlocks(Session(100, {}), start, stop)


# ── captions and bundles ─────────────────────────────────────────────────────


def test_captions_beside_the_sound(home: Path) -> None:
    """Two files of the same name, and nothing else."""
    done = export(home, "x.wav", captions=True)
    assert [path.name for path in done.files] == ["x.lrc", "x.vtt", "x.wav"]
    assert names(home) == {"mine.md", "x.wav", "x.lrc", "x.vtt"}
    assert "]Lie down." in (home / "x.lrc").read_text(encoding="utf-8")
    assert "<c.left>Draw your left knee in.</c>" in (home / "x.vtt").read_text(encoding="utf-8")
    again = export(home, "x.wav", captions=True)
    assert again.files == done.files


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp3", pytest.param(".m4b", marks=NEEDS_PYAV), ".ogg", ".wav"])
def test_a_bundle_has_all_that_a_phone_wants(home: Path, suffix: str) -> None:
    """The sound, captions, cover, handout and playlist; twice, it is the same."""
    done = export(home, f"phone/mine{suffix}", bundle=True)
    assert done.file == home / "phone" / f"mine{suffix}"
    wanted = {f"mine{suffix}", "mine.lrc", "mine.vtt", "cover.png", "mine.html", "mine.m3u8"}
    assert {path.name for path in done.files} == names(home / "phone") == wanted
    assert (home / "phone" / "cover.png").read_bytes().startswith(b"\x89PNG")
    assert "Left/right?" in (home / "phone" / "mine.html").read_text(encoding="utf-8")
    assert f"mine{suffix}\n" in (home / "phone" / "mine.m3u8").read_text(encoding="utf-8")
    before = {path: path.read_bytes() for path in done.files}
    assert before == {
        path: path.read_bytes() for path in export(home, f"phone/mine{suffix}", bundle=True).files
    }


def test_a_bundle_of_chapters(home: Path) -> None:
    """Each with its captions; one cover, handout and playlist."""
    done = export(home, "phone/mine.flac", bundle=True, split=True)
    each = {f"{name}{suffix}" for name in SPLIT for suffix in (".flac", ".lrc", ".vtt")}
    assert names(home / "phone") == {*each, "cover.png", "mine.html", "mine.m3u8"}
    assert done.file.name == "mine.m3u8"
    assert done.files[-1] == done.file


# ── nothing is lost ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("theirs", ["cover.png", "mine.html", "mine.m3u8", "mine.mp3", "mine.lrc"])
def test_what_is_not_ours_is_not_replaced(home: Path, theirs: str) -> None:
    """A file that no export wrote stops the bundle before anything is written."""
    (home / "phone").mkdir()
    (home / "phone" / theirs).write_text("somebody's own")
    with pytest.raises(UsageError, match="is there already") as caught:
        export(home, "phone/mine.mp3", bundle=True)
    assert theirs in caught.value.message
    assert names(home / "phone") == {theirs}
    assert (home / "phone" / theirs).read_text() == "somebody's own"


def test_captions_of_somebody_else(home: Path) -> None:
    """The sound asked for is replaced, as ever; captions that no export wrote are not."""
    (home / "x.wav").write_text("old")
    (home / "x.vtt").write_text("WEBVTT\n\nmy own")
    with pytest.raises(UsageError, match=r"x\.vtt"):
        export(home, "x.wav", captions=True)
    assert (home / "x.wav").read_text() == "old"
    (home / "x.vtt").unlink()
    assert export(home, "x.wav", captions=True).bytes > 1000


@pytest.mark.slow
@pytest.mark.parametrize("stop", [KeyboardInterrupt(), MachineError("the disk is full")])
@pytest.mark.parametrize("when", [0.5, 1.0])
def test_stopped_it_leaves_everything_as_it_was(
    home: Path, stop: BaseException, when: float
) -> None:
    """In the middle and at the last moment: the bundle before stays, whole."""
    export(home, "phone/mine.flac", bundle=True)
    before = {path: path.read_bytes() for path in (home / "phone").iterdir()}
    text = (home / "mine.md").read_text(encoding="utf-8")
    (home / "mine.md").write_text(text.replace("hold 2s", "hold 9s"), encoding="utf-8")

    def press(share: float) -> None:
        if share >= when:
            raise stop

    with pytest.raises(type(stop)):
        export(home, "phone/mine.flac", bundle=True, progress=press)
    assert {path: path.read_bytes() for path in (home / "phone").iterdir()} == before


def test_a_file_that_cannot_take_its_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The playlist comes last: where something fails, no list names what is not there."""
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).suffix == ".flac":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(MachineError, match="Input/output error"):
        export(home, "phone/mine.flac", bundle=True)
    assert "mine.m3u8" not in names(home / "phone")
    assert not any(name.startswith(".voiceguide") for name in names(home / "phone"))


def test_a_chapter_that_is_no_more_goes(home: Path) -> None:
    """Its file is ours: a folder of chapters holds those of the routine as it is now."""
    export(home, "parts/mine.wav", split=True)
    (home / "parts" / "02 Left right.lrc").write_text("somebody's own")
    text = (home / "mine.md").read_text(encoding="utf-8")
    (home / "mine.md").write_text(text.replace("Left/right?", "Both"), encoding="utf-8")
    done = export(home, "parts/mine.wav", split=True)
    assert {path.name for path in done.files} >= {"02 Both.wav", "mine.m3u8"}
    theirs = {"02 Left right.lrc"}
    assert names(home / "parts") == {path.name for path in done.files} | theirs


def test_two_routines_share_a_folder(home: Path) -> None:
    """The cover there is the last one's; each can be exported again."""
    (home / "other.md").write_text("# Other\n\nGo.\n\n- hold 2s\n", encoding="utf-8")
    other = voiceguide.load(home / "other.md", voice="silent")
    first = export(home, "phone/mine.wav", bundle=True)
    second = other.export(home / "phone/other.wav", bundle=True)
    assert names(home / "phone") == {path.name for path in (*first.files, *second.files)}
    assert export(home, "phone/mine.wav", bundle=True).files == first.files


def test_an_edited_page_is_not_replaced(home: Path) -> None:
    """It is somebody's work now."""
    export(home, "phone/mine.wav", bundle=True)
    page = home / "phone" / "mine.html"
    page.write_text(page.read_text(encoding="utf-8") + "<p>For Anna</p>", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.html` is there already, and was changed since"):
        export(home, "phone/mine.wav", bundle=True)
    assert "For Anna" in page.read_text(encoding="utf-8")


# ── from the command line ────────────────────────────────────────────────────


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in a folder that has a routine."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(ROUTINE)
    return runner


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("--captions", "-o", "x.wav"), ["x.lrc", "x.vtt", "x.wav"]),
        (("--split", "--format", "wav"), [*(f"mine/{n}.wav" for n in SPLIT), "mine/mine.m3u8"]),
        (("--split", "-o", "to"), [*(f"to/{n}.mp3" for n in SPLIT), "to/mine.m3u8"]),
        (
            ("--bundle", "a/b"),
            [f"a/b/{n}" for n in ("mine.mp3", "mine.lrc", "mine.vtt", "cover.png", "mine.html")]
            + ["a/b/mine.m3u8"],
        ),
    ],
)
def test_the_paths_are_printed(run: Runner, arguments: tuple[str, ...], files: list[str]) -> None:
    """All files, one in each line, and the same in JSON."""
    ran = run("export", "mine.md", "--voice", "silent", *arguments)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(ran.out.splitlines()) == sorted(str(Path(name)) for name in files)
    assert all((run.folder / name).is_file() for name in files)
    again = run("export", "mine.md", "--voice", "silent", "--json", *arguments).json
    assert again["files"] == ran.out.splitlines()
    assert again["file"] in again["files"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--split", "-o", "x.mp3"), "`x.mp3` is a single file, but several will be written"),
        (("--bundle", "a", "-o", "b"), "`-o` and `--bundle` both name the output"),
        (("--bundle", "mine.md"), "is a file, not a folder"),
        (("--split", "--bitrate", "7"), "MP3 has no bit rate of 7 kbps"),
    ],
)
def test_what_makes_no_sense(run: Runner, arguments: tuple[str, ...], said: str) -> None:
    """It is said before any work, and nothing is written."""
    before = names(run.folder)
    ran = run("export", "mine.md", "--voice", "silent", *arguments)
    assert ran.code in (2, 3)
    assert said in ran.err
    assert ran.out == ""
    assert names(run.folder) == before
