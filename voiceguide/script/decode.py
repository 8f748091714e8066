"""Decode a file to lines, refuse characters that cannot be spoken, and read YAML front matter."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from voiceguide.errors import InputError, Place, Reporter, quote
from voiceguide.patterns import late
from voiceguide.routine import Setting
from voiceguide.script.foreign import SETTING_NAMES
from voiceguide.script.source import SourceLine, indent_of

if TYPE_CHECKING:
    import yaml

# ── from bytes to lines ──────────────────────────────────────────────────────


LARGEST = 1 << 20
"""Most bytes in a routine file: two days of speech."""

LONGEST_LINE = 10_000
"""Most characters in a line."""

_SAVE = "save it as UTF-8: most editors ask for the encoding under `Save as`"
_NO_TEXT = "name a text: a sound or a picture is not one"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BOM = "\ufeff"
_LINE_END = late(r"\r\n|\r|\n")
_LOST = "\ufffd"
UNSPEAKABLE = late(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, except tabs and line ends
    "\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, from web pages
    "\ufff9-\uffff"  # the replacement character, and noncharacters
    "\ud800-\udfff"  # surrogates
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # symbol fonts, from word processors
    "]"
)
"""Characters that no voice can speak and that should not be printed to a terminal."""


def decode(data: bytes | str, source: str) -> tuple[str, InputError | None]:
    """The text of a file, and the error that makes it unreadable as a whole, if there is one."""
    top = Place(source, 1)
    if _size(data) > LARGEST:
        return "", InputError("the file is larger than 1 MiB", "split it, and `use` its parts", top)
    if isinstance(data, str):
        return data.removeprefix(_BOM), None
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace"), InputError("the file is UTF-16", _SAVE, top)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return data.decode("utf-8", "replace"), _not_utf_8(data, error, source)


def split_lines(text: str) -> tuple[str, ...]:
    """Split a text into lines without their line ends; returns at least one line."""
    lines = _LINE_END.split(text)
    return tuple(lines[:-1] if len(lines) > 1 and not lines[-1] else lines)


def showable(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines for messages: control characters and the like are replaced by U+FFFD."""
    return tuple(UNSPEAKABLE.sub(_LOST, line) for line in lines)


def speakable(lines: tuple[str, ...], report: Reporter) -> tuple[str, ...]:
    """Report characters that cannot be spoken, and replace each by a space to keep the columns."""
    return tuple(_speakable(number, line, report) for number, line in enumerate(lines, 1))


def _size(data: bytes | str) -> int:
    return len(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))


def _not_utf_8(data: bytes, error: UnicodeDecodeError, source: str) -> InputError:
    before = split_lines(data[: error.start].decode("utf-8") + _LOST)
    place = Place(source, len(before), len(before[-1]))
    way_out = _NO_TEXT if 0 in data else _SAVE  # a text of one byte a letter has none
    return InputError(f"the byte 0x{data[error.start]:02X} is not UTF-8", way_out, place)


def _speakable(number: int, line: str, report: Reporter) -> str:
    if len(line) > LONGEST_LINE:
        message = f"the line is longer than {LONGEST_LINE:,} characters"
        report.error(report.place(number), message, "break it into shorter lines")
        return ""
    for found in UNSPEAKABLE.finditer(line):
        place = report.place(number, found.start() + 1)
        report.error(place, unspeakable(found[0]), "delete it; it may be invisible")
    return UNSPEAKABLE.sub(" ", line)


def unspeakable(character: str) -> str:
    """The message for a character that `UNSPEAKABLE` finds."""
    return f"the character U+{ord(character):04X} cannot be spoken"


# ── comments, `<!-- … -->`: blanked, so that all other characters keep their columns


_OPEN, _CLOSE = "<!--", "-->"
_ESCAPED_OR_OPEN = late(rf"\\.|{_OPEN}", re.DOTALL)
_GONE = "\0"
"""Replaces a character of a comment; `speakable` has removed all NULs of the source."""


