"""Installs this checkout as its users do: a wheel, into an environment with nothing else in it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build_wheel(folder: Path) -> Path:
    """A wheel of this checkout; CI may fetch what builds it, elsewhere it has to be here."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    if find_spec("hatchling"):
        command.append("--no-build-isolation")
    elif not os.environ.get("CI"):
        pytest.skip("hatchling is not installed, and fetching it needs the network")
    subprocess.run([*command, "--wheel-dir", str(folder)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def fresh_environment(folder: Path, wheel: Path, extra: str) -> Path:
    """The folder of programs of a new environment with the wheel, and an extra, in it.

    CI brings what the wheel needs from the index. Elsewhere there may be no network: what it needs
    is then seen where the tests' own packages lie, behind the environment's.
    """
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    if os.environ.get("CI"):
        constraints = ["--constraint", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, *constraints, f"{wheel}[{extra}]"], check=True)
    else:
        subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
        paths = {"base": str(folder), "platbase": str(folder)}
        own = Path(sysconfig.get_path("purelib", vars=paths))
        (own / "behind.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return programs
