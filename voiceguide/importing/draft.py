"""`RoutineDraft`: a routine that is being imported, with what was changed or is uncertain."""

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
    """Settings and lines of the body, and sentences about changes and uncertainties."""

    title: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The text of the routine, front matter first."""
        settings = {"title": self.title, **self.settings}
        head = (f"{name}: {_quoted(value)}" for name, value in settings.items())
        return "\n".join(("---", *head, "---", "", *self.lines, ""))

    def add(self, *lines: str) -> None:
        """Append lines; of several blank ones, keep one."""
        for line in lines:
            if line or (self.lines and self.lines[-1]):
                self.lines.append(line.rstrip())

    def heading(self, title: str) -> None:
        """Append the heading of a chapter."""
        self.add("", f"## {plain(title).rstrip(':')}", "")

    def tell(self, sentence: str) -> None:
        """Record a change, once."""
        if sentence not in self.changed:
            self.changed.append(sentence)


def _quoted(value: str) -> str:
    plain_value = re.fullmatch(r"[^\W_][^:#\"'\[\]{}&*!|>%@`]*", value)
    return value if plain_value else "'" + value.replace("'", "''") + "'"


def plain(text: str) -> str:
    """Escape the characters that have a meaning in prose; of links, keep the text only."""
    text = _LINK.sub(r"\1", text).replace("<!--", r"\<!--")
    text = _STAR.sub(lambda found: found[0] if found[1] else r"\*", _SIGNS.sub(r"\\\g<0>", text))
    text = " ".join(text.split())
    return _LEADING.sub(r"\\\1", text, count=1) if _LEADING.match(text) and text[0] != "*" else text


def silence(seconds: float) -> str:
    """The tag of a silence, to the half second, 0.5 s at least."""
    rounded = max(0.5, round(seconds * 2) / 2)
    return f"[{show_seconds(rounded)}]"
