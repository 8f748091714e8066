"""Chimes that are struck again while they ring: heard apart, and found each at its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

import voiceguide
from voiceguide import proof
from voiceguide.lengths import samples
from voiceguide.render import DAMPING, damped

HOLD = "---\ntitle: Close\n---\n\nLie down. [2s]\n\n- hold {gap}\n  Breathe out.\n\nRest. [3s]\n"
TAGS = "---\ntitle: Close\n---\n\nLie down. [2s]\n[chime bowl] [{gap}] [chime bowl]\nRest. [3s]\n"


@pytest.mark.slow
@pytest.mark.parametrize("gap", ["100ms", "300ms", "500ms", "650ms", "700ms", "1s"])
@pytest.mark.parametrize("text", [HOLD, TAGS])
@pytest.mark.parametrize("bed", ["none", "rain"])
def test_close_chimes_are_where_they_are_promised(
    tmp_path: Path, text: str, gap: str, bed: str
) -> None:
    """However short the time between them, every chime is found at its time, as loud as planned."""
    routine = tmp_path / "close.md"
    routine.write_text(text.format(gap=gap), encoding="utf-8")
    file = tmp_path / "close.mp3"
    voiceguide.load(routine, voice="silent", bed=bed).export(file)
    report = proof.verify(file)
    assert [fault.message for fault in report.faults] == []
    chimes = [
        sound
        for moment, sound in zip(report.promise.moments, report.heard.sounds, strict=True)
        if moment.kind == "chime" and moment.text != "wake"
    ]
    assert sum(sound is not None for sound in chimes) >= 3


def test_a_chime_is_damped_by_the_next_one() -> None:
    """By one that begins soon after it, and neither by a tick nor by one that comes later."""
    second = samples(1)
    events = [
        (0, "chime", "start"),
        (second // 4, "chime", "tick"),
        (second // 2, "chime", "end"),
        (3 * second // 2, "chime", "start"),
        (3 * second // 2 + 9, "say", "And rest."),
        (4 * second, "chime", "end"),
    ]
    assert damped(events) == [second // 2, None, None, None, None, None]


def test_a_damped_chime_does_not_click(tmp_path: Path) -> None:
    """It dies away within its last 20 ms: there is no step where the next one begins."""
    routine = tmp_path / "close.md"
    routine.write_text(TAGS.format(gap="300ms"), encoding="utf-8")
    session = voiceguide.load(routine, voice="silent")
    timeline = session.plan().timeline
    first, second = (e.position for e in timeline.events if e.text == "bowl")
    session.export(tmp_path / "close.wav")
    heard, _ = soundfile.read(tmp_path / "close.wav", dtype="float64")
    assert second - first == samples(0.3)
    before = heard[second - 20 : second]
    ringing = heard[second - 3 * DAMPING : second - 2 * DAMPING]
    assert np.abs(before).max() < 0.1 * np.abs(ringing).max()