def without_comments(lines: Sequence[str], first: int, report: Reporter) -> Iterator[SourceLine]:
    """The lines from number `first` on, without comments and lines that held only a comment."""
    if first > len(lines):
        return
    blanked = "".join(_blanked("\n".join(lines[first - 1 :]), first, report)).split("\n")
    for number, text in enumerate(blanked, first):
        content = text.replace(_GONE, " ").strip()
        if content or _GONE not in text:
            yield SourceLine(number, indent_of(lines[number - 1]), _column(text, content), content)


def _column(text: str, content: str) -> int:
    return text.index(content[0]) + 1 if content else 1


def _blanked(text: str, first: int, report: Reporter) -> Iterator[str]:
    """The text in pieces, each character of a comment except line ends replaced by `_GONE`."""
    position = 0
    for start, stop in _spans(text, first, report):
        yield text[position:start]
        yield "\n".join(_GONE * max(1, len(line)) for line in text[start:stop].split("\n"))
        position = stop
    yield text[position:]


def _spans(text: str, first: int, report: Reporter) -> Iterator[tuple[int, int]]:
    """The offsets where comments begin and end; an unclosed comment ends with its line."""
    stop = 0
    while (start := _next_open(text, stop)) is not None:
        close = text.find(_CLOSE, start)
        if close >= 0:
            stop = close + len(_CLOSE)
        else:
            _report_unclosed(text, start, first, report)
            stop = (text + "\n").index("\n", start)
        yield start, stop


def _next_open(text: str, start: int) -> int | None:
    opens = (found.start() for found in _ESCAPED_OR_OPEN.finditer(text, start) if found[0] == _OPEN)
    return next(opens, None)


def _report_unclosed(text: str, start: int, first: int, report: Reporter) -> None:
    number = first + text.count("\n", 0, start)
    column = start - text.rfind("\n", 0, start)
    place = report.place(number, column, len(_OPEN))
    report.error(place, "this comment is never closed", f"end it with `{_CLOSE}`")


# ── YAML read as text, with the place of everything in it: front matter, and programmes


_HINTS = {
    "mapping values": 'put a value that holds `: ` into quotes: `title: "Rest: ten minutes"`',
    "'\\t' that cannot": "indent with spaces, not with tabs",
    "cannot start any token": "put the value into quotes",
    "alphabetic": "put the value into quotes",
    "end of stream": "close the quotes",
    "expected ':'": "write `name: value`",
}


# ── the tree that YAML becomes ───────────────────────────────────────────────


class Leaf(Struct, frozen=True):
    """A text; empty for a key without a value."""

    text: str
    place: Place


class Branches(Struct, frozen=True):
    """A list."""

    items: tuple[Tree, ...]
    place: Place


class Table(Struct, frozen=True):
    """A map: names, each of them once, and their values in the order written."""

    pairs: tuple[tuple[Leaf, Tree], ...]
    place: Place


Tree = Leaf | Branches | Table


def plain_name(text: str) -> str:
    """A name for comparison: in lower case, with single spaces between words."""
    return " ".join(text.lower().split())


# ── reading YAML ─────────────────────────────────────────────────────────────


class Dialect(Struct, frozen=True):
    """The subset of YAML that a kind of document may use, and the help for going beyond it."""

    whole: str
    """The name of the document: `the front matter`."""
    within: str
    """Its name after `in`: `front matter`."""
    longest: int
    """Most characters."""
    deepest: int
    """Most levels of lists and maps within each other."""
    shorten: str
    """The help for a document that is too long."""
    repeat: str
    """The help for an anchor or an alias, and for a value that looks like one."""
    shape: str
    """The help when no better one is known: how the document is written."""
    align: str
    """The help for lines that begin at the wrong column."""
    at_the_edge: bool = False
    """Whether all lines begin at the left edge, except those under a name."""


