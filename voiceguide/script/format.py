"""`house_form`: rewrite a routine's text in the house's form.

Doses and cues get the language's own words, each level of steps two spaces, and runs of blank
lines become one. Comments, notes, the order of lines and the meaning of the routine stay as they
are. Formatting a formatted text again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from voiceguide.errors import Reporter
from voiceguide.lengths import Length, parse_length, show_seconds
from voiceguide.patterns import late
from voiceguide.routine import Counted, Phase, Timed
from voiceguide.script.clauses import FORMS, Clause, ClauseKind, ClauseShape
from voiceguide.script.decode import read_front, split_lines, without_comments
from voiceguide.script.source import Known, ReadingContext
from voiceguide.script.steps import DosedBullet, dosed, is_cue, label_of, names_moment
from voiceguide.script.synonyms import lengths_in, moment_in_english
from voiceguide.script.tree import Bullet, Cut, HeadingLine, Node, NoteLines, ProseLines, grow

INDENT = "  "
"""The indentation of each level under a step."""

_COMMENT = "<!--"
_SHORT = late(r"(\d+(?:\.\d+)?)(?:\s?[-–—]\s?(\d+(?:\.\d+)?))?\s*(ms|s|min|h|breaths?)")
_CLOCK = late(r"[\d:]+(?:-[\d:]+)?")
_TAG = late(r"(?<!\\)\[([^\[\]{}\\]*)\](?!\()")
_SPACES = late(r"[ \t]+")


def house_form(text: str, known: Known) -> str:
    """Format the text of a routine that has no errors; the result ends with a line end."""
    raw = split_lines(text.removeprefix("\ufeff"))
    report = Reporter("", raw)
    front = read_front(raw, report)
    context = ReadingContext(report, known, front.language)
    nodes = grow(without_comments(raw, front.body_from, report), report)
    written = _Written(raw, context)
    written.walk(nodes, 0)
    head = [line.rstrip() for line in raw[: front.body_from - 1]]
    body = (written.line(number) for number in range(front.body_from, len(raw) + 1))
    return "\n".join((*head, *_spaced(body, after_front=bool(head)))) + "\n"


class _Written(Struct):
    """The lines that formatting changes, by their numbers."""

    raw: Sequence[str]
    context: ReadingContext
    lines: dict[int, str] = field(default_factory=dict)

    def line(self, number: int) -> str:
        """A formatted line; a line with only a comment, or a part of one, stays as it is."""
        return self.lines.get(number, self.raw[number - 1].rstrip())

    def walk(
        self, nodes: Iterable[Node], depth: int, segments: frozenset[str] = frozenset()
    ) -> None:
        for node in nodes:
            if isinstance(node, ProseLines | NoteLines):
                for line in node.lines:
                    self._put(line.number, depth, _prose(line.text))
            elif isinstance(node, Bullet):
                self._bullet(node, depth, segments)
            elif isinstance(node, HeadingLine):
                self._put(node.first.number, 0, _SPACES.sub(" ", node.first.text))
            elif not isinstance(node, Cut):
                self._put(node.first.number, depth, node.first.text)

    def _put(self, number: int, depth: int, text: str) -> None:
        raw = self.raw[number - 1].strip()
        shown = raw if _COMMENT in raw or "-->" in raw else text
        self.lines[number] = f"{INDENT * depth}{shown}".rstrip()

    def _bullet(self, bullet: Bullet, depth: int, segments: frozenset[str]) -> None:
        within: frozenset[str] = frozenset()
        if is_cue(bullet, self.context, segments):
            text = _cue(bullet, segments)
        else:
            step = dosed(bullet, self.context)
            text = _dose(step)
            within = frozenset(segment.word for segment in step.read.dose.segments)
            if step.bullet is not bullet:  # a sentence in place of a dose moves below the dose
                said = next(node for node in step.bullet.children if isinstance(node, ProseLines))
                text += f"\n{INDENT * (depth + 1)}{said.lines[0].text}"
        self._put(bullet.first.number, depth, f"- {text}")
        self.walk(bullet.children, depth + 1, within)


# ── lines ────────────────────────────────────────────────────────────────────


def _spaced(lines: Iterable[str], *, after_front: bool) -> Iterator[str]:
    """The lines with single blank lines in place of several, and one around each heading."""
    blank, first = after_front, not after_front
    before = ""
    in_comment = False
    for line in lines:
        if not line and not in_comment:
            blank = blank or not first
            continue
        heading = line.startswith("#") or before.startswith("#")
        if (blank or (heading and not first)) and not in_comment:
            yield ""
        yield line
        opened, closed = line.rfind(_COMMENT), line.rfind("-->")
        in_comment = opened > closed or (in_comment and closed < 0)
        blank, first, before = False, False, line


def _prose(text: str) -> str:
    """Prose with its tags in the house's form; a note with one space after its mark."""
    note = re.match(r"(>\s?>|>)\s*", text)
    if note:
        return f"{note[1].replace(' ', '')} {text[note.end() :]}".rstrip()
    return _TAG.sub(_tag, text)


