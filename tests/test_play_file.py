"""Exported files that are played: every format, step by step, and what cannot be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rehearsal import wait_until_ready

from voiceguide import studio
from voiceguide.audio.decode import open_sound
from voiceguide.errors import InputError, UsageError, VoiceguideError
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.player import Command, State
from voiceguide.player.now import stops
from voiceguide.player.transport import FADE
from voiceguide.render import Block
from voiceguide.studio.playing import Wishes
from voiceguide.studio.recorded import Recorded, is_recording

TEXT = """\
---
title: Sunday
lead in: 0s
---

## First

- hold 8s, each side
  Lean over.

## Second

- wait 5s
- hold 4s
  Stand up.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the session in every format that can be written here."""
    made = tmp_path_factory.mktemp("files")
    (made / "mine.md").write_text(TEXT, encoding="utf-8")
    with studio.load(made / "mine.md", voice="espeak") as session:
        for suffix in ("mp3", "flac", "opus", "ogg", "wav", *(["m4b"] if find_spec("av") else [])):
            session.export(made / f"mine.{suffix}")
    return made


@contextmanager
def played(path: Path, wishes: Wishes | None = None) -> Iterator[Recorded]:
    """A file on a device that takes what it is told to."""
    with Recorded(path, wishes or Wishes(), lambda: 0.0) as recorded:
        recorded.conductor.start()
        yield recorded


def pull(recorded: Recorded, seconds: float) -> Block:
    """Take so much of it."""
    count = samples(seconds)
    assert wait_until_ready(recorded.transport, min(count, samples(2)))
    block = np.concatenate([_pulled(recorded) for _ in range(count // 4800)])
    recorded.tick()
    return block


def _pulled(recorded: Recorded) -> Block:
    assert wait_until_ready(recorded.transport, 4800)
    return recorded.transport.pull(4800)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp3", "flac", "opus", "ogg", "wav", "m4b"])
def test_a_file_is_played_as_it_is(folder: Path, suffix: str) -> None:
    """The samples handed over are those of the file, from its beginning and after a jump."""
    path = folder / f"mine.{suffix}"
    need_av(suffix)
    tape = open_sound(path)
    whole = np.rint(tape.read(0, tape.length)[:, 0] * 32768).astype(int)
    tape.close()
    with played(path) as recorded:
        # an MP3 is decoded to fractions, which are rounded
        assert np.abs(pull(recorded, 2) - whole[: samples(2)]).max() <= (suffix == "mp3")
        recorded.transport.jump(samples(9))
        recorded.transport.pull(FADE)  # out; then it begins to read elsewhere, and fades in
        assert wait_until_ready(recorded.transport, FADE)
        recorded.transport.pull(FADE)
        at = recorded.transport.position
        after = np.abs(pull(recorded, 2) - whole[at : at + samples(2)])
        # lossless formats are the same; AAC and Opus fill in noise as they go
        assert after.max() <= {"m4b": 1500, "opus": 300, "mp3": 1}.get(suffix, 0)


def need_av(suffix: str) -> None:
    if suffix == "m4b" and not find_spec("av"):
        assert not os.environ.get("CI"), "CI has to bring PyAV"
        pytest.skip("without PyAV")


@pytest.mark.parametrize("suffix", ["mp3", "flac", "opus", "m4b"])
def test_the_steps_are_those_that_were_planned(folder: Path, suffix: str) -> None:
    """The timeline in its tags is the session's: sides, chapters, words, and where steps begin."""
    need_av(suffix)
    with studio.load(folder / "mine.md", voice="espeak") as session:
        timeline = session.plan().timeline
    with played(folder / f"mine.{suffix}") as recorded:
        ours = recorded.timeline
        assert (recorded.title, ours.length) == ("Sunday", timeline.length)
        assert stops(ours) == stops(timeline)
        assert ours.chapters == timeline.chapters
        assert [(e.position, e.length, e.kind, e.text, e.side) for e in ours.events] == [
            (e.position, e.length, e.kind, e.text, e.side) for e in timeline.events
        ]
        assert recorded.cover().startswith(b"\x89PNG")


def test_commands_work_in_a_file(folder: Path) -> None:
    """Skipping, going back, pausing; nothing can be longer; `wait` waits, and `go-on` ends it."""
    with played(folder / "mine.mp3") as recorded:
        conductor = recorded.conductor
        pull(recorded, 3)
        conductor.handle(Command.NEXT)
        pull(recorded, 0.5)
        assert recorded.step == 1
        length = conductor.timeline.length
        conductor.handle(Command.MORE)
        assert conductor.timeline.length == length
        conductor.handle(Command.NEXT)
        wait = next(e for e in recorded.timeline.events if e.kind.value == "wait")
        while conductor.state is not State.WAITING:
            assert recorded.transport.position < wait.end
            pull(recorded, 0.1)
        pull(recorded, 21)
        pull(recorded, 0.1)
        assert np.abs(pull(recorded, 0.5)).max() > 1000  # the reminder: a chime out of the file
        conductor.handle(Command.GO_ON)
        assert recorded.transport.position == wait.end


