"""Draws the figures: NAME-NUMBER.svg for every position of an exercise in positions.yaml.

    python scripts/figures/make_figures.py [FOLDER]

A position whose text names a side is drawn twice, NAME-NUMBER-right.svg and its mirror image,
NAME-NUMBER-left.svg. Nothing is random, so the same files come out everywhere.

A body is a hip, a spine and four limbs. Of a limb only its end is told: where the ankle or the
wrist is, and where the foot or the hand points. The knee and the elbow follow from the lengths of
the bones, and lie on the side to which a person's joint bends. All bodies face right (lying on the
back: head left, face up), so that the near side is the right one; y is the height above the floor.
Lengths are centimetres, for an adult of 1.74 m.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

Point = tuple[float, float]

SPINE, NECK, HEAD = 48.0, 23.0, 10.5
"""From the hip to the shoulder, from there to the middle of the head, and the head's radius."""

THIGH, SHIN, SOLE = 42.0, 42.0, 15.0
UPPER_ARM, FOREARM, HAND = 28.0, 25.0, 8.0

WIDTH = 240
MARGIN = 8
"""Above the highest point, and under the floor."""

SKIN, SHIRT, SLEEVE, TROUSERS = "#b3745a", "#2a958a", "#217a72", "#5a7296"
THING, ACCENT = "#8f8577", "#d63f6c"
"""Each stands out (3 : 1 at least) from a white page and from a black one."""

FAR = 0.55
"""The opacity of what is on the far side."""

STRAIGHT = 0.985
"""A limb that reaches so much of its length is drawn straight (and may lack as much again)."""

FRONT = {"arrow", "back", "band", "ring"}
"""The things that are drawn over the body."""

SIDES = {"right": ("right", "left"), "left": ("left", "right")}
BOTH = "{left|right}", "{right|left}"


@dataclass(frozen=True)
class Limb:
    """Where a limb ends: the ankle or the wrist, and the direction of the foot or hand, degrees."""

    x: float
    y: float
    end: float | None = None
    """None: in line with the forearm; a foot is flat on the floor."""

    out: float = 0.0
    """How far a foot is turned out, degrees: it looks shorter."""


@dataclass(frozen=True)
class Position:
    """A body and the things around it, at one moment of an exercise."""

    title: str
    text: str
    hip: Point
    near_leg: Limb
    far_leg: Limb
    near_arm: Limb
    far_arm: Limb
    spine: float = 90.0
    """The direction from hip to shoulder, degrees: 0 to the right, 90 up."""

    curve: float = 0.0
    """How far the lower back is hollow (above 0) or round (below 0)."""

    neck: float | None = None
    """The direction from shoulder to head; None: in line with the spine."""

    things: Sequence[Mapping[str, Any]] = ()

    @property
    def sided(self) -> bool:
        """Whether it looks different for left and right."""
        return any(word in self.title + self.text for word in BOTH)


def go(start: Point, degrees: float, far: float) -> Point:
    """The point that lies `far` from `start` in a direction."""
    turn = math.radians(degrees)
    return start[0] + far * math.cos(turn), start[1] + far * math.sin(turn)


def bearing(start: Point, end: Point) -> float:
    """The direction from one point to another, degrees."""
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def joint(start: Point, end: Point, first: float, second: float, side: int) -> Point:
    """Where two bones between two points meet: left (1) or right (-1) of the way from start to end.

    Raises ValueError where the bones do not fit.
    """
    apart, whole = math.dist(start, end), first + second
    if whole * STRAIGHT <= apart <= whole / STRAIGHT:
        return go(start, bearing(start, end), apart * first / whole)
    if not abs(first - second) < apart < whole:
        raise ValueError(f"two bones of {first} and {second} do not join points {apart:.1f} apart")
    cosine = (first**2 + apart**2 - second**2) / (2 * first * apart)
    return go(start, bearing(start, end) + side * math.degrees(math.acos(cosine)), first)


def knee(body: Position, leg: Limb) -> Point:
    """It bends forwards."""
    return joint(body.hip, (leg.x, leg.y), THIGH, SHIN, 1)


def shoulder(body: Position) -> Point:
    """The upper end of the spine."""
    return go(body.hip, body.spine, SPINE)


def elbow(body: Position, arm: Limb) -> Point:
    """It bends backwards."""
    return joint(shoulder(body), (arm.x, arm.y), UPPER_ARM, FOREARM, -1)


def head(body: Position) -> Point:
    """The middle of it."""
    return go(shoulder(body), body.spine if body.neck is None else body.neck, NECK)


def hand(body: Position, arm: Limb) -> Point:
    """The tips of the fingers."""
    wrist = arm.x, arm.y
    return go(wrist, bearing(elbow(body, arm), wrist) if arm.end is None else arm.end, HAND)


def foot(leg: Limb) -> tuple[Point, Point]:
    """Heel and toes: 3 below the ankle, on the sole's side of it."""
    way = leg.end or 0.0
    under = go((leg.x, leg.y), way - 90, 3)
    return go(under, way + 180, 4), go(under, way, SOLE * math.cos(math.radians(leg.out)))


