"""What stands under the names of a programme, a week or a session: texts and wishes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from voiceguide.errors import did_you_mean, nearest, quote
from voiceguide.programme.data import Wish
from voiceguide.script import Known
from voiceguide.script.report import Fault, Report
from voiceguide.script.sheet import Branches, Leaf, Table, Tree, plain_name
from voiceguide.settings import Settings
from voiceguide.settings.readers import READERS
from voiceguide.settings.written import Written, Wrong


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by their names; whatever is wrong with one is reported when it is asked for."""

    pairs: Mapping[str, tuple[Leaf, Tree]]
    report: Report
    whole: bool
    """Whether all its names are known: where one is not, it may be the one that is missing."""

    def __contains__(self, name: str) -> bool:
        return name in self.pairs

    def __getitem__(self, name: str) -> Tree:
        return self.pairs[name][1]

    def text(self, name: str) -> str:
        """A text on one line; empty where it is not given, or is none."""
        with self.report.catching():
            if name in self.pairs:
                return " ".join(one_text(*self.pairs[name]).split())
        return ""

    def wishes(self, names: Iterable[str]) -> dict[str, Wish]:
        """Those of the settings `names` that are given and make sense, by their names."""
        found = ((name, self._wish(name)) for name in names if name in self.pairs)
        return {name: wish for name, wish in found if wish}

    def _wish(self, name: str) -> Wish | None:
        label, tree = self.pairs[name]
        with self.report.catching():
            text = one_text(label, tree)
            try:
                READERS[name](Settings(), Written(name, text, tree.place), Known())
            except Wrong as wrong:
                raise Fault(tree.place, wrong.message, wrong.help) from None
            return Wish(name, text, tree.place)
        return None

    def listed(self, name: str) -> Iterator[Leaf]:
        """Texts, commas between them or as a list."""
        if name not in self.pairs:
            return
        label, tree = self.pairs[name]
        for item in tree.items if isinstance(tree, Branches) else (tree,):
            with self.report.catching():
                for part in one_text(label, item).split(","):
                    yield Leaf(plain_name(part), item.place)


def read_fields(table: Table, known: Iterable[str], what: str, report: Report) -> Fields:
    """The fields of a table; names that are not `known` in it are reported."""
    names = tuple(known)
    pairs: dict[str, tuple[Leaf, Tree]] = {}
    for name, tree in table.pairs:
        word = plain_name(name.text)
        if word in names:
            pairs[word] = (name, tree)
        else:
            message = f"{what} has no {quote(name.text)}"
            report.error(name.place, message, _way_out(word, names))
    return Fields(pairs, report, whole=len(pairs) == len(table.pairs))


def _way_out(word: str, names: tuple[str, ...]) -> str:
    numbered = word.removeprefix("day ").isdigit()
    if "day 1" in names and (numbered or not nearest(word, names)):
        return "a day is `day 1` to `day 7`, or a weekday: `monday`"
    return did_you_mean(word, names)


def one_text(name: Leaf, tree: Tree) -> str:
    """The text under a name.

    Raises:
        Fault: there is none, or it is more than a text.
    """
    if not isinstance(tree, Leaf):
        shape = "list" if isinstance(tree, Branches) else "map"
        message = f"{quote(name.text)} is one text, not a {shape}"
        raise Fault(tree.place, message, f"write `{name.text}: …` on one line")
    if not tree.text.strip():
        message = f"{quote(name.text)} has no value"
        raise Fault(name.place, message, "write one, or delete the line")
    return tree.text.strip()
