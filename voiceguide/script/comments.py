"""Comments, `<!-- … -->`, taken out of the lines so that every other character stays put."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.script.passage import Line, indent_of
from voiceguide.script.report import Report

_OPEN, _CLOSE = "<!--", "-->"
_ESCAPED_OR_OPEN = re.compile(rf"\\.|{_OPEN}", re.DOTALL)
_GONE = "\0"
"""Stands for a character of a comment; no line holds one by itself any more."""


def without_comments(lines: Sequence[str], first: int, report: Report) -> Iterator[Line]:
    """The lines from number `first` on; those that held nothing but a comment are gone."""
    if first > len(lines):
        return
    blanked = "".join(_blanked("\n".join(lines[first - 1 :]), first, report)).split("\n")
    for number, text in enumerate(blanked, first):
        content = text.replace(_GONE, " ").strip()
        if content or _GONE not in text:
            yield Line(number, indent_of(lines[number - 1]), _column(text, content), content)


def _column(text: str, content: str) -> int:
    return text.index(content[0]) + 1 if content else 1


def _blanked(text: str, first: int, report: Report) -> Iterator[str]:
    """The text in pieces, with every character of a comment but its line ends gone."""
    position = 0
    for start, stop in _spans(text, first, report):
        yield text[position:start]
        yield "\n".join(_GONE * max(1, len(line)) for line in text[start:stop].split("\n"))
        position = stop
    yield text[position:]


def _spans(text: str, first: int, report: Report) -> Iterator[tuple[int, int]]:
    """Where comments begin and end; one that is never closed ends with its line."""
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


def _report_unclosed(text: str, start: int, first: int, report: Report) -> None:
    number = first + text.count("\n", 0, start)
    column = start - text.rfind("\n", 0, start)
    place = report.place(number, column, len(_OPEN))
    report.error(place, "this comment is never closed", f"end it with `{_CLOSE}`")
