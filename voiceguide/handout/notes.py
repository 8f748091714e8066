"""Notes, which are Markdown of an author's own: paragraphs, lists, stress and code of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceguide.handout.data import Span, Style, Words
from voiceguide.handout.words import tidied

BULLET = "• "

_BULLET = re.compile(r"\s*[-*+]\s+")
_MARKED = re.compile(
    r"""
    `(?P<code>[^`]+)`
    | \*\*(?P<strong>[^*]+)\*\*
    | \*(?P<stress>[^*\s][^*]*)\*
    | \[(?P<link>[^\[\]]+)\]\((?:[^()\s]|\([^()\s]*\))*\)
    | \\(?P<plain>[!-/:-@\[-`{-~])
    """,
    re.VERBOSE,
)
_STYLES: dict[str, Style] = {"code": "code", "strong": "stress", "stress": "stress"}


def read_note(text: str) -> tuple[Words, ...]:
    """The paragraphs of a note; the items of a list are paragraphs of their own."""
    read = (tidied(_spans(paragraph)) for paragraph in _paragraphs(text))
    return tuple(filter(None, read))


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        bullet = _BULLET.match(line)
        if bullet or not line.strip():
            yield " ".join(lines)
            lines = []
        lines.append(BULLET + line[bullet.end() :] if bullet else line)
    yield " ".join(lines)


def _spans(text: str) -> Iterator[Span]:
    done = 0
    for marked in _MARKED.finditer(text):
        yield Span(text[done : marked.start()])
        name = marked.lastgroup or ""
        yield Span(marked[name], _STYLES.get(name, ""))
        done = marked.end()
    yield Span(text[done:])
