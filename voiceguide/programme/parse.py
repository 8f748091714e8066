"""`parse`: turn the text of a programme into a `Programme`, and report all its problems.

The grammar, in YAML without anchors (docs/PROGRAMMES.md explains it):

    programme = title [author] [description] [level] [guidance] weeks
    weeks     = a list of weeks
    week      = [title] [note] [level] [guidance] {day}
    day       = ("day 1" … "day 7" | "monday" … "sunday") ":" (session | a list of sessions)
    session   = routine | a map: routine [length] [level] [guidance] [with] [note]
    routine   = a name in the library | a path beside the file

After a problem, reading continues with the next item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from voiceguide.errors import (
    EnoughProblems,
    InputError,
    Place,
    Problem,
    Reporter,
    did_you_mean,
    nearest,
    quote,
)
from voiceguide.script import is_path, path_fault
from voiceguide.script.decode import (
    Branches,
    Dialect,
    Leaf,
    Table,
    Tree,
    YamlReader,
    decode,
    plain_name,
    showable,
    speakable,
    split_lines,
)
from voiceguide.settings.table import SETTINGS
from voiceguide.settings.written import WrittenSetting

# ── a programme as its author wrote it: frozen data; values that may be rejected have a place


class Wish(Struct, frozen=True):
    """A setting that a session asks for: name and value, as on the command line."""

    name: str
    """`length`, `level`, `guidance`, or `with`."""
    value: str
    place: Place


class Slot(Struct, frozen=True):
    """One session of a day."""

    routine: str
    """A name in the library, or a path beside the programme."""
    place: Place
    """Place of the routine's name."""
    wishes: tuple[Wish, ...] = ()
    note: str = ""
    """Purpose of this session, in the author's words."""


class Day(Struct, frozen=True):
    """A day with its sessions, in order."""

    name: str
    """`day 1`, or `monday`."""
    number: int
    """Number of days after the first day of the week, or after Monday."""
    slots: tuple[Slot, ...]


class Week(Struct, frozen=True):
    """A week; its days are in the order written, which may not be chronological."""

    days: tuple[Day, ...]
    title: str = ""
    note: str = ""


class Programme(Struct, frozen=True):
    """A parsed programme: the routines for each day, and their settings."""

    name: str
    """Name for files if there is no title: `four-week-psoas`."""
    source: str
    lines: tuple[str, ...]
    """Lines of the file, to show in problems."""
    weeks: tuple[Week, ...]
    title: str
    author: str = ""
    description: str = ""
    by_weekday: bool = False
    """Whether its days are weekdays instead of numbers."""

    def problem(self, place: Place, message: str, help: str) -> Problem:  # noqa: A002  (as users see it)
        """Make a problem at a place in this programme, with its line."""
        return Problem(message, help, place, self.lines[place.line - 1])


# ── the fields of a programme, a week or a session: texts and settings asked for


class TableFields(Struct, frozen=True):
    """Values by name; a problem with a value is reported when the value is read."""

    pairs: Mapping[str, tuple[Leaf, Tree]]
    report: Reporter
    whole: bool
    """Whether all its names are known; an unknown one may be a misspelt required name."""

    def __contains__(self, name: str) -> bool:
        return name in self.pairs

    def __getitem__(self, name: str) -> Tree:
        return self.pairs[name][1]

    def text(self, name: str) -> str:
        """A text joined to one line; empty if it is missing or not a text."""
        with self.report.catching():
            if name in self.pairs:
                return " ".join(one_text(*self.pairs[name]).split())
        return ""

    def wishes(self, names: Iterable[str]) -> dict[str, Wish]:
        """The settings from `names` that are given and valid, by name."""
        found = ((name, self._wish(name)) for name in names if name in self.pairs)
        return {name: wish for name, wish in found if wish}

    def _wish(self, name: str) -> Wish | None:
        label, tree = self.pairs[name]
        with self.report.catching():
            text = one_text(label, tree)
            try:
                SETTINGS[name].read(WrittenSetting(name, text, tree.place))
            except InputError as error:
                raise error.at(tree.place) from None
            return Wish(name, text, tree.place)
        return None

    def listed(self, name: str) -> Iterator[Leaf]:
        """Yield texts from a list, or from a text with commas."""
        if name not in self.pairs:
            return
        label, tree = self.pairs[name]
        for item in tree.items if isinstance(tree, Branches) else (tree,):
            with self.report.catching():
                for part in one_text(label, item).split(","):
                    yield Leaf(plain_name(part), item.place)


def read_fields(table: Table, known: Iterable[str], what: str, report: Reporter) -> TableFields:
    """Read the fields of a table; names that are not in `known` are reported."""
    names = tuple(known)
    pairs: dict[str, tuple[Leaf, Tree]] = {}
    for name, tree in table.pairs:
        word = plain_name(name.text)
        if word in names:
            pairs[word] = (name, tree)
        else:
            message = f"{what} has no {quote(name.text)}"
            report.error(name.place, message, _way_out(word, names))
    return TableFields(pairs, report, whole=len(pairs) == len(table.pairs))


