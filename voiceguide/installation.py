"""How voiceguide was installed here, and the exact command that brings it what it lacks.

Every message that tells of a missing package asks `bring` or `again`, so that a command that is
printed runs as it stands: with this Python, by the program that made its environment. The marks
that those programs leave are public: `EXTERNALLY-MANAGED` (PEP 668), `direct_url.json` (PEP 610),
pipx's `pipx_metadata.json`, uv's `uv-receipt.toml`, and `sys.frozen` of PyInstaller.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from importlib.metadata import Distribution

PACKAGE = "voiceguide"

FROZEN = bool(getattr(sys, "frozen", False))
"""Whether this is the application folder of PyInstaller, which has no Python of its own."""

AS_PYTHON = "--as-python"
"""What makes the application take what follows as Python would: see `run_as_python`."""


class Kind(Enum):
    """Who looks after the environment."""

    APP = "the application folder"
    PIPX = "pipx"
    UV_TOOL = "uv tool"
    UV = "uv, in an environment without pip"
    ENVIRONMENT = "pip, in a virtual environment"
    MANAGED = "pip, in a Python that the system looks after"
    SYSTEM = "pip, in a Python of the system"


class Installation(Struct, frozen=True):
    """Where voiceguide is, and how one adds to it; to the application folder one cannot."""

    kind: Kind
    python: str = "python"
    """The interpreter, as a shell here takes it."""
    name: str = PACKAGE
    """What pipx calls its environment."""
    source: str = ""
    """The address that it was installed from; empty where that was its name."""
    editable: bool = False
    """Whether that is a checkout, which is used where it lies."""
    user: bool = False
    """Whether it lies in the user's own packages, beside a Python of the system."""
    others: tuple[str, ...] = ()
    """For uv: the extras that it has already, for they have to be named once more."""

    def bring(self, extra: str) -> str:
        """The command that adds an extra."""
        return self._command(extra)

    def again(self, package: str = PACKAGE) -> str:
        """The command that installs a package anew."""
        if self.kind is Kind.UV_TOOL:
            return self._command("", "--force")
        if self.kind is Kind.PIPX and package == PACKAGE:
            return f"pipx reinstall {self.name}"
        force = "--reinstall-package " + package if self.kind is Kind.UV else "--force-reinstall"
        return self._pip(force, self._requirement() if package == PACKAGE else package)

    def _command(self, extra: str, *options: str) -> str:
        match self.kind:
            case Kind.UV_TOOL:
                extras = ",".join(sorted({*self.others, *filter(None, [extra])}))
                wanted = self._requirement(extras)
                return " ".join(("uv tool install", *options, wanted))
            case Kind.PIPX:
                needs = " ".join(map(_quoted, requirements_of(extra)))
                return f"pipx inject {self.name} {needs}"
        return self._pip(self._requirement(extra))

    def _requirement(self, extras: str = "") -> str:
        """What a shell is told to install: by its address, where the name alone leads nowhere."""
        named = _with(PACKAGE, extras)
        if self.editable and self.kind in (Kind.UV, Kind.UV_TOOL):
            return f"--editable {_quoted(_with(_path(self.source), extras))}"
        known = self.kind in (Kind.UV, Kind.UV_TOOL) or not extras
        # pip takes what is installed for the requirement, and brings what its extra asks for
        return _quoted(f"{named} @ {self.source}" if self.source and known else named)

    def _pip(self, *arguments: str) -> str:
        if self.kind is Kind.UV:
            return " ".join(("uv pip install --python", self.python, *arguments))
        managed = ("--break-system-packages",) if self.kind is Kind.MANAGED else ()
        user = ("--user",) if self.user else ()
        return " ".join((self.python, "-m pip install", *managed, *user, *arguments))


# ── what messages say ────────────────────────────────────────────────────────


def bring(extra: str) -> str:
    """How to bring an extra of voiceguide, for the help of an error."""
    if here().kind is Kind.APP:
        return "the application folder has no room for it; a voiceguide in a Python has"
    return f"bring it with `{here().bring(extra)}`"


def again(package: str = PACKAGE) -> str:
    """How to install a package anew, for the help of an error."""
    if here().kind is Kind.APP:
        return "unpack the application folder anew"
    return f"install it again with `{here().again(package)}`"


@cache
def here() -> Installation:
    """The installation that this process runs in."""
    if FROZEN:
        return Installation(Kind.APP)
    python = Path(sys.executable or "python")
    home = Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    return examined(python, *home, distribution_here(), pip=find_spec("pip") is not None)


