"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import voiceguide
from voiceguide import patterns

PACKAGE = Path(voiceguide.__file__).parent
WRITING = re.compile(r"\blate\(")


def modules() -> Iterator[str]:
    """The modules that have such patterns."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if WRITING.search(path.read_text(encoding="utf-8")) and path.name != "patterns.py":
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__")


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    """The patterns of a module, also those in its tables."""
    if isinstance(value, patterns._LatePattern):
        yield value  # type: ignore[misc]  # it stands in for one
    elif isinstance(value, tuple | list):
        for one in value:
            yield from patterns_in(one)
    elif isinstance(value, dict):
        yield from patterns_in((*value, *value.values()))


def test_it_is_compiled_at_its_first_use() -> None:
    """A mistake in it is told then, and what is found once is found again."""
    made = patterns.late(r"(\d+)s", re.IGNORECASE)
    assert [made.fullmatch("30S"), made.sub("", "1s 2s")][1] == " "
    assert made.pattern == r"(\d+)s"
    assert made.fullmatch == made.fullmatch
    wrong = patterns.late("(")
    with pytest.raises(re.error):
        wrong.search("")


@pytest.mark.parametrize("name", list(modules()))
def test_the_patterns_of_every_module_can_be_compiled(name: str) -> None:
    """None waits for a user with its mistake."""
    if name == "voiceguide.lsp" and not find_spec("pygls"):
        pytest.skip("the language server is an extra")
    found = list(patterns_in(list(vars(import_module(name)).values())))
    assert found
    for pattern in found:
        assert pattern.groups >= 0