class YamlReader(Struct, frozen=True):
    """Reads YAML that begins after the first `start` lines of a file."""

    report: Reporter
    lines: Sequence[str]
    dialect: Dialect
    start: int = 0

    def read(self, text: str) -> Tree | None:
        """Read the whole text; None if it is empty. Repeated names are reported.

        Raises:
            InputError: the text is not YAML, or uses more of YAML than the dialect allows.
        """
        import yaml  # late: a routine without front matter does not need it

        self._guard(text)
        (root,) = self._understood(lambda *asked, **how: [yaml.compose(*asked, **how)], text)
        return None if root is None else self._tree(root)

    def _guard(self, text: str) -> None:
        """Refuse text that is too long or nested too deeply, and anchors, which could expand."""
        dialect, depth = self.dialect, 0
        if len(text) > dialect.longest:
            message = f"{dialect.whole} is longer than {dialect.longest:,} characters"
            raise InputError(message, dialect.shorten, self.report.place(max(1, self.start)))
        import yaml

        for event in self._understood(yaml.parse, text):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > dialect.deepest:
                raise InputError("this is nested too deeply", dialect.shape, self._place(event))
            if getattr(event, "anchor", None):
                message = f"anchors and aliases (`&`, `*`) have no place in {dialect.within}"
                raise InputError(message, dialect.repeat, self._place(event))

    def _understood(self, read: Callable[..., Iterable[Any]], text: str) -> Iterator[Any]:
        """The results of a PyYAML function on the text; its errors become InputErrors."""
        import yaml

        try:
            yield from read(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last: `"\\U99999999"`
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> InputError:
        mark = getattr(error, "problem_mark", None)
        first = self.report.place(max(1, self.start))
        place = self._at(mark.line, mark.column) if mark else first
        problem = getattr(error, "problem", None) or ""
        hint = next((hint for part, hint in self._hints.items() if part in problem), None)
        hint = hint or self.dialect.shape
        if self.dialect.at_the_edge and self.lines[place.line - 1][:1] == " ":
            hint = f"begin each setting at the left edge, or {hint}"
        return InputError(f"{self.dialect.whole} cannot be read from here on", hint, place)

    @property
    def _hints(self) -> Mapping[str, str]:
        return {**_HINTS, "<block end>": self.dialect.align}

    def _tree(self, node: yaml.Node) -> Tree:
        import yaml

        place = self._place(node)
        if isinstance(node, yaml.MappingNode):
            pairs = self._unique(node)
            return Table(tuple((key, self._tree(value)) for key, value in pairs), place)
        if isinstance(node, yaml.SequenceNode):
            return Branches(tuple(map(self._tree, node.value)), place)
        return self._leaf(node)

    def _unique(self, node: yaml.MappingNode) -> Iterator[tuple[Leaf, yaml.Node]]:
        """The names with their values; a repeated name is reported and skipped."""
        seen: set[str] = set()
        for key, value in node.value:
            if key.id != "scalar":  # PyYAML's name for plain text
                message = "a name must be plain text"
                raise InputError(message, self.dialect.shape, self._place(key))
            leaf = self._leaf(key)
            name = plain_name(leaf.text)
            if name in seen:
                self.report.error(
                    leaf.place, f"{quote(leaf.text)} is here twice", "keep one of them"
                )
            else:
                yield leaf, value
            seen.add(name)

    def _leaf(self, node: yaml.Node) -> Leaf:
        text, place = str(node.value), self._place(node)
        found = UNSPEAKABLE.search(text)
        if found:
            raise InputError(unspeakable(found[0]), "leave it out", place)
        return Leaf(text, place)

    def _place(self, node: yaml.Node | yaml.Event) -> Place:
        start, end = node.start_mark, node.end_mark
        if start is None or end is None:
            return self.report.place(max(1, self.start))
        width = end.column - start.column if end.line == start.line else 1
        return self._at(start.line, start.column, width)

    def _at(self, line: int, column: int, width: int = 1) -> Place:
        """The place of a mark; YAML may set it after the last character."""
        number = min(self.start + line + 1, len(self.lines))
        last = len(self.lines[number - 1]) + 1
        return self.report.place(number, min(column + 1, last), max(1, width))


# ── front matter: YAML between two lines of `---`, with the place of every key


FENCE = "---"

LARGEST_FRONT = 1 << 16
"""Most characters of front matter."""

DEEPEST_FRONT = 3
"""Most levels of nesting: the settings, a setting's map, and one more, reported later as wrong."""

_HINT = "write a line `name: value` for each setting"
_FRONT_MATTER = Dialect(
    whole="the front matter",
    within="front matter",
    longest=LARGEST_FRONT,
    deepest=DEEPEST_FRONT,
    shorten="keep only settings in it",
    repeat="put the value into quotes",
    shape=_HINT,
    align="begin each setting at the left edge; where a value has quotes, quote it whole",
    at_the_edge=True,
)


class Front(Struct, frozen=True):
    """The settings as written, and where the body begins."""

    settings: tuple[Setting, ...] = ()
    body_from: int = 1
    """The number of the first line after the front matter."""
    whole: bool = True
    """Whether all of it could be read."""

    @property
    def language(self) -> str:
        """The setting `language` as written; English if there is none."""
        values = (setting.value for setting in self.settings if setting.name == "language")
        return next((value for value in values if isinstance(value, str)), "en")

    @property
    def words(self) -> frozenset[str] | None:
        """The names under `words:`; None if the front matter could not be read whole."""
        values = [setting.value for setting in self.settings if setting.name == "words"]
        names = (name for value in values if isinstance(value, dict) for name in value)
        return frozenset(map(plain_name, names)) if self.whole else None


def read_front(lines: Sequence[str], report: Reporter) -> Front:
    """Read the front matter at the top of the file; empty if there is none."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != FENCE:
        return _without_fences(lines, first, report)
    after = range(first + 1, len(lines))
    close = next((index for index in after if lines[index].rstrip() == FENCE), None)
    if close is not None:
        return _read(lines, first + 1, close, report, body_from=close + 2)
    message = "the front matter is never closed"
    report.error(report.place(first + 1, 1, len(FENCE)), message, f"end it with a line `{FENCE}`")
    blank = next((index for index in after if not lines[index].strip()), len(lines))
    return replace(_read(lines, first + 1, blank, report, body_from=blank + 1), whole=False)


_BARE_SETTING = late(rf"(?:{'|'.join(sorted(SETTING_NAMES))})\s*:(?:\s|$)|Title:\s")
_TOML = "+++"


def _without_fences(lines: Sequence[str], first: int, report: Reporter) -> Front:
    """Report and read settings at the top without fences; report TOML fences and skip them."""
    if lines[first].rstrip() == _TOML:
        stop = next((i for i in range(first + 1, len(lines)) if lines[i].rstrip() == _TOML), first)
        message = "front matter is YAML here, not TOML"
        way_out = f"write lines `name: value` between two lines `{FENCE}`"
        report.error(report.place(first + 1, 1, len(_TOML)), message, way_out)
        return Front((), stop + 2, whole=False)
    if not _BARE_SETTING.match(lines[first]):
        return Front()
    after = range(first + 1, len(lines))
    ends = (
        i for i in after if not (_BARE_SETTING.match(lines[i]) or lines[i].startswith((" ", "\t")))
    )
    stop = next(ends, len(lines))
    message = f"{quote(lines[first].rstrip())} is a setting without front matter around it"
    way_out = f"write a line `{FENCE}` above it, and another one below the last setting"
    report.error(report.place(first + 1, 1, len(lines[first].rstrip())), message, way_out)
    return replace(_read(lines, first, stop, report, body_from=stop + 1), whole=False)


def _read(
    lines: Sequence[str], start: int, stop: int, report: Reporter, *, body_from: int
) -> Front:
    sheet = YamlReader(report, lines, _FRONT_MATTER, start)
    try:
        root = sheet.read("\n".join(map(_kept_whole, lines[start:stop])))
        return Front(tuple(_settings(root)), body_from)
    except InputError as error:
        report.add(*error.problems)
        return Front((), body_from, whole=False)


_CUT = late(r"(?P<name>\s*[^\s#:'\"][^:#'\"]*:\s+)(?P<value>[^\s'\"|>\[{&*!#][^'\"]*\s#\S.*)")


def _kept_whole(line: str) -> str:
    """The line with quotes around a value such as `set #3`: YAML would read a comment in it."""
    found = _CUT.fullmatch(line)
    return f"{found['name']}'{found['value'].rstrip()}'" if found else line


def _settings(root: Tree | None) -> Iterator[Setting]:
    """The settings in the order written."""
    if root is None:
        return
    if not isinstance(root, Table):
        raise InputError("these are not settings", _HINT, root.place)
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