def _way_out(word: str, names: tuple[str, ...]) -> str:
    numbered = word.removeprefix("day ").isdigit()
    if "day 1" in names and (numbered or not nearest(word, names)):
        return "a day is `day 1` to `day 7`, or a weekday: `monday`"
    return did_you_mean(word, names)


def one_text(name: Leaf, tree: Tree) -> str:
    """The text of a field; an InputError if it is empty, a list or a map."""
    if not isinstance(tree, Leaf):
        shape = "list" if isinstance(tree, Branches) else "map"
        message = f"{quote(name.text)} is one text, not a {shape}"
        raise InputError(message, f"write `{name.text}: …` on one line", tree.place)
    if not tree.text.strip():
        message = f"{quote(name.text)} has no value"
        raise InputError(message, "write one, or delete the line", name.place)
    return tree.text.strip()


# ── the whole file ────────────────────────────────────────────────────────────


LARGEST = 1 << 16
"""Largest file of a programme, in bytes."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERED = tuple(f"day {number}" for number in range(1, 8))
DAYS = (*NUMBERED, *WEEKDAYS)

_IN_PROGRAMME = ("title", "author", "description", "level", "guidance", "weeks")
_IN_WEEK = ("title", "note", "level", "guidance")
_IN_SESSION = ("routine", "length", "level", "guidance", "with", "note")
_HANDED_DOWN = ("level", "guidance")

_SHAPE = "write `name: value` on each line, and `- ` before each week"
_EXAMPLE = "name a routine: `day 1: constructive-rest`"
_YAML = Dialect(
    whole="the programme",
    within="a programme",
    longest=LARGEST,
    deepest=6,  # the programme, its weeks, a week, a day's sessions, a session, its options
    shorten="divide it into several programmes",
    repeat="write it out once more; a value that begins with the sign goes into quotes",
    shape=_SHAPE,
    align="begin what belongs together at one column; where a value has quotes, quote it whole",
)


class ParsedProgramme(Struct, frozen=True):
    """The result of parsing a text."""

    programme: Programme | None
    """All that could be read; None if nothing could."""
    problems: tuple[Problem, ...]
    """All problems in the order of the file."""


def parse(data: bytes, source: str, routines: Iterable[str]) -> ParsedProgramme:
    """Parse a programme and collect all its problems.

    `source` is the name that problems show, `routines` are the names in the library. No data makes
    it raise an error.
    """
    text, fault = _decoded(data, source)
    raw = split_lines(text)
    report = Reporter(source, showable(raw))
    programme = None
    with suppress(EnoughProblems), report.catching():
        if fault:
            raise fault
        lines = speakable(raw, report)
        root = YamlReader(report, lines, _YAML).read("\n".join(lines))
        programme = _Reading(report, frozenset(routines)).programme(root, showable(raw))
    return ParsedProgramme(programme, report.problems())


def _decoded(data: bytes, source: str) -> tuple[str, InputError | None]:
    if len(data) > LARGEST:
        message = f"the programme is larger than {LARGEST >> 10} KiB"
        return "", InputError(message, _YAML.shorten, Place(source, 1))
    return decode(data, source)


class _Reading(Struct, frozen=True):
    report: Reporter
    routines: frozenset[str]
    days: list[Leaf] = field(default_factory=list)
    """The name of every day, as written."""

    def programme(self, root: Tree | None, lines: tuple[str, ...]) -> Programme:
        """Read the whole file."""
        if not isinstance(root, Table):
            place = root.place if root else self.report.place(1)
            raise InputError("this is not a programme", _SHAPE, place)
        fields = read_fields(root, _IN_PROGRAMME, "a programme", self.report)
        weeks = tuple(self._weeks(fields))
        return Programme(
            Path(self.report.source).stem,
            self.report.source,
            lines,
            weeks,
            self._title(fields),
            fields.text("author"),
            fields.text("description"),
            self._by_weekday(),
        )

    def _title(self, fields: TableFields) -> str:
        if "title" not in fields and fields.whole:
            help_ = "write `title: Four weeks for the hips`"
            self.report.error(self.report.place(1), "the programme has no `title`", help_)
        return fields.text("title")

    def _by_weekday(self) -> bool:
        """Whether the days are weekdays; days of the other kind are reported."""
        kinds = [plain_name(name.text) in WEEKDAYS for name in self.days]
        for name, kind in zip(self.days, kinds, strict=True):
            if kind is not kinds[0]:
                message = f"{quote(name.text)} and {quote(self.days[0].text)} are counted apart"
                help_ = "write weekdays in the whole programme, or `day 1` to `day 7`"
                self.report.error(name.place, message, help_)
        return kinds[:1] == [True]

    # ── weeks and days ───────────────────────────────────────────────────────

    def _weeks(self, fields: TableFields) -> Iterator[Week]:
        if "weeks" not in fields:
            if fields.whole:
                help_ = "write `weeks:`, and under it `- day 1: constructive-rest`"
                self.report.error(self.report.place(1), "the programme has no `weeks`", help_)
            return
        handed_down = fields.wishes(_HANDED_DOWN)
        with self.report.catching():
            tree = fields["weeks"]
            if not isinstance(tree, Branches) or not tree.items:
                raise InputError(
                    "`weeks` is a list of weeks", "begin each week with `- `", tree.place
                )
            for item in tree.items:
                with self.report.catching():
                    yield self._week(item, handed_down)
            if not self.days and not len(self.report):
                raise InputError("no week has a session", _EXAMPLE, fields.pairs["weeks"][0].place)

    def _week(self, tree: Tree, handed_down: Mapping[str, Wish]) -> Week:
        if not isinstance(tree, Table):
            raise InputError("this is not a week", f"{_EXAMPLE}, a line for each day", tree.place)
        fields = read_fields(tree, (*_IN_WEEK, *DAYS), "a week", self.report)
        wishes = {**handed_down, **fields.wishes(_HANDED_DOWN)}
        named = [(name, day) for key, (name, day) in fields.pairs.items() if key in DAYS]
        if not named and "note" not in fields and fields.whole:
            help_ = f"{_EXAMPLE}; a week of rest has a `note` that says so"
            self.report.error(tree.place, "this week has no sessions", help_)
        days = tuple(self._day(name, day, wishes) for name, day in named)
        return Week(days, fields.text("title"), fields.text("note"))

    def _day(self, name: Leaf, tree: Tree, wishes: Mapping[str, Wish]) -> Day:
        self.days.append(name)
        key = plain_name(name.text)
        number = WEEKDAYS.index(key) if key in WEEKDAYS else NUMBERED.index(key)
        return Day(key, number, tuple(self._slots(name, tree, wishes)))

    def _slots(self, name: Leaf, tree: Tree, wishes: Mapping[str, Wish]) -> Iterator[Slot]:
        items = tree.items if isinstance(tree, Branches) else (tree,)
        if not items or (isinstance(tree, Leaf) and not tree.text.strip()):
            self.report.error(name.place, f"{quote(name.text)} has no session", _EXAMPLE)
            return
        for item in items:
            with self.report.catching():
                slot = self._slot(item, wishes)
                if slot:
                    yield slot

    # ── sessions ─────────────────────────────────────────────────────────────

    def _slot(self, tree: Tree, handed_down: Mapping[str, Wish]) -> Slot | None:
        if isinstance(tree, Leaf):
            return Slot(self._routine(tree), tree.place, tuple(handed_down.values()))
        if isinstance(tree, Branches):
            raise InputError("a list is not a session", _EXAMPLE, tree.place)
        fields = read_fields(tree, _IN_SESSION, "a session", self.report)
        wishes = self._wishes(fields, handed_down)
        note = fields.text("note")
        if "routine" not in fields:
            if not fields.whole:
                return None
            message = "this session names no routine"
            raise InputError(message, "write `routine: constructive-rest`", tree.place)
        routine = fields["routine"]
        if not isinstance(routine, Leaf):
            raise InputError(
                "`routine` is one name", "write a session for each routine", routine.place
            )
        return Slot(self._routine(routine), routine.place, wishes, note)

    def _wishes(self, fields: TableFields, handed_down: Mapping[str, Wish]) -> tuple[Wish, ...]:
        own = fields.wishes(("length", "level", "guidance"))
        if "length" in own:
            if "level" in own:
                message = "`level` means nothing beside `length`, which chooses within all ranges"
                self.report.warn(own["level"].place, message, "leave one of the two out")
            handed_down = {name: wish for name, wish in handed_down.items() if name != "level"}
            own.pop("level", None)
        options = dict.fromkeys(fields.listed("with"))
        chosen = (Wish("with", option.text, option.place) for option in options)
        return (*{**handed_down, **own}.values(), *chosen)

    def _routine(self, leaf: Leaf) -> str:
        name = leaf.text.strip()
        fault = path_fault(name, "the programme's folder") if is_path(name) else self._unknown(name)
        if fault:
            raise InputError(*fault, place=leaf.place)
        return name

    def _unknown(self, name: str) -> tuple[str, str] | None:
        if name in self.routines:
            return None
        if not name:
            return "this session names no routine", _EXAMPLE
        near = nearest(name, self.routines)
        help_ = f"did you mean `{near}`?" if near else "`voiceguide list` shows them all"
        if "," in name:
            help_ = "write `routine:`, `length:` and the like on lines of their own"
        return f"there is no routine {quote(name)} in the library", help_
