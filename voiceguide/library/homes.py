"""Where the library lies: beside the package in a checkout, within it in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from voiceguide.errors import MachineError

_PACKAGE = Path(__file__).resolve().parent.parent


def scripts() -> Path:
    """The folder of the routines."""
    return find_home("scripts")


def programmes() -> Path:
    """The folder of the programmes."""
    return scripts() / "programmes"


def chimes() -> Path:
    """The folder of the chimes."""
    return find_home("audio_assets") / "chimes"


def beds() -> Path:
    """The folder of the beds."""
    return find_home("audio_assets") / "beds"


def homes() -> tuple[Path, Path]:
    """The folders that a routine may name files of, wherever it lies itself."""
    return find_home("scripts"), find_home("audio_assets")


@cache
def find_home(name: str, package: Path = _PACKAGE) -> Path:
    """The library's folder `name`: within `package`, or beside it in a checkout.

    Raises:
        MachineError: the installation is not whole.
    """
    if (package / name).is_dir():
        return package / name
    # a `scripts` folder beside an installed package would be somebody else's
    if (package.parent / "pyproject.toml").is_file() and (package.parent / name).is_dir():
        return package.parent / name
    raise MachineError(
        f"the folder `{name}` is missing from this installation", "install voiceguide again"
    )
