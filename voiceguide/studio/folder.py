"""The author's folder: plain files, read and written by their names alone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from voiceguide import library
from voiceguide.errors import UsageError, did_you_mean
from voiceguide.files import replacing
from voiceguide.library import ENDING, PURPOSES, template
from voiceguide.patterns import late
from voiceguide.studio.opening import MOST_BYTES

_NAME = late(r"[^\W_][\w .()+,'’-]{0,100}\.md")
"""A file's name: no separator of folders, and no dot in front."""

_PROGRAMME = late(r"[^\W_][\w .-]{0,100}\.ya?ml")
_UNNAMED = late(r"[^\w .()+,-]")


class Folder(Struct, frozen=True):
    """Where an author's routines lie."""

    path: Path

    def names(self) -> tuple[str, ...]:
        """The routines, sorted."""
        found = (path.name for path in self.path.glob("*.md") if path.is_file())
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def programmes(self) -> tuple[str, ...]:
        """The programmes, sorted."""
        found = (path.name for path in self.path.glob("*.y*ml"))
        return tuple(sorted(name for name in found if _PROGRAMME.fullmatch(name)))

    def read(self, name: str) -> tuple[str, str]:
        """A routine's text, and its digest.

        Raises:
            UsageError: there is none, or it is not text.
        """
        path = self._path(name)
        if not path.is_file():
            raise UsageError(f"there is no routine `{name}` any more", "reload the page")
        data = path.read_bytes()
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

    def new(self, title: str, purpose: str) -> str:
        """A new routine from a template; gives its name.

        Raises:
            UsageError: the title makes no name, there is such a file already, or no such template.
        """
        if purpose not in PURPOSES:
            raise UsageError(f"there is no template `{purpose}`", did_you_mean(purpose, PURPOSES))
        name = _UNNAMED.sub("", " ".join(title.split())).strip(" .-_")[:80] + ENDING
        if name == ENDING:
            raise UsageError(f"`{title}` is not a name", "write a title with letters or numbers")
        self.write(name, template(purpose, title), None)
        return name

    def copy(self, name: str) -> str:
        """Copy a routine of the library; gives the copy's name.

        Raises:
            UsageError: there is no such routine, or there is such a file already.
        """
        return library.copy_routine(name, self.path).name

    def _path(self, name: str) -> Path:
        plain = _NAME.fullmatch(name) is not None
        path = (self.path / name).resolve() if plain else self.path
        if path.parent != self.path.resolve():
            raise UsageError(f"`{name}` is not a name for a routine here", "write a plain name")
        return path


class ChangedElsewhereError(UsageError):
    """A file is not as the editor knows it: what another program wrote is not to be lost."""

    def __init__(self, name: str, *, new: bool) -> None:
        changed = f"`{name}` has been changed by another program"
        what = f"there is already a file `{name}`" if new else changed
        way_out = "choose another name" if new else "open it again, or copy your text elsewhere"
        super().__init__(what, way_out)
