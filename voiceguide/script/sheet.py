"""YAML read as text, with the place of everything in it: front matter, and programmes.

YAML's own ideas of types stay out: `1:30` is no number here and `yes` no truth value. Anchors,
with which a file can refer to itself and grow without end, are refused, and so is deep nesting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from voiceguide.errors import Place, quote
from voiceguide.script.decode import UNSPEAKABLE, unspeakable
from voiceguide.script.report import Fault, Report

_HINTS = {
    "mapping values": 'put a value that holds `: ` into quotes: `title: "Rest: ten minutes"`',
    "'\\t' that cannot": "indent with spaces, not with tabs",
    "cannot start any token": "put the value into quotes",
    "alphabetic": "put the value into quotes",
    "end of stream": "close the quotes",
    "expected ':'": "write `name: value`",
}
_UNREADABLE = (yaml.YAMLError, ValueError, OverflowError)  # the last two: `"\\U99999999"`


# ── what it is read as ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text; what has no value is an empty one."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Branches:
    """A list."""

    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Names with what stands under them, each of them once, in the order written."""

    pairs: tuple[tuple[Leaf, Tree], ...]
    place: Place


Tree = Leaf | Branches | Table


def plain_name(text: str) -> str:
    """A name as it is compared: in lower case, its words a space apart."""
    return " ".join(text.lower().split())


# ── how it is read ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Dialect:
    """How much of YAML something may be written in, and what is said to those who write more."""

    whole: str
    """What it is called: `the front matter`."""
    within: str
    """The same after `in`."""
    longest: int
    """Characters."""
    deepest: int
    """Lists and maps within each other."""
    shorten: str
    """The way out where it is too long."""
    repeat: str
    """The way out where an anchor was to say something twice, or a value began like one."""
    shape: str
    """The way out where nothing better is known: how it is written."""
    align: str
    """The way out where lines begin at the wrong column."""
    at_the_edge: bool = False
    """Whether all its lines belong to the left edge, but for those under a name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """YAML that begins after `start` lines of a file."""

    report: Report
    lines: Sequence[str]
    dialect: Dialect
    start: int = 0

    def read(self, text: str) -> Tree | None:
        """All of it, or None where there is nothing; names that come twice are reported.

        Raises:
            Fault: it is not YAML, or more of YAML than the dialect has.
        """
        self._guard(text)
        root = self._compose(text)
        return None if root is None else self._tree(root)

    def _guard(self, text: str) -> None:
        """Refuse what could grow: nesting, and anchors, with which a file refers to itself."""
        dialect, depth = self.dialect, 0
        if len(text) > dialect.longest:
            message = f"{dialect.whole} is longer than {dialect.longest:,} characters"
            raise Fault(self.report.place(max(1, self.start)), message, dialect.shorten)
        for event in self._events(text):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > dialect.deepest:
                raise Fault(self._place(event), "this is nested too deeply", dialect.shape)
            if getattr(event, "anchor", None):
                message = f"anchors and aliases (`&`, `*`) have no place in {dialect.within}"
                raise Fault(self._place(event), message, dialect.repeat)

    def _events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.SafeLoader)
        except _UNREADABLE as error:
            raise self._fault(error) from None

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except _UNREADABLE as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> Fault:
        mark = getattr(error, "problem_mark", None)
        first = self.report.place(max(1, self.start))
        place = self._at(mark.line, mark.column) if mark else first
        problem = getattr(error, "problem", None) or ""
        hint = next((hint for part, hint in self._hints.items() if part in problem), None)
        hint = hint or self.dialect.shape
        if self.dialect.at_the_edge and self.lines[place.line - 1][:1] == " ":
            hint = f"begin each setting at the left edge, or {hint}"
        return Fault(place, f"{self.dialect.whole} cannot be read from here on", hint)

    @property
    def _hints(self) -> Mapping[str, str]:
        return {**_HINTS, "<block end>": self.dialect.align}

    def _tree(self, node: yaml.Node) -> Tree:
        place = self._place(node)
        if isinstance(node, yaml.MappingNode):
            pairs = self._unique(node)
            return Table(tuple((key, self._tree(value)) for key, value in pairs), place)
        if isinstance(node, yaml.SequenceNode):
            return Branches(tuple(map(self._tree, node.value)), place)
        return self._leaf(node)

    def _unique(self, node: yaml.MappingNode) -> Iterator[tuple[Leaf, yaml.Node]]:
        """The names with their values; a name that was there before is reported."""
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = "a name must be plain text"
                raise Fault(self._place(key), message, self.dialect.shape)
            leaf = self._leaf(key)
            name = plain_name(leaf.text)
            if name in seen:
                self.report.error(
                    leaf.place, f"{quote(leaf.text)} stands here twice", "keep one of them"
                )
            else:
                yield leaf, value
            seen.add(name)

    def _leaf(self, node: yaml.Node) -> Leaf:
        text, place = str(node.value), self._place(node)
        found = UNSPEAKABLE.search(text)
        if found:
            raise Fault(place, unspeakable(found[0]), "leave it out")
        return Leaf(text, place)

    def _place(self, node: yaml.Node | yaml.Event) -> Place:
        start, end = node.start_mark, node.end_mark
        if start is None or end is None:
            return self.report.place(max(1, self.start))
        width = end.column - start.column if end.line == start.line else 1
        return self._at(start.line, start.column, width)

    def _at(self, line: int, column: int, width: int = 1) -> Place:
        """The place of a mark, which YAML may set after the last character."""
        number = min(self.start + line + 1, len(self.lines))
        last = len(self.lines[number - 1]) + 1
        return self.report.place(number, min(column + 1, last), max(1, width))
