"""Tables of cases as text: a name, a script, and what comes of it, as a reader sees them.

##### the case's name
the script
=====
what comes of it
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Case(NamedTuple):
    """One case of a table."""

    name: str
    script: str
    outcome: str


def read_table(file: str) -> list[Case]:
    """The cases of a table beside the tests."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return [_case(part) for part in text.split("\n##### ")[1:]]


def _case(text: str) -> Case:
    name, _, rest = text.partition("\n")
    script, _, outcome = rest.partition("\n=====\n")
    return Case(name, script, outcome.strip("\n"))
