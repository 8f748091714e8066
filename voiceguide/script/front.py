"""Front matter: YAML between two lines of `---`, the place of every key kept.

What each setting means is the room `settings`' to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import Place
from voiceguide.routine import Setting
from voiceguide.script.report import Fault, Report
from voiceguide.script.sheet import Branches, Dialect, Sheet, Table, Tree, plain_name

FENCE = "---"

LARGEST_FRONT = 1 << 16
"""Characters of front matter."""

DEEPEST_FRONT = 3
"""The settings, a setting's map, and what stands wrongly within that."""

_HINT = "write a line `name: value` for each setting"
_FRONT_MATTER = Dialect(
    whole="the front matter",
    within="front matter",
    longest=LARGEST_FRONT,
    deepest=DEEPEST_FRONT,
    shorten="keep settings alone in it",
    repeat="put the value into quotes",
    shape=_HINT,
    align="begin each setting at the left edge; where a value has quotes, quote it whole",
    at_the_edge=True,
)


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
    sheet = Sheet(report, lines, _FRONT_MATTER, start)
    try:
        root = sheet.read("\n".join(lines[start:stop]))
        return Front(tuple(_settings(root)), body_from)
    except Fault as fault:
        report.error(fault.place, fault.message, fault.help)
        return Front((), body_from, whole=False)


def _settings(root: Tree | None) -> Iterator[Setting]:
    """The settings in the order written."""
    if root is None:
        return
    if not isinstance(root, Table):
        raise Fault(root.place, "these are no settings", _HINT)
    for name, tree in root.pairs:
        places = _key_places(tree)
        yield Setting(plain_name(name.text), _value(tree), name.place, places, tree.place)


def _value(tree: Tree) -> object:
    if isinstance(tree, Table):
        return {name.text: _value(value) for name, value in tree.pairs}
    return list(map(_value, tree.items)) if isinstance(tree, Branches) else tree.text


def _key_places(tree: Tree) -> dict[str, Place]:
    pairs = tree.pairs if isinstance(tree, Table) else ()
    return {name.text: name.place for name, _ in pairs}
