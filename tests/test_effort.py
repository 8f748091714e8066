"""What commands cost, in calls and not in time: nothing is done twice, or loaded for nothing.

The figures are those of `effort.json`. Where a change is meant to cost more, or less, `python
tests/effort.py` writes them anew.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from effort import COMMANDS, RECORD, counted

MARGIN = 0.1
"""The part by which calls may differ from those recorded."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the system's voices are looked at, too"
)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """The effort of each command, counted now."""
    return counted()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_calls_no_more_than_it_did(
    command: str, found: dict[str, dict[str, Any]]
) -> None:
    """Nor much less: then the record would hold nobody to it."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))[command]["calls"]
    calls = found[command]["calls"]
    assert calls == pytest.approx(recorded, rel=MARGIN), (
        f"`{command}` calls {calls:,} functions, and {recorded:,} are recorded: if that is meant,"
        " run `python tests/effort.py`"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_no_more_than_it_did(
    command: str, found: dict[str, dict[str, Any]]
) -> None:
    """No package that takes long to import, where all that it gives is kept."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))[command]["loads"]
    assert found[command]["loads"] == recorded


@pytest.mark.slow
def test_the_same_effort_is_counted_each_time() -> None:
    """To the call, however busy the machine is: else a count would prove nothing."""
    assert counted(["check"]) == counted(["check"])
