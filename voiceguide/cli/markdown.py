"""A routine's text on a terminal: the same characters, with what is timed standing out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceguide.cli.ink import Ink, Line, Style, line

_BULLET = re.compile(r"\s*[-*+] ")


def styled(text: str) -> Iterator[Line]:
    """The lines of a routine with their styles."""
    lines = text.splitlines()
    front = lines.index("---", 1) if lines[:1] == ["---"] and "---" in lines[1:] else -1
    for number, written in enumerate(lines):
        yield line(Ink(written, "dim" if number <= front else _style(written)))


def _style(written: str) -> Style:
    if written.startswith("#"):
        return "title"
    if written.lstrip().startswith((">", "<!--")):
        return "dim"
    return "hold" if _BULLET.match(written) else ""
