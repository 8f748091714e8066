"""What is kept of a session that is played: where it was left, and how it can be reached."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from voiceguide.errors import MachineError, UsageError
from voiceguide.files import replacing

_VARIABLE = "VOICEGUIDE_STATE"
"""The environment variable that names another folder for it."""

_FILE = "left.json"
_REMOTE = "remote.json"

Wish = str | list[str]


@dataclass(frozen=True, slots=True)
class Left:
    """A session that was left before its end."""

    routine: str
    """The path, made absolute, or the name in the library."""
    wishes: Mapping[str, Wish]
    """The options it was opened with."""
    step: int
    """The step in which it was left, counted from 0."""


def remember(left: Left) -> None:
    """Keep where a session was left, in place of the one before, if the machine lets us."""
    path = _path()
    with suppress(OSError, MachineError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps(asdict(left)).encode())


def forget() -> None:
    """Keep nothing any more: a session has come to its end."""
    with suppress(OSError):
        _path().unlink(missing_ok=True)


def left_off() -> Left:
    """The session that was left last.

    Raises:
        UsageError: none was.
    """
    try:
        found = json.loads(_path().read_bytes())
        return Left(str(found["routine"]), dict(found["wishes"]), int(found["step"]))
    except (OSError, ValueError, KeyError, TypeError):
        way_out = "play one: `voiceguide play ROUTINE`"
        raise UsageError("there is no session to go on with", way_out) from None


def remote_file() -> Path:
    """Where a session that is played tells how it can be reached: a folder of the user's alone."""
    return _folder() / "live" / _REMOTE


def _path() -> Path:
    return _folder() / _FILE


def _folder() -> Path:
    asked = os.environ.get(_VARIABLE)
    if asked:
        return Path(asked)
    from platformdirs import user_state_path

    return user_state_path("voiceguide", appauthor=False)
