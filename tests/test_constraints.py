"""What is depended on: pinned for every Python, the same in all files, and held to its hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

MACHINES = (
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
)

RENEW = "`make constraints` pins anew what pyproject.toml asks for"

Environment = dict[str, str]


def environments() -> Iterator[object]:
    for python in PYTHONS:
        for machine in MACHINES:
            name = f"{python}-{machine['sys_platform']}-{machine['platform_machine']}"
            version = {"python_version": python, "python_full_version": f"{python}.0"}
            yield pytest.param({**machine, **version}, id=name)


def entries(name: str) -> list[str]:
    """The requirements of a file, each with its hashes behind it."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pinned(name: str, environment: Environment) -> dict[str, str]:
    """What a file pins there. Fails where it pins something twice."""
    pins: dict[str, str] = {}
    for entry in entries(name):
        requirement = Requirement(entry.split(" --hash")[0])
        if requirement.marker is None or requirement.marker.evaluate(environment):
            wanted = canonicalize_name(requirement.name)
            assert wanted not in pins, f"{wanted} twice in {name}"
            pins[wanted] = str(requirement.specifier)
    return pins


def asked(extras: list[str], environment: Environment) -> Iterator[Requirement]:
    """What the project asks for there, with what its own extras ask for in turn."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    for line in lines:
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:
            yield from asked(sorted(requirement.extras), environment)
        elif requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


FILES = {
    "constraints.txt": list(EXTRAS),
    "requirements/use.txt": [],
    "requirements/work.txt": ["dev"],
}


@pytest.mark.parametrize("environment", list(environments()))
@pytest.mark.parametrize("name", FILES)
def test_all_that_is_asked_for_is_pinned(name: str, environment: Environment) -> None:
    """In every Python, on every machine, each requirement has one pin, which it allows."""
    pins = pinned(name, environment)
    for requirement in asked(FILES[name], environment):
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not in {name}: {RENEW}"
        assert requirement.specifier.contains(pin.removeprefix("==")), f"{requirement}: {RENEW}"


@pytest.mark.parametrize("environment", list(environments()))
def test_the_files_agree(environment: Environment) -> None:
    """What is held to hashes is what the constraints pin, and for work all that is for use."""
    all_pins = pinned("constraints.txt", environment).items()
    use, work = (pinned(f"requirements/{name}.txt", environment) for name in ("use", "work"))
    assert use.items() <= work.items() <= all_pins


@pytest.mark.parametrize("name", ["requirements/use.txt", "requirements/work.txt"])
def test_what_pip_can_check_has_hashes(name: str) -> None:
    """Each entry has a SHA-256 for every file of that release."""
    for entry in entries(name):
        requirement, *hashes = entry.split(" --hash=")
        assert "==" in requirement
        assert hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one.strip()) for one in hashes)
