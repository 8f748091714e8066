"""Settings by the names that people give them: each is answered with the line to write."""

from __future__ import annotations

import re

import pytest

from voiceguide import RoutineError, loads
from voiceguide.settings.configuration import CONFIGURABLE
from voiceguide.settings.merge import own_name, setting_meant
from voiceguide.settings.table import SETTINGS

BODY = "Stop if anything hurts.\n\n## Sit\n\n- hold 10-600s\n  Sit.\n"

NAMED = [
    ("speed: brisk", "pace: brisk"),
    ("tempo: steady", "pace: steady"),
    ("music: rain", "bed: rain"),
    ("background: waves, -32 dB", "bed: waves, -32 dB"),
    ("duration: 6 min", "length: 6 min"),
    ("time: 6 min", "length: 6 min"),
    ("minutes: 6", "length: 6 min"),
    ("name: Hips", "title: Hips"),
    ("lang: de", "language: de"),
    ("intensity: gentle", "level: gentle"),
    ("instructions: brief", "guidance: brief"),
    ("volume: -16", "loudness: -16"),
    ("equipment: floor, wall", "needs: floor, wall"),
    ("category: yoga", "for: yoga"),
    ("contraindications: pregnancy", "not if: pregnancy"),
    ("how often: twice a day", "frequency: twice a day"),
    ("doctor: your doctor", "see: your doctor"),
    ("bells: wood", "chimes: wood"),
    ("count down: 5", "countdown: 5"),
    ("lead-in: 2s", "lead in: 2s"),
    ("lead_out: 2s", "lead out: 2s"),
    ("fade out: 1 min", "ending: fade 1 min"),
    ("outro: none", "finish: none"),
    ("start side: right", "first side: right"),
    ("summary: For hips", "description: For hips"),
    ("breathing: 4 in, 6 out", "breath: 4 in, 6 out"),
    ("dauer: 6 min", "length: 6 min"),
    ("timer: 6 min", "length: 6 min"),
    ("speed: slow", "pace: calm"),
    ("voice speed: fast", "pace: brisk"),
    ("difficulty: beginner", "level: gentle"),
    ("soundtrack: rain", "bed: rain"),
    ("target: hips", "for: hips"),
    ("instructor: Anna", "author: Anna"),
    ("modified: 2026-01-05", "date: 2026-01-05"),
    ("halftime: no", "halfway: no"),
    ("voice-over: espeak", "voice: espeak"),
    ("sprache: de", "language: de"),
]


@pytest.mark.parametrize(("written", "line"), NAMED)
def test_a_setting_by_another_name_is_answered_with_its_line(written: str, line: str) -> None:
    """With the author's own value; and that line, put in its place, passes."""
    with pytest.raises(RoutineError) as raised:
        loads(f"---\n{written}\n---\n{BODY}")
    (problem,) = raised.value.problems
    shown = re.fullmatch(r"write `([^`]+)`", problem.help or "")
    assert shown
    assert shown[1] == line
    loads(f"---\n{line}\n---\n{BODY}").close()


@pytest.mark.parametrize(
    ("written", "way_out"),
    [
        ("rest: 10s", "write `- rest 10s` there"),
        ("pause: 5s", "write `- pause 5s` there"),
        ("rounds: 3", "write `- 3 rounds` there"),
        ("layout: post", "keep it as a comment: `# layout: post`"),
        ("audience: adults", "keep it as a comment: `# audience: adults`"),
        ("silence: 3s", "keep it as a comment: `# silence: 3s`"),
        ("lenght: 6 min", "did you mean `length`?"),
        ("coutndown: 3", "did you mean `countdown`?"),
    ],
)
def test_what_is_no_setting_is_not_taken_for_one(written: str, way_out: str) -> None:
    """A clause goes into a bullet, a slip is corrected; the rest may stay as a comment."""
    with pytest.raises(RoutineError) as raised:
        loads(f"---\n{written}\n---\n{BODY}")
    (problem,) = raised.value.problems
    assert way_out in (problem.help or "")
    loads(f"---\n# {written}\n---\n{BODY}").close()


def test_every_other_name_means_one_setting_that_there_is() -> None:
    """No name of a setting is another name, too, but where both mean the same."""
    meant = {name: own_name(name) for name in SETTINGS}
    assert all(own in (None, name) for name, own in meant.items())
    assert {own_name(name) for name in ("music", "duration", "speed")} <= set(SETTINGS)


def test_the_configuration_and_maps_are_answered_likewise() -> None:
    """A map has no value to show; a configuration knows its own settings alone."""
    assert setting_meant("music", CONFIGURABLE, "rain") == "write `bed: rain`"
    assert setting_meant("pronunciation", SETTINGS, {}) == "write `say:`, with its lines under it"
    assert setting_meant("lenght", SETTINGS, "6 min") == "did you mean `length`?"


@pytest.mark.parametrize("value", ["no", "none", "off", "0"])
def test_no_countdown_has_several_words(value: str) -> None:
    """As `halfway` has."""
    with loads(f"---\ncountdown: {value}\n---\n{BODY}") as session:
        assert session.settings.countdown == 0
