"""The words of `benchmarks/comparing.py`: what is right is no error, and what is wrong is one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "comparing.py"


@pytest.fixture(scope="module")
def comparing() -> ModuleType:
    """The module, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("comparing", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def errors(comparing: ModuleType, said: str, heard: str) -> int:
    """Words in error, one way and the other: the same."""
    there, back = (comparing.words(text) for text in (said, heard))
    count: int = comparing.distance(there, back)
    assert comparing.distance(back, there) == count
    return count


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Tilt two of five.", "Tilt 2 of 5"),
        ("Both knees at ninety degrees.", "both knees at 90 degrees"),
        ("Twenty-two.", "22"),
        ("The first of four.", "The 1st of 4."),
        ("One hundred breaths.", "100 breaths"),
        ("Four, seven, eight.", "4-7-8"),
        ("Feet hip-width apart.", "feet hip width apart"),
        ("Halfway.", "Half way."),
        ("A tabletop, and a warm-up.", "a table top and a warmup"),
        ("The colour of the centre is grey.", "The color of the center is gray."),
        ("Practise, and realise it.", "Practice and realize it."),
        ("Don’t lift it.", "Do not lift it."),
        ("That's it; let us rest.", "That is it, let's rest."),
        ("You cannot fail.", "You can't fail."),
        ("OK, rest.", "Okay, rest."),
        ("Let the foot hang, too.", "Let the foot hang two."),
        ("Your psoas.", "your soas"),
    ],
)
def test_another_way_of_writing_is_no_error(comparing: ModuleType, said: str, heard: str) -> None:
    """Digits, hyphens, spelling, contractions and what sounds the same."""
    assert errors(comparing, said, heard) == 0


@pytest.mark.parametrize(
    ("said", "heard", "count"),
    [
        ("Tilt two of five.", "And tilt 2 of 5.", 1),
        ("Kneel down.", "Sneal down.", 1),
        ("Bring your left knee back.", "I'll bring your left knee back.", 1),
        ("Your left knee.", "Your right knee.", 1),
        ("Tilt two of six.", "until three of 6", 2),
        ("Soften your face.", "Soft on your face.", 2),
        ("Breathe in.", "", 2),
        ("Do lift it.", "Do not lift it.", 1),
        ("Rest.", "Rest. Rest.", 1),
    ],
)
def test_what_was_not_said_is_an_error(
    comparing: ModuleType, said: str, heard: str, count: int
) -> None:
    """Words that are added, missed or others: a filler before a line, the other side, a "not"."""
    assert errors(comparing, said, heard) == count


def test_differences_name_both_sides(comparing: ModuleType) -> None:
    """What was said and what was heard in its place, and nothing that is only written otherwise."""
    said, heard = comparing.words("Tilt two, half way."), comparing.words("Until 2, halfway.")
    assert list(comparing.differences(said, heard)) == ["tilt -> until"]
