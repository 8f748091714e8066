"""Find the positions of keys and values in a TOML file; tomlkit keeps all its text in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from voiceguide.errors import Place

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Item, Key

KeyPath = tuple[str, ...]
"""The keys from the top level down: `("command", "flite", "run")`."""


class Positions(Struct, frozen=True):
    """The place of each key, and of its value."""

    source: str
    keys: Mapping[KeyPath, Place] = field(default_factory=dict)
    values: Mapping[KeyPath, Place] = field(default_factory=dict)

    def of(self, path: KeyPath, *, value: bool = False) -> Place:
        """The place of a key or its value, else of the nearest enclosing key that has a place."""
        for size in range(len(path), 0, -1):
            found = (self.values if value else self.keys).get(path[:size])
            found = found or self.keys.get(path[:size])
            if found:
                return found
        return Place(self.source, 1)


def positions_of(text: str, source: str) -> Positions:
    """Find the positions of all keys and values in a text.

    Raises:
        TOMLKitError: the text is not TOML.
    """
    import tomlkit  # late: only needed for a file with a problem in it

    walk = _Walk(text, source)
    walk.container(tomlkit.parse(text), ())
    return Positions(source, walk.keys, walk.values)


class _Walk:
    """Searches the text for the parsed keys and values, one after the other."""

    def __init__(self, text: str, source: str) -> None:
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self._text, self._source = text, source
        self._at = 0

    def container(self, container: Container, path: KeyPath) -> None:
        """Find every key and value; skip the comments, which may contain the same words."""
        for key, item in container.body:
            if key is None:
                self._find(item.as_string())
            else:
                self._pair(key, item, (*path, key.key))

    def _pair(self, key: Key, item: Item, path: KeyPath) -> None:
        from tomlkit.items import AoT, InlineTable, Table

        for one in item.body if isinstance(item, AoT) else [item]:
            self._note(self.keys, path, key.as_string().strip())
            if isinstance(one, Table):
                if not one.is_super_table():  # its comment belongs to the table within
                    self._find(one.trivia.comment)
                self.container(one.value, path)
                continue
            inline = isinstance(one, InlineTable)
            self._note(self.values, path, "{" if inline else one.as_string())
            if inline:
                self.container(one.value, path)
            self._find(one.trivia.comment)

    def _note(self, places: dict[KeyPath, Place], path: KeyPath, piece: str) -> None:
        found = self._find(piece)
        if found:
            places.setdefault(path, found)

    def _find(self, piece: str) -> Place | None:
        """The place of the next occurrence of `piece`; the search goes on after it."""
        # a bare key may also be part of another word
        pattern = rf"(?<![\w-]){re.escape(piece)}(?![\w-])" if piece[:1].isalnum() else None
        found = re.compile(pattern or re.escape(piece)).search(self._text, self._at)
        if found is None or not piece:
            return None
        self._at = found.end()
        line = self._text.count("\n", 0, found.start()) + 1
        column = found.start() - self._text.rfind("\n", 0, found.start())
        return Place(self._source, line, column, len(piece.split("\n", maxsplit=1)[0]))
