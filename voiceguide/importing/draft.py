"""`RoutineDraft`: a routine as it is being written, with what was changed and what is not known."""

from __future__ import annotations

import re

from msgspec import Struct, field

from voiceguide.lengths import show_seconds
from voiceguide.patterns import late

_SIGNS = late(r"\\(?!<!--)|[\[\]{}|`_]")
_STAR = late(r"(?<!\w)(\*{1,2})(?=\S)([^*\n]+?)(?<=\S)\1(?!\w)|\*")
_LEADING = late(r"([#>+*=~-]|\d{1,3}[.)](?=\s)|[•–—])")
_LINK = late(r"!?\[([^\[\]]*)\]\([^()\s]*\)")


class RoutineDraft(Struct):
    """Lines of the body, settings, and what there is to tell."""

    title: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The routine."""
        settings = {"title": self.title, **self.settings}
        head = (f"{name}: {_quoted(value)}" for name, value in settings.items())
        return "\n".join(("---", *head, "---", "", *self.lines, ""))

    def add(self, *lines: str) -> None:
        """More lines; of several blank ones, one stays."""
        for line in lines:
            if line or (self.lines and self.lines[-1]):
                self.lines.append(line.rstrip())

    def heading(self, title: str) -> None:
        """A chapter."""
        self.add("", f"## {plain(title).rstrip(':')}", "")

    def tell(self, sentence: str) -> None:
        """Something that was changed, once."""
        if sentence not in self.changed:
            self.changed.append(sentence)


def _quoted(value: str) -> str:
    plain_value = re.fullmatch(r"[^\W_][^:#\"'\[\]{}&*!|>%@`]*", value)
    return value if plain_value else "'" + value.replace("'", "''") + "'"


def plain(text: str) -> str:
    """Words as prose may hold them: signs that mean something here are escaped."""
    text = _LINK.sub(r"\1", text).replace("<!--", r"\<!--")
    text = _STAR.sub(lambda found: found[0] if found[1] else r"\*", _SIGNS.sub(r"\\\g<0>", text))
    text = " ".join(text.split())
    return _LEADING.sub(r"\\\1", text, count=1) if _LEADING.match(text) and text[0] != "*" else text


def silence(seconds: float) -> str:
    """A tag of so many seconds, to the half second."""
    rounded = max(0.5, round(seconds * 2) / 2)
    return f"[{show_seconds(rounded)}]"
