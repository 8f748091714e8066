"""Where the keys and values of a TOML file stand: the parser of the library does not tell.

The text has been parsed already, so that it is known to be TOML; here it is only walked through.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voiceguide.errors import Place

KeyPath = tuple[str, ...]
"""`("command", "flite", "run")`."""

_TOKEN = re.compile(
    r"""
      (?P<string> \"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5}
                | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<blank> [ \t\r]+ | \#[^\n]* )
    | (?P<sign> [\[\]{}=,.\n] )
    | (?P<bare> [^\s"'\#\[\]{}=,.]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each key stands, and its value."""

    keys: Mapping[KeyPath, Place]
    values: Mapping[KeyPath, Place]

    def of(self, path: KeyPath, *, value: bool = False) -> Place:
        """The place of a key, or of its value; of the nearest one around it that has a place."""
        for size in range(len(path), 0, -1):
            found = (self.values if value else self.keys).get(path[:size])
            found = found or self.keys.get(path[:size])
            if found:
                return found
        raise KeyError(path)


def places_of(text: str, source: str) -> Places:
    """The places in a text that is TOML."""
    walk = _Walk(text, source)
    walk.document()
    return Places(walk.keys, walk.values)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    name: str
    """What it is called as a key."""


class _Walk:
    """One walk from the start of a file to its end."""

    def __init__(self, text: str, source: str) -> None:
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self._source = source
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        found = (match for match in _TOKEN.finditer(text) if match.lastgroup != "blank")
        self._tokens = [_Token(match[0], match.start(), _key(match[0])) for match in found]
        self._at = 0

    def document(self) -> None:
        """Every line: a table's head, or a key and its value."""
        table: KeyPath = ()
        while self._at < len(self._tokens):
            if self._next("\n"):
                continue
            if self._next("["):
                self._next("[")
                table = self._key(())
                while self._next("]"):
                    pass
            else:
                self._pair(table)

    def _pair(self, table: KeyPath) -> None:
        path = self._key(table)
        self._next("=")
        self._value(path)

    def _key(self, table: KeyPath) -> KeyPath:
        """A key, dots between its parts; each part is placed where it is first met."""
        path = table
        while self._at < len(self._tokens):
            token = self._take()
            if token.text != ".":
                path = (*path, token.name)
                self.keys.setdefault(path, self._place(token))
            if self._peek() in ("=", "]", ""):
                break
        return path

    def _value(self, path: KeyPath) -> None:
        if self._at < len(self._tokens):
            self.values.setdefault(path, self._place(self._tokens[self._at]))
        if self._next("{"):
            self._inside("}", lambda: self._pair(path))
        elif self._next("["):
            self._inside("]", lambda: self._value((*path, "")))
        else:
            while self._peek() not in ("\n", ",", "]", "}", ""):
                self._at += 1

    def _inside(self, end: str, one: Callable[[], None]) -> None:
        while self._at < len(self._tokens) and not self._next(end):
            if not (self._next(",") or self._next("\n")):
                one()

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _next(self, text: str) -> bool:
        """Step over the next token if it is this one."""
        there = self._peek() == text
        self._at += there
        return there

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _place(self, token: _Token) -> Place:
        line = bisect_right(self._lines, token.start)
        width = len(token.text.split("\n")[0])
        return Place(self._source, line, token.start - self._lines[line - 1] + 1, width)


def _key(text: str) -> str:
    """The key that is written so: within quotes, or bare."""
    if text[:1] == "'":
        return text[1:-1]
    if text[:1] == '"':
        return re.sub(r"\\(u\w{4}|U\w{8}|.)", _escaped, text[1:-1])
    return text


def _escaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "uU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}.get(code, code)
