"""Build the tree of lines: the kind of each line, and its parent by indentation alone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct, field

from voiceguide.errors import Reporter, quote
from voiceguide.patterns import late
from voiceguide.script.foreign import KINDS, refusal
from voiceguide.script.source import SourceLine

DEEPEST = 16
"""Most levels of steps within steps."""

MOST_STEPS = 5_000
"""Most bullets in a file."""


class LineKind(Enum):
    """The kind of a line, by its beginning; the first pattern that matches decides."""

    BLANK = r"$"
    DOTS = KINDS["DOTS"]
    FENCE = r"```|~~~"
    RULE = r"(?:[–—]|(?P<mark>[-–—*_=])(?:\s*(?P=mark)){2,})$"
    HEADING = r"#"
    NOTE = r">"
    PAUSED = KINDS["PAUSED"]
    BULLET = r"-(?=\s|$)"
    PICTURE = r"!\[[^\[\]]*\]\([^()]*\)$"
    TABLE = r"\|.*\|$|:?-+:?\s*\|"
    FALSE_BULLET = r"[*+–—−‐‑]\s|[•◦‣▪●○-]"
    NUMBERED = r"\(?\d{1,3}[.)]\s|\d\ufe0f?\u20e3|[a-z]\)\s"
    TIMES = KINDS["TIMES"]
    STAMPED = KINDS["STAMPED"]
    LONE = KINDS["LONE"]
    COMMENTED = KINDS["COMMENTED"]
    SETTING = KINDS["SETTING"]
    LABEL = KINDS["LABEL"]
    DIRECTION = KINDS["DIRECTION"]
    DOSE = KINDS["DOSE"]
    PROSE = r""

    @classmethod
    def of(cls, line: SourceLine) -> LineKind:
        """The kind of this line."""
        found = _KINDS.match(line.text)
        return cls[found.lastgroup] if found and found.lastgroup else cls.PROSE


_FIRST = late(r"\(?1(?:[.)]|\ufe0f?\u20e3)|a\)")
_KINDS = late("|".join(f"(?P<{kind.name}>{kind.value})" for kind in LineKind))


class HeadingLine(Struct):
    """`# Title` or `## Heading`; never under a bullet."""

    first: SourceLine


class PictureLine(Struct):
    """`![What it shows](knee.svg)`, and nothing else."""

    first: SourceLine


class NoteLines(Struct):
    """Consecutive lines that begin with `>`, or with `>>`."""

    lines: list[SourceLine]

    @property
    def professional(self) -> bool:
        """Whether its lines begin with `>>`."""
        return _PROFESSIONAL.match(self.first.text) is not None

    @property
    def first(self) -> SourceLine:
        """The first line."""
        return self.lines[0]


class ProseLines(Struct):
    """Lines of prose, with the blank lines before and between them."""

    lines: list[SourceLine]


class Bullet(Struct):
    """A line that begins with a dash, and everything indented deeper than that dash."""

    first: SourceLine
    """The line with the dash."""
    line: SourceLine
    """The line after the dash."""
    children: list[Node] = field(default_factory=list)


class Cut(Struct):
    """The place of a line that could not be read."""

    first: SourceLine


_PROFESSIONAL = late(r">\s?>")

Node = Cut | HeadingLine | PictureLine | NoteLines | ProseLines | Bullet


def grow(lines: Iterable[SourceLine], report: Reporter) -> list[Node]:
    """Build the tree of the lines of the body; returns its top-level nodes."""
    grower = _Grower(report)
    for line in lines:
        grower.take(line)
    return grower.roots


class _Grower:
    """Takes the lines in order; `_branch` holds the bullets that are still open."""

    def __init__(self, report: Reporter) -> None:
        self.roots: list[Node] = []
        self._report = report
        self._branch: list[Bullet] = []
        self._blanks: list[SourceLine] = []
        self._fence = ""
        self._too_deep: int | None = None
        self._before = LineKind.BLANK
        self._steps = 0
        self._stopped = False

    def take(self, line: SourceLine) -> None:
        """Put one more line where it belongs."""
        if self._stopped or self._within_fence(line) or self._within_the_too_deep(line):
            return
        kind = LineKind.of(line)
        if (
            kind is LineKind.NUMBERED
            and self._before is LineKind.PROSE
            and not _FIRST.match(line.text)
        ):
            kind = LineKind.PROSE  # a sentence wrapped before its last number
        if kind is LineKind.BLANK:
            self._blanks.append(line)
        else:
            self._leave(line)
            self._place(kind, line)
            self._blanks = []
        self._before = kind

    def _within_fence(self, line: SourceLine) -> bool:
        if not self._fence:
            return False
        if line.text.startswith(self._fence):
            self._fence = ""
        return True

    def _within_the_too_deep(self, line: SourceLine) -> bool:
        if self._too_deep is None:
            return False
        if line.blank or line.indent > self._too_deep:
            return True
        self._too_deep = None
        return False

    def _leave(self, line: SourceLine) -> None:
        """Close the bullets that the line is not indented under."""
        while self._branch and line.indent <= self._branch[-1].first.indent:
            self._branch.pop()

    @property
    def _siblings(self) -> list[Node]:
        return self._branch[-1].children if self._branch else self.roots

    def _place(self, kind: LineKind, line: SourceLine) -> None:
        if kind is LineKind.PROSE:
            self._prose(line)
        elif kind is LineKind.NOTE:
            self._note(line)
        elif kind is LineKind.BULLET:
            self._bullet(line)
        elif kind is LineKind.PICTURE:
            self._siblings.append(PictureLine(line))
        elif kind is LineKind.HEADING:
            self._heading(line)
        else:
            self._refuse(kind, line)

    def _prose(self, line: SourceLine) -> None:
        last = self._siblings[-1] if self._siblings else None
        if isinstance(last, ProseLines):
            last.lines.extend((*self._blanks, line))
        else:
            self._siblings.append(ProseLines([*self._blanks, line]))

    def _note(self, line: SourceLine) -> None:
        last = self._siblings[-1] if self._siblings else None
        note = NoteLines([line])
        goes_on = isinstance(last, NoteLines) and last.professional is note.professional
        if isinstance(last, NoteLines) and goes_on and not self._blanks:
            last.lines.append(line)
        else:
            self._siblings.append(note)

    def _heading(self, line: SourceLine) -> None:
        if self._branch:
            place = self._report.place(line.number, line.column, len(line.text))
            message = "a heading cannot be inside a step"
            self._report.error(place, message, "begin it at the left edge")
            self._siblings.append(Cut(line))
        else:
            self.roots.append(HeadingLine(line))

    def _bullet(self, line: SourceLine) -> None:
        self._steps += 1
        place = self._report.place(line.number, line.column)
        if self._steps > MOST_STEPS:
            message = f"there are more than {MOST_STEPS:,} steps"
            self._report.error(place, message, "split the file, and `use` its parts")
            self._stopped = True
        elif len(self._branch) == DEEPEST:
            message = f"steps stand more than {DEEPEST} deep within one another"
            self._report.error(place, message, "indent it less")
            self._siblings.append(Cut(line))
            self._too_deep = line.indent
        else:
            bullet = Bullet(line, line.after(1))
            self._siblings.append(bullet)
            self._branch.append(bullet)

    def _refuse(self, kind: LineKind, line: SourceLine) -> None:
        if kind is LineKind.FENCE:
            self._fence = line.text[:3]
        if kind is LineKind.TABLE and self._before is LineKind.TABLE:
            return
        width = len(line.text) if kind is not LineKind.NUMBERED else 2
        if kind.name in KINDS:
            message, way_out, width = refusal(kind.name, line.text)
        else:
            message, way_out = _refusal(kind, line)
        place = self._report.place(line.number, line.column, width)
        self._report.error(place, message, way_out)
        self._siblings.append(Cut(line))


def _refusal(kind: LineKind, line: SourceLine) -> tuple[str, str]:
    if kind is LineKind.FENCE:
        return "a block of code cannot be spoken", "write prose, or a note with `> `"
    if kind is LineKind.TABLE:
        return "a table cannot be spoken", "write prose, or a note with `> `"
    if kind is LineKind.RULE:
        message = f"{quote(line.text)} does not divide anything here"
        return message, "begin a chapter with `## Heading`; front matter is at the very top"
    if kind is LineKind.NUMBERED:
        return "a numbered list cannot be spoken", "write prose, or begin a timed step with `- `"
    mark = line.text[0]
    return f"`{mark}` does not begin a step", "begin a timed step with `- `, a dash and a space"
