"""The author's folder: plain files, read and written by their names alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from voiceguide import library
from voiceguide.errors import UsageError
from voiceguide.files import replacing
from voiceguide.studio.opening import MOST_BYTES

_NAME = re.compile(r"[^\W_][\w .()+,'’-]{0,100}\.md")
"""A file's name: no separator of folders, and no dot in front."""

_UNNAMED = re.compile(r"[^\w .()+,-]")

_TEMPLATE = {
    "en": """\
---
title: {title}
language: en
---

Welcome. Lie down on your back, and bend your knees. [3s]

## First exercise

- hold 30s, each side, change 6s, ready 4s
  Draw your {{left|right}} knee towards your chest.
  - half: Breathe out, and let the hip soften.
  - end: Put the foot down.

Your session is complete.
""",
    "de": """\
---
title: {title}
language: de
---

Willkommen. Leg dich auf den Rücken, und stell die Füße auf. [3s]

## Erste Übung

- hold 30s, each side, change 6s, ready 4s
  Zieh das {{linke|rechte}} Knie zur Brust.
  - half: Atme aus, und lass die Hüfte weich werden.
  - end: Stell den Fuß wieder ab.

Die Übung ist beendet.
""",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """Where an author's routines lie."""

    path: Path

    def names(self) -> tuple[str, ...]:
        """The routines, sorted."""
        found = (path.name for path in self.path.glob("*.md") if path.is_file())
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def read(self, name: str) -> tuple[str, str]:
        """A routine's text, and its digest.

        Raises:
            UsageError: there is none, or it is not text.
        """
        data = self._bytes(name)
        if len(data) > MOST_BYTES:
            raise UsageError(f"`{name}` is larger than a routine can be", "choose another file")
        try:
            # the editor knows only `\n`; a mark of byte order would be a letter to it
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise UsageError(f"`{name}` is not UTF-8 text", "save it as UTF-8") from error
        return text, sha256(data).hexdigest()

    def write(self, name: str, text: str, digest: str | None) -> str:
        """Replace a routine whose digest is known, or make a new one; gives the new digest.

        Raises:
            UsageError: it has been changed by somebody else since, or is there already.
            MachineError: it cannot be written.
        """
        path = self._path(name)
        now = sha256(path.read_bytes()).hexdigest() if path.exists() else None
        if now != digest:
            raise ChangedElsewhereError(name, new=digest is None)
        data = text.encode("utf-8")
        if len(data) > MOST_BYTES:
            raise UsageError("the text is larger than a routine can be", "make two of it")
        with replacing(path) as file:
            file.write(data)
        return sha256(data).hexdigest()

    def new(self, title: str, language: str) -> str:
        """A new routine from a template; gives its name.

        Raises:
            UsageError: the title makes no name, or there is such a file already.
        """
        plain = " ".join(title.split())
        name = _UNNAMED.sub("", plain).strip(" .-_")[:80] + ".md"
        template = _TEMPLATE.get(language, _TEMPLATE["en"])
        quoted = f"'{plain.replace(chr(39), 2 * chr(39))}'"
        self.write(name, template.format(title=quoted), None)
        return name

    def copy(self, name: str) -> str:
        """Copy a routine of the library; gives the copy's name.

        Raises:
            UsageError: there is no such routine, or there is such a file already.
        """
        return library.copy_routine(name, self.path).name

    def _bytes(self, name: str) -> bytes:
        path = self._path(name)
        if not path.is_file():
            raise UsageError(f"there is no routine `{name}` any more", "reload the page")
        return path.read_bytes()

    def _path(self, name: str) -> Path:
        plain = _NAME.fullmatch(name) is not None
        path = (self.path / name).resolve() if plain else self.path
        if path.parent != self.path.resolve():
            raise UsageError(f"`{name}` is not a name for a routine here", "write a plain name")
        return path


class ChangedElsewhereError(UsageError):
    """A file is not as the editor knows it: what another program wrote is not to be lost."""

    def __init__(self, name: str, *, new: bool) -> None:
        if new:
            super().__init__(f"there is already a file `{name}`", "choose another name")
        else:
            super().__init__(
                f"`{name}` has been changed by another program",
                "open it again, or save your text under another name",
            )
