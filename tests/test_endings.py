"""How a session begins and ends, in the decoded file: fades, no finish, long silences around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from voiceguide import load
from voiceguide.studio import Export
from voiceguide.timeline import Event

RATE = 48_000
FADE = 60.0

ROUTINE = """---
title: An ending
bed: tone.wav, -24 dB
countdown: 0
halfway: no
finish: none
lead out: 1s
---
Lie down. Stop if anything hurts.

- pause 20s
- chime
Breathe in and out.

- pause 14s
- chime
Breathe in and out.

- pause 14s
- chime
Breathe in and out.

- pause 14s
- chime
Breathe in and out.

- pause 10s
"""


def exported(folder: Path, name: str, **options: str) -> tuple[Export, npt.NDArray[np.float32]]:
    """A file, and its samples."""
    tone = np.sin(2 * np.pi * 300 * np.arange(4 * RATE) / RATE) / 8
    soundfile.write(folder / "tone.wav", tone, RATE)
    (folder / "r.md").write_text(ROUTINE, encoding="utf-8")
    with load(folder / "r.md", voice="espeak", **options) as session:
        export = session.export(folder / f"{name}.mp3", verify=True)
    sound, rate = soundfile.read(export.file, dtype="float32", always_2d=True)
    assert rate == RATE
    assert not export.proofs[0].faults
    mono: npt.NDArray[np.float32] = sound.mean(axis=1, dtype=np.float32)
    return export, mono


def level(heard: npt.NDArray[np.float32], at: float, seconds: float) -> float:
    """In dBFS, of all that sounds from a time on."""
    part = heard[round(at * RATE) : round((at + seconds) * RATE)].astype(np.float64)
    return 10 * float(np.log10(np.mean(part**2) + 1e-12))


def events(export: Export, kind: str, text: str) -> list[Event]:
    """What begins with a text, in order."""
    told = export.plan.timeline.events
    return [e for e in told if e.kind.value == kind and (e.text or "").startswith(text)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Export, npt.NDArray[np.float32]]:
    """The session as it ends without a fade."""
    return exported(tmp_path_factory.mktemp("plain"), "plain")


def test_the_last_minute_fades_to_silence(
    tmp_path: Path, plain: tuple[Export, npt.NDArray[np.float32]]
) -> None:
    """Voice, chimes and bed: as loud as ever before it, half as loud in its middle, then gone."""
    before, whole = plain
    export, faded = exported(tmp_path, "faded", ending="fade 1 min")
    end = export.plan.timeline.duration
    assert end == before.plan.timeline.duration

    def fallen(at: float, seconds: float) -> float:
        return level(faded, at, seconds) - level(whole, at, seconds)

    def expected(at: float) -> float:
        share = np.clip((at - (end - FADE)) / FADE, 0, 1)
        return 20 * float(np.log10(max(0.5 + 0.5 * np.cos(np.pi * share), 1e-3)))

    for kind, text in (("say", "Breathe in"), ("chime", "start")):
        found = [event for event in events(export, kind, text) if event.at < end - 6]
        assert len(found) >= 3
        for event in found:
            seconds = min(event.duration, 0.6)
            assert fallen(event.at, seconds) == pytest.approx(expected(event.at), abs=1.5)
    assert expected(events(export, "say", "Breathe in")[-1].at) < -9
    for pause in events(export, "pause", ""):  # the bed alone, well after the words before it
        middle = pause.at + pause.duration - 2
        if middle < end - 12:
            assert fallen(middle, 0.5) == pytest.approx(expected(middle + 0.25), abs=1.0)
    assert level(faded, end - 0.5, 0.5) < -60


def test_nothing_tells_of_the_end_where_that_is_not_wanted(
    plain: tuple[Export, npt.NDArray[np.float32]],
) -> None:
    """After the last pause there is the silence that comes last, and no sound but the bed's."""
    export, heard = plain
    last = export.plan.timeline.events[-1]
    assert last.kind.value == "pause"
    assert export.plan.timeline.duration == pytest.approx(last.at + last.duration + 1, abs=0.001)
    assert level(heard, last.at + last.duration - 1, 1.9) < -40


@pytest.mark.slow
def test_silences_around_a_session_may_take_ten_minutes(tmp_path: Path) -> None:
    """To the sample in the plan; the file holds no sound in them, and the words between them."""
    (tmp_path / "r.md").write_text("Lie down. Stop if anything hurts.\n", encoding="utf-8")
    options = {"lead_in": "10 min", "lead_out": "10 min", "finish": "none", "voice": "espeak"}
    with load(tmp_path / "r.md", **options) as session:
        export = session.export(tmp_path / "long.mp3", verify=True)
    first, *_, last = export.plan.timeline.events
    spoken = [event for event in export.plan.timeline.events if event.kind.value == "say"]
    assert spoken[0].position == 600 * RATE
    assert export.plan.timeline.length == last.end + 600 * RATE
    heard, _ = soundfile.read(export.file, dtype="float32")
    assert level(heard, 0, first.at - 0.2) < -75
    assert level(heard, 600, 1) > -35
    assert level(heard, end_of(last) + 1, 590) < -75
    assert not export.proofs[0].faults


def end_of(event: Event) -> float:
    """Where an event ends, in seconds."""
    return event.at + event.duration
