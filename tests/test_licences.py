"""The page on licences: it forgets no package that comes with voiceguide."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "LICENCES.md"
UNSHIPPED = {"voiceguide", "mypy", "ruff", "types-pyyaml"}


def requirements() -> list[tuple[str, bool]]:
    """The name of every direct requirement, and whether users do without it."""
    found = (re.match(r"([\w.-]+)(.*)", line) for line in metadata.requires("voiceguide") or [])
    ours = re.compile(r"extra == [\"'](bench|dev|docs|test)")
    named = {(match[1].lower(), bool(ours.search(match[2]))) for match in found if match}
    used = {name for name, working in named if not working}
    return sorted(
        (name, working)
        for name, working in named
        if name not in UNSHIPPED and not (working and name in used)
    )


@pytest.mark.parametrize(("name", "for_tests"), requirements())
def test_every_requirement_is_named(name: str, for_tests: bool) -> None:
    """What is installed for use stands in the table, what we need besides in the line under it."""
    page = PAGE.read_text(encoding="utf-8")
    only = "Only for the tests and the benchmarks"
    parts = re.search(rf"## The packages\n(.+?)\n{only}: (.+?)\n\n", page, re.DOTALL)
    assert parts
    assert f"`{name}`" in parts[2 if for_tests else 1]
