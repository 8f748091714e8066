"""What is written into a tag comes back out of it, and rubbish does no harm."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen.id3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mp3_reading import tool
from msgspec.structs import replace
from session_sounds import Session, speech

from voiceguide.encode import ChapterTag, Tags, tags_in, write
from voiceguide.encode.mp3.frames import Rate
from voiceguide.encode.mp3.id3 import chapters_in, frames_of, id3_tag, timeline_in

SECOND = 48_000
TAGS = Tags(
    title="Zehn Minuten",
    language="de",
    comment="Nichts tun.",
    chapters=(ChapterTag("Ankommen 🌙", 0, SECOND), ChapterTag("x" * 200, SECOND, 2 * SECOND)),
    timeline='{"title": "Zehn Minuten — ✓", "events": [1, 2, 3]}',
)


READ: Any = mutagen.id3.ID3
"""It says that it is typed, and is not."""


def tag(tags: Tags) -> bytes:
    return id3_tag(tags, 2 * SECOND, Rate(64))


def read(data: bytes) -> str | None:
    return timeline_in(frames_of(BytesIO(data)))


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_timeline_comes_back(text: str) -> None:
    """Whatever the text of a timeline is, the tag gives back the same."""
    assert read(tag(replace(TAGS, timeline=text))) == text


def test_chapters_come_back() -> None:
    """Titles and times of chapters, of titles longer than 127 bytes too."""
    assert chapters_in(frames_of(BytesIO(tag(TAGS)))) == TAGS.chapters


def test_a_file_gives_back_both(tmp_path: Path) -> None:
    """An MP3 that was written says its timeline and its chapters; a file without tags, nothing."""
    path, bare = tmp_path / "a.mp3", tmp_path / "b.mp3"
    sound = Session(2 * SECOND, {SECOND // 2: speech(SECOND)})
    write(sound, path, tags=TAGS)
    write(sound, bare)
    assert tags_in(path).timeline == TAGS.timeline
    assert tags_in(path).chapters == TAGS.chapters
    assert tags_in(bare).timeline is None
    assert tags_in(bare).chapters == ()


@pytest.mark.parametrize("version", [3, 4])
def test_a_tag_that_another_program_wrote_is_read(version: int, tmp_path: Path) -> None:
    """Copied by a program that writes tags anew, in either version, it still holds the timeline."""
    path = tmp_path / "a.mp3"
    write(Session(SECOND, {}), path, tags=TAGS)
    copied = READ(path)
    copied.save(path, v2_version=version)
    assert tags_in(path).timeline == TAGS.timeline
    titles = [chapter.title for chapter in tags_in(path).chapters]
    assert titles == [chapter.title for chapter in TAGS.chapters]


def test_other_readers_are_not_disturbed(tmp_path: Path) -> None:
    """Another reader finds the object for what it is, and every other frame as without it."""
    one, other = tmp_path / "a.mp3", tmp_path / "b.mp3"
    write(Session(SECOND, {}), one, tags=TAGS)
    write(Session(SECOND, {}), other, tags=replace(TAGS, timeline=""))
    having = READ(one)
    without = READ(other)
    (found,) = having.getall("GEOB")
    assert found.mime == "application/json"
    assert json.loads(found.data) == json.loads(TAGS.timeline)
    having.delall("GEOB")
    assert {k: str(v) for k, v in having.items()} == {k: str(v) for k, v in without.items()}


def test_ffprobe_shows_the_same_as_before(tmp_path: Path) -> None:
    """Title, chapters and streams as ffprobe shows them are the same with a timeline as without."""
    assert shown(tmp_path / "a.mp3", TAGS) == shown(tmp_path / "b.mp3", replace(TAGS, timeline=""))


def shown(path: Path, tags: Tags) -> object:
    write(Session(SECOND, {}), path, tags=tags)
    command = [tool("ffprobe"), "-v", "error", "-show_format", "-show_chapters", "-show_streams"]
    run = subprocess.run([*command, "-of", "json", path], capture_output=True, check=True)
    assert not run.stderr
    found = json.loads(run.stdout)
    for differing in ("filename", "size", "bit_rate"):
        found["format"].pop(differing)
    return found


# ── rubbish ──────────────────────────────────────────────────────────────────

WHOLE = tag(TAGS)


@given(st.binary(max_size=200))
@example(b"ID3\3\0\xff\x7f\x7f\x7f\x7f")
@example(b"ID3\4\0\x40\0\0\0\x0a" + bytes(20))
@example(b"ID3\3\0\0\0\0\0\x20CHAP\0\0\0\2\0\0a\0")
def test_rubbish_has_no_timeline(data: bytes) -> None:
    """Any bytes can be read as a tag: nothing is found in them, and nothing goes wrong."""
    frames = frames_of(BytesIO(data))
    assert timeline_in(frames) is None
    assert chapters_in(frames) == ()


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_broken_byte_does_no_harm(at: int, byte: int) -> None:
    """With any byte of a tag changed, it can still be read, and gives a text or nothing."""
    frames = frames_of(BytesIO(WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]))
    assert timeline_in(frames) is None or isinstance(timeline_in(frames), str)
    assert len(chapters_in(frames)) <= len(TAGS.chapters) + 1


@given(st.integers(0, len(WHOLE)))
def test_a_tag_cut_off_does_no_harm(length: int) -> None:
    """A tag that ends early gives its timeline whole or not at all."""
    assert read(WHOLE[:length]) in (None, TAGS.timeline)
