"""`late`: a regular expression that is compiled when it is first used.

Compiling takes most of the import time of a module with a dozen patterns, and few commands use them
all: the pattern for `1 h 30` is not compiled until a routine has such a length.

    _CLOCK = late(r"([0-9]+):([0-5][0-9])")

    _CLOCK.fullmatch("1:30")

    # compiled in the line above, and not before

It is used like a compiled pattern, and is as quick. A pattern that is made within a function is
compiled when it is needed anyway, and does not need `late`.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _LatePattern:
    """Stands in for a compiled pattern, and has all its attributes."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile the pattern and return its attribute, which is stored here for the next time."""
        found = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, found)
        return found


def late(source: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled when it is first used; a mistake in it is raised then.

    The tests compile all of them: see `tests/test_patterns.py`.
    """
    return cast("re.Pattern[str]", _LatePattern(source, flags))