def examined(
    python: Path, prefix: Path, base: Path, standard: Path, found: Distribution | None, *, pip: bool
) -> Installation:
    """The installation of a Python, by its program, its two prefixes and its standard library.

    `found` is the installed package, and `pip` whether that Python has one.
    """
    shown = shown_program(python)
    source, editable = origin(found)
    if (prefix / "pipx_metadata.json").is_file():
        return Installation(Kind.PIPX, shown, prefix.name, source, editable)
    receipt = prefix / "uv-receipt.toml"
    if receipt.is_file():
        others = tuple(_extras_in(receipt))
        return Installation(Kind.UV_TOOL, shown, PACKAGE, source, editable, others=others)
    if prefix != base or (prefix / "conda-meta").is_dir():
        kind = Kind.ENVIRONMENT if pip else Kind.UV
        return Installation(kind, shown, PACKAGE, source, editable)
    managed = (standard / "EXTERNALLY-MANAGED").is_file()
    kind = Kind.MANAGED if managed else Kind.SYSTEM
    return Installation(kind, shown, PACKAGE, source, editable, user=_is_the_users())


# ── what the programs that install leave behind ──────────────────────────────


def distribution_here() -> Distribution | None:
    """voiceguide as it is installed; None where it is run from its source."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution(PACKAGE)
    except PackageNotFoundError:
        return None


def origin(found: Distribution | None) -> tuple[str, bool]:
    """The address that a package was installed from, if not by its name; whether it is editable.

    A folder that is gone is no address any more. See PEP 610.
    """
    text = found.read_text("direct_url.json") if found else None
    if not text:
        return "", False
    about: dict[str, Any] = json.loads(text)
    address = str(about.get("url", ""))
    if address.startswith("file:") and not Path(_path(address)).exists():
        return "", False
    version_control = about.get("vcs_info")
    if version_control:
        revision = version_control.get("requested_revision") or version_control.get("commit_id")
        return f"{version_control['vcs']}+{address}@{revision}", False
    return address, bool(about.get("dir_info", {}).get("editable"))


def requirements_of(extra: str) -> list[str]:
    """What an extra asks for, as the installed package says, without the condition `extra`."""
    found = distribution_here()
    lines = (found.requires if found else None) or []
    named = re.compile(rf"\s*(?:;|and)\s*extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    asked = [named.sub("", line).replace('"', "'") for line in lines if named.search(line)]
    return asked or [_with(PACKAGE, extra)]


def _extras_in(receipt: Path) -> Iterator[str]:
    import tomllib

    found = tomllib.loads(receipt.read_text(encoding="utf-8")).get("tool", {})
    for one in found.get("requirements", ()):
        if one.get("name") == PACKAGE:
            yield from one.get("extras", ())


def _is_the_users() -> bool:
    """Whether this package lies where `pip install --user` puts it."""
    try:
        return Path(__file__).is_relative_to(site.getusersitepackages())
    except (AttributeError, OSError):  # an environment's `site` of old knows none
        return False


# ── as a shell takes it ──────────────────────────────────────────────────────


def shown_program(program: Path) -> str:
    """A program as one types it here: by its name, from the current folder, or by its whole path.

    A name is only given where the shell finds this very program under it.
    """
    for name in (program.name, program.stem):
        found = shutil.which(name)
        if found and Path(found) == program:
            return name
    with_folder = str(program)
    if program.is_relative_to(Path.cwd()):
        with_folder = str(program.relative_to(Path.cwd()))
        with_folder = with_folder if os.sep in with_folder else os.path.join(".", with_folder)  # noqa: PTH118  (Path drops the dot)
    return _quoted(with_folder) if re.search(r"[^\w./\\:+-]", with_folder) else with_folder


def command_name() -> str:
    """How one calls voiceguide here, for commands that are to be typed next."""
    program = Path(sys.executable) if FROZEN else Path(sys.executable).with_name(PACKAGE)
    if os.name == "nt" and not FROZEN:
        program = program.with_suffix(".exe")
    found = shutil.which(PACKAGE)
    if found and Path(found).resolve() == program.resolve():  # pipx and uv put a link on the path
        return PACKAGE
    return shown_program(program) if program.is_file() else f"{here().python} -m {PACKAGE}"


def _with(name: str, extras: str) -> str:
    return f"{name}[{extras}]" if extras else name


def _quoted(text: str) -> str:
    """In double quotes, which sh, cmd and PowerShell all take."""
    return f'"{text}"'


def _path(address: str) -> str:
    """The folder of a `file:` address."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(address).path)


# ── the application folder: it starts its children by itself, for there is no other Python


def run_as_python(arguments: Sequence[str]) -> None:
    """Run `-c CODE` or a file with the arguments that follow, as Python would.

    Options before it are taken as given: what is in the folder is all that there is to find.
    """
    import runpy

    rest = list(arguments)
    while rest[0].startswith("-") and rest[0] != "-c":
        del rest[0]
    if rest[0] == "-c":
        sys.argv = ["-c", *rest[2:]]
        exec(compile(rest[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = rest
        runpy.run_path(rest[0], run_name="__main__")
