"""Wheels: what voiceguide needs is there, built, for every Python and machine that it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

MACHINES = {
    "Linux, x86-64": "x86_64-manylinux_2_28",
    "Linux, ARM": "aarch64-manylinux_2_28",
    "macOS, Intel": "x86_64-apple-darwin",
    "macOS, ARM": "aarch64-apple-darwin",
    "Windows, x86-64": "x86_64-pc-windows-msvc",
    "Windows, ARM": "aarch64-pc-windows-msvc",
}
"""As uv calls them."""

SOURCE_ALONE = {"docopt"}
"""One file of Python that num2words asks for, last released in 2014: pip builds it anywhere, for
there is nothing to compile."""

NO_WHEEL = {("Windows, ARM", "3.11"): "pyyaml"}
"""Where one package has none: pip builds this one from its source there, without its part in C."""

NO_NETWORK = ("Failed to fetch", "Connection", "dns error", "Could not connect", "timed out")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("uv") is None and not os.environ.get("CI"), reason="uv is not installed"
    ),
]


def resolved(machine: str, python: str, folder: Path, *, sources: bool) -> tuple[bool, str]:
    """Whether uv finds a wheel for everything there, and what it said."""
    overrides = folder / "overrides.txt"
    lines = [f"{name} ; sys_platform == 'none'" for name in SOURCE_ALONE if not sources]
    overrides.write_text("\n".join(lines), encoding="utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--no-config", "--no-header"),
            *("--python-platform", MACHINES[machine], "--python-version", python),
            *("--only-binary", ":all:", "--override", str(overrides)),
            str(ROOT / "pyproject.toml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode and any(sign in ran.stderr for sign in NO_NETWORK):
        pytest.skip("no network, or no index in it")
    return ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
def test_everything_has_a_wheel(machine: str, python: str, tmp_path: Path) -> None:
    """pip compiles nothing, for the machine needs no compiler then; one exception is known."""
    works, told = resolved(machine, python, tmp_path, sources=False)
    lacking = NO_WHEEL.get((machine, python))
    if lacking:
        assert not works
        assert f"{lacking} has no usable wheels" in re.sub(r">=[\d.]+", "", told)
        return
    assert works, told
    assert "numpy==" in told
    assert "espeakng-loader==" in told


def test_the_exception_is_still_one(tmp_path: Path) -> None:
    """When docopt has a wheel, or nobody asks for it any more, the exception goes."""
    works, told = resolved("Linux, x86-64", PYTHONS[0], tmp_path, sources=True)
    assert not works
    assert "docopt" in told


def test_the_pythons_are_those_that_the_project_names() -> None:
    """A Python that is promised is one that is tried here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    assert tuple(named) == PYTHONS
