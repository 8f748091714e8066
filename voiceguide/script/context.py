"""What every reader of a part is handed: the problems' sheet and the names that exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voiceguide.script.names import Known
from voiceguide.script.passage import Line, Passage
from voiceguide.script.report import Report


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one reading."""

    report: Report
    known: Known

    def passage(self, lines: Iterable[Line]) -> Passage:
        """The passage that lines of the source make."""
        return Passage.of(self.report.source, lines)