def number(value: float) -> str:
    """At most one decimal, never "-0", and the same where mathematics libraries differ a little."""
    return f"{round(value + 1e-9, 1) + 0:g}"


class Sheet:
    """Turns points above the floor into SVG, whose y grows downwards."""

    def __init__(self, height: int) -> None:
        self.floor = height - MARGIN

    def at(self, *points: Point) -> str:
        """Coordinates for a path."""
        return " ".join(f"{number(x)} {number(self.floor - y)}" for x, y in points)

    def line(self, width: float, *points: Point, color: str = "") -> str:
        """A stroke with round ends through the points."""
        stroke = f' stroke="{color}"' if color else ""
        return f'<path{stroke} stroke-width="{number(width)}" d="M{self.at(*points)}"/>'

    def bow(self, width: float, start: Point, *others: Point, color: str) -> str:
        """A stroke that leans towards the one or two points between its ends."""
        path = f"M{self.at(start)}{'Q' if len(others) == 2 else 'C'}{self.at(*others)}"
        return f'<path stroke="{color}" stroke-width="{number(width)}" d="{path}"/>'

    def bone(self, start: Point, thick: float, end: Point, thin: float, color: str) -> str:
        """A filled shape with round ends that grows thinner; both widths are radii."""
        way = bearing(start, end)
        corners = (start, 90, thick), (end, 90, thin), (end, -90, thin), (start, -90, thick)
        a, b, c, d = (self.at(go(point, way + turn, far)) for point, turn, far in corners)
        path = f"M{a}L{b}A{thin} {thin} 0 0 1 {c}L{d}A{thick} {thick} 0 0 1 {a}"
        return f'<path stroke="none" fill="{color}" d="{path}"/>'

    def disc(self, middle: Point, radius: float, color: str) -> str:
        """A filled circle."""
        x, y = self.at(middle).split()
        return f'<circle stroke="none" fill="{color}" cx="{x}" cy="{y}" r="{number(radius)}"/>'


def draw_leg(sheet: Sheet, body: Position, leg: Limb) -> str:
    """Thigh, shin and foot."""
    bent = knee(body, leg)
    shin = sheet.bone(bent, 6.5, (leg.x, leg.y), 4.5, TROUSERS)
    return sheet.line(8, *foot(leg)) + sheet.bone(body.hip, 9, bent, 6.5, TROUSERS) + shin


def draw_arm(sheet: Sheet, body: Position, arm: Limb) -> str:
    """Upper arm, forearm and hand."""
    bent, wrist = elbow(body, arm), (arm.x, arm.y)
    lower = sheet.bone(bent, 4.5, wrist, 3.5, SKIN) + sheet.line(7, wrist, hand(body, arm))
    return lower + sheet.bone(shoulder(body), 6, bent, 4.5, SLEEVE)


def draw_trunk(sheet: Sheet, body: Position) -> str:
    """Neck, head with its nose, and the back."""
    top, middle = shoulder(body), head(body)
    face = bearing(top, middle) - 90
    nose = sheet.line(5, go(middle, face, 8), go(middle, face - 8, 11))
    skull = sheet.line(9, top, middle) + nose + sheet.disc(middle, HEAD, SKIN)
    waist = go(go(body.hip, body.spine, SPINE / 3), body.spine - 90, body.curve)
    chest = go(
        go(body.hip, body.spine, SPINE * 2 / 3), body.spine - 90, min(body.curve, -body.curve / 2)
    )
    return skull + sheet.bow(22, body.hip, waist, chest, top, color=SHIRT)


def draw_arrow(sheet: Sheet, start: Point, middle: Point, end: Point) -> str:
    """A movement."""
    way = bearing(end, middle)
    tip = sheet.line(3, go(end, way - 35, 8), end, go(end, way + 35, 8), color=ACCENT)
    return sheet.bow(3, start, middle, end, color=ACCENT) + tip


def draw_ring(sheet: Sheet, middle: Point, size: Point) -> str:
    """A circle that is drawn in the air, seen from the side."""
    (x, y), (wide, high) = sheet.at(middle).split(), size
    ring = (
        f'<ellipse stroke="{ACCENT}" stroke-width="3" cx="{x}" cy="{y}" rx="{wide}" ry="{high}"/>'
    )
    end = middle[0] + wide, middle[1]
    tip = go(end, 130, 8), end, go(end, 40, 8)
    return ring + sheet.line(3, *tip, color=ACCENT)


def draw_bed(sheet: Sheet, left: float, right: float, top: float) -> str:
    """A mattress on two legs."""
    mattress = sheet.line(14, (left + 7, top - 7), (right - 7, top - 7), color=THING)
    legs = (sheet.line(5, (x, top - 14), (x, 2.5), color=THING) for x in (left + 9, right - 9))
    return mattress + "".join(legs)


