"""Beds that prose lays, `[bed waves]`: from there on to the end of the chapter, in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from file_reading import NEEDS_PYAV

from voiceguide import RoutineError, catalogue, load
from voiceguide.proof import verify
from voiceguide.render.ground import CROSS_FADE
from voiceguide.studio import Session
from voiceguide.timeline import Timeline

RATE = 48_000
LOW, MIDDLE, HIGH = 300.0, 700.0, 1500.0
"""Hz of three beds, which no spectrum takes for one another."""

ROUTINE = """---
title: Beds
bed: low.wav, -28 dB
chimes: none
countdown: 0
halfway: no
finish: none
---
Sit down. Stop if anything hurts.

## One

- pause 12s

[bed middle.wav, -24 dB] Listen.

- pause 12s

[bed high.wav, -28 dB] Listen again.

- pause 12s

## Two

Now the first one is back.

- pause 14s

[bed none] Now there is none.

- pause 14s
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A routine with three tones beside it, one of them in stereo."""
    folder = tmp_path_factory.mktemp("beds")
    moments = np.arange(4 * RATE) / RATE
    for name, hertz in (("low", LOW), ("middle", MIDDLE), ("high", HIGH)):
        tone = np.sin(2 * np.pi * hertz * moments) / 8
        stereo = np.stack([tone, tone], axis=1) if name == "middle" else tone
        soundfile.write(folder / f"{name}.wav", stereo, RATE)
    (folder / "beds.md").write_text(ROUTINE, encoding="utf-8")
    return folder


def opened(folder: Path) -> Session:
    """The session, spoken by espeak."""
    return load(folder / "beds.md", voice="espeak")


def decoded(path: Path) -> npt.NDArray[np.float32]:
    """The samples of a file, one channel."""
    sound, _ = soundfile.read(path, dtype="float32", always_2d=True)
    mono: npt.NDArray[np.float32] = sound.mean(axis=1, dtype=np.float32)
    return mono


def levels(heard: npt.NDArray[np.floating], at: float) -> dict[float, float]:
    """How loud each bed is in half a second around a time, in dBFS."""
    mono = heard.mean(axis=1) if heard.ndim > 1 else heard
    part = mono[round((at - 0.25) * RATE) : round((at + 0.25) * RATE)]
    window = np.hanning(len(part))
    spectrum = np.abs(np.fft.rfft(part * window)) / window.sum() * 2
    return {
        hertz: 20 * np.log10(max(spectrum[round(hertz * len(part) / RATE)], 1e-6))
        for hertz in (LOW, MIDDLE, HIGH)
    }


def late_in_pauses(timeline: Timeline) -> list[float]:
    """Shortly before the end of each pause, in seconds: every change has come to its end there."""
    return [
        event.at + event.duration - 2 for event in timeline.events if event.kind.value == "pause"
    ]


@pytest.mark.slow
def test_each_bed_is_heard_where_it_was_laid_and_the_sessions_own_comes_back(folder: Path) -> None:
    """In the decoded file, stitched and straight alike: one at a time, and none where none is."""
    with opened(folder) as session:
        stitched = session.export(folder / "stitched.mp3", verify=True)
        session.export(folder / "straight.mp3", stream=True)
    at = late_in_pauses(stitched.plan.timeline)
    for name in ("stitched.mp3", "straight.mp3"):
        heard = decoded(folder / name)
        for when, bed in zip(at, (LOW, MIDDLE, HIGH, LOW, None), strict=True):
            found = levels(heard, when)
            assert [hertz for hertz, level in found.items() if level > -50] == [bed] * bool(bed)
    assert not verify(folder / "stitched.mp3").faults


def test_a_bed_goes_over_into_the_next(folder: Path) -> None:
    """In the middle of the change both sound, each some 6 dB below what it has by itself."""
    with opened(folder) as session:
        plan = session.plan()
        heard = (session.samples() / 32768).astype(np.float32)
    change = plan.timeline.beds[0]
    found = levels(heard, (change.position + CROSS_FADE / 2) / RATE)
    assert min(found[LOW], found[MIDDLE]) > -60
    assert found[HIGH] < -80


def test_the_same_session_gives_the_same_bytes(folder: Path) -> None:
    """Whatever the store holds of it by then."""
    made = []
    for name in ("one.mp3", "two.mp3"):
        with opened(folder) as session:
            made.append(session.export(folder / name).file.read_bytes())
    assert made[0] == made[1]


@NEEDS_PYAV
def test_aac_is_stitched_over_changing_beds(folder: Path) -> None:
    """And holds what it promises."""
    with opened(folder) as session:
        aac = session.export(folder / "beds.m4a", verify=True)
    assert not aac.proofs[0].faults


@pytest.mark.slow
def test_a_session_without_a_bed_has_one_where_it_is_laid(tmp_path: Path, folder: Path) -> None:
    """And the floor of noise elsewhere."""
    text = ROUTINE.replace("bed: low.wav, -28 dB\n", "").replace("middle.wav", "waves")
    (folder / "none.md").write_text(text.replace("high.wav", "waves"), encoding="utf-8")
    with load(folder / "none.md", voice="espeak") as session:
        export = session.export(tmp_path / "none.mp3", verify=True)
    heard = decoded(tmp_path / "none.mp3")
    first, second, *_ = late_in_pauses(export.plan.timeline)

    def level(at: float) -> float:
        part = heard[round((at - 1) * RATE) : round((at + 1) * RATE)]
        return 10 * float(np.log10(np.mean(part**2)))

    assert level(first) < -75
    assert -60 < level(second) < -25


def test_a_bed_that_is_asked_for_is_that_of_all_the_session(tmp_path: Path, folder: Path) -> None:
    """`--bed` beats what prose lays: in a plan, in its samples, and in a catalogue's file."""
    routine = folder / "beds.md"
    with load(routine, voice="espeak", bed="none") as session:
        plan = session.plan()
        heard = (session.samples() / 32768).astype(np.float32)
    assert plan.timeline.beds == ()
    for when in late_in_pauses(plan.timeline):
        assert max(levels(heard, when).values()) < -70
    with load(routine, voice="espeak", bed=f"{folder}/low.wav, -28 dB") as session:
        assert session.plan(estimate=True).timeline.beds == ()
    with load(routine, voice="espeak", bed=(np.zeros(RATE, np.float32), RATE)) as session:
        assert session.plan(estimate=True).timeline.beds == ()
    row = {"routine": str(routine), "voice": "espeak", "bed": "none", "id": "q", "format": "flac"}
    assert [one.state for one in catalogue([row], tmp_path / "made", jobs=1)] == ["made"]
    (file,) = (tmp_path / "made").rglob("q.flac")
    for when in late_in_pauses(plan.timeline):
        assert max(levels(decoded(file), when).values()) < -70


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[bed wavse] Listen.", "unknown bed `wavse`"),
        ("[bed gone.wav] Listen.", "gone.wav"),
        ("[bed waves, 9 dB] Listen.", "a bed cannot have a level of 9 dB"),
        ("- hold 60s\n  Sit.\n  - half: [bed waves] Listen.", "cannot change within a cue"),
    ],
)
def test_what_cannot_be_laid_is_told_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    """A bed that there is not, a file that is missing, a level too high, a cue."""
    (tmp_path / "r.md").write_text(f"Stop if anything hurts.\n\n{line}\n", encoding="utf-8")
    with pytest.raises(RoutineError) as raised, load(tmp_path / "r.md", voice="espeak") as session:
        session.plan(estimate=True)
    assert message in str(raised.value)
    assert raised.value.problems[0].help
