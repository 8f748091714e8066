"""Front matter: YAML between two lines of `---`, read as text with the place of every key.

YAML's own ideas of types stay out: `1:30` is no number here and `yes` no truth value. What
each setting means is the room `settings`' to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from voiceguide.errors import Place, quote
from voiceguide.routine import Setting
from voiceguide.script.decode import UNSPEAKABLE, unspeakable
from voiceguide.script.report import Fault, Report

FENCE = "---"

LARGEST_FRONT = 1 << 16
"""Characters of front matter."""

DEEPEST_FRONT = 3
"""The settings, a setting's map, and what stands wrongly within that."""

_HINTS = {
    "mapping values": 'put a value that holds `: ` into quotes: `title: "Rest: ten minutes"`',
    "'\\t' that cannot": "indent with spaces, not with tabs",
    "cannot start any token": "put the value into quotes",
    "alphabetic": "put the value into quotes",
    "end of stream": "close the quotes",
    "expected ':'": "write `name: value`",
    "<block end>": "begin each setting at the left edge; where a value has quotes, quote it whole",
}
_UNREADABLE = (yaml.YAMLError, ValueError, OverflowError)  # the last two: `"\\U99999999"`
_HINT = "write a line `name: value` for each setting"


@dataclass(frozen=True, slots=True)
class Front:
    """The settings as written, and the number of the line after them."""

    settings: tuple[Setting, ...] = ()
    body_from: int = 1
    whole: bool = True
    """Whether all of it could be read."""

    @property
    def words(self) -> frozenset[str] | None:
        """The names under `words:`; None where they cannot be known."""
        values = [setting.value for setting in self.settings if setting.name == "words"]
        names = (name for value in values if isinstance(value, dict) for name in value)
        return frozenset(map(plain_name, names)) if self.whole else None


def plain_name(text: str) -> str:
    """A name as it is compared: in lower case, its words a space apart."""
    return " ".join(text.lower().split())


def read_front(lines: Sequence[str], report: Report) -> Front:
    """The front matter at the top of the file, where there is any."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != FENCE:
        return Front()
    after = range(first + 1, len(lines))
    close = next((index for index in after if lines[index].rstrip() == FENCE), None)
    if close is not None:
        return _read(lines, first + 1, close, report, body_from=close + 2)
    message = "the front matter is never closed"
    report.error(report.place(first + 1, 1, len(FENCE)), message, f"end it with a line `{FENCE}`")
    blank = next((index for index in after if not lines[index].strip()), len(lines))
    return replace(_read(lines, first + 1, blank, report, body_from=blank + 1), whole=False)


def _read(lines: Sequence[str], start: int, stop: int, report: Report, *, body_from: int) -> Front:
    settings: list[Setting] = []
    sheet = _Sheet(report, lines, start)
    try:
        settings.extend(sheet.settings("\n".join(lines[start:stop])))
    except Fault as fault:
        report.error(fault.place, fault.message, fault.help)
        return Front((), body_from, whole=False)
    return Front(tuple(settings), body_from)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """YAML that begins after `start` lines of the file."""

    report: Report
    lines: Sequence[str]
    start: int

    def settings(self, text: str) -> Iterator[Setting]:
        """The settings in the order written.

        Raises:
            Fault: it is not YAML, or more of YAML than front matter may hold.
        """
        self._guard(text)
        root = self._compose(text)
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            raise Fault(self._place(root), "these are no settings", _HINT)
        for key, value in self._unique(root):
            yield Setting(
                plain_name(str(key.value)),
                self._value(value),
                self._place(key),
                self._key_places(value),
                self._place(value),
            )

    def _guard(self, text: str) -> None:
        """Refuse what could grow: nesting, and anchors, with which a file refers to itself."""
        if len(text) > LARGEST_FRONT:
            message = f"the front matter is longer than {LARGEST_FRONT:,} characters"
            raise Fault(self.report.place(self.start), message, "keep settings alone in it")
        depth = 0
        for event in self._events(text):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_FRONT:
                raise Fault(self._place(event), "this is nested too deeply", _HINT)
            if getattr(event, "anchor", None):
                message = "anchors and aliases (`&`, `*`) have no place in front matter"
                raise Fault(self._place(event), message, "put the value into quotes")

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
        place = self._at(mark.line, mark.column) if mark else self.report.place(self.start)
        problem = getattr(error, "problem", None) or ""
        hint = next((hint for part, hint in _HINTS.items() if part in problem), _HINT)
        if self.lines[place.line - 1][:1] == " ":
            hint = f"begin each setting at the left edge, or {hint}"
        return Fault(place, "the front matter cannot be read from here on", hint)

    def _unique(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """The keys with their values; a key that was there before is reported."""
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Fault(self._place(key), "a name must be plain text", _HINT)
            name = plain_name(self._text(key))
            if name in seen:
                message = f"{quote(key.value)} stands here twice"
                self.report.error(self._place(key), message, "keep one of them")
            else:
                yield key, value
            seen.add(name)

    def _value(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return {str(key.value): self._value(value) for key, value in self._unique(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item) for item in node.value]
        return self._text(node)

    def _text(self, node: yaml.Node) -> str:
        text = str(node.value)
        found = UNSPEAKABLE.search(text)
        if found:
            raise Fault(self._place(node), unspeakable(found[0]), "leave it out")
        return text

    def _key_places(self, node: yaml.Node) -> dict[str, Place]:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        return {str(key.value): self._place(key) for key, _ in reversed(pairs)}

    def _place(self, node: yaml.Node | yaml.Event) -> Place:
        start, end = node.start_mark, node.end_mark
        if start is None or end is None:
            return self.report.place(self.start)
        width = end.column - start.column if end.line == start.line else 1
        return self._at(start.line, start.column, width)

    def _at(self, line: int, column: int, width: int = 1) -> Place:
        """The place of a mark, which YAML may set after the last character."""
        number = min(self.start + line + 1, len(self.lines))
        last = len(self.lines[number - 1]) + 1
        return self.report.place(number, min(column + 1, last), max(1, width))