def test_it_begins_where_it_is_told(folder: Path) -> None:
    """At a time, with a chapter, with the step in which it was left."""
    for wishes, chapter in [
        (Wishes(start=9.0), "First"),
        (Wishes(chapter="second"), "Second"),
        (Wishes(step=2), "Second"),
    ]:
        with played(folder / "mine.mp3", wishes) as recorded:
            assert recorded.conductor.now().chapter == chapter


def test_a_file_without_a_timeline_is_one_piece(folder: Path, tmp_path: Path) -> None:
    """A WAV says nothing of itself: it is played from start to end, and can be paused."""
    with played(folder / "mine.wav") as recorded:
        assert recorded.title == "mine"
        assert [event.text for event in recorded.timeline.events] == ["mine.wav"]
        assert stops(recorded.timeline) == [0]
        recorded.conductor.handle(Command.NEXT)
        pull(recorded, 0.1)
        assert recorded.conductor.state is State.OVER


def test_stereo_stays_stereo(tmp_path: Path) -> None:
    """Two channels are handed over as two."""
    chance = np.random.default_rng(5)
    sound = chance.integers(-9999, 9999, (samples(3), 2)).astype(np.int16)
    soundfile.write(tmp_path / "two.flac", sound, SAMPLE_RATE, subtype="PCM_16")
    with played(tmp_path / "two.flac") as recorded:
        assert np.array_equal(pull(recorded, 2), sound[: samples(2)])


# ── what cannot be played ────────────────────────────────────────────────────


def test_what_is_a_recording(folder: Path, tmp_path: Path) -> None:
    """By its name or by how it begins; a routine is none, and neither is what is not there."""
    assert is_recording(folder / "mine.mp3")
    assert not is_recording(folder / "mine.md")
    assert not is_recording(tmp_path / "none.mp3")
    assert not is_recording(tmp_path)
    renamed = tmp_path / "renamed"
    renamed.write_bytes((folder / "mine.mp3").read_bytes())
    assert is_recording(renamed)


def test_another_rate_is_refused(tmp_path: Path) -> None:
    """What no export wrote may have any rate, and any number of channels."""
    soundfile.write(tmp_path / "cd.wav", np.zeros(44_100), 44_100)
    soundfile.write(tmp_path / "many.wav", np.zeros((48_000, 6)), 48_000)
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 48_000)
    (tmp_path / "text.mp3").write_text("hello", encoding="utf-8")
    for name, problem in [
        ("cd.wav", "1 channels at 44100 Hz"),
        ("many.wav", "6 channels at 48000 Hz"),
        ("none.wav", "is empty"),
        ("text.mp3", "not a sound file"),
        ("gone.mp3", "cannot read"),
    ]:
        with pytest.raises(UsageError, match=problem):
            Recorded(tmp_path / name, Wishes(), lambda: 0.0)


def test_a_file_that_breaks_off_says_so(folder: Path, tmp_path: Path) -> None:
    """A copy that was cut off: told at once where its length shows it, else where it ends."""
    for suffix in ("mp3", "opus"):
        data = (folder / f"mine.{suffix}").read_bytes()
        cut = tmp_path / f"cut.{suffix}"
        cut.write_bytes(data[: len(data) * 3 // 5])
        with pytest.raises(VoiceguideError, match="breaks off"):
            play_to_the_end(cut)


def play_to_the_end(path: Path) -> None:
    with played(path) as recorded:
        while recorded.conductor.state is not State.OVER:
            pull(recorded, 1)
            recorded.conductor.handle(Command.GO_ON)


def test_what_a_recording_cannot_do(folder: Path) -> None:
    """It ends when it ends, and has the chapters it has."""
    for wishes in (Wishes(keep_length=True), Wishes(ends_in=60.0), Wishes(chapter="Third")):
        with pytest.raises(UsageError):
            Recorded(folder / "mine.mp3", wishes, lambda: 0.0)
    with pytest.raises(UsageError, match="the session is over"):
        Recorded(folder / "mine.mp3", Wishes(start=999), lambda: 0.0)


def test_m4b_without_pyav(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "x.m4b").write_bytes(b"\0\0\0\x20ftypM4B ")
    with pytest.raises(InputError, match="can only be decoded with PyAV") as told:
        open_sound(tmp_path / "x.m4b")
    assert "voiceguide[m4b]" in told.value.help
