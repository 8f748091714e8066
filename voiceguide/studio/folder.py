"""The author's folder: plain files, read and written only by their names."""

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
"""A file's name: without a path separator and without a leading dot."""

_PROGRAMME = late(r"[^\W_][\w .-]{0,100}\.ya?ml")
_UNNAMED = late(r"[^\w .()+,-]")


class Folder(Struct, frozen=True):
    """The folder of an author's routines."""

    path: Path

    def names(self) -> tuple[str, ...]:
        """Return the names of the routines, sorted."""
        found = (path.name for path in self.path.glob("*.md") if path.is_file())
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def programmes(self) -> tuple[str, ...]:
        """Return the names of the programmes, sorted."""
        found = (path.name for path in self.path.glob("*.y*ml"))
        return tuple(sorted(name for name in found if _PROGRAMME.fullmatch(name)))

    def read(self, name: str) -> tuple[str, str]:
        """Return a routine's text and its digest.

        Raises:
            UsageError: there is no such routine, it is too large, or it is not text.
        """
        path = self._path(name)
        if not path.is_file():
            raise UsageError(f"there is no routine `{name}` any more", "reload the page")
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise UsageError(f"`{name}` is larger than a routine can be", "choose another file")
        try:
            # the editor knows only `\n`, and would take a byte order mark for a letter
            text = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise UsageError(f"`{name}` is not UTF-8 text", "save it as UTF-8") from error
        return text, sha256(data).hexdigest()

    def write(self, name: str, text: str, digest: str | None) -> str:
        """Replace a routine that still has this digest, or make a new one; return the new digest.

        Raises:
            UsageError: the file has been changed by somebody else, or exists already.
            MachineError: the file cannot be written.
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
        """Make a new routine from a template; return its name.

        Raises:
            UsageError: the title makes no name, the file exists already, or there is no such
                template.
        """
        if purpose not in PURPOSES:
            raise UsageError(f"there is no template `{purpose}`", did_you_mean(purpose, PURPOSES))
        name = _UNNAMED.sub("", " ".join(title.split())).strip(" .-_")[:80] + ENDING
        if name == ENDING:
            raise UsageError(f"`{title}` is not a name", "write a title with letters or numbers")
        self.write(name, template(purpose, title), None)
        return name

    def copy(self, name: str) -> str:
        """Copy a routine of the library; return the copy's name.

        Raises:
            UsageError: there is no such routine, or the file exists already.
        """
        return library.copy_routine(name, self.path).name

    def _path(self, name: str) -> Path:
        plain = _NAME.fullmatch(name) is not None
        path = (self.path / name).resolve() if plain else self.path
        if path.parent != self.path.resolve():
            raise UsageError(f"`{name}` is not a name for a routine here", "write a plain name")
        return path


class ChangedElsewhereError(UsageError):
    """A file has changed since the editor read it; what another program wrote must not be lost."""

    def __init__(self, name: str, *, new: bool) -> None:
        changed = f"`{name}` has been changed by another program"
        what = f"there is already a file `{name}`" if new else changed
        way_out = "choose another name" if new else "open it again, or copy your text elsewhere"
        super().__init__(what, way_out)
