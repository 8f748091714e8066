"""`late`: a pattern that is compiled when it is first used.

Compiling takes most of what a module with a dozen patterns costs at each start, and few commands
use them all: what reads `1 h 30` waits for a routine that writes a length so.

    _CLOCK = late(r"([0-9]+):([0-5][0-9])")

    _CLOCK.fullmatch("1:30")

    # compiled in the line above, and not before

It is used as what `re.compile` gives, and is as quick. Patterns that are made within a function are
made when they are wanted anyway, and need none of this.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _LatePattern:
    """Stands in for a pattern, and has all that it has."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """A method of the pattern; the next time it is found here, as any other attribute."""
        found = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, found)
        return found


def late(source: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled when it is first used; a mistake in it is told then.

    The tests compile all of them: see `tests/test_patterns.py`.
    """
    return cast("re.Pattern[str]", _LatePattern(source, flags))