def draw_chair(sheet: Sheet, back: float, seat: float) -> str:
    """A chair that faces right, its back at x, its seat at a height."""
    front = [(back, seat), (back + 40, seat), (back + 40, 2.5)]
    frame = sheet.line(5, (back - 4, seat + 42), *front, color=THING)
    return frame + sheet.line(5, (back, seat), (back, 2.5), color=THING)


def draw_thing(sheet: Sheet, body: Position, kind: str, value: Any) -> str:
    """What a position has beside the body."""
    match kind:
        case "bed":
            return draw_bed(sheet, *value)
        case "chair":
            return draw_chair(sheet, *value)
        case "far chair":
            return f'<g opacity="{FAR}">{draw_chair(sheet, *value)}</g>'
        case "pad":
            return sheet.line(6, (value - 9, 3), (value + 9, 3), color=THING)
        case "ball":
            return sheet.disc((value[0], value[1]), value[1], ACCENT)
        case "band":
            bent = knee(body, body.near_leg)
            above = go(bent, bearing(bent, body.hip), value)
            across = bearing(bent, body.hip) + 90
            return sheet.line(6, go(above, across, 8), go(above, across, -9), color=ACCENT)
        case "arrow":
            return draw_arrow(sheet, *map(tuple, value))
        case "back":
            return sheet.bow(3, *map(tuple, value), color=ACCENT)
        case "ring":
            return draw_ring(sheet, tuple(value[0]), tuple(value[1]))
    raise ValueError(f"no such thing: {kind}")


def draw_body(sheet: Sheet, body: Position) -> Iterator[str]:
    """From the far side to the near one."""
    far = draw_arm(sheet, body, body.far_arm) + draw_leg(sheet, body, body.far_leg)
    yield f'<g opacity="{FAR}">{far}</g>'
    yield draw_trunk(sheet, body)
    yield draw_leg(sheet, body, body.near_leg) + draw_arm(sheet, body, body.near_arm)


def draw_position(body: Position, height: int) -> str:
    """All the strokes, facing right."""
    sheet = Sheet(height)
    told = [pair for thing in body.things for pair in thing.items()]
    floor = sheet.line(2, (4, -1), (WIDTH - 4, -1), color=THING)
    behind = [draw_thing(sheet, body, *pair) for pair in told if pair[0] not in FRONT]
    front = [draw_thing(sheet, body, *pair) for pair in told if pair[0] in FRONT]
    return "\n".join([floor, *behind, *draw_body(sheet, body), *front])


def highest(body: Position) -> float:
    """The top of the drawing above the floor."""
    points = [hand(body, arm) for arm in (body.near_arm, body.far_arm)]
    for leg in (body.near_leg, body.far_leg):
        points += [knee(body, leg), *foot(leg)]
    points += [point for thing in body.things for point in thing.get("arrow", ())]
    return max(head(body)[1] + HEAD, body.hip[1] + 11, *(point[1] + 6 for point in points))


def say_side(text: str, side: str) -> str:
    """The text for one side."""
    for words, word in zip(BOTH, SIDES[side], strict=True):
        text = text.replace(words, word)
    return text


def svg(name: str, body: Position, height: int, side: str) -> str:
    """A whole file."""
    turn = f' transform="matrix(-1 0 0 1 {WIDTH} 0)"' if side == "left" else ""
    title, text = (escape(say_side(words, side)) for words in (body.title, body.text))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{text}</desc>\n'
        f'<g fill="none" stroke="{SKIN}" stroke-linecap="round" stroke-linejoin="round"{turn}>\n'
        f"{draw_position(body, height)}\n</g>\n</svg>\n"
    )


def make_position(said: Mapping[str, Any]) -> Position:
    """The position that is told. Raises TypeError for a word that none has, and for one too few."""
    words: dict[str, Any] = {key: said[key] for key in said if key != "like"}
    words |= {key: Limb(*words[key]) for key in words if key.endswith(("_leg", "_arm"))}
    return Position(**words)


def read_positions(file: Path) -> dict[str, list[Position]]:
    """Every exercise and its positions."""
    seen: dict[str, dict[str, Any]] = {}
    exercises: dict[str, list[Position]] = {}
    for name, told in yaml.safe_load(file.read_text(encoding="utf-8")).items():
        for index, said in enumerate(told, 1):
            shared = seen[said["like"]] if "like" in said else {}
            seen[f"{name}-{index}"] = {**shared, **said}
            exercises.setdefault(name, []).append(make_position({**shared, **said}))
    return exercises


def figures(file: Path) -> Iterator[tuple[str, str]]:
    """Each figure's name and its SVG."""
    for exercise, positions in read_positions(file).items():
        try:
            height = math.ceil(max(map(highest, positions))) + 2 * MARGIN
        except ValueError as error:
            raise ValueError(f"{exercise}: {error}") from error
        for index, body in enumerate(positions, 1):
            for side in SIDES if body.sided else ("right",):
                name = f"{exercise}-{index}-{side}" if body.sided else f"{exercise}-{index}"
                yield name, svg(name, body, height, side)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    for name, text in figures(here / "positions.yaml"):
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")
