"""The problems of a source, gathered as they are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from voiceguide.errors import Place, Problem, Severity, in_file_order

MOST_PROBLEMS = 500
"""So many problems come at once; what finds more is no routine."""


class Fault(Exception):  # noqa: N818  (raised and caught within this room, it is no error yet)
    """Something is wrong at a place, and what stands there cannot be read any further."""

    def __init__(self, place: Place, message: str, help: str = "") -> None:  # noqa: A002  (as users see it)
        super().__init__(message)
        self.place = place
        self.message = message
        self.help = help


class EnoughProblems(Exception):  # noqa: N818  (it ends the reading, and no user sees it)
    """There are `MOST_PROBLEMS` problems."""


class Report:
    """Gathers the problems of one source."""

    def __init__(self, source: str, lines: Sequence[str]) -> None:
        self.source = source
        self._lines = lines
        self._problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self._problems)

    def place(self, line: int, column: int = 1, width: int = 1) -> Place:
        """A place in the source."""
        return Place(self.source, line, column, width)

    def error(self, place: Place, message: str, help: str = "") -> None:  # noqa: A002  (as users see it)
        """Note what stops the work.

        Raises:
            EnoughProblems: it is one problem too many.
        """
        self._add(place, message, help, Severity.ERROR)

    def warn(self, place: Place, message: str, help: str) -> None:  # noqa: A002  (as users see it)
        """Note what is odd, but does no harm.

        Raises:
            EnoughProblems: it is one problem too many.
        """
        self._add(place, message, help, Severity.WARNING)

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Note a fault raised inside, and go on after it."""
        try:
            yield
        except Fault as fault:
            self.error(fault.place, fault.message, fault.help)

    def problems(self) -> tuple[Problem, ...]:
        """All that were found, in the order of the file."""
        return in_file_order(self._problems)

    def _add(self, place: Place, message: str, way_out: str, severity: Severity) -> None:
        if len(self._problems) == MOST_PROBLEMS:
            message = f"there are more than {MOST_PROBLEMS} problems"
            self._problems.append(Problem(place, message, "mend the first ones, and check again"))
            raise EnoughProblems
        line = self._lines[place.line - 1]
        self._problems.append(Problem(place, message, way_out, line, severity))