def _tag(found: re.Match[str]) -> str:
    inside = _SPACES.sub(" ", found[1].strip())
    head = inside.partition(" ")[0].lower()
    if head == "chime":
        return f"[{inside.lower()}]"
    if head in ("sound", "voice", "pace", "bed"):
        return f"[{head}{inside[len(head) :]}]"
    return f"[{_length(inside)}]" if inside[:1].isdigit() else found[0]


def _cue(bullet: Bullet, segments: frozenset[str]) -> str:
    """A cue with its moment in the language's own words."""
    label = label_of(bullet)
    text = bullet.line.text
    if label is None or not names_moment(label.text, segments):
        return text
    segment = next((one for one in segments if label.text.lower().startswith(f"{one} ")), "")
    moment = moment_in_english(label.text[len(segment) :].strip())
    word, _, length = moment.partition(" ")
    told = " ".join(filter(None, (segment, word, _length(length) if length else "")))
    return f"{told}: {_prose(text[label.stop :])}".rstrip()


# ── doses ────────────────────────────────────────────────────────────────────


def _dose(step: DosedBullet) -> str:
    """The name and the clauses of a step; a dose that could not be read stays as it is."""
    if not step.read.whole:
        return step.bullet.line.text
    clauses = ", ".join(text for clause in step.read.clauses for text in _clause(clause))
    return f"{step.name}: {clauses}" if step.name else clauses


def _clause(clause: Clause) -> Iterator[str]:
    value, shape = clause.value, FORMS[clause.kind].shape
    if isinstance(value, Timed) and value.by_side:
        left, right = map(_shown, value.by_side)
        yield f"{clause.kind.value} {left} left"
        yield f"{right} right"
    elif isinstance(value, Timed | Phase):
        word = value.word if isinstance(value, Phase) else clause.kind.value
        written = clause.house.removeprefix(word).strip() if clause.house.startswith(word) else ""
        written = written.removeprefix("for ")
        yield f"{word} {_lengths(written, value)}"
    elif isinstance(value, Counted) and shape is ClauseShape.COUNT:
        counts = "/".join(map(str, value.by_round or (value.count,)))
        plural = FORMS[clause.kind].words[1]
        yield f"{counts} {plural if value.count.high > 1 else FORMS[clause.kind].words[0]}"
    elif not (clause.kind is ClauseKind.SIDES and _told_by_sides(clause)):
        yield _SPACES.sub(" ", clause.house or clause.part.text)


def _told_by_sides(clause: Clause) -> bool:
    """Whether the lengths of `hold 30s left, 60s right` already show the sides."""
    sided = re.search(r"\d.*\b(?:left|right)\b", clause.part.text)
    return clause.house == "each side" and sided is not None


def _lengths(written: str, value: Timed | Phase) -> str:
    """The length as written if that is short, or the lengths of the rounds: `10/20/30s`."""
    if not value.by_round:
        return _length(written) if written else _shown(value.length)
    return (
        "/".join(_length(text) for text in lengths_in(written))
        if written
        else "/".join(map(_shown, value.by_round))
    )


def _length(written: str) -> str:
    """A length with a short unit: `30s`, `2 min`, `30-60s`."""
    short = _SHORT.fullmatch(written)
    if short:
        numbers = "-".join(filter(None, short.groups()[:2]))
        return f"{numbers}{short[3]}" if short[3] in ("s", "ms") else f"{numbers} {short[3]}"
    return written if _CLOCK.fullmatch(written) else _shown(parse_length(written))


def _shown(length: Length) -> str:
    """A length; a range in one unit if both ends can be written in it."""
    if length.in_breaths or not length.elastic:
        return str(length)
    low, high = length.low, length.high
    if high <= _IN_SECONDS:
        return f"{low:g}-{high:g}s"
    if low % 60 == high % 60 == 0 and high < 3600:
        return f"{low / 60:g}-{high / 60:g} min"
    return f"{show_seconds(low)}-{show_seconds(high)}"


_IN_SECONDS = 120
"""Seconds: ranges that end here or earlier are written in seconds."""
