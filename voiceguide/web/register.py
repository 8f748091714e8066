"""What a folder keeps so that addresses and subscriptions last: `.voiceguide-web.json`.

A podcast app knows an episode by its GUID, a phone knows a page by its address. Both have to
survive that a file is renamed, edited, or made again. So the folder remembers them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from voiceguide.errors import MachineError
from voiceguide.files import replacing

FILE = ".voiceguide-web.json"


class Remembered(Struct, frozen=True):
    """A routine that the folder remembers."""

    guid: str
    file: str
    digest: str
    """SHA-256 of its text, as it was last seen."""
    secret: str
    """The name of its folder where addresses are not to be guessed."""


class Register(Struct, frozen=True):
    """What a folder remembers."""

    token: str
    """In every address of `serve`."""
    routines: tuple[Remembered, ...] = ()


def open_register(folder: Path) -> Register:
    """What the folder remembers; a new token where it remembers nothing."""
    try:
        found = json.loads((folder / FILE).read_bytes())
        return Register(str(found["token"]), tuple(Remembered(**one) for one in found["routines"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Register(secrets.token_hex(8))


def keep(register: Register, folder: Path) -> None:
    """Write it, where the folder lets us: without it pages work, and addresses change."""
    text = json.dumps(to_builtins(register), indent=1)
    with suppress(OSError, MachineError):
        if (folder / FILE).exists() and (folder / FILE).read_text(encoding="utf-8") == text:
            return
        with replacing(folder / FILE) as file:
            file.write(text.encode())


def recognised(register: Register, files: Sequence[Path]) -> Register:
    """The register with all these files: known by their names, or, renamed, by what is in them.

    What is gone stays remembered: it may come back.
    """
    by_name = {one.file: one for one in register.routines}
    here = {file.name for file in files}
    gone = {one.digest: one for one in register.routines if one.file not in here}
    routines = []
    for file in files:
        digest = digest_of(file)
        old = by_name.get(file.name) or gone.pop(digest, None) or _new(file.name, digest)
        routines.append(replace(old, file=file.name, digest=digest))
    return replace(register, routines=(*routines, *gone.values()))


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _new(name: str, digest: str) -> Remembered:
    guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"voiceguide:{name}:{digest}"))
    return Remembered(guid, name, digest, secrets.token_urlsafe(16))
