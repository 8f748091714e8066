"""What is known of a voice: its files, and what is to be said of it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

QUALITIES = ("high", "medium", "low", "x_low")
"""Best first, as Piper names them."""


class VoiceFile(Struct, frozen=True):
    """One file of a voice, as its publisher has it."""

    path: str
    """Behind the publisher's address, parted by `/`."""
    size: int
    """Bytes."""
    checksum: str
    """`md5:…` or `sha256:…`, in hexadecimal digits."""

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


class KnownVoice(Struct, frozen=True):
    """A voice that can be installed."""

    engine: str
    """Which one speaks with it."""
    name: str
    language: str
    """A tag in lower case such as `en-us`."""
    quality: str
    """One of `QUALITIES`."""
    speakers: int
    licence: str
    """Of the recordings it was trained on, as its card names it; empty where that is not known."""
    card: str
    """The address of the page on which its publisher describes it."""
    base: str
    """The address that the paths of its files follow on, with a `/` at its end."""
    files: tuple[VoiceFile, ...]
    within: tuple[str, ...] = ()
    """The names of the voices in it, where it holds several that are named one by one."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


class InstalledVoice(Struct, frozen=True):
    """A voice whose files are here."""

    engine: str
    name: str
    language: str
    """A tag in lower case; empty where nobody knows."""
    quality: str
    """One of `QUALITIES`, or empty."""
    licence: str
    """Empty where it is not known."""
    folder: Path
    files: tuple[str, ...]
    """Their names in the folder, or paths where they lie elsewhere."""
    package: str = ""
    """What pip knows it as; empty where it did not bring it."""
    origin: str = ""
    """What it was trained on; empty where that is not told."""
    checksum: str = ""
    """The SHA-256 of its model in hexadecimal digits, parts joined; empty where not known."""

    @property
    def size(self) -> int:
        """Bytes on the disk; a file that is missing counts nothing."""
        paths = (self.folder / name for name in self.files)
        return sum(path.stat().st_size for path in paths if path.is_file())

    def file(self, ending: str) -> Path | None:
        """Its first file whose name ends so."""
        found = (self.folder / name for name in self.files if name.endswith(ending))
        return next(found, None)
