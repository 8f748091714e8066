"""How voiceguide was installed, and the exact command that installs what is missing.

Every message about a missing package uses `bring` or `again`, so that a printed command runs as it
is: with this Python, by the program that made its environment. The traces that those programs
leave are documented: `EXTERNALLY-MANAGED` (PEP 668), `direct_url.json` (PEP 610),
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
"""Whether this runs in PyInstaller's application folder, which has no separate Python."""

AS_PYTHON = "--as-python"
"""The option that makes the application run as a Python interpreter: see `run_as_python`."""


class Kind(Enum):
    """The program that manages the environment."""

    APP = "the application folder"
    PIPX = "pipx"
    UV_TOOL = "uv tool"
    UV = "uv, in an environment without pip"
    ENVIRONMENT = "pip, in a virtual environment"
    MANAGED = "pip, in a Python that the system looks after"
    SYSTEM = "pip, in a Python of the system"


class Installation(Struct, frozen=True):
    """Where voiceguide is installed, and how to add to it; the application folder is fixed."""

    kind: Kind
    python: str = "python"
    """The interpreter, as it is typed in a shell."""
    name: str = PACKAGE
    """The name of the pipx environment."""
    source: str = ""
    """The address that it was installed from; empty if it was installed by name."""
    editable: bool = False
    """Whether `source` is a checkout that is used in place."""
    user: bool = False
    """Whether it is in the user's own packages of a Python of the system."""
    others: tuple[str, ...] = ()
    """For uv: the extras that are installed already, which have to be named again."""

    def bring(self, extra: str) -> str:
        """The command that adds an extra."""
        return self._command(extra)

    def again(self, package: str = PACKAGE) -> str:
        """The command that reinstalls a package."""
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
        """What to install, as typed in a shell: with its address if the name is not enough."""
        named = _with(PACKAGE, extras)
        if self.editable and self.kind in (Kind.UV, Kind.UV_TOOL):
            return f"--editable {_quoted(_with(_path(self.source), extras))}"
        known = self.kind in (Kind.UV, Kind.UV_TOOL) or not extras
        # pip accepts the installed package for the name, and installs what the extra requires
        return _quoted(f"{named} @ {self.source}" if self.source and known else named)

    def _pip(self, *arguments: str) -> str:
        if self.kind is Kind.UV:
            return " ".join(("uv pip install --python", self.python, *arguments))
        managed = ("--break-system-packages",) if self.kind is Kind.MANAGED else ()
        user = ("--user",) if self.user else ()
        return " ".join((self.python, "-m pip install", *managed, *user, *arguments))


# ── what messages say ────────────────────────────────────────────────────────


def bring(extra: str) -> str:
    """How to install an extra of voiceguide, for the help of an error."""
    if here().kind is Kind.APP:
        return "the application folder has no room for it; a voiceguide in a Python has"
    return f"bring it with `{here().bring(extra)}`"


def again(package: str = PACKAGE) -> str:
    """How to reinstall a package, for the help of an error."""
    if here().kind is Kind.APP:
        return "unpack the application folder again"
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

    `found` is the installed package, and `pip` whether that Python has pip.
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


# ── what installers leave behind ─────────────────────────────────────────────


def distribution_here() -> Distribution | None:
    """The installed package voiceguide; None if it runs from its source."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution(PACKAGE)
    except PackageNotFoundError:
        return None


def origin(found: Distribution | None) -> tuple[str, bool]:
    """The address that a package was installed from, if not by name, and whether it is editable.

    A folder that no longer exists does not count as an address. See PEP 610.
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
    """The requirements of an extra in the installed package, without the condition `extra`."""
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
    except (AttributeError, OSError):  # missing from the `site` of an old environment
        return False


# ── as it is typed in a shell ────────────────────────────────────────────────


def shown_program(program: Path) -> str:
    """A program as it is typed here: by name, relative to the current folder, or by its full path.

    The name alone is only used if the shell finds this very program by it.
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
    """How voiceguide is called here, for commands that the user is told to type."""
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
    """In double quotes, which sh, cmd and PowerShell all accept."""
    return f'"{text}"'


def _path(address: str) -> str:
    """The folder of a `file:` address."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(address).path)


# ── the application folder, which runs its child processes by itself: it has no other Python


def run_as_python(arguments: Sequence[str]) -> None:
    """Run `-c CODE` or a file with the arguments that follow, as Python would.

    Options before it are ignored: there is nothing to find outside the folder.
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
