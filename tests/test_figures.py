"""The figures: as the script draws them, of bodies that move as people do, both sides alike."""

from __future__ import annotations

import math
import re
import runpy
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parents[1] / "scripts" / "figures"
SCRIPT = FOLDER / "make_figures.py"
DRAWN = sorted(FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"

EXERCISES = """
    kneeling-hip-flexor-stretch constructive-rest lying-psoas-stretch standing-pelvic-tilt
    ground-bridge glute-bridge knee-to-chest straight-leg-raise psoas-march bird-dog low-lunge
    warrior-one roll-up leg-circles light-warm-up movement-break
"""

# how far the joints of a healthy adult go, degrees
KNEE = 0, 145
ELBOW = 0, 145
HIP = -45, 150  # thigh behind the trunk and before it: hip and lower back together
ANKLE = -25, 75  # 0: the foot at a right angle to the shin; 75: toes pointed

Drawer = dict[str, Any]


def load() -> Drawer:
    return runpy.run_path(str(SCRIPT))


MODULE = load()


def bodies() -> Iterator[Any]:
    for exercise, positions in MODULE["read_positions"](FOLDER / "positions.yaml").items():
        for index, body in enumerate(positions, 1):
            yield pytest.param(body, id=f"{exercise}-{index}")


def legs(body: Any) -> Iterator[Any]:
    yield from (body.near_leg, body.far_leg)


def arms(body: Any) -> Iterator[Any]:
    yield from (body.near_arm, body.far_arm)


def turn(first: float, second: float) -> float:
    """From one direction to another, -180 to 180 degrees."""
    return (second - first + 180) % 360 - 180


def bend(start: tuple[float, float], joint: tuple[float, float], end: tuple[float, float]) -> float:
    bearing: Callable[..., float] = MODULE["bearing"]
    return turn(bearing(start, joint), bearing(joint, end))


def within(value: float, limits: tuple[int, int]) -> bool:
    return limits[0] - 0.5 <= value <= limits[1] + 0.5


def read(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_bytes())


def words(path: Path) -> list[str]:
    return [read(path).findtext(SVG + name) or "" for name in ("title", "desc")]


def drawing(path: Path) -> ElementTree.Element:
    group = read(path).find(SVG + "g")
    assert group is not None
    return group


def other_side(text: str) -> str:
    swapped = {"left": "right", "right": "left"}
    return re.sub(r"\b(left|right)\b", lambda found: swapped[found[0]], text)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_script_makes_these_very_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run anew, the script writes every figure here and no other, byte for byte."""
    monkeypatch.setattr("sys.argv", [str(SCRIPT), str(tmp_path)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in DRAWN}


def test_every_exercise_has_its_figures() -> None:
    """All sixteen exercises are drawn, in one to four positions, named as their routines are."""
    positions = MODULE["read_positions"](FOLDER / "positions.yaml")
    assert sorted(positions) == sorted(EXERCISES.split())
    assert all(1 <= len(of_one) <= 4 for of_one in positions.values())
    assert all((FOLDER.parent / f"{exercise}.md").exists() for exercise in positions)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_each_is_small_and_says_what_it_shows(path: Path) -> None:
    """A figure is well-formed, below 4 kB, a picture by its role, and labelled by its own texts."""
    root = read(path)
    title, text = words(path)
    assert root.tag == SVG + "svg"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{path.stem}-title {path.stem}-desc"
    assert [root.find(SVG + name).get("id") for name in ("title", "desc")] == (  # type: ignore[union-attr] # found above
        f"{path.stem}-title {path.stem}-desc".split()
    )
    assert 5 <= len(title) <= 80
    assert 20 <= len(text) <= 250
    assert not re.search(r"[{}|]", title + text)
    assert path.stat().st_size < 4096


@pytest.mark.parametrize(
    "path", [path for path in DRAWN if path.stem.endswith("-left")], ids=lambda path: path.stem
)
def test_the_left_side_mirrors_the_right(path: Path) -> None:
    """The left figure is the right one, mirrored about the middle; its words exchange the sides."""
    right = path.with_stem(path.stem.removesuffix("left") + "right")
    width = read(path).get("viewBox", "").split()[2]
    assert drawing(path).get("transform") == f"matrix(-1 0 0 1 {width} 0)"
    assert drawing(right).get("transform") is None
    drawn_left, drawn_right = (
        [ElementTree.tostring(part) for part in drawing(one)] for one in (path, right)
    )
    assert drawn_left == drawn_right
    assert words(path) == [other_side(text) for text in words(right)]
    assert words(path) != words(right)


def test_a_side_is_never_without_the_other() -> None:
    """Each right figure has its left one."""
    sides = [
        {p.stem.removesuffix(s) for p in DRAWN if p.stem.endswith(s)} for s in ("left", "right")
    ]
    assert sides[0] == sides[1]
    assert len(sides[0]) > 10


@pytest.mark.parametrize("body", list(bodies()))
def test_the_joints_bend_as_a_persons_do(body: Any) -> None:
    """Knees, elbows, hips and ankles bend the way, and no further, than a healthy adult's do."""
    bearing, knee, elbow = MODULE["bearing"], MODULE["knee"], MODULE["elbow"]
    for leg in legs(body):
        bent, ankle = knee(body, leg), (leg.x, leg.y)
        assert within(-bend(body.hip, bent, ankle), KNEE)
        assert within(turn(body.spine + 180, bearing(body.hip, bent)), HIP)
        pointed = -turn(bearing(bent, ankle) + 90, leg.end or 0)
        assert within(pointed * math.cos(math.radians(leg.out)), ANKLE)
    for arm in arms(body):
        bent = elbow(body, arm)
        assert within(bend(MODULE["shoulder"](body), bent, (arm.x, arm.y)), ELBOW)


@pytest.mark.parametrize("body", list(bodies()))
def test_the_body_rests_on_something(body: Any) -> None:
    """Nothing is under the floor, and a sole, a knee or the back touches the floor or the bed."""
    head, shoulder, hip = MODULE["head"](body), MODULE["shoulder"](body), body.hip
    lows = [head[1] - MODULE["HEAD"], shoulder[1] - 11, hip[1] - 11]
    for leg in legs(body):
        lows += [MODULE["knee"](body, leg)[1] - 6.5, *(y - 4 for _, y in MODULE["foot"](leg))]
    for arm in arms(body):
        lows += [MODULE["hand"](body, arm)[1] - 3.5, MODULE["elbow"](body, arm)[1] - 4.5]
    beds = [thing["bed"][2] for thing in body.things if "bed" in thing]
    assert min(lows) >= -1
    if beds:
        assert hip[1] - 11 == shoulder[1] - 11 == pytest.approx(beds[0])
    else:
        assert min(lows) <= 1


@pytest.mark.parametrize("body", list(bodies()))
def test_the_bones_keep_their_lengths(body: Any) -> None:
    """In every position thigh, shin, upper arm and forearm are as long as ever, within 1.6 %."""
    shoulder = MODULE["shoulder"](body)
    lengths = [
        (body.hip, MODULE["knee"](body, leg), (leg.x, leg.y), (42, 42)) for leg in legs(body)
    ]
    lengths += [
        (shoulder, MODULE["elbow"](body, arm), (arm.x, arm.y), (28, 25)) for arm in arms(body)
    ]
    for *points, bones in lengths:
        for (start, end), bone in zip(pairwise(points), bones, strict=True):
            assert math.dist(start, end) == pytest.approx(bone, rel=0.016)


def test_bones_that_do_not_reach_are_refused() -> None:
    """A hand told to be out of reach is an error that says how far, and no stretched arm."""
    with pytest.raises(ValueError, match="do not join points 60"):
        MODULE["joint"]((0, 0), (60, 0), 28, 25, 1)


@pytest.mark.parametrize("color", ["SKIN", "SHIRT", "SLEEVE", "TROUSERS", "THING", "ACCENT"])
def test_colors_stand_out_on_any_page(color: str) -> None:
    """Each colour has 3 : 1 to white and to black, as WCAG 2 asks of graphics."""
    bright = luminance(MODULE[color])
    assert 1.05 / (bright + 0.05) >= 3
    assert (bright + 0.05) / 0.05 >= 3
